package dial

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/pgtest"
)

// tlsServer is a PostgreSQL whose certificate can be changed.
type tlsServer struct {
	*pgtest.Server
}

func startTLS(t *testing.T, c pgtest.Config, cert issued) tlsServer {
	t.Helper()
	c.TCP = true
	c.Files = map[string][]byte{"server.crt": cert.certPEM(), "server.key": keyPEM(t, cert.key)}
	c.Settings = map[string]string{"ssl": "on"}
	return tlsServer{pgtest.Start(t, c)}
}

func (s tlsServer) show(t *testing.T, cert issued) {
	t.Helper()
	for name, text := range map[string][]byte{"server.crt": cert.certPEM(), "server.key": keyPEM(t, cert.key)} {
		if err := s.WriteFile(name, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// dsn is a connection string for a host name that is known to be here.
func (s tlsServer) dsn(host, more string) string {
	return fmt.Sprintf("host='%s' hostaddr=127.0.0.1 port=%d user=%s dbname=%s %s", host, s.Port(), s.User(), s.Database(), more)
}

const (
	hostName  = "db.example.test"
	modeCount = 6
)

var modes = [modeCount]string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}

// kinds of certificates that a server can have.
func certificateKinds(t *testing.T, root *authority) map[string]issued {
	intermediate := newAuthority(t, "intermediate", "", root)
	foreign := newAuthority(t, "somebody else", "", nil)
	psw := newAuthority(t, "rsa root's child", "rsa", root)
	both := func(f ...func(*x509.Certificate)) func(*x509.Certificate) {
		return func(c *x509.Certificate) {
			for _, f := range f {
				f(c)
			}
		}
	}
	at := func(from, to time.Duration) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.NotBefore, c.NotAfter = time.Now().Add(from), time.Now().Add(to) }
	}
	kinds := map[string]issued{
		"dns":            root.issue(t, "", dns(hostName)),
		"dns upper case": root.issue(t, "", dns(strings.ToUpper(hostName))),
		"second dns":     root.issue(t, "", dns("other.test", hostName)),
		"common name":    root.issue(t, "", common(hostName)),
		"wildcard":       root.issue(t, "", dns("*.example.test")),
		"wildcard cn":    root.issue(t, "", common("*.example.test")),
		"wildcard tld":   root.issue(t, "", dns("*.test")),
		"wildcard all":   root.issue(t, "", dns("*")),
		"wildcard part":  root.issue(t, "", dns("d*.example.test")),
		"ip":             root.issue(t, "", both(address("127.0.0.1", "::1"), common(hostName))),
		"ip as dns":      root.issue(t, "", dns("127.0.0.1")),
		"ip as cn":       root.issue(t, "", common("127.0.0.1")),
		"ip as cn, dns":  root.issue(t, "", both(common("127.0.0.1"), dns("other.test"))),
		"other dns, cn":  root.issue(t, "", both(dns("other.test"), common(hostName))),
		"no name":        root.issue(t, "", common("")),
		"expired":        root.issue(t, "", both(dns(hostName), at(-2*time.Hour, -time.Hour))),
		"not yet valid":  root.issue(t, "", both(dns(hostName), at(time.Hour, 2*time.Hour))),
		"wrong ca":       foreign.issue(t, "", dns(hostName)),
		"for clients": root.issue(t, "", both(dns(hostName), func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		})),
		"two cn": root.issue(t, "", func(c *x509.Certificate) {
			cn := asn1.ObjectIdentifier{2, 5, 4, 3}
			c.Subject = pkix.Name{ExtraNames: []pkix.AttributeTypeAndValue{{Type: cn, Value: hostName}, {Type: cn, Value: "other.test"}}}
		}),
		"rsa":         root.issue(t, "rsa", dns(hostName)),
		"ed25519":     root.issue(t, "ed25519", dns(hostName)),
		"p384":        root.issue(t, "p384", dns(hostName)),
		"rsa-pss":     psw.issue(t, "rsa", both(dns(hostName), func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA256WithRSAPSS })),
		"chain":       intermediate.issue(t, "", dns(hostName)),
		"chain short": intermediate.issue(t, "", dns(hostName)),
	}
	for name, with := range map[string]*authority{"chain": intermediate, "rsa-pss": psw} {
		k := kinds[name]
		k.with = []*x509.Certificate{with.cert}
		kinds[name] = k
	}
	self := template("")
	self.DNSNames = []string{hostName}
	key := newKey(t, "")
	kinds["self-signed"] = issued{cert: sign(t, self, key, nil), key: key}
	return kinds
}

// rootFiles are the root certificate files that a kind is tried with, beside
// that of the right root.
var rootFiles = map[string][]string{
	"dns":         {"missing.crt", "self.crt"},
	"chain":       {"partial.crt"},
	"chain short": {"short.crt", "partial.crt"},
	"self-signed": {"self.crt"},
}

// TestModesAndCertificates has every kind of certificate met by every sslmode,
// and compares with libpq.
func TestModesAndCertificates(t *testing.T) {
	t.Parallel()
	o := findOracle(t)
	root := newAuthority(t, "root", "", nil)
	kinds := certificateKinds(t, root)
	server := startTLS(t, pgtest.Config{}, kinds["dns"])
	home := t.TempDir()
	dir := write(t, map[string][]byte{"root.crt": certPEM(root.cert), "self.crt": kinds["self-signed"].certPEM(),
		"short.crt": append(certPEM(root.cert), certPEM(kinds["chain"].with...)...), "partial.crt": certPEM(kinds["chain"].with...)})
	hosts := []string{hostName, "a.b.example.test", "127.0.0.1", "127.1", "::1", "DB.example.TEST", "x.test"}
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			server.show(t, kind)
			roots := filepath.Join(dir, "root.crt")
			seen := make(map[string]int)
			good := false
			for _, mode := range modes {
				last := o.same(t, server.dsn(hostName, "sslmode="+mode+" sslrootcert="+roots), home)
				seen[last]++
				good = good || mode == "verify-ca" && last == "tls"
			}
			for _, host := range hosts {
				if !good || name != "dns" && slices.Equal(kind.cert.DNSNames, []string{hostName}) {
					break // no name helps, or the names are those of "dns"
				}
				seen[o.same(t, server.dsn(host, "sslmode=verify-full sslrootcert="+roots), home)]++
			}
			for _, file := range rootFiles[name] {
				seen[o.same(t, server.dsn(hostName, "sslmode=verify-ca sslrootcert="+filepath.Join(dir, file)), home)]++
			}
			t.Log(seen)
		})
	}
}

// TestModesAndServers has every sslmode meet every kind of pg_hba.conf, with
// and without TLS, and compares with libpq.
func TestModesAndServers(t *testing.T) {
	t.Parallel()
	o := findOracle(t)
	root := newAuthority(t, "root", "", nil)
	server := startTLS(t, pgtest.Config{}, root.issue(t, "", dns(hostName)))
	home := t.TempDir()
	file := filepath.Join(write(t, map[string][]byte{"root.crt": certPEM(root.cert)}), "root.crt")
	for _, ssl := range []string{"on", "off"} {
		for _, hba := range []string{"host", "hostssl", "hostnossl", "reject"} {
			if err := server.SetSettings(map[string]string{"ssl": ssl}); err != nil {
				t.Fatal(err)
			}
			line := hba + " all all 127.0.0.1/32 trust"
			if hba == "reject" {
				line = "host all all 127.0.0.1/32 reject"
			}
			if err := server.SetHBA("local all all trust", line); err != nil {
				t.Fatal(err)
			}
			if err := server.Reload(t.Context()); err != nil {
				t.Fatal(err)
			}
			t.Run(hba+" "+ssl, func(t *testing.T) {
				for _, mode := range modes {
					more := "sslmode=" + mode + " sslrootcert=" + file
					o.same(t, server.dsn(hostName, more), home)
					if o.modern() && mode >= "require" && mode != "prefer" {
						o.same(t, server.dsn(hostName, more+" sslnegotiation=direct"), home)
					}
				}
			})
		}
	}
}

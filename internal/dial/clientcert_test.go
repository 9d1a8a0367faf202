package dial

import (
	"crypto/tls"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/pgtest"
)

// TestClientCertificates compares what is sent, and what becomes of it, with
// libpq.
func TestClientCertificates(t *testing.T) {
	o := findOracle(t)
	root := newAuthority(t, "root", "", nil)
	other := newAuthority(t, "other root", "", nil)
	server := startTLS(t, pgtest.Config{Settings: nil, HBA: []string{"local all all trust", "hostssl all all 127.0.0.1/32 cert", "hostnossl all all 127.0.0.1/32 trust"}},
		root.issue(t, "", dns(hostName)))
	if err := server.WriteFile("root.crt", certPEM(root.cert)); err != nil {
		t.Fatal(err)
	}
	if err := server.SetSettings(map[string]string{"ssl_ca_file": "root.crt"}); err != nil {
		t.Fatal(err)
	}
	if err := server.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	mine := root.issue(t, "", common(server.User()))
	files := map[string][]byte{
		"mine.crt": mine.certPEM(), "mine.key": keyPEM(t, mine.key), "mine.der": mine.cert.Raw,
		"key.der": derOf(t, mine.key), "wrong.key": keyPEM(t, newKey(t, "")), "open.key": keyPEM(t, mine.key), "group.key": keyPEM(t, mine.key), "none": nil,
	}
	for name, kind := range map[string]string{"rsa": "rsa", "ed": "ed25519", "p384": "p384"} {
		c := root.issue(t, kind, common(server.User()))
		files[name+".crt"], files[name+".key"] = c.certPEM(), keyPEM(t, c.key)
	}
	stranger, nobody := other.issue(t, "", common(server.User())), root.issue(t, "", common("nobody"))
	files["stranger.crt"], files["stranger.key"] = stranger.certPEM(), keyPEM(t, stranger.key)
	files["nobody.crt"], files["nobody.key"] = nobody.certPEM(), keyPEM(t, nobody.key)
	dir := write(t, files)
	for name, mode := range map[string]os.FileMode{"open.key": 0o644, "group.key": 0o640} {
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	home := t.TempDir()
	seen := make(map[string]int)
	try := func(home, mode, cert, key, more string) {
		t.Helper()
		if cert != "" {
			more += " sslcert=" + filepath.Join(dir, cert)
		}
		if key != "" {
			more += " sslkey=" + filepath.Join(dir, key)
		}
		seen[o.same(t, server.dsn(hostName, "sslmode="+mode+more), home)]++
	}
	for _, mode := range []string{"require", "prefer", "allow"} {
		try(home, mode, "mine.crt", "mine.key", "")
		try(home, mode, "", "", "")
		try(home, mode, "stranger.crt", "stranger.key", "")
		try(home, mode, "nobody.crt", "nobody.key", "")
		try(home, mode, "mine.crt", "wrong.key", "")
	}
	for _, key := range []string{"key.der", "open.key", "group.key", "missing.key", "none", "", "mine.crt"} {
		try(home, "require", "mine.crt", key, "")
	}
	for _, name := range []string{"rsa", "ed", "p384"} {
		try(home, "require", name+".crt", name+".key", "")
	}
	try(home, "require", "missing.crt", "mine.key", "")
	try(home, "require", "none", "mine.key", "")
	try(home, "require", "mine.crt/below", "mine.key", "")
	if o.modern() {
		for _, certMode := range []string{"disable", "allow", "require"} {
			try(home, "require", "mine.crt", "mine.key", " sslcertmode="+certMode)
			try(home, "disable", "mine.crt", "mine.key", " sslcertmode="+certMode)
			try(home, "prefer", "", "", " sslcertmode="+certMode)
		}
	}
	at := filepath.Join(home, ".postgresql")
	if err := os.Mkdir(at, 0o700); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{"mine.crt": "postgresql.crt", "mine.key": "postgresql.key"} {
		if err := os.WriteFile(filepath.Join(at, to), files[from], 0o600); err != nil {
			t.Fatal(err)
		}
		try(home, "require", "", "", "")
	}
	if err := os.WriteFile(filepath.Join(at, "root.crt"), certPEM(other.cert), 0o600); err != nil {
		t.Fatal(err)
	}
	try(home, "require", "", "", "")
	try(home, "prefer", "", "", "")
	t.Log(seen)
}

// TestProgramCertificates: those of Settings.TLS count where the connection
// string has none.
func TestProgramCertificates(t *testing.T) {
	root := newAuthority(t, "root", "", nil)
	server := pgtest.Serve(t, pgtest.ServeConfig{Network: "tcp"}, func(p *pgtest.Peer) {
		cert := root.issue(t, "", dns(hostName))
		c := &tls.Config{ClientAuth: tls.RequireAnyClientCert, Certificates: []tls.Certificate{{Certificate: [][]byte{cert.cert.Raw}, PrivateKey: cert.key}}}
		p.Accept(pgtest.Welcome{TLS: c})
	})
	mine := root.issue(t, "", common("me"))
	cert := tls.Certificate{Certificate: [][]byte{mine.cert.Raw}, PrivateKey: mine.key}
	for name, base := range map[string]*tls.Config{
		"list":     {Certificates: []tls.Certificate{cert}},
		"callback": {GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &cert, nil }},
	} {
		s, err := Connect(t.Context(), resolve(t, server.DSN()+" sslmode=require sslcertmode=require"), Settings{TLS: base})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_ = s.Conn.Close()
	}
	failing := errors.New("no certificate today")
	_, err := Connect(t.Context(), resolve(t, server.DSN()+" sslmode=require"), Settings{TLS: &tls.Config{
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return nil, failing }}})
	if !errors.Is(err, failing) {
		t.Errorf("got %v", err)
	}
}

// TestCertificateErrors says which file is meant.
func TestCertificateErrors(t *testing.T) {
	root := newAuthority(t, "root", "", nil)
	mine := root.issue(t, "", common("me"))
	dir := write(t, map[string][]byte{"c.crt": mine.certPEM(), "c.key": keyPEM(t, mine.key), "empty": nil, "wrong.key": keyPEM(t, newKey(t, "ed25519"))})
	for options, want := range map[string]string{
		"sslcert=DIR/empty":                                        "client certificate file",
		"sslcert=DIR/c.crt sslkey=DIR/none.key":                    "none.key",
		"sslcert=DIR/c.crt sslkey=DIR":                             "not a regular file",
		"sslcert=DIR/c.crt sslkey=DIR/wrong.key":                   "does not belong",
		"sslcert=DIR/c.crt sslkey=pkcs11:token":                    "hardware engine",
		"sslcert=DIR/c.crt":                                        "postgresql.key",
		"sslmode=verify-ca sslrootcert=DIR/none.crt":               "none.crt",
		"sslmode=verify-ca sslrootcert=DIR/empty":                  "no certificate in it",
		"sslmode=verify-full hostaddr=127.0.0.1 host=''":           "host name",
		"sslmode=require sslrootcert=DIR":                          "root certificate",
		"sslmode=verify-ca sslcrl=DIR/c.crt sslrootcert=DIR/c.crt": "revocation list",
	} {
		c := resolve(t, "host=x "+strings.ReplaceAll(options, "DIR", dir))
		_, err := newTLSConfig(c, nil, &c.Hosts[0], new(tlsState))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q in it", options, err, want)
		}
	}
}

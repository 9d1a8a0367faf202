package dial

import (
	"crypto/tls"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/pgtest"
)

// certServer lets in over TLS whoever has a certificate in the name of the user.
func certServer(t *testing.T, root *authority) tlsServer {
	t.Helper()
	c := pgtest.Config{HBA: []string{"local all all trust", "hostssl all all 127.0.0.1/32 cert", "hostnossl all all 127.0.0.1/32 trust"}}
	server := startTLS(t, c, root.issue(t, "", dns(hostName)))
	if err := server.WriteFile("root.crt", certPEM(root.cert)); err != nil {
		t.Fatal(err)
	}
	if err := server.SetSettings(map[string]string{"ssl_ca_file": "root.crt"}); err != nil {
		t.Fatal(err)
	}
	if err := server.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	return server
}

// clientFiles are certificates and keys, right and wrong, in a directory.
func clientFiles(t *testing.T, root *authority, user string) (files map[string][]byte, dir string) {
	t.Helper()
	mine := root.issue(t, "", common(user))
	files = map[string][]byte{
		"mine.crt": mine.certPEM(), "mine.key": keyPEM(t, mine.key), "mine.der": mine.cert.Raw, "key.der": derOf(t, mine.key),
		"wrong.key": keyPEM(t, newKey(t, "")), "open.key": keyPEM(t, mine.key), "group.key": keyPEM(t, mine.key), "none": nil,
	}
	for name, c := range map[string]issued{
		"rsa": root.issue(t, "rsa", common(user)), "ed": root.issue(t, "ed25519", common(user)), "p384": root.issue(t, "p384", common(user)),
		"stranger": newAuthority(t, "other root", "", nil).issue(t, "", common(user)), "nobody": root.issue(t, "", common("nobody")),
	} {
		files[name+".crt"], files[name+".key"] = c.certPEM(), keyPEM(t, c.key)
	}
	dir = write(t, files)
	for name, mode := range map[string]os.FileMode{"open.key": 0o644, "group.key": 0o640} {
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	return files, dir
}

// TestClientCertificates compares what is sent, and what becomes of it, with
// libpq.
func TestClientCertificates(t *testing.T) {
	t.Parallel()
	o := findOracle(t)
	root := newAuthority(t, "root", "", nil)
	server := certServer(t, root)
	_, dir := clientFiles(t, root, server.User())
	home := t.TempDir()
	seen := make(map[string]int)
	try := func(mode, cert, key, more string) {
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
		try(mode, "mine.crt", "mine.key", "")
		try(mode, "", "", "")
		try(mode, "stranger.crt", "stranger.key", "")
		try(mode, "nobody.crt", "nobody.key", "")
		try(mode, "mine.crt", "wrong.key", "")
	}
	for _, key := range []string{"key.der", "open.key", "group.key", "missing.key", "none", "", "mine.crt"} {
		try("require", "mine.crt", key, "")
	}
	for _, name := range []string{"rsa", "ed", "p384"} {
		try("require", name+".crt", name+".key", "")
	}
	try("require", "missing.crt", "mine.key", "")
	try("require", "none", "mine.key", "")
	try("require", "mine.crt/below", "mine.key", "")
	for _, certMode := range []string{"disable", "allow", "require"} {
		if !o.modern() {
			break
		}
		try("require", "mine.crt", "mine.key", " sslcertmode="+certMode)
		try("disable", "mine.crt", "mine.key", " sslcertmode="+certMode)
		try("prefer", "", "", " sslcertmode="+certMode)
	}
	if seen["tls"] < 5 || seen["fails"] < 5 || seen["plain"] < 5 {
		t.Errorf("the cases are one-sided: %v", seen)
	}
}

// TestDefaultCertificates are those in the user's directory.
func TestDefaultCertificates(t *testing.T) {
	t.Parallel()
	o := findOracle(t)
	root := newAuthority(t, "root", "", nil)
	server := certServer(t, root)
	files, _ := clientFiles(t, root, server.User())
	home := t.TempDir()
	at := filepath.Join(home, ".postgresql")
	if err := os.Mkdir(at, 0o700); err != nil {
		t.Fatal(err)
	}
	other := newAuthority(t, "other root", "", nil)
	steps := []struct {
		file string
		text []byte
	}{
		{"postgresql.crt", files["mine.crt"]}, {"postgresql.key", files["mine.key"]},
		{"root.crt", certPEM(root.cert)}, {"root.crl", other.revoke(t, time.Now().Add(time.Hour))}, {"root.crl", root.revoke(t, time.Now().Add(time.Hour))},
		{"root.crt", certPEM(other.cert)},
	}
	seen := make(map[string]int)
	for _, s := range steps {
		if err := os.WriteFile(filepath.Join(at, s.file), s.text, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, mode := range []string{"require", "prefer", "verify-full"} {
			seen[o.same(t, server.dsn(hostName, "sslmode="+mode), home)]++
		}
	}
	if seen["tls"] < 5 || seen["fails"] < 5 {
		t.Errorf("the cases are one-sided: %v", seen)
	}
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

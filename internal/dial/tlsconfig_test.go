package dial

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/pgtest"
)

// TestTLSVersions compares the bounds with libpq.
func TestTLSVersions(t *testing.T) {
	t.Parallel()
	o := findOracle(t)
	root := newAuthority(t, "root", "", nil)
	server := startTLS(t, pgtest.Config{}, root.issue(t, "", dns(hostName)))
	home := t.TempDir()
	for _, bounds := range []string{"TLSv1.2 ", "TLSv1.3 ", " TLSv1.2", "TLSv1.2 TLSv1.2", "TLSv1.3 TLSv1.3", "TLSv1 TLSv1.1", "tlsv1.2 tlsv1.3"} {
		least, most, _ := strings.Cut(bounds, " ")
		more := "sslmode=require"
		if least != "" {
			more += " ssl_min_protocol_version=" + least
		}
		if most != "" {
			more += " ssl_max_protocol_version=" + most
		}
		o.same(t, server.dsn(hostName, more), home)
		o.same(t, server.dsn(hostName, strings.Replace(more, "require", "prefer", 1)), home)
	}
	s, err := connect(t, server.dsn(hostName, "sslmode=require ssl_max_protocol_version=TLSv1.2"), isolated(t), Settings{})
	if err != nil || s.TLS.Version != tls.VersionTLS12 {
		t.Fatalf("%v", err)
	}
	_ = s.Conn.Close()
}

// TestServerName looks at what is sent as Server Name Indication, and that the
// protocol is named.
func TestServerName(t *testing.T) {
	cert := mustSelfSigned(t)
	hello := make(chan *tls.ClientHelloInfo, 1)
	dsn := listen(t, func(conn net.Conn) {
		takeUntyped(conn)
		_, _ = conn.Write([]byte("S"))
		inside := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{alpn},
			GetConfigForClient: func(i *tls.ClientHelloInfo) (*tls.Config, error) { hello <- i; return nil, nil }})
		takeUntyped(inside)
		_, _ = inside.Write(msgTrust)
		hold(inside)
	})
	address := resolve(t, dsn)
	for more, want := range map[string]string{
		"host=" + hostName: hostName, "host=127.0.0.1": "", "host=::1": "", "host=127.1": "", "host=''": "",
		"sslsni=0 host=" + hostName: "", "host=1a.test": "1a.test",
	} {
		c := resolve(t, dsn+"sslmode=require hostaddr=127.0.0.1 "+more)
		c.Hosts[0].Port = address.Hosts[0].Port
		s, err := Connect(t.Context(), c, Settings{})
		if err != nil {
			t.Fatal(err)
		}
		if s.TLS.NegotiatedProtocol != alpn {
			t.Errorf("negotiated %q", s.TLS.NegotiatedProtocol)
		}
		_ = s.Conn.Close()
		if i := <-hello; i.ServerName != want {
			t.Errorf("%s: %q was sent", more, i.ServerName)
		}
	}
	c := resolve(t, dsn+"sslmode=verify-full")
	pool := x509.NewCertPool()
	pool.AddCert(cert.Leaf)
	base := &tls.Config{RootCAs: pool, ServerName: hostName, InsecureSkipVerify: true}
	s, err := Connect(t.Context(), c, Settings{TLS: base})
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Conn.Close()
	if i := <-hello; i.ServerName != hostName {
		t.Errorf("%q was sent", i.ServerName)
	}
	base.ServerName = "another.test"
	if _, err := Connect(t.Context(), c, Settings{TLS: base}); err == nil || !strings.Contains(err.Error(), "another.test") {
		t.Errorf("got %v", err)
	}
	<-hello
	base.ServerName = ""
	failing := errors.New("not this one")
	base.VerifyConnection = func(tls.ConnectionState) error { return failing }
	if _, err := Connect(t.Context(), c, Settings{TLS: base}); !errors.Is(err, failing) {
		t.Errorf("got %v", err)
	}
	<-hello
}

// TestDirectWithoutALPN: a server that speaks TLS at once and agrees on no
// protocol might be any.
func TestDirectWithoutALPN(t *testing.T) {
	cert := mustSelfSigned(t)
	for _, protocols := range [][]string{nil, {alpn}} {
		dsn := listen(t, func(conn net.Conn) {
			inside := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: protocols})
			takeUntyped(inside)
			_, _ = inside.Write(msgTrust)
			hold(inside)
		})
		s, err := Connect(t.Context(), resolve(t, dsn+"sslmode=require sslnegotiation=direct"), Settings{})
		if (err == nil) != (protocols != nil) || err != nil && !strings.Contains(err.Error(), "sslnegotiation=direct") {
			t.Errorf("%v: %v", protocols, err)
		}
		if err == nil {
			_ = s.Conn.Close()
		}
	}
}

// TestSystemRoots has the certificate among those of the system.
func TestSystemRoots(t *testing.T) {
	cert := mustSelfSigned(t)
	dsn := listen(t, func(conn net.Conn) {
		takeUntyped(conn)
		_, _ = conn.Write([]byte("S"))
		inside := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}})
		takeUntyped(inside)
		_, _ = inside.Write(msgTrust)
		hold(inside)
	})
	_, err := Connect(t.Context(), resolve(t, dsn+"sslrootcert=system"), Settings{})
	e, ok := errors.AsType[*tls.CertificateVerificationError](err)
	if !ok || len(e.UnverifiedCertificates) != 1 {
		t.Errorf("got %v", err)
	}
}

// TestKeyLog writes the keys of the session to a file of this user alone.
func TestKeyLog(t *testing.T) {
	cert := mustSelfSigned(t)
	dsn := listen(t, func(conn net.Conn) {
		takeUntyped(conn)
		_, _ = conn.Write([]byte("S"))
		inside := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}})
		takeUntyped(inside)
		_, _ = inside.Write(msgTrust)
		hold(inside)
	})
	file := filepath.Join(t.TempDir(), "keys")
	for n := 1; n <= 2; n++ {
		s, err := Connect(t.Context(), resolve(t, dsn+"sslmode=require sslkeylogfile="+file), Settings{})
		if err != nil {
			t.Fatal(err)
		}
		_ = s.Conn.Close()
		text, err := os.ReadFile(file)
		if err != nil || strings.Count(string(text), "CLIENT_TRAFFIC_SECRET_0 ") != n {
			t.Errorf("%v, %q", err, text)
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	_, err := Connect(t.Context(), resolve(t, dsn+"sslmode=require sslkeylogfile="+file+"/x"), Settings{})
	if err == nil || !strings.Contains(err.Error(), "sslkeylogfile") {
		t.Errorf("got %v", err)
	}
}

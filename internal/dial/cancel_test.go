package dial

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/pgtest"
	"parley/wire"
)

// sleeping begins a statement that takes long, and waits until it has begun.
func sleeping(t *testing.T, s *Session) {
	t.Helper()
	const sql = "do $$ begin raise notice 'begun'; perform pg_sleep(60); end $$"
	if _, err := s.Conn.Write(encode(&wire.Query{SQL: sql})); err != nil {
		t.Fatal(err)
	}
	_ = s.Conn.SetDeadline(time.Now().Add(patience))
	if f, err := s.Buffer.ReadFrame(s.Conn, wire.PhaseBackend); err != nil || f.Type != 'N' {
		t.Fatalf("got %q, %v", f.Type, err)
	}
}

// canceled reads up to ReadyForQuery and reports whether the statement was
// cancelled.
func canceled(t *testing.T, s *Session) (yes bool) {
	t.Helper()
	_ = s.Conn.SetDeadline(time.Now().Add(patience))
	for {
		f, err := s.Buffer.ReadFrame(s.Conn, wire.PhaseBackend)
		if err != nil {
			t.Fatal(err)
		}
		var e wire.ErrorResponse
		switch {
		case f.Type == 'E' && e.Parse(f.Body) == nil:
			yes = e.Get(wire.FieldSQLState) == "57014"
		case f.Type == 'Z':
			return yes
		}
	}
}

// TestCancel cancels over each kind of connection and both protocol versions.
func TestCancel(t *testing.T) {
	root := newAuthority(t, "root", "", nil)
	server := startTLS(t, pgtest.Config{}, root.issue(t, "", dns(hostName)))
	file := filepath.Join(write(t, map[string][]byte{"root.crt": certPEM(root.cert)}), "root.crt")
	options := map[string]int32{ // exchanges of a cancel
		"sslmode=disable":                         1,
		"sslmode=prefer":                          3,
		"sslmode=verify-full sslrootcert=" + file: 3,
	}
	if server.VersionNum() >= 170000 {
		options["sslmode=verify-full sslnegotiation=direct sslrootcert="+file] = 2
	}
	for more, want := range options {
		for _, version := range []string{"3.0", "3.2"} {
			want := want
			c := new(counter)
			dsn := server.dsn(hostName, more+" max_protocol_version="+version)
			s, err := Connect(t.Context(), resolve(t, dsn), Settings{Dial: c.dial})
			if err != nil {
				t.Fatal(err)
			}
			keyLen := 4
			if version == "3.2" && server.VersionNum() >= 180000 {
				keyLen = 32
			}
			if len(s.CancelKey) != keyLen || fmt.Sprintf("%v %+v %x", s.CancelKey, s.CancelKey, s.CancelKey) != "redacted redacted redacted" {
				t.Errorf("%s: a key of %d bytes, %v", version, len(s.CancelKey), s.CancelKey)
			}
			sleeping(t, s)
			c.exchanges.Store(0)
			if err := s.Cancel(t.Context()); err != nil {
				t.Errorf("%s: %v", more, err)
			}
			if want > 1 {
				want += server.retries()
			}
			if got := c.exchanges.Load(); got != want {
				t.Errorf("%s: %d exchanges, want %d", more, got, want)
			}
			if !canceled(t, s) {
				t.Errorf("%s: the statement was not cancelled", more)
			}
			_ = s.Conn.Close()
		}
	}
}

// TestCancelFailures: who takes the place of the server gets no key.
func TestCancelFailures(t *testing.T) {
	cert := mustSelfSigned(t)
	answers := make(chan []byte, 2)
	got := make(chan []byte, 1)
	dsn := listen(t, func(conn net.Conn) {
		takeUntyped(conn)
		_, _ = conn.Write([]byte("S"))
		inside := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}})
		if takeUntyped(inside) == nil {
			return
		}
		_, _ = inside.Write(msgTrust)
		hold(inside)
	})
	s, err := Connect(t.Context(), resolve(t, dsn+"sslmode=require"), Settings{})
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(s.Addr)
	_ = s.Conn.Close()
	if host == "" || port == "" {
		t.Fatal(s.Addr)
	}
	other := listen(t, func(conn net.Conn) {
		takeUntyped(conn)
		_, _ = conn.Write(<-answers)
		b := make([]byte, 1)
		n, _ := conn.Read(b)
		got <- b[:n]
	})
	c := resolve(t, other)
	s.cancel.place.address = net.JoinHostPort("127.0.0.1", fmt.Sprint(c.Hosts[0].Port))
	answers <- []byte("N")
	if err := s.Cancel(t.Context()); !errors.Is(err, errNoTLS) {
		t.Errorf("got %v", err)
	}
	if b := <-got; len(b) != 0 {
		t.Error("something was sent in plain text")
	}
	s.cancel.key = nil
	if err := s.Cancel(t.Context()); !errors.Is(err, ErrNoCancelKey) {
		t.Errorf("got %v", err)
	}
}

// TestCancelEnds: the server that takes the request and keeps the connection
// open is waited for no longer than ctx.
func TestCancelEnds(t *testing.T) {
	waiting := make(chan struct{}, 1)
	chatty := false
	dsn := listen(t, func(conn net.Conn) {
		if body := takeUntyped(conn); wire.IdentifyUntyped(body) != wire.KindCancelRequest {
			_, _ = conn.Write(msgTrust)
			return
		}
		if chatty {
			_, _ = conn.Write([]byte("x"))
			return
		}
		waiting <- struct{}{}
		hold(conn)
	})
	s, err := Connect(t.Context(), resolve(t, dsn+"sslmode=disable"), Settings{})
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Conn.Close()
	cause := errors.New("no more time")
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() { <-waiting; cancel(cause) }()
	if err := s.Cancel(ctx); !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
	chatty = true
	if err := s.Cancel(t.Context()); err == nil || !strings.Contains(err.Error(), "no answer") {
		t.Errorf("got %v", err)
	}
}

func mustSelfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	cert, err := pgtest.SelfSigned(hostName, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

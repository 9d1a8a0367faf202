package dial

import (
	"context"
	"errors"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/pgtest"
)

// stalls are servers that stop at some point.
var stalls = map[string]struct {
	more   string
	script func(conn net.Conn)
}{
	"at once":         {"sslmode=disable", func(net.Conn) {}},
	"request for TLS": {"sslmode=prefer", func(net.Conn) {}},
	"handshake":       {"sslmode=prefer", func(conn net.Conn) { takeUntyped(conn); _, _ = conn.Write([]byte("S")) }},
	"authentication":  {"sslmode=disable", func(conn net.Conn) { takeUntyped(conn); _, _ = conn.Write([]byte("R\x00\x00")) }},
	"greeting":        {"sslmode=disable", func(conn net.Conn) { takeUntyped(conn); _, _ = conn.Write(msgOk) }},
	"question":        {"sslmode=disable target_session_attrs=read-write", func(conn net.Conn) { takeUntyped(conn); _, _ = conn.Write(msgTrust) }},
}

// TestContextEnds: whatever the server waits with, Connect returns with the
// cause of its context, and leaves no goroutine behind.
func TestContextEnds(t *testing.T) {
	for name, c := range stalls {
		t.Run(name, func(t *testing.T) {
			stalled := make(chan struct{}, 4)
			dsn := listen(t, func(conn net.Conn) { c.script(conn); stalled <- struct{}{}; hold(conn) })
			config := resolve(t, dsn+c.more)
			before := runtime.NumGoroutine()
			cause := errors.New("changed my mind")
			ctx, cancel := context.WithCancelCause(t.Context())
			go func() { <-stalled; cancel(cause) }()
			_, err := Connect(ctx, config, Settings{})
			if !errors.Is(err, cause) {
				t.Errorf("got %v", err)
			}
			if after := settled(before); after > before {
				t.Errorf("%d goroutines, %d before", after, before)
			}
			limited, done := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer done()
			if _, err := Connect(limited, config, Settings{}); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Connect(ctx, resolve(t, "host=127.0.0.1 user=u"), Settings{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	limited, done := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer done()
	if _, err := Connect(limited, resolve(t, "host=slow user=u"), Settings{Resolver: fakeResolver{}}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// settled waits until there are no more goroutines than before: those of the
// test's server end when their connections do.
func settled(before int) int {
	for end := time.Now().Add(patience); ; runtime.Gosched() {
		if n := runtime.NumGoroutine(); n <= before || time.Now().After(end) {
			return n
		}
	}
}

// TestConnectTimeout is for each address, and goes on with the next one.
func TestConnectTimeout(t *testing.T) {
	for name, c := range stalls {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { connectTimesOut(t, c.more, c.script) })
		})
	}
	c := resolve(t, "host=slow,127.0.0.1 port=1 user=u connect_timeout=1")
	_, err := Connect(t.Context(), c, Settings{Resolver: fakeResolver{}})
	if e, ok := errors.AsType[*Error](err); !ok || len(e.Attempts) != 2 || e.Attempts[0].Stage != StageDNS {
		t.Errorf("got %v", err)
	}
}

// connectTimesOut connects to a server that stalls, and then to one that does not.
func connectTimesOut(t *testing.T, more string, stall func(net.Conn)) {
	dial := func(_ context.Context, _, address string) (net.Conn, error) {
		near, far := pgtest.Pipe(pgtest.PipeConfig{})
		go func() {
			defer far.Close()
			if address == "10.0.0.1:5432" {
				stall(far)
			} else {
				if body := takeUntyped(far); len(body) == 4 {
					_, _ = far.Write([]byte("N"))
					takeUntyped(far)
				}
				_, _ = far.Write(cat(msgTrust, encode(pgtest.Columns("x"), pgtest.Row("off"), pgtest.Done("SHOW")), msgReady))
			}
			hold(far)
		}()
		return near, nil
	}
	began := time.Now()
	s, err := Connect(t.Context(), resolve(t, "host=10.0.0.1,10.0.0.2 user=u connect_timeout=1 "+more), Settings{Dial: dial})
	took := time.Since(began)
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Conn.Close()
	if len(s.Attempts) != 1 || !errors.Is(s.Attempts[0].Err, os.ErrDeadlineExceeded) || !strings.Contains(s.Attempts[0].String(), "connect_timeout of 1s") {
		t.Errorf("attempts %v", s.Attempts)
	}
	if s.Addr != "10.0.0.2:5432" || took != time.Second {
		t.Errorf("connected to %v after %v", s.Addr, took)
	}
}

// TestNoDeadlineLeft: a session may be used for as long as it likes.
func TestNoDeadlineLeft(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{TCP: true})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	s, err := Connect(ctx, resolve(t, server.TCPDSN()+" connect_timeout=5"), Settings{})
	cancel()
	if err != nil {
		t.Fatal(err)
	}
	run(t, s, "select 1")
	_ = s.Conn.Close()
}

package delay

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"net"
	"testing"
	"time"
)

const latency = 5 * time.Millisecond

// echo listens, and sends back what it gets.
func echo(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				_, _ = io.Copy(conn, conn)
			}()
		}
	}()
	return l
}

// through returns a connection to an echo behind a proxy.
func through(t *testing.T) net.Conn {
	t.Helper()
	server := echo(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var d net.Dialer
	p, err := Listen(l, latency, func(ctx context.Context) (net.Conn, error) {
		return d.DialContext(ctx, "tcp", server.Addr().String())
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	conn, err := d.DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestEachDirectionIsDelayed(t *testing.T) {
	conn := through(t)
	var least time.Duration
	for range 20 {
		began := time.Now()
		if _, err := conn.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		took := time.Since(began)
		if took < 2*latency {
			t.Errorf("there and back took %v, less than twice %v", took, latency)
		}
		if least == 0 || took < least {
			least = took
		}
	}
	if least > 3*latency {
		t.Errorf("even the fastest of 20 took %v", least)
	}
}

// TestManyAreInTheAir: a delay is no limit on throughput.
func TestManyAreInTheAir(t *testing.T) {
	conn := through(t)
	sent := make([]byte, 8<<20)
	_, _ = rand.Read(sent)
	began := time.Now()
	go func() {
		for b := sent; len(b) > 0; {
			n, err := conn.Write(b[:min(len(b), 16<<10)])
			if err != nil {
				return
			}
			b = b[n:]
		}
	}()
	got := make([]byte, len(sent))
	if _, err := io.ReadFull(conn, got); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, sent) {
		t.Error("what came back is not what was sent")
	}
	if one := time.Duration(len(sent)/(16<<10)) * 2 * latency; time.Since(began) > one/2 {
		t.Errorf("took %v; one piece after the other would have taken %v", time.Since(began), one)
	}
}

func TestTheEndIsPassedOn(t *testing.T) {
	conn := through(t)
	if _, err := conn.Write([]byte("last words")); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	if err != nil || string(got) != "last words" {
		t.Errorf("got %q, %v", got, err)
	}
}

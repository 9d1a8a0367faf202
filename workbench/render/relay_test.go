package render_test

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"parley/wire"
)

// relay passes the bytes of one connection on, and keeps them by sender.
type relay struct {
	listener net.Listener
	done     chan struct{} // closed when both directions have ended

	mu    sync.Mutex // guards the following field
	bytes [3][]byte  // by wire.Side
}

// newRelay waits for one client, for which it calls dial.
func newRelay(t *testing.T, dial func() (net.Conn, error)) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{listener: l, done: make(chan struct{})}
	go r.serve(dial)
	t.Cleanup(func() {
		l.Close()
		<-r.done
	})
	return r
}

func (r *relay) serve(dial func() (net.Conn, error)) {
	defer close(r.done)
	client, err := r.listener.Accept()
	if err != nil {
		return
	}
	defer client.Close()
	server, err := dial()
	if err != nil {
		return
	}
	defer server.Close()
	var both sync.WaitGroup
	both.Go(func() { r.pass(server, client, wire.Frontend) })
	both.Go(func() { r.pass(client, server, wire.Backend) })
	both.Wait()
}

func (r *relay) pass(to, from net.Conn, side wire.Side) {
	io.Copy(to, io.TeeReader(from, recorder{r, side})) // what ends it is told by the bytes that are missing
	to.Close()
}

// recorder keeps what one side sends.
type recorder struct {
	relay *relay
	side  wire.Side
}

func (w recorder) Write(p []byte) (int, error) {
	w.relay.mu.Lock()
	defer w.relay.mu.Unlock()
	w.relay.bytes[w.side] = append(w.relay.bytes[w.side], p...)
	return len(p), nil
}

// conninfo is where the relay listens.
func (r *relay) conninfo(more string) string {
	host, port, _ := strings.Cut(r.listener.Addr().String(), ":")
	return "host=" + host + " port=" + port + " " + more
}

// sent returns all that each side sent, once the connection has ended.
func (r *relay) sent() (frontend, backend []byte) {
	<-r.done
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bytes[wire.Frontend], r.bytes[wire.Backend]
}

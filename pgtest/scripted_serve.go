package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"parley/wire"
)

// ServeConfig says where a scripted server listens, and how its peers behave.
// The zero value listens on a Unix socket in a private directory (on Windows on
// loopback TCP).
type ServeConfig struct {
	// Network is "unix", "tcp" (127.0.0.1, a free port) or "pipe" (in memory,
	// reached by Dial alone, at home in the bubbles of testing/synctest).
	Network string

	// Listener, if not nil, is used instead, and closed.
	Listener net.Listener

	// Pipe is how the pipes of the network "pipe" behave.
	Pipe PipeConfig

	// Peer is the configuration of each connection's peer.
	Peer PeerConfig
}

// Scripted is a server that runs a script for each connection. Its methods may
// be used by several goroutines at once.
type Scripted struct {
	config   ServeConfig
	script   func(*Peer)
	tb       testing.TB // nil outside of tests
	listener net.Listener
	dir      string         // of the socket; "" for none
	ending   chan struct{}  // closed when the server, or the test, ends
	running  sync.WaitGroup // accepting, and scripts

	mu      sync.Mutex // guards the following fields, never held while waiting
	closed  bool
	peers   map[*Peer]bool // whose scripts run
	count   uint32         // connections so far
	errs    []error        // failures so far, at most maxFailures
	cancels []wire.CancelRequest
	changed chan struct{} // closed at the next CancelRequest
}

const (
	scriptedPort   = 5432 // of Unix sockets, where it is only part of a name
	scriptedPrefix = "pgscript-"
	maxFailures    = 20
)

// Serve starts a scripted server for a test. script runs for each connection, in
// a goroutine of its own; when it returns its connection is closed. A failure in
// it fails the test. The server ends with the test, which waits for the scripts:
// those that still expect something one second after the end have failed.
func Serve(t testing.TB, c ServeConfig, script func(*Peer)) *Scripted {
	t.Helper()
	s := &Scripted{config: c, script: script, tb: t}
	if err := s.open(); err != nil {
		t.Fatalf("start the scripted server: %v", err)
	}
	t.Cleanup(func() {
		if err := s.finish(); err != nil {
			t.Errorf("end the scripted server: %v", err)
		}
	})
	return s
}

// Listen is [Serve] outside of tests: the server ends with Close, which returns
// the failures.
func Listen(c ServeConfig, script func(*Peer)) (*Scripted, error) {
	s := &Scripted{config: c, script: script}
	if err := s.open(); err != nil {
		return nil, fmt.Errorf("start the scripted server: %w", err)
	}
	return s, nil
}

// Close ends the server, waits for its scripts, and returns their failures. In a
// test they have been reported already.
func (s *Scripted) Close() error {
	err := s.finish()
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(append(s.errs, err)...)
}

// Wait waits until the scripts of all connections so far have returned. It is
// for after the clients are done.
func (s *Scripted) Wait() {
	s.mu.Lock()
	var ps []*Peer
	for p := range s.peers {
		ps = append(ps, p)
	}
	s.mu.Unlock()
	for _, p := range ps {
		<-p.done
	}
}

// Addr returns where the server listens.
func (s *Scripted) Addr() net.Addr {
	if s.listener == nil {
		return pipeAddr("server")
	}
	return s.listener.Addr()
}

// DSN returns a connection string in libpq's keyword form, with the user
// postgres, the database postgres and nothing else; "" for the network "pipe".
func (s *Scripted) DSN() string {
	host, port := "", scriptedPort
	switch a := s.Addr().(type) {
	case *net.UnixAddr:
		host = filepath.Dir(a.Name)
	case *net.TCPAddr:
		host, port = a.IP.String(), a.Port
	default:
		return ""
	}
	return "host=" + quoteKeyword(host) + " port=" + strconv.Itoa(port) + " user=postgres dbname=postgres"
}

// Dial connects to the server.
func (s *Scripted) Dial(ctx context.Context) (net.Conn, error) {
	if s.listener != nil {
		var d net.Dialer
		return d.DialContext(ctx, s.Addr().Network(), s.Addr().String())
	}
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	client, server := Pipe(s.config.Pipe)
	if !s.play(server) {
		return nil, client.failure("dial", net.ErrClosed)
	}
	return client, nil
}

// DialContext is [Scripted.Dial] in the form of net.Dialer's method, for drivers
// that take such a function. It connects to this server wherever it is told to.
func (s *Scripted) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	return s.Dial(ctx)
}

// Cancels returns the CancelRequests that Accept has taken so far.
func (s *Scripted) Cancels() []wire.CancelRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]wire.CancelRequest(nil), s.cancels...)
}

// Connections returns how many connections there were so far.
func (s *Scripted) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int(s.count)
}

func (s *Scripted) noteCancel(m *wire.CancelRequest) {
	if s == nil { // a peer by itself
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cancels = append(s.cancels, *m)
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}

// cancelled reports whether a CancelRequest with the key came, and returns a
// channel that is closed at the next one.
func (s *Scripted) cancelled(key *wire.BackendKeyData) (came bool, change <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.cancels {
		if c.ProcessID == key.ProcessID && string(c.Key) == string(key.Key) {
			return true, nil
		}
	}
	if s.changed == nil {
		s.changed = make(chan struct{})
	}
	return false, s.changed
}

func (s *Scripted) open() error {
	network := s.config.Network
	if network == "" {
		network = "unix"
		if alwaysTCP {
			network = "tcp"
		}
	}
	s.prepare()
	switch {
	case s.config.Listener != nil:
		s.listener = s.config.Listener
	case network == "pipe":
		return nil
	default:
		if err := s.listen(network); err != nil {
			return err
		}
	}
	s.running.Go(s.accept)
	return nil
}

func (s *Scripted) listen(network string) (err error) {
	ctx := context.Background() // listening on a local address does not wait
	var lc net.ListenConfig
	switch network {
	case "tcp":
		s.listener, err = lc.Listen(ctx, "tcp", "127.0.0.1:0")
	case "unix":
		if s.dir, err = socketDir(); err != nil {
			return err
		}
		s.listener, err = lc.Listen(ctx, "unix", filepath.Join(s.dir, ".s.PGSQL."+strconv.Itoa(scriptedPort)))
	default:
		err = fmt.Errorf("ServeConfig.Network is %q, not unix, tcp or pipe", network)
	}
	if err != nil && s.dir != "" {
		os.RemoveAll(s.dir)
	}
	return err
}

// socketDir makes a private directory with a path short enough for a socket.
func socketDir() (string, error) {
	var tried []error
	for _, root := range privateRoots() {
		if len(root)+socketRoom > maxSocketPath {
			tried = append(tried, fmt.Errorf("%s is too long", root))
			continue
		}
		dir, err := os.MkdirTemp(root, scriptedPrefix)
		if err == nil {
			return dir, nil
		}
		tried = append(tried, err)
	}
	return "", fmt.Errorf("find a place for the socket: %w", errors.Join(tried...))
}

func (s *Scripted) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			if !errors.Is(err, net.ErrClosed) {
				s.failed(fmt.Errorf("accept a connection: %w", err))
			}
			return
		}
		s.play(conn)
	}
}

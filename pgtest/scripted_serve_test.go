package pgtest

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/wire"
)

// dialed connects to a scripted server and returns a scripted client.
func dialed(t *testing.T, s *Scripted) *Peer {
	t.Helper()
	conn, err := s.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return NewPeer(t, conn, PeerConfig{Side: wire.Frontend})
}

// Many connections at once, over each network.
func TestScriptedServe(t *testing.T) {
	for _, network := range []string{"unix", "tcp", "pipe"} {
		t.Run(network, func(t *testing.T) {
			if network == "unix" && alwaysTCP {
				network = "" // the default there
			}
			s := Serve(t, ServeConfig{Network: network}, func(p *Peer) {
				p.Accept(Welcome{})
				if n := p.Number(); n < 1 || n > 4 || p.Startup().Version != wire.Version30 {
					t.Errorf("connection %d asks for protocol %v", n, p.Startup().Version)
				}
				p.Respond(func(r Request) Result { return Table([]string{"echo"}, []any{r.SQL}) })
			})
			var clients sync.WaitGroup
			for _, sql := range []string{"one", "two", "three", "four"} {
				clients.Go(func() {
					conn, err := s.DialContext(t.Context(), "tcp", "elsewhere:5432")
					if err != nil {
						t.Error(err)
						return
					}
					if err := Converse(conn, PeerConfig{Side: wire.Frontend}, func(p *Peer) {
						p.Login(Login{})
						p.Send(&wire.Query{SQL: sql})
						p.Expect(Columns("echo"), Row(sql), Done("SELECT 1"), Ready(0))
						p.Send(&wire.Terminate{})
						p.ExpectEnd()
					}); err != nil {
						t.Error(err)
					}
				})
			}
			clients.Wait()
			s.Wait()
			if s.Connections() != 4 {
				t.Errorf("there were %d connections", s.Connections())
			}
			if (s.DSN() == "") != (network == "pipe") {
				t.Errorf("DSN() = %q", s.DSN())
			}
		})
	}
}

func TestScriptedServeInBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := Serve(t, ServeConfig{Network: "pipe", Pipe: PipeConfig{ToClient: Faults{Latency: time.Second, ShortReads: true}}}, func(p *Peer) {
			p.Accept(Welcome{})
		})
		begin := time.Now()
		dialed(t, s).Login(Login{})
		if took := time.Since(begin); took != time.Second {
			t.Errorf("logging in took %v", took)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errLeft)
		if _, err := s.Dial(ctx); err != errLeft {
			t.Errorf("dialing with a context that is over: %v", err)
		}
	})
}

// Nothing is left when a server is closed.
func TestScriptedServeClose(t *testing.T) {
	for _, network := range []string{"", "pipe"} {
		s, err := Listen(ServeConfig{Network: network}, func(p *Peer) { p.Accept(Welcome{}) })
		if err != nil {
			t.Fatal(err)
		}
		p := dialed(t, s)
		p.Login(Login{})
		p.ExpectEnd()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if _, err := s.Dial(t.Context()); err == nil {
			t.Error("a closed server can be reached")
		}
		if a, ok := s.Addr().(*net.UnixAddr); ok {
			if _, err := os.Stat(filepath.Dir(a.Name)); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the socket's directory is still there: %v", err)
			}
		}
		if err := s.Close(); err != nil {
			t.Errorf("the second Close: %v", err)
		}
	}
}

func TestScriptedServeListener(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := Serve(t, ServeConfig{Listener: l}, func(p *Peer) { p.Accept(Welcome{}) })
	if s.Addr() != l.Addr() {
		t.Errorf("the server is at %v", s.Addr())
	}
	dialed(t, s).Login(Login{})
}

func TestScriptedServeBadNetwork(t *testing.T) {
	if _, err := Listen(ServeConfig{Network: "udp"}, nil); err == nil || !strings.Contains(err.Error(), "not unix, tcp or pipe") {
		t.Errorf("Listen: %v", err)
	}
}

// A script can wait for the cancellation of its own session.
func TestScriptedCancel(t *testing.T) {
	for _, network := range []string{"", "pipe"} {
		t.Run("network "+network, func(t *testing.T) {
			s := Serve(t, ServeConfig{Network: network}, func(p *Peer) {
				if !p.Accept(Welcome{}) {
					return
				}
				p.Expect(&wire.Query{SQL: "select pg_sleep(60)"})
				if p.AwaitCancel() {
					p.Reply(Refusal("57014", "canceling statement due to user request"))
				}
			})
			p := dialed(t, s)
			p.Send(Login{Version: wire.Version32}.Startup())
			p.ExpectKinds(wire.KindAuthenticationOk)
			key := Receive[wire.BackendKeyData](p)
			p.ExpectKinds(wire.KindReadyForQuery)
			p.Send(&wire.Query{SQL: "select pg_sleep(60)"})
			for _, k := range [][]byte{[]byte("another key"), key.Key} { // the first cancels nothing
				c := dialed(t, s)
				c.Send(&wire.CancelRequest{ProcessID: key.ProcessID, Key: k})
				c.ExpectEnd()
			}
			p.Expect(Failure("57014", "canceling statement due to user request"), Ready(0))
			if cancels := s.Cancels(); len(cancels) != 2 || string(cancels[1].Key) != string(key.Key) {
				t.Errorf("%d CancelRequests were noted", len(cancels))
			}
		})
	}
	err := Converse(onePipe(), PeerConfig{}, func(p *Peer) { p.AwaitCancel() })
	wantProblem(t, err, "no server that notes them")
}

// A script that stalls holds its client until it is released.
func TestScriptedWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		s := Serve(t, ServeConfig{Network: "pipe"}, func(p *Peer) {
			p.AcceptStartup(Welcome{})
			p.Wait(release)
			p.Authenticate(Welcome{})
		})
		p := dialed(t, s)
		p.Send(Login{}.Startup())
		p.ExpectSilence(5 * time.Second)
		close(release)
		p.Expect(&wire.AuthenticationOk{})
	})
}

package pgtest

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/wire"
)

// dialogue holds a conversation between a scripted client, in the test's
// goroutine, and a scripted server, over a pipe in a bubble.
func dialogue(t *testing.T, client, server func(*Peer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		near, far := Pipe(PipeConfig{})
		wait := Play(t, far, PeerConfig{}, server)
		p := NewPeer(t, near, PeerConfig{Side: wire.Frontend})
		client(p)
		p.Close()
		wait()
	})
}

// A conversation is linear on both sides.
func TestScriptedConversation(t *testing.T) {
	dialogue(t, func(p *Peer) {
		p.Login(Login{User: "ada"})
		p.Send(&wire.Query{SQL: "select 1"})
		p.Expect(Columns("?column?"), Row(1), Done("SELECT 1"), Ready(0))
		p.Send(&wire.Terminate{})
		p.ExpectEnd()
	}, func(p *Peer) {
		if !p.Accept(Welcome{}) {
			return
		}
		if p.User() != "ada" {
			t.Errorf("the user is %q", p.User())
		}
		p.Expect(&wire.Query{SQL: "select 1"})
		p.Send(Columns("?column?"), Row(1), Done("SELECT 1"), Ready(0))
		p.Expect(&wire.Terminate{})
	})
}

func TestScriptedReceive(t *testing.T) {
	dialogue(t, func(p *Peer) {
		p.Login(Login{})
		p.Send(&wire.Parse{Statement: "s", SQL: "select $1", ParamTypes: []uint32{23}},
			&wire.Bind{Statement: "s", Params: [][]byte{[]byte("1"), nil}}, &wire.Execute{}, &wire.Sync{})
		p.ExpectKinds(wire.KindParseComplete, wire.KindBindComplete)
		ms := p.Until(wire.KindReadyForQuery)
		if len(ms) != 3 || ms[2].Kind() != wire.KindReadyForQuery {
			t.Errorf("Until returned %v", ms)
		}
	}, func(p *Peer) {
		p.Accept(Welcome{})
		if m := Receive[wire.Parse](p); m.SQL != "select $1" {
			t.Errorf("Parse has the SQL %q", m.SQL)
		}
		if m, ok := p.Next().(*wire.Bind); !ok || len(m.Params) != 2 || m.Params[1] != nil {
			t.Errorf("Bind is %v", m)
		}
		p.ExpectKinds(wire.KindExecute, wire.KindSync)
		p.Reply(Table([]string{"x"}, []any{"1"}))
	})
}

// What may come at any time is passed over, unless it is expected or the peer is
// strict.
func TestScriptedAnyTime(t *testing.T) {
	noise := []wire.Message{Notice("hm"), &wire.ParameterStatus{Name: "TimeZone", Value: "UTC"},
		&wire.NotificationResponse{ProcessID: 7, Channel: "c", Payload: "p"}}
	dialogue(t, func(p *Peer) {
		p.Login(Login{})
		p.Send(&wire.Query{SQL: "one"})
		p.ExpectKinds(wire.KindCommandComplete, wire.KindReadyForQuery)
		p.Send(&wire.Query{SQL: "two"})
		p.Expect(noise[0], noise[2], Done("TWO"))
		p.ExpectKinds(wire.KindReadyForQuery)
	}, func(p *Peer) {
		p.Accept(Welcome{})
		for _, tag := range []string{"ONE", "TWO"} {
			p.ExpectKinds(wire.KindQuery)
			p.Send(append(noise, Done(tag), Ready(0))...)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		err := against(t, PeerConfig{Side: wire.Frontend, Strict: true}, func(p *Peer) {
			p.Send(Login{}.Startup())
			p.Expect(&wire.AuthenticationOk{})
			p.ExpectKinds(wire.KindBackendKeyData)
		}, func(p *Peer) { p.Accept(Welcome{}) })
		wantProblem(t, err, "ParameterStatus came")
	})
}

// against runs a script whose failure is wanted against one that is right, in a
// bubble, and returns the failure.
func against(t *testing.T, c PeerConfig, script, other func(*Peer)) error {
	t.Helper()
	near, far := Pipe(PipeConfig{})
	oc := PeerConfig{Side: wire.Frontend, Lenient: true}
	if c.Side == wire.Frontend {
		oc.Side = wire.Backend
	}
	done := make(chan error, 1)
	go func() { done <- Converse(far, oc, other) }()
	err := Converse(near, c, script)
	<-done // that it fails, too, is no matter
	return err
}

func wantProblem(t *testing.T, err error, want string) {
	t.Helper()
	e, ok := errors.AsType[*PeerError](err)
	if !ok {
		t.Errorf("the failure is %v, want a *PeerError with %q", err, want)
	} else if !strings.Contains(e.problem(), want) {
		t.Errorf("the problem is %q, want %q in it; all of it:\n%v", e.problem(), want, e)
	}
}

// What the script itself gets wrong is found before it is sent.
func TestScriptedSendOutOfPlace(t *testing.T) {
	for name, script := range map[string]func(*Peer){
		"a row before its description": func(p *Peer) { p.Send(Row(1)) },
		"a row too wide":               func(p *Peer) { p.Send(Columns("a"), Row(1, 2)) },
		"ready too early":              func(p *Peer) { p.Send(Ready(0)) },
		"ready twice":                  func(p *Peer) { p.Send(Done("X"), Ready(0), Ready(0)) },
		"authenticated again":          func(p *Peer) { p.Send(&wire.AuthenticationOk{}) },
		"of the other side":            func(p *Peer) { p.Send(&wire.Terminate{}) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				err := against(t, PeerConfig{}, func(p *Peer) {
					p.Accept(Welcome{})
					p.ExpectKinds(wire.KindQuery)
					script(p)
				}, func(p *Peer) {
					p.Login(Login{})
					p.Send(&wire.Query{SQL: "x"})
					for m := range p.Messages() {
						if m.Kind() != wire.KindCommandComplete && m.Kind() != wire.KindReadyForQuery {
							t.Errorf("%v was sent", m.Kind())
						}
					}
				})
				wantProblem(t, err, "out of place")
				if _, ok := errors.AsType[*wire.StateError](err); !ok {
					t.Errorf("the cause is no *wire.StateError: %v", errors.Unwrap(err))
				}
			})
		})
	}
}

func TestScriptedSendCannotEncode(t *testing.T) {
	near, _ := Pipe(PipeConfig{})
	err := Converse(near, PeerConfig{Side: wire.Frontend}, func(p *Peer) {
		p.Send(&wire.StartupMessage{Version: wire.Version30, Parameters: []wire.Parameter{{Name: "user", Value: "a\x00b"}}})
	})
	wantProblem(t, err, "cannot be encoded")
}

// What the other side gets wrong is a failure, unless the peer is lenient.
func TestScriptedOtherSideOutOfPlace(t *testing.T) {
	client := func(p *Peer) {
		p.Login(Login{})
		p.SendAnyway(&wire.PasswordMessage{Password: "unasked"})
		p.ExpectEnd()
	}
	for _, lenient := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			err := against(t, PeerConfig{Lenient: lenient}, func(p *Peer) {
				p.Accept(Welcome{})
				p.ExpectKinds(wire.KindPasswordMessage)
			}, client)
			if lenient {
				if err != nil {
					t.Errorf("a lenient peer failed: %v", err)
				}
				return
			}
			wantProblem(t, err, "the backend has not asked for it")
		})
	}
}

// Every wait is bounded, and so is every send.
func TestScriptedTimeout(t *testing.T) {
	waits := map[string]func(*Peer){
		"expect":  func(p *Peer) { p.Expect(&wire.Sync{}) },
		"next":    func(p *Peer) { p.Next() },
		"end":     func(p *Peer) { p.ExpectEnd() },
		"raw":     func(p *Peer) { p.ReadRaw(1) },
		"send":    func(p *Peer) { p.SendRaw(make([]byte, 1<<20)) },
		"stall":   func(p *Peer) { p.Wait(make(chan struct{})) },
		"accept":  func(p *Peer) { p.Accept(Welcome{}) },
		"loop":    func(p *Peer) { p.Respond(nil) },
		"refused": func(p *Peer) { p.SendUntilRefused([]byte("x"), 1<<20) },
	}
	for name, script := range waits {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, _ := Pipe(PipeConfig{})
				begin := time.Now()
				err := Converse(near, PeerConfig{Timeout: time.Minute}, script)
				if err == nil {
					t.Error("it did not fail")
				}
				if took := time.Since(begin); took != time.Minute {
					t.Errorf("it failed after %v, want one minute", took)
				}
			})
		})
	}
}

// A message that trickles in does not make a wait longer.
func TestScriptedTimeoutIsForAMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := Pipe(PipeConfig{})
		done := make(chan struct{})
		go func() {
			defer close(done)
			far.Write([]byte{0, 0, 1, 0}) // a StartupMessage of 256 bytes
			for {
				far.SetReadDeadline(time.Now().Add(time.Second))
				far.Read(make([]byte, 1))
				if _, err := far.Write([]byte{0}); err != nil {
					return
				}
			}
		}()
		begin := time.Now()
		err := Converse(near, PeerConfig{}, func(p *Peer) { p.Accept(Welcome{}) })
		wantProblem(t, err, "nothing came in time")
		if took := time.Since(begin); took != defaultPeerTimeout {
			t.Errorf("it failed after %v, want %v", took, defaultPeerTimeout)
		}
		<-done
	})
}

func TestScriptedSilence(t *testing.T) {
	dialogue(t, func(p *Peer) {
		begin := time.Now()
		p.ExpectSilence(3 * time.Second)
		if took := time.Since(begin); took != 3*time.Second {
			t.Errorf("the silence lasted %v", took)
		}
		p.Login(Login{}) // and it goes on
	}, func(p *Peer) { p.Accept(Welcome{}) })
	synctest.Test(t, func(t *testing.T) {
		err := against(t, PeerConfig{}, func(p *Peer) { p.ExpectSilence(time.Second) },
			func(p *Peer) { p.Send(Login{}.Startup()) })
		wantProblem(t, err, "23 bytes came")
	})
	synctest.Test(t, func(t *testing.T) {
		err := against(t, PeerConfig{}, func(p *Peer) { p.ExpectSilence(time.Second) }, func(p *Peer) {})
		wantProblem(t, err, "closed the connection")
	})
}

func TestScriptedRaw(t *testing.T) {
	dialogue(t, func(p *Peer) {
		p.SendRaw([]byte("???"))
		p.ExpectSilence(time.Second)
		p.SendRaw([]byte("!"))
		p.Expect(Fatal("08P01", "invalid length of startup packet"))
		p.ExpectEnd()
	}, func(p *Peer) {
		if got := string(p.ReadRaw(4)); got != "???!" {
			t.Errorf("read %q", got)
		}
		p.Send(Fatal("08P01", "invalid length of startup packet"))
	})
}

// Raw bytes that are messages are followed like any others.
func TestScriptedRawIsFollowed(t *testing.T) {
	dialogue(t, func(p *Peer) {
		for _, b := range p.Encode(Login{User: "ada"}.Startup()) {
			p.SendRaw([]byte{b})
		}
		p.Until(wire.KindReadyForQuery)
		if !p.Session().Ready() || p.Session().Broken() != nil {
			t.Errorf("the session is not ready: %v", p.Session().Broken())
		}
		if !strings.HasPrefix(p.Transcript(), "> StartupMessage version=3.0 user=\"ada\"\n< AuthenticationOk\n") {
			t.Errorf("the conversation is\n%s", p.Transcript())
		}
	}, func(p *Peer) { p.Accept(Welcome{}) })
}

func TestScriptedClose(t *testing.T) {
	ends := map[string]struct {
		end  func(*Peer)
		want error
	}{
		"close": {(*Peer).Close, io.EOF},
		"reset": {(*Peer).Reset, nil},
	}
	for name, x := range ends {
		for _, network := range []string{"pipe", "tcp"} {
			t.Run(name+"/"+network, func(t *testing.T) {
				s := Serve(t, ServeConfig{Network: network}, func(p *Peer) {
					p.ReadRaw(1)
					x.end(p)
					if p.OK() || p.Err() != nil {
						t.Errorf("afterwards OK is %v, Err is %v", p.OK(), p.Err())
					}
					p.Send(Row(1)) // nothing happens
				})
				conn, err := s.Dial(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				mustWrite(t, conn, "x")
				_, err = conn.Read(make([]byte, 1))
				if x.want != nil && err != x.want || x.want == nil && !isBroken(err) {
					t.Errorf("the client reads %v", err)
				}
			})
		}
	}
}

func TestScriptedCloseWrite(t *testing.T) {
	dialogue(t, func(p *Peer) {
		p.Send(Login{}.Startup())
		p.CloseWrite()
		p.ExpectKinds(wire.KindAuthenticationOk)
	}, func(p *Peer) {
		p.AcceptStartup(Welcome{})
		if _, err := p.Conn().Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("read %v", err)
		}
		p.Send(&wire.AuthenticationOk{})
	})
	err := Converse(struct{ net.Conn }{onePipe()}, PeerConfig{}, (*Peer).CloseWrite)
	wantProblem(t, err, "unsupported")
}

func onePipe() net.Conn {
	near, _ := Pipe(PipeConfig{})
	return near
}

// After its failure a script does nothing, and ends even if it does not look.
func TestScriptedAfterFailure(t *testing.T) {
	left := errors.New("left")
	near, far := Pipe(PipeConfig{})
	far.Close()
	p := newPeer(near, PeerConfig{})
	p.leave = func() { panic(left) }
	defer func() {
		if r := recover(); r != left {
			t.Errorf("the endless script ended with %v", r)
		}
	}()
	p.Expect(&wire.Sync{})
	err := p.Err()
	for {
		q := Receive[wire.Query](p)
		p.Send(Row(1))
		if p.Next() == nil || q.SQL != "" || p.OK() || p.Err() != err || p.Accept(Welcome{}) || p.AwaitCancel() {
			t.Fatal("a failed peer is not at rest")
		}
	}
}

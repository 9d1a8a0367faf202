package pgtest

import (
	"crypto/tls"
	"crypto/x509"
	"strings"
	"testing"
	"testing/synctest"

	"parley/wire"
)

// tlsPair makes the two sides of TLS for tests.
func tlsPair(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	cert, err := SelfSigned("localhost", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert.Leaf)
	return &tls.Config{Certificates: []tls.Certificate{cert}}, &tls.Config{RootCAs: roots, ServerName: "localhost"}
}

// Each way to authenticate, both sides scripted: first with what is right, then
// with what is wrong.
func TestScriptedAuth(t *testing.T) {
	server, client := tlsPair(t)
	for name, c := range map[string]struct {
		welcome Welcome
		inside  bool // TLS
		says    string
	}{
		"trust":      {Welcome{}, false, "< AuthenticationOk"},
		"cleartext":  {Welcome{Auth: AuthCleartext, Password: "p"}, false, "> PasswordMessage password=(2 bytes)"},
		"md5":        {Welcome{Auth: AuthMD5, Password: "p", Salt: []byte("salt")}, false, `AuthenticationMD5Password salt="salt"`},
		"scram":      {Welcome{Auth: AuthSCRAM, Password: "p", Iterations: 1}, false, `SASLInitialResponse mechanism="SCRAM-SHA-256" `},
		"scram-tls":  {Welcome{Auth: AuthSCRAM, Password: "p", Iterations: 1}, true, `SASLInitialResponse mechanism="SCRAM-SHA-256-PLUS"`},
		"scram-only": {Welcome{Auth: AuthSCRAM, Password: "p", Iterations: 1, Mechanisms: []string{"SCRAM-SHA-256"}}, true, `mechanism="SCRAM-SHA-256" `},
		"oauth":      {Welcome{Auth: AuthOAuth, Token: "t"}, true, `mechanism="OAUTHBEARER"`},
	} {
		t.Run(name, func(t *testing.T) {
			login := Login{User: "ada", Password: "p", Token: "t"}
			if c.inside {
				c.welcome.TLS, login.TLS = server, client
			}
			dialogue(t, func(p *Peer) {
				p.Login(login)
				if !strings.Contains(p.Transcript(), c.says) {
					t.Errorf("the conversation is\n%swithout %s", p.Transcript(), c.says)
				}
			}, func(p *Peer) {
				if !p.Accept(c.welcome) {
					t.Error("the client was refused")
				}
			})
			if c.welcome.Auth != AuthTrust {
				login.Password, login.Token = "wrong", "wrong"
				wantRefusal(t, c.welcome, login)
			}
		})
	}
}

// wantRefusal logs in with what is wrong: the client gets PostgreSQL's error, and
// the server's script goes on without failure.
func wantRefusal(t *testing.T, w Welcome, l Login) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		err := against(t, PeerConfig{Side: wire.Frontend}, func(p *Peer) { p.Login(l) }, func(p *Peer) {
			if p.Accept(w) {
				t.Error("the client was let in")
			}
			if p.Err() != nil {
				t.Errorf("the script has failed: %v", p.Err())
			}
		})
		wantProblem(t, err, "authentication failed for user")
	})
}

// With fixed halves of the nonce and a fixed salt an exchange is the same each
// time. A server that leaves out its signature does not get away with it.
func TestScriptedSCRAMIsReproducible(t *testing.T) {
	var first string
	for range 2 {
		synctest.Test(t, func(t *testing.T) {
			err := against(t, PeerConfig{Side: wire.Frontend}, func(p *Peer) {
				p.Login(Login{Password: "p", Nonce: "client"})
			}, func(p *Peer) {
				p.AcceptStartup(Welcome{})
				p.Send(&wire.AuthenticationSASL{Mechanisms: []string{"SCRAM-SHA-256"}})
				p.Expect(&wire.SASLInitialResponse{Mechanism: "SCRAM-SHA-256", Data: []byte("n,,n=,r=client")})
				p.Send(&wire.AuthenticationSASLContinue{Data: []byte("r=clientserver,s=c2FsdA==,i=1")})
				final := string(Receive[wire.SASLResponse](p).Data)
				if first == "" {
					first = final
				}
				if final != first || !strings.HasPrefix(final, "c=biws,r=clientserver,p=") {
					t.Errorf("the client's final message is %q", final)
				}
				p.SendAnyway(&wire.AuthenticationOk{}, Ready(0))
			})
			wantProblem(t, err, "SCRAM ends with AuthenticationSASLFinal")
		})
	}
}

// A client that gives up before its session has begun is no failure.
func TestScriptedClientGivesUp(t *testing.T) {
	server, _ := tlsPair(t)
	_, stranger := tlsPair(t)
	for name, client := range map[string]func(*Peer){
		"at once":         func(p *Peer) {},
		"after SSL":       func(p *Peer) { p.Send(&wire.SSLRequest{}); p.Next() },
		"at the password": func(p *Peer) { p.Send(Login{}.Startup()); p.Next() },
		"at the certificate": func(p *Peer) {
			p.Send(&wire.SSLRequest{})
			p.Next()
			p.StartTLS(stranger)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				err := against(t, PeerConfig{}, func(p *Peer) {
					if p.Accept(Welcome{TLS: server, Auth: AuthCleartext}) {
						t.Error("a session has begun")
					}
				}, client)
				if err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// Clients that break the exchange are failures of the server's script: that is
// what it is there to find.
func TestScriptedAuthBroken(t *testing.T) {
	startup := func(p *Peer) { p.Send(Login{}.Startup()) }
	for name, c := range map[string]struct {
		auth   Auth
		client func(*Peer)
		want   string
	}{
		"no scram": {AuthSCRAM, func(p *Peer) {
			p.Send(&wire.SASLInitialResponse{Mechanism: "SCRAM-SHA-256", Data: []byte("?")})
		}, "scram:"},
		"another mechanism": {AuthSCRAM, func(p *Peer) { p.Send(&wire.SASLInitialResponse{Mechanism: "PLAIN"}) }, "scram:"},
		"another nonce": {AuthSCRAM, func(p *Peer) {
			p.Send(&wire.SASLInitialResponse{Mechanism: "SCRAM-SHA-256", Data: []byte("n,,n=,r=abc")})
			p.ExpectKinds(wire.KindAuthenticationSASLContinue)
			p.Send(&wire.SASLResponse{Data: []byte("c=biws,r=abc,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")})
		}, "scram:"},
		"no oauth": {AuthOAuth, func(p *Peer) {
			p.Send(&wire.SASLInitialResponse{Mechanism: oauthBearer, Data: []byte("n,,\x01bearer\x01\x01")})
		}, "it is none"},
		"a query": {AuthCleartext, func(p *Peer) { p.SendAnyway(&wire.Query{SQL: "x"}) }, "only a reply to the authentication request"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				err := against(t, PeerConfig{}, func(p *Peer) { p.Accept(Welcome{Auth: c.auth, Password: "p", Iterations: 1}) },
					func(p *Peer) {
						startup(p)
						p.Next()
						c.client(p)
						p.ExpectEnd()
					})
				wantProblem(t, err, c.want)
			})
		})
	}
}

// A client of OAUTHBEARER that has no token asks what is wanted.
func TestScriptedOAuthDiscovery(t *testing.T) {
	dialogue(t, func(p *Peer) {
		p.Send(Login{}.Startup())
		p.Expect(&wire.AuthenticationSASL{Mechanisms: []string{oauthBearer}})
		p.Send(&wire.SASLInitialResponse{Mechanism: oauthBearer, Data: []byte("n,,\x01auth=\x01\x01")})
		p.Expect(&wire.AuthenticationSASLContinue{Data: []byte(`{"status":"invalid_token"}`)})
		p.Send(&wire.SASLResponse{Data: []byte{1}})
		p.Expect(Like(&wire.ErrorResponse{Fields: []wire.ResponseField{{Code: wire.FieldSQLState, Value: "28000"}}}))
		p.ExpectEnd()
	}, func(p *Peer) {
		if p.Accept(Welcome{Auth: AuthOAuth}) {
			t.Error("no token is a token")
		}
	})
}

func TestScriptedTLS(t *testing.T) {
	server, client := tlsPair(t)
	direct := client.Clone()
	direct.NextProtos = []string{"postgresql"}
	for name, script := range map[string]func(*Peer){
		"asked for": func(p *Peer) { p.Login(Login{TLS: client}) },
		"after GSSAPI": func(p *Peer) {
			p.Send(&wire.GSSENCRequest{})
			p.Expect(&wire.GSSENCResponse{Answer: 'N'})
			p.Login(Login{TLS: client})
		},
		"at once": func(p *Peer) {
			p.StartTLS(direct)
			p.Login(Login{})
			if s := p.Conn().(*tls.Conn).ConnectionState(); s.NegotiatedProtocol != "postgresql" {
				t.Errorf("the protocol inside TLS is %q", s.NegotiatedProtocol)
			}
		},
		"not at all": func(p *Peer) { p.Login(Login{}) },
	} {
		t.Run(name, func(t *testing.T) {
			dialogue(t, func(p *Peer) {
				script(p)
				p.Send(&wire.Terminate{})
			}, func(p *Peer) {
				p.Accept(Welcome{TLS: server})
				p.Expect(&wire.Terminate{})
				p.ExpectEnd()
			})
		})
	}
}

func TestScriptedTLSRefused(t *testing.T) {
	_, client := tlsPair(t)
	synctest.Test(t, func(t *testing.T) {
		err := against(t, PeerConfig{Side: wire.Frontend}, func(p *Peer) { p.Login(Login{TLS: client}) },
			func(p *Peer) { p.Accept(Welcome{}) })
		wantProblem(t, err, "answer is N, not S")
	})
}

// Text that was there before TLS must not be taken as if it came inside.
func TestScriptedTextBeforeTLS(t *testing.T) {
	server, client := tlsPair(t)
	synctest.Test(t, func(t *testing.T) {
		err := against(t, PeerConfig{Side: wire.Frontend}, func(p *Peer) { p.Login(Login{TLS: client}) }, func(p *Peer) {
			p.ExpectKinds(wire.KindSSLRequest)
			p.SendRaw(p.Encode(&wire.SSLResponse{Answer: 'S'}, Failure("42000", "injected")))
			p.ExpectEnd()
		})
		wantProblem(t, err, "bytes came before it")
	})
	synctest.Test(t, func(t *testing.T) {
		err := against(t, PeerConfig{}, func(p *Peer) { p.Accept(Welcome{TLS: server}) },
			func(p *Peer) {
				p.SendRaw(p.Encode(&wire.SSLRequest{}, Login{}.Startup()))
				p.Until()
			})
		wantProblem(t, err, "23 bytes came before it")
	})
}

func TestScriptedNegotiation(t *testing.T) {
	options := []wire.Parameter{{Name: "_pq_.known", Value: "1"}, {Name: "_pq_.unknown", Value: "1"}}
	for name, c := range map[string]struct {
		login   Login
		newest  wire.Version
		answer  wire.Message
		version wire.Version
		key     int
	}{
		"3.0":       {Login{}, 0, nil, wire.Version30, 4},
		"3.2":       {Login{Version: wire.Version32}, 0, nil, wire.Version32, 32},
		"older":     {Login{Version: wire.Version32}, wire.Version30, &wire.NegotiateProtocolVersion{Version: wire.Version30}, wire.Version30, 4},
		"grease":    {Login{Version: wire.VersionGrease}, 0, &wire.NegotiateProtocolVersion{Version: wire.Version32}, wire.Version32, 32},
		"an option": {Login{Parameters: options}, 0, &wire.NegotiateProtocolVersion{Version: wire.Version30, Options: []string{"_pq_.unknown"}}, wire.Version30, 4},
	} {
		t.Run(name, func(t *testing.T) {
			dialogue(t, func(p *Peer) {
				p.Send(c.login.Startup())
				if c.answer != nil {
					p.Expect(c.answer)
				}
				p.ExpectKinds(wire.KindAuthenticationOk)
				if m := Receive[wire.BackendKeyData](p); len(m.Key) != c.key {
					t.Errorf("the key has %d bytes, want %d", len(m.Key), c.key)
				}
				p.ExpectKinds(wire.KindReadyForQuery)
				if v := p.Session().Version(); v != c.version {
					t.Errorf("the version is %v, want %v", v, c.version)
				}
			}, func(p *Peer) { p.Accept(Welcome{Newest: c.newest, Options: []string{"_pq_.known"}}) })
		})
	}
	dialogue(t, func(p *Peer) {
		p.SendAnyway(Login{Version: 2 << 16}.Startup())
		p.Expect(Fatal("0A000", "unsupported frontend protocol 2.0: server supports 3.0 to 3.2"))
		p.ExpectEnd()
	}, func(p *Peer) {
		p.config.Lenient = true
		p.Accept(Welcome{})
	})
}

func TestScriptedGreeting(t *testing.T) {
	dialogue(t, func(p *Peer) {
		p.Login(Login{User: "ada", Parameters: []wire.Parameter{{Name: "TimeZone", Value: "Europe/Rome"}}})
		for name, want := range map[string]string{"TimeZone": "Europe/Rome", "server_version": "14.0", "crdb_version": "1",
			"session_authorization": "ada", "client_encoding": "UTF8"} {
			if got, _ := p.Session().Setting(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		if strings.Contains(p.Transcript(), "BackendKeyData") {
			t.Error("there is a key")
		}
	}, func(p *Peer) {
		p.Accept(Welcome{NoKey: true, Settings: []wire.Parameter{{Name: "server_version", Value: "14.0"}, {Name: "crdb_version", Value: "1"}}})
	})
	dialogue(t, func(p *Peer) {
		p.Send(Login{Version: wire.Version32}.Startup())
		p.Expect(&wire.AuthenticationOk{}, &wire.BackendKeyData{ProcessID: 42, Key: []byte(strings.Repeat("k", 256))})
	}, func(p *Peer) {
		p.Accept(Welcome{ProcessID: 42, Key: []byte(strings.Repeat("k", 256))})
	})
}

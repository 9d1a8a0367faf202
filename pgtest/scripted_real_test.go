package pgtest

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"strings"
	"testing"

	"parley/wire"
)

// A scripted client is at home at a real server.
func TestScriptedRealServer(t *testing.T) {
	s := Start(t, Config{Auth: "scram-sha-256", Password: "correct horse"})
	p := NewPeer(t, dialServer(t, s), PeerConfig{Side: wire.Frontend})
	p.Login(Login{Password: "correct horse", Database: "postgres"})
	p.Send(&wire.Query{SQL: "select 1 as one, null as nothing"})
	p.ExpectKinds(wire.KindRowDescription)
	p.Expect(Row(1, nil), Done("SELECT 1"), Ready(0))

	p.Send(&wire.Parse{SQL: "select $1::int4 + 1"}, &wire.Describe{Object: wire.ObjectStatement},
		&wire.Bind{Params: [][]byte{[]byte("41")}}, &wire.Execute{}, &wire.Sync{})
	p.Expect(&wire.ParseComplete{}, &wire.ParameterDescription{Types: []uint32{23}})
	p.Expect(Like(&wire.RowDescription{}), &wire.BindComplete{}, Row("42"), Done("SELECT 1"), Ready(0))

	p.Send(&wire.Query{SQL: "select 1/0"})
	p.Expect(Like(Failure("22012", "division by zero")), Ready(0))
	p.Send(&wire.Query{SQL: "copy (values (1), (2)) to stdout"})
	p.Expect(&wire.CopyOutResponse{Columns: make([]wire.Format, 1)}, &wire.CopyData{Data: []byte("1\n")}, &wire.CopyData{Data: []byte("2\n")},
		&wire.CopyDone{}, Done("COPY 2"), Ready(0))
	p.Send(&wire.Terminate{})
	p.ExpectEnd()

	err := Converse(dialServer(t, s), PeerConfig{Side: wire.Frontend}, func(p *Peer) { p.Login(Login{Password: "wrong"}) })
	wantProblem(t, err, "password authentication failed for user")
}

// Over TLS, with the channel bound, by protocol 3.2; and a CancelRequest with a
// long key.
func TestScriptedRealServerTLS(t *testing.T) {
	cert, err := SelfSigned("localhost")
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	s := Start(t, Config{TCP: true, Auth: "scram-sha-256", Password: "correct horse",
		Settings: map[string]string{"ssl": "on"},
		Files: map[string][]byte{
			"server.crt": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}),
			"server.key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
		}})
	roots := x509.NewCertPool()
	roots.AddCert(cert.Leaf)
	var d net.Dialer
	dial := func() *Peer {
		conn, err := d.DialContext(t.Context(), "tcp", s.TCPAddr())
		if err != nil {
			t.Fatal(err)
		}
		return NewPeer(t, conn, PeerConfig{Side: wire.Frontend})
	}
	p := dial()
	p.Login(Login{Password: "correct horse", Version: wire.Version32, TLS: &tls.Config{RootCAs: roots, ServerName: "localhost"}})
	if !strings.Contains(p.Transcript(), `"SCRAM-SHA-256-PLUS" data`) {
		t.Errorf("the channel is not bound:\n%s", p.Transcript())
	}
	p.Send(&wire.Query{SQL: "do $$ begin raise notice 'now'; perform pg_sleep(60); end $$"})
	p.ExpectKinds(wire.KindNoticeResponse) // it runs: a cancellation that comes before is lost
	canceller := dial()
	canceller.Send(p.CancelRequest())
	canceller.ExpectEnd()
	p.Expect(Like(Failure("57014", "canceling statement due to user request")), Ready(0))
}

// What a scripted server answers is what a real one does, message by message.
func TestScriptedLikeRealServer(t *testing.T) {
	s := Start(t, Config{})
	script := func(p *Peer) {
		p.Login(Login{})
		p.Send(&wire.Query{SQL: "begin"}, &wire.Query{SQL: "select 1 as x"})
		p.Until(wire.KindReadyForQuery)
		p.Until(wire.KindReadyForQuery)
		p.Send(&wire.Parse{Statement: "s", SQL: "select 2::text as x"}, &wire.Describe{Object: 'S', Name: "s"}, &wire.Bind{Statement: "s"},
			&wire.Describe{Object: 'P'}, &wire.Execute{}, &wire.Close{Object: 'S', Name: "s"}, &wire.Sync{})
		p.Until(wire.KindReadyForQuery)
		p.Send(&wire.Parse{SQL: "select 1/(random()*0)::int"}, &wire.Bind{}, &wire.Execute{}, &wire.Execute{}, &wire.Sync{})
		p.Until(wire.KindReadyForQuery)
		p.Send(&wire.Query{SQL: ""}, &wire.Query{SQL: "rollback"}, &wire.Terminate{})
		p.Until(wire.KindReadyForQuery)
		p.Until(wire.KindReadyForQuery)
		p.ExpectEnd()
	}
	var transcripts [2]string
	fake := Serve(t, ServeConfig{}, func(p *Peer) {
		p.Accept(Welcome{})
		p.Respond(func(r Request) Result {
			switch {
			case r.SQL == "":
				return Result{}
			case strings.Contains(r.SQL, "/"):
				return Refusal("22012", "division by zero")
			case strings.HasPrefix(r.SQL, "select"):
				return Table([]string{"x"}, []any{strings.Trim(r.SQL, "selct: ax")})
			}
			return Tag(strings.ToUpper(r.SQL))
		})
	})
	fakeConn, err := fake.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, conn := range []net.Conn{dialServer(t, s), fakeConn} {
		p := NewPeer(t, conn, PeerConfig{Side: wire.Frontend})
		script(p)
		transcripts[i] = kindsOf(p.Transcript())
	}
	if transcripts[0] != transcripts[1] {
		t.Errorf("a real server answers\n%s\na scripted one\n%s", transcripts[0], transcripts[1])
	}
}

// kindsOf keeps of a conversation, after its greeting, the kinds of the messages
// and the transaction status.
func kindsOf(transcript string) string {
	_, rest, _ := strings.Cut(transcript, "< ReadyForQuery")
	var kinds []string
	for line := range strings.Lines(rest) {
		words := strings.Fields(line)
		if len(words) > 1 && words[1] == "ReadyForQuery" {
			kinds = append(kinds, strings.Join(words, " "))
		} else if len(words) > 1 {
			kinds = append(kinds, words[0]+" "+words[1])
		}
	}
	return strings.Join(kinds, "\n")
}

// dialServer connects to a private server.
func dialServer(t *testing.T, s *Server) net.Conn {
	t.Helper()
	var d net.Dialer
	network, addr := "unix", s.Socket()
	if alwaysTCP {
		network, addr = "tcp", s.TCPAddr()
	}
	conn, err := d.DialContext(t.Context(), network, addr)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

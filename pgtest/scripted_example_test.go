package pgtest_test

import (
	"context"
	"fmt"
	"testing"

	"parley/pgtest"
	"parley/wire"
)

// A conversation over a pipe, with both sides scripted.
func ExampleConverse() {
	client, server := pgtest.Pipe(pgtest.PipeConfig{})
	done := make(chan error, 1)
	go func() {
		done <- pgtest.Converse(server, pgtest.PeerConfig{}, func(p *pgtest.Peer) {
			p.Accept(pgtest.Welcome{NoKey: true})
			p.Expect(&wire.Query{SQL: "select line from lines"})
			p.Reply(pgtest.Table([]string{"line"}, []any{"Ooooh"}, []any{nil}))
		})
	}()
	err := pgtest.Converse(client, pgtest.PeerConfig{Side: wire.Frontend}, func(p *pgtest.Peer) {
		p.Login(pgtest.Login{User: "ada"})
		p.Send(&wire.Query{SQL: "select line from lines"})
		for _, m := range p.Until(wire.KindReadyForQuery) {
			if row, ok := m.(*wire.DataRow); ok {
				fmt.Printf("%q\n", row.Values[0])
			}
		}
	})
	fmt.Println(err, <-done)
	// Output:
	// "Ooooh"
	// ""
	// <nil> <nil>
}

// A server for a whole test: each client that the code under test opens meets
// this script.
func ExampleServe() {
	test := func(t *testing.T) {
		s := pgtest.Serve(t, pgtest.ServeConfig{}, func(p *pgtest.Peer) {
			if !p.Accept(pgtest.Welcome{Auth: pgtest.AuthSCRAM, Password: "correct horse"}) {
				return
			}
			p.Respond(func(r pgtest.Request) pgtest.Result {
				if r.SQL != "select 1" {
					return pgtest.Refusal("42601", "syntax error")
				}
				return pgtest.Table([]string{"?column?"}, []any{1})
			})
		})
		connect(t, s.DSN()+" password='correct horse'")
	}
	_ = test
}

func connect(*testing.T, string) {}

// A server that says it has a row, and then loses its synchronisation.
func ExampleMangleKind() {
	wrong := pgtest.MangleKind(wire.KindDataRow, func(b []byte) []byte { return pgtest.WithLength(b, 3) })
	s, err := pgtest.Listen(pgtest.ServeConfig{Network: "pipe", Peer: pgtest.PeerConfig{Mangle: wrong}}, func(p *pgtest.Peer) {
		p.Accept(pgtest.Welcome{})
		p.ExpectKinds(wire.KindQuery)
		p.Reply(pgtest.Table([]string{"x"}, []any{1}))
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	conn, err := s.Dial(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	err = pgtest.Converse(conn, pgtest.PeerConfig{Side: wire.Frontend}, func(p *pgtest.Peer) {
		p.Login(pgtest.Login{})
		p.Send(&wire.Query{SQL: "select"})
		p.Until(wire.KindReadyForQuery)
	})
	if e, ok := err.(*pgtest.PeerError); ok {
		fmt.Println(e.Err)
	}
	// Output:
	// wire: malformed message of type 'D': length at byte 1 of 5: is 3, not 4 to 1073741823
}

// Only what a pattern has set must be as it says.
func ExampleLike() {
	client, server := pgtest.Pipe(pgtest.PipeConfig{})
	go pgtest.Converse(client, pgtest.PeerConfig{Side: wire.Frontend}, func(p *pgtest.Peer) {
		p.Send(&wire.StartupMessage{Version: wire.Version30, Parameters: []wire.Parameter{
			{Name: "user", Value: "ada"}, {Name: "application_name", Value: "demo"}}})
	})
	err := pgtest.Converse(server, pgtest.PeerConfig{}, func(p *pgtest.Peer) {
		p.Expect(pgtest.Like(&wire.StartupMessage{Parameters: []wire.Parameter{{Name: "user", Value: "bob"}}}))
	})
	if e, ok := err.(*pgtest.PeerError); ok {
		fmt.Println(e.Problem)
	}
	// Output:
	// user is "ada", not "bob"
}

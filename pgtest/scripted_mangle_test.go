package pgtest

import (
	"bytes"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"parley/wire"
)

func TestScriptedMangleBytes(t *testing.T) {
	startup := Login{}.Startup()
	s, _ := startup.Append(nil)
	q, _ := (&wire.Query{SQL: "abc"}).Append(nil)
	plain := string(q)
	for name, c := range map[string]struct {
		got  []byte
		want string
	}{
		"length":           {WithLength(q, 0x01020304), "Q\x01\x02\x03\x04abc\x00"},
		"startup's length": {WithLength(s, 0x01020304)[:8], "\x01\x02\x03\x04\x00\x03\x00\x00"},
		"too short":        {WithLength([]byte("Q\x00"), 7), "Q\x00"},
		"type":             {WithType(q, '!'), "!\x00\x00\x00\x08abc\x00"},
		"no type":          {WithType(nil, '!'), ""},
		"truncated":        {Truncated(q, 7), "Q\x00\x00\x00\x06ab"},
		"not truncated":    {Truncated(q, 100), plain},
	} {
		if string(c.got) != c.want {
			t.Errorf("%s: %q, want %q", name, c.got, c.want)
		}
	}
	if string(q) != plain {
		t.Error("the message itself was changed")
	}
}

// What a server can do wrong with a reply, and what a client that keeps to the
// protocol sees.
func TestScriptedMangle(t *testing.T) {
	for name, c := range map[string]struct {
		mangle Mangle
		want   string
	}{
		"wrong length":      {MangleKind(wire.KindDataRow, func(b []byte) []byte { return WithLength(b, 2) }), "length at byte 1 of 5"},
		"longer than it is": {MangleKind(wire.KindReadyForQuery, func(b []byte) []byte { return WithLength(b, 900) }), "nothing came in time"},
		"a field missing":   {MangleKind(wire.KindCommandComplete, func(b []byte) []byte { return Truncated(b, 8) }), "malformed CommandComplete"},
		"another type":      {MangleKind(wire.KindDataRow, func(b []byte) []byte { return WithType(b, '!') }), "the protocol has no such message"},
		"message missing":   {MangleKind(wire.KindReadyForQuery, nil), "nothing came in time"},
		"message twice":     {MangleKind(wire.KindCommandComplete, func(b []byte) []byte { return append(b, b...) }), "CommandComplete came"},
		"premature ready": {MangleKind(wire.KindDataRow, func(b []byte) []byte { return append([]byte("Z\x00\x00\x00\x05I"), b...) }),
			"is not complete"},
		"row of another width": {MangleKind(wire.KindDataRow, func([]byte) []byte { b, _ := Row(1, 2).Append(nil); return b }),
			"2 columns where RowDescription has 1"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				err := against(t, PeerConfig{Side: wire.Frontend}, func(p *Peer) {
					p.Login(Login{})
					p.Send(&wire.Query{SQL: "x"})
					p.Expect(Columns("x"), Row(1), Done("SELECT 1"), Ready(0))
				}, func(p *Peer) {
					p.Accept(Welcome{})
					p.ExpectKinds(wire.KindQuery)
					p.config.Mangle = c.mangle
					p.Reply(Table([]string{"x"}, []any{1}))
					p.ExpectEnd()
				})
				wantProblem(t, err, c.want)
			})
		})
	}
}

// hangUp is a client that logs in, asks, and takes what comes for what it is.
func hangUp(p *Peer) {
	p.Login(Login{})
	p.Send(&wire.Query{SQL: "x"})
	p.Until(wire.KindReadyForQuery)
}

// A conversation cut, or reset, at every byte that the server sends: its script
// ends without failure, and the client gets the bytes before.
func TestScriptedBreakEverywhere(t *testing.T) {
	script := func(p *Peer) {
		p.Accept(Welcome{ProcessID: 1, Key: []byte("1234")})
		p.ExpectKinds(wire.KindQuery)
		p.Reply(Table([]string{"x"}, []any{1}))
		p.Expect(&wire.Terminate{})
	}
	var all []byte
	dialogue(t, func(p *Peer) {
		hangUp(p)
		p.Send(&wire.Terminate{})
	}, func(p *Peer) {
		script(p)
		for _, s := range p.conversation.spoken {
			if s.event.From == wire.Backend {
				all = append(all, s.msg...)
			}
		}
	})
	for _, how := range []Break{Cut, Reset} {
		for n := range len(all) {
			synctest.Test(t, func(t *testing.T) {
				near, far := Pipe(PipeConfig{})
				Play(t, far, PeerConfig{Break: how, At: int64(n)}, script)
				tap := &tapped{Conn: near}
				if err := Converse(tap, PeerConfig{Side: wire.Frontend}, hangUp); err == nil {
					t.Errorf("the client noticed nothing of the break after %d bytes", n)
				}
				if !bytes.HasPrefix(all, tap.got) || how == Cut && len(tap.got) != n {
					t.Errorf("the client got %d bytes of the first %d", len(tap.got), n)
				}
			})
		}
	}
}

// tapped remembers what is read from a connection.
type tapped struct {
	net.Conn
	got []byte
}

func (c *tapped) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.got = append(c.got, b[:n]...)
	return n, err
}

// One byte at a time is slow, not wrong.
func TestScriptedPieces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := Pipe(PipeConfig{})
		Play(t, far, PeerConfig{Pieces: 1}, func(p *Peer) {
			p.Accept(Welcome{})
			p.ExpectKinds(wire.KindQuery)
			p.Reply(Table([]string{"x"}, []any{1}))
		})
		p := NewPeer(t, near, PeerConfig{Side: wire.Frontend})
		hangUp(p)
		if s := far.Stats(); int64(s.Writes) != s.BytesWritten {
			t.Errorf("%d bytes in %d writes", s.BytesWritten, s.Writes)
		}
	})
}

// Wrong order, on purpose: the script may go on, and nobody is judged.
func TestScriptedSendAnyway(t *testing.T) {
	dialogue(t, func(p *Peer) {
		p.Login(Login{})
		p.config.Lenient = true
		p.Send(&wire.Query{SQL: "x"})
		p.Expect(Ready(0), Done("X"))
		p.SendAnyway(&wire.PasswordMessage{Password: "what"})
		p.ExpectEnd()
	}, func(p *Peer) {
		p.Accept(Welcome{})
		p.ExpectKinds(wire.KindQuery)
		p.SendAnyway(Ready(0))
		p.Send(Done("X"))
		p.ExpectKinds(wire.KindPasswordMessage)
	})
}

// Endless bytes end when the client has had enough.
func TestScriptedSendUntilRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := Pipe(PipeConfig{})
		var taken int64
		wait := Play(t, far, PeerConfig{}, func(p *Peer) {
			taken = p.SendUntilRefused([]byte("N\x00\x00\x00\x05\x00"), 1<<30)
		})
		io.CopyN(io.Discard, near, 100_000)
		near.Close()
		wait()
		if taken < 100_000 || taken > 300_000 {
			t.Errorf("%d bytes were taken", taken)
		}
	})
	for name, c := range map[string]struct {
		buffer int
		want   string
	}{
		"takes all":   {-1, "took all of 1000 bytes"},
		"never reads": {500, "neither reads nor hangs up"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, _ := Pipe(PipeConfig{Buffer: c.buffer})
				begin := time.Now()
				err := Converse(near, PeerConfig{}, func(p *Peer) { p.SendUntilRefused(make([]byte, 100), 1000) })
				wantProblem(t, err, c.want)
				if time.Since(begin) > defaultPeerTimeout {
					t.Errorf("it took %v", time.Since(begin))
				}
			})
		})
	}
}

// An error before authentication that claims to be large is refused by a peer
// before it is read.
func TestScriptedOversized(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		err := against(t, PeerConfig{Side: wire.Frontend}, func(p *Peer) { p.Login(Login{}) }, func(p *Peer) {
			p.AcceptStartup(Welcome{})
			p.SendRaw(WithLength(p.Encode(Fatal("28000", "no")), 1<<20))
			p.ExpectEnd()
		})
		wantProblem(t, err, "length at byte 1 of 5: is 1048576, not 8 to 30000")
	})
}

package pgtest

import (
	"fmt"

	"parley/wire"
)

// Send sends messages in one write. A message that cannot be encoded, or that
// is out of place, is a failure of the script and is not sent.
func (p *Peer) Send(msgs ...wire.Message) { p.send(true, msgs) }

// SendAnyway is [Peer.Send] for messages out of place. From the first one on
// neither side is held to the order of the protocol.
func (p *Peer) SendAnyway(msgs ...wire.Message) { p.send(false, msgs) }

// SendRaw sends bytes as they are. As far as they are messages the session
// follows them; from the first that is out of place, or is none, neither side
// is held to the order of the protocol.
func (p *Peer) SendRaw(b []byte) {
	if p.over() {
		return
	}
	p.follow(b, false)
	p.write(b)
}

// Encode returns the messages' bytes, untouched by PeerConfig.Mangle, to be
// sent with SendRaw in whatever shape. A message that cannot be encoded is a
// failure.
func (p *Peer) Encode(msgs ...wire.Message) []byte {
	var b []byte
	for _, m := range msgs {
		var err error
		if b, err = m.Append(b); err != nil && !p.over() {
			p.fail("encode "+m.Kind().String(), "", err)
		}
	}
	return b
}

// SendUntilRefused sends the bytes again and again until the other side hangs
// up, and returns how many it took. It is a failure when it took all of limit,
// and when it neither reads nor hangs up within the peer's Timeout. The script
// is over afterwards.
func (p *Peer) SendUntilRefused(b []byte, limit int64) (taken int64) {
	if p.over() || len(b) == 0 {
		return 0
	}
	p.wild = true
	p.arm()
	for taken < limit {
		n, err := p.Conn().Write(b)
		taken += int64(n)
		p.sent += int64(n)
		switch {
		case err == nil:
		case isTimeout(err):
			p.fail("be refused", fmt.Sprintf("after %d bytes the other side neither reads nor hangs up", taken), err)
			return taken
		default:
			p.stop(errPeerBroken)
			return taken
		}
	}
	p.fail("be refused", fmt.Sprintf("the other side took all of %d bytes", taken), nil)
	return taken
}

func (p *Peer) send(judged bool, msgs []wire.Message) {
	if p.over() {
		return
	}
	var flight []byte
	for _, m := range msgs {
		b, err := m.Append(nil)
		if err != nil {
			p.fail("send "+m.Kind().String(), "it cannot be encoded", err)
			return
		}
		clean := true
		if p.config.Mangle != nil {
			plain := string(b)
			b = p.config.Mangle(m, b)
			clean = plain == string(b)
		}
		p.wild = p.wild || !clean
		if !p.follow(b, judged) {
			return
		}
		p.remember(m)
		flight = append(flight, b...)
	}
	p.write(flight)
}

// remember notes what the peer itself needs to know of what it sent.
func (p *Peer) remember(m wire.Message) {
	switch m := m.(type) {
	case *wire.BackendKeyData:
		p.key = *m
	case *wire.ReadyForQuery:
		p.pending, p.status = nil, m.Status
	}
}

// follow tells the session what is sent. It reports whether it may be.
func (p *Peer) follow(b []byte, judged bool) bool {
	if p.lost {
		return true
	}
	p.out.Write(b)
	for {
		f, ok, err := p.out.Next(p.session.Phase(p.config.Side))
		if err != nil { // no message begins so
			p.lost, p.wild = true, true
			p.out.Discard()
			return true
		}
		if !ok {
			return true
		}
		f = f.Clone()
		event, broken := p.session.Message(p.config.Side, f)
		p.conversation.add(event, f)
		if broken != nil && judged && !p.wild {
			p.fail("send "+event.Kind.String(), "it is out of place; SendAnyway sends it all the same", broken)
			return false
		}
		p.wild = p.wild || broken != nil
	}
}

// write sends bytes, in pieces and up to the break if there is to be one.
func (p *Peer) write(b []byte) {
	broken := false
	if p.config.Break != NoBreak && int64(len(b)) >= p.config.At-p.sent {
		b, broken = b[:max(0, p.config.At-p.sent)], true
	}
	p.arm()
	for len(b) > 0 {
		n := len(b)
		if p.config.Pieces > 0 {
			n = min(n, p.config.Pieces)
		}
		n, err := p.Conn().Write(b[:n])
		p.sent += int64(n)
		switch {
		case err == nil:
		case p.wild && isBroken(err): // whoever is told nonsense may hang up
			p.stop(errPeerBroken)
			return
		default:
			p.fail("send", "", err)
			return
		}
		b = b[n:]
	}
	switch {
	case !broken:
	case p.config.Break == Reset:
		p.Reset()
	default:
		p.stop(errPeerBroken)
	}
}

package pgtest

import (
	"errors"
	"io"
	"iter"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"parley/wire"
)

// Expect waits for messages, each of which must be as given, to the last byte
// or, inside [Like], as far as Like says.
func (p *Peer) Expect(want ...wire.Message) {
	for _, w := range want {
		text := describeMessage(w, p.config.Side.Other())
		m, ok := p.next(text, w.Kind())
		if !ok {
			return
		}
		if differences := p.compare(w, m); differences != "" {
			p.fail(text, differences, nil)
			return
		}
		p.conversation.match()
	}
}

// ExpectKinds waits for messages of these kinds, whatever they hold.
func (p *Peer) ExpectKinds(kinds ...wire.Kind) {
	for _, k := range kinds {
		if m, ok := p.next(k.String(), k); !ok || !p.isKind(m, k) {
			return
		}
		p.conversation.match()
	}
}

// Receive waits for a message of one type and returns it, as in
//
//	query := pgtest.Receive[wire.Query](p)
//
// After a failure the message is empty.
func Receive[M any, P interface {
	*M
	wire.Message
}](p *Peer) *M {
	empty := new(M)
	k := P(empty).Kind()
	m, ok := p.next(k.String(), k)
	if !ok || !p.isKind(m, k) {
		return empty
	}
	p.conversation.match()
	if got, ok := m.(P); ok {
		return got
	}
	return empty
}

// Next waits for a message and returns it, whatever it is. At the end of the
// stream the script has failed. After a failure it returns an empty Sync.
func (p *Peer) Next() wire.Message {
	m, ok := p.next("a message")
	if !ok {
		return &wire.Sync{}
	}
	p.conversation.match()
	return m
}

// Until waits for messages up to the first of one of the kinds, and returns
// them all.
func (p *Peer) Until(kinds ...wire.Kind) []wire.Message {
	var ms []wire.Message
	text := "..., " + kindNames(kinds)
	for {
		m, ok := p.next(text, kinds...)
		if !ok {
			return ms
		}
		ms = append(ms, m)
		if slices.Contains(kinds, m.Kind()) {
			p.conversation.match()
			return ms
		}
	}
}

// Messages returns the messages that come until the other side says Terminate
// or hangs up, until the test ends, or until something fails.
func (p *Peer) Messages() iter.Seq[wire.Message] {
	return func(yield func(wire.Message) bool) {
		for !p.over() {
			m, err := p.read()
			if p.farewell(err) {
				p.stop(errPeerClosed)
				return
			}
			if err != nil {
				p.fail("a message", "", err)
				return
			}
			p.conversation.match()
			if m.Kind() == wire.KindTerminate || !yield(m) {
				return
			}
		}
	}
}

// farewell reports whether an error of reading is a way to end a conversation.
func (p *Peer) farewell(err error) bool {
	return p.isEnd(err) || p.ending() && isTimeout(err) && len(p.in.Unread()) == 0
}

// ReadRaw waits for n bytes and returns them. They are no longer part of the
// conversation: neither side is held to its order any more.
func (p *Peer) ReadRaw(n int) []byte {
	b := make([]byte, n)
	if p.over() {
		return b
	}
	p.wild = true
	p.arm()
	for len(p.in.Unread()) < n {
		if _, err := p.in.Fill(p.Conn()); err != nil {
			p.fail(plural(n, "byte"), "", err)
			return b
		}
	}
	rest := slices.Clone(p.in.Unread())
	p.in.Discard()
	p.in.Write(rest[n:])
	return rest[:n:n]
}

// ExpectEnd waits until the other side closes the connection, in whatever way.
func (p *Peer) ExpectEnd() {
	if p.over() {
		return
	}
	m, err := p.read()
	switch {
	case err == nil:
		p.fail("the end of the connection", m.Kind().String()+" came", nil)
	case !p.isEnd(err):
		p.fail("the end of the connection", "", err)
	default:
		p.conversation.match()
		p.stop(errPeerClosed)
	}
}

// ExpectSilence waits so long for nothing to come. The end of the connection is
// something.
func (p *Peer) ExpectSilence(d time.Duration) {
	if p.over() {
		return
	}
	if len(p.in.Unread()) == 0 {
		p.armUntil(time.Now().Add(d))
		_, err := p.in.Fill(p.Conn())
		switch {
		case err != nil && !isTimeout(err):
			p.fail("silence for "+d.String(), "", err)
			return
		case p.ending():
			p.fail("silence for "+d.String(), "the test has ended", nil)
			return
		}
	}
	if n := len(p.in.Unread()); n > 0 {
		p.fail("silence for "+d.String(), plural(n, "byte")+" came", nil)
	}
}

// next waits for a message, passing over those that may come at any time unless
// they are among kinds; with no kinds it takes all.
func (p *Peer) next(want string, kinds ...wire.Kind) (wire.Message, bool) {
	for !p.over() {
		m, err := p.read()
		if err != nil {
			p.fail(want, "", err)
			break
		}
		if len(kinds) == 0 || p.config.Strict || !comesAnyTime(m.Kind()) || slices.Contains(kinds, m.Kind()) {
			return m, true
		}
	}
	return nil, false
}

// read waits for the next message, tells the session, and remembers it.
func (p *Peer) read() (wire.Message, error) {
	p.arm()
	from := p.config.Side.Other()
	f, err := p.in.ReadFrame(p.Conn(), p.session.Phase(from))
	if err != nil {
		return nil, err
	}
	f = f.Clone()
	event, broken := p.session.Message(from, f)
	p.conversation.add(event, f)
	if broken != nil && !p.wild && !p.config.Lenient {
		return nil, broken
	}
	m := wire.New(event.Kind)
	if m == nil {
		return nil, errors.New("the protocol has no such message")
	}
	if err := m.Parse(f.Body); err != nil {
		return nil, err
	}
	p.take(m)
	return m, nil
}

// take notes what awaits a reply, and the key.
func (p *Peer) take(m wire.Message) {
	if k, ok := m.(*wire.BackendKeyData); ok {
		p.key = *k
	}
	if p.config.Side == wire.Backend && isRequest(m.Kind()) {
		p.pending = append(p.pending, m)
	}
}

func (p *Peer) isKind(m wire.Message, want wire.Kind) bool {
	if m.Kind() != want {
		p.fail(want.String(), m.Kind().String()+" came", nil)
	}
	return m.Kind() == want
}

// comesAnyTime: "frontends must be prepared to accept [them] at any time"
// (manual, section "Asynchronous Operations").
func comesAnyTime(k wire.Kind) bool {
	return k == wire.KindNoticeResponse || k == wire.KindParameterStatus || k == wire.KindNotificationResponse
}

func kindNames(kinds []wire.Kind) string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.String())
	}
	return strings.Join(names, " or ")
}

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

// isEnd reports whether the other side closed the connection between messages,
// or broke it. TLS that ends without its own farewell ends unexpectedly.
func (p *Peer) isEnd(err error) bool {
	return err == io.EOF || err == io.ErrUnexpectedEOF && len(p.in.Unread()) == 0 || isBroken(err)
}

// isBroken reports whether the connection is no more.
func isBroken(err error) bool {
	for _, no := range []syscall.Errno{syscall.ECONNRESET, syscall.EPIPE, wsaConnAborted, wsaConnReset} {
		if errors.Is(err, no) {
			return true
		}
	}
	return false
}

// What Windows calls a broken connection; no other system has such numbers.
const wsaConnAborted, wsaConnReset = syscall.Errno(10053), syscall.Errno(10054)

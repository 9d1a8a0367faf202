package pgtest

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"parley/wire"
)

// PeerConfig says which side of a conversation a [Peer] plays, and how. The
// zero value is a server that keeps to the protocol, holds the other side to
// it, and waits ten seconds at most.
type PeerConfig struct {
	// Side is who the peer is. 0: the backend.
	Side wire.Side

	// Timeout bounds each wait for a message and each send. 0: 10 seconds.
	// Negative: no bound.
	Timeout time.Duration

	// Lenient lets the other side break the order of the protocol. Without
	// it a message out of place is a failure, until this peer itself has gone
	// wrong on purpose.
	Lenient bool

	// Strict makes Expect, ExpectKinds and Receive take notices, settings and
	// notifications as messages like any other. Without it they pass over
	// those that are not expected.
	Strict bool

	// Mangle, if not nil, changes what Send and everything built on it sends.
	Mangle Mangle

	// Pieces cuts what is sent into writes of so many bytes. 0: one write for
	// each call.
	Pieces int

	// Break ends the connection after At bytes were sent: Cut closes it, Reset
	// breaks it. The peer's script is over then, and that is no failure.
	// Inside TLS the bytes of TLS are not counted.
	Break Break
	At    int64
}

const (
	defaultPeerTimeout = 10 * time.Second

	// endGrace is how long a script may go on after its test has ended: what
	// the other side sent with its last breath can still be read.
	endGrace = time.Second

	// maxAfterwards is how many calls a script may make after its failure. A
	// loop that does not look at Err would otherwise never end.
	maxAfterwards = 10000
)

// Peer plays one side of a conversation over any connection: a scripted server,
// or a scripted client. It is right by default, wrong on request: [Peer.Send]
// refuses a message that is out of place, while [Peer.SendAnyway],
// [Peer.SendRaw] and PeerConfig.Mangle send whatever they are told.
//
// The first failure ends a peer: it closes the connection, reports what was
// expected and what came instead, and makes every later call do nothing and
// return something empty, never nil.
//
// A Peer belongs to one goroutine.
type Peer struct {
	config  PeerConfig
	session wire.Session
	in      wire.Buffer // what came and was not read
	out     wire.Buffer // what was sent and is no whole message yet
	lost    bool        // what is sent can no longer be told into messages
	wild    bool        // a rule was broken on purpose: nobody is judged any more
	sent    int64       // bytes

	conversation conversation
	pending      []wire.Message         // requests since the last Reply; see there
	skipping     bool                   // Reply passes over requests up to the next Sync
	suspended    map[string]*Result     // by portal, what is left of it
	statements   map[string]*wire.Parse // by name, as far as they were answered
	portals      map[string]Request     // by name, as far as they were answered
	status       wire.TxStatus          // for the next ReadyForQuery
	startup      wire.StartupMessage
	key          wire.BackendKeyData // as sent or received
	binding      []byte              // of the certificate that we showed
	host         *Scripted           // nil for a peer by itself
	number       uint32              // of the connection, from 1
	done         chan struct{}       // closed when its script has returned; nil for a peer by itself

	opening    bool             // a client that hangs up now is no failure
	err        error            // why the peer is over; nil while it is not
	afterwards int              // calls since then
	report     func(*PeerError) // nil: only Err tells
	leave      func()           // ends the goroutine of a script; nil where that cannot be

	mu    sync.Mutex // guards the following fields, never held while waiting
	conn  net.Conn
	limit time.Time // no wait lasts longer; zero: never mind
}

var (
	errPeerClosed = errors.New("the script has closed the connection")
	errPeerBroken = errors.New("the connection was broken on purpose")
)

func newPeer(conn net.Conn, c PeerConfig) *Peer {
	if c.Side == 0 {
		c.Side = wire.Backend
	}
	if c.Timeout == 0 {
		c.Timeout = defaultPeerTimeout
	}
	return &Peer{config: c, conn: conn, status: wire.TxIdle, number: 1}
}

// NewPeer returns a peer for the test's own goroutine: a failure ends the test.
// The connection is closed when the test ends.
func NewPeer(t testing.TB, conn net.Conn, c PeerConfig) *Peer {
	p := newPeer(conn, c)
	p.report = func(e *PeerError) {
		writeReport(t, e)
		t.FailNow()
	}
	t.Cleanup(func() { p.close() })
	return p
}

// Play runs a script in a goroutine of its own; its failure fails the test. The
// connection is closed when the script returns. wait returns then, and the test
// does not end before: a script that still waits for a message one second after
// the test's end has failed.
func Play(t testing.TB, conn net.Conn, c PeerConfig, script func(*Peer)) (wait func()) {
	s := &Scripted{config: ServeConfig{Peer: c}, script: script, tb: t}
	s.prepare()
	s.play(conn)
	t.Cleanup(func() {
		if err := s.finish(); err != nil {
			t.Errorf("end the script: %v", err)
		}
	})
	return s.Wait
}

// Converse runs a script in the calling goroutine, outside of any test, closes
// the connection, and returns the script's failure: a [*PeerError], or nil.
func Converse(conn net.Conn, c PeerConfig, script func(*Peer)) error {
	p := newPeer(conn, c)
	defer p.close()
	script(p)
	return p.Err()
}

// Err returns the failure that ended the peer, a [*PeerError], or nil. A
// connection that the script itself closed or broke is no failure.
func (p *Peer) Err() error {
	if e, failed := errors.AsType[*PeerError](p.err); failed {
		return e
	}
	return nil
}

// OK reports whether the conversation goes on: nothing has failed, and the
// script has not closed the connection.
func (p *Peer) OK() bool { return p.err == nil }

// Session returns the state of the conversation. It belongs to the peer: look,
// but pass it no message.
func (p *Peer) Session() *wire.Session { return &p.session }

// Conn returns the connection, inside TLS after [Peer.StartTLS].
func (p *Peer) Conn() net.Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.conn
}

// Number returns which connection of its server this is, from 1.
func (p *Peer) Number() int { return int(p.number) }

// Close closes the connection; the script is over.
func (p *Peer) Close() { p.stop(errPeerClosed) }

// CloseWrite ends this side's direction alone: the other side reads the end of
// the stream, and may go on sending.
func (p *Peer) CloseWrite() {
	if p.over() {
		return
	}
	p.arm()
	c, ok := p.Conn().(interface{ CloseWrite() error })
	if !ok {
		p.fail("close one direction", "", errors.ErrUnsupported)
		return
	}
	if err := c.CloseWrite(); err != nil {
		p.fail("close one direction", "", err)
	}
}

// Reset breaks the connection without a farewell; the script is over. A pipe
// and TCP give the other side a connection reset, a Unix socket the end of the
// stream.
func (p *Peer) Reset() {
	if p.over() {
		return
	}
	conn := p.Conn()
	if c, ok := conn.(*tls.Conn); ok {
		conn = c.NetConn()
	}
	if c, ok := conn.(*readAhead); ok {
		conn = c.Conn
	}
	switch c := conn.(type) {
	case *PipeConn:
		c.Reset()
	case *net.TCPConn:
		c.SetLinger(0)
	}
	conn.Close()
	p.stop(errPeerBroken)
}

// Wait stalls, as a server that hangs would, until released is closed. When the
// test ends first, or the peer's Timeout, the script is over; only the latter is
// a failure. A nil channel stalls for the rest of the test.
func (p *Peer) Wait(released <-chan struct{}) {
	switch {
	case p.over() || p.await(released):
	case p.ending():
		p.stop(errPeerClosed)
	default:
		p.fail("be released", "nobody did in time", nil)
	}
}

// await waits for a channel to be closed, and reports whether it was.
func (p *Peer) await(closed <-chan struct{}) bool {
	var expired <-chan time.Time
	if at := p.deadline(); !at.IsZero() {
		timer := time.NewTimer(time.Until(at))
		defer timer.Stop()
		expired = timer.C
	}
	select {
	case <-closed:
		return true
	case <-p.ended():
	case <-expired:
	}
	return false
}

// ended returns a channel that is closed when the test ends.
func (p *Peer) ended() <-chan struct{} {
	if p.host == nil {
		return nil
	}
	return p.host.ending
}

// over reports whether there is nothing to do any more.
func (p *Peer) over() bool {
	if p.err == nil {
		return false
	}
	if p.afterwards++; p.afterwards > maxAfterwards && p.leave != nil {
		p.leave()
	}
	return true
}

// stop ends the script without a failure.
func (p *Peer) stop(why error) {
	if p.err == nil {
		p.err = why
	}
	p.close()
}

func (p *Peer) close() { p.Conn().Close() }

// deadline is when a wait that begins now must end; zero: never.
func (p *Peer) deadline() time.Time {
	var at time.Time
	if p.config.Timeout > 0 {
		at = time.Now().Add(p.config.Timeout)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return earlier(at, p.limit)
}

// arm bounds what is read and written next.
func (p *Peer) arm() { p.armUntil(p.deadline()) }

func (p *Peer) armUntil(at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conn.SetDeadline(earlier(at, p.limit))
}

// end bounds everything from outside: the test is over.
func (p *Peer) end(at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limit = earlier(at, p.limit)
	p.conn.SetDeadline(p.limit)
}

// ending reports whether the test, or the server, has ended.
func (p *Peer) ending() bool {
	select {
	case <-p.ended():
		return true
	default:
		return false
	}
}

// readAhead is a connection of which some bytes were read already.
type readAhead struct {
	net.Conn
	ahead []byte
}

// Read returns what was read already, then reads.
func (c *readAhead) Read(b []byte) (int, error) {
	if len(c.ahead) == 0 {
		return c.Conn.Read(b)
	}
	n := copy(b, c.ahead)
	c.ahead = c.ahead[n:]
	return n, nil
}

var _ io.Reader = (*readAhead)(nil)

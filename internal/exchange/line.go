package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"

	"parley/wire"
)

// Line is a connection with its two directions. It is owned by whoever has the
// turn; only Interrupt, Break and Broken may be called beside its other methods.
type Line struct {
	conn net.Conn
	in   *wire.Buffer // owned by the turn; while something is written beside a reader, by that reader

	// Held is how many bytes may pile up in the read buffer while a long
	// request is being written.
	Held int
	// Patience is how long a write may still take after an Interrupt.
	Patience time.Duration
	// Async takes the messages that belong to no request: NoticeResponse,
	// ParameterStatus, NotificationResponse. It is called by whoever has the
	// turn; an error ends the line.
	Async func(typ byte, body []byte) error
	// Stuck is called when an Interrupt comes while a long write waits for the
	// backend, from another goroutine than that of the write, and again as long
	// as the write goes on. What it does should make the backend read on; it may
	// have come too early for that.
	// Its context is the one that is watched.
	Stuck func(context.Context)
	// Message is told each message that is sent or was received; nil tells
	// nobody. It must not keep the bytes.
	Message func(from wire.Side, b []byte)
	// Exchanges counts the times when a read followed a write.
	Exchanges int

	wrote       bool    // something was written since the last read
	pending     error   // from a read that also gave bytes, or that was made beside a write, for the next read
	watch       watch   // of the call that has the turn
	beside      *beside // the reader beside writes, between Beside and Alone
	interrupted atomic.Bool
	broken      atomic.Pointer[brokenError]
}

// brokenError is why a line is of no more use.
type brokenError struct{ err error }

// NewLine returns the line of a connection, with what was read of it before.
func NewLine(conn net.Conn, in *wire.Buffer) *Line {
	return &Line{conn: conn, in: in, Held: 1 << 30, Patience: 5 * time.Second}
}

// Conn returns the connection.
func (l *Line) Conn() net.Conn { return l.conn }

// Limit bounds the length word of the messages that are accepted; 0 is the
// limit of the protocol.
func (l *Line) Limit(bytes int) { l.in.Max = bytes }

// Trim gives back a read buffer that is larger, as a long message has left it.
func (l *Line) Trim(keep int) { l.in.Trim(keep) }

// Broken returns why the line is of no more use, or nil.
func (l *Line) Broken() error {
	if b := l.broken.Load(); b != nil {
		return b.err
	}
	return nil
}

// Break makes the line unusable and closes the connection, without a word to
// the other side. The first error stays, and is returned.
func (l *Line) Break(err error) error {
	if !l.broken.CompareAndSwap(nil, &brokenError{err}) {
		return l.Broken()
	}
	if inside, ok := l.conn.(interface{ NetConn() net.Conn }); ok {
		_ = inside.NetConn().Close() // TLS would wait until it had said goodbye
	} else {
		_ = l.conn.Close()
	}
	return err
}

// Message is a message of the backend. It is small enough to be passed around in
// registers.
type Message struct {
	Type byte
	Body []byte
}

// Read returns the next message that answers a request; those that come at any
// time go to Async. The body is valid until the next call of Read or Write.
// When Interrupt or a deadline ended the read, the error is [ErrInterrupted],
// and the line goes on.
func (l *Line) Read() (Message, error) {
	if l.wrote {
		l.wrote = false
		l.Exchanges++
	}
	for {
		m, err := l.next()
		if err != nil {
			return Message{}, err
		}
		switch m.Type {
		case 'N', 'S', 'A':
			if err := l.async(m); err != nil {
				return Message{}, l.Break(err)
			}
		default:
			return m, nil
		}
	}
}

// NextOf returns the body of the next message if it is of a type and has arrived,
// as Read would. It is for one DataRow after another of a reply whose rows have
// begun, and for CopyData likewise, which need not be asked what they answer.
func (l *Line) NextOf(typ byte) (body []byte, ok bool) {
	if l.wrote || l.Message != nil || l.broken.Load() != nil {
		return nil, false
	}
	return l.in.NextOf(typ)
}

func (l *Line) async(m Message) error {
	if l.Async == nil {
		return nil
	}
	return l.Async(m.Type, m.Body)
}

// ErrInterrupted is what Read returns when Interrupt ended it.
var ErrInterrupted = errors.New("interrupted")

func (l *Line) next() (Message, error) {
	for {
		if err := l.Broken(); err != nil {
			return Message{}, err
		}
		if l.Message == nil {
			if typ, body, ok := l.in.NextSmall(); ok {
				return Message{typ, body}, nil
			}
		}
		m, ok, err := l.nextLarge()
		if ok || err != nil {
			return m, err
		}
		if err := l.fill(); err != nil {
			return Message{}, err
		}
	}
}

// nextLarge returns the next message that has arrived, of any size, if there is
// one, and tells who wants to be told of all of them.
func (l *Line) nextLarge() (m Message, ok bool, err error) {
	f, ok, err := l.in.Next(wire.PhaseBackend)
	if err != nil {
		return m, false, l.Break(err)
	}
	if ok && l.Message != nil {
		l.Message(wire.Backend, f.Msg)
	}
	return Message{f.Type, f.Body}, ok, nil
}

// fill reads once.
func (l *Line) fill() error {
	err := l.pending
	l.pending = nil
	if err == nil {
		var n int
		if n, err = l.in.Fill(l.conn); err == nil {
			return nil
		}
		if n > 0 {
			l.pending = err // TLS tells the end along with the last bytes
			return nil
		}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return ErrInterrupted
	}
	return l.Break(lost(err))
}

// lost says in words that the connection has ended.
func lost(err error) error {
	if err == io.EOF {
		return fmt.Errorf("the server closed the connection: %w", io.ErrUnexpectedEOF)
	}
	return fmt.Errorf("reading: %w", err)
}

// Readable reports whether something has arrived while nobody read, as far as
// that can be told without waiting: a word of the server, or the end.
func (l *Line) Readable() bool { return len(l.in.Unread()) > 0 || l.pending != nil || readable(l.conn) }

// Buffered reports whether a whole message has arrived that was not read.
func (l *Line) Buffered() bool { return frameSize(l.in.Unread()) > 0 }

// frameSize returns the size of the message that b begins with, or 0 when not
// all of it is there or it is none.
func frameSize(b []byte) int {
	if len(b) < 5 {
		return 0
	}
	n := int64(b[1])<<24 | int64(b[2])<<16 | int64(b[3])<<8 | int64(b[4])
	if n < 4 || n+1 > int64(len(b)) {
		return 0
	}
	return int(n) + 1
}

// lastError returns the body of the last ErrorResponse in b, or nil.
func lastError(b []byte) (body []byte) {
	for n := frameSize(b); n > 0; n = frameSize(b) {
		if b[0] == 'E' {
			body = b[5:n]
		}
		b = b[n:]
	}
	return body
}

// ReadAsync reads one message that belongs to no request and gives it to Async.
// Anything else is an error: an ErrorResponse ends the session, as when the
// server shuts down, and any other message breaks the protocol.
func (l *Line) ReadAsync() error {
	m, err := l.next()
	if err != nil {
		return err
	}
	switch m.Type {
	case 'N', 'S', 'A':
		if err := l.async(m); err != nil {
			return l.Break(err)
		}
		return nil
	case 'E':
		return l.Break(&EndedError{Body: append([]byte{}, m.Body...)})
	}
	return l.Break(unexpected(m.Type, "and no request awaits a reply"))
}

// EndedError says that the server ended the session, and with which words.
type EndedError struct {
	Body []byte // of the ErrorResponse
	Err  error  // what happened then; nil while nothing was asked of the server
}

// Error says so.
func (e *EndedError) Error() string { return "the server ended the session" }

// Unwrap returns what happened then.
func (e *EndedError) Unwrap() error { return e.Err }

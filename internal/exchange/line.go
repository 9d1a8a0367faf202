package exchange

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"parley/wire"
)

// Limits on what a line does.
const (
	// inlineWrite is how many bytes an empty socket buffer takes on every
	// platform: so much is written without fear that the backend may be
	// writing too.
	inlineWrite = 16 << 10
	// stallAfter is how long a longer write may take until the read side is
	// emptied beside it.
	stallAfter = 10 * time.Millisecond
)

// past is a deadline that has gone by, which wakes a reader.
var past = time.Unix(1, 0)

// Line is a connection with its two directions. It is owned by whoever has the
// turn; only Interrupt may be called beside its other methods.
type Line struct {
	conn net.Conn
	in   *wire.Buffer // owned by the turn

	// Held is how many bytes may pile up in the read buffer while a long
	// request is being written.
	Held int
	// Async takes the messages that belong to no request: NoticeResponse,
	// ParameterStatus, NotificationResponse. It is called by whoever has the
	// turn; an error ends the line.
	Async func(typ byte, body []byte) error
	// Exchanges counts the times when a read followed a write.
	Exchanges int

	wrote   bool  // something was written since the last read
	broken  error // why the line is of no more use
	pending error // from a read beside a write, for the next read
}

// NewLine returns the line of a connection, with what was read of it before.
func NewLine(conn net.Conn, in *wire.Buffer) *Line {
	return &Line{conn: conn, in: in, Held: 1 << 30}
}

// Conn returns the connection.
func (l *Line) Conn() net.Conn { return l.conn }

// Broken returns why the line is of no more use, or nil.
func (l *Line) Broken() error { return l.broken }

// Break makes the line unusable and closes the connection. The first error
// stays.
func (l *Line) Break(err error) error {
	if l.broken == nil {
		l.broken = err
		_ = l.conn.Close()
	}
	return l.broken
}

// Write sends bytes. A long write never waits for a backend that waits for us
// to read: when it takes long, what arrives is put aside meanwhile.
// It reports how many bytes the operating system took.
func (l *Line) Write(p []byte) (n int, err error) {
	if l.broken != nil {
		return 0, l.broken
	}
	l.wrote = true
	if len(p) <= inlineWrite {
		n, err = l.conn.Write(p)
	} else {
		n, err = l.writeLong(p)
	}
	if err != nil {
		return n, l.Break(fmt.Errorf("writing: %w", err))
	}
	return n, nil
}

// writeLong is Write with a reader beside it once it takes long.
func (l *Line) writeLong(p []byte) (int, error) {
	done := make(chan struct{})
	timer := time.AfterFunc(stallAfter, func() {
		defer close(done)
		l.readBeside()
	})
	n, err := l.conn.Write(p)
	if !timer.Stop() {
		_ = l.conn.SetReadDeadline(past)
		<-done
		_ = l.conn.SetReadDeadline(time.Time{})
	}
	return n, err
}

// readBeside fills the read buffer until its deadline passes. It has the turn:
// the writer does not read.
func (l *Line) readBeside() {
	for len(l.in.Unread()) <= l.Held {
		if _, err := l.in.Fill(l.conn); err != nil {
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				l.pending = err
			}
			return
		}
	}
	l.pending = fmt.Errorf("more than %d bytes arrived while a request was being sent", l.Held)
}

// Read returns the next message that answers a request; those that come at any
// time go to Async. The frame is valid until the next call of Read or Write.
// When Interrupt ended the read, the error is [ErrInterrupted], and the line
// goes on.
func (l *Line) Read() (wire.Frame, error) {
	if l.broken != nil {
		return wire.Frame{}, l.broken
	}
	if l.wrote {
		l.wrote = false
		l.Exchanges++
	}
	for {
		f, err := l.next()
		if err != nil {
			return wire.Frame{}, err
		}
		switch f.Type {
		case 'N', 'S', 'A':
			if err := l.async(f); err != nil {
				return wire.Frame{}, l.Break(err)
			}
		default:
			return f, nil
		}
	}
}

func (l *Line) async(f wire.Frame) error {
	if l.Async == nil {
		return nil
	}
	return l.Async(f.Type, f.Body)
}

// ErrInterrupted is what Read returns when Interrupt ended it.
var ErrInterrupted = errors.New("interrupted")

func (l *Line) next() (wire.Frame, error) {
	for {
		f, ok, err := l.in.Next(wire.PhaseBackend)
		if err != nil {
			return f, l.Break(err)
		}
		if ok {
			return f, nil
		}
		if err := l.fill(); err != nil {
			return f, err
		}
	}
}

// fill reads once.
func (l *Line) fill() error {
	err := l.pending
	l.pending = nil
	if err == nil {
		if _, err = l.in.Fill(l.conn); err == nil {
			return nil
		}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return ErrInterrupted
	}
	return l.Break(fmt.Errorf("reading: %w", err))
}

// Buffered reports whether a whole message has arrived that was not read.
func (l *Line) Buffered() bool {
	b := l.in.Unread()
	if len(b) < 5 {
		return false
	}
	n := int64(b[1])<<24 | int64(b[2])<<16 | int64(b[3])<<8 | int64(b[4])
	return int64(len(b)) > n
}

// Interrupt ends a Read that is waiting, now or later, until Resume. It may be
// called beside any other method.
func (l *Line) Interrupt() { _ = l.conn.SetReadDeadline(past) }

// Resume lets Read wait again, until the deadline if it is not zero. Whoever
// called Interrupt must have returned.
func (l *Line) Resume(deadline time.Time) { _ = l.conn.SetReadDeadline(deadline) }

// ReadAsync reads one message that belongs to no request and gives it to Async.
// Anything else is an error: an ErrorResponse ends the session, as when the
// server shuts down, and any other message breaks the protocol.
func (l *Line) ReadAsync() error {
	if l.broken != nil {
		return l.broken
	}
	f, err := l.next()
	if err != nil {
		return err
	}
	switch f.Type {
	case 'N', 'S', 'A':
		if err := l.async(f); err != nil {
			return l.Break(err)
		}
		return nil
	case 'E':
		return l.Break(&EndedError{Body: append([]byte{}, f.Body...)})
	}
	return l.Break(unexpected(f.Type, "and no request awaits a reply"))
}

// EndedError says that the server ended the session while nothing was asked of
// it.
type EndedError struct {
	Body []byte // of the ErrorResponse
}

// Error says so.
func (e *EndedError) Error() string { return "the server ended the session" }

// Arrived reports whether an ErrorResponse is among the messages that have
// arrived and were not read.
func (l *Line) Arrived() bool {
	if l.broken != nil || l.pending != nil {
		return true
	}
	b := l.in.Unread()
	for len(b) >= 5 {
		if b[0] == 'E' {
			return true
		}
		n := int64(b[1])<<24 | int64(b[2])<<16 | int64(b[3])<<8 | int64(b[4])
		if n < 4 || n+1 > int64(len(b)) {
			return false
		}
		b = b[n+1:]
	}
	return false
}

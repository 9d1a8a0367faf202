package dial

import (
	"context"
	"errors"
	"io"
	"net"
	"time"

	"parley/wire"
)

// stream is a connection being made, with what was read from it. It belongs to
// one goroutine.
type stream struct {
	conn net.Conn // raw, or TLS on top of it
	raw  net.Conn
	in   *wire.Buffer
	out  []byte // scratch of send
}

func newStream(conn net.Conn) *stream { return &stream{conn: conn, raw: conn, in: new(wire.Buffer)} }

// close closes the connection at once, without TLS's farewell, which might
// block. A nil stream has nothing to close.
func (s *stream) close() {
	if s != nil {
		_ = s.raw.Close()
	}
}

// send writes messages at once.
func (s *stream) send(msgs ...wire.Message) error {
	out := s.out[:0]
	for _, m := range msgs {
		var err error
		if out, err = m.Append(out); err != nil {
			return err
		}
	}
	_, err := s.conn.Write(out)
	clear(out) // passwords and tokens pass through here
	s.out = out[:0]
	return err
}

// receive reads the next message. A connection that ends is an error that
// says so.
func (s *stream) receive(p wire.Phase) (wire.Frame, error) {
	f, err := s.in.ReadFrame(s.conn, p)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = errClosedInside
	case errors.Is(err, io.EOF):
		err = errClosed
	}
	return f, err
}

var (
	errClosed       = closedError("the server closed the connection")
	errClosedInside = closedError("the server closed the connection in the middle of a message")
)

// closedError is an end of the stream with a name.
type closedError string

func (e closedError) Error() string { return string(e) }
func (e closedError) Unwrap() error { return io.ErrUnexpectedEOF }

// guard ends whatever waits in conn when ctx is done, by a deadline in the past.
// The function that it returns ends the guarding; conn has no deadline then.
func guard(ctx context.Context, conn net.Conn) (release func()) {
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		if conn.SetDeadline(time.Unix(1, 0)) != nil {
			_ = conn.Close()
		}
	})
	return func() {
		if !stop() {
			<-done
		}
		_ = conn.SetDeadline(time.Time{})
	}
}

// ended returns the reason why ctx is done in place of err, or err.
func ended(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	return context.Cause(ctx)
}

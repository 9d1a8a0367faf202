package exchange

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"

	"parley/wire"
)

const (
	// inlineWrite is how many bytes every socket takes at once, even one with
	// the smallest send buffer that Linux gives (4608 bytes): so much is
	// written without fear that the backend may be writing too.
	inlineWrite = 4 << 10
	// stallAfter is how long a longer write may take until the read side is
	// emptied beside it.
	stallAfter = 10 * time.Millisecond
	// lastWordsWait is how long to wait for what a server said before it went.
	lastWordsWait = 100 * time.Millisecond
	// endedWait is how long a write may go on after the read side has ended.
	endedWait = time.Second
	// stuckAgain is when Stuck is called again if the write is still going on.
	// The next time is twice as long, up to stuckMost.
	stuckAgain = 50 * time.Millisecond
	stuckMost  = 400 * time.Millisecond
)

// Write sends bytes. A long write never waits for a backend that waits for us
// to read: when it takes long, what arrives is put aside meanwhile. It reports
// how many bytes the operating system took. When the server has gone and said
// why, the error is an [*EndedError].
func (l *Line) Write(p []byte) (n int, err error) {
	if err := l.Broken(); err != nil {
		return 0, err
	}
	l.wrote = true
	if l.Message != nil {
		l.Message(wire.Frontend, p)
	}
	if len(p) <= inlineWrite || l.beside != nil {
		n, err = l.conn.Write(p)
	} else {
		n, err = l.writeLong(p)
	}
	if err != nil {
		return n, l.Break(l.lastWords(l.bounded(err)))
	}
	return n, nil
}

// bounded says of a write that ran out of patience which context had ended, and
// why.
func (l *Line) bounded(err error) error {
	if ctx := l.watch.ctx; ctx != nil && ctx.Err() != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	return err
}

// Send is Write for a line that somebody else reads all the while, so that no
// write has to wait for a read. It may be called beside Read, by one goroutine
// at a time.
func (l *Line) Send(p []byte) (n int, err error) {
	if err := l.Broken(); err != nil {
		return 0, err
	}
	if l.Message != nil {
		l.Message(wire.Frontend, p)
	}
	if n, err = l.conn.Write(p); err != nil {
		return n, fmt.Errorf("writing: %w", err)
	}
	return n, nil
}

// Room returns how many bytes can be on their way to the backend, at least,
// without a write having to wait until it reads.
func (l *Line) Room() int { return max(inlineWrite, sendBuffer(l.conn)/4) }

// writeLong is Write with a reader beside it once it takes long.
func (l *Line) writeLong(p []byte) (int, error) {
	b := &beside{line: l, done: make(chan struct{})}
	timer := time.AfterFunc(stallAfter, b.run)
	n, err := l.conn.Write(p)
	if !timer.Stop() {
		b.end()
	}
	return n, err
}

// lastWords looks whether the server has said why it went.
func (l *Line) lastWords(err error) error {
	if l.beside != nil {
		l.Alone()
	}
	if l.Broken() == nil && !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, net.ErrClosed) {
		_ = l.conn.SetReadDeadline(time.Now().Add(lastWordsWait))
		for readErr := l.pending; readErr == nil && len(l.in.Unread()) <= l.Held; {
			_, readErr = l.in.Fill(l.conn)
		}
	}
	err = fmt.Errorf("writing: %w", err)
	if body := lastError(l.in.Unread()); body != nil {
		return &EndedError{Body: append([]byte{}, body...), Err: err}
	}
	return err
}

// Beside begins to read beside what is written, until Alone. What arrives is
// put aside for Read; Arrived tells when an ErrorResponse is among it.
func (l *Line) Beside() {
	l.beside = &beside{line: l, done: make(chan struct{})}
	go l.beside.run()
}

// Arrived reports, between Beside and Alone, whether an ErrorResponse has
// arrived, or the read side has ended.
func (l *Line) Arrived() bool { return l.beside != nil && l.beside.arrived.Load() }

// Alone ends what Beside began.
func (l *Line) Alone() {
	if l.beside != nil {
		l.beside.end()
		l.beside = nil
	}
}

// beside is a goroutine that reads while its owner writes.
type beside struct {
	line    *Line
	stop    atomic.Bool
	arrived atomic.Bool
	scanned int           // bytes of the read buffer whose messages were looked at
	again   time.Duration // after which Stuck is called once more
	done    chan struct{}
}

func (b *beside) run() {
	defer close(b.done)
	l := b.line
	b.scan()
	for !b.stop.Load() {
		_, err := l.in.Fill(l.conn)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			b.wake()
		case err != nil:
			l.pending = err
			b.arrived.Store(true)
			_ = l.conn.SetWriteDeadline(time.Now().Add(endedWait))
			return
		case len(l.in.Unread()) > l.Held:
			_ = l.Break(fmt.Errorf("more than %d bytes arrived while a request was being sent", l.Held))
			return
		default:
			b.scan()
		}
	}
}

// wake takes a deadline: that of end, which sets stop first, that of an
// Interrupt, or its own.
func (b *beside) wake() {
	if b.stop.Load() {
		return
	}
	var next time.Time
	if l := b.line; l.Stuck != nil && l.watch.ctx != nil {
		l.Stuck(l.watch.ctx)
		b.again = min(max(2*b.again, stuckAgain), stuckMost)
		next = time.Now().Add(b.again)
	}
	_ = b.line.conn.SetReadDeadline(next)
}

// scan looks for an ErrorResponse among what has arrived.
func (b *beside) scan() {
	unread := b.line.in.Unread()
	for {
		n := frameSize(unread[b.scanned:])
		if n == 0 {
			return
		}
		if unread[b.scanned] == 'E' {
			b.arrived.Store(true)
		}
		b.scanned += n
	}
}

// end stops the reader and waits for it. An Interrupt that came meanwhile is
// left in force.
func (b *beside) end() {
	conn := b.line.conn
	b.stop.Store(true)
	_ = conn.SetReadDeadline(past)
	<-b.done
	_ = conn.SetReadDeadline(time.Time{})
	if b.line.interrupted.Load() {
		_ = conn.SetReadDeadline(past)
	}
}

package exchange

import (
	"context"
	"time"
)

// past is a deadline that has gone by, which wakes a reader.
var past = time.Unix(1, 0)

// watch interrupts a line when a context ends.
type watch struct {
	ctx  context.Context
	stop func() bool
	done chan struct{}
}

// Watch begins to watch a context for the call that has the turn, until
// Unwatch. One that cannot end costs nothing.
func (l *Line) Watch(ctx context.Context) {
	if ctx.Done() != nil {
		l.watchWith(ctx, l.Interrupt)
	}
}

// WatchRead is Watch for a line that others write to: only a Read is
// interrupted.
func (l *Line) WatchRead(ctx context.Context) {
	if ctx.Done() != nil {
		l.watchWith(ctx, l.interruptRead)
	}
}

func (l *Line) watchWith(ctx context.Context, interrupt func()) {
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		interrupt()
	})
	l.watch = watch{ctx, stop, done}
}

// Unwatch ends the watch. It returns only when an interruption, if there was
// one, is over: no deadline of a call that has ended can reach the next one.
func (l *Line) Unwatch() {
	w := l.watch
	l.watch = watch{}
	if w.stop == nil || w.stop() {
		return
	}
	<-w.done
	l.interrupted.Store(false)
	_ = l.conn.SetDeadline(time.Time{})
}

// Interrupt ends a Read that is waiting, now or later, until Unwatch, and bounds
// a Write by the line's patience. It may be called beside any other method.
func (l *Line) Interrupt() {
	_ = l.conn.SetWriteDeadline(time.Now().Add(l.Patience))
	l.interruptRead() // last: who is woken by it may set deadlines of its own
}

func (l *Line) interruptRead() {
	l.interrupted.Store(true)
	_ = l.conn.SetReadDeadline(past)
}

// ReadBy makes a Read return [ErrInterrupted] at a time; the zero time is never.
// There must be no watch.
func (l *Line) ReadBy(deadline time.Time) { _ = l.conn.SetReadDeadline(deadline) }

// WriteBy makes a Write fail at a time, as ReadBy does a Read.
func (l *Line) WriteBy(deadline time.Time) { _ = l.conn.SetWriteDeadline(deadline) }

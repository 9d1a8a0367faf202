package exchange

import "context"

// Watch interrupts a line when a context ends, until it is stopped.
type Watch struct {
	stop func() bool
	done chan struct{}
}

// Watch begins to watch a context. One that cannot end costs nothing.
func (l *Line) Watch(ctx context.Context) Watch {
	if ctx.Done() == nil {
		return Watch{}
	}
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		l.Interrupt()
	})
	return Watch{stop, done}
}

// Stop ends the watch, and reports whether the line was interrupted. It returns
// only when the interruption, if there was one, is over: no deadline of a call
// that has ended can reach the next one.
func (w Watch) Stop() (interrupted bool) {
	if w.stop == nil || w.stop() {
		return false
	}
	<-w.done
	return true
}

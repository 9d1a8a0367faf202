package parley

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// How often a statement is tried again.
const (
	// maxAttempts is how often a statement is tried whose connection was lost
	// under it, or which the server refused each time for something that
	// should have passed. A statement that is not run after that is most likely
	// what ends the connections.
	maxAttempts = 10
	// maxMoves is how often a call may find that its lane has gone before it was
	// sent. Lanes go together, as when a server is restarted, so it is several
	// times what lanes there can be.
	maxMoves = 100
)

// again is what has become of a statement so far.
type again struct {
	lost   int     // attempts that failed after the statement had been sent, or were refused
	moves  int     // attempts that ended before it was sent
	sent   bool    // in any of them, some of it may have reached the server
	causes []error // of those that failed, the first maxAttempts
}

// over takes note of an attempt that was not the last one, and returns the error to
// give up with, or nil.
func (a *again) over(err error) error {
	e, _ := errors.AsType[*OpError](err)
	switch {
	case err == nil, e != nil && !e.Sent:
		a.moves++
	default:
		a.lost++
	}
	if e != nil {
		a.sent = a.sent || e.Sent
		err = e.Err
	}
	if err != nil && len(a.causes) < maxAttempts {
		a.causes = append(a.causes, err)
	}
	if a.lost < maxAttempts && a.moves < maxMoves {
		return nil
	}
	if e == nil && err != nil {
		return err // the server's own
	}
	return &OpError{Op: "query", Sent: a.sent, Err: &goneError{a.lost + a.moves, a.causes}}
}

// goneError says that every connection a statement met went away.
type goneError struct {
	times  int
	causes []error
}

// Error says how many connections there were, and what ended them.
func (e *goneError) Error() string {
	var told []string
	for _, cause := range e.causes {
		if text := cause.Error(); len(told) == 0 || told[len(told)-1] != text {
			told = append(told, text)
		}
	}
	return fmt.Sprintf("%d connections went away before it was done: %s", e.times, strings.Join(told, "; "))
}

// Unwrap returns what ended them.
func (e *goneError) Unwrap() []error { return e.causes }

// insist tries until an attempt is the last one.
func (r *run) insist(ctx context.Context, args []any, into *sink) {
	var a again
	for !r.attempt(ctx, args, into) {
		err := a.over(r.err)
		switch {
		case ctx.Err() != nil:
			e, _ := errors.AsType[*OpError](r.err)
			r.err = &OpError{Op: "query", Sent: e != nil && e.Sent, Err: context.Cause(ctx)}
			return
		case err != nil && r.err == nil: // no lane has died: they were replaced or held up
			r.insistAlone(ctx, args, into)
			return
		case err != nil:
			r.err = err
			return
		}
	}
}

// insistAlone tries on connections of its own.
func (r *run) insistAlone(ctx context.Context, args []any, into *sink) {
	var a again
	for !r.alone(ctx, args, into) {
		if err := a.over(r.err); err != nil {
			r.err = err
			return
		}
	}
}

package parley

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parley/internal/exchange"
	"parley/wire"
)

// Cancel asks the server to cancel what the connection is running, and returns
// when the server has taken the request, which is before the statement fails.
// It may be called by any goroutine; if nothing runs, nothing happens. To end a
// call of one's own, end its context.
func (c *Conn) Cancel(ctx context.Context) error {
	if err := c.session.cancel(ctx); err != nil {
		return &OpError{Op: "cancel", Err: err}
	}
	return nil
}

// interrupted ends what is under way after its context has ended: the
// statement is cancelled, its reply dropped, and the cancellation absorbed.
// The connection is then idle, or closed. It returns the context's cause.
func (c *Conn) interrupted(ctx context.Context, o *op) error {
	cause := context.Cause(ctx)
	if err := c.rescue(ctx, o); err != nil {
		_ = c.line.Break(fmt.Errorf("ended in the middle of a reply: %w", errors.Join(cause, err)))
	}
	return &OpError{Op: o.name, Sent: true, Err: cause}
}

// rescue saves the connection within the time that the configuration grants.
func (c *Conn) rescue(ctx context.Context, o *op) error {
	patience := c.config.cancelTimeout()
	if patience < 0 {
		return errors.New("cancelling is off")
	}
	deadline := time.Now().Add(patience)
	c.line.Resume(deadline)
	defer c.line.Resume(time.Time{})
	if c.queue.Syncs() == 0 {
		return errors.New("the request was not complete")
	}
	if c.line.Buffered() && c.drainBuffered() {
		return nil // the reply was there already
	}
	cancelCtx, stop := context.WithDeadline(context.WithoutCancel(ctx), deadline)
	defer stop()
	if err := c.session.cancel(cancelCtx); err != nil {
		return fmt.Errorf("cancelling: %w", err)
	}
	if err := c.drain(); err != nil {
		return err
	}
	return c.absorb()
}

// drainBuffered drops what has arrived, and reports whether that was all.
func (c *Conn) drainBuffered() bool {
	for c.queue.Len() > 0 && c.line.Buffered() {
		if _, err := c.read(); err != nil {
			return false
		}
	}
	return c.queue.Len() == 0
}

// drain drops the replies that are still owed.
func (c *Conn) drain() error {
	for c.queue.Len() > 0 {
		a, err := c.read()
		if err != nil {
			return err
		}
		if a.event == exchange.CopyIn {
			if err := c.refuseCopy(); err != nil {
				return err
			}
		}
	}
	return nil
}

// absorb makes sure that a cancellation which was taken after its statement
// had ended hits nothing else. The backend has the signal by now, for the
// server closes the connection of a CancelRequest after it has sent it; a Sync
// gives it something harmless to hit. (While it waits for a command, a backend
// passes over a cancellation.)
func (c *Conn) absorb() error {
	barrier := &op{name: "cancel", index: -1}
	out, err := (&wire.Sync{}).Append(nil)
	if err != nil {
		return err
	}
	c.queue.Push(exchange.PartSync, barrier, 0)
	if _, err := c.line.Write(out); err != nil {
		return err
	}
	return c.drain()
}

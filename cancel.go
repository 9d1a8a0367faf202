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
// It may be called by any goroutine; if nothing runs, nothing happens, but what
// is started meanwhile may be hit. To end a call of one's own, end its context.
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
	c.line.Unwatch()
	cause := context.Cause(ctx)
	if err := c.rescue(ctx); err != nil {
		_ = c.line.Break(fmt.Errorf("ended in the middle of a reply: %w", errors.Join(cause, ended(err))))
	}
	if c.line.Broken() == ErrClosed {
		cause = ErrClosed // by Close, meanwhile
	}
	return &OpError{Op: o.name, Sent: true, Err: cause}
}

// cancelFirst is how long a reply may take after the first cancellation, until
// it is cancelled again: a cancellation that overtakes its statement finds
// nothing to cancel. The next time is twice as long, up to cancelMost: a pooler
// may keep a statement waiting for a server for as long as it likes. Of several
// transactions in one flight a cancellation hits one, so that after one has ended
// the next one is given cancelNext.
const (
	cancelFirst = 50 * time.Millisecond
	cancelMost  = 400 * time.Millisecond
	cancelNext  = 5 * time.Millisecond
)

// rescue saves the connection within the time that the configuration grants.
// There must be no watch.
func (c *Conn) rescue(ctx context.Context) error {
	patience := c.config.cancelTimeout()
	if patience < 0 {
		return errors.New("cancelling is off")
	}
	deadline := time.Now().Add(patience)
	c.line.WriteBy(deadline)
	c.line.ReadBy(deadline)
	defer c.line.WriteBy(zeroTime)
	defer c.line.ReadBy(zeroTime)
	c.rescuing = true
	defer func() { c.rescuing = false }()
	if err := c.drain(c.line.Buffered); err != nil {
		return err
	}
	if c.queue.Len() > 0 {
		if err := c.cancelled(ctx, deadline); err != nil {
			return err
		}
	} else if !c.stuckOnce.Load() {
		return nil // the reply was there already
	}
	c.line.ReadBy(deadline)
	c.stuckOnce.Store(false)
	return c.absorb()
}

// cancelled cancels what is under way until all replies have come.
func (c *Conn) cancelled(ctx context.Context, deadline time.Time) error {
	cancelCtx, stop := context.WithDeadline(context.WithoutCancel(ctx), deadline)
	defer stop()
	for again := cancelFirst; ; {
		owed := c.queue.Syncs()
		if err := c.session.cancel(cancelCtx); err != nil {
			return fmt.Errorf("cancelling: %w", err)
		}
		until := time.Now().Add(again)
		if until.After(deadline) {
			until = deadline
		}
		c.line.ReadBy(until)
		if err := c.drain(always); err != exchange.ErrInterrupted {
			return err
		}
		if until == deadline {
			return fmt.Errorf("the server has not answered within %v (Config.CancelTimeout)", c.config.cancelTimeout())
		}
		if again = min(2*again, cancelMost); c.queue.Syncs() < owed {
			again = cancelNext
		}
	}
}

func always() bool { return true }

// drain drops the replies that are still owed, as long as a condition holds.
func (c *Conn) drain(more func() bool) error {
	if err := c.refuseCopy("the client gave up"); err != nil {
		return err
	}
	for c.queue.Len() > 0 && more() {
		a, err := c.read()
		if err == nil {
			err = c.take(a)
		}
		if err != nil {
			return err
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
	return c.drain(always)
}

// stuck makes a server go on that does not read the rest of a request whose
// context has ended: it cancels what the server is at instead. It is called
// beside the goroutine that writes.
func (c *Conn) stuck(ctx context.Context) {
	if patience := c.config.cancelTimeout(); patience > 0 {
		c.stuckOnce.Store(true)
		ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer stop()
		_ = c.session.cancel(ctx) // the write has a time limit of its own
	}
}

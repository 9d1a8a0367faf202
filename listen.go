package parley

import (
	"context"
	"errors"
	"fmt"

	"parley/internal/exchange"
	"parley/wire"
)

// Notification is a NOTIFY on a channel that the session listens on.
type Notification struct {
	Channel   string
	Payload   string
	ProcessID uint32 // of the backend that notified
}

func (c *Conn) notified(body []byte) error {
	var m wire.NotificationResponse
	if err := m.Parse(body); err != nil {
		return err
	}
	if most := c.config.maxNotifications(); len(c.notes) >= most {
		n := len(c.notes) - most + 1
		c.notes = append(c.notes[:0], c.notes[n:]...)
		c.lost += n
	}
	c.notes = append(c.notes, Notification{m.Channel, m.Payload, m.ProcessID})
	return nil
}

// Listen begins to listen on a channel. The name is taken as it is, also with
// capitals and spaces.
func (c *Conn) Listen(ctx context.Context, channel string) error {
	_, err := c.Exec(ctx, "listen "+Identifier(channel))
	return err
}

// Unlisten stops listening on a channel, or on all of them when the name is "".
func (c *Conn) Unlisten(ctx context.Context, channel string) error {
	sql := "unlisten *"
	if channel != "" {
		sql = "unlisten " + Identifier(channel)
	}
	_, err := c.Exec(ctx, sql)
	return err
}

// WaitNotification returns the next notification on the channels that the
// session listens on, in the order in which the server sent them. Those that
// come while the connection does other things wait, up to
// Config.MaxNotifications. When more came, the oldest were dropped, and the next
// call says so with a [*LostError]; the call after that goes on.
// A context that ends leaves the connection as it is.
func (c *Conn) WaitNotification(ctx context.Context) (Notification, error) {
	const what = "wait for a notification"
	if err := c.enter(ctx, what); err != nil {
		return Notification{}, err
	}
	defer c.leave()
	if n := c.lost; n > 0 {
		c.lost = 0
		return Notification{}, &LostError{Count: n}
	}
	watch := c.line.Watch(ctx)
	err := c.awaitNote()
	if watch.Stop() {
		c.line.Resume(zeroTime)
	}
	if len(c.notes) > 0 {
		n := c.notes[0]
		c.notes = c.notes[1:]
		return n, nil
	}
	if errors.Is(err, exchange.ErrInterrupted) {
		err = context.Cause(ctx)
	}
	return Notification{}, &OpError{Op: what, Err: err}
}

// awaitNote reads until there is a notification.
func (c *Conn) awaitNote() error {
	for len(c.notes) == 0 {
		if err := c.line.ReadAsync(); err != nil {
			return err
		}
	}
	return nil
}

// LostError says that notifications were dropped because nobody took them.
type LostError struct {
	Count int // how many
}

// Error returns how many notifications were lost.
func (e *LostError) Error() string {
	return fmt.Sprintf("%d notifications were dropped because more than Config.MaxNotifications waited", e.Count)
}

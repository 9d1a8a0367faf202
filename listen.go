package parley

import (
	"context"
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
	c.notes = append(c.notes, Notification{m.Channel, m.Payload, m.ProcessID})
	c.noteSize += len(body)
	for len(c.notes) > c.config.maxNotifications() || c.noteSize > maxNoteBytes && len(c.notes) > 1 {
		c.nextNote()
		c.lost++
	}
	return nil
}

// maxNoteBytes is how many bytes the notifications that wait may have: as many
// as 8000 of the largest that PostgreSQL sends.
const maxNoteBytes = 64 << 20

// nextNote takes the oldest notification out.
func (c *Conn) nextNote() Notification {
	n := c.notes[0]
	c.notes[0] = Notification{}
	if c.notes = c.notes[1:]; len(c.notes) == 0 {
		c.notes = nil
	}
	c.noteSize -= len(n.Channel) + len(n.Payload) + 6 // as in its body
	return n
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
	c.line.Watch(ctx)
	err := c.awaitNote()
	if len(c.notes) > 0 {
		return c.nextNote(), nil
	}
	if err == exchange.ErrInterrupted {
		err = context.Cause(ctx)
	}
	return Notification{}, &OpError{Op: what, Err: ended(err)}
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

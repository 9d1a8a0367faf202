package parley

import (
	"context"
	"fmt"
	"strings"

	"parley/wire"
)

// standbySetting is the one reported setting that is the server's own and not
// the session's: it changes when a standby becomes a primary.
const standbySetting = "in_hot_standby"

// dirtyTags are the command tags of statements that leave something behind in
// the session: what AfterConnect has made of it, with DISCARD ALL, and with DO
// nobody knows what.
var dirtyTags = map[string]bool{"DO": true, "DISCARD ALL": true, "SET": true, "RESET": true, "LISTEN": true, "PREPARE": true, "DECLARE CURSOR": true,
	"LOAD": true, "DISCARD": true, "DISCARD PLANS": true, "DISCARD SEQUENCES": true, "DISCARD TEMP": true}

// soils notes that a statement leaves something behind in the session, as far as
// its tag tells.
func (c *Conn) soils(o *op) {
	c.dirty = c.dirty || dirtyTags[o.tag.text]
}

// atRest reports whether the session is as it was after connecting, and nothing
// is under way.
func (c *Conn) atRest() bool {
	return c.status == wire.TxIdle && c.begin == "" && c.queue.Len() == 0 && !c.dirty
}

// restore makes the session as it was after connecting.
func (c *Conn) restore(ctx context.Context) error {
	c.begin, c.tx = "", nil
	if c.status != wire.TxIdle {
		if _, err := c.Exec(ctx, "rollback"); err != nil {
			return err
		}
	}
	if c.dirty {
		if _, err := c.Exec(ctx, "discard all"); err != nil {
			return err
		}
		if f := c.config.AfterConnect; f != nil {
			if err := f(ctx, c); err != nil {
				return fmt.Errorf("Config.AfterConnect: %w", err)
			}
		}
		c.dirty = false
	}
	c.settled()
	c.notes, c.noteSize, c.lost = nil, 0, 0
	if !c.atRest() {
		return fmt.Errorf("the session could not be reset: it is in state %q", c.status)
	}
	return nil
}

// resets reports whether a ParameterStatus says that a setting of the session
// has changed.
func (l *lane) resets(body []byte) bool {
	var m wire.ParameterStatus
	if m.Parse(body) != nil || strings.EqualFold(m.Name, standbySetting) {
		return false
	}
	old, known := l.conn.Setting(m.Name)
	return known && old != m.Value
}

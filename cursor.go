package parley

import (
	"context"
	"strconv"

	"parley/internal/exchange"
	"parley/wire"
)

// cursor is a portal whose rows are fetched in portions.
type cursor struct {
	portal    string
	target    int   // bytes that a portion should have
	rows      int32 // how many the next portion asks for
	got       int   // rows of the portion at hand
	bytes     int   // and their bytes
	suspended bool  // there is more to fetch
}

// Bounds on how many rows are fetched at once.
const (
	firstFetch = 64
	mostFetch  = 1 << 20
)

// cursorName returns a name for a portal that the connection has not used.
func (c *Conn) cursorName() string {
	c.portals++
	return "parley_" + strconv.Itoa(c.portals)
}

// Cursor is [Tx.Query] for a result that may be large, of which the server
// should not make more than is read: rows are fetched in portions of about
// fetch bytes (0: 256 KB), each portion in an exchange. How many rows that are
// is learnt from those that came. Reading may be ended at any time with Close,
// which costs one exchange and leaves the transaction as it is.
//
// A statement that cannot be suspended, such as an INSERT … RETURNING, is run to
// its end at once.
func (t *Tx) Cursor(ctx context.Context, fetch int, sql string, args ...any) *Rows {
	r := newRows(ctx, t.conn, sql)
	r.op.name = "cursor"
	if err := t.enter(ctx, "cursor"); err != nil {
		return r.refuse(err)
	}
	if fetch <= 0 {
		fetch = 256 << 10
	}
	r.op.cursor = &cursor{portal: t.conn.cursorName(), target: fetch, rows: firstFetch}
	r.start(t.conn.cache.get(sql), args)
	return r
}

// limit returns the row limit of a request's Execute.
func (o *op) limit() int32 {
	if o.cursor == nil {
		return 0
	}
	return o.cursor.rows
}

// portal returns the name of a request's portal.
func (o *op) portal() string {
	if o.cursor == nil {
		return ""
	}
	return o.cursor.portal
}

// count takes note of a row.
func (k *cursor) count(body []byte) {
	if k != nil {
		k.got++
		k.bytes += len(body)
	}
}

// next sets how many rows the next portion asks for.
func (k *cursor) next() {
	k.suspended = false
	if k.got > 0 {
		each := max(1, k.bytes/k.got)
		k.rows = int32(min(max(1, k.target/each), mostFetch))
	}
	k.got, k.bytes = 0, 0
}

// fetch asks for the next portion, if there is one, and reports whether it did.
func (r *Rows) fetch() (bool, error) {
	k := r.op.cursor
	if k == nil || !k.suspended || r.op.err != nil {
		return false, nil
	}
	k.next()
	c := r.conn
	err := c.dispatch(&r.op, &r.op, func() error {
		if err := c.addExecute(&r.op, len(r.op.stmt.columns())); err != nil {
			return err
		}
		return c.addSync(&r.op)
	})
	return err == nil, err
}

// closeCursor ends the reading of a cursor: the portion at hand is read and
// dropped, and the portal is closed.
func (r *Rows) closeCursor() error {
	c, k := r.conn, r.op.cursor
	err := c.finish(r.ctx, &r.op, c.take)
	if err == nil && k.suspended && r.op.err == nil {
		err = r.dropPortal()
	}
	if err != nil {
		r.fail(c.wrap(&r.op, err))
		return r.err
	}
	r.end()
	return r.err
}

// dropPortal closes the portal.
func (r *Rows) dropPortal() error {
	c := r.conn
	err := c.dispatch(&r.op, &r.op, func() error {
		c.owe(exchange.PartClose, &r.op, 0)
		if err := c.add(&wire.Close{Object: wire.ObjectPortal, Name: r.op.cursor.portal}); err != nil {
			return err
		}
		return c.addSync(&r.op)
	})
	if err != nil {
		return err
	}
	return c.finish(r.ctx, &r.op, c.take)
}

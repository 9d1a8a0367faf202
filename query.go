package parley

import (
	"context"
	"errors"

	"parley/internal/exchange"
)

// Exec runs one statement and returns its command tag. Rows that it returns
// are dropped.
func (c *Conn) Exec(ctx context.Context, sql string, args ...any) (Tag, error) {
	rows := c.Query(ctx, sql, args...)
	rows.discard()
	return rows.tag, rows.err
}

// Query runs one statement and returns its rows, to be read one after another.
// Errors, also that of the request, are told by [Rows.Err]. The rows must be
// read to the end or closed before the connection does anything else.
//
// The statement is prepared at its first use, in the same exchange, and kept
// for the next.
func (c *Conn) Query(ctx context.Context, sql string, args ...any) *Rows {
	r := &Rows{conn: c, ctx: ctx, op: op{name: "query", sql: sql, index: -1}}
	if r.err = c.enter(ctx, "query"); r.err != nil {
		r.done = true
		return r
	}
	r.watch = c.line.Watch(ctx)
	r.start(args)
	return r
}

// start sends the request and reads up to the first row, or the end of a reply
// without rows. A statement that the server has lost, or whose result has
// changed since it was prepared, is prepared again, once, where that is safe.
func (r *Rows) start(args []any) {
	c := r.conn
	st := c.cache.get(r.op.sql)
	err := c.request(&r.op, st, args)
	if err == nil {
		err = r.advance()
	}
	if err == nil && r.done && r.stale(st) {
		c.cache.remove(r.op.sql)
		r.again()
		if err = c.request(&r.op, nil, args); err == nil {
			err = r.advance()
		}
	}
	if err != nil {
		r.fail(err)
	} else if r.done {
		r.end()
	}
}

// again makes the rows ready for a second attempt.
func (r *Rows) again() {
	r.op = op{name: r.op.name, sql: r.op.sql, index: -1}
	r.done, r.pending, r.executed = false, false, false
}

// stale reports whether a statement that was prepared before failed because it
// is gone or its result has changed, where nothing was lost by that: before its
// first row, and outside a transaction.
func (r *Rows) stale(st *statement) bool {
	e := r.op.err
	if e == nil || st == nil || st.kept || r.conn.status != 'I' || r.executed {
		return false
	}
	return isStale(e)
}

func isStale(e *ServerError) bool {
	switch e.Code {
	case "26000": // invalid_sql_statement_name
		return true
	case "0A000": // feature_not_supported: "cached plan must not change result type"
		return e.Routine == "RevalidateCachedQuery"
	}
	return false
}

// request makes and sends one statement, with the given description of it or
// with none.
func (c *Conn) request(o *op, st *statement, args []any) error {
	err := c.prepareRequest(o, st, args)
	if err == nil {
		err = c.addSync(o)
	}
	if err != nil {
		c.dropRequest()
		return err
	}
	c.prefaceSent()
	return c.send(o)
}

func (c *Conn) prepareRequest(o *op, st *statement, args []any) error {
	if err := c.addPreface(); err != nil {
		return err
	}
	o.stmt = st
	if st == nil {
		o.stmt = &statement{sql: o.sql}
		if !c.cache.off() {
			o.stmt.name = c.cache.name()
		}
	}
	o.cold = !o.stmt.parsed
	if !o.cold {
		return c.addStatement(o, args, 0)
	}
	if !o.stmt.described && needTypes(args) {
		if err := c.describeFirst(o); err != nil {
			return err
		}
	}
	return c.addStatement(o, args, 0)
}

// describeFirst spends an exchange to learn the parameters' types, for
// arguments that cannot be written without.
func (c *Conn) describeFirst(o *op) error {
	if err := c.addParse(o); err != nil {
		return err
	}
	if err := c.addSync(o); err != nil {
		return err
	}
	c.prefaceSent()
	if err := c.send(o); err != nil {
		return err
	}
	if err := c.finish(context.Background(), o); err != nil {
		return err
	}
	if o.err != nil {
		return o.err
	}
	o.cold = !o.stmt.parsed || o.stmt.name == ""
	return nil
}

// settle keeps or drops a statement after its reply.
func (c *Conn) settle(o *op) {
	st := o.stmt
	if st == nil || st.kept {
		return
	}
	switch {
	case o.err != nil && isStale(o.err):
		c.cache.remove(st.sql)
	case st.parsed && st.described && (o.cold || c.cache.byText[st.sql] == nil):
		c.cache.put(st)
	case o.cold:
		c.cache.drop(st)
	}
}

var errInterruptedByClose = errors.New("closed before the end")

// advance reads up to the next row, or to the end of the reply.
func (r *Rows) advance() error {
	c := r.conn
	for c.queue.Len() > 0 {
		a, err := c.read()
		if errors.Is(err, exchange.ErrInterrupted) {
			return c.interrupted(r.ctx, &r.op)
		}
		if err != nil {
			return c.wrap(&r.op, err)
		}
		if a.event == exchange.Row && a.op == &r.op {
			r.executed = true
			return r.took(a.body)
		}
		if err := c.take(a); err != nil {
			return c.wrap(&r.op, err)
		}
		if a.op != nil && a.op != &r.op && a.op.err != nil && r.op.err == nil {
			r.op.err = a.op.err // BEGIN, which travelled ahead, has failed
		}
	}
	r.done = true
	return nil
}

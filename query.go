package parley

import (
	"context"
	"strings"

	"parley/internal/exchange"
)

// Exec runs one statement and returns its command tag. Rows that it returns
// are dropped.
func (c *Conn) Exec(ctx context.Context, sql string, args ...any) (Tag, error) {
	return c.collect(ctx, sql, args, nil)
}

// Query runs one statement and returns its rows, to be read one after another.
// Errors, also that of the request, are told by [Rows.Err]. The rows must be
// read to the end or closed before the connection does anything else.
//
// The statement is prepared at its first use, in the same exchange, and kept
// for the next. (Arguments whose form depends on the type of the parameter, such
// as []byte, slices and structs, need one exchange more at the first use, and so
// does any statement where DateStyle is not ISO or IntervalStyle not postgres; types
// that are not built in need some to look them up, once.)
func (c *Conn) Query(ctx context.Context, sql string, args ...any) *Rows {
	return newRows(ctx, c, sql).begin(args)
}

func (r *Rows) begin(args []any) *Rows {
	if err := r.conn.enter(r.ctx, "query"); err != nil {
		return r.refuse(err)
	}
	r.start(r.conn.cache.get(r.op.sql), args)
	return r
}

func newRows(ctx context.Context, c *Conn, sql string) *Rows {
	return &Rows{conn: c, ctx: ctx, op: op{name: "query", sql: sql, index: -1}}
}

// refuse ends the rows before anything was done.
func (r *Rows) refuse(err error) *Rows {
	r.err, r.done = err, true
	r.free()
	return r
}

// free gives the connection back to whom it came from.
func (r *Rows) free() {
	if f := r.freed; f != nil {
		r.freed = nil
		f()
	}
}

// start sends the request and reads up to the first row, or the end of a reply
// without rows. A statement that the server has lost, or whose result has
// changed since it was prepared, is prepared again, where that is safe: once, and
// once without a name where names are what is wrong.
func (r *Rows) start(st *statement, args []any) {
	r.conn.line.Watch(r.ctx)
	err := r.attempt(st, args)
	if err == nil && r.done && r.op.stale() {
		err = r.restart(r.conn.renew(r.op.stmt), args)
		if err == nil && r.done && r.op.stale() && r.op.miscounted() {
			err = r.restart(&statement{sql: r.op.sql}, args)
		}
	}
	if err == nil && r.pending && !r.unread && r.conn.shared.misfits(r.op.stmt.desc) {
		err = r.hold(args)
	}
	if err != nil {
		r.fail(err)
	} else if r.done {
		r.end()
	}
}

// restart makes the request once more, with another statement.
func (r *Rows) restart(fresh *statement, args []any) error {
	r.conn.distrust(&r.op)
	begin := r.op.begin
	r.op = op{name: r.op.name, sql: r.op.sql, index: -1, cursor: r.op.cursor}
	r.done, r.pending = false, false
	return r.conn.again(begin, func() error { return r.attempt(fresh, args) })
}

// miscounted reports whether a statement that was prepared just now is said not to
// exist, or to exist already: a pooler has lost count of those that it has prepared
// on the server. It keeps none that have no name.
func (o *op) miscounted() bool { return o.err.Code == "26000" || o.err.Code == "42P05" }

func (r *Rows) attempt(st *statement, args []any) error {
	if err := r.conn.request(r.ctx, &r.op, st, args); err != nil {
		return err
	}
	return r.advance()
}

// stale reports whether a statement failed because the server has lost it or its
// result has changed since it was prepared or described, where nothing is lost by
// trying again: before it was run, and outside a transaction or together with its
// BEGIN.
func (o *op) stale() bool { return (!o.inTx || o.begin != "") && (o.lost() || o.misled()) }

// lost reports whether a statement failed because it is not what was prepared.
func (o *op) lost() bool {
	return o.err != nil && !o.cold && o.failedAt == exchange.PartBind && isStale(o.err)
}

// misled reports whether a statement failed that was prepared as another
// connection had found it, perhaps for that reason; or that is said not to exist
// right after it was prepared, as by a pooler which took it for prepared already,
// or to exist when it is, as by one that forgot.
func (o *op) misled() bool {
	switch {
	case o.err == nil || !o.cold:
		return false
	case o.failedAt == exchange.PartBind || o.failedAt == exchange.PartDescribeStatement:
		return o.err.Code == "26000" || o.desc != nil && o.failedAt == exchange.PartBind && o.err.Code == "08P01"
	}
	return o.failedAt == exchange.PartParse && (o.desc != nil || o.err.Code == "42P05")
}

func isStale(e *ServerError) bool {
	switch e.Code {
	case "26000": // invalid_sql_statement_name
		return true
	case "0A000": // feature_not_supported: "cached plan must not change result type"
		return e.Routine == "RevalidateCachedQuery"
	}
	// syntax_error_or_access_rule_violation: it was analyzed again, with the
	// parameter types of the time when it was prepared. One of them may be gone.
	return strings.HasPrefix(e.Code, "42") || e.goneType()
}

// renew drops a statement that is stale, and returns what to prepare again; nil
// for anew.
func (c *Conn) renew(st *statement) *statement {
	if !st.kept {
		c.cache.remove(st.key())
		return nil
	}
	c.cache.drop(st)
	st.name = c.cache.name()
	return st
}

// request makes and sends one statement, with the given description of it or
// with none.
func (c *Conn) request(ctx context.Context, o *op, st *statement, args []any) error {
	o.stmt, o.inTx, o.begin = st, c.inTx(), c.begin
	if st == nil {
		o.stmt = c.newStatement(o.sql)
	}
	c.consult(o)
	if o.cold {
		if o.stmt.parsed {
			c.renew(o.stmt) // its name is taken, or may be
		}
		if o.desc == nil && (c.styled || needTypes(args)) {
			if err := c.describeFirst(ctx, o); err != nil {
				return err
			}
		}
	}
	if err := c.fit(ctx, o); err != nil {
		return err
	}
	return c.dispatch(o, o, func() error {
		if err := c.addStatement(o, args, true); err != nil {
			return err
		}
		return c.addSync(o)
	})
}

// newStatement returns a statement that is not prepared.
func (c *Conn) newStatement(sql string) *statement {
	st := &statement{sql: sql, path: c.cache.path}
	if !c.cache.off() {
		st.name = c.cache.name()
	}
	return st
}

// describeFirst spends an exchange to learn the parameters' types, for
// arguments that cannot be written without.
func (c *Conn) describeFirst(ctx context.Context, o *op) error {
	if err := c.sendParse(o); err != nil {
		return err
	}
	if err := c.finish(ctx, o, c.take); err != nil {
		return err
	}
	if o.err != nil {
		return o.err
	}
	c.consult(o)
	return nil
}

// consult finds out what is known about the statement of a request, here or on
// other connections.
func (c *Conn) consult(o *op) {
	if !c.dirty || !c.path.reported {
		t := c.shared.traits(o.stmt.sql)
		c.dirty = c.dirty || t.Dirty
		c.mayMove(&t)
	}
	if o.cold = !c.cache.hot(o.stmt); o.cold {
		o.desc = c.told(o.stmt.sql)
	} else {
		o.desc = o.stmt.desc
	}
}

// sendParse prepares a statement and has it described.
func (c *Conn) sendParse(o *op) error {
	return c.dispatch(o, o, func() error {
		if err := c.addParse(o); err != nil {
			return err
		}
		return c.addSync(o)
	})
}

// distrust forgets what a request showed to be wrong.
func (c *Conn) distrust(o *op) {
	if o.err != nil && o.err.goneType() {
		o.desc.outdated()
	}
	lost := o.lost()
	if lost || o.misled() {
		c.shared.forget(o.sql, o.desc)
	}
	if lost && o.err.Code == "26000" {
		c.cache.suspect()
	}
}

// settle keeps or drops a statement after its reply.
func (c *Conn) settle(o *op) {
	st := o.stmt
	c.distrust(o)
	switch {
	case st == nil || st.kept:
	case o.lost():
		c.cache.remove(st.key())
		c.cache.drop(st)
	case c.cache.hot(st):
		c.cache.put(st)
	default:
		c.cache.drop(st)
	}
}

// advance reads up to the next row, or to the end of the reply.
func (r *Rows) advance() error {
	c := r.conn
	r.flows = false
	if c.queue.Len() == 0 { // what was read ahead is used up
		if _, err := r.fetch(); err != nil {
			return err
		}
	}
	for c.queue.Len() > 0 {
		a, err := c.read()
		if err == nil {
			switch {
			case a.op != &r.op:
			case a.event == exchange.Row:
				r.op.cursor.count(a.body)
				r.took(a.body)
				r.flows = r.op.cursor == nil && c.queue.InRows()
				return nil
			case a.event == exchange.Ready:
				if more, err := r.fetch(); more || err != nil {
					if err != nil {
						return err
					}
					continue
				}
			}
			err = c.take(a)
		}
		if err == exchange.ErrInterrupted {
			return c.interrupted(r.ctx, &r.op)
		}
		if err != nil {
			return c.wrap(&r.op, err)
		}
	}
	r.done = true
	return nil
}

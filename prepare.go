package parley

import (
	"context"
	"fmt"

	"parley/internal/exchange"
	"parley/wire"
)

// Stmt is a prepared statement that its user made. Statements need not be
// prepared to be fast: Query and Exec keep what they prepare. A Stmt tells what
// its parameters and columns are before it is run.
type Stmt struct {
	conn *Conn
	st   *statement
}

// Prepare prepares a statement.
func (c *Conn) Prepare(ctx context.Context, sql string) (*Stmt, error) {
	if err := c.enter(ctx, "prepare"); err != nil {
		return nil, err
	}
	defer c.leave()
	o := &op{name: "prepare", sql: sql, index: -1}
	o.stmt = &statement{name: c.cache.name(), sql: sql, kept: true}
	err := c.addPreface()
	if err == nil {
		err = c.addParse(o)
	}
	if err == nil {
		err = c.addSync(o)
	}
	if err != nil {
		c.dropRequest()
		return nil, err
	}
	c.prefaceSent()
	if err := c.exchange(ctx, o); err != nil {
		c.cache.drop(o.stmt)
		return nil, err
	}
	return &Stmt{c, o.stmt}, nil
}

// exchange sends the request that was made and reads its reply, which has no
// rows.
func (c *Conn) exchange(ctx context.Context, o *op) error {
	watch := c.line.Watch(ctx)
	err := c.send(o)
	if err == nil {
		err = c.finish(ctx, o)
	}
	if watch.Stop() {
		c.line.Resume(zeroTime)
	}
	if err == nil && o.err != nil {
		err = o.err
	}
	return err
}

// SQL returns the text of the statement.
func (s *Stmt) SQL() string { return s.st.sql }

// ParamTypes returns the type OIDs of the parameters. They must not be changed.
func (s *Stmt) ParamTypes() []uint32 { return s.st.params }

// Columns returns the columns of the statement's rows, nil when it returns
// none. They must not be changed.
func (s *Stmt) Columns() []Column { return s.st.columns }

// Query is [Conn.Query] of the statement.
func (s *Stmt) Query(ctx context.Context, args ...any) *Rows {
	c := s.conn
	r := &Rows{conn: c, ctx: ctx, op: op{name: "query", sql: s.st.sql, index: -1}}
	if r.err = c.enter(ctx, "query"); r.err != nil {
		r.done = true
		return r
	}
	if !s.st.parsed {
		r.err, r.done = fmt.Errorf("query: the prepared statement is closed"), true
		c.leave()
		return r
	}
	r.watch = c.line.Watch(ctx)
	r.startPrepared(s.st, args)
	return r
}

func (r *Rows) startPrepared(st *statement, args []any) {
	err := r.conn.request(&r.op, st, args)
	if err == nil {
		err = r.advance()
	}
	if err != nil {
		r.fail(err)
	} else if r.done {
		r.end()
	}
}

// Exec is [Conn.Exec] of the statement.
func (s *Stmt) Exec(ctx context.Context, args ...any) (Tag, error) {
	rows := s.Query(ctx, args...)
	rows.discard()
	return rows.tag, rows.err
}

// Close drops the statement on the server.
func (s *Stmt) Close(ctx context.Context) error {
	c := s.conn
	if err := c.enter(ctx, "close a statement"); err != nil {
		return err
	}
	defer c.leave()
	if !s.st.parsed {
		return nil
	}
	s.st.parsed = false
	o := &op{name: "close a statement", index: -1}
	err := c.addPreface()
	if err == nil {
		c.owe(exchange.PartClose, o, 0)
		err = c.add(&wire.Close{Object: wire.ObjectStatement, Name: s.st.name})
	}
	if err == nil {
		err = c.addSync(o)
	}
	if err != nil {
		c.dropRequest()
		return err
	}
	c.prefaceSent()
	return c.exchange(ctx, o)
}

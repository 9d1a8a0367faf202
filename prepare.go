package parley

import (
	"context"
	"errors"
)

// Stmt is a prepared statement that its user made. Statements need not be
// prepared to be fast: Query and Exec keep what they prepare. A Stmt tells what
// its parameters and columns are before it is run.
//
// When the server has lost the statement, or its result has changed, it is
// prepared again. Where statements are unnamed (Config.StatementCache), it is
// prepared with each use.
type Stmt struct {
	conn   *Conn
	st     *statement
	closed bool // owned by whoever is busy
}

// Prepare prepares a statement.
func (c *Conn) Prepare(ctx context.Context, sql string) (*Stmt, error) {
	if err := c.enter(ctx, "prepare"); err != nil {
		return nil, err
	}
	defer c.leave()
	o := &op{name: "prepare", sql: sql, index: -1, stmt: c.newStatement(sql)}
	o.stmt.kept = true
	c.line.Watch(ctx)
	err := c.sendParse(o)
	if err == nil {
		err = c.finish(ctx, o, c.take)
	}
	if err == nil && o.err != nil {
		err = o.err
	}
	if err != nil {
		c.cache.drop(o.stmt)
		return nil, err
	}
	return &Stmt{conn: c, st: o.stmt}, nil
}

// SQL returns the text of the statement.
func (s *Stmt) SQL() string { return s.st.sql }

// ParamTypes returns the type OIDs of the parameters. They must not be changed.
func (s *Stmt) ParamTypes() []uint32 { return s.st.desc.params }

// Columns returns the columns of the statement's rows, nil when it returns
// none. They must not be changed.
func (s *Stmt) Columns() []Column { return s.st.columns() }

var errStmtClosed = errors.New("query: the prepared statement is closed")

// Query is [Conn.Query] of the statement.
func (s *Stmt) Query(ctx context.Context, args ...any) *Rows {
	r := newRows(ctx, s.conn, s.st.sql)
	if err := s.conn.enter(ctx, "query"); err != nil {
		return r.refuse(err)
	}
	switch {
	case s.closed:
		s.conn.leave()
		return r.refuse(errStmtClosed)
	case s.conn.cache.off():
		r.start(nil, args)
	default:
		r.start(s.st, args)
	}
	return r
}

// Exec is [Conn.Exec] of the statement.
func (s *Stmt) Exec(ctx context.Context, args ...any) (Tag, error) {
	rows := s.Query(ctx, args...)
	rows.discard()
	return rows.tag, rows.err
}

// Close drops the statement on the server. Closing twice does nothing.
func (s *Stmt) Close(ctx context.Context) error {
	c := s.conn
	if err := c.enter(ctx, "close a statement"); err != nil {
		return err
	}
	defer c.leave()
	if s.closed {
		return nil
	}
	s.closed = true
	c.cache.drop(s.st)
	if len(c.cache.dropped) == 0 {
		return nil
	}
	o := &op{name: "close a statement", index: -1}
	c.line.Watch(ctx)
	if err := c.closeDropped(o); err != nil {
		return err
	}
	if err := c.finish(ctx, o, c.take); err != nil {
		return err
	}
	if o.err != nil {
		return o.err
	}
	return nil
}

// closeDropped sends Close for the statements that were dropped, and nothing
// else: no BEGIN.
func (c *Conn) closeDropped(o *op) error {
	begin := c.begin
	c.begin = ""
	err := c.dispatch(o, o, func() error { return c.addSync(o) })
	c.begin = begin
	return err
}

package parley

import (
	"context"
	"reflect"

	"parley/internal/scan"
	"parley/wire"
)

// Queryer is what the generic verbs run on: a Conn, a Tx, a DB.
type Queryer interface {
	Query(ctx context.Context, sql string, args ...any) *Rows
	Exec(ctx context.Context, sql string, args ...any) (Tag, error)
	// collect runs a statement whose whole result is wanted, or with a nil sink
	// none of it.
	collect(ctx context.Context, sql string, args []any, into *sink) (Tag, error)
	// occupy makes a connection busy, until the function that it returns is called.
	occupy(ctx context.Context, what string) (*Conn, func(), error)
}

// sink is where a whole result goes: to a taker, or, when there is none, the only
// row into a value of a Go type. Nothing on the way keeps a sink, so that it costs
// no allocation.
type sink struct {
	taker taker
	most  int          // bytes of them that are wanted; 0 for as many as may be held
	bytes int          // of the rows
	desc  *description // of the rows

	typ  reflect.Type
	mode scan.Mode
	plan *scan.Row
	cell *scan.Cell // the value, which the sink owns; nil while there is none
	n    int        // rows
}

// taker takes the rows of a whole result. It is used by one goroutine at a time.
type taker interface {
	// begin is told what the rows that follow are like: their description and
	// the formats that they come in, as a Bind has them. It may be called again
	// when the statement is run again; what came before counts no more.
	begin(d *description, formats []wire.Format) error
	// row takes the body of a DataRow, which is valid during the call. After an
	// error no more rows are given.
	row(body []byte) error
}

// begin is [taker.begin].
func (s *sink) begin(d *description, formats []wire.Format) error {
	s.desc, s.n, s.cell = d, 0, nil
	if s.taker != nil {
		return s.taker.begin(d, formats)
	}
	plan, err := d.plans(formats).rows.Row(s.typ, s.mode)
	if err == nil {
		s.plan, s.cell = plan, plan.Cell()
	}
	return err
}

// holds reports whether all rows are to be held in memory, of which there may be
// only so many.
func (s *sink) holds() bool {
	_, all := s.taker.(*wholeRows)
	return all
}

// row is [taker.row].
func (s *sink) row(body []byte) error {
	s.bytes += len(body)
	if s.taker != nil {
		return s.taker.row(body)
	}
	if s.n++; s.n > 1 {
		return ErrTooManyRows
	}
	return s.plan.ReadCell(s.cell, body)
}

// collect gives a whole result to a sink. Its own error ends the reading.
func (r *Rows) collect(into *sink) (Tag, error) {
	if into == nil {
		r.discard()
		return r.tag, r.err
	}
	var failed error
	for begun := false; r.Next(); {
		if !begun {
			begun, failed = true, r.begins(into)
		}
		if failed == nil {
			if failed = into.row(r.body); failed != nil {
				failed = r.misread(failed)
			}
			r.checked = true
		}
		if failed != nil {
			_ = r.Close()
			return r.tag, failed
		}
	}
	return r.tag, r.err
}

// begins tells a sink what the rows are like.
func (r *Rows) begins(into *sink) error {
	if r.op.stmt.desc == nil && !r.check() {
		return r.err
	}
	return into.begin(r.op.stmt.desc, r.op.formats)
}

func (c *Conn) collect(ctx context.Context, sql string, args []any, into *sink) (Tag, error) {
	if err := c.enter(ctx, "query"); err != nil {
		return Tag{}, err
	}
	return c.gather(ctx, sql, args, into)
}

// gather reads with the Rows that the connection keeps for this purpose, and makes
// it free.
func (c *Conn) gather(ctx context.Context, sql string, args []any, into *sink) (Tag, error) {
	defer c.leave() // only then others may use what is kept
	r := &c.rows
	*r = Rows{conn: c, ctx: ctx, op: op{name: "query", sql: sql, index: -1}, raw: r.raw, kept: true, unread: into == nil}
	defer func() { *r = Rows{raw: r.raw[:0]} }()
	r.start(c.cache.get(sql), args)
	return r.collect(into)
}

func (t *Tx) collect(ctx context.Context, sql string, args []any, into *sink) (Tag, error) {
	if err := t.enter(ctx, "query"); err != nil {
		return Tag{}, err
	}
	return t.conn.gather(ctx, sql, args, into)
}

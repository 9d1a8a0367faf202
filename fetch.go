package parley

import (
	"context"
	"errors"
	"time"

	"parley/internal/sqltext"
	"parley/wire"
)

// Fetch runs one statement and returns its rows as [DB.Query] does, for a result
// that is expected to be small. A statement that is fit for a lane, and was quick
// and its result small when it was run before, runs on one, as with [All]: its
// rows are held in memory, so that no connection is taken while they are read.
// Any other gets a connection of its own, which the DB has back at once when the
// result proves small, and else when its rows were read or are closed.
func (db *DB) Fetch(ctx context.Context, sql string, args ...any) *Rows {
	k := db.shared.get(sql)
	if k == nil {
		k = db.shared.put(sql)
	}
	if k == nil || k.Kind == sqltext.Other || db.lanes.max <= 0 || !k.cost.light() {
		return db.fetchAlone(ctx, k, sql, args)
	}
	var g wholeRows
	if k.Repeatable {
		g.most = fetchMost
	}
	tag, err := db.run(ctx, sql, args, &sink{taker: &g, most: g.most})
	if _, large := errors.AsType[tooLargeError](err); large && k.Repeatable && ctx.Err() == nil {
		return db.Query(ctx, sql, args...)
	}
	if g.desc == nil {
		g.desc = k.desc.Load() // there was no row
	}
	return g.open(ctx, sql, tag, err)
}

// fetchMost is how many bytes of a result Fetch holds that was expected to be
// small and is not. The statement is run again then, if that does no harm, and its
// result streamed.
const fetchMost = 16 * largeCall

// fetchAlone runs a statement on a connection of its own and reads ahead.
func (db *DB) fetchAlone(ctx context.Context, k *known, sql string, args []any) *Rows {
	began := time.Now()
	r := db.Query(ctx, sql, args...)
	bytes := 0
	if !r.done {
		bytes = r.readAhead(largeCall)
	}
	if k != nil && r.err == nil {
		k.cost.took(db.lanes.rtt.without(time.Since(began)), bytes)
	}
	return r
}

// readAhead reads the rows that come first, until there are more than so many
// bytes of them, and returns how many there are. When that is all of them, the
// connection is free.
func (r *Rows) readAhead(most int) (bytes int) {
	var ahead held
	for len(ahead.rows) <= most && r.Next() {
		ahead.add(r.body)
	}
	if r.done {
		r.conn, r.done = nil, false
	}
	r.held, r.flows, r.body = ahead.before(r.held), false, nil
	return len(ahead.rows)
}

// wholeRows is a taker that keeps rows as they came.
type wholeRows struct {
	most    int // bytes that it takes; 0 for any number
	desc    *description
	formats []wire.Format
	rows    held
}

func (g *wholeRows) begin(d *description, formats []wire.Format) error {
	g.desc, g.formats, g.rows = d, formats, held{}
	return nil
}

func (g *wholeRows) row(body []byte) error {
	if g.most > 0 && len(g.rows.rows)+len(body) > g.most {
		return tooLargeError(g.most)
	}
	g.rows.add(body)
	return nil
}

// open returns the rows, to be read.
func (g *wholeRows) open(ctx context.Context, sql string, tag Tag, err error) *Rows {
	if err != nil {
		return newRows(ctx, nil, sql).refuse(err)
	}
	var r struct {
		Rows
		of statement
	}
	r.of.sql, r.of.desc = sql, g.desc
	r.ctx, r.op = ctx, op{name: "query", sql: sql, index: -1, stmt: &r.of, formats: g.formats}
	r.held, r.tag = g.rows, tag
	return &r.Rows
}

// Describe returns what the server says about a statement without running it:
// the type OIDs of its parameters, and the columns of its rows, empty when it
// returns none. The statement is prepared for that, and kept for its use. Neither
// result may be changed.
func (c *Conn) Describe(ctx context.Context, sql string) (params []uint32, columns []Column, err error) {
	if err := c.enter(ctx, "describe"); err != nil {
		return nil, nil, err
	}
	defer c.leave()
	if st := c.cache.get(sql); st != nil && c.cache.hot(st) {
		return st.desc.params, st.desc.columns, nil
	}
	o := &op{name: "describe", sql: sql, index: -1, stmt: c.newStatement(sql)}
	c.line.Watch(ctx)
	if err := c.describeFirst(ctx, o); err != nil {
		c.cache.drop(o.stmt)
		return nil, nil, err
	}
	c.settle(o)
	return o.stmt.desc.params, o.stmt.desc.columns, nil
}

// Describe is [Conn.Describe] on a connection of its own. What the DB knows of a
// statement already, because it was run or described before, costs no exchange.
func (db *DB) Describe(ctx context.Context, sql string) (params []uint32, columns []Column, err error) {
	if d := db.shared.described(sql); d != nil {
		return d.params, d.columns, nil
	}
	err = db.with(ctx, func(c *Conn) error {
		params, columns, err = c.Describe(ctx, sql)
		return err
	})
	return params, columns, err
}

package parley

import (
	"context"
	"errors"

	"parley/internal/exchange"
	"parley/wire"
)

// Batch is a list of statements that are sent in one go and answered in their
// order. The zero Batch is empty.
type Batch struct {
	// Separate gives each statement a transaction of its own, so that one
	// that fails does not keep the others from being done. Otherwise all of
	// them are one transaction, unless they say otherwise.
	Separate bool

	items []batchItem
}

type batchItem struct {
	sql  string
	args []any
	take func(*Item) error
}

// Item is a row that a statement of a batch returned. It is valid while the
// function that got it runs.
type Item struct {
	rows Rows
}

// Index returns the number of the statement in the batch, from 0.
func (i *Item) Index() int { return i.rows.op.index }

// Columns is [Rows.Columns].
func (i *Item) Columns() []Column { return i.rows.Columns() }

// Raw is [Rows.Raw].
func (i *Item) Raw() [][]byte { return i.rows.Raw() }

// Format is [Rows.Format].
func (i *Item) Format(column int) int { return i.rows.Format(column) }

// Scan is [Rows.Scan].
func (i *Item) Scan(dest ...any) error { return i.rows.Scan(dest...) }

// Values is [Rows.Values].
func (i *Item) Values() ([]any, error) { return i.rows.Values() }

// Exec adds a statement whose rows are dropped.
func (b *Batch) Exec(sql string, args ...any) { b.items = append(b.items, batchItem{sql, args, nil}) }

// Query adds a statement, and what to do with each of its rows. The function is
// called while the reply is read; when it returns an error, the rest of the
// batch is read and dropped, and [Conn.Run] returns the error.
func (b *Batch) Query(each func(*Item) error, sql string, args ...any) {
	b.items = append(b.items, batchItem{sql, args, each})
}

// Len returns how many statements the batch has.
func (b *Batch) Len() int { return len(b.items) }

// BatchResult is what one statement of a batch gave.
type BatchResult struct {
	Tag Tag
	Err error // nil; a *ServerError; or ErrSkipped
}

// ErrSkipped is the error of a statement that was not run because one before it
// in the same transaction had failed.
var ErrSkipped = errors.New("not run, because a statement before it failed")

// Run sends a batch and reads all replies. It returns a result for each
// statement that was sent, and the first error, whose Index says which statement
// it is about.
func (c *Conn) Run(ctx context.Context, b *Batch) ([]BatchResult, error) {
	if err := c.enter(ctx, "batch"); err != nil {
		return nil, err
	}
	defer c.leave()
	r := &batchRun{c: c, ctx: ctx, b: b, ops: make([]*op, len(b.items)), done: make([]bool, len(b.items))}
	if err := r.describe(); err != nil {
		return nil, err
	}
	last, err := r.make()
	if err != nil {
		c.dropRequest()
		return nil, err
	}
	if last == nil {
		return nil, nil
	}
	c.prefaceSent()
	watch := c.line.Watch(ctx)
	err = c.send(last)
	if err == nil {
		err = c.follow(ctx, last, r.take)
	}
	if watch.Stop() {
		c.line.Resume(zeroTime)
	}
	return r.results(err)
}

// batchRun is a batch on its way.
type batchRun struct {
	c     *Conn
	ctx   context.Context
	b     *Batch
	ops   []*op
	done  []bool // the statement was run to its end
	item  Item
	index int   // of item
	stop  error // of a caller's function
}

// make makes the messages of all statements. A text that comes again is
// prepared once.
func (r *batchRun) make() (last *op, err error) {
	c := r.c
	if err := c.addPreface(); err != nil {
		return nil, err
	}
	fresh := map[string]*statement{}
	for i := range r.b.items {
		it := &r.b.items[i]
		o := &op{name: "batch", sql: it.sql, index: i}
		r.ops[i], last = o, o
		o.stmt = c.cache.get(it.sql)
		if o.stmt == nil && fresh[it.sql] != nil && fresh[it.sql].name != "" {
			o.stmt = fresh[it.sql]
			if err := c.addRest(o, it.args); err != nil {
				return nil, err
			}
		} else if err := r.first(o, fresh, it.args); err != nil {
			return nil, err
		}
		if r.b.Separate && i < len(r.b.items)-1 {
			if err := c.addSync(o); err != nil {
				return nil, err
			}
		}
	}
	if last != nil {
		err = c.addSync(last)
	}
	return last, err
}

// first makes the messages of a statement that the batch has not prepared.
func (r *batchRun) first(o *op, fresh map[string]*statement, args []any) error {
	c := r.c
	if o.stmt == nil {
		o.stmt = &statement{sql: o.sql}
		if !c.cache.off() {
			o.stmt.name = c.cache.name()
		}
		fresh[o.sql] = o.stmt
	}
	o.cold = !o.stmt.parsed
	return c.addStatement(o, args, 0)
}

// addRest makes Bind and Execute for a statement that is prepared earlier in the
// same flight.
func (c *Conn) addRest(o *op, args []any) error {
	o.cold = true // its columns were not known either
	if err := c.addBind(o.stmt, args); err != nil {
		return err
	}
	c.owe(exchange.PartBind, o, 0)
	if err := c.add(&wire.Execute{}); err != nil {
		return err
	}
	c.owe(exchange.PartExecute, o, -1)
	return nil
}

// describe learns the parameters of statements whose arguments cannot be
// written without, in one exchange for all of them.
func (r *batchRun) describe() error {
	c := r.c
	var last *op
	for i := range r.b.items {
		it := &r.b.items[i]
		if !needTypes(it.args) || c.cache.off() || c.cache.get(it.sql) != nil {
			continue
		}
		last = &op{name: "batch", sql: it.sql, index: i, cold: true}
		last.stmt = &statement{sql: it.sql, name: c.cache.name()}
		c.cache.put(last.stmt)
		if err := c.addParse(last); err != nil {
			c.dropRequest()
			return err
		}
	}
	if last == nil {
		return nil
	}
	if err := c.addSync(last); err != nil {
		c.dropRequest()
		return err
	}
	return c.exchange(r.ctx, last)
}

// take takes a message of the replies.
func (r *batchRun) take(a answer) error {
	if a.op == nil || a.op.index < 0 {
		return r.c.take(a)
	}
	it := &r.b.items[a.op.index]
	switch a.event {
	case exchange.Row:
		return r.row(it, a)
	case exchange.Complete, exchange.Empty:
		r.done[a.op.index] = true
	}
	return r.c.take(a)
}

func (r *batchRun) row(it *batchItem, a answer) error {
	if it.take == nil || r.stop != nil {
		return nil
	}
	r.item.rows.conn, r.item.rows.ctx = r.c, r.ctx
	r.item.rows.op = op{name: "batch", sql: a.op.sql, index: a.op.index, stmt: a.op.stmt, cold: a.op.cold}
	if err := r.item.rows.took(a.body); err != nil {
		return err
	}
	r.stop = it.take(&r.item)
	return nil
}

// results makes the results after the replies, and keeps or drops the
// statements.
func (r *batchRun) results(err error) ([]BatchResult, error) {
	out := make([]BatchResult, len(r.ops))
	for i, o := range r.ops {
		r.c.settle(o)
		out[i] = BatchResult{Tag: o.tag}
		switch {
		case o.err != nil:
			out[i].Err = o.err
			if err == nil {
				err = o.err
			}
		case !r.done[i]:
			out[i].Err = ErrSkipped
			if err != nil {
				out[i].Err = err
			}
		}
	}
	if err == nil {
		err = r.stop
	}
	return out, err
}

package parley

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"parley/internal/exchange"
	"parley/internal/sqltext"
	"parley/wire"
)

// batchRun is a batch on its way.
type batchRun struct {
	c    *Conn
	ctx  context.Context
	b    *Batch
	ops  []*op // of the items that were made
	item Item
	seen bool  // a caller's function has got a row
	stop error // of a caller's function
	late []lateRow
	size int // bytes of late rows

	dropped  bool                  // an item before drops all prepared statements
	fresh    map[string]*statement // that the cache does not have, by text
	prepares map[*statement]*op    // which item prepares a statement
	separate bool
	begin    string // BEGIN that travels with it
	made     []op   // where ops are
	again    *op    // the item before, when one of the same text needs no thought
}

func newBatchRun(ctx context.Context, c *Conn, b *Batch) *batchRun {
	return &batchRun{c: c, ctx: ctx, b: b, separate: b.Separate && !c.inTx(), begin: c.begin,
		fresh: map[string]*statement{}, prepares: map[*statement]*op{}}
}

// run sends the batch and reads the replies.
func (r *batchRun) run() ([]BatchResult, error) {
	c := r.c
	defer r.settle()
	if err := r.describe(); err != nil {
		return nil, err
	}
	if err := r.fit(); err != nil {
		return nil, err
	}
	r.made = make([]op, len(r.b.items))
	r.ops = make([]*op, 0, len(r.made))
	first := r.itemOp(0)
	last := first
	if err := c.dispatch(first, first, func() (err error) {
		last, err = r.make(first)
		return err
	}); err != nil {
		return nil, err
	}
	err := c.finish(r.ctx, last, r.take)
	if err == nil {
		err = r.catchUp()
	}
	return r.results(err)
}

// itemOp returns the request of an item that is being made.
func (r *batchRun) itemOp(i int) *op {
	o := &r.made[i]
	r.request(o, i)
	return o
}

// op returns a request about an item of its own.
func (r *batchRun) op(i int) *op {
	o := &op{}
	r.request(o, i)
	return o
}

// request fills in a request about an item.
func (r *batchRun) request(o *op, i int) {
	o.name, o.sql, o.index, o.inTx, o.begin = "batch", r.b.items[i].sql, i, r.c.inTx(), r.begin
}

// settle keeps or drops the statements that were prepared.
func (r *batchRun) settle() {
	for i, o := range r.ops {
		if o.err != nil || i == 0 || o.stmt != r.ops[i-1].stmt {
			r.c.settle(o)
		}
	}
	for _, st := range r.fresh {
		r.c.settle(&op{stmt: st})
	}
}

// stale reports whether the batch failed because of a stale statement, where
// sending it again is safe: all of it was undone, and nobody has seen any of it.
func (r *batchRun) stale() bool {
	if r.separate || r.seen {
		return false
	}
	for _, o := range r.ops {
		if o.err != nil {
			return o.stale()
		}
		switch sqltext.FirstWord(o.sql) {
		case "select", "values", "table", "with", "insert", "update", "delete", "merge":
		default:
			return false // it may have ended the transaction: COMMIT, a procedure
		}
	}
	return false
}

// make makes the messages of all statements. A text that comes again is
// prepared once.
func (r *batchRun) make(o *op) (last *op, err error) {
	c := r.c
	c.parts = slices.Grow(c.parts, 2*len(r.b.items)) // Bind and Execute
	for i := range r.b.items {
		if last = o; i > 0 {
			last = r.itemOp(i)
		}
		r.ops = append(r.ops, last)
		if err := r.makeItem(last, r.b.items[i].args); err != nil {
			return last, fmt.Errorf("statement %d of the batch: %w", i, err)
		}
		if r.separate || i == len(r.b.items)-1 {
			if err := c.addSync(last); err != nil {
				return last, err
			}
		}
	}
	return last, nil
}

var errCopyInBatch = errors.New("a COPY cannot be part of a batch; use CopyFrom or CopyTo")

func (r *batchRun) makeItem(o *op, args []any) error {
	if a := r.again; a != nil && a.sql == o.sql {
		o.stmt, o.cold, o.desc = a.stmt, a.cold, a.desc
		return r.c.addStatement(o, args, false)
	}
	word := sqltext.FirstWord(o.sql)
	if word == "copy" {
		return errCopyInBatch // in the middle of one the server takes no other message
	}
	o.stmt = r.statement(o.sql)
	r.c.consult(o)
	prepare := o.cold && (o.stmt.name == "" || r.prepares[o.stmt] == nil)
	if prepare {
		r.prepares[o.stmt] = o
	}
	r.again = o
	if word == "deallocate" || word == "discard" {
		r.dropped = true
		clear(r.fresh)
	}
	if r.dropped || o.stmt.name == "" {
		r.again = nil
	}
	return r.c.addStatement(o, args, prepare)
}

// statement returns the statement with a text: the cache's, or one of the batch.
func (r *batchRun) statement(sql string) *statement {
	if st := r.c.cache.get(sql); st != nil && !r.dropped {
		return st
	}
	st := r.fresh[sql]
	if st == nil {
		st = r.c.newStatement(sql)
		r.fresh[sql] = st
	}
	return st
}

// describe learns the parameters of statements whose arguments cannot be
// written without, in one exchange for all of them.
func (r *batchRun) describe() error {
	c := r.c
	var ops []*op
	for i := range r.b.items {
		it := &r.b.items[i]
		if r.fresh[it.sql] == nil && (c.styled || needTypes(it.args)) && c.cache.get(it.sql) == nil && c.told(it.sql) == nil {
			o := r.op(i)
			o.stmt = r.statement(it.sql)
			ops = append(ops, o)
		}
	}
	if len(ops) == 0 {
		return nil
	}
	err := c.dispatch(ops[0], ops[0], func() error {
		for _, o := range ops {
			if err := c.addParse(o); err != nil {
				return err
			}
			if err := c.addSync(o); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = c.finish(r.ctx, ops[0], c.take)
	}
	if err != nil {
		return err
	}
	return r.described(ops)
}

// fit looks up the types that statements are known to have to do with.
func (r *batchRun) fit() error {
	for i := range r.b.items {
		if i > 0 && r.b.items[i].sql == r.b.items[i-1].sql {
			continue
		}
		o := r.op(i)
		if o.stmt = r.c.cache.get(o.sql); o.stmt != nil {
			o.desc = o.stmt.desc
		} else {
			o.desc = r.c.told(o.sql)
		}
		if err := r.c.fit(r.ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// described looks at what the server said of each statement. One that it
// refused, perhaps because it needs what another of the batch makes, is tried
// again on its turn; its bytes are then sent as what they most likely are. In a
// transaction, which has failed by that, the error stands.
func (r *batchRun) described(ops []*op) error {
	for _, o := range ops {
		if o.err == nil {
			continue
		}
		if r.c.inTx() || o.err.SQL != o.sql {
			return o.err
		}
		r.c.cache.drop(o.stmt)
		for _, a := range r.b.items[o.index].args {
			oid := uint32(0)
			if _, ok := a.([]byte); ok {
				oid = 17 // bytea
			}
			o.stmt.guess = append(o.stmt.guess, oid)
		}
	}
	return nil
}

// take takes a message of the replies.
func (r *batchRun) take(a answer) error {
	switch {
	case a.op == nil || a.op.index < 0:
	case a.event == exchange.Row:
		return r.row(a)
	case a.event == exchange.Complete || a.event == exchange.Empty:
		a.op.done = true
	}
	return r.c.take(a)
}

// lateRow is a row that is handed over after the batch, because the types of it,
// or of one before it, have to be looked up first.
type lateRow struct {
	op   *op
	body []byte
}

func (r *batchRun) row(a answer) error {
	switch {
	case r.b.items[a.op.index].take == nil || r.stop != nil:
		return nil
	case len(r.late) == 0 && !r.c.shared.misfits(a.op.stmt.desc):
		r.give(a.op, a.body)
		return nil
	}
	if r.size += len(a.body); r.size > r.c.config.maxHeld() {
		r.stop = &OpError{Op: "batch", Sent: true, Err: fmt.Errorf("the results have types that were not known, and more than %d bytes (Config.MaxHeld)", r.c.config.maxHeld())}
		return nil
	}
	r.late = append(r.late, lateRow{a.op, bytes.Clone(a.body)})
	return nil
}

// catchUp hands over the rows that are late; those of a transaction that has
// failed, in which nothing can be looked up, are dropped.
func (r *batchRun) catchUp() error {
	if r.c.status == wire.TxFailed {
		return nil
	}
	for _, row := range r.late {
		row.op.desc = row.op.stmt.desc
		if err := r.c.fit(r.ctx, row.op); err != nil {
			return err
		}
		if r.stop == nil {
			r.give(row.op, row.body)
		}
	}
	return nil
}

// give hands over a row.
func (r *batchRun) give(o *op, body []byte) {
	r.seen = true
	r.item.rows.conn, r.item.rows.ctx, r.item.rows.op = r.c, r.ctx, *o
	r.item.rows.plans = plans{}
	r.item.rows.took(body)
	r.item.rows.pending = false
	returned := false
	defer r.c.panicked(&returned)
	r.stop = r.b.items[o.index].take(&r.item)
	returned = true
}

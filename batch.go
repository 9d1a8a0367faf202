package parley

import (
	"context"
	"errors"
)

// Batch is a list of statements that are sent in one go and answered in their
// order. The zero Batch is empty. A batch may be run again.
type Batch struct {
	// Separate gives each statement a transaction of its own, so that one
	// that fails does not keep the others from being done. Otherwise all of
	// them are one transaction, unless they say otherwise. Within a
	// transaction that was begun before, it means nothing.
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
// batch is done all the same, its rows are dropped, and [Conn.Run] returns the
// error.
func (b *Batch) Query(each func(*Item) error, sql string, args ...any) {
	b.items = append(b.items, batchItem{sql, args, each})
}

// Len returns how many statements the batch has.
func (b *Batch) Len() int { return len(b.items) }

// BatchResult is what one statement of a batch gave. In a batch that is one
// transaction, what a statement did is undone when another fails.
type BatchResult struct {
	Tag Tag
	Err error // nil; a *ServerError; ErrSkipped; or an *OpError, when there was no reply
}

// ErrSkipped is the error of a statement that was not run because one before it
// in the same transaction had failed.
var ErrSkipped = errors.New("not run, because a statement before it failed")

// Run sends a batch and reads all replies. It returns a result for each
// statement, if the batch was sent, and the first error, whose Index says which
// statement it is about.
//
// A statement that is stale, because the server has lost it or its result has
// changed since it was prepared, has the whole batch sent again, if that undoes
// nothing and repeats nothing.
func (c *Conn) Run(ctx context.Context, b *Batch) ([]BatchResult, error) {
	if err := c.enter(ctx, "batch"); err != nil {
		return nil, err
	}
	defer c.leave()
	if b == nil || len(b.items) == 0 {
		return nil, nil
	}
	c.line.Watch(ctx)
	r := newBatchRun(ctx, c, b)
	results, err := r.run()
	if _, complete := err.(*ServerError); complete && r.stale() {
		err = c.again(r.begin, func() (err error) {
			results, err = newBatchRun(ctx, c, b).run()
			return err
		})
	}
	var last Tag
	if err == nil {
		last = results[len(results)-1].Tag
	}
	c.traceOutcome(last, err)
	return results, err
}

// results makes the results after the replies.
func (r *batchRun) results(lost error) ([]BatchResult, error) {
	out := make([]BatchResult, len(r.ops))
	first := lost
	for i, o := range r.ops {
		out[i].Tag = o.tag
		switch {
		case o.err != nil:
			out[i].Err = r.blame(o)
			if first == nil {
				first = out[i].Err
			}
		case o.done:
		case lost != nil:
			out[i].Err = lost
		default:
			out[i].Err = ErrSkipped
		}
	}
	if first == nil {
		first = r.stop
	}
	return out, first
}

// blame returns the error of a statement: where it failed for want of a
// statement that another of the same text was to prepare, it is why that failed.
func (r *batchRun) blame(o *op) *ServerError {
	by := r.prepares[o.stmt]
	if by == nil || by == o || by.err == nil || o.err.Code != "26000" {
		return o.err
	}
	e := *by.err
	e.Index = o.index
	return &e
}

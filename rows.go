package parley

import (
	"context"
	"fmt"

	"parley/internal/exchange"
	"parley/wire"
)

// Rows is the result of a statement, read row by row. It belongs to one
// goroutine.
type Rows struct {
	conn  *Conn
	ctx   context.Context
	watch exchange.Watch
	op    op

	row      wire.RowReader // of the row at hand
	body     []byte         // of the row at hand
	raw      [][]byte
	pending  bool // the row at hand was read ahead, and Next has yet to give it
	executed bool // a row has come
	done     bool // the reply is complete
	tag      Tag
	err      error
}

// Next moves to the next row, and reports whether there is one. It returns
// false at the end and when something went wrong, which Err tells apart.
func (r *Rows) Next() bool {
	if r.pending {
		r.pending = false
		return true
	}
	if r.done {
		return false
	}
	if err := r.advance(); err != nil {
		r.fail(err)
		return false
	}
	if r.done {
		r.end()
		return false
	}
	r.pending = false
	return true
}

// took takes a row, and checks that it is whole.
func (r *Rows) took(body []byte) error {
	r.body, r.pending = body, true
	r.raw = r.raw[:0]
	row := wire.ReadRow(body)
	for v, ok := row.Next(); ok; v, ok = row.Next() {
		r.raw = append(r.raw, v)
	}
	if err := row.Err(); err != nil {
		return r.conn.line.Break(err)
	}
	if st := r.op.stmt; st.described && len(r.raw) != len(st.columns) {
		return r.conn.line.Break(fmt.Errorf("the server sent a row of %d columns where it described %d", len(r.raw), len(st.columns)))
	}
	return nil
}

// end makes the connection free after a reply that is complete.
func (r *Rows) end() {
	c := r.conn
	if r.watch.Stop() {
		c.line.Resume(zeroTime)
	}
	c.settle(&r.op)
	r.tag = r.op.tag
	if r.err == nil && r.op.err != nil {
		r.err = r.op.err
	}
	r.release()
}

// fail ends the rows with an error.
func (r *Rows) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	if r.watch.Stop() {
		r.conn.line.Resume(zeroTime)
	}
	r.release()
}

func (r *Rows) release() {
	r.done, r.pending = true, false
	r.body, r.raw = nil, nil
	r.conn.leave()
}

// discard reads to the end.
func (r *Rows) discard() {
	for !r.done {
		r.Next()
	}
}

// drainAtMost is how many bytes of a result Close reads before it cancels the
// statement instead.
const drainAtMost = 256 << 10

// Close ends the reading of rows early and makes the connection free. What is
// left of a short result is read and dropped; a longer one is cancelled on the
// server, in which case the transaction around it, if there is one, has
// failed. Close returns the error of the statement, if it had one. Closing
// after the end does nothing.
func (r *Rows) Close() error {
	read := 0
	for !r.done && read < drainAtMost {
		r.Next()
		read += len(r.body)
	}
	if r.done {
		return r.err
	}
	c := r.conn
	interrupted := r.watch.Stop()
	r.watch = exchange.Watch{}
	if interrupted {
		c.line.Resume(zeroTime)
	}
	if err := c.rescue(r.ctx, &r.op); err != nil {
		_ = c.line.Break(fmt.Errorf("%w: %w", errInterruptedByClose, err))
	}
	r.op.err = nil
	r.end()
	return r.err
}

// Err returns what went wrong, or nil. It is final once Next has returned
// false.
func (r *Rows) Err() error { return r.err }

// Tag returns the command tag, once Next has returned false.
func (r *Rows) Tag() Tag { return r.tag }

// Columns returns the columns of the rows. They must not be changed.
func (r *Rows) Columns() []Column {
	if r.op.stmt == nil {
		return nil
	}
	return r.op.stmt.columns
}

// Raw returns the values of the row at hand as they came, nil for NULL, each in
// the format that Format tells. They are valid until the next call of Next.
func (r *Rows) Raw() [][]byte { return r.raw }

// Format returns the format of a column: 0 for text, 1 for binary.
func (r *Rows) Format(column int) int { return int(r.format(column)) }

func (r *Rows) format(column int) wire.Format {
	if r.op.cold {
		return wire.TextFormat // the columns were not known when the formats were asked for
	}
	f := r.op.stmt.formats
	switch {
	case len(f) == 1:
		return f[0]
	case column < len(f):
		return f[column]
	}
	return wire.TextFormat
}

// Scan copies the values of the row at hand into variables, one for each
// column. A value that a variable cannot hold, NULL included, is an error that
// names the column and the types.
func (r *Rows) Scan(dest ...any) error {
	if r.body == nil || r.done {
		return fmt.Errorf("scan: there is no row; call Next first")
	}
	cs := r.Columns()
	if len(dest) != len(cs) {
		return fmt.Errorf("scan: %d variables for %d columns", len(dest), len(cs))
	}
	for i, d := range dest {
		if err := scan(d, cs[i].Type, r.format(i), r.raw[i]); err != nil {
			return fmt.Errorf("scan: column %q (number %d): %w", cs[i].Name, i+1, err)
		}
	}
	return nil
}

// Values returns the values of the row at hand, each as the Go type that suits
// it best; nil for NULL.
func (r *Rows) Values() ([]any, error) {
	values := make([]any, len(r.raw))
	dest := make([]any, len(r.raw))
	for i := range values {
		dest[i] = &values[i]
	}
	return values, r.Scan(dest...)
}

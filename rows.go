package parley

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"parley/internal/exchange"
	"parley/internal/scan"
	"parley/internal/sqltext"
	"parley/wire"
)

// Rows is the result of a statement, read row by row. It belongs to one
// goroutine.
type Rows struct {
	conn *Conn // nil when all rows are held
	ctx  context.Context
	op   op

	body    []byte   // of the row at hand
	raw     [][]byte // of the row at hand, once split
	split   bool
	checked bool        // whoever read the row has seen that it is one
	plans   plans       // for the rows
	memory  scan.Memory // of their strings
	held    held        // rows that were read ahead
	pending bool        // the row at hand was read ahead, and Next has yet to give it
	done    bool        // the reply is complete
	kept    bool        // by the connection, which stays busy at the end
	unread  bool        // nobody wants the rows
	flows   bool        // rows come one after another, and may be there already
	tag     Tag
	err     error
	freed   func() // gives the connection back; nil when it is the caller's
}

// Next moves to the next row, and reports whether there is one. It returns
// false at the end and when something went wrong, which Err tells apart.
func (r *Rows) Next() bool {
	if r.pending {
		r.pending = false
		return true
	}
	if r.done || !r.checked && r.body != nil && !r.check() {
		return false
	}
	if r.flows {
		if body, ok := r.conn.line.NextOf('D'); ok {
			r.took(body)
			r.pending = false
			return true
		}
	}
	if body := r.held.next(); body != nil {
		r.took(body)
		r.pending = false
		return true
	}
	if r.conn == nil { // all of them were held
		r.release()
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

// took takes a row.
func (r *Rows) took(body []byte) {
	r.body, r.split, r.checked, r.pending = body, false, false, true
}

// end makes the connection free after a reply that is complete.
func (r *Rows) end() {
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
	r.release()
}

func (r *Rows) release() {
	r.done, r.pending = true, false
	clear(r.raw) // of the read buffer, which may be large
	r.body, r.raw = nil, r.raw[:0]
	if r.conn == nil {
		return
	}
	r.conn.settle(&r.op)
	r.conn.traceOutcome(r.tag, r.err)
	if !r.kept {
		r.conn.leave()
	}
	r.free()
}

// discard reads to the end.
func (r *Rows) discard() {
	for !r.done {
		r.Next()
	}
}

// How much of a result Close reads before it cancels the statement instead.
const (
	drainBytes = 256 << 10
	drainTime  = 20 * time.Millisecond
)

// Close ends the reading of rows early and makes the connection free. What is
// left of the result is read and dropped; but a SELECT outside a transaction
// whose result is long is cancelled on the server, which is cheaper. (A
// cancelled statement would undo what it has changed, and fail the transaction
// around it.) Close returns the error of the statement, if it had one. Closing
// after the end does nothing.
func (r *Rows) Close() error {
	if r.done {
		return r.err
	}
	if r.conn == nil {
		r.release()
		return r.err
	}
	if r.op.cursor != nil {
		return r.closeCursor()
	}
	if r.op.inTx || !harmless(r.op.sql) || r.conn.config.cancelTimeout() < 0 {
		r.discard()
		return r.err
	}
	c := r.conn
	c.line.Unwatch()
	c.line.ReadBy(time.Now().Add(drainTime))
	err := r.skim()
	c.line.ReadBy(zeroTime)
	if err == exchange.ErrInterrupted {
		if err = c.rescue(r.ctx); err == nil && r.op.err != nil && r.op.err.Code == queryCanceled {
			r.op.err = nil // this was us
		}
	}
	switch {
	case err == nil:
		r.end()
	default:
		_ = c.line.Break(fmt.Errorf("%w: %w", errClosedEarly, err))
		r.fail(c.wrap(&r.op, err))
	}
	return r.err
}

// queryCanceled is the SQLSTATE of a statement that was cancelled.
const queryCanceled = "57014"

var errClosedEarly = errors.New("while closing rows before their end")

// skim reads and drops what is left of the result, if it is not much; else it
// returns ErrInterrupted.
func (r *Rows) skim() error {
	c := r.conn
	for read := 0; c.queue.Len() > 0; {
		if read > drainBytes {
			return exchange.ErrInterrupted
		}
		a, err := c.read()
		if err == nil {
			err = c.take(a)
		}
		if err != nil {
			return err
		}
		read += len(a.body)
	}
	return nil
}

// harmless reports whether a statement only reads, as far as its first word
// tells.
func harmless(sql string) bool {
	switch sqltext.FirstWord(sql) {
	case "select", "values", "table":
		return true
	}
	return false
}

// Err returns what went wrong, or nil. It is final once Next has returned
// false.
func (r *Rows) Err() error { return r.err }

// Tag returns the command tag, once Next has returned false.
func (r *Rows) Tag() Tag { return r.tag }

// Columns returns the columns of the rows. They must not be changed.
func (r *Rows) Columns() []Column {
	return r.op.stmt.columns()
}

// Raw returns the values of the row at hand as they came, nil for NULL, each in
// the format that Format tells. They are valid until the next call of Next.
func (r *Rows) Raw() [][]byte {
	if r.body == nil || r.pending {
		return nil
	}
	if !r.split && !r.check() {
		return nil
	}
	return r.raw
}

// check splits the row at hand, and reports whether it is as it was described.
func (r *Rows) check() bool {
	r.raw, r.split, r.checked = r.raw[:0], true, true
	row := wire.ReadRow(r.body)
	for v, ok := row.Next(); ok; v, ok = row.Next() {
		r.raw = append(r.raw, v)
	}
	err := row.Err()
	if n := len(r.op.stmt.columns()); err == nil && len(r.raw) != n {
		err = fmt.Errorf("the server sent a row of %d columns where it described %d", len(r.raw), n)
	}
	if err != nil {
		r.distrust(err)
	}
	return err == nil
}

// Format returns the format of a column: 0 for text, 1 for binary.
func (r *Rows) Format(column int) int { return int(formatOf(r.op.formats, column)) }

// Scan copies the values of the row at hand into variables, one for each
// column. A value that a variable cannot hold, NULL included, is a
// [*ColumnError]. The value of a column whose variable is nil is passed over.
//
// Strings, byte slices and slices of numbers share memory with those of
// neighbouring rows, so that one of them may keep up to 64 KB of others alive. See the package
// documentation for what goes into what.
func (r *Rows) Scan(dest ...any) error {
	if r.body == nil || r.pending {
		return errors.New("scan: there is no row; call Next first")
	}
	how, err := r.how()
	if err != nil {
		return err
	}
	if err := how.dests.Read(&r.memory, r.body, dest); err != nil {
		return fmt.Errorf("scan: %w", r.misread(err))
	}
	r.checked = true
	return nil
}

// how returns the plans for the rows.
func (r *Rows) how() (*plans, error) {
	if r.plans.rows == nil {
		if r.op.stmt.desc == nil && !r.check() {
			return nil, r.err
		}
		r.plans = r.op.stmt.desc.plans(r.op.formats)
	}
	return &r.plans, nil
}

// misread makes the error of a row that was not read as its reader wishes. When
// the row is not what it should be, the connection cannot be trusted.
func (r *Rows) misread(err error) error {
	if isStaleType(err) {
		r.op.stmt.desc.outdated()
	}
	if _, ok := errors.AsType[*scan.ShapeError](err); ok {
		r.distrust(err)
	}
	return valueError(err)
}

// distrust ends the rows, and the connection with them.
func (r *Rows) distrust(err error) {
	if r.conn == nil {
		r.fail(err)
		return
	}
	r.fail(r.conn.wrap(&r.op, r.conn.line.Break(err)))
}

// Values returns the values of the row at hand, each as the Go type that suits
// it best, as [pgtype.Value] has it; nil for NULL.
func (r *Rows) Values() ([]any, error) {
	if r.body == nil || r.pending {
		return nil, errors.New("values: there is no row; call Next first")
	}
	var values []any
	plan, err := r.plan(reflect.TypeFor[[]any](), scan.Strict)
	if err == nil {
		err = r.read(plan, scan.PointerTo(&values))
	}
	return values, err
}

// plan returns the plan that reads the rows into a Go type.
func (r *Rows) plan(typ reflect.Type, mode scan.Mode) (*scan.Row, error) {
	how, err := r.how()
	if err != nil {
		return nil, err
	}
	plan, err := how.rows.Row(typ, mode)
	return plan, valueError(err)
}

// read reads the row at hand into memory.
func (r *Rows) read(plan *scan.Row, p scan.Pointer) error {
	if err := plan.Read(&r.memory, r.body, p); err != nil {
		return r.misread(err)
	}
	r.checked = true
	return nil
}

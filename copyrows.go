package parley

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"

	"parley/internal/exchange"
	"parley/internal/scan"
	"parley/pgtype"
	"parley/wire"
)

// CopyIn stores rows in a table by COPY, the fastest way there is, and returns
// how many. It is all or nothing: an error of the sequence, of a value or of the
// server leaves nothing stored.
//
// The table is named as in SQL ("users", "app.users"; see [Identifier]). T is a
// struct whose fields go into the columns of their names, as [One] reads them;
// columns without a field get their defaults, a field without a column is an
// error unless the Queryer is [Lenient]. With columns given, only these are
// stored; so is a T that is no struct, in one column, and so are the fields of
// one in their order with [ByPosition]. A []any, or another slice where there are
// several columns, such as the []string of a CSV file, has a value for each column.
//
// Rows are sent in binary, or as text when a column's type or a Go type has no
// binary form. While the sequence is read the connection is busy.
func CopyIn[T any](ctx context.Context, q Queryer, table string, rows iter.Seq2[T, error], columns ...string) (int64, error) {
	c, leave, err := q.occupy(ctx, "copy")
	if err != nil {
		return 0, err
	}
	defer leave()
	d, err := c.describeCopy(ctx, copySelect(table, columns))
	if err != nil {
		return 0, err
	}
	w, sql, err := copyPlan(d, table, reflect.TypeFor[T](), modeOf(q), len(columns) > 0)
	if err != nil {
		return 0, fmt.Errorf("copy: %w", valueError(err))
	}
	in := &rowsIn[T]{c: c, ctx: ctx, from: rows, plan: w}
	o := &op{name: "copy", sql: sql, index: -1}
	err = c.runSimple(ctx, o, in.take)
	if in.err != nil && (err == nil || o.err != nil) {
		err = in.err
	}
	c.traceOutcome(o.tag, err)
	return o.tag.Rows(), err
}

// copySelect returns the statement whose description is that of the columns.
func copySelect(table string, columns []string) string {
	if len(columns) == 0 {
		return "select * from " + table + " limit 0"
	}
	return "select " + identifiers(columns) + " from " + table + " limit 0"
}

func identifiers(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = Identifier(n)
	}
	return strings.Join(quoted, ", ")
}

// describeCopy asks what the columns of a statement are like. It asks each time:
// in COPY nobody notices that a table was changed meanwhile.
func (c *Conn) describeCopy(ctx context.Context, sql string) (*description, error) {
	o := &op{name: "copy", sql: sql, index: -1, stmt: &statement{sql: sql}}
	c.line.Watch(ctx)
	defer c.line.Unwatch()
	err := c.sendParse(o)
	if err == nil {
		err = c.finish(ctx, o, c.take)
	}
	if err == nil && o.err != nil {
		err = o.err
	}
	if err != nil {
		return nil, err
	}
	if o.stmt.desc == nil || len(o.stmt.desc.columns) == 0 {
		return nil, errors.New("copy: there are no columns")
	}
	return c.fitted(ctx, sql, o.stmt.desc)
}

// copyPlan makes the plan for rows in binary, or else in text, and the statement
// that takes them.
func copyPlan(d *description, table string, typ reflect.Type, mode scan.Mode, given bool) (*scan.RowWriter, string, error) {
	var cols []scan.Column
	for _, c := range d.columns {
		cols = append(cols, scan.Column{Name: c.Name, Type: d.types.Type(c.Type)})
	}
	if !given && mode&scan.ByPosition == 0 {
		cols = scan.Sources(cols, typ)
	}
	format := "binary"
	w, err := scan.CompileRowWrite(d.types, cols, typ, pgtype.Binary, mode)
	if scan.IsNoForm(err) {
		format = "text"
		w, err = scan.CompileRowWrite(d.types, cols, typ, pgtype.Text, mode)
	}
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.Name
	}
	return w, fmt.Sprintf("copy %s (%s) from stdin (format %s)", table, identifiers(names), format), err
}

// rowsIn sends rows.
type rowsIn[T any] struct {
	c     *Conn
	ctx   context.Context
	from  iter.Seq2[T, error]
	plan  *scan.RowWriter
	began bool
	err   error // of from, or of a value, or the end of ctx
}

func (in *rowsIn[T]) take(a answer) error {
	if a.event != exchange.CopyIn || in.began {
		return in.c.take(a)
	}
	in.began = true
	line := in.c.line
	line.Beside()
	defer line.Alone()
	buf, reason, err := in.send()
	switch {
	case err != nil:
		return err
	case reason != "":
		return in.c.refuseCopy(reason)
	case line.Arrived():
	default:
		if err := in.flush(in.plan.End(buf)); err != nil {
			return err
		}
	}
	return in.c.endCopy(&wire.CopyDone{}) // one that has failed passes over it
}

// send sends rows until there are no more, or until the server has failed the
// COPY. It returns what is not sent yet, or why the COPY is to be failed.
func (in *rowsIn[T]) send() (buf []byte, reason string, err error) {
	returned := false
	defer in.c.panicked(&returned)
	buf = in.plan.Begin(make([]byte, dataHead, copyChunk+copyChunk/4))
	v := new(T) // one for all rows
	for row, failed := range in.from {
		if in.err = failed; failed != nil {
			reason = "the client could not make its rows"
			break
		}
		*v = row
		if buf, in.err = in.plan.Append(buf, scan.PointerTo(v)); in.err != nil {
			in.err, reason = fmt.Errorf("copy: %w", valueError(in.err)), "the client could not write a row"
			break
		}
		if len(buf) < copyChunk {
			continue
		}
		if in.ctx.Err() != nil || in.c.line.Arrived() {
			break
		}
		if err = in.flush(buf); err != nil {
			break
		}
		buf = buf[:dataHead]
	}
	if in.ctx.Err() != nil && reason == "" {
		in.err, reason = gaveUp(in.ctx), "the client gave up"
	}
	returned = true
	return buf, reason, err
}

// dataHead is how many bytes of a CopyData come before the data.
const dataHead = 5

// flush sends data, before which there is room for the head of a message.
func (in *rowsIn[T]) flush(buf []byte) error {
	n := len(buf) - 1
	if n > maxBind {
		return in.c.line.Break(errors.New("a row has more than 1 GB"))
	}
	copy(buf, []byte{'d', byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
	_, err := in.c.line.Write(buf)
	return err
}

// CopyOut returns the rows of a query (also "table users") by COPY, the fastest
// way there is for many, each read as [One] reads it. The query has no arguments.
// The statement is run when the loop begins. When the loop is left early, it is
// cancelled; in a transaction, which that would fail, the rest is read and dropped.
// While the rows are read the connection is busy. After an error there are no
// more rows. Memory is shared as in [All].
func CopyOut[T any](ctx context.Context, q Queryer, sql string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		out := &rowsOut[T]{yield: yield, value: new(T)}
		if err := out.run(ctx, q, sql); err != nil && !out.left {
			var none T
			yield(none, err)
		}
	}
}

// rowsOut takes rows.
type rowsOut[T any] struct {
	c      *Conn
	plan   *scan.Row
	binary bool
	memory scan.Memory
	value  *T // one for all rows, which is copied
	yield  func(T, error) bool
	rest   []byte // data that is no whole row yet
	row    []byte // made of a line of text
	began  bool
	ended  bool // the trailer has come
	inTx   bool
	over   bool  // no more rows are wanted
	left   bool  // because the loop was left
	err    error // of a row
}

func (out *rowsOut[T]) run(ctx context.Context, q Queryer, sql string) error {
	c, leave, err := q.occupy(ctx, "copy")
	if err != nil {
		return err
	}
	defer leave()
	out.c = c
	d, err := c.describeCopy(ctx, sql)
	if err != nil {
		return err
	}
	format, formats := "text", []wire.Format(nil)
	if len(d.formats) == 1 { // all of them in binary
		format, formats, out.binary = "binary", d.formats, true
	}
	if out.plan, err = d.plans(formats).rows.Row(reflect.TypeFor[T](), modeOf(q)); err != nil {
		return fmt.Errorf("copy: %w", valueError(err))
	}
	out.inTx = c.inTx()
	inner := strings.TrimRight(sql, "; \t\r\n")
	o := &op{name: "copy", sql: fmt.Sprintf("copy (%s\n) to stdout (format %s)", inner, format), index: -1} // it may end in a comment
	err = c.runSimple(ctx, o, out.take)
	if out.err != nil && (err == nil || o.err != nil) {
		if err = fmt.Errorf("copy: %w", valueError(out.err)); isStaleType(out.err) {
			d.outdated()
		}
	}
	c.traceOutcome(o.tag, err)
	return err
}

func (out *rowsOut[T]) take(a answer) error {
	if a.event != exchange.CopyData || out.over {
		return out.c.take(a)
	}
	returned := false
	defer out.c.panicked(&returned)
	err := out.data(a.body)
	for err == nil && !out.over {
		body, ok := out.c.line.NextOf('d')
		if !ok {
			break
		}
		err = out.data(body)
	}
	returned = true
	return err
}

// data takes a piece of the data. The server makes one of each row, which then
// need not be measured before it is read.
func (out *rowsOut[T]) data(data []byte) error {
	if out.binary && out.began && len(out.rest) == 0 && !out.ended {
		err := out.plan.Read(&out.memory, data, scan.PointerTo(out.value))
		if _, other := err.(*scan.ShapeError); !other {
			return out.give(err)
		}
	}
	if len(out.rest) > 0 {
		out.rest = append(out.rest, data...)
		data = out.rest
	}
	left, err := out.rows(data)
	out.rest = append(out.rest[:0], left...)
	return err
}

// rows gives the rows that data begins with, and returns what is left of it.
func (out *rowsOut[T]) rows(data []byte) ([]byte, error) {
	for len(data) > 0 && !out.ended {
		body, n, err := out.next(data)
		switch {
		case err != nil:
			return nil, out.c.line.Break(err)
		case n == 0:
			return data, nil
		}
		if data = data[n:]; body == nil {
			continue
		}
		if err := out.give(out.plan.Read(&out.memory, body, scan.PointerTo(out.value))); err != nil || out.over {
			return nil, err
		}
	}
	return nil, nil
}

// give gives a row that was read, or not.
func (out *rowsOut[T]) give(failed error) error {
	if out.err = failed; failed != nil {
		return out.stop()
	}
	if !out.yield(*out.value, nil) {
		out.left = true
		return out.stop()
	}
	return nil
}

// stop ends the rows.
func (out *rowsOut[T]) stop() error {
	if out.over = true; out.inTx {
		return nil
	}
	return errStop
}

var errNoCopy = errors.New("the server sent data that is no COPY in the format asked for")

// next returns the body of the first row in data, nil for what is none, and how
// many bytes it takes; 0 when there is not yet all of it.
func (out *rowsOut[T]) next(data []byte) (body []byte, n int, err error) {
	if !out.binary {
		return out.line(data)
	}
	if !out.began {
		n, err = scan.CopyHeader(data)
		out.began = n > 0
		return nil, n, err
	}
	n, out.ended, err = scan.TupleSize(data)
	if out.ended || n == 0 {
		return nil, n, err
	}
	return data[:n:n], n, err
}

// line returns the first line of text as the body of a row.
func (out *rowsOut[T]) line(data []byte) ([]byte, int, error) {
	end := slices.Index(data, '\n') // one within a value has a backslash and an n instead
	if end < 0 {
		return nil, 0, nil
	}
	var ok bool
	if out.row, ok = scan.AppendLine(out.row[:0], data[:end]); !ok {
		return nil, 0, errNoCopy
	}
	return out.row, end + 1, nil
}

// occupy makes the connection busy.
func (c *Conn) occupy(ctx context.Context, what string) (*Conn, func(), error) {
	if err := c.enter(ctx, what); err != nil {
		return nil, nil, err
	}
	return c, c.leave, nil
}

func (t *Tx) occupy(ctx context.Context, what string) (*Conn, func(), error) {
	if err := t.enter(ctx, what); err != nil {
		return nil, nil, err
	}
	return t.conn, t.conn.leave, nil
}

func (db *DB) occupy(ctx context.Context, what string) (*Conn, func(), error) {
	p, err := db.pool.acquire(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := p.conn.enter(ctx, what); err != nil {
		db.pool.release(p)
		return nil, nil, err
	}
	return p.conn, func() { p.conn.leave(); db.pool.release(p) }, nil
}

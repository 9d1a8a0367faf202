package scan

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"sync/atomic"

	"parley/pgtype"
	"parley/wire"
)

// Column is a column of a result.
type Column struct {
	Name   string
	Type   *pgtype.Type // nil when it is not known
	Format pgtype.Format
}

// Mode says how columns and the fields of a struct are brought together.
type Mode uint8

// The modes. They can be combined.
const (
	Strict     Mode = 0
	Lenient    Mode = 1 << iota // columns without a field and fields without a column are passed over
	ByPosition                  // columns go into fields in their order, whatever their names
)

// Row is a plan that reads rows into values of one Go type. It is safe for
// concurrent use, and immutable but for the spare cell.
type Row struct {
	cols   []column
	typ    reflect.Type
	before func(body []byte, p Pointer) // makes what the columns go into; nil for none
	plain  bool                         // all columns are read by opcodes
	spare  atomic.Pointer[Cell]
}

// column is where one column of a row goes.
type column struct {
	op   opcode
	off  uintptr
	fn   readFunc              // nil with an opcode
	null func(p Pointer) error // p is that of the row and off
	of   Column
	typ  reflect.Type
}

// Read reads a row from the body of a DataRow into the memory at p, which must
// point to a variable of the type that the plan was compiled for.
func (r *Row) Read(m *Memory, body []byte, p Pointer) error {
	if len(body) < 2 || int(binary.BigEndian.Uint16(body)) != len(r.cols) {
		return misshapen(body, len(r.cols))
	}
	if r.before != nil {
		r.before(body, p)
	}
	rest := body[2:]
	for i := range r.cols {
		c := &r.cols[i]
		if len(rest) < 4 {
			return misshapen(body, len(r.cols))
		}
		n := int(int32(binary.BigEndian.Uint32(rest)))
		rest = rest[4:]
		at := p.Add(c.off)
		if uint(n) > uint(len(rest)) { // or negative
			if n != -1 {
				return misshapen(body, len(r.cols))
			}
			if err := c.null(at); err != nil {
				return columnError(c.of, i+1, c.typ, err)
			}
			continue
		}
		b := rest[:n]
		rest = rest[n:]
		switch {
		case c.op == op64 && len(b) == 8:
			*At[uint64](at) = binary.BigEndian.Uint64(b)
		case c.op == op32 && len(b) == 4:
			*At[uint32](at) = binary.BigEndian.Uint32(b)
		case c.op == opString:
			*At[string](at) = m.String(b)
		case c.op == opBool && len(b) == 1 && b[0] <= 1:
			*At[bool](at) = b[0] == 1
		default:
			if err := c.read(m, b, at); err != nil {
				return columnError(c.of, i+1, c.typ, err)
			}
		}
	}
	if len(rest) != 0 {
		return misshapen(body, len(r.cols))
	}
	return nil
}

func (c *column) read(m *Memory, b []byte, p Pointer) error {
	if c.op != opFunc {
		return c.op.read(m, b, p)
	}
	return c.fn(m, b, p)
}

// misshapen says what is wrong with the body of a row.
func misshapen(body []byte, width int) error {
	row := wire.ReadRow(body)
	if n := row.Len(); n != width && len(body) >= 2 {
		return &ShapeError{fmt.Errorf("the server sent a row of %d columns where it described %d", n, width)}
	}
	for _, ok := row.Next(); ok; _, ok = row.Next() {
	}
	return &ShapeError{cmp.Or(row.Err(), errMalformed)}
}

// CompileRow makes the plan that reads rows of the columns into a Go type: a
// struct by names, or ByPosition; a map by names; []any; and when there is only
// one column, anything that its value goes into.
func CompileRow(c *pgtype.Catalog, cols []Column, typ reflect.Type, mode Mode) (*Row, error) {
	r := &Row{typ: typ, cols: make([]column, len(cols))}
	for i, of := range cols {
		r.cols[i] = column{of: of, typ: typ}
	}
	k := &rowCompiler{Row: r, catalog: c, mode: mode}
	var err error
	switch {
	case k.byFields():
		err = k.structs()
	case typ.Kind() == reflect.Map && typ.Key().Kind() == reflect.String:
		err = k.maps()
	case typ == reflect.TypeFor[[]any]():
		err = k.slices()
	case len(cols) == 1:
		err = k.place(0, typ, 0)
	default:
		err = fmt.Errorf("%d columns cannot be read into one %s; use a struct, a map or []any", len(cols), typ)
	}
	r.plain = r.before == nil && !slices.ContainsFunc(r.cols, func(c column) bool { return c.op == opFunc })
	return r, err
}

type rowCompiler struct {
	*Row
	catalog *pgtype.Catalog
	mode    Mode
	hops    []hopped // columns below embedded pointers
}

// byFields reports whether columns go into the fields of a struct. A single
// column that is a composite or JSON, and has not the name of a field, is the
// struct itself.
func (k *rowCompiler) byFields() bool {
	if k.typ.Kind() != reflect.Struct || isValue(k.typ) {
		return false
	}
	if len(k.cols) != 1 || k.mode&ByPosition != 0 {
		return true
	}
	t := k.cols[0].of.Type.Under()
	whole := t != nil && (t.Kind == pgtype.KindComposite || isJSON(t.Like))
	return !whole || find(fieldsOf(k.typ), k.cols[0].of.Name) >= 0
}

// place lets a column go into a Go type at an offset.
func (k *rowCompiler) place(i int, typ reflect.Type, off uintptr) error {
	c := &k.cols[i]
	r, err := CompileRead(k.catalog, c.of.Type, c.of.Format, typ)
	if err != nil {
		return columnError(c.of, i+1, typ, err)
	}
	c.op, c.fn, c.null, c.off, c.typ = r.op, r.fn, r.readNull, off, typ
	return nil
}

// pass lets a column go nowhere.
func (k *rowCompiler) pass(i int) {
	k.cols[i].op = opSkip
	k.cols[i].null = func(Pointer) error { return nil }
}

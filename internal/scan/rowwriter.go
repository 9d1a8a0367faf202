package scan

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"

	"parley/pgtype"
)

// RowWriter is a plan that writes values of one Go type as rows for COPY. It is
// immutable.
type RowWriter struct {
	cols   []outColumn
	format pgtype.Format
	typ    reflect.Type
	slices bool // of which a row is one, with an element for each column
}

// outColumn is where one column of a row comes from.
type outColumn struct {
	Writer
	off  uintptr
	hops []hop
	of   Column
	typ  reflect.Type
}

// CompileRowWrite makes the plan that writes a Go type as rows of the columns,
// for a COPY in a format: a struct by names, or ByPosition; and when there is
// only one column, anything that can be its value. A slice that is not such a value,
// []any among them, has an element for each column. The error of a type that has
// no binary form can be told by [IsNoForm].
func CompileRowWrite(c *pgtype.Catalog, cols []Column, typ reflect.Type, f pgtype.Format, mode Mode) (*RowWriter, error) {
	if len(cols) > math.MaxInt16 {
		return nil, fmt.Errorf("%d columns, at most %d can be copied", len(cols), math.MaxInt16)
	}
	k := &rowCompiler{Row: &Row{typ: typ, cols: make([]column, len(cols))}, mode: mode}
	for i, of := range cols {
		k.cols[i] = column{of: of}
	}
	w := &RowWriter{cols: make([]outColumn, len(cols)), format: f, typ: typ}
	if isRow(typ, len(cols)) {
		return w, w.byElements(c, cols)
	}
	if !k.byFields() {
		if len(cols) != 1 {
			return nil, fmt.Errorf("a %s cannot be written as %d columns; use a struct or []any", typ, len(cols))
		}
		return w, w.place(c, 0, cols[0], field{typ: typ})
	}
	fields, err := k.sources(cols)
	if err != nil {
		return nil, err
	}
	for i, of := range cols {
		if err := w.place(c, i, of, fields[i]); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// isRow reports whether a Go type is a row by itself.
func isRow(typ reflect.Type, columns int) bool {
	return typ == reflect.TypeFor[[]any]() || typ.Kind() == reflect.Slice && columns != 1 && !isBytes(typ) && !isValue(typ)
}

// byElements lets the elements of a slice go into columns in their order. What
// elements of an interface are is seen only when they come, and only their text has
// a form then, whatever it is.
func (w *RowWriter) byElements(c *pgtype.Catalog, cols []Column) error {
	elem := w.typ.Elem()
	if elem.Kind() == reflect.Interface && w.format == pgtype.Binary {
		return &errNoForm{problem{"values of any type are written as text", nil}}
	}
	w.slices = true
	for i, of := range cols {
		if err := w.place(c, i, of, field{typ: elem, off: uintptr(i) * elem.Size()}); err != nil {
			return err
		}
	}
	return nil
}

// IsNoForm reports whether a plan could not be made only because a Go type has
// no form in the format asked for.
func IsNoForm(err error) bool {
	_, ok := errors.AsType[*errNoForm](err)
	return ok
}

// sources finds the field for each column.
func (k *rowCompiler) sources(cols []Column) ([]field, error) {
	fields := fieldsOf(k.typ)
	if k.mode&ByPosition != 0 {
		if len(fields) != len(cols) {
			return nil, fmt.Errorf("%d columns for the %d fields of %s", len(cols), len(fields), k.typ)
		}
		return fields, nil
	}
	bad := FieldsError{Go: k.typ.String()}
	used := make([]bool, len(fields))
	var found []field
	for _, c := range cols {
		i := find(fields, c.Name)
		if i < 0 {
			bad.Columns = append(bad.Columns, c.Name)
			continue
		}
		used[i] = true
		found = append(found, fields[i])
	}
	for i, f := range fields {
		if !used[i] && k.mode&Lenient == 0 {
			bad.Fields = append(bad.Fields, f.shown)
		}
	}
	if len(bad.Columns)+len(bad.Fields) > 0 {
		return nil, &bad
	}
	return found, nil
}

func (w *RowWriter) place(c *pgtype.Catalog, i int, of Column, f field) error {
	made, err := CompileWriteFormat(c, of.Type, f.typ, w.format)
	if err != nil {
		if IsNoForm(err) {
			return &errNoForm{problem{fmt.Sprintf("column %q: %s", of.Name, err), err}}
		}
		return w.fail(of, i, f.typ, err)
	}
	w.cols[i] = outColumn{Writer: made, off: f.off, hops: f.hops, of: of, typ: f.typ}
	return nil
}

func (w *RowWriter) fail(of Column, i int, typ reflect.Type, err error) error {
	return &ParamError{Index: i + 1, Column: of.Name, Type: of.Type.String(), Go: typ.String(), Problem: err.Error(), Err: cause(err)}
}

// Append appends a row from the memory at p: in binary a tuple, the Int16 count
// of columns and each value with its length; in text a line, with what separates
// and ends it in COPY's text format.
func (w *RowWriter) Append(dst []byte, p Pointer) ([]byte, error) {
	if w.slices {
		data, n := p.elements()
		if n != len(w.cols) {
			return dst, fmt.Errorf("a row of %d values for %d columns", n, len(w.cols))
		}
		p = data
	}
	if w.format == pgtype.Text {
		return w.line(dst, p)
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(w.cols)))
	for i := range w.cols {
		c := &w.cols[i]
		at, ok := follow(p, c.hops)
		if !ok {
			dst = append(dst, 0xff, 0xff, 0xff, 0xff)
			continue
		}
		var err error
		if dst, err = c.Append(dst, at.Add(c.off)); err != nil {
			return dst, w.fail(c.of, i, c.typ, err)
		}
	}
	return dst, nil
}

// line appends a row in COPY's text format: tabs between columns, \N for NULL,
// and a backslash before what would be taken for something else.
func (w *RowWriter) line(dst []byte, p Pointer) ([]byte, error) {
	for i := range w.cols {
		c := &w.cols[i]
		if i > 0 {
			dst = append(dst, '\t')
		}
		start := len(dst)
		err := errNull
		if at, ok := follow(p, c.hops); ok && (c.null == nil || !c.null(at.Add(c.off))) {
			dst, err = c.fn(dst, at.Add(c.off))
		}
		switch err {
		case nil:
			dst = escape(dst, start)
		case errNull:
			dst = append(dst[:start], '\\', 'N')
		default:
			return dst, w.fail(c.of, i, c.typ, err)
		}
	}
	return append(dst, '\n'), nil
}

// escape puts backslashes into dst[start:], from the end.
func escape(dst []byte, start int) []byte {
	extra := 0
	for _, b := range dst[start:] {
		if escaped(b) != 0 {
			extra++
		}
	}
	if extra == 0 {
		return dst
	}
	from := len(dst) - 1
	for range extra {
		dst = append(dst, 0)
	}
	for to := len(dst) - 1; to > from; from-- {
		if e := escaped(dst[from]); e != 0 {
			dst[to], dst[to-1] = e, '\\'
			to -= 2
			continue
		}
		dst[to] = dst[from]
		to--
	}
	return dst
}

// escaped returns what stands for a byte after a backslash, 0 for a byte that
// needs none.
func escaped(b byte) byte {
	switch b {
	case '\\':
		return '\\'
	case '\n':
		return 'n'
	case '\r':
		return 'r'
	case '\t':
		return 't'
	}
	return 0
}

package scan

import (
	"encoding/binary"
	"fmt"
	"reflect"

	"parley/internal/pgcodec"
	"parley/pgtype"
)

// writeArray writes slices, slices of slices, Go's arrays and pgtype.Array as
// arrays, and slices of ranges as multiranges.
func writeArray(k *writeCompiler, t *pgtype.Type, typ reflect.Type) (Writer, error) {
	switch {
	case t == nil:
		return Writer{}, nil
	case t.Kind == pgtype.KindRange && isGeneric(typ, "Range"):
		return k.writeRange(t, typ)
	case t.Kind == pgtype.KindMultirange && typ.Kind() == reflect.Slice:
		return k.writeMultirange(t, typ)
	case t.Kind == pgtype.KindArray && (typ.Kind() == reflect.Slice || typ.Kind() == reflect.Array || isGeneric(typ, "Array")):
		return k.arrayWriter(t, typ)
	}
	return Writer{}, nil
}

// arrayWriter is what writes arrays.
type arrayWriter struct {
	elem   Writer
	size   uintptr
	oid    uint32 // of the elements
	delim  byte
	vector bool // int2vector and oidvector have a text of their own
	levels []reflect.Type
	dims   func(p Pointer) ([]pgcodec.Dim, Pointer, int, error) // the shape, the elements and their count
}

func (k *writeCompiler) arrayWriter(t *pgtype.Type, typ reflect.Type) (Writer, error) {
	w := arrayWriter{oid: t.Elem.OID, delim: t.Delim, vector: t.Name == "int2vector" || t.Name == "oidvector", levels: []reflect.Type{typ}}
	list := typ
	if isGeneric(typ, "Array") {
		elems, _ := typ.FieldByName("Elems")
		list = elems.Type
		w.dims = shapeOf(typ)
	}
	elem := list.Elem()
	inner, err := k.write(t.Elem, elem)
	for err != nil && !tooDeep(err) && len(w.levels) < pgcodec.MaxDims && w.dims == nil && list.Kind() == reflect.Slice && elem.Kind() == reflect.Slice {
		w.levels = append(w.levels, elem)
		elem = elem.Elem()
		inner, err = k.write(t.Elem, elem)
	}
	if err != nil {
		return Writer{}, err
	}
	w.elem, w.size = inner, elem.Size()
	switch {
	case w.dims != nil:
	case typ.Kind() == reflect.Array:
		n := typ.Len()
		w.dims = func(p Pointer) ([]pgcodec.Dim, Pointer, int, error) { return flat(n), p, n, nil }
	case len(w.levels) > 1:
		w.dims = w.nested
	}
	null := nullIf(typ.Kind())
	if k.format == pgtype.Text {
		return Writer{fn: w.text, null: null}, nil
	}
	return Writer{fn: w.binary, null: null}, nil
}

// flat returns the shape of an array of one dimension.
func flat(n int) []pgcodec.Dim {
	if n == 0 {
		return nil
	}
	return []pgcodec.Dim{{Len: int32(n), Lower: 1}}
}

// shapeOf returns how the shape of a pgtype.Array is found.
func shapeOf(typ reflect.Type) func(Pointer) ([]pgcodec.Dim, Pointer, int, error) {
	dims, _ := typ.FieldByName("Dims")
	elems, _ := typ.FieldByName("Elems")
	return func(p Pointer) ([]pgcodec.Dim, Pointer, int, error) {
		data, n := p.Add(elems.Offset).elements()
		given := *At[[]pgtype.Dimension](p.Add(dims.Offset))
		if len(given) > pgcodec.MaxDims {
			return nil, data, n, &problem{fmt.Sprintf("it has %d dimensions, at most %d are possible", len(given), pgcodec.MaxDims), nil}
		}
		var ds []pgcodec.Dim
		product := int64(min(len(given), 1))
		for _, d := range given {
			ds = append(ds, pgcodec.Dim{Len: d.Len, Lower: d.Lower})
			if product *= int64(d.Len); d.Len < 0 || product > int64(n) {
				break
			}
		}
		if product != int64(n) || len(ds) != len(given) {
			return nil, data, n, &problem{"its dimensions do not multiply to its elements", nil}
		}
		if n == 0 {
			ds = nil
		}
		return ds, data, n, nil
	}
}

// nested returns the shape of a slice of slices, which must not be ragged. The
// elements do not lie together, so there is no pointer to them.
func (w *arrayWriter) nested(p Pointer) ([]pgcodec.Dim, Pointer, int, error) {
	dims := make([]pgcodec.Dim, len(w.levels))
	total := 1
	for i := range dims {
		dims[i] = pgcodec.Dim{Len: -1, Lower: 1}
	}
	if err := w.measure(p, 0, dims); err != nil {
		return nil, p, 0, err
	}
	for _, d := range dims {
		total *= max(int(d.Len), 0)
	}
	if total == 0 {
		return nil, p, 0, nil
	}
	return dims, p, total, nil
}

func (w *arrayWriter) measure(p Pointer, level int, dims []pgcodec.Dim) error {
	data, n := p.elements()
	if dims[level].Len < 0 {
		dims[level].Len = int32(n)
	}
	if int(dims[level].Len) != n {
		return &problem{"its inner slices have different lengths", nil}
	}
	if level+1 == len(w.levels) {
		return nil
	}
	for i := range n {
		if err := w.measure(data.Add(uintptr(i)*w.levels[level+1].Size()), level+1, dims); err != nil {
			return err
		}
	}
	return nil
}

// each calls write with each element.
func (w *arrayWriter) each(p Pointer, level int, write func(Pointer) error) error {
	data, n := p.elements()
	for i := range n {
		var err error
		if level+1 < len(w.levels) {
			err = w.each(data.Add(uintptr(i)*w.levels[level+1].Size()), level+1, write)
		} else {
			err = write(data.Add(uintptr(i) * w.size))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// walk calls write with each of n elements at data, or below p.
func (w *arrayWriter) walk(data Pointer, n int, write func(Pointer) error) error {
	if len(w.levels) > 1 {
		return w.each(data, 0, write)
	}
	for i := range n {
		if err := write(data.Add(uintptr(i) * w.size)); err != nil {
			return within(err, "element %d", i+1)
		}
	}
	return nil
}

// shape returns what dims does; without it, that of a plain slice.
func (w *arrayWriter) shape(p Pointer) (dims []pgcodec.Dim, data Pointer, n int, err error) {
	if w.dims != nil {
		return w.dims(p)
	}
	data, n = p.elements()
	return flat(n), data, n, nil
}

func (w *arrayWriter) binary(dst []byte, p Pointer) ([]byte, error) {
	dims, data, n, err := w.shape(p)
	if err != nil {
		return dst, err
	}
	if w.vector {
		dims = []pgcodec.Dim{{Len: int32(n)}}
	}
	start := len(dst)
	dst = pgcodec.AppendArrayHeader(dst, w.oid, false, dims...)
	if n == 0 {
		return dst, nil
	}
	null := false
	err = w.walk(data, n, func(e Pointer) (err error) {
		at := len(dst)
		dst, err = w.elem.Append(dst, e)
		null = null || err == nil && dst[at] == 0xff
		return err
	})
	if null {
		binary.BigEndian.PutUint32(dst[start+4:], 1) // the flag that there are NULLs
	}
	return dst, err
}

func (w *arrayWriter) text(dst []byte, p Pointer) ([]byte, error) {
	dims, data, n, err := w.shape(p)
	switch {
	case err != nil:
		return dst, err
	case w.vector:
		return w.vectorText(dst, data, n)
	case n == 0:
		return append(dst, "{}"...), nil
	}
	dst = pgcodec.AppendArrayDims(dst, dims)
	braces := pgcodec.NewBraces(dims, w.delim)
	err = w.walk(data, n, func(e Pointer) (err error) {
		dst, err = w.textElement(braces.Open(dst), e)
		return err
	})
	return braces.Close(dst), err
}

func (w *arrayWriter) textElement(dst []byte, e Pointer) ([]byte, error) {
	start := len(dst)
	err := errNull
	if w.elem.null == nil || !w.elem.null(e) {
		dst, err = w.elem.fn(dst, e)
	}
	if err == errNull {
		return append(dst[:start], "NULL"...), nil
	}
	if err != nil {
		return dst, err
	}
	return pgcodec.QuoteElem(dst, start, w.delim), nil
}

func (w *arrayWriter) vectorText(dst []byte, data Pointer, n int) ([]byte, error) {
	first := true
	err := w.walk(data, n, func(e Pointer) (err error) {
		if !first {
			dst = append(dst, ' ')
		}
		first = false
		dst, err = w.elem.fn(dst, e)
		return err
	})
	return dst, err
}

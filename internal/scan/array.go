package scan

import (
	"fmt"
	"reflect"
	"strings"

	"parley/internal/pgcodec"
	"parley/pgtype"
)

// isContainer reports whether a struct is one of pgtype's that hold values of
// other types.
func isContainer(typ reflect.Type) bool {
	return typ.Kind() == reflect.Struct && (isGeneric(typ, "Array") || isGeneric(typ, "Range"))
}

// isGeneric reports whether a type is made of the generic type of pgtype.
func isGeneric(typ reflect.Type, name string) bool {
	return typ.PkgPath() == "parley/pgtype" && strings.HasPrefix(typ.Name(), name+"[")
}

// readArray reads arrays into slices, slices of slices, Go's arrays and
// pgtype.Array, and multiranges into slices.
func readArray(k *compiler, t *pgtype.Type, typ reflect.Type) (Reader, error) {
	switch {
	case t == nil:
		return Reader{}, nil
	case t.Kind == pgtype.KindRange && isGeneric(typ, "Range"):
		return k.rangeReader(t, typ)
	case t.Kind == pgtype.KindMultirange && typ.Kind() == reflect.Slice:
		return k.multirangeReader(t, typ)
	case t.Kind == pgtype.KindArray && (typ.Kind() == reflect.Slice || typ.Kind() == reflect.Array || isGeneric(typ, "Array")):
		return k.arrayReader(t, typ)
	}
	return Reader{}, nil
}

// arrayReader is what reads arrays. Of a slice of slices, levels are the types
// from the outermost to the innermost.
type arrayReader struct {
	open   func(b []byte) (pgcodec.Array, error)
	elem   Reader
	size   uintptr
	oid    uint32 // of the elements, to be compared; 0 in text
	levels []reflect.Type
	hot    bool // see readHot
}

func (k *compiler) arrayReader(t *pgtype.Type, typ reflect.Type) (Reader, error) {
	r := arrayReader{open: k.openArray(t), levels: []reflect.Type{typ}}
	if k.format == pgtype.Binary {
		r.oid = t.Elem.OID
	}
	if isGeneric(typ, "Array") {
		return k.shaped(t, typ, r)
	}
	elem := typ.Elem()
	inner, err := k.read(t.Elem, elem)
	for err != nil && !tooDeep(err) && len(r.levels) < pgcodec.MaxDims && typ.Kind() == reflect.Slice && elem.Kind() == reflect.Slice {
		r.levels = append(r.levels, elem)
		elem = elem.Elem()
		inner, err = k.read(t.Elem, elem)
	}
	if err != nil {
		return Reader{}, err
	}
	r.elem, r.size = inner, elem.Size()
	r.hot = r.oid != 0 && len(r.levels) == 1 && isHotElement(inner.op)
	if typ.Kind() == reflect.Array {
		return Reader{fn: func(m *Memory, b []byte, p Pointer) error { return r.fixed(m, b, p, typ.Len()) }}, nil
	}
	return Reader{fn: r.read, null: nilSlice}, nil
}

// openArray returns what reads the header of arrays of a type.
func (k *compiler) openArray(t *pgtype.Type) func([]byte) (pgcodec.Array, error) {
	switch {
	case k.format == pgtype.Binary:
		return pgcodec.ReadArray
	case t.Name == "int2vector" || t.Name == "oidvector":
		return pgcodec.ReadVectorText
	}
	delim := t.Delim
	return func(b []byte) (pgcodec.Array, error) { return pgcodec.ReadArrayText(b, delim) }
}

// start reads the header of an array.
func (r *arrayReader) start(b []byte) (a pgcodec.Array, err error) {
	a, err = r.open(b)
	if err == nil && a.Elem != r.oid {
		err = &StaleTypeError{OID: r.oid}
	}
	return a, err
}

// fill reads the elements into memory that has room for them.
func (r *arrayReader) fill(m *Memory, a *pgcodec.Array, data Pointer) error {
	i := 0
	for e, ok := a.Next(); ok; e, ok = a.Next() {
		if err := r.elem.Read(m, e, data.Add(uintptr(i)*r.size)); err != nil {
			return within(err, "element %d", i+1)
		}
		i++
	}
	return a.Err()
}

func (r *arrayReader) read(m *Memory, b []byte, p Pointer) error {
	if r.hot && r.readHot(m, b, p) {
		return nil
	}
	a, err := r.start(b)
	if err != nil {
		return err
	}
	if a.NDim != len(r.levels) && a.Len > 0 {
		return &problem{fmt.Sprintf("the array has %d dimensions, not %d", a.NDim, len(r.levels)), nil}
	}
	innermost := r.levels[len(r.levels)-1]
	data := makeElements(innermost, a.Len)
	if err := r.fill(m, &a, data); err != nil {
		return err
	}
	if a.Len == 0 {
		p.setSlice(makeElements(r.levels[0], 0), 0)
		return nil
	}
	r.shape(&a, 0, p, data, 0)
	return nil
}

// shape makes slices of slices of elements that lie one after another, of which
// the first used ones are taken, and returns how many are taken then. (A pointer
// beyond the last one would point to something else.)
func (r *arrayReader) shape(a *pgcodec.Array, level int, p, data Pointer, used int) int {
	n := int(a.Dims[level].Len)
	if level == len(r.levels)-1 {
		p.setSlice(data.Add(uintptr(used)*r.size), n)
		return used + n
	}
	rows := makeElements(r.levels[level], n)
	for i := range n {
		used = r.shape(a, level+1, rows.Add(uintptr(i)*r.levels[level+1].Size()), data, used)
	}
	p.setSlice(rows, n)
	return used
}

// fixed reads an array of n elements into one of Go.
func (r *arrayReader) fixed(m *Memory, b []byte, p Pointer, n int) error {
	a, err := r.start(b)
	if err != nil {
		return err
	}
	if a.Len != n || a.NDim > 1 {
		return &problem{fmt.Sprintf("the array has %d elements in %d dimensions, not %d", a.Len, a.NDim, n), nil}
	}
	return r.fill(m, &a, p)
}

// shaped reads arrays into a pgtype.Array.
func (k *compiler) shaped(t *pgtype.Type, typ reflect.Type, r arrayReader) (Reader, error) {
	dims, _ := typ.FieldByName("Dims")
	elems, _ := typ.FieldByName("Elems")
	inner, err := k.read(t.Elem, elems.Type.Elem())
	r.elem, r.size = inner, elems.Type.Elem().Size()
	return Reader{fn: func(m *Memory, b []byte, p Pointer) error {
		a, err := r.start(b)
		if err != nil {
			return err
		}
		var ds []pgtype.Dimension
		for _, d := range a.Dims[:a.NDim] {
			ds = append(ds, pgtype.Dimension{Len: d.Len, Lower: d.Lower})
		}
		if a.Len == 0 {
			ds = nil
		}
		*At[[]pgtype.Dimension](p.Add(dims.Offset)) = ds
		data := makeElements(elems.Type, a.Len)
		if err := r.fill(m, &a, data); err != nil {
			return err
		}
		p.Add(elems.Offset).setSlice(data, a.Len)
		return nil
	}}, err
}

package scan

import (
	"fmt"
	"reflect"
	"slices"

	"parley/wire"
)

// structs lets columns go into the fields of a struct.
func (k *rowCompiler) structs() error {
	fields := fieldsOf(k.typ)
	if k.mode&ByPosition != 0 {
		return k.positions(fields)
	}
	bad := FieldsError{Go: k.typ.String()}
	used := make([]bool, len(fields))
	for i := range k.cols {
		name := k.cols[i].of.Name
		switch f := find(fields, name); {
		case f < 0:
			bad.Columns = append(bad.Columns, name)
			k.pass(i)
		case used[f]:
			bad.Repeated = append(bad.Repeated, name)
			k.pass(i)
		default:
			used[f] = true
			if err := k.field(i, &fields[f]); err != nil {
				return err
			}
		}
	}
	for i, f := range fields {
		if !used[i] {
			bad.Fields = append(bad.Fields, f.shown)
		}
	}
	if k.mode&Lenient == 0 && len(bad.Columns)+len(bad.Fields)+len(bad.Repeated) > 0 {
		return &bad
	}
	k.makeHops()
	return nil
}

// positions lets columns go into fields in their order.
func (k *rowCompiler) positions(fields []field) error {
	if len(fields) != len(k.cols) && k.mode&Lenient == 0 {
		return fmt.Errorf("%d columns for the %d fields of %s", len(k.cols), len(fields), k.typ)
	}
	for i := range k.cols {
		if i >= len(fields) {
			k.pass(i)
		} else if err := k.field(i, &fields[i]); err != nil {
			return err
		}
	}
	k.makeHops()
	return nil
}

// field lets a column go into a field.
func (k *rowCompiler) field(i int, f *field) error {
	if err := k.place(i, f.typ, f.off); err != nil || len(f.hops) == 0 {
		return err
	}
	c := &k.cols[i]
	r := Reader{op: c.op, fn: c.fn, null: c.null, typ: f.typ}
	hops, off := f.hops, f.off
	c.op, c.off = opFunc, 0
	c.fn = func(m *Memory, b []byte, p Pointer) error {
		p, _ = follow(p, hops)
		return r.Read(m, b, p.Add(off))
	}
	c.null = func(p Pointer) error {
		p, ok := follow(p, hops)
		if !ok {
			return nil // the whole struct is NULL, as after a LEFT JOIN
		}
		return r.null(p.Add(off))
	}
	k.hops = append(k.hops, hopped{i, hops})
	return nil
}

// hopped is a column that lies below embedded pointers.
type hopped struct {
	column int
	hops   []hop
}

// follow goes through embedded pointers, as far as they are not nil.
func follow(p Pointer, hops []hop) (_ Pointer, ok bool) {
	for _, h := range hops {
		if p = p.Add(h.off).deref(); !p.Valid() {
			return p, false
		}
	}
	return p, true
}

// makeHops lets embedded pointers be set before a row is read: to a new struct
// if any column below is not NULL, else to nil.
func (k *rowCompiler) makeHops() {
	hops := k.hops
	if len(hops) == 0 {
		return
	}
	slices.SortStableFunc(hops, func(a, b hopped) int { return len(a.hops) - len(b.hops) })
	width := len(k.cols)
	k.before = func(body []byte, p Pointer) {
		full := make([]bool, width)
		row := wire.ReadRow(body)
		for i := range full {
			v, _ := row.Next()
			full[i] = v != nil
		}
		for _, h := range hops {
			_ = nilNull(p.Add(h.hops[0].off))
		}
		for _, h := range hops {
			if full[h.column] {
				grow(p, h.hops)
			}
		}
	}
}

// grow makes the structs that embedded pointers are to point to.
func grow(p Pointer, hops []hop) {
	for _, h := range hops {
		at := p.Add(h.off)
		if p = at.deref(); !p.Valid() {
			p = newOf(h.typ)
			at.point(p)
		}
	}
}

// maps lets columns go into a map by their names.
func (k *rowCompiler) maps() error {
	typ := k.typ
	for i := range k.cols {
		name := k.cols[i].of.Name
		for j := range i {
			if k.cols[j].of.Name == name && k.mode&Lenient == 0 {
				return &FieldsError{Go: typ.String(), Repeated: []string{name}}
			}
		}
		if err := k.place(i, typ.Elem(), 0); err != nil {
			return err
		}
		k.entry(i, reflect.ValueOf(name).Convert(typ.Key()))
	}
	width, in := len(k.cols), boxOf(typ)
	k.before = func(_ []byte, p Pointer) {
		reflect.ValueOf(in.put(p)).Elem().Set(reflect.MakeMapWithSize(typ, width))
	}
	return nil
}

// entry puts what a column is read into in a map.
func (k *rowCompiler) entry(i int, key reflect.Value) {
	c := &k.cols[i]
	r := Reader{op: c.op, fn: c.fn, null: c.null, typ: c.typ}
	elem, in := c.typ, boxOf(k.typ)
	set := func(m *Memory, b []byte, p Pointer) error {
		v := reflect.New(elem)
		if err := r.Read(m, b, Of(v.Interface())); err != nil {
			return err
		}
		reflect.ValueOf(in.put(p)).Elem().SetMapIndex(key, v.Elem())
		return nil
	}
	c.op, c.fn = opFunc, set
	c.null = func(p Pointer) error { return set(nil, nil, p) }
}

// slices lets columns go into []any.
func (k *rowCompiler) slices() error {
	for i := range k.cols {
		if err := k.place(i, typeAny, 0); err != nil {
			return err
		}
		k.entryAt(i)
	}
	width := len(k.cols)
	k.before = func(_ []byte, p Pointer) { *At[[]any](p) = make([]any, width) }
	return nil
}

// entryAt lets a column go into an element of the slice at p.
func (k *rowCompiler) entryAt(i int) {
	c := &k.cols[i]
	fn, null := c.fn, c.null
	c.fn = func(m *Memory, b []byte, p Pointer) error { return fn(m, b, PointerTo(&(*At[[]any](p))[i])) }
	c.null = func(p Pointer) error { return null(PointerTo(&(*At[[]any](p))[i])) }
}

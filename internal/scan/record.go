package scan

import (
	"fmt"
	"reflect"

	"parley/internal/pgcodec"
	"parley/pgtype"
)

// readComposite reads composites into structs and maps, and records without a
// type into structs by position.
func readComposite(k *compiler, t *pgtype.Type, typ reflect.Type) (Reader, error) {
	if t == nil || t.Kind != pgtype.KindComposite && t.OID != oidRecord {
		return Reader{}, nil
	}
	switch {
	case typ.Kind() == reflect.Struct && !isValue(typ) && t.OID == oidRecord:
		return k.recordReader(typ)
	case typ.Kind() == reflect.Struct && !isValue(typ):
		return k.structReader(t, typ)
	case typ.Kind() == reflect.Map && typ.Key().Kind() == reflect.String && t.OID != oidRecord:
		return k.mapReader(t, typ)
	}
	return Reader{}, nil
}

// attribute is where one attribute of a composite goes.
type attribute struct {
	Reader
	name string
	oid  uint32 // to be compared; 0 in text
	off  uintptr
	hops []hop
	key  reflect.Value // in a map
}

// openRecord returns what reads the header of row values.
func (k *compiler) openRecord() func([]byte) (pgcodec.Record, error) {
	if k.format == pgtype.Binary {
		return pgcodec.ReadRecord
	}
	return pgcodec.ReadRecordText
}

func (k *compiler) attribute(f pgtype.Field, typ reflect.Type) (attribute, error) {
	r, err := k.read(f.Type, typ)
	if err != nil {
		return attribute{}, within(err, "attribute %q", f.Name)
	}
	a := attribute{Reader: r, name: f.Name}
	if k.format == pgtype.Binary && f.Type != nil {
		a.oid = f.Type.OID
	}
	return a, nil
}

// pairs finds the field of a struct for each attribute of a composite.
func pairs(t *pgtype.Type, typ reflect.Type) ([]field, error) {
	fields := fieldsOf(typ)
	bad := FieldsError{Go: typ.String()}
	used := make([]bool, len(fields))
	var found []field
	for _, f := range t.Fields {
		i := find(fields, f.Name)
		if i < 0 {
			bad.Columns = append(bad.Columns, f.Name)
			continue
		}
		used[i] = true
		found = append(found, fields[i])
	}
	for i, f := range fields {
		if !used[i] {
			bad.Fields = append(bad.Fields, f.shown)
		}
	}
	if len(bad.Columns)+len(bad.Fields) > 0 {
		return nil, within(&bad, "composite %s", t)
	}
	return found, nil
}

func (k *compiler) structReader(t *pgtype.Type, typ reflect.Type) (Reader, error) {
	fields, err := pairs(t, typ)
	if err != nil {
		return Reader{}, err
	}
	attrs := make([]attribute, len(fields))
	for i, f := range fields {
		if attrs[i], err = k.attribute(t.Fields[i], f.typ); err != nil {
			return Reader{}, err
		}
		attrs[i].off, attrs[i].hops = f.off, f.hops
	}
	open, oid := k.openRecord(), t.OID
	return Reader{fn: func(m *Memory, b []byte, p Pointer) error {
		for i := range attrs {
			if len(attrs[i].hops) > 0 {
				_ = nilNull(p.Add(attrs[i].hops[0].off))
			}
		}
		return readAttributes(open, b, attrs, oid, func(a *attribute, v []byte) error {
			at := p
			if len(a.hops) > 0 {
				grow(p, a.hops)
				at, _ = follow(p, a.hops)
			}
			return a.Read(m, v, at.Add(a.off))
		})
	}}, nil
}

// readAttributes gives each attribute its form, after a look whether the value
// is made as the catalog says.
func readAttributes(open func([]byte) (pgcodec.Record, error), b []byte, attrs []attribute, oid uint32, read func(*attribute, []byte) error) error {
	r, err := open(b)
	if err != nil {
		return err
	}
	if r.Len != len(attrs) && !(len(attrs) == 0 && len(b) == len("()")) {
		return &StaleTypeError{OID: oid}
	}
	for i := range attrs {
		got, v, ok := r.Next()
		if !ok {
			break
		}
		if got != attrs[i].oid && attrs[i].oid != 0 {
			return &StaleTypeError{OID: oid}
		}
		if err := read(&attrs[i], v); err != nil {
			return within(err, "attribute %q", attrs[i].name)
		}
	}
	r.Next()
	return r.Err()
}

func (k *compiler) mapReader(t *pgtype.Type, typ reflect.Type) (Reader, error) {
	attrs := make([]attribute, len(t.Fields))
	for i, f := range t.Fields {
		var err error
		if attrs[i], err = k.attribute(f, typ.Elem()); err != nil {
			return Reader{}, err
		}
		attrs[i].key = reflect.ValueOf(f.Name).Convert(typ.Key())
	}
	open, oid, in := k.openRecord(), t.OID, boxOf(typ)
	return Reader{null: nilNull, fn: func(m *Memory, b []byte, p Pointer) error {
		values := reflect.MakeMapWithSize(typ, len(attrs))
		reflect.ValueOf(in.put(p)).Elem().Set(values)
		return readAttributes(open, b, attrs, oid, func(a *attribute, v []byte) error {
			elem := reflect.New(typ.Elem())
			if err := a.Read(m, v, Of(elem.Interface())); err != nil {
				return err
			}
			values.SetMapIndex(a.key, elem.Elem())
			return nil
		})
	}}, nil
}

// recordReader reads records, which name the types of their fields one by one.
// In text they do not even that.
func (k *compiler) recordReader(typ reflect.Type) (Reader, error) {
	r := &recordReader{compiler: compiler{catalog: k.catalog, format: k.format}, open: k.openRecord(), fields: fieldsOf(typ)}
	r.readers = make([]list[uint32, *Reader], len(r.fields))
	return Reader{fn: r.read}, nil
}

type recordReader struct {
	compiler
	open    func([]byte) (pgcodec.Record, error)
	fields  []field
	readers []list[uint32, *Reader] // of each field, by the OID of the type
}

func (r *recordReader) read(m *Memory, b []byte, p Pointer) error {
	rec, err := r.open(b)
	if err != nil {
		return err
	}
	if rec.Len != len(r.fields) {
		return &problem{fmt.Sprintf("the record has %d fields, not %d", rec.Len, len(r.fields)), nil}
	}
	for i := range r.fields {
		oid, v, ok := rec.Next()
		if !ok {
			break
		}
		if err := r.field(m, i, oid, v, p); err != nil {
			return within(err, "field %d", i+1)
		}
	}
	rec.Next()
	return rec.Err()
}

func (r *recordReader) field(m *Memory, i int, oid uint32, v []byte, p Pointer) error {
	f := &r.fields[i]
	reader, ok := r.readers[i].get(oid)
	if !ok {
		k := compiler{catalog: r.catalog, format: r.format}
		made, err := k.read(r.catalog.Type(oid), f.typ)
		if err != nil {
			return err
		}
		reader = r.readers[i].add(oid, &made)
	}
	if len(f.hops) > 0 {
		grow(p, f.hops)
		p, _ = follow(p, f.hops)
	}
	return reader.Read(m, v, p.Add(f.off))
}

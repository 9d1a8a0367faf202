package scan

import (
	"encoding/binary"
	"fmt"
	"reflect"

	"parley/internal/pgcodec"
	"parley/pgtype"
)

// writeComposite writes structs and maps as composites.
func writeComposite(k *writeCompiler, t *pgtype.Type, typ reflect.Type) (Writer, error) {
	if t == nil || t.Kind != pgtype.KindComposite {
		return Writer{}, nil
	}
	var attrs []attributeWriter
	var err error
	switch {
	case typ.Kind() == reflect.Struct && !isValue(typ):
		attrs, err = k.structAttributes(t, typ)
	case typ.Kind() == reflect.Map && typ.Key().Kind() == reflect.String:
		attrs, err = k.mapAttributes(t, typ)
	default:
		return Writer{}, nil
	}
	if err != nil {
		return Writer{}, err
	}
	w := recordWriter{attrs}
	if typ.Kind() == reflect.Map {
		return w.ofMap(typ, k.format), nil
	}
	if k.format == pgtype.Text {
		return Writer{fn: w.text}, nil
	}
	return Writer{fn: w.binary}, nil
}

// attributeWriter is where one attribute of a composite comes from.
type attributeWriter struct {
	Writer
	name string
	oid  uint32
	off  uintptr
	hops []hop
}

func (k *writeCompiler) structAttributes(t *pgtype.Type, typ reflect.Type) ([]attributeWriter, error) {
	fields, err := pairs(t, typ)
	if err != nil {
		return nil, err
	}
	attrs := make([]attributeWriter, len(fields))
	for i, f := range fields {
		if attrs[i], err = k.attribute(t.Fields[i], f.typ); err != nil {
			return nil, err
		}
		attrs[i].off, attrs[i].hops = f.off, f.hops
	}
	return attrs, nil
}

func (k *writeCompiler) attribute(f pgtype.Field, typ reflect.Type) (attributeWriter, error) {
	w, err := k.write(f.Type, typ)
	if err != nil {
		if no, ok := err.(*errNoForm); ok {
			no.text = fmt.Sprintf("attribute %q: %s", f.Name, no.text)
			return attributeWriter{}, no
		}
		return attributeWriter{}, within(err, "attribute %q", f.Name)
	}
	return attributeWriter{Writer: w, name: f.Name, oid: f.Type.OID}, nil
}

// mapAttributes takes the values of a map into a row of memory first, one after
// another, so that they are like the fields of a struct.
func (k *writeCompiler) mapAttributes(t *pgtype.Type, typ reflect.Type) ([]attributeWriter, error) {
	attrs := make([]attributeWriter, len(t.Fields))
	for i, f := range t.Fields {
		var err error
		if attrs[i], err = k.attribute(f, reflect.PointerTo(typ.Elem())); err != nil {
			return nil, err
		}
		attrs[i].off = uintptr(i) * reflect.TypeFor[uintptr]().Size()
	}
	return attrs, nil
}

type recordWriter struct{ attrs []attributeWriter }

// append appends one attribute with write, or reports that it is NULL.
func (a *attributeWriter) append(dst []byte, p Pointer) (_ []byte, null bool, err error) {
	p, ok := follow(p, a.hops)
	if !ok {
		return dst, true, nil
	}
	p = p.Add(a.off)
	if a.null != nil && a.null(p) {
		return dst, true, nil
	}
	start := len(dst)
	dst, err = a.fn(dst, p)
	if err == errNull {
		return dst[:start], true, nil
	}
	return dst, false, within(err, "attribute %q", a.name)
}

func (w recordWriter) binary(dst []byte, p Pointer) ([]byte, error) {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(w.attrs)))
	for i := range w.attrs {
		a := &w.attrs[i]
		dst = binary.BigEndian.AppendUint32(dst, a.oid)
		at := len(dst)
		next, null, err := a.append(append(dst, 0, 0, 0, 0), p)
		if err == nil {
			next, err = measure(next, at)
		}
		if err != nil {
			return next, err
		}
		if dst = next; null {
			binary.BigEndian.PutUint32(dst[at:], 0xffffffff)
		}
	}
	return dst, nil
}

func (w recordWriter) text(dst []byte, p Pointer) ([]byte, error) {
	dst = append(dst, '(')
	for i := range w.attrs {
		if i > 0 {
			dst = append(dst, ',')
		}
		start := len(dst)
		next, null, err := w.attrs[i].append(dst, p)
		if err != nil {
			return next, err
		}
		if dst = next; !null {
			dst = pgcodec.QuoteField(dst, start)
		}
	}
	return append(dst, ')'), nil
}

// ofMap writes a map: an attribute without an entry is NULL, an entry without
// an attribute an error.
func (w recordWriter) ofMap(typ reflect.Type, f pgtype.Format) Writer {
	keys := make([]reflect.Value, len(w.attrs))
	for i, a := range w.attrs {
		keys[i] = reflect.ValueOf(a.name).Convert(typ.Key())
	}
	in, write := boxOf(typ), w.binary
	if f == pgtype.Text {
		write = w.text
	}
	return Writer{null: nullIf(reflect.Map), fn: func(dst []byte, p Pointer) ([]byte, error) {
		m := reflect.ValueOf(in.put(p)).Elem()
		row := make([]Pointer, len(keys))
		found := 0
		for i, key := range keys {
			if v := m.MapIndex(key); v.IsValid() {
				found++
				row[i] = newOf(typ.Elem())
				reflect.NewAt(typ.Elem(), row[i].p).Elem().Set(v)
			}
		}
		if found != m.Len() {
			return dst, &problem{"the map has keys that are no attributes of the composite", nil}
		}
		if len(row) == 0 {
			return write(dst, Pointer{})
		}
		return write(dst, PointerTo(&row[0]))
	}}
}

package scan

import (
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"

	"parley/pgtype"
)

// writeFunc appends the form of the value at p, without a length.
type writeFunc func(dst []byte, p Pointer) ([]byte, error)

// Writer writes memory of one type of Go as values of one type of PostgreSQL in
// one format. It is immutable.
type Writer struct {
	fn   writeFunc
	null func(p Pointer) bool // whether it is NULL; nil for never
}

// Append appends the Int32 length of the value at p and the value, or -1 for
// NULL: what stands in a Bind, an array, a composite and a tuple of COPY.
func (w *Writer) Append(dst []byte, p Pointer) ([]byte, error) {
	if w.null != nil && w.null(p) {
		return append(dst, 0xff, 0xff, 0xff, 0xff), nil
	}
	at := len(dst)
	dst, err := w.fn(append(dst, 0, 0, 0, 0), p)
	if err == errNull {
		return append(dst[:at], 0xff, 0xff, 0xff, 0xff), nil
	}
	if err != nil {
		return dst, err
	}
	return measure(dst, at)
}

// measure stores the length of the value that follows its place.
func measure(dst []byte, at int) ([]byte, error) {
	n := len(dst) - at - 4
	if n > maxValue {
		return dst, errLarge
	}
	binary.BigEndian.PutUint32(dst[at:], uint32(n))
	return dst, nil
}

// maxValue is the largest value the server takes: 1 GB less a byte
// (MaxAllocSize).
const maxValue = 1<<30 - 1

var (
	errLarge = errors.New("the value is larger than 1 GB")
	errNull  = errors.New("it is NULL") // how a writeFunc says so, where only it knows
	errNUL   = errors.New("text cannot have a zero byte in it")
)

// errNoForm is the error of a pair of types that have no form in one format,
// but may have one in the other.
type errNoForm struct{ problem }

// CompileWrite makes the writer for a Go type as a type of PostgreSQL, which is
// nil when it is not known. It writes the binary form where there is one and
// says so.
func CompileWrite(c *pgtype.Catalog, t *pgtype.Type, typ reflect.Type) (Writer, pgtype.Format, error) {
	if t != nil {
		w, err := CompileWriteFormat(c, t, typ, pgtype.Binary)
		if _, ok := errors.AsType[*errNoForm](err); err == nil || !ok {
			return w, pgtype.Binary, err
		}
	}
	w, err := CompileWriteFormat(c, t, typ, pgtype.Text)
	return w, pgtype.Text, err
}

// CompileWriteFormat is CompileWrite for one format only. The type must be
// known for the binary one.
func CompileWriteFormat(c *pgtype.Catalog, t *pgtype.Type, typ reflect.Type, f pgtype.Format) (Writer, error) {
	k := writeCompiler{catalog: c, format: f}
	return k.write(t, typ)
}

type writeCompiler struct {
	catalog *pgtype.Catalog
	format  pgtype.Format
	depth   int
}

// writeRule makes a writer if it is responsible for the pair of types: it
// returns a zero Writer and no error if it is not.
type writeRule func(k *writeCompiler, t *pgtype.Type, typ reflect.Type) (Writer, error)

// writeRules are asked in this order, which is that of readRules.
func writeRules() []writeRule {
	return []writeRule{
		writeDynamic, writeMarshaler, writeNullable, writeExtension, writeKnown, writeBytes16, writeValuer, writePointer,
		writeBasic, writeTextual, writeJSON, writeArray, writeComposite,
	}
}

func (k *writeCompiler) write(t *pgtype.Type, typ reflect.Type) (Writer, error) {
	if k.depth++; k.depth > maxDepth {
		return Writer{}, errDeep
	}
	defer func() { k.depth-- }()
	t = t.Under()
	for _, rule := range writeRules() {
		w, err := rule(k, t, typ)
		if err != nil || w.fn != nil {
			return w, err
		}
	}
	return Writer{}, k.noForm(t, typ)
}

// noForm is the error of a pair of types that have no form, in this format.
func (k *writeCompiler) noForm(t *pgtype.Type, typ reflect.Type) error {
	if t == nil {
		return &errNoForm{problem{fmt.Sprintf("%s can only be sent where the type of the parameter is known", typ), nil}}
	}
	return &errNoForm{problem{fmt.Sprintf("%s and %s have no conversion between them%s", typ, t, advice(t, typ)), nil}}
}

// advice says what is most likely meant by a pair of types that have no form.
func advice(t *pgtype.Type, typ reflect.Type) string {
	switch {
	case typ == typeDuration:
		return "; a parameter is an interval when it is cast, as in $1::interval"
	case typ.Kind() == reflect.Slice && !isBytes(typ) && t.Kind != pgtype.KindArray:
		return "; a slice is an array: = any ($1) in place of in ($1), or a cast, as in $1::text[]"
	}
	return ""
}

// nullIf returns how a kind says that it is NULL, nil where it cannot.
func nullIf(kind reflect.Kind) func(Pointer) bool {
	switch kind {
	case reflect.Pointer, reflect.Map:
		return func(p Pointer) bool { return !p.deref().Valid() }
	case reflect.Slice:
		return func(p Pointer) bool { return *At[[]byte](p) == nil }
	case reflect.Interface:
		return func(p Pointer) bool { return !p.deref().Valid() }
	}
	return nil
}

// writePointer writes what a pointer points to; nil is NULL.
func writePointer(k *writeCompiler, t *pgtype.Type, typ reflect.Type) (Writer, error) {
	if typ.Kind() != reflect.Pointer {
		return Writer{}, nil
	}
	inner, err := k.write(t, typ.Elem())
	if err != nil {
		return Writer{}, err
	}
	return inner.below(func(p Pointer) Pointer { return p.deref() }, nullIf(reflect.Pointer)), nil
}

// below returns the writer for a value that is reached by a step from another,
// unless that is NULL.
func (w Writer) below(step func(Pointer) Pointer, null func(Pointer) bool) Writer {
	return Writer{null: null, fn: func(dst []byte, p Pointer) ([]byte, error) {
		p = step(p)
		if w.null != nil && w.null(p) {
			return dst, errNull
		}
		return w.fn(dst, p)
	}}
}

// writeNullable writes sql.Null[T] and its kin.
func writeNullable(k *writeCompiler, t *pgtype.Type, typ reflect.Type) (Writer, error) {
	n, ok := nullableOf(typ)
	if !ok {
		return Writer{}, nil
	}
	inner, err := k.write(t, n.value.Type)
	if err != nil {
		return Writer{}, err
	}
	return inner.below(func(p Pointer) Pointer { return p.Add(n.value.Offset) }, func(p Pointer) bool { return !*At[bool](p.Add(n.valid)) }), nil
}

// writeDynamic writes what is in an interface.
func writeDynamic(k *writeCompiler, t *pgtype.Type, typ reflect.Type) (Writer, error) {
	if typ.Kind() != reflect.Interface {
		return Writer{}, nil
	}
	d := &dynamic{catalog: k.catalog, t: t, format: k.format, in: boxOf(typ)}
	return Writer{null: nullIf(reflect.Interface), fn: d.write}, nil
}

// dynamic is the writer of values whose Go type is seen only when they come.
type dynamic struct {
	catalog *pgtype.Catalog
	t       *pgtype.Type
	format  pgtype.Format
	in      box
	writers list[reflect.Type, *Writer]
}

func (d *dynamic) write(dst []byte, p Pointer) ([]byte, error) {
	v := reflect.ValueOf(d.in.put(p)).Elem().Elem().Interface()
	typ := reflect.TypeOf(v)
	w, ok := d.writers.get(typ)
	if !ok {
		made, err := CompileWriteFormat(d.catalog, d.t, typ, d.format)
		if err != nil {
			return dst, err
		}
		w = d.writers.add(typ, &made)
	}
	p = dataOf(&v, typ)
	if w.null != nil && w.null(p) {
		return dst, errNull
	}
	return w.fn(dst, p)
}

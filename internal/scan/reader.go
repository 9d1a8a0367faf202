package scan

import (
	"fmt"
	"reflect"

	"parley/pgtype"
)

// readFunc reads a value that is not NULL into the memory at p, all of which it
// writes. It must not keep b.
type readFunc func(m *Memory, b []byte, p Pointer) error

// Reader reads values of one type of PostgreSQL in one format into memory of
// one type of Go. It is immutable.
type Reader struct {
	op   opcode
	fn   readFunc
	null func(p Pointer) error // stores NULL; nil where the Go type cannot
	typ  reflect.Type
}

// Read reads a value, nil for NULL, into the memory at p. On an error the
// memory may be half written. The errors do not say which column it was.
func (r *Reader) Read(m *Memory, b []byte, p Pointer) error {
	if b == nil {
		return r.readNull(p)
	}
	if r.op != opFunc {
		return r.op.read(m, b, p)
	}
	return r.fn(m, b, p)
}

func (r *Reader) readNull(p Pointer) error {
	if r.null == nil {
		return nullError(r.typ)
	}
	return r.null(p)
}

func nullError(typ reflect.Type) error {
	return &problem{fmt.Sprintf("it is NULL, which %s cannot hold; use *%s or sql.Null[%s]", typ, typ, typ), nil}
}

// CompileRead makes the reader for a type, which may be nil when it is not
// known, in a format into a Go type.
func CompileRead(c *pgtype.Catalog, t *pgtype.Type, f pgtype.Format, typ reflect.Type) (Reader, error) {
	k := compiler{catalog: c, format: f}
	return k.read(t, typ)
}

// compiler compiles readers for one format.
type compiler struct {
	catalog *pgtype.Catalog
	format  pgtype.Format
	depth   int
}

// maxDepth bounds types within types, so that recursive ones end.
const maxDepth = 32

// readRule makes a reader if it is responsible for the pair of types: it
// returns a zero Reader and no error if it is not.
type readRule func(k *compiler, t *pgtype.Type, typ reflect.Type) (Reader, error)

// readRules are asked in this order. What a Go type says about itself comes
// before what its kind suggests, and what was made for PostgreSQL before what
// was made for any database, before what was made for text.
func readRules() []readRule {
	return []readRule{
		readAny, readUnmarshaler, readNullable, readExtension, readKnown, readBytes16, readScanner,
		readBasic, readTextual, readPointer, readJSON, readArray, readComposite, readString,
	}
}

func (k *compiler) read(t *pgtype.Type, typ reflect.Type) (Reader, error) {
	if k.depth++; k.depth > maxDepth {
		return Reader{}, errDeep
	}
	defer func() { k.depth-- }()
	t = t.Under()
	if t == nil && k.format == pgtype.Binary {
		return Reader{}, errNoBinary
	}
	for _, rule := range readRules() {
		r, err := rule(k, t, typ)
		if err != nil {
			return Reader{}, err
		}
		if r.fn != nil || r.op != opFunc {
			r.typ = typ
			return r, nil
		}
	}
	return Reader{}, mismatch(t, typ)
}

// like returns the OID of the built-in type whose form t has: 0 for what is
// made of other types, that of text where nothing is known.
func like(t *pgtype.Type) uint32 {
	switch {
	case t == nil:
		return oidText
	case t.Kind == pgtype.KindBase && t.OID != t.Like && t.Ext != "citext":
		return 0 // what its binary form is only its extension knows
	}
	return t.Like
}

// nilNull stores NULL as a nil pointer or map.
func nilNull(p Pointer) error {
	p.point(Pointer{})
	return nil
}

// nilSlice stores NULL as a nil slice.
func nilSlice(p Pointer) error {
	*At[[]byte](p) = nil
	return nil
}

// nilAny stores NULL as a nil interface.
func nilAny(p Pointer) error {
	*At[any](p) = nil
	return nil
}

// nullOf returns how a kind stores NULL.
func nullOf(k reflect.Kind) func(Pointer) error {
	switch k {
	case reflect.Pointer, reflect.Map:
		return nilNull
	case reflect.Slice:
		return nilSlice
	case reflect.Interface:
		return nilAny
	}
	return nil
}

package scan

import (
	"reflect"
	"strings"

	"parley/pgtype"
)

// readPointer reads into a new variable and stores a pointer to it; NULL is
// nil. A variable that an old pointer points to is left alone: somebody may
// have kept it.
func readPointer(k *compiler, t *pgtype.Type, typ reflect.Type) (Reader, error) {
	if typ.Kind() != reflect.Pointer {
		return Reader{}, nil
	}
	elem := typ.Elem()
	inner, err := k.read(t, elem)
	if err != nil {
		return Reader{}, err
	}
	return Reader{null: nilNull, fn: func(m *Memory, b []byte, p Pointer) error {
		v := newOf(elem)
		if err := inner.Read(m, b, v); err != nil {
			return err
		}
		p.point(v)
		return nil
	}}, nil
}

// nullable is what database/sql calls a value with a boolean that tells NULL:
// sql.Null[T], sql.NullInt64 and their kin.
type nullable struct {
	value reflect.StructField
	valid uintptr
}

func nullableOf(typ reflect.Type) (nullable, bool) {
	if typ.Kind() != reflect.Struct || typ.PkgPath() != "database/sql" || !strings.HasPrefix(typ.Name(), "Null") || typ.NumField() != 2 {
		return nullable{}, false
	}
	valid, ok := typ.FieldByName("Valid")
	return nullable{typ.Field(0), valid.Offset}, ok && valid.Type.Kind() == reflect.Bool && valid.Index[0] == 1
}

func readNullable(k *compiler, t *pgtype.Type, typ reflect.Type) (Reader, error) {
	n, ok := nullableOf(typ)
	if !ok {
		return Reader{}, nil
	}
	inner, err := k.read(t, n.value.Type)
	if err != nil {
		return Reader{}, err
	}
	at := n.value.Offset
	return Reader{null: zero(typ), fn: func(m *Memory, b []byte, p Pointer) error {
		*At[bool](p.Add(n.valid)) = true
		return inner.Read(m, b, p.Add(at))
	}}, nil
}

// zero returns how a type's zero value is stored.
func zero(typ reflect.Type) func(Pointer) error {
	in := boxOf(typ)
	return func(p Pointer) error {
		reflect.ValueOf(in.put(p)).Elem().SetZero()
		return nil
	}
}

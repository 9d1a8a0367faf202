package scan

import (
	"database/sql"
	"encoding"
	"encoding/json"
	"reflect"
	"time"

	"parley/pgtype"
)

var (
	typeAny               = reflect.TypeFor[any]()
	typeTime              = reflect.TypeFor[time.Time]()
	typeScanner           = reflect.TypeFor[sql.Scanner]()
	typeUnmarshaler       = reflect.TypeFor[pgtype.Unmarshaler]()
	typeTextUnmarshaler   = reflect.TypeFor[encoding.TextUnmarshaler]()
	typeBinaryUnmarshaler = reflect.TypeFor[encoding.BinaryUnmarshaler]()
	typeJSONUnmarshaler   = reflect.TypeFor[json.Unmarshaler]()
)

// has reports whether a pointer to a variable of the type has the methods.
func has(typ, methods reflect.Type) bool {
	return typ.Kind() != reflect.Pointer && reflect.PointerTo(typ).Implements(methods)
}

// readsText reports whether a type reads text itself.
func readsText(typ reflect.Type) bool { return has(typ, typeTextUnmarshaler) }

// readUnmarshaler reads into what was made for PostgreSQL.
func readUnmarshaler(k *compiler, t *pgtype.Type, typ reflect.Type) (Reader, error) {
	if !has(typ, typeUnmarshaler) || t == nil {
		return Reader{}, nil
	}
	in, format := boxOf(typ), k.format
	return Reader{null: nullOf(typ.Kind()), fn: func(_ *Memory, b []byte, p Pointer) error {
		return in.put(p).(pgtype.Unmarshaler).ScanPG(b, t, format)
	}}, nil
}

// readScanner reads into what was made for database/sql, which is given what a
// driver would give: int64, float64, bool, []byte, string, time.Time or nil.
func readScanner(k *compiler, t *pgtype.Type, typ reflect.Type) (Reader, error) {
	if !has(typ, typeScanner) {
		return Reader{}, nil
	}
	in := boxOf(typ)
	fn, err := k.scannerFunc(t, in)
	if err != nil {
		return Reader{}, err
	}
	return Reader{fn: fn, null: func(p Pointer) error {
		return refused("Scan", in.put(p).(sql.Scanner).Scan(nil))
	}}, nil
}

func (k *compiler) scannerFunc(t *pgtype.Type, in box) (readFunc, error) {
	oid := like(t)
	if _, _, ok := isInt(oid); ok && oid != oidXID8 {
		return scanAs[int64](k, t, in)
	}
	switch oid {
	case oidFloat4, oidFloat8:
		return scanAs[float64](k, t, in)
	case oidBool:
		return scanAs[bool](k, t, in)
	case oidBytea, oidJSON, oidJSONB:
		return scanAs[[]byte](k, t, in)
	case oidTimestamptz, oidTimestamp, oidDate:
		return scanAs[time.Time](k, t, in)
	}
	return scanAs[string](k, t, in)
}

// scanAs reads a value as a T, on which Scan is called.
func scanAs[T any](k *compiler, t *pgtype.Type, in box) (readFunc, error) {
	inner, err := k.read(t, reflect.TypeFor[T]())
	return func(m *Memory, b []byte, p Pointer) error {
		var v T
		if err := inner.Read(m, b, PointerTo(&v)); err != nil {
			return err
		}
		return refused("Scan", in.put(p).(sql.Scanner).Scan(v))
	}, err
}

// readTextual reads into what reads text, or for uuid and bytea bytes, itself.
func readTextual(k *compiler, t *pgtype.Type, typ reflect.Type) (Reader, error) {
	oid := like(t)
	if isJSON(oid) || typ == typeTime && !isText(oid) { // 20240101 is a number, no time
		return Reader{}, nil
	}
	var fn readFunc
	var err error
	switch {
	case oid == oidBytea && has(typ, typeBinaryUnmarshaler):
		fn, err = k.unmarshalBinary(t, typ)
	case oid == oidBytea:
	case readsText(typ):
		fn, err = k.unmarshalText(t, typ)
	case oid == oidUUID && has(typ, typeBinaryUnmarshaler) && k.format == pgtype.Binary:
		fn, err = k.unmarshalBinary(t, typ)
	}
	return Reader{fn: fn, null: nullOf(typ.Kind())}, err
}

func (k *compiler) unmarshalText(t *pgtype.Type, typ reflect.Type) (readFunc, error) {
	in, text := boxOf(typ), k.textOf(t)
	return func(m *Memory, b []byte, p Pointer) error {
		b, err := text(m, b)
		if err != nil {
			return err
		}
		return refused("UnmarshalText", in.put(p).(encoding.TextUnmarshaler).UnmarshalText(b))
	}, nil
}

func (k *compiler) unmarshalBinary(t *pgtype.Type, typ reflect.Type) (readFunc, error) {
	in := boxOf(typ)
	if k.format == pgtype.Binary {
		return func(_ *Memory, b []byte, p Pointer) error {
			return refused("UnmarshalBinary", in.put(p).(encoding.BinaryUnmarshaler).UnmarshalBinary(b))
		}, nil
	}
	return func(_ *Memory, b []byte, p Pointer) error {
		var alone Memory
		b, err := byteaBytes(&alone, b)
		if err != nil {
			return err
		}
		return refused("UnmarshalBinary", in.put(p).(encoding.BinaryUnmarshaler).UnmarshalBinary(b))
	}, nil
}

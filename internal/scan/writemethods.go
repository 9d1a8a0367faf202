package scan

import (
	"database/sql/driver"
	"encoding"
	"encoding/json"
	"errors"
	"reflect"

	"parley/pgtype"
)

var (
	typeMarshaler       = reflect.TypeFor[pgtype.Marshaler]()
	typeValuer          = reflect.TypeFor[driver.Valuer]()
	typeTextMarshaler   = reflect.TypeFor[encoding.TextMarshaler]()
	typeBinaryMarshaler = reflect.TypeFor[encoding.BinaryMarshaler]()
	typeJSONMarshaler   = reflect.TypeFor[json.Marshaler]()
)

// writesText reports whether a type writes text itself.
func writesText(typ reflect.Type) bool { return has(typ, typeTextMarshaler) }

// writeMarshaler writes what was made for PostgreSQL.
func writeMarshaler(k *writeCompiler, t *pgtype.Type, typ reflect.Type) (Writer, error) {
	if !has(typ, typeMarshaler) || t == nil {
		return Writer{}, nil
	}
	in, format := boxOf(typ), k.format
	if format == pgtype.Binary && !marshals(typ, t, format) {
		return Writer{}, k.noForm(t, typ)
	}
	return Writer{null: nullIf(typ.Kind()), fn: func(dst []byte, p Pointer) ([]byte, error) {
		return in.put(p).(pgtype.Marshaler).AppendPG(dst, t, format)
	}}, nil
}

// marshals reports whether a type has a form, as its zero value tells.
func marshals(typ reflect.Type, t *pgtype.Type, f pgtype.Format) bool {
	_, err := reflect.New(typ).Interface().(pgtype.Marshaler).AppendPG(nil, t, f)
	return !errors.Is(err, pgtype.ErrFormat)
}

// writeValuer writes what was made for database/sql, as what its Value is. That of
// a slice or map that is nil need not be NULL, but an empty list.
func writeValuer(k *writeCompiler, t *pgtype.Type, typ reflect.Type) (Writer, error) {
	if !has(typ, typeValuer) {
		return Writer{}, nil
	}
	in := boxOf(typ)
	d := &dynamic{catalog: k.catalog, t: t, format: k.format, in: boxOf(typeAny)}
	if k.format == pgtype.Binary && !isText(like(t)) {
		return Writer{}, k.noForm(t, typ) // the Value is likely a string
	}
	return Writer{fn: func(dst []byte, p Pointer) ([]byte, error) {
		v, err := in.put(p).(driver.Valuer).Value()
		switch {
		case err != nil:
			return dst, refused("Value", err)
		case v == nil:
			return dst, errNull
		}
		return d.write(dst, PointerTo(&v))
	}}, nil
}

// writeTextual writes what writes text, or for uuid and bytea bytes, itself.
func writeTextual(k *writeCompiler, t *pgtype.Type, typ reflect.Type) (Writer, error) {
	oid := like(t)
	binary := t != nil && (oid == oidBytea || oid == oidUUID && !writesText(typ)) && has(typ, typeBinaryMarshaler)
	switch {
	case binary && k.format == pgtype.Binary:
		return Writer{null: nullIf(typ.Kind()), fn: marshalBinary(boxOf(typ))}, nil
	case isJSON(oid) || oid == oidBytea || !writesText(typ):
		return Writer{}, nil
	case k.format == pgtype.Binary && !isText(oid):
		return Writer{}, k.noForm(t, typ)
	}
	return Writer{null: nullIf(typ.Kind()), fn: marshalText(boxOf(typ))}, nil
}

func marshalBinary(in box) writeFunc {
	return func(dst []byte, p Pointer) ([]byte, error) {
		b, err := in.put(p).(encoding.BinaryMarshaler).MarshalBinary()
		return append(dst, b...), refused("MarshalBinary", err)
	}
}

func marshalText(in box) writeFunc {
	return func(dst []byte, p Pointer) ([]byte, error) {
		b, err := in.put(p).(encoding.TextMarshaler).MarshalText()
		if err != nil {
			return dst, refused("MarshalText", err)
		}
		return appendText(dst, b)
	}
}

// writeJSON writes anything as json or jsonb. Strings and bytes are taken for
// the text of it, as they are where the type of a parameter is not known yet.
func writeJSON(k *writeCompiler, t *pgtype.Type, typ reflect.Type) (Writer, error) {
	oid := like(t)
	if !isJSON(oid) {
		return Writer{}, nil
	}
	if typ.Kind() == reflect.Chan || typ.Kind() == reflect.Func {
		return Writer{}, k.noForm(t, typ)
	}
	fn := marshalJSON(boxOf(typ))
	if typ == reflect.TypeFor[json.RawMessage]() || !has(typ, typeJSONMarshaler) && !writesText(typ) {
		if text := k.basicText(t, typ); text != nil {
			fn = text
		}
	}
	if oid == oidJSONB && k.format == pgtype.Binary {
		return Writer{null: nullIf(typ.Kind()), fn: func(dst []byte, p Pointer) ([]byte, error) {
			return fn(append(dst, jsonVersion), p)
		}}, nil
	}
	return Writer{null: nullIf(typ.Kind()), fn: fn}, nil
}

func marshalJSON(in box) writeFunc {
	return func(dst []byte, p Pointer) ([]byte, error) {
		b, err := json.Marshal(in.put(p))
		return append(dst, b...), refused("encoding/json", err)
	}
}

package scan

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"parley/pgtype"
)

func isJSON(oid uint32) bool { return oid == oidJSON || oid == oidJSONB }

// jsonVersion is the first byte of a jsonb in binary.
const jsonVersion = 1

// jsonText returns the text of a json or jsonb.
func jsonText(oid uint32, f pgtype.Format) func(b []byte) ([]byte, error) {
	if oid == oidJSON || f == pgtype.Text {
		return func(b []byte) ([]byte, error) { return b, nil }
	}
	return func(b []byte) ([]byte, error) {
		if len(b) == 0 {
			return nil, errMalformed
		}
		if b[0] != jsonVersion {
			return nil, errVersion
		}
		return b[1:], nil
	}
}

// readJSON reads json and jsonb: their text into strings and bytes, else what
// it means.
func readJSON(k *compiler, t *pgtype.Type, typ reflect.Type) (Reader, error) {
	oid := like(t)
	if !isJSON(oid) {
		return Reader{}, nil
	}
	text := jsonText(oid, k.format)
	plain := !has(typ, typeJSONUnmarshaler) || typ == reflect.TypeFor[json.RawMessage]()
	switch {
	case plain && typ.Kind() == reflect.String:
		return Reader{fn: func(m *Memory, b []byte, p Pointer) error {
			b, err := text(b)
			*At[string](p) = m.String(b)
			return err
		}}, nil
	case plain && isBytes(typ):
		return Reader{null: nilSlice, fn: func(m *Memory, b []byte, p Pointer) error {
			b, err := text(b)
			*At[[]byte](p) = m.Bytes(b)
			return err
		}}, nil
	}
	return Reader{null: nullOf(typ.Kind()), fn: unmarshalJSON(text, typ)}, nil
}

// unmarshalJSON reads into a fresh value: encoding/json keeps what was in a map,
// a slice or a struct before.
func unmarshalJSON(text func(b []byte) ([]byte, error), typ reflect.Type) readFunc {
	in := boxOf(typ)
	return func(_ *Memory, b []byte, p Pointer) error {
		b, err := text(b)
		if err != nil {
			return err
		}
		v := in.put(p)
		reflect.ValueOf(v).Elem().SetZero()
		return jsonError(json.Unmarshal(b, v))
	}
}

// jsonError says where JSON does not fit; encoding/json would tell the value.
func jsonError(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		where := ""
		if e.Field != "" {
			where = " at " + e.Field
		}
		return &problem{fmt.Sprintf("the JSON%s does not fit %s", where, e.Type), err}
	}
	return &problem{"the JSON cannot be read", err}
}

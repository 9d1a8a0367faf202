package scan

import (
	"reflect"

	"parley/internal/pgcodec"
	"parley/pgtype"
)

// readAny reads into any what pgtype.Value says.
func readAny(k *compiler, t *pgtype.Type, typ reflect.Type) (Reader, error) {
	if typ != typeAny {
		return Reader{}, nil
	}
	c, format := k.catalog, k.format
	return Reader{null: nilAny, fn: func(_ *Memory, b []byte, p Pointer) (err error) {
		*At[any](p), err = pgtype.Value(c, t, format, b)
		return err
	}}, nil
}

// textOf returns what makes the text of a value: the value itself, or scratch
// space of the memory.
func (k *compiler) textOf(t *pgtype.Type) func(m *Memory, b []byte) ([]byte, error) {
	if k.format == pgtype.Text && like(t) == oidTimestamptz {
		return inUTC
	}
	if k.format == pgtype.Text || isText(like(t)) {
		return func(_ *Memory, b []byte) ([]byte, error) { return b, nil }
	}
	format := k.format
	return func(m *Memory, b []byte) ([]byte, error) {
		v, err := pgtype.AppendText(m.scratch[:0], t, format, b)
		m.scratch = kept(v)
		return v, err
	}
}

// inUTC returns the text of a timestamptz as it is of its binary form: in UTC, and
// not where the session is. What is in no style that is known is left as it is.
func inUTC(m *Memory, b []byte) ([]byte, error) {
	us, err := pgcodec.ParseTimestamptz(b)
	if err != nil {
		return b, nil
	}
	v := pgcodec.AppendTimestamptz(m.scratch[:0], us)
	m.scratch = kept(v)
	return v, nil
}

// readString reads the text of anything.
func readString(k *compiler, t *pgtype.Type, typ reflect.Type) (Reader, error) {
	text := k.textOf(t)
	switch {
	case typ.Kind() == reflect.String:
		return Reader{fn: func(m *Memory, b []byte, p Pointer) error {
			v, err := text(m, b)
			*At[string](p) = m.String(v)
			return err
		}}, nil
	case isBytes(typ):
		return Reader{null: nilSlice, fn: func(m *Memory, b []byte, p Pointer) error {
			v, err := text(m, b)
			*At[[]byte](p) = m.Bytes(v)
			return err
		}}, nil
	}
	return Reader{}, nil
}

package scan

import (
	"reflect"

	"parley/internal/pgcodec"
	"parley/pgtype"
)

func readBoolText(_ *Memory, b []byte, p Pointer) (err error) {
	*At[bool](p), err = pgcodec.ParseBool(b)
	return err
}

// byteaReader reads a bytea into a kind; nil for none.
func (k *compiler) byteaReader(typ reflect.Type) readFunc {
	text := k.format == pgtype.Text
	switch {
	case isBytes(typ):
		return func(m *Memory, b []byte, p Pointer) error {
			v, err := byteaBytes(m, b)
			*At[[]byte](p) = v
			return err
		}
	case typ.Kind() == reflect.String:
		return func(m *Memory, b []byte, p Pointer) error {
			v, err := byteaBytes(m, b)
			*At[string](p) = carve(v)
			return err
		}
	case typ.Kind() == reflect.Array && typ.Elem().Kind() == reflect.Uint8:
		return byteArray(typ.Len(), text)
	}
	return nil
}

// byteaBytes makes the bytes of a bytea in text.
func byteaBytes(m *Memory, b []byte) ([]byte, error) {
	v, err := pgcodec.ParseBytea(m.scratch[:0], b)
	m.scratch = kept(v)
	return m.Bytes(v), err
}

// byteArray reads a bytea of just the right length into an array of bytes.
func byteArray(n int, text bool) readFunc {
	return func(_ *Memory, b []byte, p Pointer) error {
		if text {
			var alone Memory
			var err error
			if b, err = byteaBytes(&alone, b); err != nil {
				return err
			}
		}
		if len(b) != n {
			return errRange
		}
		for i, v := range b {
			*At[byte](p.Add(uintptr(i))) = v
		}
		return nil
	}
}

// readBytes16 reads a uuid into an array of 16 bytes, whatever its name and
// methods: it is what every package of UUIDs has.
func readBytes16(k *compiler, t *pgtype.Type, typ reflect.Type) (Reader, error) {
	if like(t) != oidUUID || !isUUID(typ) {
		return Reader{}, nil
	}
	if k.format == pgtype.Text {
		return Reader{fn: uuidText}, nil
	}
	return Reader{fn: uuidBinary}, nil
}

func isUUID(typ reflect.Type) bool {
	return typ.Kind() == reflect.Array && typ.Len() == 16 && typ.Elem().Kind() == reflect.Uint8
}

func uuidBinary(_ *Memory, b []byte, p Pointer) error {
	if len(b) != 16 {
		return errMalformed
	}
	*At[[16]byte](p) = [16]byte(b)
	return nil
}

func uuidText(_ *Memory, b []byte, p Pointer) (err error) {
	*At[[16]byte](p), err = pgcodec.ParseUUID(b)
	return err
}

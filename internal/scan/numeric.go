package scan

import (
	"math/big"
	"reflect"

	"parley/internal/pgcodec"
	"parley/pgtype"
)

// numericForm returns the binary form of a numeric in the compiler's format.
func (k *compiler) numericForm() func(m *Memory, b []byte) ([]byte, error) {
	if k.format == pgtype.Binary {
		return func(_ *Memory, b []byte) ([]byte, error) { return b, nil }
	}
	return func(m *Memory, b []byte) ([]byte, error) {
		v, err := pgcodec.ParseNumeric(m.scratch[:0], b)
		m.scratch = kept(v)
		return v, err
	}
}

// numericReader reads a numeric into a kind; nil for none.
func (k *compiler) numericReader(typ reflect.Type) readFunc {
	form := k.numericForm()
	switch typ.Kind() {
	case reflect.Float64:
		return func(m *Memory, b []byte, p Pointer) error {
			b, err := form(m, b)
			if err == nil {
				*At[float64](p), err = pgcodec.NumericFloat64(b)
			}
			return err
		}
	case reflect.Float32:
		return func(m *Memory, b []byte, p Pointer) error {
			b, err := form(m, b)
			if err != nil {
				return err
			}
			v, err := pgcodec.NumericFloat64(b)
			*At[float32](p) = float32(v)
			return err
		}
	}
	store := intReader(source{read: pgcodec.NumericInt64[[]byte]}, typ)
	if store == nil {
		return nil
	}
	return func(m *Memory, b []byte, p Pointer) error {
		b, err := form(m, b)
		if err != nil {
			return err
		}
		return store(m, b, p)
	}
}

// bigNumeric reads a whole numeric into a big.Int.
func (k *compiler) bigNumeric() readFunc {
	form := k.numericForm()
	return func(m *Memory, b []byte, p Pointer) error {
		b, err := form(m, b)
		if err != nil {
			return err
		}
		n, exp, err := pgcodec.NumericBig(b)
		if err != nil {
			return err
		}
		ten, rest := big.NewInt(10), new(big.Int)
		switch scale := new(big.Int).Exp(ten, big.NewInt(max(int64(exp), -int64(exp))), nil); {
		case exp > 0:
			n.Mul(n, scale)
		case exp < 0:
			n.QuoRem(n, scale, rest)
		}
		if rest.Sign() != 0 {
			return errFraction
		}
		At[big.Int](p).Set(n)
		return nil
	}
}

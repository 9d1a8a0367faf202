package scan

import (
	"encoding/binary"
	"math"
	"math/big"
	"reflect"
	"strconv"

	"parley/pgtype"
)

// An intFunc reads a value's form as an integer. An unsigned one of 64 bits
// comes as its bits.
type intFunc func(b []byte) (int64, error)

// source is where integers come from: bits tells signed 64 from unsigned 64.
type source struct {
	read     intFunc
	unsigned bool // the top bit is no sign
}

func intSource(size int, signed bool, f pgtype.Format) source {
	switch {
	case f == pgtype.Text && signed:
		return source{read: intText}
	case f == pgtype.Text:
		return source{read: uintText, unsigned: true}
	case size == 2:
		return source{read: int2Binary}
	case size == 4 && signed:
		return source{read: int4Binary}
	case size == 4:
		return source{read: uint4Binary}
	}
	return source{read: int8Binary, unsigned: !signed}
}

func int2Binary(b []byte) (int64, error) {
	if len(b) != 2 {
		return 0, errMalformed
	}
	return int64(int16(binary.BigEndian.Uint16(b))), nil
}

func int4Binary(b []byte) (int64, error) {
	if len(b) != 4 {
		return 0, errMalformed
	}
	return int64(int32(binary.BigEndian.Uint32(b))), nil
}

func uint4Binary(b []byte) (int64, error) {
	if len(b) != 4 {
		return 0, errMalformed
	}
	return int64(binary.BigEndian.Uint32(b)), nil
}

func int8Binary(b []byte) (int64, error) {
	if len(b) != 8 {
		return 0, errMalformed
	}
	return int64(binary.BigEndian.Uint64(b)), nil
}

func intText(b []byte) (int64, error) {
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		return 0, errMalformed
	}
	return n, nil
}

func uintText(b []byte) (int64, error) {
	n, err := strconv.ParseUint(string(b), 10, 64)
	if err != nil {
		return 0, errMalformed
	}
	return int64(n), nil
}

// intReader returns the reader of integers into a kind; nil for none.
func intReader(s source, typ reflect.Type) readFunc {
	switch typ.Kind() {
	case reflect.Int:
		return intInto[int](s)
	case reflect.Int8:
		return intInto[int8](s)
	case reflect.Int16:
		return intInto[int16](s)
	case reflect.Int32:
		return intInto[int32](s)
	case reflect.Int64:
		return intInto[int64](s)
	case reflect.Uint:
		return intInto[uint](s)
	case reflect.Uint8:
		return intInto[uint8](s)
	case reflect.Uint16:
		return intInto[uint16](s)
	case reflect.Uint32:
		return intInto[uint32](s)
	case reflect.Uint64:
		return intInto[uint64](s)
	case reflect.Float64:
		return intIntoFloat[float64](s)
	case reflect.Float32:
		return intIntoFloat[float32](s)
	}
	return nil
}

type integer interface {
	int | int8 | int16 | int32 | int64 | uint | uint8 | uint16 | uint32 | uint64
}

// fits reports whether a T holds an integer.
func fits[T integer](n int64, unsigned bool) bool {
	v := T(n)
	if unsigned {
		return v >= 0 && uint64(v) == uint64(n)
	}
	return int64(v) == n && (v < 0) == (n < 0)
}

func intInto[T integer](s source) readFunc {
	return func(_ *Memory, b []byte, p Pointer) error {
		n, err := s.read(b)
		if err != nil {
			return err
		}
		if !fits[T](n, s.unsigned) {
			return errRange
		}
		*At[T](p) = T(n)
		return nil
	}
}

func intIntoFloat[T float32 | float64](s source) readFunc {
	return func(_ *Memory, b []byte, p Pointer) error {
		n, err := s.read(b)
		if err != nil {
			return err
		}
		v := T(n)
		if s.unsigned && n < 0 {
			v = T(uint64(n))
		}
		if !exact(float64(v), n, s.unsigned) {
			return errInexact
		}
		*At[T](p) = v
		return nil
	}
}

// exact reports whether a float is the integer. Floats of 2^63 and more are
// beyond what int64 can be converted from.
func exact(v float64, n int64, unsigned bool) bool {
	if unsigned {
		return v < 1<<64 && uint64(v) == uint64(n)
	}
	return v >= -1<<63 && v < 1<<63 && int64(v) == n
}

// A floatFunc reads a value's form as a float.
type floatFunc func(b []byte) (float64, error)

func floatSource(oid uint32, f pgtype.Format) floatFunc {
	switch {
	case f == pgtype.Binary && oid == oidFloat4:
		return float4Binary
	case f == pgtype.Binary:
		return float8Binary
	case oid == oidFloat4:
		return func(b []byte) (float64, error) { return floatText(b, 32) }
	}
	return func(b []byte) (float64, error) { return floatText(b, 64) }
}

func float4Binary(b []byte) (float64, error) {
	if len(b) != 4 {
		return 0, errMalformed
	}
	return float64(math.Float32frombits(binary.BigEndian.Uint32(b))), nil
}

func float8Binary(b []byte) (float64, error) {
	if len(b) != 8 {
		return 0, errMalformed
	}
	return math.Float64frombits(binary.BigEndian.Uint64(b)), nil
}

func floatText(b []byte, bits int) (float64, error) {
	v, err := strconv.ParseFloat(string(b), bits)
	if err != nil {
		return 0, errMalformed
	}
	return v, nil
}

// floatReader returns the reader of floats into a kind; nil for none.
func floatReader(f floatFunc, typ reflect.Type) readFunc {
	switch typ.Kind() {
	case reflect.Float64:
		return func(_ *Memory, b []byte, p Pointer) (err error) {
			*At[float64](p), err = f(b)
			return err
		}
	case reflect.Float32:
		return float32Reader(f)
	}
	if intReader(source{}, typ) == nil {
		return nil
	}
	return intReader(source{read: func(b []byte) (int64, error) {
		v, err := f(b)
		if err != nil {
			return 0, err
		}
		return wholeFloat(v)
	}}, typ)
}

func float32Reader(f floatFunc) readFunc {
	return func(_ *Memory, b []byte, p Pointer) error {
		v, err := f(b)
		if err != nil {
			return err
		}
		n := float32(v)
		if float64(n) != v && v == v {
			return errInexact
		}
		*At[float32](p) = n
		return nil
	}
}

func wholeFloat(v float64) (int64, error) {
	switch {
	case v != math.Trunc(v): // NaN too
		return 0, errFraction
	case v < -1<<63 || v >= 1<<63:
		return 0, errRange
	}
	return int64(v), nil
}

// bigReader reads integers into a big.Int.
func bigReader(s source) readFunc {
	return func(_ *Memory, b []byte, p Pointer) error {
		n, err := s.read(b)
		if err != nil {
			return err
		}
		if s.unsigned {
			At[big.Int](p).SetUint64(uint64(n))
		} else {
			At[big.Int](p).SetInt64(n)
		}
		return nil
	}
}

package scan

import (
	"bytes"
	"encoding/binary"
	"math"
	"reflect"
	"strconv"

	"parley/internal/pgcodec"
	"parley/pgtype"
)

// writeBasic writes Go's plain kinds. Where a type has no binary form for them
// their text is sent, and the server judges it.
func writeBasic(k *writeCompiler, t *pgtype.Type, typ reflect.Type) (Writer, error) {
	if writesText(typ) || isJSON(like(t)) {
		return Writer{}, nil
	}
	if k.format == pgtype.Text {
		return Writer{fn: k.basicText(t, typ), null: nullIf(typ.Kind())}, nil
	}
	return Writer{fn: k.basicBinary(t, typ), null: nullIf(typ.Kind())}, nil
}

// basicText returns how the text of a plain kind is written; nil for none.
func (k *writeCompiler) basicText(t *pgtype.Type, typ reflect.Type) writeFunc {
	kind := typ.Kind()
	switch {
	case kind == reflect.String:
		return writeText
	case kind == reflect.Bool:
		return func(dst []byte, p Pointer) ([]byte, error) { return strconv.AppendBool(dst, *At[bool](p)), nil }
	case kind == reflect.Float64:
		return func(dst []byte, p Pointer) ([]byte, error) { return appendFloat(dst, *At[float64](p)), nil }
	case kind == reflect.Float32:
		return func(dst []byte, p Pointer) ([]byte, error) {
			return appendFloat(dst, float64(*At[float32](p))), nil
		}
	case isBytes(typ) && like(t) == oidBytea && t != nil:
		return func(dst []byte, p Pointer) ([]byte, error) { return pgcodec.AppendBytea(dst, *At[[]byte](p)), nil }
	case kind == reflect.Array && typ.Elem().Kind() == reflect.Uint8 && like(t) == oidBytea && t != nil:
		write := writeByteArray(typ.Len())
		return func(dst []byte, p Pointer) ([]byte, error) {
			b, err := write(nil, p)
			return pgcodec.AppendBytea(dst, b), err
		}
	case isBytes(typ) && t != nil && t.Kind != pgtype.KindArray:
		return func(dst []byte, p Pointer) ([]byte, error) { return appendText(dst, *At[[]byte](p)) }
	}
	if n := loadInt(typ.Kind()); n != nil {
		unsigned := isUnsigned(kind)
		return func(dst []byte, p Pointer) ([]byte, error) {
			if unsigned {
				return strconv.AppendUint(dst, uint64(n(p)), 10), nil
			}
			return strconv.AppendInt(dst, n(p), 10), nil
		}
	}
	return nil
}

func writeText(dst []byte, p Pointer) ([]byte, error) {
	return appendText(dst, bytesOf(*At[string](p)))
}

// appendText appends text, which the server would cut at a zero byte.
func appendText(dst, text []byte) ([]byte, error) {
	if bytes.IndexByte(text, 0) >= 0 {
		return dst, errNUL
	}
	return append(dst, text...), nil
}

// appendFloat appends a float's text: that of infinities as the server has it,
// that of whole numbers such that types of integers read it. A float32 is written
// as the number that it is, as in binary, and not as the shortest one near it.
func appendFloat(dst []byte, v float64) []byte {
	switch {
	case math.IsInf(v, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(v, -1):
		return append(dst, "-Infinity"...)
	case v == math.Trunc(v) && math.Abs(v) < 1<<63:
		return strconv.AppendFloat(dst, v, 'f', -1, 64)
	}
	return strconv.AppendFloat(dst, v, 'g', -1, 64)
}

// basicBinary returns how a plain kind is written in binary; nil for none.
func (k *writeCompiler) basicBinary(t *pgtype.Type, typ reflect.Type) writeFunc {
	oid, kind := like(t), typ.Kind()
	switch {
	case isText(oid) && kind == reflect.String:
		return writeText
	case isText(oid) && isBytes(typ):
		return func(dst []byte, p Pointer) ([]byte, error) { return appendText(dst, *At[[]byte](p)) }
	case oid == oidBytea && isBytes(typ):
		return func(dst []byte, p Pointer) ([]byte, error) { return append(dst, *At[[]byte](p)...), nil }
	case oid == oidBytea && kind == reflect.Array && typ.Elem().Kind() == reflect.Uint8:
		return writeByteArray(typ.Len())
	case oid == oidBool && kind == reflect.Bool:
		return func(dst []byte, p Pointer) ([]byte, error) { return appendBool(dst, *At[bool](p)), nil }
	case kind == reflect.Float64:
		return binaryFloat(oid, func(p Pointer) float64 { return *At[float64](p) })
	case kind == reflect.Float32:
		return binaryFloat(oid, func(p Pointer) float64 { return float64(*At[float32](p)) })
	}
	return hotInt(oid, kind)
}

func writeByteArray(n int) writeFunc {
	return func(dst []byte, p Pointer) ([]byte, error) {
		for i := range n {
			dst = append(dst, *At[byte](p.Add(uintptr(i))))
		}
		return dst, nil
	}
}

func appendBool(dst []byte, v bool) []byte {
	if v {
		return append(dst, 1)
	}
	return append(dst, 0)
}

// binaryFloat writes a float; nil for a type that is none of floats.
func binaryFloat(oid uint32, load func(Pointer) float64) writeFunc {
	switch oid {
	case oidFloat8, oidFloat4, oidNumeric:
		return func(dst []byte, p Pointer) ([]byte, error) { return appendFloatAs(dst, oid, load(p)) }
	}
	return nil
}

// appendFloatAs appends a float as a float8, a float4 or a numeric.
func appendFloatAs(dst []byte, oid uint32, v float64) ([]byte, error) {
	switch oid {
	case oidFloat8:
		return binary.BigEndian.AppendUint64(dst, math.Float64bits(v)), nil
	case oidFloat4:
		n := float32(v)
		if math.IsInf(float64(n), 0) && !math.IsInf(v, 0) {
			return dst, errRange
		}
		return binary.BigEndian.AppendUint32(dst, math.Float32bits(n)), nil
	}
	return pgcodec.AppendNumericFloat64(dst, v), nil
}

// hotInt returns how an integer is written as one of its own size, or else with
// a check of its range; nil for what is no integer.
func hotInt(oid uint32, kind reflect.Kind) writeFunc {
	switch {
	case oid == oidInt8 && (kind == reflect.Int64 || kind == reflect.Int && strconv.IntSize == 64):
		return func(dst []byte, p Pointer) ([]byte, error) {
			return binary.BigEndian.AppendUint64(dst, *At[uint64](p)), nil
		}
	case oid == oidInt4 && kind == reflect.Int32:
		return func(dst []byte, p Pointer) ([]byte, error) {
			return binary.BigEndian.AppendUint32(dst, *At[uint32](p)), nil
		}
	}
	load := loadInt(kind)
	if load == nil || !takesInt(oid) {
		return nil
	}
	unsigned := isUnsigned(kind)
	return func(dst []byte, p Pointer) ([]byte, error) { return appendIntAs(dst, oid, load(p), unsigned) }
}

// loadInt returns how an integer is loaded, an unsigned one as its bits; nil for
// what is no integer.
func loadInt(kind reflect.Kind) func(Pointer) int64 {
	switch kind {
	case reflect.Int:
		return func(p Pointer) int64 { return int64(*At[int](p)) }
	case reflect.Int8:
		return func(p Pointer) int64 { return int64(*At[int8](p)) }
	case reflect.Int16:
		return func(p Pointer) int64 { return int64(*At[int16](p)) }
	case reflect.Int32:
		return func(p Pointer) int64 { return int64(*At[int32](p)) }
	case reflect.Int64:
		return func(p Pointer) int64 { return *At[int64](p) }
	case reflect.Uint:
		return func(p Pointer) int64 { return int64(*At[uint](p)) }
	case reflect.Uint8:
		return func(p Pointer) int64 { return int64(*At[uint8](p)) }
	case reflect.Uint16:
		return func(p Pointer) int64 { return int64(*At[uint16](p)) }
	case reflect.Uint32:
		return func(p Pointer) int64 { return int64(*At[uint32](p)) }
	case reflect.Uint64:
		return func(p Pointer) int64 { return int64(*At[uint64](p)) }
	}
	return nil
}

func isUnsigned(kind reflect.Kind) bool { return kind >= reflect.Uint && kind <= reflect.Uint64 }

// takesInt reports whether a type has a binary form for integers.
func takesInt(oid uint32) bool {
	_, _, ok := isInt(oid)
	return ok || oid == oidFloat8 || oid == oidFloat4 || oid == oidNumeric
}

// appendIntAs appends an integer as a type that takesInt.
func appendIntAs(dst []byte, oid uint32, n int64, unsigned bool) ([]byte, error) {
	huge := unsigned && n < 0 // 2^63 and more
	switch oid {
	case oidInt2:
		if huge || int64(int16(n)) != n {
			return dst, errRange
		}
		return binary.BigEndian.AppendUint16(dst, uint16(n)), nil
	case oidInt4:
		if huge || int64(int32(n)) != n {
			return dst, errRange
		}
		return binary.BigEndian.AppendUint32(dst, uint32(n)), nil
	case oidInt8:
		if huge {
			return dst, errRange
		}
		return binary.BigEndian.AppendUint64(dst, uint64(n)), nil
	case oidXID8:
		if n < 0 && !huge {
			return dst, errRange
		}
		return binary.BigEndian.AppendUint64(dst, uint64(n)), nil
	case oidFloat8, oidFloat4:
		return appendIntAsFloat(dst, oid, n, unsigned)
	case oidNumeric:
		if unsigned {
			return pgcodec.AppendNumericUint64(dst, uint64(n)), nil
		}
		return pgcodec.AppendNumericInt64(dst, n), nil
	}
	if int64(uint32(n)) != n { // oid, xid, cid
		return dst, errRange
	}
	return binary.BigEndian.AppendUint32(dst, uint32(n)), nil
}

func appendIntAsFloat(dst []byte, oid uint32, n int64, unsigned bool) ([]byte, error) {
	v := float64(n)
	if unsigned {
		v = float64(uint64(n))
	}
	if oid == oidFloat4 {
		v = float64(float32(v))
	}
	if !exact(v, n, unsigned) {
		return dst, errInexact
	}
	return appendFloatAs(dst, oid, v)
}

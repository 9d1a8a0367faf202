package scan

import (
	"encoding/binary"
	"math"
	"reflect"
	"time"

	"parley/pgtype"
)

// opcode is a reader that a switch knows, because a call through a pointer
// would be a good part of its cost.
type opcode uint8

const (
	opFunc opcode = iota // none: call fn
	opSkip
	op64       // int8, float8
	op32       // int4, float4
	op16       // int2
	opInt4Wide // int4 into 64 bits
	opBool
	opString
	opBytes
	opTimestamptz
)

// epoch is 2000-01-01, from which PostgreSQL counts, in seconds since 1970.
const epoch = 946684800

// hot returns the opcode for a type in binary and a Go type of a plain kind.
func hot(oid uint32, typ reflect.Type) opcode {
	kind := typ.Kind()
	wide := kind == reflect.Int64 || kind == reflect.Int && typ.Size() == 8
	switch {
	case oid == oidInt8 && wide:
		return op64
	case oid == oidInt4 && wide:
		return opInt4Wide
	case oid == oidInt4 && (kind == reflect.Int32 || kind == reflect.Int && typ.Size() == 4):
		return op32
	case oid == oidInt2 && kind == reflect.Int16:
		return op16
	case oid == oidFloat8 && kind == reflect.Float64:
		return op64
	case oid == oidFloat4 && kind == reflect.Float32:
		return op32
	case oid == oidBool && kind == reflect.Bool:
		return opBool
	}
	return opFunc
}

// read is the switch. It returns an error where the length is wrong. What reads
// whole rows knows the commonest cases itself, because the call too costs as much
// as they do.
func (op opcode) read(m *Memory, b []byte, p Pointer) error {
	switch op {
	case op64:
		if len(b) == 8 {
			*At[uint64](p) = binary.BigEndian.Uint64(b)
			return nil
		}
	case op32:
		if len(b) == 4 {
			*At[uint32](p) = binary.BigEndian.Uint32(b)
			return nil
		}
	case opInt4Wide:
		if len(b) == 4 {
			*At[int64](p) = int64(int32(binary.BigEndian.Uint32(b)))
			return nil
		}
	case op16:
		if len(b) == 2 {
			*At[uint16](p) = binary.BigEndian.Uint16(b)
			return nil
		}
	case opSkip:
		return nil
	case opString:
		*At[string](p) = m.String(b)
		return nil
	case opBytes:
		*At[[]byte](p) = m.Bytes(b)
		return nil
	case opBool:
		if len(b) == 1 && b[0] <= 1 {
			*At[bool](p) = b[0] == 1
			return nil
		}
	case opTimestamptz:
		if len(b) == 8 {
			return readInstant(int64(binary.BigEndian.Uint64(b)), p, "pgtype.Timestamptz")
		}
	}
	return errMalformed
}

// readInstant stores microseconds since 2000.
func readInstant(micros int64, p Pointer, infinite string) error {
	if micros == math.MaxInt64 || micros == math.MinInt64 {
		return errInfinity(infinite)
	}
	sec, rest := micros/1e6, micros%1e6
	if rest < 0 {
		sec, rest = sec-1, rest+1e6
	}
	*At[time.Time](p) = time.Unix(epoch+sec, rest*1e3).UTC()
	return nil
}

// errInfinity is the error of a time that never comes.
func errInfinity(use string) error {
	return &problem{"it is infinity, which a time cannot be; use " + use, nil}
}

// readBasic reads integers, floats, booleans, text and bytes into Go's kinds,
// as long as the Go type has no methods that read text.
func readBasic(k *compiler, t *pgtype.Type, typ reflect.Type) (Reader, error) {
	if readsText(typ) {
		return Reader{}, nil
	}
	oid := like(t)
	if k.format == pgtype.Binary {
		if op := hot(oid, typ); op != opFunc {
			return Reader{op: op}, nil
		}
	}
	if isText(oid) || oid == oidBytea && k.format == pgtype.Binary {
		switch {
		case typ.Kind() == reflect.String:
			return Reader{op: opString}, nil
		case isBytes(typ):
			return Reader{op: opBytes, null: nilSlice}, nil
		}
	}
	if size, signed, ok := isInt(oid); ok {
		return Reader{fn: intReader(intSource(size, signed, k.format), typ)}, nil
	}
	return Reader{fn: k.basicFunc(oid, typ), null: nullOf(typ.Kind())}, nil
}

// basicFunc returns the reader of a type that is no integer; nil for none.
func (k *compiler) basicFunc(oid uint32, typ reflect.Type) readFunc {
	switch oid {
	case oidFloat4, oidFloat8:
		return floatReader(floatSource(oid, k.format), typ)
	case oidBool:
		if typ.Kind() == reflect.Bool {
			return readBoolText
		}
	case oidBytea:
		return k.byteaReader(typ)
	case oidNumeric:
		return k.numericReader(typ)
	}
	return nil
}

// isBytes reports whether a type is a slice of bytes.
func isBytes(typ reflect.Type) bool {
	return typ.Kind() == reflect.Slice && typ.Elem().Kind() == reflect.Uint8
}

package sqldriver

import (
	"bytes"
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"parley/pgtype"
)

// decode reads a value in binary form.
type decode func([]byte) (driver.Value, error)

// decodes are the types that results are mostly made of. They are read without
// being scanned, because database/sql makes an interface of each value anyway.
var decodes = map[uint32]decode{
	oidBool:        fixed(1, func(b []byte) driver.Value { return b[0] != 0 }),
	oidInt2:        fixed(2, func(b []byte) driver.Value { return int64(int16(binary.BigEndian.Uint16(b))) }),
	oidInt4:        fixed(4, func(b []byte) driver.Value { return int64(int32(binary.BigEndian.Uint32(b))) }),
	oidInt8:        fixed(8, func(b []byte) driver.Value { return int64(binary.BigEndian.Uint64(b)) }),
	oidFloat8:      fixed(8, func(b []byte) driver.Value { return math.Float64frombits(binary.BigEndian.Uint64(b)) }),
	oidText:        decodeString,
	oidVarchar:     decodeString,
	oidBpchar:      decodeString,
	oidBytea:       func(b []byte) (driver.Value, error) { return bytes.Clone(b), nil },
	oidDate:        timeOf(oidDate),
	oidTimestamp:   timeOf(oidTimestamp),
	oidTimestamptz: timeOf(oidTimestamptz),
}

func fixed(size int, read func([]byte) driver.Value) decode {
	return func(b []byte) (driver.Value, error) {
		if len(b) != size {
			return nil, fmt.Errorf("%d bytes, where the type has %d", len(b), size)
		}
		return read(b), nil
	}
}

func decodeString(b []byte) (driver.Value, error) { return string(b), nil }

func timeOf(oid uint32) decode {
	t := new(pgtype.Catalog).Type(oid)
	return func(b []byte) (driver.Value, error) {
		v, err := pgtype.Value(nil, t, pgtype.Binary, b)
		if err != nil {
			return nil, err
		}
		return timeOrText(v), nil
	}
}

// timeOrText returns what is no time.Time as PostgreSQL prints it: infinities.
func timeOrText(v any) driver.Value {
	if _, ok := v.(time.Time); ok {
		return v
	}
	return fmt.Sprint(v)
}

// decodeText returns what reads a type in text form.
func decodeText(oid uint32) decode {
	return func(b []byte) (driver.Value, error) { return fromText(oid, string(b)) }
}

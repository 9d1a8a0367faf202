package sqldriver

import (
	"database/sql/driver"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"parley"
	"parley/pgtype"
)

// columns are the columns of a result, as database/sql asks about them.
type columns []parley.Column

// Columns returns their names.
func (cs columns) Columns() []string {
	names := make([]string, len(cs))
	for i, c := range cs {
		names[i] = c.Name
	}
	return names
}

// ColumnTypeDatabaseTypeName returns the name of a column's type in upper case,
// such as INT4 or _TEXT; the OID of a type that is not built in.
func (cs columns) ColumnTypeDatabaseTypeName(i int) string {
	if b, ok := pgtype.ByOID(cs[i].Type); ok {
		return strings.ToUpper(b.Name)
	}
	return strconv.FormatUint(uint64(cs[i].Type), 10)
}

// The OIDs of types whose columns have a Go type or a size of their own.
const (
	oidBool        = 16
	oidBytea       = 17
	oidInt8        = 20
	oidInt2        = 21
	oidInt4        = 23
	oidText        = 25
	oidOID         = 26
	oidJSON        = 114
	oidFloat4      = 700
	oidFloat8      = 701
	oidBpchar      = 1042
	oidVarchar     = 1043
	oidDate        = 1082
	oidTimestamp   = 1114
	oidTimestamptz = 1184
	oidNumeric     = 1700
	oidJSONB       = 3802
)

var scanTypes = map[uint32]reflect.Type{
	oidBool: reflect.TypeFor[bool](), oidBytea: reflect.TypeFor[[]byte](), oidJSON: reflect.TypeFor[[]byte](), oidJSONB: reflect.TypeFor[[]byte](),
	oidInt2: reflect.TypeFor[int64](), oidInt4: reflect.TypeFor[int64](), oidInt8: reflect.TypeFor[int64](), oidOID: reflect.TypeFor[int64](),
	oidFloat4: reflect.TypeFor[float64](), oidFloat8: reflect.TypeFor[float64](),
	oidDate: reflect.TypeFor[time.Time](), oidTimestamp: reflect.TypeFor[time.Time](), oidTimestamptz: reflect.TypeFor[time.Time](),
}

// ColumnTypeScanType returns the Go type that a column's values have, where they
// are not NULL.
func (cs columns) ColumnTypeScanType(i int) reflect.Type {
	if t := scanTypes[cs[i].Type]; t != nil {
		return t
	}
	return reflect.TypeFor[string]()
}

// varying is what a type modifier of a string has besides the length.
const varying = 4

// ColumnTypeLength returns how many characters or bytes a value of a column may
// have.
func (cs columns) ColumnTypeLength(i int) (length int64, ok bool) {
	switch c := cs[i]; c.Type {
	case oidText, oidBytea:
		return math.MaxInt64, true
	case oidVarchar, oidBpchar:
		if c.TypeModifier < varying {
			return math.MaxInt64, true
		}
		return int64(c.TypeModifier) - varying, true
	}
	return 0, false
}

// ColumnTypePrecisionScale returns how many digits a numeric may have, and how
// many of them stand behind the point.
func (cs columns) ColumnTypePrecisionScale(i int) (precision, scale int64, ok bool) {
	c := cs[i]
	if c.Type != oidNumeric || c.TypeModifier < varying {
		return 0, 0, false
	}
	m := c.TypeModifier - varying
	return int64(m >> 16), int64((m&0x7ff)^1024) - 1024, true
}

// fromText returns a value that came as text, as one that came in binary form is.
func fromText(oid uint32, text string) (driver.Value, error) {
	t := scanTypes[oid]
	if t == nil {
		return text, nil
	}
	v, err := pgtype.Value(nil, new(pgtype.Catalog).Type(oid), pgtype.Text, []byte(text))
	if err != nil {
		return nil, err
	}
	if t == scanTypes[oidDate] {
		return timeOrText(v), nil
	}
	switch v := reflect.ValueOf(v); v.Kind() {
	case reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int(), nil
	case reflect.Uint32:
		return int64(v.Uint()), nil
	case reflect.Float32, reflect.Float64:
		return v.Float(), nil
	case reflect.Slice:
		return v.Bytes(), nil
	}
	return v, nil
}

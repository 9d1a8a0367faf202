package render

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"

	"parley/pgtype"
)

// decoded is a value in binary form, made readable.
type decoded struct {
	json any
	text string
}

// decodeBinary reads a value of one of the types whose binary form is a few
// bytes of fixed meaning, or text.
func decodeBinary(oid uint32, b []byte) (decoded, bool) {
	switch typeName(oid) {
	case "bool":
		if len(b) == 1 && b[0] <= 1 {
			return decoded{b[0] == 1, strconv.FormatBool(b[0] == 1)}, true
		}
	case "int2", "int4", "int8", "oid", "xid", "cid", "regclass", "regtype", "regproc", "xid8", "money":
		return decodeInteger(typeName(oid), b)
	case "float4":
		if len(b) == 4 {
			return decodeFloat(float64(math.Float32frombits(binary.BigEndian.Uint32(b))), 32)
		}
	case "float8":
		if len(b) == 8 {
			return decodeFloat(math.Float64frombits(binary.BigEndian.Uint64(b)), 64)
		}
	case "text", "varchar", "bpchar", "name", "char", "json", "xml", "unknown":
		return decodeText(b)
	case "jsonb":
		if len(b) > 0 && b[0] == 1 {
			return decodeText(b[1:])
		}
	case "uuid":
		if len(b) == 16 {
			s := fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
			return decoded{s, s}, true
		}
	case "date", "timestamp", "timestamptz", "pg_lsn":
		return decodePoint(typeName(oid), b)
	case "time":
		return decodeClock(b)
	case "interval":
		return decodeInterval(b)
	case "numeric":
		return decodeNumeric(b)
	}
	if t, ok := pgtype.ByOID(oid); ok && t.Elem != 0 && strings.HasPrefix(t.Name, "_") {
		return decodeArray(t.Elem, b)
	}
	return decoded{}, false
}

func decodeInteger(name string, b []byte) (decoded, bool) {
	var n int64
	switch {
	case len(b) == 2 && name == "int2":
		n = int64(int16(be16(b)))
	case len(b) == 4 && name == "int4":
		n = int64(int32(binary.BigEndian.Uint32(b)))
	case len(b) == 8 && (name == "int8" || name == "money" || name == "xid8"):
		n = int64(binary.BigEndian.Uint64(b))
	case len(b) == 4 && name != "int2" && name != "int8" && name != "xid8" && name != "money":
		n = int64(binary.BigEndian.Uint32(b))
	default:
		return decoded{}, false
	}
	return decoded{n, strconv.FormatInt(n, 10)}, true
}

func decodeFloat(f float64, bits int) (decoded, bool) {
	s := strconv.FormatFloat(f, 'g', -1, bits)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return decoded{s, s}, true // JSON has no such numbers
	}
	return decoded{f, s}, true
}

func decodeText(b []byte) (decoded, bool) {
	if !isText(b) {
		return decoded{}, false
	}
	return decoded{string(b), quote(b)}, true
}

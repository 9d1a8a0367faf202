package parley

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"parley/internal/exchange"
	"parley/wire"
)

var zeroTime time.Time

// The types whose binary form is read and written here.
const (
	oidBool   = 16
	oidBytea  = 17
	oidName   = 19
	oidInt8   = 20
	oidInt2   = 21
	oidInt4   = 23
	oidText   = 25
	oidOID    = 26
	oidFloat4 = 700
	oidFloat8 = 701
	oidBPChar = 1042
	oidVar    = 1043
)

func readsBinary(oid uint32) bool {
	switch oid {
	case oidBool, oidBytea, oidName, oidInt8, oidInt2, oidInt4, oidText, oidOID, oidFloat4, oidFloat8, oidBPChar, oidVar:
		return true
	}
	return false
}

// needTypes reports whether an argument cannot be written without knowing the
// parameter's type: bytes may be a bytea, or the text of anything else.
func needTypes(args []any) bool {
	for _, a := range args {
		if _, ok := a.([]byte); ok {
			return true
		}
	}
	return false
}

// checkArgs compares the number of arguments with what the server expects.
func checkArgs(o *op, args []any) error {
	if len(args) > math.MaxUint16 {
		return fmt.Errorf("%s: %d arguments, at most 65535 can be sent", o.name, len(args))
	}
	if o.desc != nil && len(args) != len(o.desc.params) {
		return fmt.Errorf("%s: %d arguments for %d parameters", o.name, len(args), len(o.desc.params))
	}
	return nil
}

// params returns the type OIDs of a statement's parameters, as far as they are
// known.
func (o *op) params() []uint32 {
	if o.desc != nil {
		return o.desc.params
	}
	if o.stmt == nil {
		return nil
	}
	return o.stmt.guess
}

// addBind makes the Bind of a statement.
func (c *Conn) addBind(o *op, args []any) (err error) {
	c.owe(exchange.PartBind, o, 0)
	c.out, err = appendBind(c.out, o, o.stmt.name, args)
	return err
}

// appendBind appends a Bind of the statement with a name: its arguments as binary
// where the type is known and has a simple form, else as text. It uses nothing of
// the request but what it asks for and what is known about the statement.
func appendBind(dst []byte, o *op, name string, args []any) ([]byte, error) {
	params := o.params()
	m := wire.Bind{Portal: o.portal(), Statement: name, ResultFormats: o.formats}
	if len(args) > 0 {
		m.ParamFormats = make([]wire.Format, len(args))
		m.Params = make([][]byte, len(args))
	}
	for i, a := range args {
		var oid uint32
		if i < len(params) {
			oid = params[i]
		}
		v, f, err := encode(a, oid)
		if err != nil {
			return dst, &ArgumentError{Index: i + 1, Type: fmt.Sprintf("%T", a), Problem: err.Error()}
		}
		m.Params[i], m.ParamFormats[i] = v, f
	}
	return m.Append(dst)
}

// encode writes an argument for a parameter of a type; 0 when it is not known.
func encode(a any, oid uint32) ([]byte, wire.Format, error) {
	switch v := a.(type) {
	case nil:
		return nil, wire.TextFormat, nil
	case bool:
		return strconv.AppendBool(nil, v), wire.TextFormat, nil
	case int:
		return encodeInt(int64(v), oid)
	case int16:
		return encodeInt(int64(v), oid)
	case int32:
		return encodeInt(int64(v), oid)
	case int64:
		return encodeInt(v, oid)
	case uint32:
		return encodeInt(int64(v), oid)
	case float64:
		return strconv.AppendFloat(nil, v, 'g', -1, 64), wire.TextFormat, nil
	case string:
		return append([]byte{}, v...), wire.TextFormat, nil
	case []byte:
		if v == nil {
			return nil, wire.TextFormat, nil
		}
		if oid == oidBytea {
			return v, wire.BinaryFormat, nil
		}
		return v, wire.TextFormat, nil
	case time.Time:
		return v.AppendFormat(nil, "2006-01-02 15:04:05.999999Z07:00"), wire.TextFormat, nil
	}
	return nil, 0, fmt.Errorf("is of a type that cannot be sent yet")
}

func encodeInt(n int64, oid uint32) ([]byte, wire.Format, error) {
	switch {
	case oid == oidInt8:
		return binary.BigEndian.AppendUint64(nil, uint64(n)), wire.BinaryFormat, nil
	case oid == oidInt4 && n >= math.MinInt32 && n <= math.MaxInt32:
		return binary.BigEndian.AppendUint32(nil, uint32(n)), wire.BinaryFormat, nil
	case oid == oidInt2 && n >= math.MinInt16 && n <= math.MaxInt16:
		return binary.BigEndian.AppendUint16(nil, uint16(n)), wire.BinaryFormat, nil
	case oid == oidInt4 || oid == oidInt2:
		return nil, 0, fmt.Errorf("is out of the range of the parameter's type")
	}
	return strconv.AppendInt(nil, n, 10), wire.TextFormat, nil
}

// scan writes a value into a variable.
func scan(dest any, oid uint32, f wire.Format, v []byte) error {
	if d, ok := dest.(*any); ok {
		return scanAny(d, oid, f, v)
	}
	if v == nil {
		return scanNull(dest)
	}
	switch d := dest.(type) {
	case *[]byte:
		b, err := toBytes(oid, f, v)
		*d = b
		return err
	case *string:
		s, err := toText(oid, f, v)
		*d = s
		return err
	}
	s, err := toText(oid, f, v)
	if err != nil {
		return err
	}
	return scanText(dest, s)
}

func scanNull(dest any) error {
	switch d := dest.(type) {
	case *[]byte:
		*d = nil
	case **string:
		*d = nil
	case **int64:
		*d = nil
	default:
		return fmt.Errorf("NULL cannot be held by %T; use a pointer to a pointer", dest)
	}
	return nil
}

func scanText(dest any, s string) (err error) {
	switch d := dest.(type) {
	case *int:
		*d, err = strconv.Atoi(s)
	case *int16:
		var n int64
		n, err = strconv.ParseInt(s, 10, 16)
		*d = int16(n)
	case *int32:
		var n int64
		n, err = strconv.ParseInt(s, 10, 32)
		*d = int32(n)
	case *int64:
		*d, err = strconv.ParseInt(s, 10, 64)
	case *uint32:
		var n uint64
		n, err = strconv.ParseUint(s, 10, 32)
		*d = uint32(n)
	case *float64:
		*d, err = strconv.ParseFloat(s, 64)
	case *bool:
		if *d = s == "t" || s == "true"; !*d && s != "f" && s != "false" {
			err = errors.New("it is no boolean")
		}
	case **string:
		*d = &s
	case **int64:
		var n int64
		n, err = strconv.ParseInt(s, 10, 64)
		*d = &n
	default:
		return fmt.Errorf("a variable of type %T cannot be scanned into yet", dest)
	}
	if err != nil {
		return fmt.Errorf("the value does not fit %T", dest)
	}
	return nil
}

func scanAny(d *any, oid uint32, f wire.Format, v []byte) error {
	if v == nil {
		*d = nil
		return nil
	}
	switch oid {
	case oidInt2, oidInt4, oidInt8, oidOID:
		var n int64
		err := scan(&n, oid, f, v)
		*d = n
		return err
	case oidBool:
		var b bool
		err := scan(&b, oid, f, v)
		*d = b
		return err
	case oidFloat4, oidFloat8:
		var x float64
		err := scan(&x, oid, f, v)
		*d = x
		return err
	case oidBytea:
		b, err := toBytes(oid, f, v)
		*d = b
		return err
	}
	s, err := toText(oid, f, v)
	*d = s
	return err
}

func toBytes(oid uint32, f wire.Format, v []byte) ([]byte, error) {
	if oid == oidBytea && f == wire.TextFormat && len(v) >= 2 && v[0] == '\\' && v[1] == 'x' {
		b, err := hex.DecodeString(string(v[2:]))
		if err != nil { // its text would tell the byte
			return nil, errors.New("the server sent bytes that are not hexadecimal")
		}
		return b, nil
	}
	return append([]byte{}, v...), nil
}

// toText returns a value as text.
func toText(oid uint32, f wire.Format, v []byte) (string, error) {
	if f == wire.TextFormat {
		return string(v), nil
	}
	switch {
	case oid == oidBool && len(v) == 1:
		return strconv.FormatBool(v[0] != 0), nil
	case oid == oidInt2 && len(v) == 2:
		return strconv.Itoa(int(int16(binary.BigEndian.Uint16(v)))), nil
	case oid == oidInt4 && len(v) == 4:
		return strconv.Itoa(int(int32(binary.BigEndian.Uint32(v)))), nil
	case oid == oidOID && len(v) == 4:
		return strconv.FormatUint(uint64(binary.BigEndian.Uint32(v)), 10), nil
	case oid == oidInt8 && len(v) == 8:
		return strconv.FormatInt(int64(binary.BigEndian.Uint64(v)), 10), nil
	case oid == oidFloat4 && len(v) == 4:
		return strconv.FormatFloat(float64(math.Float32frombits(binary.BigEndian.Uint32(v))), 'g', -1, 32), nil
	case oid == oidFloat8 && len(v) == 8:
		return strconv.FormatFloat(math.Float64frombits(binary.BigEndian.Uint64(v)), 'g', -1, 64), nil
	case oid == oidBool, oid == oidInt2, oid == oidInt4, oid == oidOID, oid == oidInt8, oid == oidFloat4, oid == oidFloat8:
		return "", fmt.Errorf("the server sent %d bytes, which is no value of the type with OID %d", len(v), oid)
	}
	return string(v), nil
}

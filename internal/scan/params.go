package scan

import (
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"

	"parley/pgtype"
)

// Params writes the arguments of a statement. It remembers how, so that the
// next arguments of the same types cost no look-up. It is safe for concurrent
// use.
type Params struct {
	catalog *pgtype.Catalog
	params  []param
	unknown param // for those whose type is not known
}

type param struct {
	t       *pgtype.Type
	oid     uint32 // the built-in type that it is like; 0 also when it is not known
	writers list[typeWord, *paramWriter]
}

type paramWriter struct {
	Writer
	typ    reflect.Type
	format pgtype.Format
}

// NewParams returns the plan for parameters of the types, which are nil as far
// as they are not known. There may be more arguments than types: their types are
// not known either.
func NewParams(c *pgtype.Catalog, types []*pgtype.Type) *Params {
	p := &Params{catalog: c, params: make([]param, len(types))}
	for i, t := range types {
		p.params[i].t = t
		if u := t.Under(); u != nil {
			p.params[i].oid = like(u)
		}
	}
	return p
}

// Append appends what a Bind has between the names and the formats of the
// result: the count of formats and the formats, the count of values and the
// values, each with its length.
func (s *Params) Append(dst []byte, args []any) ([]byte, error) {
	if len(args) > math.MaxUint16 {
		return dst, fmt.Errorf("%d arguments, at most %d can be sent", len(args), math.MaxUint16)
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(args)))
	formats := len(dst)
	for range args {
		dst = append(dst, 0, 0)
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(args)))
	for i := range args {
		p := &s.unknown
		if i < len(s.params) {
			p = &s.params[i]
		}
		next, f, err := s.append(dst, p, &args[i])
		if err != nil {
			return dst, &ParamError{Index: i + 1, Type: p.t.String(), Go: fmt.Sprintf("%T", args[i]), Problem: err.Error(), Err: cause(err)}
		}
		dst = next
		dst[formats+2*i+1] = byte(f)
	}
	return dst, nil
}

// append appends one argument with its length.
func (s *Params) append(dst []byte, p *param, arg *any) ([]byte, pgtype.Format, error) {
	switch v := (*arg).(type) {
	case nil:
		return append(dst, 0xff, 0xff, 0xff, 0xff), pgtype.Text, nil
	case string:
		if len(v) > maxValue {
			return dst, 0, errLarge
		}
		dst, err := appendText(binary.BigEndian.AppendUint32(dst, uint32(len(v))), bytesOf(v))
		return dst, pgtype.Text, err
	case int64:
		return appendInt(dst, p.oid, v)
	case int:
		return appendInt(dst, p.oid, int64(v))
	case int32:
		return appendInt(dst, p.oid, int64(v))
	case bool:
		if p.oid == oidBool {
			return appendBool(append(dst, 0, 0, 0, 1), v), pgtype.Binary, nil
		}
	case float64:
		if p.oid == oidFloat8 {
			dst = append(dst, 0, 0, 0, 8)
			return binary.BigEndian.AppendUint64(dst, math.Float64bits(v)), pgtype.Binary, nil
		}
	case []byte:
		if p.oid == oidBytea && v != nil && len(v) <= maxValue {
			return append(binary.BigEndian.AppendUint32(dst, uint32(len(v))), v...), pgtype.Binary, nil
		}
	case time.Time:
		if p.oid == oidTimestamptz || p.oid == oidTimestamp {
			dst, err := appendTimeAs(append(dst, 0, 0, 0, 8), p.oid, v)
			return dst, pgtype.Binary, err
		}
	}
	return s.other(dst, p, arg)
}

// appendInt appends an integer: in binary where the type has a form for it,
// else as text.
func appendInt(dst []byte, oid uint32, n int64) ([]byte, pgtype.Format, error) {
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	f := pgtype.Text
	if takesInt(oid) {
		var err error
		if dst, err = appendIntAs(dst, oid, n, false); err != nil {
			return dst, 0, err
		}
		f = pgtype.Binary
	} else {
		dst = strconv.AppendInt(dst, n, 10)
	}
	dst, err := measure(dst, at)
	return dst, f, err
}

// other appends an argument of a type that has no short cut.
func (s *Params) other(dst []byte, p *param, arg *any) ([]byte, pgtype.Format, error) {
	word, _ := open(arg)
	w, ok := p.writers.get(word)
	if !ok {
		typ := reflect.TypeOf(*arg)
		made, f, err := CompileWrite(s.catalog, p.t, typ)
		if err != nil && p.t == nil && isNil(*arg) {
			return append(dst, 0xff, 0xff, 0xff, 0xff), pgtype.Text, nil
		}
		if err != nil {
			return dst, 0, err
		}
		w = p.writers.add(word, &paramWriter{made, typ, f})
	}
	dst, err := w.Append(dst, dataOf(arg, w.typ))
	return dst, w.format, err
}

// isNil reports whether an argument is NULL whatever the type of the parameter.
func isNil(arg any) bool {
	v := reflect.ValueOf(arg)
	switch v.Kind() {
	case reflect.Pointer:
		return v.IsNil() || isNil(v.Elem().Interface())
	case reflect.Map, reflect.Slice:
		return v.IsNil()
	case reflect.Invalid:
		return true
	}
	return false
}

// NeedsType reports whether the form of an argument depends on the type of the
// parameter, so that it cannot be sent before that is known.
func NeedsType(arg any) bool {
	switch arg.(type) {
	case nil, bool, string, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32, float64, time.Time:
		return false
	}
	v := reflect.ValueOf(arg)
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return false
		}
		v = v.Elem()
	}
	return needsType(v)
}

func needsType(v reflect.Value) bool {
	typ := v.Type()
	if n, ok := nullableOf(typ); ok {
		return v.Field(1).Bool() && needsType(v.Field(n.value.Index[0]))
	}
	switch {
	case typ == typeTime:
		return false
	case typ == typeDuration:
		return true // an interval, a time of day, a number of nanoseconds
	case has(typ, typeMarshaler):
		return true
	case has(typ, typeValuer):
		return valuerNeedsType(v)
	case writesText(typ) || has(typ, typeBinaryMarshaler) || has(typ, typeJSONMarshaler):
		return true
	}
	switch typ.Kind() {
	case reflect.Bool, reflect.String, reflect.Float32, reflect.Float64:
		return false
	}
	return loadInt(typ.Kind()) == nil && !isNil(v.Interface())
}

// valuerNeedsType asks what the Value is: a string or a number can be sent as
// text whatever the parameter's type is. An error comes again when it is sent.
func valuerNeedsType(v reflect.Value) bool {
	held, ok := v.Interface().(driver.Valuer)
	if !ok { // its method is that of the pointer
		p := reflect.New(v.Type())
		p.Elem().Set(v)
		held = p.Interface().(driver.Valuer)
	}
	value, err := held.Value()
	return err == nil && NeedsType(value)
}

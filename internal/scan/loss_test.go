package scan

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"net"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"parley/pgtype"
)

// lossy are values that a Go type cannot hold, and what is said then.
var lossy = []struct {
	sql  string
	into any
	says string
}{
	{"1099511627776::int8", int32(0), "out of the range"}, {"'-1'::int4", uint32(0), "out of the range"}, {"'-1'::int8", uint64(0), "out of the range"},
	{"300::int2", uint8(0), "out of the range"}, {"'18446744073709551615'::xid8", int64(0), "out of the range"},
	{"9007199254740993::int8", 0.0, "exactly"}, {"16777217::int4", float32(0), "exactly"}, {"0.1::float8", float32(0), "exactly"},
	{"1.5::float8", int64(0), "not a whole number"}, {"'NaN'::float8", 0, "not a whole number"}, {"1e19::float8", int64(0), "out of the range"},
	{"1.5::numeric", 0, "lost"}, {"1e30::numeric", int64(0), "out of range"}, {"'NaN'::numeric", int64(0), ""}, {"1.5::numeric", big.Int{}, "not a whole number"}, {"300::numeric", uint8(0), "out of the range"},
	{"'infinity'::timestamptz", time.Time{}, "use pgtype.Timestamptz"}, {"'-infinity'::timestamp", time.Time{}, "use pgtype.Timestamp"}, {"'infinity'::date", time.Time{}, "use pgtype.Date"},
	{"'1 month'::interval", time.Duration(0), "use pgtype.Interval"}, {"'300 years'::interval", time.Duration(0), ""},
	{"'10.0.0.1/8'::inet", netip.Addr{}, "lost"}, {"'10.0.0.1/8'::inet", net.IP{}, "lost"},
	{`'\x0102'::bytea`, [3]byte{}, "out of the range"}, {"'{1,2,3}'::int4[]", [2]int{}, "3 elements"}, {"'{{1},{2}}'::int4[]", []int{}, "2 dimensions"}, {"'{1}'::int4[]", [][]int{}, "1 dimensions"},
	{"'{1,NULL}'::int4[]", []int{}, "element 2: it is NULL"}, {"'{1,1000}'::int4[]", []int8{}, "element 2"}, {"null::int4", 0, "it is NULL, which int cannot hold; use *int or sql.Null[int]"},
	{"'[1,1000)'::int4range", pgtype.Range[int8]{}, "upper bound"}, {"'{[1,2),[5,1000)}'::int4multirange", []pgtype.Range[int8]{}, "range 2: upper bound"},
	{"'(x,)'::address", struct {
		Street  string
		HouseNo int
	}{}, `attribute "house_no": it is NULL`},
	{`'{"a": "secret"}'::jsonb`, setting{}, "the JSON at a does not fit int"}, {`'[1]'::jsonb`, setting{}, "does not fit"},
}

func TestLossIsAnError(t *testing.T) {
	s := withTypes(t)
	for _, test := range lossy {
		for _, f := range []pgtype.Format{pgtype.Text, pgtype.Binary} {
			err := s.fails(test.sql, f, test.into)
			if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%s into %T, format %d: %v, want %q", test.sql, test.into, f, err, test.says)
			}
			if _, ok := errors.AsType[*ColumnError](err); !ok {
				t.Errorf("%s into %T, format %d: a %T", test.sql, test.into, f, err)
			}
		}
	}
}

// mismatched are types that have nothing to do with each other: that is said
// before there is a value.
var mismatched = []struct {
	sql  string
	into any
}{
	{"'1'::text", 0}, {"1", true}, {"true", 0}, {"gen_random_uuid()", 0}, {"now()", 0}, {"1", time.Time{}}, {"'{1}'::int4[]", 0}, {"'{x}'::text[]", []int{}}, {"1", []int{}},
	{"'(a,1)'::address", 0}, {"'[1,2)'::int4range", []int{}}, {"1", struct{ A, B int }{}}, {"1", make(chan int)}, {"1", (*error)(nil)},
}

func TestMismatch(t *testing.T) {
	s := withTypes(t)
	for _, test := range mismatched {
		a := s.describe("select " + test.sql)
		cols := []Column{{Name: "c", Type: s.cat.Type(a.cols[0].Type), Format: pgtype.Binary}}
		_, err := NewDests(&s.cat, cols).compile(0, reflect.New(reflect.TypeOf(test.into)).Interface())
		if err == nil || !strings.Contains(err.Error(), "no conversion") {
			t.Errorf("%s into %T: %v", test.sql, test.into, err)
		}
	}
	a := s.describe("select '(a,1)'::address")
	_, err := CompileRead(&s.cat, s.cat.Type(a.cols[0].Type), pgtype.Text, reflect.TypeFor[struct{ Street, City string }]())
	if f, ok := errors.AsType[*FieldsError](err); !ok || len(f.Columns) != 1 || f.Fields[0] != "City" {
		t.Errorf("a struct with other fields: %v", err)
	}
}

func (s *server) fails(sql string, f pgtype.Format, into any) error {
	s.t.Helper()
	cols, a, err := s.query("select "+sql, f, NewParams(nil, nil))
	if err != nil {
		s.t.Fatalf("%s: %v", sql, err)
	}
	return NewDests(&s.cat, cols).Read(&Memory{}, a.rows[0], []any{reflect.New(reflect.TypeOf(into)).Interface()})
}

// unfit are arguments that a type cannot hold.
var unfit = []struct {
	oid  uint32
	arg  any
	says string
}{
	{oidInt2, 40000, "out of the range"}, {oidInt4, int64(1 << 40), "out of the range"}, {oidInt8, uint64(math.MaxUint64), "out of the range"}, {oidOID, -1, "out of the range"}, {oidXID8, int64(-1), "out of the range"},
	{oidFloat8, int64(1<<53 + 1), "exactly"}, {oidFloat4, 1<<24 + 1, "exactly"}, {oidFloat4, 1e300, "out of the range"}, {oidInt4, *new(big.Int).Lsh(big.NewInt(1), 70), "out of the range"},
	{oidText, "a\x00b", "zero byte"}, {oidText, []byte("a\x00b"), "zero byte"}, {oidInterval, time.Nanosecond, "exactly"}, {oidTime, -time.Second, "out of the range"},
	{oidInet, netip.Addr{}, "no valid address"}, {oidInet, netip.MustParseAddr("fe80::1%eth0"), "zone"}, {oidCIDR, netip.MustParsePrefix("10.1.1.1/8"), "right of its mask"}, {oidMacaddr, net.HardwareAddr{1}, "as many bytes"},
	{1007, [][]int{{1}, {1, 2}}, "different lengths"}, {1007, pgtype.Array[int]{Dims: []pgtype.Dimension{{Len: 3}}, Elems: []int{1}}, "do not multiply"},
	{1007, []int64{1, 1 << 40}, "element 2"}, {oidTimestamptz, time.Date(300000, 1, 1, 0, 0, 0, 0, time.UTC), "range"}, {oidJSONB, func() {}, "no conversion"}, {oidJSON, math.NaN(), ""},
	{oidBool, []int{1}, "no conversion"}, {oidInt4, struct{ A int }{}, "no conversion"}, {oidInt4, map[string]int{}, "no conversion"}, {0, []int{1}, "where the type of the parameter is known"},
}

func TestUnfitArguments(t *testing.T) {
	var c *pgtype.Catalog
	for _, test := range unfit {
		_, err := NewParams(nil, []*pgtype.Type{nil, c.Type(test.oid)}).Append(nil, []any{nil, test.arg})
		if test.says == "" {
			continue // the server judges
		}
		p, ok := errors.AsType[*ParamError](err)
		if !ok || p.Index != 2 || p.Type != c.Type(test.oid).String() || p.Go != reflect.TypeOf(test.arg).String() || !strings.Contains(p.Problem, test.says) {
			t.Errorf("%T as %s: %v, want %q", test.arg, c.Type(test.oid), err, test.says)
		}
	}
	if _, err := NewParams(nil, nil).Append(nil, make([]any, 65536)); err == nil || !strings.Contains(err.Error(), "65535") {
		t.Errorf("65536 arguments: %v", err)
	}
}

// A type that was changed since it was looked up is told from bad bytes.
func TestStaleTypes(t *testing.T) {
	s := withTypes(t)
	s.does("alter type address add attribute city text")
	err := s.fails("'(x,1,y)'::address", pgtype.Binary, address{})
	if e, ok := errors.AsType[*StaleTypeError](err); !ok || e.OID < 16384 {
		t.Errorf("%v", err)
	}
	s.does("alter type address drop attribute city; alter type address alter attribute house_no type int8")
	err = s.fails("'(x,1)'::address", pgtype.Binary, address{})
	if _, ok := errors.AsType[*StaleTypeError](err); !ok {
		t.Errorf("%v", err)
	}
}

// What is not known is read as text where it came so, and refused in binary.
func TestUnknownTypes(t *testing.T) {
	for _, f := range []pgtype.Format{pgtype.Text, pgtype.Binary} {
		cols := []Column{{Name: "c", Format: f}}
		var v string
		err := NewDests(nil, cols).Read(&Memory{}, body(t, []byte("x")), []any{&v})
		if f == pgtype.Text && (err != nil || v != "x") || f == pgtype.Binary && err == nil {
			t.Errorf("format %d: %q, %v", f, v, err)
		}
	}
}

func TestNeedsType(t *testing.T) {
	for _, test := range []struct {
		arg  any
		want bool
	}{
		{nil, false}, {1, false}, {"x", false}, {1.5, false}, {time.Now(), false}, {age(1), false}, {name("x"), false}, {new("x"), false}, {(*[]byte)(nil), false}, {[]byte(nil), false},
		{[]byte{1}, true}, {flags{1}, true}, {new([]byte{1}), true}, {[]int{1}, true}, {setting{}, true}, {map[string]int{}, true}, {time.Second, true}, {id{}, true}, {json.RawMessage("1"), true},
		{coin{1}, false}, {&coin{1}, false}, {blob{1}, true}, {word("x"), true},
	} {
		if got := NeedsType(test.arg); got != test.want {
			t.Errorf("%#v: %v", test.arg, got)
		}
	}
}

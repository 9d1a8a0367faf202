package scan

import (
	"database/sql"
	"encoding/json"
	"math"
	"math/big"
	"net"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"parley/pgtype"
)

type (
	age     int64
	name    string
	flags   []byte
	id      [16]byte
	address struct {
		Street string
		No     *int32 `db:"house_no"`
	}
	person struct {
		Name  string
		Home  address
		Moods []mood
	}
	mood    string
	setting struct {
		A int    `json:"a"`
		B string `json:"b"`
	}
)

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

func rat(s string) *big.Int { n, _ := new(big.Int).SetString(s, 10); return n }

// faithful are values and the Go values that they are, in both directions and in
// both formats.
var faithful = []struct {
	sql  string // a value with its type
	want any
}{
	{"'-32768'::int2", int16(-32768)}, {"7::int2", int64(7)}, {"7::int2", int8(7)}, {"7::int2", uint8(7)}, {"7::int2", float32(7)},
	{"'-2147483648'::int4", int32(-2147483648)}, {"42::int4", int64(42)}, {"42::int4", 42}, {"42::int4", age(42)}, {"42::int4", uint64(42)}, {"42::int4", 42.0},
	{"'-9223372036854775808'::int8", int64(math.MinInt64)}, {"9007199254740992::int8", float64(1 << 53)}, {"5::int8", uint16(5)},
	{"4294967295::oid", uint32(math.MaxUint32)}, {"'18446744073709551615'::xid8", uint64(math.MaxUint64)},
	{"1.5::float8", 1.5}, {"'-Infinity'::float8", math.Inf(-1)}, {"0.1::float4", float32(0.1)}, {"1.5::float4", 1.5}, {"3::float8", int64(3)}, {"0.1::float8", 0.1},
	{"true", true}, {"false", false}, {"false", new(bool)},
	{"'héllo'::text", "héllo"}, {"''::text", ""}, {"'x'::varchar", name("x")}, {"'x'::text", []byte("x")}, {"'a'::name", "a"},
	{`'\x00ff10'::bytea`, []byte{0, 255, 16}}, {`''::bytea`, []byte{}}, {`'\x0001'::bytea`, flags{0, 1}}, {`'\x000102'::bytea`, [3]byte{0, 1, 2}},
	{"'2024-02-29 12:34:56.789012+00'::timestamptz", time.Date(2024, 2, 29, 12, 34, 56, 789012000, time.UTC)},
	{"'0001-01-01 00:00:00 BC'::timestamp", time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)}, {"'1900-01-01'::date", day(1900, 1, 1)},
	{"'12:34:56.5'::time", 12*time.Hour + 34*time.Minute + 56*time.Second + 500*time.Millisecond},
	{"'-1 us'::interval", -time.Microsecond}, {"'25 hours'::interval", 25 * time.Hour},
	{"'6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid", id{0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}},
	{"'192.168.1.5'::inet", netip.MustParseAddr("192.168.1.5")}, {"'192.168.1.0/24'::cidr", netip.MustParsePrefix("192.168.1.0/24")},
	{"'2001:db8::1/64'::inet", netip.MustParsePrefix("2001:db8::1/64")}, {"'10.0.0.1'::inet", net.IP{10, 0, 0, 1}},
	{"'10.0.0.0/8'::cidr", net.IPNet{IP: net.IP{10, 0, 0, 0}, Mask: net.IPMask{255, 0, 0, 0}}},
	{"'08:00:2b:01:02:03'::macaddr", net.HardwareAddr{8, 0, 0x2b, 1, 2, 3}},
	{"123456789012345678901234567890::numeric", *rat("123456789012345678901234567890")}, {"42::numeric", int64(42)}, {"42.5::numeric", 42.5},
	{"42::numeric", rat("42")}, {"'-7'::int8", rat("-7")},
	{`'{"a": 1, "b": "x"}'::jsonb`, setting{1, "x"}}, {`'{"a": 1, "b": "x"}'::json`, map[string]any{"a": 1.0, "b": "x"}}, {`'[1, 2]'::jsonb`, []int{1, 2}},
	{`'{"a": 1}'::jsonb`, json.RawMessage(`{"a": 1}`)}, {`'{"a": 1}'::jsonb`, `{"a": 1}`}, {"'12'::jsonb", 12}, {`'"x"'::json`, []byte(`"x"`)},
	{"1::int4", sql.Null[int64]{V: 1, Valid: true}}, {"null::int4", sql.Null[int64]{}}, {"'x'::text", sql.NullString{String: "x", Valid: true}},
	{"null::timestamptz", sql.NullTime{}}, {"null::text", (*string)(nil)}, {"1::int4", new(int32(1))}, {"1::int4", new(new(1))}, {"null::bytea", []byte(nil)},
	{"'{1,2,3}'::int4[]", []int32{1, 2, 3}}, {"'{}'::int8[]", []int64{}}, {"null::int8[]", []int64(nil)}, {"'{1,NULL}'::int4[]", []*int{new(1), nil}},
	{"'{{1,2},{3,4},{5,6}}'::int4[]", [][]int64{{1, 2}, {3, 4}, {5, 6}}}, {"'{{{1},{2}}}'::int2[]", [][][]int16{{{1}, {2}}}}, {"'{1,2}'::float8[]", [2]float64{1, 2}},
	{`'{a,"b c","",NULL,"NULL","q\"\\"}'::text[]`, []sql.Null[string]{{V: "a", Valid: true}, {V: "b c", Valid: true}, {Valid: true}, {}, {V: "NULL", Valid: true}, {V: `q"\`, Valid: true}}},
	{`'{"\\x01"}'::bytea[]`, [][]byte{{1}}}, {`array['{"a": 1, "b": "y"}'::jsonb]`, []setting{{1, "y"}}}, {"'{2024-01-01}'::date[]", []time.Time{day(2024, 1, 1)}},
	{"'[2:3][-1:0]={{1,2},{3,4}}'::int4[]", pgtype.Array[int]{Dims: []pgtype.Dimension{{Len: 2, Lower: 2}, {Len: 2, Lower: -1}}, Elems: []int{1, 2, 3, 4}}},
	{"'[1,5)'::int4range", pgtype.NewRange(1, 5)}, {"'empty'::int4range", pgtype.Range[int]{Empty: true}}, {"'(,5)'::int4range", pgtype.Range[int64]{Upper: 5, LowerBound: pgtype.Unbounded, UpperBound: pgtype.Exclusive}},
	{"'{[1,3),[5,9)}'::int8multirange", pgtype.Multirange[int64]{pgtype.NewRange[int64](1, 3), pgtype.NewRange[int64](5, 9)}}, {"'{}'::int4multirange", []pgtype.Range[int]{}},
	{"'{\"[1,3)\"}'::int4range[]", []pgtype.Range[int]{pgtype.NewRange(1, 3)}}, {"'[2024-01-01,2024-01-03)'::daterange", pgtype.NewRange(day(2024, 1, 1), day(2024, 1, 3))},
	{"'happy'::mood", mood("happy")}, {"'{happy,sad}'::mood[]", []mood{"happy", "sad"}}, {"5::positive", 5},
	{"'(\"Main, \"\"St\"\"\",5)'::address", address{`Main, "St"`, new(int32(5))}}, {"'(x,)'::address", map[string]*string{"street": new("x"), "house_no": nil}},
	{"row('Ada', row('S', null)::address, '{sad}')::person", person{"Ada", address{"S", nil}, []mood{"sad"}}},
	{"array[row('a', 1)::address, null]", []*address{{"a", new(int32(1))}, nil}},
	{"'1 2 3'::int2vector", []int{1, 2, 3}}, {"'1 2'::oidvector", []uint32{1, 2}},
}

// withTypes connects to a server that has a domain, an enum and composites.
func withTypes(t *testing.T) *server {
	s := connect(t)
	s.does(`create type mood as enum ('sad', 'happy'); create domain positive as int4 check (value > 0);
		create type address as (street text, house_no int4); create type person as (name text, home address, moods mood[])`)
	c := &s.cat
	sad := &pgtype.Type{Name: "mood", Kind: pgtype.KindEnum, Like: oidText}
	home := &pgtype.Type{Name: "address", Kind: pgtype.KindComposite, Fields: []pgtype.Field{{Name: "street", Type: c.Type(25)}, {Name: "house_no", Type: c.Type(23)}}}
	s.learn(sad, home, &pgtype.Type{Name: "positive", Kind: pgtype.KindDomain, Elem: c.Type(23)})
	s.learn(&pgtype.Type{Name: "person", Kind: pgtype.KindComposite, Fields: []pgtype.Field{
		{Name: "name", Type: c.Type(25)}, {Name: "home", Type: home}, {Name: "moods", Type: c.Type(sad.Array)}}})
	return s
}

func TestFaithful(t *testing.T) {
	s := withTypes(t)
	for _, test := range faithful {
		for _, f := range []pgtype.Format{pgtype.Text, pgtype.Binary} {
			s.reads(test.sql, f, test.want)
		}
		s.writes(test.sql, test.want)
	}
}

// reads checks what an expression is in a format.
func (s *server) reads(sql string, f pgtype.Format, want any) {
	s.t.Helper()
	cols, a, err := s.query("select "+sql, f, NewParams(nil, nil))
	if err != nil || len(a.rows) != 1 {
		s.t.Fatalf("%s: %v", sql, err)
	}
	got := reflect.New(reflect.TypeOf(want))
	if err := NewDests(&s.cat, cols).Read(&Memory{}, a.rows[0], []any{got.Interface()}); err != nil {
		s.t.Errorf("%s, format %d: %v", sql, f, err)
	} else if !reflect.DeepEqual(got.Elem().Interface(), want) {
		s.t.Errorf("%s, format %d: %#v, want %#v", sql, f, got.Elem().Interface(), want)
	}
}

// writes checks that a Go value comes back as the value that an expression is:
// sent by what is known of the type, in either format, and by nothing where that
// can be.
func (s *server) writes(sql string, v any) {
	s.t.Helper()
	a := s.describe("select " + sql)
	t := s.cat.Type(a.cols[0].Type)
	question := "select $1 is not distinct from " + sql
	if t.OID == oidJSON {
		question = "select ($1::json)::jsonb is not distinct from (" + sql + ")::jsonb"
	}
	if t.Kind == pgtype.KindComposite {
		question = "select $1::" + t.Name + " is not distinct from " + sql
	}
	if t.OID == 22 { // int2vector has no operators; oidvector does
		question = "select ($1::int2vector)::text = (" + sql + ")::text"
	}
	if got := s.describe(question).params[0]; got != t.OID && t.Under().OID != got && !(t.OID == oidVarchar || t.OID == oidCIDR) {
		s.t.Fatalf("%s: the parameter is of type %d, not %d", sql, got, t.OID)
	}
	s.comes(question, NewParams(&s.cat, []*pgtype.Type{t}), v)
	w, err := CompileWriteFormat(&s.cat, t, reflect.TypeOf(v), pgtype.Text)
	if err != nil {
		s.t.Errorf("%s as text: %v", sql, err)
		return
	}
	p := NewParams(&s.cat, []*pgtype.Type{t})
	word, _ := open(&v)
	p.params[0].oid = 0
	p.params[0].writers.add(word, &paramWriter{w, reflect.TypeOf(v), pgtype.Text})
	s.comes(question, p, v)
	if !NeedsType(v) {
		s.comes(question, NewParams(nil, nil), v)
	}
}

func (s *server) comes(question string, p *Params, v any) {
	s.t.Helper()
	cols, a, err := s.query(question, pgtype.Binary, p, v)
	if err != nil {
		s.t.Errorf("%s with %#v: %v", question, v, err)
		return
	}
	var same bool
	if err := NewDests(nil, cols).Read(&Memory{}, a.rows[0], []any{&same}); err != nil || !same {
		s.t.Errorf("%s with %#v: %v, %v", question, v, same, err)
	}
}

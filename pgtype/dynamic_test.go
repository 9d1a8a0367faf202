package pgtype_test

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"net"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"parley/pgtype"
)

// What the table in Value's documentation promises, by type and text.
var promised = []struct {
	name, text string
	want       any
}{
	{"bool", "t", true}, {"int2", "-1", int16(-1)}, {"int4", "1", int32(1)}, {"int8", "1", int64(1)}, {"oid", "7", uint32(7)}, {"xid8", "7", uint64(7)},
	{"float4", "0.5", float32(0.5)}, {"float8", "1e+20", 1e20}, {"money", "$1.50", pgtype.Money(150)}, {"text", "x", "x"}, {"bpchar", "x ", "x "}, {"name", "x", "x"},
	{"char", "x", "x"}, {"xml", "<a/>", "<a/>"}, {"jsonpath", "$", "$"}, {"regclass", "pg_class", "pg_class"}, {"bytea", `\x01`, []byte{1}},
	{"json", `{"a":1}`, json.RawMessage(`{"a":1}`)}, {"jsonb", `1`, json.RawMessage(`1`)}, {"date", "2024-02-29", time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)},
	{"date", "infinity", pgtype.DateInfinity}, {"timestamp", "-infinity", pgtype.TimestampNegInfinity}, {"timestamptz", "infinity", pgtype.TimestamptzInfinity},
	{"timestamp", "2000-01-01 00:00:00.5", time.Date(2000, 1, 1, 0, 0, 0, 5e8, time.UTC)}, {"timestamptz", "2000-01-01 01:00:00+01", time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)},
	{"time", "00:00:01", pgtype.Time(1_000_000)}, {"timetz", "00:00:01+01", pgtype.TimeTZ{Time: 1_000_000, Offset: 3600}}, {"interval", "1 day", pgtype.Interval{Days: 1}},
	{"uuid", "01000000-0000-0000-0000-000000000000", pgtype.UUID{1}}, {"inet", "10.0.0.1", netip.MustParsePrefix("10.0.0.1/32")}, {"cidr", "10.0.0.0/8", netip.MustParsePrefix("10.0.0.0/8")},
	{"macaddr", "01:02:03:04:05:06", net.HardwareAddr{1, 2, 3, 4, 5, 6}}, {"bit", "1", pgtype.Bits{Len: 1, Bytes: []byte{0x80}}}, {"point", "(1,2)", pgtype.Point{X: 1, Y: 2}},
	{"pg_lsn", "0/1", pgtype.LSN(1)}, {"tid", "(1,2)", pgtype.TID{Block: 1, Offset: 2}}, {"txid_snapshot", "1:2:", pgtype.Snapshot{Xmin: 1, Xmax: 2}},
	{"_int4", "{1,NULL}", []any{int32(1), nil}}, {"_int4", "{}", []any{}}, {"_int4", "[5:6][1:1]={{1},{2}}", []any{[]any{int32(1)}, []any{int32(2)}}}, {"int2vector", "1 2", []any{int16(1), int16(2)}},
	{"int4range", "[1,5)", pgtype.Range[any]{Lower: int32(1), Upper: int32(5), UpperBound: pgtype.Exclusive}}, {"int4range", "empty", pgtype.Range[any]{Empty: true}},
	{"int4multirange", "{(,5)}", pgtype.Multirange[any]{{Upper: int32(5), LowerBound: pgtype.Unbounded, UpperBound: pgtype.Exclusive}}},
	{"aclitem", "x=r/y", "x=r/y"}, {"pg_node_tree", "{}", "{}"}, {"record", "(1,)", pgtype.Record{{Value: "1"}, {}}},
}

func TestValuesArePromised(t *testing.T) {
	for _, w := range promised {
		got, err := pgtype.Value(nil, builtinNamed(w.name), pgtype.Text, []byte(w.text))
		if err != nil || !reflect.DeepEqual(got, w.want) {
			t.Errorf("%s %s = %#v, %v, want %#v", w.name, w.text, got, err, w.want)
		}
	}
	if v, err := pgtype.Value(nil, builtinNamed("int4"), pgtype.Text, nil); v != nil || err != nil {
		t.Errorf("NULL = %v, %v", v, err)
	}
	if v, err := pgtype.Value(nil, nil, pgtype.Text, []byte("x")); v != "x" || err != nil {
		t.Errorf("text of an unknown type = %v, %v", v, err)
	}
	src := []byte("abc")
	for _, name := range []string{"text", "bytea", "json", "macaddr"} {
		form := src
		if name == "macaddr" {
			form = []byte("123456")
		}
		v, err := pgtype.Value(nil, builtinNamed(name), pgtype.Binary, form)
		if err != nil {
			t.Fatal(err)
		}
		before := reflect.ValueOf(v).Interface()
		saved, _ := json.Marshal(before)
		form[0] = '9'
		if now, _ := json.Marshal(v); string(now) != string(saved) {
			t.Errorf("%s: the value aliases its form", name)
		}
		form[0] = 'a'
	}
}

func TestBinaryForm(t *testing.T) {
	for _, name := range []string{
		"bool", "int8", "text", "numeric", "jsonb", "tsquery", "record", "_record", "_numeric", "int4range", "_int4multirange", "int2vector", "_int2vector", "unknown", "void", "timetz", "char",
	} {
		if !pgtype.BinaryForm(builtinNamed(name)) {
			t.Errorf("%s has no binary form", name)
		}
	}
	for _, name := range []string{"aclitem", "_aclitem", "regclass", "_regtype", "money", "pg_node_tree", "gtsvector", "anyarray", "pg_ndistinct", "trigger"} {
		if pgtype.BinaryForm(builtinNamed(name)) {
			t.Errorf("%s has a binary form", name)
		}
	}
	mood := &pgtype.Type{Kind: pgtype.KindEnum, Like: 25}
	good := &pgtype.Type{Kind: pgtype.KindComposite, Fields: []pgtype.Field{{Type: mood}, {Type: builtinNamed("_int4")}}}
	bad := &pgtype.Type{Kind: pgtype.KindComposite, Fields: []pgtype.Field{{Type: good}, {Type: builtinNamed("aclitem")}}}
	foreign := &pgtype.Type{OID: 30001, Name: "geometry", Kind: pgtype.KindBase, Like: 25}
	var u pgtype.UUID
	if err := u.ScanPG(make([]byte, 32), foreign, pgtype.Binary); err == nil {
		t.Error("the binary form of an unknown extension's type is read as text")
	}
	if _, err := u.AppendPG(nil, foreign, pgtype.Binary); !errors.Is(err, pgtype.ErrFormat) {
		t.Errorf("text is written as the binary form of an unknown extension's type: %v", err)
	}
	for _, w := range []struct {
		t    *pgtype.Type
		want bool
	}{
		{mood, true}, {good, true}, {bad, false}, {&pgtype.Type{Kind: pgtype.KindArray, Elem: bad}, false}, {&pgtype.Type{Kind: pgtype.KindDomain, Elem: good}, true},
		{nil, false}, {&pgtype.Type{Kind: pgtype.KindArray}, false}, {extType("hstore"), true}, {extType("geometry"), false}, {&pgtype.Type{Kind: pgtype.KindBase}, false},
		{foreign, false}, {&pgtype.Type{Kind: pgtype.KindArray, Elem: foreign}, false},
	} {
		if got := pgtype.BinaryForm(w.t); got != w.want {
			t.Errorf("BinaryForm(%+v) = %v", w.t, got)
		}
	}
}

// Malformed forms of containers, and values too deep in values, are errors.
func TestMalformedForms(t *testing.T) {
	var c pgtype.Catalog
	pair := &pgtype.Type{OID: 20000, Name: "pair", Kind: pgtype.KindComposite, Fields: []pgtype.Field{{Name: "a", Type: c.Type(23)}, {Name: "b", Type: c.Type(25)}}}
	c.Add(pair)
	for _, w := range []struct {
		t    *pgtype.Type
		form string
	}{
		{c.Type(1007), ""}, {c.Type(1007), "\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x17\x7f\xff\xff\xff\x00\x00\x00\x01"}, {c.Type(1007), "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x17x"},
		{c.Type(1007), "\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x17\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x02ab"},
		{c.Type(22), "\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x15\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x02ab\x00\x00\x00\x03abc"},
		{pair, ""}, {pair, "\x00\x00\x00\x00"}, {pair, "\x00\x00\x00\x01\x00\x00\x00\x17\xff\xff\xff\xff"}, {pair, "\x00\x00\x00\x02\x00\x00\x00\x17\x00\x00\x00\x01a\x00\x00\x00\x19\xff\xff\xff\xff"},
		{pair, "\x00\x00\x00\x02\x00\x00\xff\x17\x00\x00\x00\x01a\x00\x00\x00\x19\xff\xff\xff\xff"},
		{c.Type(3904), ""}, {c.Type(3904), "\x02\x00\x00\x00\x01a\x00\x00\x00\x01b"}, {c.Type(4451), "\x00\x00\x00\x02"}, {c.Type(4451), "\x00\x00\x00\x01\x00\x00\x00\x01\xff"},
		{c.Type(1033), "x"}, {nil, "x"}, {&pgtype.Type{Kind: pgtype.KindMultirange}, "\x00\x00\x00\x01\x00\x00\x00\x01\x01"},
		{&pgtype.Type{Kind: pgtype.KindArray}, "\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x17\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01a"},
	} {
		if v, err := pgtype.Value(&c, w.t, pgtype.Binary, []byte(w.form)); err == nil {
			t.Errorf("%s %x = %v", w.t, w.form, v)
		}
		if v, err := c.AppendText(nil, w.t, pgtype.Binary, []byte(w.form)); err == nil {
			t.Errorf("%s %x is written as %s", w.t, w.form, v)
		}
	}
	for _, w := range []struct {
		t    *pgtype.Type
		text string
	}{
		{c.Type(1007), "{1"}, {c.Type(1007), "{a}"}, {pair, "(1)"}, {pair, "(1,2,3)"}, {pair, "(x,)"}, {c.Type(3904), "[1,x)"}, {c.Type(3904), "[y,1)"}, {c.Type(4451), "{[1,2),}"}, {c.Type(4451), "{[1,x)}"},
		{c.Type(16), "yes"}, {c.Type(700), "x"}, {c.Type(701), "1e999"}, {c.Type(20), "x"}, {c.Type(26), "-1"}, {c.Type(829), "01:02:03:04:05:06:07:08"}, {c.Type(17), `\x0`}, {c.Type(869), "x"},
	} {
		if v, err := pgtype.Value(&c, w.t, pgtype.Text, []byte(w.text)); err == nil {
			t.Errorf("%s %s = %v", w.t, w.text, v)
		}
	}
}

func TestDepth(t *testing.T) {
	record := builtinNamed("record")
	nested := func(n int) []byte {
		form := []byte("\x00\x00\x00\x00")
		for range n {
			b := []byte("\x00\x00\x00\x01\x00\x00\x08\xc9")
			form = append(binary.BigEndian.AppendUint32(b, uint32(len(form))), form...)
		}
		return form
	}
	if text, err := pgtype.AppendText(nil, record, pgtype.Binary, nested(10)); err != nil || len(text) < 20 {
		t.Errorf("ten records in each other: %s, %v", text, err)
	}
	deep := nested(1000)
	if _, err := pgtype.AppendText(nil, record, pgtype.Binary, deep); err == nil || !strings.Contains(err.Error(), "deep") {
		t.Errorf("AppendText: %v", err)
	}
	if _, err := pgtype.Value(nil, record, pgtype.Binary, deep); err == nil || !strings.Contains(err.Error(), "deep") {
		t.Errorf("Value: %v", err)
	}
	quote := []byte("\x00\x00\x00\x01\x00\x00\x00\x19\x00\x00\x00\x01\"")
	for range 60 { // each doubles the quotes inside
		b := []byte("\x00\x00\x00\x01\x00\x00\x08\xc9")
		quote = append(binary.BigEndian.AppendUint32(b, uint32(len(quote))), quote...)
	}
	if text, err := pgtype.AppendText(nil, record, pgtype.Binary, quote); err == nil || len(text) > 1<<28 {
		t.Errorf("%d bytes have a text of %d, %v", len(quote), len(text), err)
	}
	loop := &pgtype.Type{Kind: pgtype.KindArray}
	loop.Elem = loop
	if pgtype.BinaryForm(loop) {
		t.Error("an array of itself has a binary form")
	}
	_, err := pgtype.Value(nil, record, pgtype.Binary, []byte("\x00\x00\x00\x01\x00\x00\xff\xff\x00\x00\x00\x01a"))
	if unknown, ok := errors.AsType[*pgtype.UnknownTypeError](err); !ok || unknown.OID != 0xffff {
		t.Errorf("a field of an unknown type: %v", err)
	}
}

// Reading values of fixed size allocates nothing, reading a Numeric once;
// appending never does.
func TestAllocations(t *testing.T) {
	numeric, point, interval, uuid := builtinNamed("numeric"), builtinNamed("point"), builtinNamed("interval"), builtinNamed("uuid")
	n, err := pgtype.ParseNumeric("-12345678.9012")
	if err != nil {
		t.Fatal(err)
	}
	form, _ := n.AppendPG(nil, numeric, pgtype.Binary)
	array := []byte("\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x06\xa4\x00\x00\x00\x02\x00\x00\x00\x01")
	for range 2 {
		array = append(binary.BigEndian.AppendUint32(array, uint32(len(form))), form...)
	}
	buf := make([]byte, 0, 1000)
	var p pgtype.Point
	var v pgtype.Interval
	var u pgtype.UUID
	var got pgtype.Numeric
	sixteen, digits := make([]byte, 16), []byte("1234.5678")
	for _, w := range []struct {
		what string
		max  float64
		f    func()
	}{
		{"numeric", 1, func() { _ = got.ScanPG(form, numeric, pgtype.Binary) }},
		{"numeric from text", 1, func() { _ = got.ScanPG(digits, numeric, pgtype.Text) }},
		{"numeric to binary", 0, func() { buf, _ = n.AppendPG(buf[:0], numeric, pgtype.Binary) }},
		{"numeric to text", 0, func() { buf, _ = n.AppendPG(buf[:0], numeric, pgtype.Text) }},
		{"point", 0, func() { _ = p.ScanPG(sixteen, point, pgtype.Binary) }},
		{"point to text", 0, func() { buf, _ = p.AppendPG(buf[:0], point, pgtype.Text) }},
		{"interval", 0, func() { _ = v.ScanPG(sixteen, interval, pgtype.Binary) }},
		{"interval to text", 0, func() { buf, _ = v.AppendPG(buf[:0], interval, pgtype.Text) }},
		{"uuid", 0, func() { _ = u.ScanPG(sixteen, uuid, pgtype.Binary) }},
		{"text of a numeric", 0, func() { buf, _ = pgtype.AppendText(buf[:0], numeric, pgtype.Binary, form) }},
		{"text of numerics", 0, func() { buf, _ = pgtype.AppendText(buf[:0], builtinNamedNumerics, pgtype.Binary, array) }},
		{"text of an interval", 0, func() { buf, _ = pgtype.AppendText(buf[:0], interval, pgtype.Binary, sixteen) }},
		{"text of a point", 0, func() { buf, _ = pgtype.AppendText(buf[:0], point, pgtype.Binary, sixteen) }},
		{"text of a uuid", 0, func() { buf, _ = pgtype.AppendText(buf[:0], uuid, pgtype.Binary, sixteen) }},
	} {
		if n := testing.AllocsPerRun(100, w.f); n > w.max {
			t.Errorf("%s allocates %v times", w.what, n)
		}
	}
}

var builtinNamedNumerics = builtinNamed("_numeric")

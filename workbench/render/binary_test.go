package render_test

import (
	"math"
	"testing"

	"parley/wire"
	"parley/workbench/render"
)

// TestBinary shows values of many types as a parameter of a line.
func TestBinary(t *testing.T) {
	for _, c := range []struct {
		oid   uint32
		value []byte
		want  string
	}{
		{16, bin(0), "bool false"}, {16, bin(2), "bool x'02'"}, {21, bin(0x80, 0), "int2 -32768"}, {23, i32(math.MinInt32), "int4 -2147483648"},
		{23, bin(1), "int4 x'01'"}, {20, i64(math.MaxInt64), "int8 9223372036854775807"}, {20, i32(1), "int8 x'00000001'"},
		{26, bin(0x80, 0, 0, 0), "oid 2147483648"}, {700, bin(0x7f, 0x80, 0, 0), "float4 +Inf"}, {701, f64(-0.1), "float8 -0.1"},
		{701, bin(1), "float8 x'01'"}, {25, text("a\xff"), "text x'61ff'"}, {25, []byte{}, `text ""`}, {3802, text("\x02{}"), "jsonb x'027b7d'"},
		{3802, text("\x01{}"), `jsonb "{}"`}, {2950, bin(1), "uuid x'01'"}, {1082, i32(0), "date 2000-01-01"}, {1082, i32(math.MaxInt32), "date infinity"},
		{1082, i32(math.MinInt32), "date -infinity"}, {1082, i32(-730_119), "date 0001-01-01"}, {1082, i32(-730_120), "date 0001-12-31 BC"},
		{1114, i64(0), "timestamp 2000-01-01 00:00:00"}, {1114, i64(-1), "timestamp 1999-12-31 23:59:59.999999"},
		{1184, i64(math.MinInt64), "timestamptz -infinity"}, {1184, i64(math.MaxInt64 - 1), "timestamptz x'7ffffffffffffffe'"},
		{1114, i64(-211_813_488_000_000_000), "timestamp 4714-11-24 00:00:00 BC"}, {1114, i64(9_223_371_331_199_999_999), "timestamp 294276-12-31 23:59:59.999999"},
		{3220, i64(-1), "pg_lsn FFFFFFFF/FFFFFFFF"}, {3220, bin(1), "pg_lsn x'01'"},
		{1700, bin(0, 1, 0, 0, 0, 0, 0, 0, 0, 42), "numeric 42"},
		{1700, bin(0, 2, 0, 0, 0x40, 0, 0, 3, 0, 3, 0x04, 0xd8), "numeric -3.124"},
		{1700, bin(0, 1, 0, 1, 0, 0, 0, 0, 0, 12), "numeric 120000"},
		{1700, bin(0, 1, 0xff, 0xff, 0, 0, 0, 4, 0, 7), "numeric 0.0007"},
		{1700, bin(0, 1, 0xff, 0xfe, 0, 0, 0, 6, 0, 7), "numeric 0.000000"},
		{1700, bin(0, 0, 0, 0, 0, 0, 0, 2), "numeric 0.00"},
		{1700, bin(0, 0, 0, 0, 0xc0, 0, 0, 0), "numeric NaN"}, {1700, bin(0, 0, 0, 0, 0xd0, 0, 0, 0), "numeric Infinity"},
		{1700, bin(0, 0, 0, 0, 0xf0, 0, 0, 0), "numeric -Infinity"},
		{1700, bin(0, 1, 0x7f, 0xff, 0, 0, 0, 0, 0, 1), "numeric x'00017fff000000000001'"},
		{1700, bin(0, 9, 0, 0, 0, 0, 0, 0), "numeric x'0009000000000000'"}, {1700, bin(0, 1, 0, 0, 0, 0, 0, 0, 0x27, 0x10), "numeric x'00010000000000002710'"},
		{1083, i64(86_399_000_001), "time 23:59:59.000001"}, {1083, i64(86_400_000_000), "time 24:00:00"}, {1083, i64(-1), "time x'ffffffffffffffff'"},
		{1186, join(i64(3_723_000_000), i32(2), i32(14)), "interval 1 year 2 mons 2 days 01:02:03"},
		{1186, join(i64(-1), i32(0), i32(0)), "interval -00:00:00.000001"}, {1186, join(i64(0), i32(-1), i32(0)), "interval -1 days"},
		{1186, join(i64(0), i32(0), i32(0)), "interval 00:00:00"},
		{1007, array(23, i32(1), nil, i32(-3)), "int4[] {1,NULL,-3}"}, {1009, array(25, text("a b"), text("")), `text[] {"a b",""}`},
		{1007, bin(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 23), "int4[] {}"},
		{1007, array(23, bin(1)), "int4[] " + "x'" + "0000000100000000000000170000000100000001" + "0000000101'"},
	} {
		chunks := started(front(&wire.Parse{SQL: "select", ParamTypes: []uint32{c.oid}}, &wire.Bind{ParamFormats: []wire.Format{1}, Params: [][]byte{c.value}}))
		expect(t, lines(t, chunks, "Bind"), `→ Bind "" "" [binary] [`+c.want+`] []`)
		for _, m := range follow(chunks) {
			check(t, &m)
		}
	}
}

// array is an array of one dimension in binary form.
func array(elem int32, values ...[]byte) []byte {
	b := join(i32(1), i32(0), i32(elem), i32(int32(len(values))), i32(1))
	for _, v := range values {
		if v == nil {
			b = append(b, i32(-1)...)
			continue
		}
		b = append(append(b, i32(int32(len(v)))...), v...)
	}
	return b
}

// TestTextFormat shows values in text format as they are, whatever their type.
func TestTextFormat(t *testing.T) {
	chunks := started(front(&wire.Parse{SQL: "select", ParamTypes: []uint32{23, 17, 25}},
		&wire.Bind{Params: [][]byte{text("not a number"), text(`\x00`), text("\x00")}}))
	expect(t, lines(t, chunks, "Bind"), `→ Bind "" "" [] [int4 "not a number", bytea "\\x00", text x'00'] []`)
}

// TestLongBinary shows what is beside bytes that take several lines.
func TestLongBinary(t *testing.T) {
	chunks := started(front(&wire.Parse{SQL: "select", ParamTypes: []uint32{17, 2950, 1009}}, &wire.Bind{ParamFormats: []wire.Format{1},
		Params: [][]byte{make([]byte, 30), make([]byte, 16), array(25, text(long(150)), text("x"))}}))
	ms := follow(chunks)
	golden(t, "testdata/golden/LongBinary.hex", show(t, render.Hex, ms[len(ms)-1:], render.Options{}))
}

package pgtype_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// setup makes what is not built in.
var setup = []string{
	"create extension hstore", "create extension ltree", "create extension citext",
	"create type mood as enum ('sad', 'so so', 'NULL', '', 'a,b')",
	"create domain posint as int check (value > 0)",
	"create domain shorttext as text check (length(value) < 100)",
	"create type pair as (a int, b text)",
	"create type nested as (p pair, list pair[], n numeric, m mood, r numrange, \"x y\" posint, b box[], e text)",
	"create type nothing as ()",
	"create type textrange as range (subtype = text)",
	"create type moodrange as range (subtype = mood)",
	"create domain points as point[]",
}

// sample is a type with texts of its values.
type sample struct {
	name   string
	values []string
}

func samples(version int) []sample {
	all := append(slices.Clone(plainSamples), timeSamples...)
	all = append(all, numberSamples()...)
	all = append(all, containerSamples...)
	if version >= 150000 {
		all = append(all, sample{"interval", []string{"178956970 years 7 mons 2147483647 days 2562047788:00:54.775806", "-2562047788:00:54.775807"}})
	}
	if version >= 170000 {
		all = append(all, sample{"interval", []string{"infinity", "-infinity"}})
	}
	return all
}

var plainSamples = []sample{
	{"bool", []string{"t", "f"}},
	{"bytea", []string{"", `\x00ff`, `\xdeadbeef`, "abc"}},
	{`"char"`, []string{"", "a", `"`, ",", " ", "\u00e9", "{", "N"}},
	{"name", []string{"", "abc", "A b", "null", "Ünï"}},
	{"text", []string{"", " ", "abc", "NULL", "null", `a"b\c'd`, "{a,b}", "(1,2)", "[1,2)", "\t\n\v\f\r", "日本語", "a,b", "😀", "\x01\x7f"}},
	{"varchar", []string{"", "x y", "NULL"}},
	{"bpchar", []string{"a  ", "b"}},
	{"citext", []string{"", "AbC", "x,y"}},
	{"xml", []string{"<a>b</a>", "text", `<?xml version="1.0"?><a/>`}},
	{"json", []string{`{"a": [1, 2.50, null, "x\u0041\""]}`, "1", `"s"`, "null", "[]", " { } ", "true", `{"a":1,"a":2}`}},
	{"jsonb", []string{`{"a": [1, 2.50, null, "x\u0041\""], "b": {"c": {}}}`, "1e400", `"s"`, "null", "[]", "{}", "false", `{"a":1,"a":2}`, "-0.00"}},
	{"jsonpath", []string{"$", `$."a b"[*] ? (@.x > 1)`, "strict $.a"}},
	{"uuid", []string{"00000000-0000-0000-0000-000000000000", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "ffffffff-ffff-ffff-ffff-ffffffffffff"}},
	{"inet", []string{
		"0.0.0.0", "10.1.2.3", "10.1.2.3/8", "255.255.255.255/0", "::", "::1", "::/0", "2001:db8::1/64", "::ffff:1.2.3.4", "::ffff:1.2.3.4/120", "::1.2.3.4",
		"1:0:0:2:0:0:0:3", "1:0:2:0:3:0:4:0", "fe80::", "1:2:3:4:5:6:7:8/128", "::ffff:0:0", "0:0:0:0:0:1:2:3", "::fffe:1:2", "0:0:0:0:1:0:0:0", "1::",
	}},
	{"cidr", []string{"0.0.0.0/0", "10.0.0.0/8", "10.1.2.3/32", "::/0", "2001:db8::/32", "::1/128"}},
	{"macaddr", []string{"08:00:2b:01:02:03", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"}},
	{"macaddr8", []string{"08:00:2b:01:02:03:04:05", "08:00:2b:01:02:03"}},
	{"bit varying", []string{"", "0", "1", "10101010", "101010101", strings.Repeat("1", 1000)}},
	{"bit(3)", []string{"101", "000"}},
	{"point", []string{"(0,0)", "(-1.5,1e300)", "(NaN,Infinity)", "(-Infinity,-0)", "(0.1,1e-20)"}},
	{"line", []string{"{1,-1,0}", "{0,1,2.5}", "[(0,0),(1,3)]"}},
	{"lseg", []string{"[(0,0),(1,1)]", "[(-1e10,2.5),(NaN,0)]"}},
	{"box", []string{"(1,1),(0,0)", "(0,1),(1,0)", "(1e20,-1),(NaN,-2)"}},
	{"path", []string{"[(0,0),(1,1)]", "((0,0),(1,1),(2,0))", "((5,5))", "[(1,2)]"}},
	{"polygon", []string{"((0,0),(1,1),(2,0))", "((5,5))"}},
	{"circle", []string{"<(0,0),1>", "<(1.5,-1),0>", "<(0,0),Infinity>"}},
	{"tsvector", []string{"", "a", "'fat':2,4 'cat':3A,5B,6C 'rat'", `'it''s':1 'b\\c' 'x y':16383A`, "a:1 b:2D c:3C"}},
	{"tsquery", []string{
		"", "a", "a & b", "a | b & c", "(a | b) & c", "!a", "!(a | b)", "!!a", "a <-> b", "a <2> b <0> c", "a <-> (b <-> c)", "(a <-> b) <-> c",
		"(a & b) <-> c", "a:*", "a:AB", "a:*CD", "'it''s' & 'b\\\\c'", "!a <-> b", "!(a <-> b)", "(!a & b) | c <16384> d", "a & b & c | d | e",
	}},
	{"pg_lsn", []string{"0/0", "16/B374D848", "FFFFFFFF/FFFFFFFF", "0/1"}},
	{"tid", []string{"(0,0)", "(4294967295,65535)", "(1,2)"}},
	{"txid_snapshot", []string{"10:20:10,14,15", "1:1:"}},
	{"pg_snapshot", []string{"10:20:10,14,15", "1:1:", "1:9223372036854775807:"}},
	{"refcursor", []string{"", "c1", "a b"}},
	{"oid", []string{"0", "4294967295"}},
	{"xid", []string{"0", "4294967295"}},
	{"cid", []string{"0", "4294967295"}},
	{"xid8", []string{"0", "18446744073709551615"}},
	{"int2vector", []string{"", "1", "1 -2 3"}},
	{"oidvector", []string{"", "1", "1 4294967295"}},
	{"hstore", []string{"", `a=>1`, `"a b"=>"c\"d", "x"=>NULL, "null"=>"NULL"`, `""=>""`, `bb=>1, a=>2, ab=>3, "\\"=>"\\"`}},
	{"ltree", []string{"", "a", "Top.Science.Astronomy"}},
	{"lquery", []string{"*.a.*{2,3}", "a|b"}},
	{"ltxtquery", []string{"a & b", "!a* | b@"}},
}

var timeSamples = []sample{
	{"date", []string{
		"2000-01-01", "1999-12-31", "1970-01-01", "2024-02-29", "1900-02-28", "0001-01-01", "0001-12-31 BC", "0005-02-28 BC", "4714-11-24 BC", "5874897-12-31",
		"10000-01-01", "99999-12-31", "infinity", "-infinity", "0044-03-15 BC",
	}},
	{"time", []string{"00:00:00", "23:59:59.999999", "24:00:00", "12:34:56.7", "00:00:00.000001"}},
	{"timetz", []string{"00:00:00+00", "23:59:59.999999-15:59:59", "24:00:00+15:59:59", "12:34:56+05:30", "12:00:00-00:00:01"}},
	{"timestamp", []string{
		"2000-01-01 00:00:00", "1999-12-31 23:59:59.999999", "2024-02-29 12:34:56.789", "0001-01-01 00:00:00", "0001-12-31 23:59:59.999999 BC", "4714-11-24 00:00:00 BC",
		"294276-12-31 23:59:59.999999", "infinity", "-infinity", "10000-01-01 00:00:00.1", "0044-03-15 12:00:00.000001 BC",
	}},
	{"timestamptz", []string{
		"2000-01-01 00:00:00+00", "1999-12-31 23:59:59.999999-08", "2024-02-29 12:34:56.789+05:30", "1880-06-01 12:00:00+00:19:32", "0001-01-01 00:00:00+01",
		"4714-11-24 00:00:00+00 BC", "294276-12-31 23:59:59.999999+00", "infinity", "-infinity", "294277-01-01 01:00:00+02",
	}},
	{"interval", []string{
		"0", "1 year 2 mons 3 days 04:05:06.789", "-1 year -2 mons +3 days -04:05:06", "1 mon", "-13 mons", "1 day 00:00:00.000001", "-1 day 02:00:00", "-0.5 sec",
		"-3 days -1 hour", "178956970 years 7 mons 2147483647 days 596523:14:07", "-178956970 years -8 mons -2147483648 days",
		"100 hours", "12 mons", "-12 mons 1 day -1 sec", "1 year -1 day 1 sec",
	}},
}

func numberSamples() []sample {
	numeric := []string{
		"0", "0.0", "0.000000", "1", "-1", "10000", "9999", "0.0001", "0.00001", "-0.00010000", "123456789.987654321", "1e1000", "1e-1000", "-1.5e-100", "NaN", "Infinity", "-Infinity",
		"100000000", "100000000.0000", "1e131071", "-9e131071", "1e-16383", "0." + strings.Repeat("9", 16383), strings.Repeat("9", 5000) + "." + strings.Repeat("1", 5000),
		"9223372036854775807", "-9223372036854775808", "12345678901234567890.12345678901234567890",
	}
	for range 200 {
		numeric = append(numeric, fmt.Sprintf("%d.%0*d", rand.Int64N(1<<rand.IntN(62)+1)-rand.Int64N(1<<rand.IntN(62)+1), 1+rand.IntN(30), rand.Int64N(1<<rand.IntN(62)+1)))
		numeric = append(numeric, fmt.Sprintf("%de%d", rand.Int64N(1<<rand.IntN(62)+1), rand.IntN(60)-30))
	}
	return []sample{
		{"int2", []string{"0", "-32768", "32767"}},
		{"int4", []string{"0", "-2147483648", "2147483647"}},
		{"int8", []string{"0", "-9223372036854775808", "9223372036854775807"}},
		{"float4", []string{"0", "-0", "1", "0.1", "1e5", "1e6", "123456", "1234567", "1e-4", "1e-5", "3.4028235e38", "1e-45", "NaN", "Infinity", "-Infinity", "16777216", "0.00012345"}},
		{"float8", []string{
			"0", "-0", "1", "0.1", "1e14", "1e15", "123456789012345", "1e20", "1e23", "1e-4", "1e-5", "1.7976931348623157e308", "5e-324", "2.2250738585072014e-308",
			"NaN", "Infinity", "-Infinity", "9007199254740993", "27472086716361690", "0.1234567890123456789",
		}},
		{"numeric", numeric},
		{"money", []string{"0", "0.01", "-0.01", "1", "-1234.56", "1234567.89", "92233720368547758.07", "-92233720368547758.08", "999", "1000"}},
		{"regclass", []string{"pg_class", "0", "999999"}},
		{"regtype", []string{"int4", "timestamp with time zone"}},
	}
}

var containerSamples = []sample{
	{"mood", []string{"sad", "so so", "NULL", "", "a,b"}},
	{"posint", []string{"1", "2147483647"}},
	{"shorttext", []string{"", "a,b"}},
	{"points", []string{"{}", `{"(1,2)","(3,4)"}`}},
	{"pair", []string{"(1,a)", "(,)", `(,"")`, `(-5,"a ""b"" \\, (c)")`, `(1,"NULL")`, "(1,NULL)"}},
	{"nothing", []string{"()"}},
	{"nested", []string{
		`("(1,x)","{""(2,\\""y z\\"")"",NULL,""(,)""}",1.50,"so so","[1.0,2.0)",7,"{(1,1),(0,0);(3,3),(2,2)}",)`, "(,,,,,,,)",
		`("(,)",{},NaN,"","empty",1,{},"")`,
	}},
	{"int4range", []string{"empty", "[1,5)", "(,)", "[1,)", "(,5)", "[-2147483648,2147483647)"}},
	{"int8range", []string{"empty", "[1,5)", "(,)"}},
	{"numrange", []string{"empty", "[1.0,5.50]", "(1,2]", "(,5]", "(NaN,)", "[-Infinity,Infinity]"}},
	{"tsrange", []string{"empty", `["2024-01-01 00:00:00","2024-01-02 00:00:00")`, "(-infinity,infinity)", `[,"0044-03-15 00:00:00 BC"]`}},
	{"tstzrange", []string{"empty", `["2024-01-01 00:00:00+00",)`, `(,"infinity"]`}},
	{"daterange", []string{"empty", "[2024-01-01,2024-02-01)", "(,)", "[-infinity,infinity]"}},
	{"textrange", []string{"empty", "[a,b]", `["","z""\\,"]`, `["(","[")`, `[" a",)`, `(NULL,"Null z")`}},
	{"moodrange", []string{"empty", `[sad,"so so")`, `["","a,b"]`}},
	{"int4multirange", []string{"{}", "{[1,5)}", "{[1,5),[7,)}", "{(,)}"}},
	{"nummultirange", []string{"{}", "{[1.5,2.5],(3,4)}"}},
	{"tsmultirange", []string{"{}", `{["2024-01-01 00:00:00","2024-01-02 00:00:00"),["2025-01-01 00:00:00",)}`}},
	{"tstzmultirange", []string{"{}", `{["2024-01-01 00:00:00+00","2024-01-02 00:00:00+00")}`}},
	{"datemultirange", []string{"{}", "{[2024-01-01,2024-02-01),[2025-01-01,infinity)}"}},
	{"int8multirange", []string{"{}", "{[1,5),[7,9)}"}},
	{"textmultirange", []string{"{}", `{[a,b],["c}","d,"""]}`}},
}

package pgtype_test

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"parley/pgtype"
)

// goType is a Go type of the package with what it can do.
type goType interface {
	pgtype.Marshaler
	encoding.TextMarshaler
	encoding.TextAppender
	fmt.Stringer
}

// goTypes are a value of each type, the type in PostgreSQL, and texts and
// binary forms that are none.
var goTypes = []struct {
	v              goType
	name           string
	texts, binarys []string
}{
	{pgtype.Date(59), "date", []string{"", "2024", "12/17/1997"}, []string{"", "123", "\x7f\xff\xff\xfe"}},
	{pgtype.Timestamp(1), "timestamp", []string{"", "2024-01-01", "now"}, []string{"", "1234", "\x7f\xff\xff\xff\xff\xff\xff\xfe"}},
	{pgtype.Timestamptz(-1), "timestamptz", []string{"", "2024-01-01 00:00:00"}, []string{"", "1234"}},
	{pgtype.Time(1), "time", []string{"", "25:00:00"}, []string{"", "\xff\xff\xff\xff\xff\xff\xff\xff"}},
	{pgtype.TimeTZ{Time: 1, Offset: -90}, "timetz", []string{"", "00:00:00"}, []string{"", "12345678"}},
	{pgtype.Interval{Months: 1, Days: -2, Microseconds: 3}, "interval", []string{"", "x", "1 fortnight"}, []string{"", "12345678"}},
	{pgtype.UUID{1, 2, 3}, "uuid", []string{"", "0"}, []string{"", "123"}},
	{pgtype.LSN(1<<40 | 10), "pg_lsn", []string{"", "/", "1/", "0/x", "+1/1", "1/-1", "1/123456789", "1"}, []string{"", "1234"}},
	{pgtype.TID{Block: 7, Offset: 9}, "tid", []string{"", "(1)", "1,2", "(1,2", "(1,65536)", "(-1,0)"}, []string{"", "12345", "1234567"}},
	{pgtype.Snapshot{Xmin: 1, Xmax: 5, Xip: []uint64{2, 3}}, "pg_snapshot", []string{"", "1:2", "1:x:", "1:2:3,", "1:2:x", "a:1:"},
		[]string{"", "\x00\x00\x00\x01", "\xff\xff\xff\xff0000000000000000", "\x00\x00\x00\x0000000000000000001"}},
	{pgtype.Bits{Len: 9, Bytes: []byte{0xa5, 0x80}}, "varbit", []string{"2", "01 "}, []string{"", "\x00\x00\x00\x09a", "\x00\x00\x00\x01", "\xff\xff\xff\xff", "\x00\x00\x00\x01ab"}},
	{pgtype.Point{X: 1, Y: -2.5}, "point", []string{"", "(1)", "1,2", "(1,2", "(1,2)x", "(,)", "(1,2,3)", "(a,b)"}, []string{"", "123456789012345"}},
	{pgtype.Line{A: 1, B: 2, C: 3}, "line", []string{"", "{1,2}", "{1,2,3", "(1,2,3)"}, []string{"", "12345678"}},
	{pgtype.Lseg{A: pgtype.Point{X: 1}}, "lseg", []string{"", "[(1,2)]", "[(1,2),(3,4)"}, []string{"", "12345678"}},
	{pgtype.Box{High: pgtype.Point{X: 1, Y: 1}}, "box", []string{"", "(1,2)", "(1,2);(3,4)"}, []string{"", "12345678"}},
	{pgtype.Path{Closed: true, Points: []pgtype.Point{{X: 1}, {Y: 1}}}, "path", []string{"", "()", "[]", "((1,2)", "[(1,2))", "((1,2)(3,4))"},
		[]string{"", "\x00\x00\x00\x00\x00", "\x02\x00\x00\x00\x011234567812345678", "\x01\x7f\xff\xff\xff1234567812345678", "\x01\xff\xff\xff\xff"}},
	{pgtype.Polygon{{X: 1}, {Y: 1}}, "polygon", []string{"", "()", "((1,2)"}, []string{"", "\x00\x00\x00\x00", "\x00\x00\x00\x02123456781234567812345678"}},
	{pgtype.Circle{Center: pgtype.Point{X: 1}, Radius: 2}, "circle", []string{"", "<(1,2)>", "<(1,2),3", "((1,2),3)"}, []string{"", "12345678"}},
	{pgtype.TSVector{{Word: "a'b", Positions: []pgtype.Position{{Pos: 1}, {Pos: 2, Weight: pgtype.WeightA}}}, {Word: "c"}}, "tsvector",
		[]string{"'", "'a", "'a':", "'a':x", "'a':1,", "'a':16384", "'a'b", ":1", `a\`},
		[]string{"", "\x00\x00\x00\x01", "\x00\x00\x00\x01ab", "\x00\x00\x00\x01a\x00\x00\x01", "\x7f\xff\xff\xff123", "\x00\x00\x00\x00x"}},
	{pgtype.TSQuery{{Op: pgtype.TSPhrase, Distance: 2}, {Op: pgtype.TSNot}, {Word: "x"}, {Word: "y", Prefix: true, Weights: 5}}, "tsquery",
		[]string{"&", "'a' &", "'a' 'b'", "( 'a'", "'a' )", "!", "'a':", "'a' <x> 'b'", "'a' <-", "'a' <99999> 'b'", "'a':E", "()"},
		[]string{
			"", "\x00\x00\x00\x01", "\x00\x00\x00\x01\x01\x10\x00a\x00", "\x00\x00\x00\x01\x01\x00\x02a\x00", "\x00\x00\x00\x01\x02\x01", "\x00\x00\x00\x01\x02\x05", "\x00\x00\x00\x01\x03\x00",
			"\x00\x00\x00\x02\x01\x00\x00a\x00\x01\x00\x00b\x00", "\x00\x00\x00\x01\x01\x00\x00a", "\x7f\xff\xff\xff\x01\x00\x00a\x00",
		}},
	{pgtype.Numeric{}, "numeric", []string{"", "x"}, []string{"", "1"}},
}

// Each type writes itself to its own type in both formats, to text types as
// text, and to others as text only; it reads the same, and nothing malformed.
func TestGoTypes(t *testing.T) {
	for _, w := range goTypes {
		own, other := builtinNamed(w.name), builtinNamed("bytea")
		domain := &pgtype.Type{Kind: pgtype.KindDomain, Elem: &pgtype.Type{Kind: pgtype.KindDomain, Elem: own}}
		for _, ty := range []*pgtype.Type{own, domain, builtinNamed("text"), builtinNamed("bpchar")} {
			for _, f := range []pgtype.Format{pgtype.Text, pgtype.Binary} {
				form, err := w.v.AppendPG([]byte{}, ty, f)
				if err != nil {
					t.Errorf("%s to %s: %v", w.name, ty, err)
					continue
				}
				if got, err := scanLike(w.v, form, ty, f); err != nil || !reflect.DeepEqual(got, w.v) {
					t.Errorf("%s %v by way of %s as %d is %v, %v", w.name, w.v, ty, f, got, err)
				}
			}
		}
		for _, ty := range []*pgtype.Type{nil, other} {
			if form, err := w.v.AppendPG(nil, ty, pgtype.Binary); !errors.Is(err, pgtype.ErrFormat) {
				t.Errorf("%s to %s in binary: %x, %v", w.name, ty, form, err)
			}
			if form, err := w.v.AppendPG(nil, ty, pgtype.Text); err != nil || string(form) != w.v.String() {
				t.Errorf("%s to %s in text: %s, %v", w.name, ty, form, err)
			}
			if _, err := scanLike(w.v, []byte("12345678"), ty, pgtype.Binary); err == nil {
				t.Errorf("%s is read from the binary form of %s", w.name, ty)
			}
		}
		for _, text := range w.texts {
			if got, err := scanLike(w.v, []byte(text), own, pgtype.Text); err == nil {
				t.Errorf("%s %q = %v", w.name, text, got)
			}
		}
		for _, form := range w.binarys {
			if got, err := scanLike(w.v, []byte(form), own, pgtype.Binary); err == nil {
				t.Errorf("%s %q = %v", w.name, form, got)
			}
		}
	}
}

// scanLike reads into a new variable of the type of v.
func scanLike(v any, form []byte, ty *pgtype.Type, f pgtype.Format) (any, error) {
	p := reflect.New(reflect.TypeOf(v))
	u, ok := p.Interface().(pgtype.Unmarshaler)
	if !ok {
		return nil, errors.New("it is no Unmarshaler")
	}
	err := u.ScanPG(form, ty, f)
	return p.Elem().Interface(), err
}

func TestGoTypesInJSON(t *testing.T) {
	for _, w := range goTypes {
		b, err := json.Marshal(w.v)
		if err != nil {
			t.Errorf("%s: %v", w.name, err)
			continue
		}
		p := reflect.New(reflect.TypeOf(w.v))
		if err := json.Unmarshal(b, p.Interface()); err != nil || !reflect.DeepEqual(p.Elem().Interface(), w.v) {
			t.Errorf("%s %s = %v, %v", w.name, b, p.Elem(), err)
		}
	}
}

// Values that cannot be are not written.
func TestImpossibleValues(t *testing.T) {
	deep := make(pgtype.TSQuery, 20_000)
	for i := range deep {
		deep[i].Op = pgtype.TSNot
	}
	deep[len(deep)-1] = pgtype.TSItem{Word: "x"}
	for _, w := range []struct {
		v    pgtype.Marshaler
		name string
	}{
		{pgtype.Time(-1), "time"}, {pgtype.Time(86400_000001), "time"}, {pgtype.TimeTZ{Offset: 57600}, "timetz"}, {pgtype.TimeTZ{Time: -5}, "timetz"},
		{pgtype.Bits{Len: 9, Bytes: []byte{1}}, "bit"}, {pgtype.Bits{Len: -1}, "bit"}, {pgtype.TSVector{{Word: "a\x00"}}, "tsvector"},
		{pgtype.TSVector{{Word: "a", Positions: []pgtype.Position{{Pos: 1 << 14}}}}, "tsvector"}, {pgtype.TSQuery{{Op: pgtype.TSAnd}}, "tsquery"}, {deep, "tsquery"},
		{pgtype.TSQuery{{Word: "a"}, {Word: "b"}}, "tsquery"}, {pgtype.TSQuery{{Word: "\x00"}}, "tsquery"}, {pgtype.TSQuery{{Word: "a", Weights: 16}}, "tsquery"},
	} {
		if form, err := w.v.AppendPG(nil, builtinNamed(w.name), pgtype.Binary); !errors.Is(err, pgtype.ErrRange) || len(form) > 1<<16 {
			t.Errorf("%s %.50v = %.50x, %v", w.name, w.v, form, err)
		}
	}
	if got := deep.String(); got != "" {
		t.Errorf("a query that is too deep is %.30s", got)
	}
	var q pgtype.TSQuery
	for _, text := range []string{strings.Repeat("!", 20_000) + "a", strings.Repeat("(", 20_000) + "a", strings.Repeat("a <-> (", 20_000) + "a"} {
		if err := q.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%.20s... is read", text)
		}
	}
}

func TestTimesOfGo(t *testing.T) {
	at := time.Date(2024, 2, 29, 23, 30, 15, 123456789, time.FixedZone("", 3600))
	d, _ := pgtype.DateOf(at)
	ts, _ := pgtype.TimestampOf(at)
	tz, _ := pgtype.TimestamptzOf(at)
	got := fmt.Sprint(d, "; ", ts, "; ", tz, "; ", pgtype.TimeOf(at))
	if want := "2024-02-29; 2024-02-29 23:30:15.123456; 2024-02-29 22:30:15.123456+00; 23:30:15.123456"; got != want {
		t.Errorf("%v = %s, want %s", at, got, want)
	}
	if back, err := tz.Time(); err != nil || !back.Equal(at.Truncate(time.Microsecond)) || back.Location() != time.UTC {
		t.Errorf("Time() = %v, %v", back, err)
	}
	if _, err := pgtype.TimestamptzOf(time.Unix(1<<50, 0)); !errors.Is(err, pgtype.ErrRange) {
		t.Errorf("a time far away: %v", err)
	}
	for _, v := range []interface {
		Time() (time.Time, error)
		Inf() int
	}{pgtype.DateInfinity, pgtype.TimestampInfinity, pgtype.TimestamptzInfinity} {
		if at, err := v.Time(); !errors.Is(err, pgtype.ErrInfinite) || v.Inf() != 1 {
			t.Errorf("%v.Time() = %v, %v", v, at, err)
		}
	}
	if pgtype.DateNegInfinity.Inf() != -1 || pgtype.TimestampNegInfinity.Inf() != -1 || pgtype.TimestamptzNegInfinity.Inf() != -1 || pgtype.Date(0).Inf() != 0 {
		t.Error("Inf is wrong")
	}
	if !(pgtype.DateNegInfinity < d && d < pgtype.DateInfinity) {
		t.Error("dates are not in order")
	}
	if got := pgtype.Time(3_600_000_001).Duration(); got != time.Hour+time.Microsecond {
		t.Errorf("Duration = %v", got)
	}
}

func TestIntervalDurations(t *testing.T) {
	if d, err := pgtype.IntervalOf(90*time.Minute + 999).Duration(); err != nil || d != 90*time.Minute {
		t.Errorf("90 minutes = %v, %v", d, err)
	}
	for v, want := range map[pgtype.Interval]error{
		{Days: 1}:                     pgtype.ErrLossy,
		{Months: -1, Microseconds: 5}: pgtype.ErrLossy,
		{Microseconds: math.MaxInt64}: pgtype.ErrRange,
		{Microseconds: math.MinInt64}: pgtype.ErrRange,
		pgtype.InfiniteInterval(1):    pgtype.ErrInfinite,
		pgtype.InfiniteInterval(-1):   pgtype.ErrInfinite,
	} {
		if d, err := v.Duration(); !errors.Is(err, want) {
			t.Errorf("Duration(%+v) = %v, %v, want %v", v, d, err, want)
		}
	}
	if pgtype.InfiniteInterval(1).Inf() != 1 || pgtype.InfiniteInterval(-1).Inf() != -1 || pgtype.IntervalOf(0).Inf() != 0 {
		t.Error("Inf is wrong")
	}
	if v, err := pgtype.ParseInterval("P1Y2DT3S"); err != nil || v != (pgtype.Interval{Months: 12, Days: 2, Microseconds: 3_000_000}) {
		t.Errorf("ParseInterval = %+v, %v", v, err)
	}
}

func TestBits(t *testing.T) {
	b, err := pgtype.ParseBits("1010000011")
	if err != nil || b.Len != 10 || !b.At(0) || b.At(1) || !b.At(9) || b.At(10) || b.At(-1) {
		t.Errorf("ParseBits = %+v, %v", b, err)
	}
	var got pgtype.Bits // bits beyond the last one are of no meaning
	if err := got.ScanPG([]byte("\x00\x00\x00\x03\xff"), builtinNamed("bit"), pgtype.Binary); err != nil || got.Bytes[0] != 0xe0 {
		t.Errorf("ScanPG = %x, %v", got.Bytes, err)
	}
}

func TestContainers(t *testing.T) {
	a := pgtype.Array[int]{Dims: []pgtype.Dimension{{Len: 2, Lower: 0}, {Len: 3, Lower: -1}}, Elems: []int{1, 2, 3, 4, 5, 6}}
	if v, ok := a.At(1, 0); !ok || v != 5 {
		t.Errorf("At(1, 0) = %d, %v", v, ok)
	}
	for _, at := range [][]int32{{}, {1}, {2, 0}, {-1, 0}, {0, 2}, {0, -2}, {0, 0, 0}} {
		if v, ok := a.At(at...); ok {
			t.Errorf("At(%v) = %d", at, v)
		}
	}
	short := pgtype.Array[int]{Dims: []pgtype.Dimension{{Len: math.MaxInt32, Lower: 1}}}
	if _, ok := short.At(7); ok {
		t.Error("there is an element in an array without any")
	}
	if one := pgtype.NewArray("x", "y"); len(one.Dims) != 1 || one.Dims[0] != (pgtype.Dimension{Len: 2, Lower: 1}) {
		t.Errorf("NewArray = %+v", one)
	}
	if none := pgtype.NewArray[int](); none.Dims != nil {
		t.Errorf("NewArray() = %+v", none)
	}
	if r := pgtype.NewRange(1, 5); r.LowerBound != pgtype.Inclusive || r.UpperBound != pgtype.Exclusive || r.Lower != 1 || r.Upper != 5 {
		t.Errorf("NewRange = %+v", r)
	}
}

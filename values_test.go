package parley

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"parley/internal/scan"
	"parley/pgtest"
	"parley/wire"
)

// The OIDs of types that tests speak of.
const (
	oidBytea = 17
	oidInt8  = 20
)

// usual is a row of one column of each usual type.
type usual struct {
	ID      int64
	Name    string
	At      time.Time
	Amount  float64
	Active  bool
	Version int32
}

const usualSQL = `select g::int8 as id, 'name ' || g as name, '2024-01-02 03:04:05.678901+00'::timestamptz + g * interval '1 s' as at,
	g / 2::float8 as amount, g % 2 = 0 as active, g::int4 as version from generate_series(1, $1::int4) g`

// row returns the row number n of usualSQL.
func (usual) row(n int) usual {
	at := time.Date(2024, 1, 2, 3, 4, 5, 678901000, time.UTC).Add(time.Duration(n) * time.Second)
	return usual{int64(n), fmt.Sprintf("name %d", n), at, float64(n) / 2, n%2 == 0, int32(n)}
}

// Values come out the same the first time, as text, and later, in binary; and
// arguments are the same whether the server has told their types or not.
func TestValuesColdAndHot(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	for i, wantFormats := range []int{0, 6, 6} {
		rows := c.Query(t.Context(), usualSQL, 3)
		for n := 1; rows.Next(); n++ {
			var got usual
			if err := rows.Scan(&got.ID, &got.Name, &got.At, &got.Amount, &got.Active, &got.Version); err != nil || got != got.row(n) {
				t.Errorf("use %d: %+v, %v, want %+v", i, got, err, got.row(n))
			}
			binary := 0
			for j := range rows.Columns() {
				binary += rows.Format(j)
			}
			values, err := rows.Values()
			w := got.row(n)
			if want := []any{w.ID, w.Name, w.At, w.Amount, w.Active, w.Version}; err != nil || !reflect.DeepEqual(values, want) || binary != wantFormats {
				t.Errorf("use %d: %#v, %v, %d in binary, want %#v, %d", i, values, err, binary, want, wantFormats)
			}
		}
		if err := rows.Err(); err != nil {
			t.Error(err)
		}
	}
	noon := time.Date(2001, 2, 3, 12, 0, 0, 5000, time.UTC)
	for range 3 {
		rows := c.Query(t.Context(), "select $1::int8, $2::text, $3::timestamptz, $4::float8, $5::bool, $6::bytea, $7::int4[], $8::numeric, $9::jsonb, $10::text",
			7, "x", noon, math.Inf(1), true, []byte{1}, []int{1, 2}, 5, map[string]int{"a": 1}, nil)
		if !rows.Next() {
			t.Fatal(rows.Err())
		}
		got, err := rows.Values()
		want := "[7 x 2001-02-03 12:00:00.000005 +0000 UTC +Inf true [1] [1 2] 5 [123 34 97 34 58 32 49 125] <nil>]"
		if fmt.Sprint(got) != want || err != nil || rows.Close() != nil {
			t.Errorf("%v, %v, want %s", got, err, want)
		}
	}
}

func TestErrorsOfValues(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	for range 2 {
		rows := c.Query(t.Context(), "select 1 as a, null::int4 as b, 1 << 20 as c")
		rows.Next()
		var n int8
		for dest, want := range map[string][]any{
			`scan: column "b" (number 2, of type int4) into int8: it is NULL, which int8 cannot hold; use *int8 or sql.Null[int8]`: {&n, &n, nil},
			`scan: column "c" (number 3, of type int4) into int8: the value is out of the range of the type`:                       {nil, nil, &n},
			`scan: column "a" (number 1, of type int4) into bool: int4 and bool have no conversion between them`:                   {new(bool), nil, nil},
			"scan: 1 variables for 3 columns": {&n},
		} {
			err := rows.Scan(want...)
			if err == nil || err.Error() != dest {
				t.Errorf("%v, want %s", err, dest)
			}
			if e, ok := errors.AsType[*ColumnError](err); len(want) == 3 && (!ok || e.Column == "" || e.Number == 0) {
				t.Errorf("%#v", e)
			}
		}
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
		wantText(t, rows.Scan(&n), "there is no row")
		if _, err := rows.Values(); err == nil {
			t.Error("values of no row")
		}
		_, err := c.Exec(t.Context(), "select $1::int2, $2::text", 1<<20, "secret")
		if e, ok := errors.AsType[*ArgumentError](err); ok != (err != nil) || ok && (e.Index != 1 || e.Type != "int2" || e.Go != "int") {
			if !hasCode("22003")(err) { // when the type is not known, the server says it
				t.Errorf("%v", err)
			}
		}
		_, err = c.Exec(t.Context(), "select $1::text", "a\x00secret")
		if e, ok := errors.AsType[*ArgumentError](err); !ok || e.Index != 1 || strings.Contains(err.Error(), "secret") {
			t.Errorf("%v", err)
		}
		checkAlive(t, c)
	}
}

// A Bind of this package is one of package wire.
func TestBindIsWire(t *testing.T) {
	for _, formats := range [][]wire.Format{nil, {wire.BinaryFormat}, {wire.TextFormat, wire.BinaryFormat}} {
		o := &op{name: "query", stmt: &statement{}, formats: formats, cursor: &cursor{portal: "p"}}
		got, err := appendBind([]byte("x"), o, "s", []any{1, nil, "", []byte(nil)})
		if err != nil {
			t.Fatal(err)
		}
		want, err := (&wire.Bind{Portal: "p", Statement: "s", ParamFormats: make([]wire.Format, 4), Params: [][]byte{[]byte("1"), nil, {}, nil}, ResultFormats: formats}).Append([]byte("x"))
		if err != nil || string(got) != string(want) {
			t.Errorf("%q, want %q, %v", got, want, err)
		}
	}
	for _, args := range [][]any{{func() {}}, {"a\x00"}, {[]byte{1}}} {
		if got, err := appendBind([]byte("x"), &op{stmt: &statement{}}, "s", args); err == nil || string(got) != "x" {
			t.Errorf("%T: %q, %v", args[0], got, err)
		}
	}
}

// A description has plans for rows in whatever formats they come.
func TestPlansOfDescription(t *testing.T) {
	d := describe(nil, []wire.Column{{Name: "a", Type: 23}, {Name: "b", Type: 23}})
	for formats, want := range map[string][]wire.Format{
		"\x00\x00\x00\x01\x00\x00\x00\x02": {wire.BinaryFormat}, "12": nil, "1\x00\x00\x00\x02": {wire.TextFormat, wire.BinaryFormat},
	} {
		one, two := []byte(formats[:1]), []byte(formats[1:])
		if formats[0] == 0 {
			one, two = []byte(formats[:4]), []byte(formats[4:])
		}
		row, err := (&wire.DataRow{Values: [][]byte{one, two}}).Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		var a, b int
		if err := d.plans(want).dests.Read(&scan.Memory{}, row[5:], []any{&a, &b}); err != nil || a != 1 || b != 2 {
			t.Errorf("formats %v: %d %d %v", want, a, b, err)
		}
	}
	if len(d.formats) != 1 || d.foreign || d.unknown != nil {
		t.Errorf("%+v", d)
	}
	if d = describe([]uint32{99999}, []wire.Column{{Type: 99998}, {Type: 23}}); !d.foreign || len(d.unknown) != 2 || d.formats[0] != wire.TextFormat {
		t.Errorf("%+v", d)
	}
}

package sqldriver_test

import (
	"database/sql"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestSeveralStatements(t *testing.T) {
	db := open(t)
	exec(t, db, "create table a (x int); insert into a values (1), (2); create table b (y text);")
	if n := exec(t, db, "insert into a values (3); delete from a where x < 3;"); n != 2 {
		t.Errorf("%d rows", n)
	}
	rows, err := db.QueryContext(t.Context(), `select 1::int2 as a, 2::int4, 3::int8, 4.5::float4, 5.5::float8, true, '\x0102'::bytea, '{"a":1}'::jsonb,
		date '2020-02-29', timestamptz '2020-02-29 12:00:00Z', 12.50::numeric, null::int, 7::oid, 'x;y'; select 'second' as b union all select 'row'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil || len(names) != 14 || names[0] != "a" || !rows.Next() {
		t.Fatal(names, err, rows.Err())
	}
	got := scanAll(t, rows, 14)
	day := time.Date(2020, 2, 29, 0, 0, 0, 0, time.UTC)
	want := []any{int64(1), int64(2), int64(3), 4.5, 5.5, true, []byte{1, 2}, []byte(`{"a": 1}`), day, day.Add(12 * time.Hour), "12.50", nil, int64(7), "x;y"}
	for i := range want {
		if w, ok := want[i].(time.Time); ok && w.Equal(got[i].(time.Time)) {
			continue
		}
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("column %d is %#v, want %#v", i, got[i], want[i])
		}
	}
	if rows.Next() || !rows.NextResultSet() || !rows.Next() || scanAll(t, rows, 1)[0] != "second" || !rows.Next() || rows.Next() || rows.NextResultSet() {
		t.Error("the second result is not as it should be", rows.Err())
	}
	_, err = db.ExecContext(t.Context(), "select 1; selec 2")
	wantCode(t, err, "42601")
	_, err = db.ExecContext(t.Context(), "select $1; select 2", 1)
	wantCode(t, err, "42601")
	if _, err := db.QueryContext(t.Context(), "select date 'infinity'; select 1"); err != nil {
		t.Error(err)
	}
}

func scanAll(t *testing.T, rows *sql.Rows, n int) []any {
	t.Helper()
	values, dest := make([]any, n), make([]any, n)
	for i := range values {
		dest[i] = &values[i]
	}
	if err := rows.Scan(dest...); err != nil {
		t.Fatal(err)
	}
	return values
}

// Values come alike from a statement and from a script.
func TestValues(t *testing.T) {
	db := open(t)
	exec(t, db, "create type mood as enum ('sad', 'ok')")
	for sql, want := range map[string]any{
		"1::int2": int64(1), "2::int4": int64(2), "(-9223372036854775808)::int8": int64(math.MinInt64), "1.5::float4": 1.5, "'NaN'::float8 + 0": nil,
		"true": true, `'\x00ff'::bytea`: []byte{0, 255}, "'text'": "text", "'c'::char(3)": "c  ", `'[1]'::json`: []byte("[1]"),
		"1.50::numeric": "1.50", "'{1,2}'::int[]": "{1,2}", "'ok'::mood": "ok", "'10.0.0.0/8'::inet": "10.0.0.0/8", "interval '1 day'": "1 day",
		"'00000000-0000-0000-0000-000000000001'::uuid": "00000000-0000-0000-0000-000000000001", "null::int": nil, "int4range(1, 5)": "[1,5)",
		"'2020-02-29'::date": time.Date(2020, 2, 29, 0, 0, 0, 0, time.UTC), "time '12:30'": "12:30:00", "row(1, 'a')": "(1,a)", "'a=>b'::text": "a=>b",
	} {
		for _, query := range []string{"select " + sql, "select " + sql, "select " + sql, "select " + sql + "; select 1"} {
			rows, err := db.QueryContext(t.Context(), query)
			if err != nil {
				t.Errorf("%s: %v", query, err)
				continue
			}
			if !rows.Next() {
				t.Fatal(rows.Err())
			}
			got := scanAll(t, rows, 1)[0]
			if f, ok := got.(float64); ok && math.IsNaN(f) {
				got = nil
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s is %#v, want %#v", query, got, want)
			}
			_ = rows.Close()
		}
	}
	for _, typ := range []string{"date", "timestamp", "timestamptz"} {
		for range 3 {
			for _, want := range []string{"infinity", "-infinity"} {
				query := fmt.Sprintf("select %s '%s'", typ, want)
				if got := one[any](t, db, query); got != want {
					t.Errorf("%s is %#v", query, got)
				}
				if err := db.QueryRowContext(t.Context(), query).Scan(new(time.Time)); err == nil {
					t.Errorf("%s went into a time.Time", query)
				}
			}
		}
	}
}

// Arguments may be whatever Parley takes.
func TestArguments(t *testing.T) {
	db := open(t)
	for _, w := range []struct {
		query string
		arg   any
		want  string
	}{
		{"select $1::int[]", []int{1, 2}, "{1,2}"},
		{"select $1::text[]", []string{"a", `b"`}, `{a,"b\""}`},
		{"select $1::jsonb", map[string]int{"a": 1}, `{"a": 1}`},
		{"select $1::text", sql.NullString{String: "x", Valid: true}, "x"},
		{"select coalesce($1::text, 'none')", sql.NullString{}, "none"},
		{"select coalesce($1::text, 'none')", nil, "none"},
		{"select $1::bytea", []byte{1, 2}, "\x01\x02"},
		{"select $1::interval", 90 * time.Second, "00:01:30"},
		{"select $1::numeric", uint64(math.MaxUint64), "18446744073709551615"},
		{"select $1::text", new("pointer"), "pointer"},
	} {
		for range 2 {
			if got := one[string](t, db, w.query, w.arg); got != w.want {
				t.Errorf("%s with %v is %q, want %q", w.query, w.arg, got, w.want)
			}
		}
	}
	for _, arg := range []any{sql.Named("a", 1), sql.Out{Dest: new(int)}, make(chan int)} {
		if _, err := db.ExecContext(t.Context(), "select $1::int", arg); err == nil {
			t.Errorf("%T was taken", arg)
		}
	}
	if result, err := db.ExecContext(t.Context(), "select 1"); err != nil {
		t.Error(err)
	} else if _, err := result.LastInsertId(); err == nil || !strings.Contains(err.Error(), "RETURNING") {
		t.Error(err)
	}
}

func TestColumnTypes(t *testing.T) {
	db := open(t)
	for _, query := range []string{
		"select 1 as i, 'x'::varchar(7) as v, 1::numeric(10,2) as n, 1::numeric as u, ''::text as t, '{}'::int[] as a, now() as w, 'y'::bpchar as b where false",
		"select 1 as i, 'x'::varchar(7) as v, 1::numeric(10,2) as n, 1::numeric as u, ''::text as t, '{}'::int[] as a, now() as w, 'y'::bpchar as b where false",
	} {
		rows, err := db.QueryContext(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		types, err := rows.ColumnTypes()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range types {
			length, hasLength := c.Length()
			precision, scale, hasScale := c.DecimalSize()
			line := fmt.Sprint(c.Name(), " ", c.DatabaseTypeName(), " ", c.ScanType())
			if hasLength {
				line += fmt.Sprint(" ", length)
			}
			if hasScale {
				line += fmt.Sprint(" ", precision, ",", scale)
			}
			got = append(got, line)
		}
		want := []string{"i INT4 int64", "v VARCHAR string 7", "n NUMERIC string 10,2", "u NUMERIC string", "t TEXT string 9223372036854775807",
			"a _INT4 string", "w TIMESTAMPTZ time.Time", "b BPCHAR string 9223372036854775807"}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q\nwant\n%q", got, want)
		}
		if rows.Next() {
			t.Error("there is a row")
		}
	}
}

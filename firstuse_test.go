package parley

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"parley/pgtest"
	"parley/pgtype"
)

// TestFirstUseGivesTheSame: a statement's first use comes as text, later ones in
// binary, and nobody can tell, whatever the session does to text.
func TestFirstUseGivesTheSame(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	for _, settings := range []map[string]string{
		{"TimeZone": "Asia/Kolkata"},
		{"TimeZone": "America/St_Johns", "DateStyle": "SQL, DMY"},
		{"TimeZone": "Europe/Berlin", "DateStyle": "SQL, MDY"},
		{"TimeZone": "UTC", "DateStyle": "German"},
		{"TimeZone": "<-03>3", "DateStyle": "Postgres, DMY"},
		{"IntervalStyle": "sql_standard"},
		{"IntervalStyle": "iso_8601", "bytea_output": "escape"},
		{"IntervalStyle": "postgres_verbose"},
	} {
		c := connect(t, Config{ConnString: server.DSN(), Params: settings})
		same[time.Time](t, c, settings, "select '2020-02-03'::date")
		same[time.Time](t, c, settings, "select '2020-02-03 04:05:06.7'::timestamp")
		same[time.Time](t, c, settings, "select '2020-02-03 04:05:06.7+00'::timestamptz")
		same[string](t, c, settings, "select '2020-02-03 04:05:06.7+00'::timestamptz")
		same[[]byte](t, c, settings, "select '1820-02-03 04:05:06.7+00 BC'::timestamptz")
		same[string](t, c, settings, "select 'infinity'::timestamptz")
		same[any](t, c, settings, "select '2020-02-03'::date")
		same[[]string](t, c, settings, "select array['2020-02-03 04:05:06.7+00'::timestamptz, 'epoch']")
		same[pgtype.Range[time.Time]](t, c, settings, "select daterange('2020-02-03', '2020-03-04')")
		same[pgtype.Interval](t, c, settings, "select '1 year -2 months 3 days 04:05:06.7'::interval")
		same[string](t, c, settings, "select '-1 days -04:05:06'::interval")
		same[string](t, c, settings, `select '\x00ff5c41'::bytea`)
		same[string](t, c, settings, "select $1::timestamptz + $2::interval", "2020-02-03 00:00+00", time.Hour)
	}
}

// same runs a statement three times, with statements in batches behind it.
func same[T any](t *testing.T, c *Conn, settings map[string]string, sql string, args ...any) {
	t.Helper()
	var want any
	check := func(how string, got any, err error) {
		if want == nil {
			want = got
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%v, %s, %s: %v and then %v, %v", settings, sql, how, want, got, err)
		}
	}
	for i := range 3 {
		got, err := One[T](t.Context(), c, sql, args...)
		check(fmt.Sprint("use ", i), got, err)
	}
	for i := range 2 {
		var b Batch
		var got T
		b.Query(func(i *Item) error { return i.Scan(&got) }, sql+" -- in a batch", args...)
		_, err := c.Run(t.Context(), &b)
		check(fmt.Sprint("batch ", i), got, err)
	}
}

// TestStyleIsNoticed: a style that is set later counts from then on.
func TestStyleIsNoticed(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	c := connect(t, Config{ConnString: server.DSN()})
	for i, w := range []struct {
		set       string
		exchanges int
	}{{"select 1", 1}, {"set datestyle = 'SQL, DMY'", 2}, {"set datestyle = 'ISO, DMY'", 1}, {"set intervalstyle = 'iso_8601'", 2}, {"reset all", 1}} {
		mustExec(t, c, w.set)
		sql := fmt.Sprintf("select '2020-02-03'::date -- %d", i)
		n := exchanges(c, func() {
			if got, err := One[time.Time](t.Context(), c, sql); err != nil || got.Month() != time.February {
				t.Errorf("after %s: %v, %v", w.set, got, err)
			}
		})
		if n != w.exchanges {
			t.Errorf("after %s: %d exchanges, want %d", w.set, n, w.exchanges)
		}
	}
}

package parley

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"parley/pgtest"
)

// story is everything that rows tell.
func story(r *Rows) string {
	var b strings.Builder
	for r.Next() {
		values, err := r.Values()
		fmt.Fprintln(&b, values, err, len(r.Raw()))
	}
	if err := r.Err(); err != nil {
		fmt.Fprintln(&b, err)
	} else {
		fmt.Fprintln(&b, r.Columns(), r.Tag())
	}
	return b.String()
}

// Fetch tells what Query tells, whether the statement is new or known, and
// wherever it is run.
func TestFetchIsLikeQuery(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	for _, lanes := range []int{0, -1} {
		db := openDB(t, server, Config{Lanes: lanes})
		if _, err := db.Script(t.Context(), `create type mood as enum ('sad', 'ok'); create table people (id int, mood mood, tags text[]);
			insert into people values (1, 'ok', '{a,b}'), (2, null, null)`); err != nil && lanes == 0 {
			t.Fatal(err)
		}
		for _, sql := range []string{
			"select * from people where id < $1 order by id",
			"select 1 where $1 = 0",
			"select from people where $1 > 0",
			"select 1 / ($1 - 100)",
			"select no_such_column + $1 from people",
			"update people set id = id where id < $1",
			"update people set id = id where id < $1 returning id, mood",
			"show timezone",
			"explain (costs off) select 1",
			"",
			"select row(1, 'ok'::mood), $1::int",
		} {
			args := []any{100}
			if !strings.Contains(sql, "$") {
				args = nil
			}
			want := story(db.Query(t.Context(), sql, args...))
			for i := range 3 {
				if got := story(db.Fetch(t.Context(), sql, args...)); got != want {
					t.Errorf("lanes %d, %q, use %d:\n%s\nwant\n%s", lanes, sql, i+1, got, want)
				}
			}
		}
	}
}

func TestFetchCostsOneExchange(t *testing.T) {
	config := Config{}
	reads, writes := counting(&config)
	db := openDB(t, pgtest.Start(t, pgtest.Config{}), config)
	for i := range 5 {
		r, w := reads.Load(), writes.Load()
		rows := db.Fetch(t.Context(), "select generate_series(1, $1::int)", 10)
		if r, w := reads.Load()-r, writes.Load()-w; i > 0 && (r > 1 || w != 1) {
			t.Errorf("use %d: %d reads, %d writes", i+1, r, w)
		}
		for n := 1; rows.Next(); n++ {
			var got int
			if err := rows.Scan(&got); err != nil || got != n {
				t.Fatalf("%d, %v, want %d", got, err, n)
			}
		}
		if rows.Err() != nil {
			t.Error(rows.Err())
		}
	}
}

// Rows that are held take no connection, and may be left at any point.
func TestFetchTakesNoConnection(t *testing.T) {
	db := openDB(t, pgtest.Start(t, pgtest.Config{}), Config{MaxConns: 1})
	const sql = "select generate_series(1, 10)"
	for i := range 3 {
		a, b := db.Fetch(t.Context(), sql), db.Fetch(t.Context(), sql)
		c, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for range i {
			a.Next()
		}
		if err := errors.Join(a.Close(), a.Close(), b.Close(), c.Close()); err != nil {
			t.Error(err)
		}
		if a.Next() || a.Raw() != nil {
			t.Error("closed rows have a row")
		}
		if err := a.Scan(new(int)); err == nil {
			t.Error("closed rows can be scanned")
		}
	}
}

// A result that is too large to be held is streamed.
func TestFetchOfLargeResult(t *testing.T) {
	db := openDB(t, pgtest.Start(t, pgtest.Config{}), Config{MaxHeld: 100_000})
	for range 3 {
		rows := db.Fetch(t.Context(), "select repeat('x', 100) from generate_series(1, $1)", 10_000)
		n := 0
		for rows.Next() {
			n++
		}
		if rows.Err() != nil || n != 10_000 {
			t.Errorf("%d rows, %v", n, rows.Err())
		}
	}
}

func TestFetchFails(t *testing.T) {
	db := openDB(t, pgtest.Start(t, pgtest.Config{}), Config{})
	wantText(t, db.Fetch(t.Context(), "set timezone = 'UTC'").Err(), "DB.Conn")
	wantText(t, db.Fetch(t.Context(), "select $1::int").Err(), "0 parameters")
	wantText(t, db.Fetch(t.Context(), "select $1::int").Err(), "argument") // also when it is known
	rows := db.Fetch(t.Context(), "select 'a'")
	if rows.Next() {
		wantText(t, rows.Scan(new(int)), "column")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.Fetch(ctx, "select 1").Err(); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	_ = db.Close()
	if err := db.Fetch(t.Context(), "select 1").Err(); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

func TestDescribe(t *testing.T) {
	config := Config{}
	_, writes := counting(&config)
	db := openDB(t, pgtest.Start(t, pgtest.Config{}), config)
	check := func(params []uint32, columns []Column, err error) {
		t.Helper()
		if err != nil || !reflect.DeepEqual(params, []uint32{23, 25}) || len(columns) != 1 || columns[0].Name != "n" || columns[0].Type != 23 {
			t.Errorf("%v, %v, %v", params, columns, err)
		}
	}
	const sql = "select $1::int as n where $2::text <> ''"
	check(db.Describe(t.Context(), sql))
	before := writes.Load()
	check(db.Describe(t.Context(), sql))
	if n := writes.Load() - before; n != 0 {
		t.Errorf("%d writes for what is known", n)
	}
	_, _, err := db.Describe(t.Context(), "selec 1")
	wantCode(t, err, "42601")

	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	check(c.Describe(t.Context(), sql+" and true"))
	if n := exchanges(c.Conn, func() {
		check(c.Describe(t.Context(), sql+" and true"))
		mustExec(t, c.Conn, sql+" and true", 1, "x")
	}); n != 1 {
		t.Errorf("%d exchanges for a statement that was described", n)
	}
	params, columns, err := c.Describe(t.Context(), "create table described (a int)")
	if len(params) != 0 || len(columns) != 0 || err != nil {
		t.Errorf("%v, %v, %v", params, columns, err)
	}
	if _, _, err := db.Describe(t.Context(), "select from described"); err == nil {
		t.Error("a statement was run that was to be described")
	}
	_, _, err = c.Describe(t.Context(), "select no_such_column")
	wantCode(t, err, "42703")
	checkAlive(t, c.Conn)
}

// A statement whose result was small once is not held when it is large, and does
// not run on a lane again and again.
func TestFetchOfGrowingResult(t *testing.T) {
	db := openDB(t, pgtest.Start(t, pgtest.Config{}), Config{})
	const sql = "select repeat('x', 1000) from generate_series(1, $1::int)"
	count := func(want int) (held bool) {
		t.Helper()
		rows := db.Fetch(t.Context(), sql, want)
		held = rows.conn == nil
		n := 0
		for rows.Next() {
			n++
		}
		if rows.Err() != nil || n != want {
			t.Errorf("%d rows, %v, want %d", n, rows.Err(), want)
		}
		return held
	}
	for range 20 {
		if !count(3) {
			t.Error("a small result takes a connection")
		}
	}
	before := db.shared.get(sql).cost.bytes.Load()
	if count(10_000) {
		t.Error("10 MB are held")
	}
	if after := db.shared.get(sql).cost.bytes.Load(); after < 10*before {
		t.Errorf("the result is said to have %d bytes, before it was large %d", after, before)
	}
	if !db.shared.get(sql).cost.heavy() {
		t.Error("it is fit for a lane")
	}
}

// What writes is not run again, however large its result.
func TestFetchOfGrowingWrite(t *testing.T) {
	db := openDB(t, pgtest.Start(t, pgtest.Config{}), Config{})
	if _, err := db.Exec(t.Context(), "create table grown (a int, b text)"); err != nil {
		t.Fatal(err)
	}
	const sql = "insert into grown select n, repeat('x', 1000) from generate_series(1, $1::int) n returning *"
	want := 0
	for _, n := range []int{3, 3, 10_000, 3} {
		rows := db.Fetch(t.Context(), sql, n)
		for want += n; rows.Next(); n-- {
		}
		if rows.Err() != nil || n != 0 {
			t.Errorf("%d rows are missing, %v", n, rows.Err())
		}
	}
	if got, err := One[int](t.Context(), db, "select count(*) from grown"); err != nil || got != want {
		t.Errorf("%d rows, %v, want %d", got, err, want)
	}
}

// A first result with types that have to be looked up is streamed when it is
// large, if the statement may be run again.
func TestFirstResultOfUnknownTypes(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	db := openDB(t, server, Config{})
	if _, err := db.Script(t.Context(), "create type mood as enum ('sad', 'ok'); create table moods as select 'ok'::mood as m, repeat('x', 10000) as t from generate_series(1, 4000)"); err != nil {
		t.Fatal(err)
	}
	count := func(r *Rows) {
		t.Helper()
		n, most := 0, 0
		for r.Next() {
			n, most = n+1, max(most, len(r.held.rows))
			var m, text string
			if err := r.Scan(&m, &text); err != nil || m != "ok" || len(text) != 10000 {
				t.Fatal(m, len(text), err)
			}
		}
		if r.Err() != nil || n != 4000 || most > fairHeld {
			t.Errorf("%d rows, %d bytes held, %v", n, most, r.Err())
		}
	}
	count(db.Query(t.Context(), "select m, t from moods"))
	count(db.Fetch(t.Context(), "select m, t from moods where $1", true))
	c := connectRaw(t, server, Config{})
	if n := exchanges(c, func() { count(c.Query(t.Context(), "select m, t from moods")) }); n > 5 {
		t.Errorf("%d exchanges", n)
	}
	if n := exchanges(c, func() { count(c.Query(t.Context(), "select m, t from moods")) }); n != 1 {
		t.Errorf("%d exchanges for a statement that is known", n)
	}
	checkAlive(t, c)
}

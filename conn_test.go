package parley

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"parley/pgtest"
)

func TestQueryRows(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	for range 3 { // cold, then hot
		rows := c.Query(t.Context(), "select g, 'row ' || g, g % 2 = 0, null::text from generate_series(1, $1::int) g", 3)
		n := 0
		for rows.Next() {
			n++
			var i int
			var s string
			var even bool
			var null *string
			if err := rows.Scan(&i, &s, &even, &null); err != nil {
				t.Fatal(err)
			}
			if i != n || s != fmt.Sprint("row ", n) || even != (n%2 == 0) || null != nil {
				t.Errorf("row %d: %d %q %v %v", n, i, s, even, null)
			}
		}
		if err := rows.Err(); err != nil || n != 3 || rows.Tag().Rows() != 3 {
			t.Fatalf("%d rows, tag %v, error %v", n, rows.Tag(), err)
		}
	}
}

// insertInTx runs a transaction of so many statements.
func insertInTx(t *testing.T, c *Conn, n int) {
	t.Helper()
	err := c.Tx(t.Context(), TxOptions{}, func(tx *Tx) error {
		for i := range n {
			if _, err := tx.Exec(t.Context(), "insert into t values ($1, $2)", i, "x"); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestExchangeCounts(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	c := connectRaw(t, server, Config{})
	ctx := t.Context()
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := c.Exec(ctx, sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec("create temporary table t (id int, name text)")
	for _, w := range []struct {
		what string
		want int
		run  func()
	}{
		{"cold query", 1, func() { exec("select $1::int", 1) }},
		{"hot query", 1, func() { exec("select $1::int", 2) }},
		{"cold query with bytes", 2, func() { exec("select $1::bytea", []byte{1}) }},
		{"hot query with bytes", 1, func() { exec("select $1::bytea", []byte{1}) }},
		{"transaction of one statement", 2, func() { insertInTx(t, c, 1) }},
		{"transaction of three statements", 4, func() { insertInTx(t, c, 3) }},
		{"empty transaction", 0, func() {
			if err := c.Tx(ctx, TxOptions{}, func(*Tx) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}},
		{"prepare", 1, func() {
			if _, err := c.Prepare(ctx, "select $1::int"); err != nil {
				t.Fatal(err)
			}
		}},
		{"cancel", 2, func() { // the reply, and the barrier behind it
			ends, stop := onceRunning(t, server, asleep)
			defer stop()
			if _, err := c.Exec(ends, "select pg_sleep(600)"); !errors.Is(err, errStopped) {
				t.Fatal(err)
			}
		}},
		{"batch of 100", 1, func() {
			var b Batch
			for i := range 100 {
				b.Exec("insert into t values ($1, $2)", i, "batch")
			}
			if _, err := c.Run(ctx, &b); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		if got := exchanges(c, w.run); got != w.want {
			t.Errorf("%s: %d exchanges, want %d", w.what, got, w.want)
		}
	}
}

func TestServerErrorsLeaveTheConnection(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	ctx := t.Context()
	for _, w := range []struct {
		sql  string
		args []any
		code string
		draw string
	}{
		{"select 1 / $1::int", []any{0}, "22012", ""},
		{"select nothing", nil, "42703", "line 1: select nothing\n               ^"},
		{"select 1;\n  selec 2", nil, "42601", "line 2:   selec 2\n          ^"},
		{"select 1; select 2", nil, "42601", ""},
		{"select 'x'::int", nil, "22P02", ""},
	} {
		for range 2 {
			_, err := c.Exec(ctx, w.sql, w.args...)
			e, ok := errors.AsType[*ServerError](err)
			if !ok || e.Code != w.code {
				t.Fatalf("%s: %v, want SQLSTATE %s", w.sql, err, w.code)
			}
			if w.draw != "" && e.Draw() != w.draw {
				t.Errorf("%s: drawn as\n%s\nwant\n%s", w.sql, e.Draw(), w.draw)
			}
			if e.SQL != w.sql {
				t.Errorf("SQL is %q, want %q", e.SQL, w.sql)
			}
		}
	}
	if tag, err := c.Exec(ctx, "select 1"); err != nil || tag.String() != "SELECT 1" {
		t.Errorf("afterwards: %v, %v", tag, err)
	}
}

func TestSchemaChangesHeal(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	c, other := connectRaw(t, server, Config{}), connectRaw(t, server, Config{})
	ctx := t.Context()
	run := func(c *Conn, sql string) {
		t.Helper()
		if _, err := c.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	run(other, "create table h (a int)")
	run(other, "insert into h values (1)")
	columns := func() int {
		t.Helper()
		rows := c.Query(ctx, "select * from h")
		for rows.Next() {
		}
		if rows.Err() != nil {
			t.Fatal(rows.Err())
		}
		return len(rows.Columns())
	}
	for want := 1; want < 4; want++ {
		for range 2 {
			if got := columns(); got != want {
				t.Errorf("%d columns, want %d", got, want)
			}
		}
		run(other, fmt.Sprintf("alter table h add b%d text", want))
	}
	run(c, "select 42")
	run(c, "deallocate all")
	run(c, "select 42")
	run(c, "prepare x as select 1") // behind the cache's back
	if got := columns(); got != 4 {
		t.Errorf("%d columns, want 4", got)
	}
}

func TestRowsCloseEarly(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	for _, n := range []int{10, 10_000_000} {
		rows := c.Query(t.Context(), "select g from generate_series(1, $1::int) g", n)
		if !rows.Next() {
			t.Fatal(rows.Err())
		}
		if _, err := c.Exec(t.Context(), "select 1"); !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), "query") {
			t.Errorf("a second statement: %v, want ErrBusy", err)
		}
		if err := rows.Close(); err != nil {
			t.Errorf("close after 1 of %d rows: %v", n, err)
		}
		if tag, err := c.Exec(t.Context(), "select 1"); err != nil || tag.Rows() != 1 {
			t.Errorf("afterwards: %v, %v", tag, err)
		}
	}
}

// randomCancels is how many statements TestRandomCancels runs under contexts
// that end, each with another one behind it.
const randomCancels = 10_000

// Queries are cancelled at random moments, interleaved with others that are
// not; those must succeed with their own results, all over one connection.
func TestRandomCancels(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	pid := c.ProcessID()
	total := randomCancels
	if testing.Short() || underRace {
		total /= 10
	}
	began := time.Now()
	r := rand.New(rand.NewPCG(1, 2))
	cancelled, longest := 0, 1500*time.Microsecond
	for i := range total {
		ctx, stop := context.WithTimeout(t.Context(), time.Duration(r.Int64N(int64(longest))))
		err := selectOwn(ctx, c, i, "select $1::int from pg_sleep(0.001)")
		stop()
		switch { // the machine may be slower than this: about as many are cancelled as are not
		case err == nil:
			longest = max(longest-longest/64, 500*time.Microsecond)
		case errors.Is(err, context.DeadlineExceeded):
			cancelled++
			longest = min(longest+longest/64, time.Minute)
		default:
			t.Fatalf("query %d: %v", i, err)
		}
		if err := selectOwn(t.Context(), c, -i, "select $1::int"); err != nil {
			t.Fatalf("the query after %d: %v", i, err)
		}
	}
	var now int
	rows := c.Query(t.Context(), "select pg_backend_pid()")
	for rows.Next() {
		if err := rows.Scan(&now); err != nil {
			t.Fatal(err)
		}
	}
	if rows.Err() != nil || uint32(now) != pid {
		t.Errorf("backend %d, want %d; %v", now, pid, rows.Err())
	}
	t.Logf("%d of %d were cancelled, in %v", cancelled, total, time.Since(began))
	if cancelled < total/10 || cancelled > total-total/100 {
		t.Errorf("%d of %d were cancelled: the moments are not random", cancelled, total)
	}
}

// selectOwn runs a statement that returns its argument.
func selectOwn(ctx context.Context, c *Conn, marker int, sql string) error {
	rows := c.Query(ctx, sql, marker)
	got := marker + 1
	for rows.Next() {
		if err := rows.Scan(&got); err != nil {
			return err
		}
	}
	if rows.Err() == nil && got != marker {
		return fmt.Errorf("got the result %d, want %d", got, marker)
	}
	return rows.Err()
}

package parley

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/pgtest"
)

// preparedOn returns what the server has prepared, but for the question itself.
func preparedOn(t *testing.T, c *Conn) []string {
	t.Helper()
	const sql = "select statement from pg_prepared_statements where statement !~ 'pg_prepared_statements' order by 1"
	got := []string{}
	rows := c.Query(t.Context(), sql)
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		got = append(got, s)
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return got
}

// checkCache checks the cache's invariants, and that the server has what the
// cache holds and nothing else.
func checkCache(t *testing.T, c *Conn, extra ...string) {
	t.Helper()
	k := &c.cache
	bytes := 0
	want := slices.Clone(extra)
	for e := k.order.Front(); e != nil; e = e.Next() {
		st := e.Value.(*statement)
		bytes += len(st.key())
		if k.byText[st.key()] != e || !k.hot(st) || st.kept {
			t.Errorf("the cache holds %q wrongly: parsed %v, era %d of %d, described %v", st.sql, st.parsed, st.era, k.era, st.desc != nil)
		}
		if !strings.Contains(st.sql, "pg_prepared_statements") {
			want = append(want, st.sql)
		}
	}
	if k.order.Len() != len(k.byText) || k.order.Len() > max(k.maxCount, 0) || bytes != k.bytes || bytes > k.maxBytes {
		t.Errorf("%d statements, %d by text, at most %d; %d bytes, counted %d, at most %d",
			k.order.Len(), len(k.byText), k.maxCount, bytes, k.bytes, k.maxBytes)
	}
	if c.config.StatementCache != 0 {
		return // the question itself crowds one out
	}
	slices.Sort(want)
	if got := preparedOn(t, c); !slices.Equal(got, want) {
		t.Errorf("the server has %q prepared, the cache %q", got, want)
	}
}

func TestStatementCacheLimits(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	t.Run("count", func(t *testing.T) {
		c := connectRaw(t, server, Config{StatementCache: 3})
		for i := range 10 {
			mustExec(t, c, fmt.Sprintf("select %d", i))
			mustExec(t, c, "select 'always'")
			checkCache(t, c)
		}
		if c.cache.byText["select 'always'"] == nil || c.cache.byText["select 8"] == nil || c.cache.byText["select 5"] != nil {
			t.Error("the cache does not hold what was used last")
		}
		if got := preparedOn(t, c); len(got) > 3 {
			t.Errorf("the server holds %q", got)
		}
	})
	t.Run("bytes", func(t *testing.T) {
		c := connectRaw(t, server, Config{StatementCacheBytes: 1000})
		for i := range 10 {
			mustExec(t, c, fmt.Sprintf("select %d -- %s", i, strings.Repeat("x", i*120)))
			checkCache(t, c)
		}
	})
	t.Run("one", func(t *testing.T) {
		c := connectRaw(t, server, Config{StatementCache: 1})
		for range 3 {
			for _, sql := range []string{"select 1", "select 2"} {
				if n := exchanges(c, func() { mustExec(t, c, sql) }); n != 1 {
					t.Errorf("%d exchanges, want 1: evictions travel along", n)
				}
				checkCache(t, c)
			}
		}
	})
	t.Run("unnamed", func(t *testing.T) {
		c := connectRaw(t, server, Config{StatementCache: -1})
		for range 3 {
			mustExec(t, c, "select $1::int", 1)
			checkCache(t, c)
		}
		if got := preparedOn(t, c); len(got) != 0 {
			t.Errorf("the server holds %q", got)
		}
	})
}

// However a statement ends, the cache and the server agree on what is prepared.
func TestStatementCacheAfterFailures(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	mustExec(t, c, "create temporary table t (a int)")
	for _, sql := range []string{
		"select nothing", "select 1 / $1::int", "select 1/0", "", "-- only this", "copy t from stdin",
		"select pg_sleep(60) -- cancelled", "listen x", "commit", "select 'x'::int",
	} {
		for range 3 {
			ctx, stop := context.WithTimeout(t.Context(), time.Minute)
			if strings.Contains(sql, "cancelled") {
				ctx, stop = context.WithTimeout(t.Context(), 5*time.Millisecond)
			}
			args := []any{}
			if strings.Contains(sql, "$1") {
				args = append(args, 0)
			}
			_, err := c.Exec(ctx, sql, args...)
			stop()
			if _, ok := errors.AsType[*OpError](err); ok && !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
			checkCache(t, c)
		}
	}
	_, _ = c.Exec(t.Context(), "select $1::int", "no number")
	checkCache(t, c)
	_, _ = c.Exec(t.Context(), "select $1::bytea", "too", []byte("many"))
	checkCache(t, c)
	b := Batch{}
	for _, sql := range []string{"select 1 -- b", "select 2 -- b", "select 1 -- b", "select 1/0 -- b", "select 3 -- b"} {
		b.Exec(sql)
	}
	for _, b.Separate = range []bool{false, true} {
		for range 2 {
			_, err := c.Run(t.Context(), &b)
			wantCode(t, err, "22012")
			checkCache(t, c)
		}
	}
	checkAlive(t, c)
}

func TestStatementsTheServerDropped(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	stmt, err := c.Prepare(t.Context(), "select 42 -- by hand")
	if err != nil {
		t.Fatal(err)
	}
	use := func() {
		t.Helper()
		for range 2 {
			mustExec(t, c, "select 1 -- cached")
			if _, err := stmt.Exec(t.Context()); err != nil {
				t.Error(err)
			}
		}
	}
	script := func(sql string) { _, _ = c.Script(t.Context(), sql) }
	for _, w := range []struct {
		name string
		seen bool // by the client
		drop func()
	}{
		{"deallocate all", true, func() { mustExec(t, c, "deallocate all") }},
		{"discard all", true, func() { mustExec(t, c, "discard all") }},
		{"in a script", true, func() { script("select 1; deallocate all; select 2") }},
		{"in a batch, in order", true, func() { runBatch(t, c, "select 7", "deallocate all", "select 8", "select 7") }},
		{"behind a function", false, func() { mustExec(t, c, "do $$ begin execute 'deallocate all'; end $$") }},
		{"one by one", false, func() {
			script("deallocate " + stmt.st.name)
			if st := c.cache.get("select 1 -- cached"); st != nil {
				script("deallocate " + st.name)
			}
		}},
	} {
		t.Run(w.name, func(t *testing.T) {
			for range 2 {
				use()
				w.drop()
				use()
				w.drop()
				w.drop()
			}
			use()
			if w.seen {
				checkCache(t, c, stmt.SQL())
			}
			checkAlive(t, c)
		})
	}
}

func runBatch(t *testing.T, c *Conn, texts ...string) {
	t.Helper()
	var b Batch
	for _, sql := range texts {
		b.Exec(sql)
	}
	if _, err := c.Run(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
}

// A result that changes is healed for every way to run a statement, outside of
// transactions.
func TestHealing(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	c, other := connectRaw(t, server, Config{}), connectRaw(t, server, Config{})
	mustExec(t, other, "create table h (a int)")
	mustExec(t, other, "insert into h values (1)")
	const sql = "select * from h"
	stmt, err := c.Prepare(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	columns := 1
	check := func(rows *Rows) error {
		for rows.Next() {
			if len(rows.Raw()) != columns {
				t.Errorf("%d values, want %d", len(rows.Raw()), columns)
			}
		}
		if rows.Err() == nil && len(rows.Columns()) != columns {
			t.Errorf("%d columns, want %d", len(rows.Columns()), columns)
		}
		return rows.Err()
	}
	batch := func(before ...string) error {
		var b Batch
		for _, sql := range before {
			b.Exec(sql)
		}
		b.Query(func(i *Item) error {
			if len(i.Columns()) != columns || len(i.Raw()) != columns {
				t.Errorf("%d columns, %d values, want %d", len(i.Columns()), len(i.Raw()), columns)
			}
			return nil
		}, sql)
		results, err := c.Run(t.Context(), &b)
		if len(results) != b.Len() {
			t.Errorf("%d results for %d statements", len(results), b.Len())
		}
		return err
	}
	ways := map[string]func() error{
		"query":    func() error { return check(c.Query(t.Context(), sql)) },
		"prepared": func() error { return check(stmt.Query(t.Context())) },
		"batch":    func() error { return batch("insert into h values (2)", "delete from h where a = 2") },
	}
	for range 3 {
		for name, way := range ways {
			for range 2 {
				if err := way(); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			mustExec(t, other, fmt.Sprintf("alter table h add b%d text", columns))
			columns++
			if err := way(); err != nil {
				t.Errorf("%s, after the change: %v", name, err)
			}
			checkAlive(t, c)
		}
	}
	checkAlive(t, c)
}

// Where something would be lost, or done twice, nothing is healed.
func TestNotHealed(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	c, other := connectRaw(t, server, Config{}), connectRaw(t, server, Config{})
	mustExec(t, other, "create table h (a int)")
	for name, f := range map[string]func() error{
		"transaction": func() error {
			return c.Tx(t.Context(), TxOptions{}, func(tx *Tx) error {
				mustExec(t, c, "insert into h (a) values (1)")
				_, err := tx.Exec(t.Context(), "select * from h")
				return err
			})
		},
		"batch with COMMIT": func() error {
			var b Batch
			b.Exec("insert into h (a) values (1)")
			b.Exec("commit")
			b.Exec("select * from h")
			_, err := c.Run(t.Context(), &b)
			return err
		},
		"batch whose rows were seen": func() error {
			var b Batch
			b.Query(func(*Item) error { return nil }, "select 1")
			b.Exec("select * from h")
			_, err := c.Run(t.Context(), &b)
			return err
		},
	} {
		mustExec(t, c, "select * from h")
		mustExec(t, other, "alter table h add b"+name[:1]+name[len(name)-1:]+" int")
		wantCode(t, f(), "0A000")
		checkAlive(t, c)
		if err := f(); err != nil {
			t.Errorf("%s, once more: %v", name, err)
		}
	}
}

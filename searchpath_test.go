package parley

import (
	"context"
	"fmt"
	"testing"

	"parley/pgtest"
)

// tenants are schemas whose tables have the same names and other types.
var tenants = []string{
	"create schema one", "create type one.mood as enum ('calm', 'glad')",
	"create table one.t (id int, m one.mood, x int)", "insert into one.t values (1, 'glad', 11)",
	"create schema two", "create type two.mood as enum ('grim', 'wild')",
	"create table two.t (id int, m two.mood, x text)", "insert into two.t values (1, 'wild', 'eleven')",
}

// tenant is what a tenant's table holds.
type tenant struct{ name, mood, x string }

var one, two = tenant{"one", "glad", "11"}, tenant{"two", "wild", "eleven"}

// check reads and writes the table that the search path leads to, by statements
// whose texts are always the same.
func (w tenant) check(t *testing.T, q Queryer) {
	t.Helper()
	ctx := t.Context()
	if got := value(t, q, "select m from t where id = $1 and m = $2 limit 1", 1, w.mood); got != w.mood {
		t.Errorf("%s: the mood is %q, want %q", w.name, got, w.mood)
	}
	if got := value(t, q, "select x from t where id = $1 limit 1", 1); got != w.x {
		t.Errorf("%s: x is %q, want %q", w.name, got, w.x)
	}
	if tag, err := q.Exec(ctx, "insert into t values ($1, $2, $3)", 2, w.mood, w.x); err != nil || tag.Rows() != 1 {
		t.Errorf("%s: %v, %v", w.name, tag, err)
	}
}

// TestSearchPath: the same text means other tables and other types in another
// schema, within transactions too, where nothing could be mended.
func TestSearchPath(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{Setup: tenants})
	c := connect(t, Config{ConnString: server.DSN(), Params: map[string]string{"search_path": "one"}})
	ctx := t.Context()
	ways := map[string]func(*testing.T, tenant, func(Queryer)){
		"set": func(t *testing.T, w tenant, f func(Queryer)) {
			mustExec(t, c, "set search_path = "+w.name)
			f(c)
		},
		"set schema": func(t *testing.T, w tenant, f func(Queryer)) {
			mustExec(t, c, "set schema '"+w.name+"'")
			f(c)
		},
		"set_config": func(t *testing.T, w tenant, f func(Queryer)) {
			mustExec(t, c, "select set_config('search_path', $1, false)", w.name)
			f(c)
		},
		"script": func(t *testing.T, w tenant, f func(Queryer)) {
			if _, err := c.Script(ctx, "select 1; set search_path = "+w.name+"; select 2"); err != nil {
				t.Fatal(err)
			}
			f(c)
		},
		"set local": func(t *testing.T, w tenant, f func(Queryer)) {
			err := c.Tx(ctx, TxOptions{}, func(tx *Tx) error {
				if _, err := tx.Exec(ctx, "set local search_path = "+w.name); err != nil {
					return err
				}
				f(tx)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		},
		"set rolled back": func(t *testing.T, w tenant, f func(Queryer)) {
			tx, err := c.Begin(ctx, TxOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tx.Exec(ctx, "set search_path = "+w.name); err != nil {
				t.Fatal(err)
			}
			f(tx)
			if err := tx.Rollback(ctx); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			mustExec(t, c, "reset all")
			for range 3 {
				for _, w := range []tenant{one, two} {
					way(t, w, func(q Queryer) { w.check(t, q); w.check(t, q) })
				}
			}
			mustExec(t, c, "reset all")
			one.check(t, c)
		})
	}
	checkAlive(t, c)
}

// TestSearchPathOfSavepoints: what is rolled back to a savepoint takes the path
// along.
func TestSearchPathOfSavepoints(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{Setup: tenants})
	c := connect(t, Config{ConnString: server.DSN(), Params: map[string]string{"search_path": "one"}})
	ctx := t.Context()
	err := c.Tx(ctx, TxOptions{}, func(tx *Tx) error {
		one.check(t, tx)
		for range 2 {
			err := tx.Tx(ctx, func(inner *Tx) error {
				if _, err := inner.Exec(ctx, "set local search_path = two"); err != nil {
					return err
				}
				two.check(t, inner)
				return context.Canceled
			})
			if err != context.Canceled {
				return err
			}
			one.check(t, tx)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	one.check(t, c)
}

// TestSearchPathOfOthers: connections of a DB on different paths do not tell each
// other what statements are like; those on the path of the DB do.
func TestSearchPathOfOthers(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{Setup: tenants})
	for _, home := range []Config{
		{Params: map[string]string{"search_path": "one"}},
		{AfterConnect: func(ctx context.Context, c *Conn) error {
			_, err := c.Exec(ctx, "set search_path = one")
			return err
		}},
	} {
		db := openDB(t, server, home)
		for i := range 3 {
			one.check(t, db)
			own, err := db.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if n := exchanges(own.Conn, func() { one.check(t, own) }); n != 3 {
				t.Errorf("round %d: %d exchanges for three statements that are known", i, n)
			}
			mustExec(t, own.Conn, "set search_path = two")
			two.check(t, own)
			err = own.Tx(t.Context(), TxOptions{}, func(tx *Tx) error {
				two.check(t, tx)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := own.Close(); err != nil {
				t.Fatal(err)
			}
		}
		one.check(t, db)
	}
}

// TestSearchPathKeepsStatements: one that is prepared is found again on its path,
// and the cache is as large as ever.
func TestSearchPathKeepsStatements(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{Setup: tenants})
	c := connect(t, Config{ConnString: server.DSN(), StatementCache: 20, Params: map[string]string{"search_path": "one"}})
	_, reported := c.Setting(pathSetting) // before PostgreSQL 18 nobody knows what the path is
	run := func(i int) {
		for _, w := range []tenant{one, two} {
			mustExec(t, c, "set search_path = "+w.name)
			if got := value(t, c, "select x from t where id = 1 limit 1"); got != w.x {
				t.Errorf("%d: %q, want %q", i, got, w.x)
			}
		}
	}
	run(0)
	names := func() string {
		return value(t, c, "select string_agg(name, ' ' order by name) from pg_prepared_statements where statement like 'select x%'")
	}
	first := names()
	for i := range 3 {
		run(i)
	}
	if again := names(); reported && again != first {
		t.Errorf("prepared as %s, and later as %s", first, again)
	}
	for i := range 30 {
		mustExec(t, c, fmt.Sprintf("set search_path = one, s%d", i))
		if got := value(t, c, "select x from t where id = 1 limit 1"); got != one.x {
			t.Errorf("%q, want %q", got, one.x)
		}
	}
	checkCache(t, c)
}

// TestSearchPathOfLanes: a lane stays on its path, also where that is not reported
// and a statement that names it makes one wonder.
func TestSearchPathOfLanes(t *testing.T) {
	db := openDB(t, pgtest.Start(t, pgtest.Config{Setup: tenants}), Config{Lanes: 1, Params: map[string]string{"search_path": "one"}})
	l := db.only(t)
	l.conn.path.reported = false
	for range 3 {
		one.check(t, db)
		if _, err := db.Exec(t.Context(), "create or replace function f() returns int set search_path = two return 1"); err != nil {
			t.Fatal(err)
		}
		if _, err := One[string](t.Context(), db, "select current_setting('search_path') from f()"); err != nil {
			t.Fatal(err)
		}
		if l.conn.cache.path != "" || db.only(t) != l {
			t.Errorf("the lane is taken to be on %q", l.conn.cache.path)
		}
	}
}

// TestSearchPathIsOnlyNamed: a statement that cannot change the path costs nothing.
func TestSearchPathIsOnlyNamed(t *testing.T) {
	c := connect(t, Config{ConnString: pgtest.Start(t, pgtest.Config{}).DSN()})
	c.path.reported = false
	for _, sql := range []string{"select current_setting('search_path')", "show search_path", "select 'set schema'"} {
		if mustExec(t, c, sql); c.cache.path != "" {
			t.Errorf("%s: taken to be on %q", sql, c.cache.path)
		}
	}
	if mustExec(t, c, "set search_path = one"); c.cache.path == "" {
		t.Error("a change was not noticed")
	}
}

package parley

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"parley/pgtest"
)

// openDB opens a DB that is closed with the test.
func openDB(t testing.TB, server *pgtest.Server, config Config) *DB {
	t.Helper()
	config.ConnString = server.DSN()
	db, err := OpenConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// text returns one value as text, by way of a lane.
func text(t testing.TB, db *DB, sql string, args ...any) (string, error) {
	t.Helper()
	var x textRows
	_, err := db.collect(t.Context(), sql, args, &sink{taker: &x})
	return x.bad, err
}

// hasCode reports whether an error is the server's, with a SQLSTATE.
func failedWith(err error, code string) bool {
	e, ok := errors.AsType[*ServerError](err)
	return ok && e.Code == code
}

// countingConn counts reads and writes.
type countingConn struct {
	net.Conn
	reads, writes *atomic.Int64
}

func (c countingConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.reads.Add(1)
	return n, err
}

func (c countingConn) Write(b []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(b)
}

// counting makes a configuration count what goes over the connections.
func counting(config *Config) (reads, writes *atomic.Int64) {
	reads, writes = &atomic.Int64{}, &atomic.Int64{}
	config.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, network, address)
		return countingConn{c, reads, writes}, err
	}
	return reads, writes
}

// One caller costs one write and one read, whether the statement is grouped or
// not.
func TestLaneCostsOneExchange(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	for _, grouping := range []Grouping{GroupReads, GroupWrites, GroupNone} {
		config := Config{Grouping: grouping}
		reads, writes := counting(&config)
		db := openDB(t, server, config)
		const sql = "select $1::int"
		for i := range 5 {
			db.quick(sql)
			r, w := reads.Load(), writes.Load()
			if _, err := db.Exec(t.Context(), sql, i); err != nil {
				t.Fatal(err)
			}
			if r, w = reads.Load()-r, writes.Load()-w; r != 1 || w != 1 {
				t.Errorf("use %d took %d writes and %d reads, want one of each", i, w, r)
			}
		}
	}
}

// Callers who wait at the same moment share writes: while the lane is held, a
// hundred of them gather, and leave in one flight.
func TestLaneGathers(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	config := Config{Lanes: 1}
	_, writes := counting(&config)
	db := openDB(t, server, config)
	const sql = "select $1::int"
	if _, err := db.Exec(t.Context(), sql, 0); err != nil {
		t.Fatal(err)
	}
	db.quick(sql)
	before := writes.Load()
	var wg sync.WaitGroup
	db.only(t).hold(t, 100, func() {
		for i := range 100 {
			wg.Go(func() {
				if got, err := text(t, db, sql, i); err != nil || got != string([]byte{0, 0, 0, byte(i)}) {
					t.Errorf("%d: got %x, %v", i, got, err)
				}
			})
		}
	})
	wg.Wait()
	if n := writes.Load() - before; n > 2 {
		t.Errorf("100 waiting calls took %d writes, want 2 at most", n)
	}
}

// A statement that fails in a group is an error of its caller alone, whatever it
// is that fails.
func TestGroupsFailAlone(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	db := openDB(t, server, Config{Lanes: 1, Grouping: GroupWrites})
	if _, err := db.Script(t.Context(), `create table u (id int primary key);
		create table parent (id int primary key);
		create table child (id int references parent deferrable initially deferred)`); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 100 {
				id := i*100 + j
				if _, err := db.Exec(t.Context(), "insert into u values ($1)", id); err != nil {
					t.Errorf("insert %d: %v", id, err)
				}
				for sql, code := range map[string]string{"insert into u values ($1)": "23505",
					"insert into child values ($1)": "23503", "select 1 / ($1::int - $1)": "22012"} {
					_, err := db.Exec(t.Context(), sql, id)
					if e, ok := errors.AsType[*ServerError](err); !ok || e.Code != code || e.SQL != sql {
						t.Errorf("%s: %v, want SQLSTATE %s", sql, err, code)
					}
				}
			}
		})
	}
	wg.Wait()
	if n, err := text(t, db, "select count(*)::text from u"); err != nil || n != "800" {
		t.Errorf("%s rows, %v, want 800", n, err)
	}
	if n, err := text(t, db, "select count(*)::text from child"); err != nil || n != "0" {
		t.Errorf("%s children, %v, want none", n, err)
	}
	if db.lanes.stats.retries.Load() == 0 {
		t.Error("no group has failed, so nothing was tested")
	}
}

// What needs a session is refused where there is none, and says what to use.
func TestLanesHaveNoSession(t *testing.T) {
	db := openDB(t, pgtest.Start(t, pgtest.Config{}), Config{})
	for _, sql := range []string{"set search_path = x", "begin", "listen x", "create temp table t (a int)",
		"select set_config('a.b', 'c', false)", "select pg_advisory_lock(1)", "prepare x as select 1"} {
		if _, err := db.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "DB.Conn") {
			t.Errorf("%q: %v", sql, err)
		}
		if rows := db.Query(t.Context(), sql); rows.Err() == nil || !strings.Contains(rows.Err().Error(), "DB.Conn") {
			t.Errorf("%q: %v", sql, rows.Err())
		}
	}
	_, err := db.Exec(t.Context(), "select pg_advisory_lock(1)")
	wantText(t, err, `"pg_advisory_lock" changes or needs the state of a session`)
	if _, err := db.Exec(t.Context(), "create table t (a int)"); err != nil {
		t.Error(err)
	}
	if _, err := db.Exec(t.Context(), "vacuum t"); err != nil {
		t.Error(err)
	}
}

// A context that ends before its statement does ends the call at once, cancels
// the statement, and leaves the lane to the others.
func TestLaneCancel(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	db := openDB(t, server, Config{Lanes: 1})
	const sql = "select count(*) from generate_series(1, $1::int8)"
	for range 3 {
		if _, err := db.Exec(t.Context(), sql, 10); err != nil {
			t.Fatal(err)
		}
	}
	l := db.only(t)
	for range 5 {
		db.quick(sql)
		ctx, stop := onceRunning(t, server, "query like 'select count%series%'")
		_, err := db.Exec(ctx, sql, int64(1_000_000_000_000))
		stop()
		if e, ok := errors.AsType[*OpError](err); !ok || !e.Sent || !errors.Is(err, errStopped) {
			t.Fatalf("%v, want an OpError that was sent", err)
		}
		for i := range 20 {
			if got, err := text(t, db, "select $1::int::text", i); err != nil || got != fmt.Sprint(i) {
				t.Fatalf("got %q, %v, want %d", got, err, i)
			}
		}
	}
	if all := *db.lanes.all.Load(); len(all) != 1 || all[0] != l || l.conn.line.Broken() != nil {
		t.Errorf("the lane did not survive: %v", l.conn.line.Broken())
	}
}

// Types that are not built in work on lanes as anywhere, also after they have
// changed.
func TestLanesKnowTypes(t *testing.T) {
	db := openDB(t, pgtest.Start(t, pgtest.Config{}), Config{Lanes: 2})
	type pair struct {
		A int
		B string
	}
	if _, err := db.Script(t.Context(), "create type mood as enum ('sad', 'happy'); create type pair as (a int, b text)"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if got, err := One[string](t.Context(), db, "select $1::mood", "happy"); err != nil || got != "happy" {
			t.Errorf("got %q, %v", got, err)
		}
		if got, err := One[[]pair](t.Context(), db, "select array[(1, 'x'), (2, null)]::pair[] where $1::mood[] is not null", []string{"sad"}); err == nil {
			t.Errorf("NULL went into a string: %v", got)
		}
		if got, err := One[[]pair](t.Context(), db, "select array[(1, 'x')]::pair[]"); err != nil || fmt.Sprint(got) != "[{1 x}]" {
			t.Errorf("got %v, %v", got, err)
		}
	}
	if _, err := db.Script(t.Context(), "drop type mood; create type mood as enum ('angry'); alter type pair drop attribute b, add attribute c bool"); err != nil {
		t.Fatal(err)
	}
	type other struct {
		A int
		C *bool
	}
	for range 3 {
		if got, err := One[string](t.Context(), db, "select $1::mood", "angry"); err != nil || got != "angry" {
			t.Errorf("after the change: got %q, %v", got, err)
		}
		if got, err := One[[]other](t.Context(), db, "select array[row(1, true)::pair]"); err != nil || len(got) != 1 || got[0].A != 1 || !*got[0].C {
			t.Errorf("after the change: got %v, %v", got, err)
		}
	}
}

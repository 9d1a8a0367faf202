package sqldriver_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"parley"
	"parley/pgtest"
	"parley/sqldriver"
)

// open opens a database by the driver's name.
func open(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("parley", pgtest.Start(t, pgtest.Config{}).DSN())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// openBoth opens an *sql.DB on top of a DB.
func openBoth(t *testing.T, config parley.Config) (*sql.DB, *parley.DB) {
	t.Helper()
	config.ConnString = pgtest.Start(t, pgtest.Config{}).DSN()
	own, err := parley.OpenConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	db := sqldriver.OpenDB(own)
	t.Cleanup(func() {
		if err := errors.Join(db.Close(), own.Close()); err != nil {
			t.Error(err)
		}
	})
	return db, own
}

// runner is what runs statements: an *sql.DB, an *sql.Conn, an *sql.Tx.
type runner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func exec(t *testing.T, r runner, query string, args ...any) int64 {
	t.Helper()
	result, err := r.ExecContext(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func one[T any](t *testing.T, r runner, query string, args ...any) (v T) {
	t.Helper()
	if err := r.QueryRowContext(t.Context(), query, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if e, ok := errors.AsType[*parley.ServerError](err); !ok || e.Code != code {
		t.Errorf("%v, want SQLSTATE %s", err, code)
	}
}

// Each kind of handle runs statements, cold and hot.
func TestStatements(t *testing.T) {
	db := open(t)
	exec(t, db, "create table people (id int primary key, name text, born date)")
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	for n, r := range []runner{db, conn, tx} {
		for i := range 4 {
			id := n*10 + i
			if got := exec(t, r, "insert into people values ($1, $2, $3)", id, fmt.Sprint("name ", id), time.Date(2000, 1, i+1, 0, 0, 0, 0, time.UTC)); got != 1 {
				t.Errorf("%d rows were inserted", got)
			}
			if got := one[string](t, r, "select name from people where id = $1", id); got != fmt.Sprint("name ", id) {
				t.Error(got)
			}
			if got := one[time.Time](t, r, "select born from people where id = $1", id); got.Day() != i+1 {
				t.Error(got)
			}
			rows, err := r.QueryContext(t.Context(), "update people set name = null where id = $1 returning id, name, born", id)
			if err != nil {
				t.Fatal(err)
			}
			for rows.Next() {
				var back int
				var name sql.NullString
				var born any
				if err := rows.Scan(&back, &name, &born); err != nil || back != id || name.Valid {
					t.Error(back, name, born, err)
				}
			}
			if err := errors.Join(rows.Err(), rows.Close()); err != nil {
				t.Error(err)
			}
			err = r.QueryRowContext(t.Context(), "select id from people where id = $1", -1).Scan(&id)
			if !errors.Is(err, sql.ErrNoRows) {
				t.Error(err)
			}
		}
	}
	if got := one[int](t, db, "select count(*) from people"); got != 8 {
		t.Errorf("%d rows outside of the transaction", got)
	}
	if err := tx.Commit(); err != nil {
		t.Error(err)
	}
	if got := one[int](t, db, "select count(*) from people"); got != 12 {
		t.Errorf("%d rows", got)
	}
}

// What is not in a session runs on lanes: many goroutines need few connections.
func TestStatementsShareLanes(t *testing.T) {
	db, own := openBoth(t, parley.Config{MaxConns: 2, Lanes: 2})
	exec(t, db, "create table hits (n int)")
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			for i := range 20 {
				if _, err := db.ExecContext(t.Context(), "insert into hits values ($1)", i); err != nil {
					t.Error(err)
				}
				var n int
				if err := db.QueryRowContext(t.Context(), "select $1::int", i).Scan(&n); err != nil || n != i {
					t.Error(n, err)
				}
			}
		})
	}
	all.Wait()
	if n := one[int](t, db, "select count(*) from hits"); n != 2000 {
		t.Errorf("%d rows", n)
	}
	if n := one[int](t, db, "select count(*) from pg_stat_activity where datname = current_database() and backend_type = 'client backend'"); n > 4 {
		t.Errorf("%d connections", n)
	}
	if s := own.Stats(); s.Group.Count == 0 {
		t.Errorf("nothing ran on lanes: %+v", s)
	}
}

// An *sql.Conn keeps the session that it has begun to use, and leaves nothing of
// it to the next.
func TestSessionBelongsToConn(t *testing.T) {
	db, _ := openBoth(t, parley.Config{MaxConns: 1})
	db.SetMaxOpenConns(1)
	for _, begin := range []string{
		"set search_path = pg_catalog",
		"select set_config('search_path', 'pg_catalog', false)",
		"do $$ begin perform set_config('search_path', 'pg_catalog', false); end $$",
	} {
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		exec(t, conn, begin)
		exec(t, conn, "create temp table mine (a int)")
		exec(t, conn, "insert into mine values (1)")
		if got := one[int](t, conn, "select count(*) from mine"); got != 1 {
			t.Error(got)
		}
		if got := one[string](t, conn, "show search_path"); got != "pg_catalog" {
			t.Errorf("%s: %s", begin, got)
		}
		pid := one[int](t, conn, "select pg_backend_pid()")
		if again := one[int](t, conn, "select pg_backend_pid()"); again != pid {
			t.Errorf("backend %d, then %d", pid, again)
		}
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
		if got := one[string](t, db, "show search_path"); !strings.Contains(got, "public") {
			t.Errorf("%s: left %s behind", begin, got)
		}
		if _, err := db.ExecContext(t.Context(), "insert into mine values (1)"); err == nil {
			t.Error("a temporary table was left behind")
		}
	}
}

// A function of the user may set something that the next statement needs.
func TestFunctionOfTheUserHasASession(t *testing.T) {
	db := open(t)
	exec(t, db, `create function tenant(name text) returns void language plpgsql as
		$$ begin perform set_config('app.tenant', name, false); end $$`)
	for i := range 3 {
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprint("tenant ", i)
		exec(t, conn, "select tenant($1)", name)
		if got := one[string](t, conn, "select current_setting('app.tenant')"); got != name {
			t.Errorf("%q, want %q", got, name)
		}
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTransactions(t *testing.T) {
	db, _ := openBoth(t, parley.Config{MaxConns: 1})
	exec(t, db, "create table t (a int unique deferrable initially deferred)")
	for level, want := range map[sql.IsolationLevel]string{
		sql.LevelDefault: "read committed", sql.LevelReadUncommitted: "read uncommitted", sql.LevelReadCommitted: "read committed",
		sql.LevelRepeatableRead: "repeatable read", sql.LevelSnapshot: "repeatable read", sql.LevelSerializable: "serializable",
	} {
		tx, err := db.BeginTx(t.Context(), &sql.TxOptions{Isolation: level, ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		if got := one[string](t, tx, "show transaction_isolation"); got != want {
			t.Errorf("%v: %s", level, got)
		}
		_, err = tx.ExecContext(t.Context(), "insert into t values (1)")
		wantCode(t, err, "25006")
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
	}
	if _, err := db.BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelLinearizable}); err == nil {
		t.Error("there is no such isolation level")
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	exec(t, tx, "insert into t values (1), (1)")
	wantCode(t, tx.Commit(), "23505")
	tx, err = db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = tx.ExecContext(t.Context(), "insert into nowhere values (1)")
	wantCode(t, err, "42P01")
	_, err = tx.ExecContext(t.Context(), "select 1")
	wantCode(t, err, "25P02")
	if err := tx.Commit(); !errors.Is(err, parley.ErrRolledBack) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	tx, err = db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	exec(t, tx, "insert into t values (7)")
	cancel()
	if err := tx.Commit(); err == nil {
		t.Error("a transaction was committed whose context had ended")
	}
	if n := one[int](t, db, "select count(*) from t"); n != 0 {
		t.Errorf("%d rows", n)
	}
}

func TestPrepare(t *testing.T) {
	db := open(t)
	_, err := db.PrepareContext(t.Context(), "selec 1")
	wantCode(t, err, "42601")
	stmt, err := db.PrepareContext(t.Context(), "select $1::int + $2::int")
	if err != nil {
		t.Fatal(err)
	}
	defer stmt.Close()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			var n int
			if err := stmt.QueryRowContext(t.Context(), i, 1).Scan(&n); err != nil || n != i+1 {
				t.Error(n, err)
			}
		})
	}
	all.Wait()
	if _, err := stmt.QueryContext(t.Context(), 1); err == nil || !strings.Contains(err.Error(), "2") {
		t.Errorf("one argument for two parameters: %v", err)
	}
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	exec(t, tx, "create table inside (a int)")
	inside, err := tx.PrepareContext(t.Context(), "insert into inside values ($1)")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if _, err := inside.ExecContext(t.Context(), i); err != nil {
			t.Error(err)
		}
	}
	var n int
	if err := tx.StmtContext(t.Context(), stmt).QueryRowContext(t.Context(), 1, 2).Scan(&n); err != nil || n != 3 {
		t.Error(n, err)
	}
	if got := one[int](t, tx, "select count(*) from inside"); got != 3 {
		t.Error(got)
	}
	if err := errors.Join(inside.Close(), tx.Rollback()); err != nil {
		t.Error(err)
	}
}

// A context that ends in the middle leaves the connections alive.
func TestCancel(t *testing.T) {
	db, _ := openBoth(t, parley.Config{MaxConns: 1})
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		_, err := db.ExecContext(ctx, "select pg_sleep(10)")
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		rows, err := db.QueryContext(t.Context(), "select generate_series(1, 1000000)")
		if err != nil {
			t.Fatal(err)
		}
		for range 10 {
			rows.Next()
		}
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
		cancel()
		if got := one[int](t, db, "select 1"); got != 1 {
			t.Error(got)
		}
	}
}

// A connection whose backend has gone while nobody used it is replaced unseen; one
// that was in use tells.
func TestLostConnections(t *testing.T) {
	db, _ := openBoth(t, parley.Config{})
	killAll := func() {
		t.Helper()
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		exec(t, conn, "select count(pg_terminate_backend(pid)) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()")
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		killAll()
		if got := one[int](t, db, "select 1"); got != 1 {
			t.Error(got)
		}
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		one[int](t, tx, "select 1")
		killAll()
		_, err = tx.ExecContext(t.Context(), "select 1")
		if err == nil || errors.Is(err, driver.ErrBadConn) {
			t.Errorf("a transaction that is lost: %v", err)
		}
		_ = tx.Rollback()
	}
}

func TestRaw(t *testing.T) {
	db := open(t)
	exec(t, db, "create table copied (a int)")
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	err = conn.Raw(func(dc any) error {
		c, err := dc.(*sqldriver.Conn).Parley(t.Context())
		if err != nil {
			return err
		}
		_, err = c.CopyFrom(t.Context(), strings.NewReader("1\n2\n"), "copy copied from stdin")
		return err
	})
	if err := errors.Join(err, conn.Close()); err != nil {
		t.Fatal(err)
	}
	if n := one[int](t, db, "select count(*) from copied"); n != 2 {
		t.Errorf("%d rows", n)
	}
}

func TestOpenFails(t *testing.T) {
	for _, dsn := range []string{"postgres://%zz", "host=/nowhere/at/all connect_timeout=2"} {
		db, err := sql.Open("parley", dsn)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.PingContext(t.Context()); err == nil {
			t.Errorf("%s can be reached", dsn)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	db := open(t)
	if err := db.PingContext(t.Context()); err != nil {
		t.Error(err)
	}
	connector := sqldriver.NewConnector(parley.Config{ConnString: pgtest.Start(t, pgtest.Config{}).DSN()})
	if err := connector.Close(); err != nil {
		t.Error(err)
	}
	if _, err := connector.Connect(t.Context()); !errors.Is(err, parley.ErrClosed) {
		t.Error(err)
	}
}

// older are the methods without a context.
type older interface {
	Begin() (driver.Tx, error)
}

type olderStmt interface {
	Query([]driver.Value) (driver.Rows, error)
	Exec([]driver.Value) (driver.Result, error)
}

// The methods without a context do what the others do.
func TestOldMethods(t *testing.T) {
	c, err := sqldriver.Driver{}.Open(pgtest.Start(t, pgtest.Config{}).DSN())
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Prepare("select $1::int")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := s.(olderStmt).Query([]driver.Value{int64(7)})
	if err != nil {
		t.Fatal(err)
	}
	got := make([]driver.Value, 1)
	if err := rows.Next(got); err != nil || got[0] != int64(7) {
		t.Error(got, err)
	}
	tx, err := c.(older).Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.(olderStmt).Exec([]driver.Value{int64(7)}); err != nil {
		t.Error(err)
	}
	if err := errors.Join(rows.Close(), tx.Rollback(), s.Close(), c.Close()); err != nil {
		t.Error(err)
	}
}

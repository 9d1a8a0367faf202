package sqldriver_test

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"parley"
)

// user is one of many who use an *sql.DB in every way, and badly.
type user struct {
	db     *sql.DB
	stmt   *sql.Stmt
	random *rand.Rand
}

// act does something with a context that may end in the middle of it. Errors are
// to be expected; what is looked at is what is left in the end.
func (u *user) act(ctx context.Context) {
	if u.random.IntN(2) == 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, time.Duration(u.random.IntN(4000))*time.Microsecond)
		defer stop()
	}
	switch u.random.IntN(8) {
	case 0:
		u.read(ctx, u.db)
	case 1:
		_, _ = u.db.ExecContext(ctx, "insert into work values ($1)", u.random.IntN(100))
	case 2:
		u.transaction(ctx)
	case 3:
		u.session(ctx)
	case 4:
		var n int
		_ = u.stmt.QueryRowContext(ctx, u.random.IntN(10), 1).Scan(&n)
	case 5:
		_, _ = u.db.ExecContext(ctx, "select pg_sleep(0.002)")
	case 6:
		_, _ = u.db.ExecContext(ctx, "select 1/$1::int", u.random.IntN(2))
	case 7:
		if s, err := u.db.PrepareContext(ctx, "select count(*) from work where a > $1"); err == nil {
			var n int
			_ = s.QueryRowContext(ctx, 5).Scan(&n)
			_ = s.Close()
		}
	}
}

// read reads rows, perhaps not all, and perhaps leaves them to the end of their
// context.
func (u *user) read(ctx context.Context, r runner) {
	most := []int{0, 3, 1000, 20000}[u.random.IntN(4)]
	leaves := u.random.IntN(3) == 0
	if leaves {
		left, stop := context.WithCancel(ctx)
		defer stop()
		ctx = left
	}
	rows, err := r.QueryContext(ctx, "select n, repeat('x', 40) from generate_series(1, $1::int) n", most)
	if err != nil {
		return
	}
	for n := u.random.IntN(most + 1); n > 0 && rows.Next(); n-- {
		var a int
		var raw sql.RawBytes
		if leaves { // until Next or Close, database/sql keeps rows open that were scanned into one
			_ = rows.Scan(&a, new([]byte))
		} else {
			_ = rows.Scan(&a, &raw)
		}
	}
	if !leaves {
		_ = rows.Close()
	}
}

// transaction may be committed, rolled back, or left to the end of its context.
func (u *user) transaction(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	tx, err := u.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.IsolationLevel(u.random.IntN(2) * int(sql.LevelRepeatableRead))})
	if err != nil {
		return
	}
	for range u.random.IntN(4) {
		switch u.random.IntN(3) {
		case 0:
			_, _ = tx.ExecContext(ctx, "insert into work values ($1)", 7)
		case 1:
			u.read(ctx, tx)
		case 2:
			var n int
			_ = tx.StmtContext(ctx, u.stmt).QueryRowContext(ctx, 1, 2).Scan(&n)
		}
	}
	switch u.random.IntN(3) {
	case 0:
		_ = tx.Commit()
	case 1:
		_ = tx.Rollback()
	}
}

// session leaves all kinds of things behind.
func (u *user) session(ctx context.Context) {
	conn, err := u.db.Conn(ctx)
	if err != nil {
		return
	}
	defer conn.Close()
	for range 1 + u.random.IntN(3) {
		query := []string{"set search_path = pg_catalog", "create temp table mine (a int)", "select pg_advisory_lock_shared(7)", "begin", "listen x", "select 1", "insert into mine values (1); select 1/0", "set application_name = 'left'"}
		_, _ = conn.ExecContext(ctx, query[u.random.IntN(len(query))])
	}
	u.read(ctx, conn)
}

// Whatever many users do, and when, nothing of it is left: no goroutine, no
// connection in use, no transaction, lock or setting.
func TestStress(t *testing.T) {
	const users, acts, conns = 200, 12, 6
	goroutines := runtime.NumGoroutine()
	db, own := openBoth(t, parley.Config{MaxConns: conns, Lanes: 2})
	exec(t, db, "create table work (a int)")
	stmt, err := db.PrepareContext(t.Context(), "select $1::int + $2::int")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for n := range users {
		u := user{db: db, stmt: stmt, random: rand.New(rand.NewPCG(uint64(n), 3))}
		all.Go(func() {
			for range acts {
				u.act(t.Context())
			}
		})
	}
	all.Wait()
	if err := stmt.Close(); err != nil {
		t.Error(err)
	}
	settled(t, func() bool { return db.Stats().InUse == 0 })
	allFree(t, own, conns)
	const left = `select coalesce(string_agg(concat_ws(' ', state, application_name, query), '; '), '') from pg_stat_activity
		where datname = current_database() and pid <> pg_backend_pid() and (state <> 'idle' or application_name = 'left')`
	if got := one[string](t, db, left); got != "" {
		t.Errorf("left behind: %s", got)
	}
	if n := one[int](t, db, "select count(*) from pg_locks where locktype = 'advisory'"); n > 0 {
		t.Errorf("%d locks are left", n)
	}
	if n := one[int](t, db, "select count(*) from pg_stat_activity where datname = current_database() and backend_type = 'client backend'"); n > conns+2 {
		t.Errorf("%d connections", n)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if err := own.Close(); err != nil {
		t.Error(err)
	}
	settled(t, func() bool { return runtime.NumGoroutine() <= goroutines+2 })
}

// allFree takes all connections that there can be, and gives them back.
func allFree(t *testing.T, own *parley.DB, conns int) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	for range conns {
		c, err := own.Conn(ctx)
		if err != nil {
			t.Fatalf("%v: %+v", err, own.Stats())
		}
		path, err := parley.One[string](ctx, c, "show search_path")
		if err != nil || !strings.Contains(path, "public") {
			t.Error(path, err)
		}
		defer c.Close()
	}
}

// settled waits until something is so, for goroutines that were not waited for.
func settled(t *testing.T, so func() bool) {
	t.Helper()
	tick, end := time.NewTicker(5*time.Millisecond), time.After(20*time.Second)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-end:
			stacks := make([]byte, 1<<20)
			t.Fatalf("it does not settle:\n%s", stacks[:runtime.Stack(stacks, true)])
		}
	}
}

// A DB that is closed in the middle of everything ends it.
func TestCloseWhileInUse(t *testing.T) {
	for n := range 3 {
		goroutines := runtime.NumGoroutine()
		db := open(t)
		exec(t, db, "create table work (a int)")
		stmt, err := db.PrepareContext(t.Context(), "select $1::int + $2::int")
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		begun := make(chan struct{}, 1000)
		for i := range 40 {
			u := user{db: db, stmt: stmt, random: rand.New(rand.NewPCG(uint64(i), uint64(n)))}
			all.Go(func() {
				for range 10 {
					begun <- struct{}{}
					u.act(t.Context())
				}
			})
		}
		for range 100 {
			<-begun
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		all.Wait()
		if _, err := db.ExecContext(t.Context(), "select 1"); err == nil {
			t.Error("a closed DB runs statements")
		}
		settled(t, func() bool { return runtime.NumGoroutine() <= goroutines+2 })
	}
}

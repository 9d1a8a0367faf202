package parley

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"parley/pgtest"
)

// modelDB opens a DB of model servers, in a bubble.
func modelDB(t *testing.T, config Config) (*DB, *world) {
	t.Helper()
	w := newWorld(uint64(len(t.Name())))
	config.ConnString, config.Dial = modelString, w.dial
	db, err := OpenConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = db.Close()
		w.hangUp()
		for _, p := range w.problems {
			t.Error(p)
		}
	})
	return db, w
}

// conn takes a connection that must be had.
func (db *DB) conn(t *testing.T) *DBConn {
	t.Helper()
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Connections are made as they are needed, up to the limit, and used again, the
// one used last first.
func TestPoolGrowsAndReuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, _ := modelDB(t, Config{MaxConns: 3})
		a, b := db.conn(t), db.conn(t)
		if a.ProcessID() == b.ProcessID() {
			t.Fatal("two callers have one connection")
		}
		last := b.ProcessID()
		_ = a.Close()
		_ = b.Close()
		_ = b.Close() // does nothing
		for range 5 {
			c := db.conn(t)
			if c.ProcessID() != last {
				t.Errorf("got process %d, want %d, the one used last", c.ProcessID(), last)
			}
			_ = c.Close()
		}
		if s := db.Stats(); s.Conns != 2 || s.Idle != 2 || s.Opened != 2 || s.Waiting != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// Who has waited longest is served first; who gives up is passed over; and a
// connection that becomes free goes to a waiter even while another one is being
// made for it.
func TestPoolWaitsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, _ := modelDB(t, Config{MaxConns: 1})
		held := db.conn(t)
		var order []int
		var mu sync.Mutex
		var wg sync.WaitGroup
		for i := range 6 {
			ctx, stop := t.Context(), context.CancelFunc(func() {})
			if i == 2 {
				ctx, stop = context.WithTimeout(ctx, time.Second)
			}
			wg.Go(func() {
				defer stop()
				c, err := db.Conn(ctx)
				if i == 2 {
					if !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("%v, want its context's error", err)
					}
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				order = append(order, i)
				mu.Unlock()
				_ = c.Close()
			})
			synctest.Wait()
		}
		<-time.After(2 * time.Second)
		if s := db.Stats(); s.Waiting != 5 || s.GaveUp != 1 || s.Conns != 1 {
			t.Errorf("%+v", s)
		}
		_ = held.Close()
		wg.Wait()
		if fmt.Sprint(order) != "[0 1 3 4 5]" {
			t.Errorf("served in the order %v", order)
		}
	})
}

// A caller whose context ends is told so, also when it has just been told that a
// connection could not be made.
func TestPoolTellsOfTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, _ := modelDB(t, Config{MaxConns: 1})
		db.config.Dial = func(context.Context, string, string) (net.Conn, error) {
			return nil, errors.New("no connection today")
		}
		_, err := db.Conn(&endsSoon{Context: t.Context()})
		if e, ok := errors.AsType[*OpError](err); !ok || e.Sent || !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want its context's error", err)
		}
	})
}

// endsSoon is a context that has ended when it is asked for the second time.
type endsSoon struct {
	context.Context
	asked int
}

func (c *endsSoon) Err() error {
	if c.asked++; c.asked > 1 {
		return context.Canceled
	}
	return nil
}

// A connection that reaches a caller who gives up at that moment goes to the next.
func TestPoolGrantInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, _ := modelDB(t, Config{MaxConns: 1})
		held := db.conn(t)
		_, w, err := db.pool.take(t.Context())
		if w == nil || err != nil {
			t.Fatal(err)
		}
		id := held.ProcessID()
		_ = held.Close() // which gives it to w
		db.pool.withdraw(w)
		if s := db.Stats(); s.Conns != 1 || s.Idle != 1 || s.GaveUp != 1 {
			t.Errorf("%+v, want the connection to be idle", s)
		}
		c := db.conn(t)
		defer c.Close()
		if c.ProcessID() != id {
			t.Error("the connection was replaced")
		}
	})
}

// Callers who wait behind one that gives up, because no connection can be made, do
// not wait in vain.
func TestPoolGoesOnAfterFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, w := modelDB(t, Config{MaxConns: 1, ReconnectTimeout: -1})
		w.down(true)
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				ctx, stop := context.WithTimeout(t.Context(), time.Hour)
				defer stop()
				if _, err := db.Conn(ctx); err == nil || ctx.Err() != nil {
					t.Errorf("%v, want to be told that there is no connection", err)
				}
			})
		}
		wg.Wait()
	})
}

// A connection whose session cannot be made as it was is closed.
func TestPoolDropsWhatCannotBeReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fails atomic.Bool
		db, _ := modelDB(t, Config{MaxConns: 1, AfterConnect: func(context.Context, *Conn) error {
			if fails.Load() {
				return errStopped
			}
			return nil
		}})
		c := db.conn(t)
		id := c.ProcessID()
		mustExec(t, c.Conn, "set mark to 'x'")
		fails.Store(true)
		_ = c.Close()
		synctest.Wait()
		fails.Store(false)
		c = db.conn(t)
		defer c.Close()
		if s := db.Stats(); c.ProcessID() == id || s.Dropped != 1 || s.Conns != 1 {
			t.Errorf("%+v, want the connection to be replaced", s)
		}
	})
}

// A transaction that a caller has begun, of which nothing was sent, is gone with
// it, and the connection is as good as before.
func TestPoolForgetsWhatWasNotBegun(t *testing.T) {
	db := openDB(t, pgtest.Start(t, pgtest.Config{}), Config{MaxConns: 1})
	c := db.conn(t)
	id := c.ProcessID()
	if _, err := c.Begin(t.Context(), TxOptions{}); err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	if c = db.conn(t); c.ProcessID() != id {
		t.Error("the connection was replaced")
	}
	defer c.Close()
	value(t, c, "select 1::text")
	if c.inTx() {
		t.Error("the connection is in a transaction")
	}
}

func TestPoolFreedConnectionGoesToWhoWouldDial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, w := modelDB(t, Config{MaxConns: 2})
		held := db.conn(t)
		w.mu.Lock()
		w.slowDial = time.Hour
		w.mu.Unlock()
		var got atomic.Uint32
		var wg sync.WaitGroup
		wg.Go(func() {
			c, err := db.Conn(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			got.Store(c.ProcessID())
			_ = c.Close()
		})
		synctest.Wait()
		id := held.ProcessID()
		began := time.Now()
		_ = held.Close()
		wg.Wait()
		if got.Load() != id || time.Since(began) > time.Minute {
			t.Errorf("the waiter got process %d after %v, want %d at once", got.Load(), time.Since(began), id)
		}
	})
}

// Idle connections are closed after a while, down to the minimum; old ones are
// replaced; the minimum is kept ready.
func TestPoolTends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, _ := modelDB(t, Config{MaxConns: 5, MinIdle: 2, MaxIdleTime: time.Minute, MaxLifetime: time.Hour, Lanes: 2})
		<-time.After(10 * time.Second)
		if s := db.Stats(); s.Idle != 2 || s.Conns != 2 {
			t.Errorf("at first: %+v, want 2 idle", s)
		}
		var cs []*DBConn
		for range 5 {
			cs = append(cs, db.conn(t))
		}
		for _, c := range cs {
			_ = c.Close()
		}
		if s := db.Stats(); s.Idle != 5 {
			t.Errorf("after use: %+v, want 5 idle", s)
		}
		<-time.After(2 * time.Minute)
		if s := db.Stats(); s.Idle != 2 || s.Expired != 3 {
			t.Errorf("after a while: %+v, want 2 idle", s)
		}
		<-time.After(2 * time.Hour)
		if s := db.Stats(); s.Idle != 2 || s.Opened < 7 || s.Lanes > 1 {
			t.Errorf("after two hours: %+v, want 2 that are not the same", s)
		}
		if _, err := db.Exec(t.Context(), "select $1 from echo", "x"); err != nil {
			t.Error(err)
		}
		if s := db.Stats(); s.LanesOpened < 2 {
			t.Errorf("the lane is as old as the DB: %+v", s)
		}
	})
}

// While no connection can be made, callers wait as long as they are told to, and
// attempts become rarer. When the server is back, they go on.
func TestPoolSurvivesAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, w := modelDB(t, Config{MaxConns: 4, ReconnectTimeout: time.Minute})
		w.down(true)
		began := time.Now()
		before := w.dials.Load()
		_, err := db.Conn(t.Context())
		if took := time.Since(began); err == nil || took < time.Minute || took > 70*time.Second {
			t.Errorf("%v after %v, want an error after a minute", err, took)
		}
		if n := w.dials.Load() - before; n < 10 || n > 100 {
			t.Errorf("%d attempts within a minute", n)
		}
		if _, ok := errors.AsType[*ConnectError](err); !ok {
			t.Errorf("%v, want a ConnectError", err)
		}
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if _, err := db.Exec(t.Context(), "select $1 from echo", "x"); err != nil {
					t.Error(err)
				}
				c, err := db.Conn(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				_ = c.Close()
			})
		}
		<-time.After(20 * time.Second)
		w.down(false)
		wg.Wait()
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		w.down(true)
		if _, err := db.Exec(ctx, "insert into log values ($1)", "y"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v, want the context's error", err)
		}
	})
}

// A DB that is closed says so to everyone, closes what is given back, and leaves
// nothing behind.
func TestDBClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, w := modelDB(t, Config{MaxConns: 1})
		held := db.conn(t)
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if _, err := db.Conn(t.Context()); !errors.Is(err, ErrClosed) {
					t.Errorf("a waiter: %v", err)
				}
			})
			wg.Go(func() {
				if _, err := db.Exec(t.Context(), "select $1 from slow", "x"); err != nil && !errors.Is(err, ErrClosed) {
					t.Errorf("a call: %v", err)
				}
			})
		}
		synctest.Wait()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		wg.Wait()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		_ = held.Close()
		synctest.Wait()
		w.mu.Lock()
		for i, c := range w.near {
			if !c.closed.Load() {
				t.Errorf("connection %d is open", i)
			}
		}
		w.mu.Unlock()
		for name, f := range map[string]func() error{
			"Exec":   func() error { _, err := db.Exec(t.Context(), "select $1 from echo", "x"); return err },
			"Query":  func() error { return db.Query(t.Context(), "select $1 from echo", "x").Err() },
			"Conn":   func() error { _, err := db.Conn(t.Context()); return err },
			"Tx":     func() error { return db.Tx(t.Context(), TxOptions{}, func(*Tx) error { return nil }) },
			"Run":    func() error { var b Batch; _, err := db.Run(t.Context(), &b); return err },
			"Script": func() error { _, err := db.Script(t.Context(), "select 1"); return err },
			"CopyTo": func() error { _, err := db.CopyTo(t.Context(), io.Discard, "copy t to stdout"); return err },
			"CopyFrom": func() error {
				_, err := db.CopyFrom(t.Context(), strings.NewReader(""), "copy t from stdin")
				return err
			},
			"ReadOnly": func() error { _, err := db.ReadOnly().Exec(t.Context(), "select $1 from echo", "x"); return err },
			"Listen": func() error {
				for _, err := range db.Listen(t.Context(), "x") {
					return err
				}
				return nil
			},
		} {
			if err := f(); !errors.Is(err, ErrClosed) {
				t.Errorf("%s of a closed DB: %v", name, err)
			}
		}
	})
}

// What a caller leaves behind in a session, the next does not find.
func TestPoolRestoresSessions(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	connected := 0
	db := openDB(t, server, Config{MaxConns: 1, AfterConnect: func(ctx context.Context, c *Conn) error {
		connected++
		_, err := c.Exec(ctx, "set my.own = 'mine'")
		return err
	}})
	for _, w := range []struct {
		name  string
		do    []string
		reset bool
	}{
		{"nothing", []string{"select 1"}, false},
		{"a setting", []string{"set search_path = nowhere"}, true},
		{"a setting by function", []string{"select set_config('search_path', 'nowhere', false)"}, true},
		{"a setting that is reported", []string{"set timezone = 'Asia/Tokyo'"}, true},
		{"one's own setting", []string{"set my.own = 'yours'"}, true},
		{"a temporary table", []string{"create temp table left_over (a int)"}, true},
		{"a transaction", []string{"begin", "create table left_over (a int)"}, true},
		{"a failed transaction", []string{"begin", "select 1/0"}, true},
		{"a lock", []string{"select pg_advisory_lock(5)"}, true},
		{"a channel", []string{"listen left_over"}, true},
		{"a prepared statement", []string{"prepare left_over as select 1"}, true},
		{"a block", []string{"do $$ begin set my.own = 'yours'; end $$"}, true},
		{"less than nothing", []string{"discard all"}, true},
		{"a table of the session", []string{"create table pg_temp.left_over (a int)"}, true},
		{"a temporary table by select", []string{"select 1 into temp left_over"}, true},
		{"a script", []string{"-- script", "select 1; create temporary table left_over (a int)"}, true},
	} {
		t.Run(w.name, func(t *testing.T) {
			before := db.Stats().Reset
			c := db.conn(t)
			pid := c.ProcessID()
			if w.do[0] == "-- script" {
				if _, err := c.Script(t.Context(), w.do[1]); err != nil {
					t.Fatal(err)
				}
			} else {
				for _, sql := range w.do {
					_, _ = c.Exec(t.Context(), sql)
				}
			}
			_ = c.Close()
			c = db.conn(t)
			defer c.Close()
			if c.ProcessID() != pid {
				t.Errorf("the connection was replaced")
			}
			got := value(t, c, `select current_setting('search_path') || ' ' || current_setting('my.own') || ' ' ||
				coalesce(to_regclass('left_over')::text, '-') || ' ' || (select count(*) from pg_locks where locktype = 'advisory') || ' ' ||
				(select count(*) from pg_prepared_statements where name = 'left_over') || ' ' || (select count(*) from pg_listening_channels())`)
			if want := `"$user", public mine - 0 0 0`; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			if did := db.Stats().Reset > before; did != w.reset {
				t.Errorf("reset: %v, want %v", did, w.reset)
			}
		})
	}
	if connected == 0 {
		t.Error("AfterConnect was not called")
	}
}

// An idle connection that the server has left is replaced before it is used, and
// so is a lane.
func TestPoolReplacesWhatIsGone(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	db := openDB(t, server, Config{MaxConns: 2, Lanes: 1})
	for range 3 {
		c := db.conn(t)
		value(t, c, "select pg_terminate_backend(pid)::text from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend' limit 1")
		_ = c.Close()
		if _, err := db.Exec(t.Context(), "select $1::int", 1); err != nil {
			t.Errorf("a lane that was ended: %v", err)
		}
		if got := value(t, db, "select $1::int::text", 7); got != "7" {
			t.Errorf("got %s", got)
		}
	}
}

// The histogram's buckets are powers of two.
func TestHistogram(t *testing.T) {
	var h histogram
	for _, v := range []int64{0, 1, 2, 3, 4, 1000, -5, 1 << 62} {
		h.add(v)
	}
	s := h.snapshot()
	if s.Count != 8 || s.Buckets[0] != 2 || s.Buckets[1] != 1 || s.Buckets[2] != 2 || s.Buckets[3] != 1 || s.Buckets[10] != 1 {
		t.Errorf("%+v", s)
	}
	if s.Quantile(0.5) != 3 || s.Quantile(0) != 0 || s.Quantile(0.8) != 1023 || s.Mean() < 1<<50 {
		t.Errorf("quantiles %d %d %d, mean %v", s.Quantile(0.5), s.Quantile(0), s.Quantile(0.8), s.Mean())
	}
	if z := (Histogram{}); z.Quantile(0.5) != 0 || z.Mean() != 0 {
		t.Error("an empty histogram has values")
	}
}

// TestMaxWait: callers who wait for each other's connections are told so, and
// those whose context ends before that are told of it.
func TestMaxWait(t *testing.T) {
	db := openDB(t, pgtest.Start(t, pgtest.Config{}), Config{MaxConns: 1, MaxWait: 50 * time.Millisecond})
	err := db.Tx(t.Context(), TxOptions{}, func(*Tx) error {
		return db.Tx(t.Context(), TxOptions{}, func(*Tx) error { return nil })
	})
	e, ok := errors.AsType[*OpError](err)
	if !ok || e.Sent || !errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "Config.MaxWait") {
		t.Errorf("got %v", err)
	}
	own, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Millisecond)
	defer stop()
	if _, err := db.Conn(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if err := own.Close(); err != nil {
		t.Error(err)
	}
	if got := value(t, db, "select 1"); got != "1" {
		t.Error(got)
	}
	if s := db.Stats(); s.GaveUp != 2 || s.Waiting != 0 {
		t.Errorf("%+v", s)
	}
}

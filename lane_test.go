package parley

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"parley/pgtest"
	"parley/wire"
)

// only returns the one lane of a DB.
func (db *DB) only(t *testing.T) *lane {
	t.Helper()
	all := *db.lanes.all.Load()
	if len(all) != 1 {
		t.Fatalf("there are %d lanes, want one", len(all))
	}
	return all[0]
}

// Who has written a flight that was answered already must not give the lane to
// the next who wants it for itself, while the reader has the turn still.
func TestLaneIsGrantedWithTheTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, _ := modelDB(t, Config{Lanes: 1})
		l := db.only(t)
		l.mu.Lock()
		l.turn, l.writing = true, true // a reader has read all, a writer is about to return
		l.mu.Unlock()
		got := make(chan callOutcome, 1)
		go func() {
			out, _ := l.seize(t.Context(), db.calls.get())
			got <- out
		}()
		synctest.Wait()
		if f := l.landed(); f.groups != 0 {
			t.Fatal("something was written")
		}
		synctest.Wait()
		select {
		case <-got:
			t.Fatal("the lane was given away while somebody else had the turn")
		default:
		}
		l.leave()
		synctest.Wait()
		if out := <-got; out != outcomeGranted {
			t.Errorf("outcome %d", out)
		}
		l.mu.Lock()
		if !l.turn || !l.sole {
			t.Errorf("turn %v, sole %v while somebody has the lane", l.turn, l.sole)
		}
		l.mu.Unlock()
		l.release()
	})
}

// A lane that reaches a caller who gives up at that moment goes to the next.
func TestLaneGrantInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, _ := modelDB(t, Config{Lanes: 1})
		l := db.only(t)
		if out, err := l.seize(t.Context(), db.calls.get()); out != outcomeGranted {
			t.Fatal(out, err)
		}
		ctx, stop := context.WithCancelCause(t.Context())
		stop(errStopped)
		c := db.calls.get()
		c.sole = true
		l.mu.Lock()
		l.waiting.push(c)
		l.load.Add(1)
		l.mu.Unlock()
		l.release() // which gives the lane to c
		if out, err := l.abandon(ctx, c); out != outcomeEnded || !errors.Is(err, errStopped) {
			t.Errorf("outcome %d, %v", out, err)
		}
		l.mu.Lock()
		if l.busy() || l.load.Load() != 0 {
			t.Errorf("turn %v, sole %v, load %d: somebody still has the lane", l.turn, l.sole, l.load.Load())
		}
		l.mu.Unlock()
		if _, err := db.Exec(t.Context(), "select $1 from echo", "x"); err != nil {
			t.Error(err)
		}
	})
}

// A lane that is in a transaction when a statement is over is of no more use, and
// its result does not count.
func TestLaneInTransaction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, world := modelDB(t, Config{Lanes: 1, MaxConns: 1})
		const sql = "select $1 from trap"
		if _, err := db.Exec(t.Context(), sql, "x"); err != nil { // which has the lane for itself
			t.Fatal(err)
		}
		synctest.Wait()
		if n := db.lanes.count(); n != 0 {
			t.Errorf("%d lanes are left, want none", n)
		}
		before := world.dials.Load()
		_, err := db.Exec(t.Context(), sql, "x")
		wantText(t, err, "in a transaction after a single statement")
		if n := world.dials.Load() - before; n != maxAttempts {
			t.Errorf("%d connections were made, want %d", n, maxAttempts)
		}
		if _, err := db.Exec(t.Context(), "select $1 from echo", "x"); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

// typedRows is a taker that keeps the type of one column.
type typedRows struct {
	oid  uint32
	rows int
}

func (x *typedRows) begin(d *description, _ []wire.Format) error {
	x.oid, x.rows = 0, 0
	if len(d.columns) > 0 {
		x.oid = d.columns[len(d.columns)-1].Type
	}
	return nil
}

func (x *typedRows) row([]byte) error { x.rows++; return nil }

// quick makes a statement that was run before known to take no time, however slow
// the machine is: it is run on a lane.
func (db *DB) quick(sql string) {
	if k := db.shared.get(sql); k != nil {
		k.cost.time.Store(1)
	}
}

// hold takes a lane until n calls wait for it, and then lets them go.
func (l *lane) hold(t *testing.T, n int, start func()) {
	t.Helper()
	if out, err := l.seize(t.Context(), l.owner.db.calls.get()); out != outcomeGranted {
		t.Fatal(out, err)
	}
	l.mu.Lock()
	l.soleAt = time.Now().Add(time.Hour) // so that nobody is sent elsewhere
	l.stuck.Store(false)
	l.mu.Unlock()
	start()
	for waiting := 0; waiting < n; {
		select {
		case <-t.Context().Done():
			t.Fatal(context.Cause(t.Context()))
		case <-time.After(time.Millisecond):
		}
		l.mu.Lock()
		waiting = l.waiting.n
		l.mu.Unlock()
	}
	l.release()
}

// Two calls leave in one flight, of a statement whose columns have changed since
// another lane had it described: the second, which relies on what the first
// prepares, must be told of its columns as they are.
func TestLaneLearnsOfChanges(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	for _, grouping := range []Grouping{GroupWrites, GroupNone} {
		db := openDB(t, server, Config{Lanes: 1, Grouping: grouping})
		change := func(sql string) {
			t.Helper()
			if _, err := db.Script(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
		}
		change("drop table if exists changing; create table changing (a int8)")
		const sql = "insert into changing values (1) returning *"
		for _, c := range []struct {
			change string
			oid    uint32
		}{{"select 1", 20}, {"alter table changing alter a type float8", 701}, {"alter table changing add b bool", 16}} {
			change(c.change)
			db.only(t).retire()
			if _, err := db.Exec(t.Context(), "select 1"); err != nil { // makes another
				t.Fatal(err)
			}
			db.quick(sql)
			var wg sync.WaitGroup
			db.only(t).hold(t, 3, func() {
				for range 3 {
					wg.Go(func() {
						var x typedRows
						if _, err := db.collect(t.Context(), sql, nil, &sink{taker: &x}); err != nil || x.oid != c.oid || x.rows != 1 {
							t.Errorf("after %q: %d rows of type %d, %v, want one of %d", c.change, x.rows, x.oid, err, c.oid)
						}
					})
				}
			})
			wg.Wait()
		}
	}
}

// A notice handler that panics takes its lane with it, and nobody who shares the
// lane waits for a reader who has gone.
func TestLaneSurvivesPanics(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	panics := false // written while nothing runs
	db := openDB(t, server, Config{Lanes: 1, Notice: func(*Conn, *Notice) {
		if panics {
			panic("as it should")
		}
	}})
	if _, err := db.Script(t.Context(), `create function loud(i int) returns int language plpgsql as
		$$ begin if i = 1 then perform pg_sleep(0.05); raise notice 'hear'; end if; return i; end $$`); err != nil {
		t.Fatal(err)
	}
	const sql = "select loud($1)"
	if _, err := db.Exec(t.Context(), sql, 0); err != nil {
		t.Fatal(err)
	}
	panics = true
	l := db.only(t)
	var wg sync.WaitGroup
	wg.Go(func() {
		defer func() {
			if recover() == nil {
				t.Error("the handler's panic was swallowed")
			}
		}()
		_, _ = db.Exec(t.Context(), sql, 1)
	})
	for i := 0; l.load.Load() == 0 && i < 1000; i++ {
		<-time.After(time.Millisecond)
	}
	for range 4 {
		wg.Go(func() { _, _ = db.Exec(t.Context(), sql, 2) })
	}
	wg.Wait()
	if _, err := db.Exec(t.Context(), sql, 3); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// tornConn writes half of what it is given, once, and says so; it can be read on.
type tornConn struct {
	net.Conn
	tears *atomic.Bool
}

func (c tornConn) Write(b []byte) (int, error) {
	if c.tears.CompareAndSwap(true, false) {
		n, _ := c.Conn.Write(b[:len(b)-3])
		return n, errors.New("no buffer space available")
	}
	return c.Conn.Write(b)
}

// After a write of which only a part left, nothing follows that would be taken
// for the rest of it, and nobody waits for ever for an answer. What did not leave
// is run elsewhere.
func TestLaneTornWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(1)
		var tears atomic.Bool
		db, err := OpenConfig(t.Context(), Config{ConnString: modelString, Lanes: 1, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := w.dial(ctx, network, address)
			return tornConn{c, &tears}, err
		}})
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var fates []fate
		insert := func(marker string) {
			_, err := db.Exec(t.Context(), "insert into log values ($1)", marker)
			mu.Lock()
			defer mu.Unlock()
			fates = append(fates, fate{marker, err, false})
			if err != nil {
				t.Errorf("%s: %v", marker, err)
			}
		}
		insert("a")
		tears.Store(true)
		began := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() { insert("b") })
		synctest.Wait()
		insert("c")
		wg.Wait()
		if took := time.Since(began); took > 2*tornWait {
			t.Errorf("it took %v", took)
		}
		_ = db.Close()
		w.hangUp()
		w.judge(t, 1, [][]fate{fates})
	})
}

// Only the backend's own word tells that a call was not run; a pooler that has
// lost its server knows nothing.
func TestLaneLosesWithTheServersWord(t *testing.T) {
	for code, want := range map[string]callOutcome{"57P01": outcomeAgain, "57P05": outcomeAgain, "08P01": outcomeLost, "08006": outcomeLost, "XX000": outcomeLost} {
		l := &lane{err: ErrClosed}
		c := &call{state: callWritten, known: &known{}}
		if l.lose(c, &group{}, tellsAll(code)); c.outcome != want {
			t.Errorf("%s: outcome %d, want %d", code, c.outcome, want)
		}
	}
}

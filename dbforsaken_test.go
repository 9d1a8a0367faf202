package parley

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"parley/pgtest"
)

// forsaken is a DB with one lane, on which calls are on their way that take for
// ever, and whose callers go when they are told to.
type forsaken struct {
	t      *testing.T
	server *pgtest.Server
	db     *DB
	lane   *lane
	ctx    context.Context
	stop   context.CancelCauseFunc
	gone   sync.WaitGroup
}

// slowInsert sleeps first.
const slowInsert = "insert into log select $1 from pg_sleep($2::float8)"

func newForsaken(t *testing.T, grouping Grouping) *forsaken {
	f := &forsaken{t: t, server: pgtest.Start(t, pgtest.Config{Setup: []string{"create table log (marker text)", "create table locked (marker text)"}})}
	f.db = openDB(t, f.server, Config{Lanes: 1, MaxConns: 1, Grouping: grouping, CancelTimeout: time.Minute})
	busy := f.db.conn(t) // so that nobody is sent there
	t.Cleanup(func() { _ = busy.Close() })
	for range 3 { // until it is known to be quick
		if _, err := f.db.Exec(t.Context(), slowInsert, "before", 0); err != nil {
			t.Fatal(err)
		}
	}
	f.db.quick(slowInsert)
	f.db.lanes.rtt.least.Store(1) // near, or more of them would be on their way
	f.lane = f.db.only(t)
	f.ctx, f.stop = context.WithCancelCause(t.Context())
	return f
}

// call has some callers begin, and returns when so many are with the lane.
func (f *forsaken) call(n int, with int32) {
	f.t.Helper()
	for range n {
		f.gone.Go(func() {
			_, err := f.db.Exec(f.ctx, slowInsert, "forsaken", 600)
			if e, ok := errors.AsType[*OpError](err); !ok || !e.Sent || !errors.Is(err, errStopped) {
				f.t.Errorf("%v, want its context's cause, sent", err)
			}
		})
	}
	until(f.t, "all are with the lane", func() bool { return f.lane.load.Load() == with })
}

// airborne waits until so many groups, and nothing else, are on their way.
func (f *forsaken) airborne(groups int) {
	f.t.Helper()
	until(f.t, "all are on their way", func() bool {
		f.lane.mu.Lock()
		defer f.lane.mu.Unlock()
		return f.lane.waiting.n == 0 && len(f.lane.air) == groups
	})
}

// sleeping waits until the server is at the first of them: a cancellation before
// that would be lost.
func (f *forsaken) sleeping() {
	f.t.Helper()
	until(f.t, "the server is at the first", func() bool {
		return asks(f.t, f.server, "select count(*)::text from pg_stat_activity where wait_event = 'PgSleep'") == "1"
	})
}

// after makes a call that must get through.
func (f *forsaken) after() error {
	ctx, stop := context.WithTimeout(f.t.Context(), 30*time.Second)
	defer stop()
	_, err := f.db.Exec(ctx, slowInsert, "after", 0)
	return err
}

// judge fails unless only what was called last is stored.
func (f *forsaken) judge(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Errorf("who came after them: %v", err)
	}
	if got := asks(f.t, f.server, "select count(*) filter (where marker = 'forsaken') || '/' || count(*) filter (where marker = 'after') from log"); got != "0/1" {
		f.t.Errorf("%s of the forsaken and of those after are stored, want 0/1", got)
	}
}

// What is left in the air when another group has landed is cancelled then.
func TestForsakenRest(t *testing.T) {
	f := newForsaken(t, GroupNone) // writes that share a Sync have one group in the air
	const locked = "insert into locked values ($1)"
	if _, err := f.db.Exec(t.Context(), locked, "before"); err != nil {
		t.Fatal(err)
	}
	f.db.quick(locked)
	holder, err := connectRaw(t, f.server, Config{}).Begin(t.Context(), TxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := holder.Exec(t.Context(), "lock table locked"); err != nil {
		t.Fatal(err)
	}
	first := make(chan error, 1)
	go func() {
		_, err := f.db.Exec(t.Context(), locked, "first")
		first <- err
	}()
	until(t, "it waits for the lock", func() bool {
		return asks(t, f.server, "select count(*)::text from pg_locks where not granted") == "1"
	})
	f.call(1, 2)
	f.airborne(2)
	f.stop(errStopped)
	f.gone.Wait()
	if err := holder.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-first; err != nil {
		t.Errorf("who was before them: %v", err)
	}
	f.judge(f.after())
}

// A group whose callers have all gone is cancelled, as a single call is.
func TestForsakenGroup(t *testing.T) {
	f := newForsaken(t, GroupWrites)
	if out, err := f.lane.seize(t.Context(), f.db.calls.get()); out != outcomeGranted {
		t.Fatal(out, err)
	}
	f.call(5, 6)
	f.lane.release()
	f.airborne(1)
	f.sleeping()
	f.stop(errStopped)
	f.gone.Wait()
	f.judge(f.after())
	if err := f.lane.conn.line.Broken(); err != nil {
		t.Errorf("the lane has died: %v", err)
	}
}

// Several groups cannot be cancelled. When nothing has come for long, the lane is
// given up; what waits behind them was not sent, and goes elsewhere.
func TestForsakenLane(t *testing.T) {
	f := newForsaken(t, GroupNone) // writes that share a Sync have one group in the air
	for i := range maxFlights {
		f.call(1, int32(i+1))
		f.airborne(i + 1)
	}
	after := make(chan error, 1)
	go func() { after <- f.after() }()
	until(t, "one waits behind", func() bool { return f.lane.load.Load() == maxFlights+1 })
	f.stop(errStopped)
	f.gone.Wait()
	f.judge(<-after)
	if f.lane.conn.line.Broken() == nil {
		t.Error("the lane has not died")
	}
}

package parley

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/pgtest"
)

// Who finds no lane, and then one that was opened just before it began to wait,
// must not wait for the next: there may be none.
func TestLaneThatCameJustNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, _ := modelDB(t, Config{Lanes: 1})
		ctx, stop := context.WithTimeout(t.Context(), time.Hour)
		defer stop()
		if err := db.lanes.await(ctx); err != nil {
			t.Errorf("a lane is there, and yet: %v", err)
		}
	})
}

// echoes has many callers read at the same time, and waits for them.
func echoes(t *testing.T, db *DB, callers int) {
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			s := simulatedCaller{t: t, db: db, name: fmt.Sprint(i)}
			s.read(t.Context(), "select $1 from echo", fmt.Sprint(i), 1)
		})
	}
	wg.Wait()
}

// Several lanes from which nothing comes any more are all given up, not only the
// one that is found first; for a while there is one call at a time then.
func TestLanesStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, w := modelDB(t, Config{Lanes: 2})
		for range 3 {
			echoes(t, db, 20)
			synctest.Wait()
		}
		if n := db.lanes.count(); n != 2 {
			t.Fatalf("%d lanes, want 2", n)
		}
		w.silence(db)
		began := time.Now()
		echoes(t, db, 20)
		if took := time.Since(began); took > 3*stalledTime {
			t.Errorf("it took %v", took)
		}
		if s := db.Stats(); s.Stalls == 0 {
			t.Errorf("nothing has stalled: %+v", s)
		}
		if db.lanes.depth() != 1 {
			t.Error("lanes are not careful after a stall")
		}
		<-time.After(carefulFor + 2*tendEvery)
		if db.lanes.depth() == 1 {
			t.Error("lanes are careful for ever")
		}
		w.silence(db)
		echoes(t, db, 20)
		<-time.After(carefulFor + 2*tendEvery)
		if db.lanes.depth() != 1 {
			t.Error("lanes are not careful for longer after they have stalled again")
		}
	})
}

// A lane that awaits the end of a cancellation is no lane to wait for, as long
// as there is anything else.
func TestFrozenLaneIsAvoided(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, w := modelDB(t, Config{Lanes: 2, MaxConns: 1})
		for range 3 {
			echoes(t, db, 20)
			synctest.Wait()
		}
		_, _ = db.Exec(t.Context(), "select $1 from slow", "x")
		<-time.After(time.Second) // no lane is held up any more
		w.mu.Lock()
		w.lag = 3 * time.Second
		w.mu.Unlock()
		ctx, stop := context.WithTimeout(t.Context(), time.Microsecond)
		defer stop()
		db.quick("select $1 from slow")
		if _, err := db.Exec(ctx, "select $1 from slow", "x"); err == nil {
			t.Fatal("it was too fast")
		}
		<-time.After(200 * time.Millisecond) // the server is done, the cancellation is not
		frozen := 0
		for _, l := range *db.lanes.all.Load() {
			l.mu.Lock()
			if l.frozen {
				frozen++
			}
			l.mu.Unlock()
		}
		if frozen != 1 {
			t.Fatalf("%d lanes are frozen, want 1", frozen)
		}
		for range 10 {
			began := time.Now()
			echoes(t, db, 1)
			if took := time.Since(began); took > time.Second {
				t.Errorf("a call took %v", took)
			}
		}
		<-time.After(5 * time.Second)
		echoes(t, db, 20)
		synctest.Wait()
		for _, l := range *db.lanes.all.Load() {
			l.mu.Lock()
			if l.stuck.Load() || l.busy() {
				t.Error("a lane is not at rest")
			}
			l.mu.Unlock()
		}
	})
}

// Close ends lanes, too, that were retired and still have something in the air.
func TestCloseEndsRetiredLanes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, w := modelDB(t, Config{Lanes: 1})
		echoes(t, db, 1)
		synctest.Wait()
		w.silence(db)
		failed := make(chan error, 1)
		go func() {
			_, err := db.Exec(t.Context(), "select $1 from echo", "x")
			failed <- err
		}()
		synctest.Wait()
		db.only(t).retire()
		began := time.Now()
		time.AfterFunc(time.Hour, func() { w.down(true) })
		_ = db.Close()
		if err := <-failed; !errors.Is(err, ErrClosed) || time.Since(began) > time.Minute {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if n := len(db.lanes.live); n != 0 {
			t.Errorf("%d lanes live on", n)
		}
	})
}

// A function that changes a setting which the server reports takes its lane out of
// service: the next caller finds the session as it was.
func TestLaneEndsWithASetting(t *testing.T) {
	db := openDB(t, pgtest.Start(t, pgtest.Config{}), Config{Lanes: 1})
	if _, err := db.Script(t.Context(), `create function moves(zone text) returns text language plpgsql as
		$$ begin execute format('set timezone = %L', zone); return zone; end $$`); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		before, err := text(t, db, "select current_setting('timezone')")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(t.Context(), "select moves($1)", fmt.Sprintf("Etc/GMT-%d", i+3)); err != nil {
			t.Fatal(err)
		}
		if after, err := text(t, db, "select current_setting('timezone')"); err != nil || after != before {
			t.Errorf("the time zone was %s, and is %s, %v", before, after, err)
		}
	}
}

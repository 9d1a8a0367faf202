package parley

import (
	"context"
	"sync"
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

// typedRows is a sink that keeps the type of one column.
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

// hold takes a lane until n calls wait for it, and then lets them go.
func (l *lane) hold(t *testing.T, n int, start func()) {
	t.Helper()
	if out, err := l.seize(t.Context(), l.owner.db.calls.get()); out != outcomeGranted {
		t.Fatal(out, err)
	}
	start()
	for waiting := 0; waiting < n; {
		select {
		case <-t.Context().Done():
			t.Fatal(context.Cause(t.Context()))
		case <-time.After(time.Millisecond):
		}
		l.mu.Lock()
		l.soleAt = time.Now() // so that nobody is sent elsewhere
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
			var wg sync.WaitGroup
			db.only(t).hold(t, 3, func() {
				for range 3 {
					wg.Go(func() {
						var x typedRows
						if _, err := db.collect(t.Context(), sql, nil, &x); err != nil || x.oid != c.oid || x.rows != 1 {
							t.Errorf("after %q: %d rows of type %d, %v, want one of %d", c.change, x.rows, x.oid, err, c.oid)
						}
					})
				}
			})
			wg.Wait()
		}
	}
}

package parley

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"parley/pgtest"
)

// A read whose result proves too large for a lane is run again on a connection of
// its own, and from then on begins there.
func TestLargeReadMoves(t *testing.T) {
	for _, grouping := range []Grouping{GroupReads, GroupNone} {
		db := openDB(t, pgtest.Start(t, pgtest.Config{}), Config{Lanes: 1, MaxHeld: 50_000, Grouping: grouping})
		const sql = "select repeat('x', 1000) from generate_series(1, $1::int)"
		read := func(n int) {
			t.Helper()
			if got, err := All[string](t.Context(), db, sql, n); err != nil || len(got) != n {
				t.Errorf("%d rows, %v, want %d", len(got), err, n)
			}
		}
		read(1)
		read(2)
		if s := db.Stats(); s.Conns != 0 {
			t.Fatalf("%+v, want no connection besides the lane", s)
		}
		flights := func() int64 { return db.Stats().Flights.Count }
		before := flights()
		read(5000)
		if s := db.Stats(); s.Conns != 1 || flights() != before+1 {
			t.Errorf("%d flights, %+v, want one more and a connection of its own", flights()-before, s)
		}
		before = flights()
		if read(5000); flights() != before {
			t.Errorf("it went by the lane once more")
		}
		if err := db.only(t).conn.line.Broken(); err != nil {
			t.Errorf("the lane has not survived: %v", err)
		}
	}
}

// What may not be run twice is not; its error says what to do.
func TestLargeResultOfAWrite(t *testing.T) {
	db := openDB(t, pgtest.Start(t, pgtest.Config{Setup: []string{"create table log (marker text)"}}), Config{MaxHeld: 50_000})
	const sql = "insert into log select repeat('secret', 1000) from generate_series(1, $1::int) returning marker"
	for range 2 {
		if got, err := All[string](t.Context(), db, sql, 1); err != nil || len(got) != 1 {
			t.Fatal(got, err)
		}
	}
	_, err := All[string](t.Context(), db, sql, 20)
	if e, ok := errors.AsType[*OpError](err); !ok || !e.Sent {
		t.Errorf("%v, want an OpError that was sent", err)
	}
	for _, text := range []string{"was run", "50000 bytes", "DB.Query or Each"} {
		wantText(t, err, text)
	}
	n := 0
	for _, err := range Each[string](t.Context(), db, sql, 20) { // as it says
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if got, err := One[int](t.Context(), db, "select count(*)::int from log"); n != 20 || err != nil || got != 42 {
		t.Errorf("%d rows were returned and %d are stored, %v, want 20 and 42", n, got, err)
	}
}

// A call whose context has ended takes no more rows, and holds none.
func TestForsakenCallHoldsNothing(t *testing.T) {
	for _, reads := range []bool{true, false} { // whether the caller who gives up is the one who reads
		t.Run(fmt.Sprint(reads), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { forsakenRows(t, reads) })
		})
	}
}

func forsakenRows(t *testing.T, reads bool) {
	db, world := modelDB(t, Config{Lanes: 1, MaxConns: 1, CancelTimeout: -1, MaxLifetime: -1})
	busy := db.conn(t) // so that nobody is sent there
	defer busy.Close()
	const drip, slow = "select $1 from drip", "select $1 from slow"
	for _, sql := range []string{drip, slow} {
		for range 2 {
			if _, err := db.Exec(t.Context(), sql, "x"); err != nil {
				t.Fatal(err)
			}
			db.shared.get(sql).cost = cost{} // it is as slow as it has to be
		}
	}
	world.tap = make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	var begun sync.WaitGroup
	begin := func(ctx context.Context, sql string) {
		begun.Go(func() {
			var x textRows
			if _, err := db.collect(ctx, sql, []any{"x"}, &sink{taker: &x}); err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
		synctest.Wait()
	}
	if !reads {
		begin(t.Context(), slow)
	}
	begin(ctx, drip)
	l := db.only(t)
	l.mu.Lock()
	c := l.air[len(l.air)-1].calls[0]
	l.mu.Unlock()
	for range 5 {
		world.tap <- struct{}{}
		synctest.Wait()
	}
	if len(c.reply) < 4*dripRow {
		t.Fatalf("%d bytes are held", len(c.reply))
	}
	stop()
	synctest.Wait()
	world.tap <- struct{}{}
	synctest.Wait()
	if c.size < 5*dripRow || cap(c.reply) != 0 {
		t.Errorf("%d bytes are held of %d that have come", cap(c.reply), c.size)
	}
	close(world.tap)
	begun.Wait()
	if _, err := db.Exec(t.Context(), "select $1 from echo", "x"); err != nil || l.conn.line.Broken() != nil {
		t.Errorf("afterwards: %v, %v", err, l.conn.line.Broken())
	}
}

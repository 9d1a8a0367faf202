package parley

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A call whose connections are lost again and again comes to an end, and says how
// often that was and why.
func TestAgainEnds(t *testing.T) {
	const read, write = "select $1 from echo", "insert into log values ($1)"
	for _, w := range []struct {
		name  string
		how   deadly
		sql   string
		sent  bool
		least int64 // connections that it meets
		most  int64
		text  string
	}{
		{"a read", silently, read, true, maxAttempts, maxAttempts + 2, "10 connections went away"},
		{"a read, with words", withWords, read, true, maxAttempts, maxAttempts + 2, "57P01"},
		{"a write, with words", withWords, write, true, 2, 2, "57P01"}, // behind that of Parse they prove nothing
		{"a write", silently, write, true, 0, 2, "EOF"},
		{"a write that is not sent", unwritten, write, false, maxMoves, maxMoves + 2, "100 connections went away"},
	} {
		t.Run(w.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				db, world := modelDB(t, Config{Lanes: 1, MaxConns: 1})
				for range 3 {
					if _, err := db.Exec(t.Context(), w.sql, "before"); err != nil {
						t.Fatal(err)
					}
				}
				world.kills(w.how)
				before := world.dials.Load()
				_, err := db.Exec(t.Context(), w.sql, "x")
				if e, ok := errors.AsType[*OpError](err); !ok || e.Sent != w.sent {
					t.Errorf("%v, want an OpError (sent: %v)", err, w.sent)
				}
				wantText(t, err, w.text)
				if n := world.dials.Load() - before; n < w.least-1 || n > w.most {
					t.Errorf("%d connections were made, want %d to %d", n, w.least, w.most)
				}
				world.kills(peacefully)
				if _, err := db.Exec(t.Context(), w.sql, "after"); err != nil {
					t.Errorf("afterwards: %v", err)
				}
				world.mu.Lock()
				defer world.mu.Unlock()
				if n := world.stored["x"]; n != 0 {
					t.Errorf("it was stored %d times", n)
				}
			})
		})
	}
}

// Those who wait behind a statement that ends its connection each time are not
// taken with it.
func TestAgainForNeighbours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, world := modelDB(t, Config{Lanes: 1, MaxConns: 1, Grouping: GroupNone})
		for range 3 {
			if _, err := db.Exec(t.Context(), "select $1 from echo", "x"); err != nil {
				t.Fatal(err)
			}
		}
		world.kills(withWords)
		ctx, stop := context.WithTimeout(t.Context(), time.Hour)
		defer stop()
		before := world.dials.Load()
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if _, err := db.Exec(ctx, "select $1 from echo", "x"); err == nil || ctx.Err() != nil {
					t.Errorf("%v after %v", err, ctx.Err())
				}
			})
		}
		wg.Wait()
		if n := world.dials.Load() - before; n > 20*maxAttempts+1 {
			t.Errorf("%d connections were made", n)
		}
	})
}

// A call that finds each lane retired has a connection of its own in the end.
func TestAgainAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, _ := modelDB(t, Config{Lanes: 1, MaxConns: 1})
		if _, err := db.Exec(t.Context(), "select $1 from echo", "x"); err != nil {
			t.Fatal(err)
		}
		l := db.only(t)
		l.mu.Lock()
		l.retired = true // and it is still there to be picked
		l.mu.Unlock()
		x := textRows{want: "y"}
		if _, err := db.collect(t.Context(), "select $1 from echo", []any{"y"}, &sink{taker: &x}); err != nil || x.rows != 1 || x.bad != "" {
			t.Errorf("%d rows, %q, %v", x.rows, x.bad, err)
		}
		if s := db.Stats(); s.Conns != 1 {
			t.Errorf("%+v", s)
		}
	})
}

// What was the cause is told once where it was the same each time, and can be
// looked for.
func TestAgainTellsCauses(t *testing.T) {
	var a again
	var err error
	other := errors.New("something else")
	for i := 0; err == nil; i++ {
		cause := errStopped
		if i == 3 {
			cause = other
		}
		err = a.over(&OpError{Op: "query", Sent: i == 5, Err: cause})
	}
	e, ok := errors.AsType[*OpError](err)
	if !ok || !e.Sent || !errors.Is(err, errStopped) || !errors.Is(err, other) || a.moves+a.lost != maxMoves+1 {
		t.Errorf("%v after %d", err, a.moves+a.lost)
	}
	if n := strings.Count(err.Error(), errStopped.Error()); n != 2 {
		t.Errorf("%v: the same is told %d times, want 2", err, n)
	}
	refusal := &ServerError{Severity: "ERROR", Code: "26000", Message: "gone"}
	for a, err = (again{}), nil; err == nil; {
		err = a.over(refusal)
	}
	if err != error(refusal) || a.lost != maxAttempts {
		t.Errorf("%v after %d, want the server's own", err, a.lost)
	}
}

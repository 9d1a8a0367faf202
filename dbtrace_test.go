package parley

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/pgtest"
)

// A trace tells of each call on a lane, and how long it waited there; and of each
// wait for a connection.
func TestDBTrace(t *testing.T) {
	var mu sync.Mutex
	var replies []TraceReply
	var waited []TraceWaited
	trace := &Trace{
		Request: func(_ context.Context, q TraceRequest) func(TraceReply) {
			if q.SQL == "" || q.ProcessID == 0 {
				t.Errorf("%+v", q)
			}
			return func(r TraceReply) {
				mu.Lock()
				defer mu.Unlock()
				replies = append(replies, r)
			}
		},
		Wait: func(context.Context) func(TraceWaited) {
			return func(w TraceWaited) {
				mu.Lock()
				defer mu.Unlock()
				waited = append(waited, w)
			}
		},
	}
	db := openDB(t, pgtest.Start(t, pgtest.Config{}), Config{Trace: trace, MaxConns: 1})
	for _, w := range []struct {
		sql  string
		uses int
		code string
	}{{"select $1::int", 3, ""}, {"select 1 / $1::int", 2, "22012"}} {
		for range w.uses {
			db.quick(w.sql)
			if _, err := db.Exec(t.Context(), w.sql, 0); w.code != "" {
				wantCode(t, err, w.code)
			} else if err != nil {
				t.Fatal(err)
			}
		}
	}
	mu.Lock()
	defer mu.Unlock()
	lanes := 0
	for _, r := range replies {
		if r.Lane {
			lanes++
		}
		if r.Duration <= 0 || r.Waited < 0 || r.Waited > r.Duration {
			t.Errorf("%+v", r)
		}
	}
	if len(replies) != 5 || lanes != 3 || replies[1].Tag.String() != "SELECT 1" || replies[4].Err == nil {
		t.Errorf("%d replies, %d from lanes: %+v", len(replies), lanes, replies)
	}
	if len(waited) != 0 {
		t.Errorf("nobody had to wait: %+v", waited)
	}
}

// How long a call has waited for a connection is told, also when it has waited in
// vain.
func TestTraceOfWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var waited []TraceWaited
		trace := &Trace{Wait: func(context.Context) func(TraceWaited) {
			return func(w TraceWaited) { waited = append(waited, w) }
		}}
		db, _ := modelDB(t, Config{Trace: trace, MaxConns: 1})
		held := db.conn(t)
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer stop()
		if _, err := db.Conn(ctx); err == nil {
			t.Error("two callers have the only connection")
		}
		_ = held.Close()
		if len(waited) != 2 || waited[0].Err != nil || waited[1].Err == nil || waited[1].Duration != 10*time.Millisecond {
			t.Errorf("%+v", waited)
		}
	})
}

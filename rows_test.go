package parley

import (
	"errors"
	"strings"
	"testing"
	"time"

	"parley/pgtest"
)

// Close costs little, and never undoes what a statement has done.
func TestRowsClose(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	c := connectRaw(t, server, Config{})
	mustExec(t, c, "create table r (a text)")
	const long = "select repeat('x', 10000) from generate_series(1, 1000)"
	for _, w := range []struct {
		name      string
		sql       string
		next      int // rows to read first
		cancelled bool
		stored    string
		err       string
	}{
		{"short", "select generate_series(1, 10)", 1, false, "0", ""},
		{"not begun", "select generate_series(1, 10)", 0, false, "0", ""},
		{"no rows", "select 1 where false", 1, false, "0", ""},
		{"long", long, 1, true, "0", ""},
		{"long, not begun", "/* a comment */ " + strings.ToUpper(long[:7]) + long[7:], 0, true, "0", ""},
		{"slow", "select g, pg_sleep(case when g > 2 then 30 else 0 end), repeat('x', 10000) from generate_series(1, 10) g", 1, true, "0", ""},
		{"long, and it writes", "insert into r select repeat('x', 10000) from generate_series(1, 1000) returning a", 1, false, "1000", ""},
		{"long, and hides that it writes", "with w as (insert into r select repeat('x', 10000) from generate_series(1, 1000) returning a) select * from w", 1, false, "1000", ""},
		{"fails later", "select 1 / (5 - g) from generate_series(1, 10) g", 1, false, "0", "22012"},
	} {
		for _, config := range []Config{{}, {StatementCache: -1}, {CancelTimeout: -1}} {
			if w.name == "slow" && config.CancelTimeout < 0 {
				continue // it would be waited for
			}
			c := connectRaw(t, server, config)
			for tries, hot := 0, false; ; tries++ { // cold, then hot
				mustExec(t, c, "truncate r")
				rows := c.Query(t.Context(), w.sql)
				for range w.next {
					rows.Next()
				}
				before, began := c.line.Exchanges, time.Now()
				err := rows.Close()
				cancelled, took := c.line.Exchanges > before, time.Since(began)
				if cancelled && !w.cancelled && took > drainTime && tries < 100 {
					continue // it was not long, but the machine was slow
				}
				if w.err == "" && err != nil || w.err != "" && !hasCode(w.err)(err) {
					t.Errorf("%s: %v", w.name, err)
				}
				if cancelled != (w.cancelled && config.CancelTimeout >= 0) {
					t.Errorf("%s: it was cancelled: %v", w.name, cancelled)
				}
				if took > 20*time.Second {
					t.Errorf("%s: it took %v", w.name, took)
				}
				checkAlive(t, c)
				if got := value(t, c, "select count(*) from r"); got != w.stored {
					t.Errorf("%s: %s rows are stored, want %s", w.name, got, w.stored)
				}
				if hot {
					break
				}
				hot = true
			}
		}
	}
}

// In a transaction a long result is read to its end, for cancelling it would
// fail the transaction.
// An error of the statement's own is told by Close also where Close had given up
// reading, and cancelled what had ended already.
func TestRowsCloseTellsTheError(t *testing.T) {
	for _, code := range []string{"22012", queryCanceled} {
		big := pgtest.Row(strings.Repeat("x", drainBytes))
		reply := append(coldReply()[:4:4], big, big, pgtest.Failure(code, "no"), pgtest.Ready(0), pgtest.Ready(0)) // the last for the barrier
		c := hostile(t, bytesOf(t, reply...), "hang", Config{})
		rows := c.Query(t.Context(), "select 1")
		if !rows.Next() {
			t.Fatal(rows.Err())
		}
		if err := rows.Close(); code == queryCanceled && err != nil {
			t.Errorf("it was cancelled: %v", err)
		} else if code != queryCanceled {
			wantCode(t, err, code)
		}
		if !c.Alive() || c.queue.Len() > 0 {
			t.Error("the connection is not at rest")
		}
	}
}

func TestRowsCloseInTx(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	mustExec(t, c, "create temporary table r (a int)")
	const long = "select repeat('x', 1000) from generate_series(1, 10000)"
	for range 2 {
		err := c.Tx(t.Context(), TxOptions{}, func(tx *Tx) error {
			for range 2 { // with BEGIN, and behind it
				rows := tx.Query(t.Context(), long)
				rows.Next()
				if err := rows.Close(); err != nil {
					return err
				}
			}
			_, err := tx.Exec(t.Context(), "insert into r values (1)")
			return err
		})
		if err != nil {
			t.Error(err)
		}
		checkAlive(t, c)
	}
	if got := value(t, c, "select count(*) from r"); got != "2" {
		t.Errorf("%s rows are stored, want 2", got)
	}
}

// Rows outlive nothing: neither their connection nor its server.
func TestRowsOfTheClosed(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	for _, end := range []func(*Rows) error{(*Rows).Close, func(r *Rows) error { r.discard(); return r.Err() }} {
		c := connectRaw(t, server, Config{})
		rows := c.Query(t.Context(), "select generate_series(1, 10000000)")
		rows.Next()
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if err := end(rows); !errors.Is(err, ErrClosed) {
			t.Errorf("%v, want ErrClosed", err)
		}
		if rows.Next() || rows.Raw() != nil {
			t.Error("rows of a closed connection go on")
		}
		checkDead(t, c)
	}
}

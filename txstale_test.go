package parley

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"parley/internal/exchange"
	"parley/pgtest"
	"parley/wire"
)

// firsts are ways to run a SELECT as the first thing in a transaction; each
// returns how many columns came.
func firsts(t *testing.T, c *Conn, sql string) map[string]func(*Tx) (int, error) {
	t.Helper()
	stmt, err := c.Prepare(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	all := func(rows *Rows) (int, error) {
		for rows.Next() {
			if len(rows.Raw()) != len(rows.Columns()) {
				t.Errorf("%d values in %d columns", len(rows.Raw()), len(rows.Columns()))
			}
		}
		return len(rows.Columns()), rows.Err()
	}
	return map[string]func(*Tx) (int, error){
		"query":    func(tx *Tx) (int, error) { return all(tx.Query(t.Context(), sql)) },
		"cursor":   func(tx *Tx) (int, error) { return all(tx.Cursor(t.Context(), 0, sql)) },
		"prepared": func(*Tx) (int, error) { return all(stmt.Query(t.Context())) },
		"batch": func(*Tx) (n int, err error) {
			var b Batch
			b.Exec("insert into w values (1)")
			b.Query(func(i *Item) error { n = len(i.Columns()); return nil }, sql)
			results, err := c.Run(t.Context(), &b)
			if len(results) != 2 {
				t.Errorf("%d results", len(results))
			}
			return n, err
		},
	}
}

// A statement that is stale is prepared again also where it is the first of its
// transaction: the transaction, which has done nothing, is begun anew, as it was.
func TestFirstOfTxIsHealed(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	c, other := connectRaw(t, server, Config{}), connectRaw(t, server, Config{})
	mustExec(t, other, "create table h (a int)")
	mustExec(t, other, "insert into h values (1)")
	mustExec(t, other, "create table w (a int)")
	columns := 1
	spoil := map[string]func(){
		"nothing": func() {},
		"lost":    func() { mustExec(t, c, "do $$ begin execute 'deallocate all'; end $$") },
		"changed": func() {
			mustExec(t, other, fmt.Sprintf("alter table h add b%d text", columns))
			columns++
		},
	}
	for name, first := range firsts(t, c, "select * from h") {
		for reason, spoil := range spoil {
			for range 2 {
				if err := c.Tx(t.Context(), TxOptions{}, func(tx *Tx) error { _, err := first(tx); return err }); err != nil {
					t.Fatal(err)
				}
			}
			mustExec(t, other, "truncate w")
			mustExec(t, c, "do $$ begin end $$")
			spoil()
			tx, err := c.Begin(t.Context(), TxOptions{Isolation: Serializable, Deferrable: true})
			if err != nil {
				t.Fatal(err)
			}
			want := 1
			if reason != "nothing" {
				want = 2
			}
			n := exchanges(c, func() {
				if got, err := first(tx); err != nil || got != columns {
					t.Errorf("%s, %s: %d columns, %v, want %d", name, reason, got, err, columns)
				}
			})
			if n != want {
				t.Errorf("%s, %s: %d exchanges, want %d", name, reason, n, want)
			}
			if got := value(t, tx, "show transaction_isolation"); got != "serializable" || c.status != 'T' {
				t.Errorf("%s, %s: the transaction is %q, status %q", name, reason, got, c.status)
			}
			if err := tx.Commit(t.Context()); err != nil {
				t.Errorf("%s, %s: %v", name, reason, err)
			}
			if got := value(t, other, "select count(*) from w"); name == "batch" && got != "1" || name != "batch" && got != "0" {
				t.Errorf("%s, %s: %s rows were stored", name, reason, got)
			}
			checkAlive(t, c)
		}
	}
}

// One that is not the first fails its transaction, which is told, and can be
// rolled back, to a savepoint as well, though the server has lost all statements.
func TestLaterInTxIsTold(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	lose := "do $$ begin execute 'deallocate all'; end $$"
	for range 3 { // so that all there is was prepared
		err := c.Tx(t.Context(), TxOptions{}, func(tx *Tx) error {
			mustExec(t, c, "select 1")
			return tx.Tx(t.Context(), func(*Tx) error { return nil })
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err := c.Tx(t.Context(), TxOptions{}, func(tx *Tx) error {
		_ = tx.Tx(t.Context(), func(*Tx) error {
			mustExec(t, c, lose)
			_, err := tx.Exec(t.Context(), "select 1")
			wantCode(t, err, "26000")
			return err
		})
		if n := exchanges(c, func() { mustExec(t, c, "select 1") }); n != 1 {
			t.Errorf("after the savepoint: %d exchanges", n)
		}
		mustExec(t, c, lose)
		return nil
	})
	if err != nil {
		t.Errorf("a transaction whose savepoint failed: %v", err)
	}
	for _, end := range []func(*Tx) error{func(tx *Tx) error { return tx.Rollback(t.Context()) }, func(tx *Tx) error { return tx.Commit(t.Context()) }} {
		tx, err := c.Begin(t.Context(), TxOptions{})
		if err != nil {
			t.Fatal(err)
		}
		mustExec(t, c, "select 1")
		mustExec(t, c, lose)
		_, err = tx.Exec(t.Context(), "select 1")
		wantCode(t, err, "26000")
		n := exchanges(c, func() { err = end(tx) })
		if err != nil && !errors.Is(err, ErrRolledBack) || n != 1 {
			t.Errorf("%v, %d exchanges", err, n)
		}
		checkAlive(t, c)
	}
}

// Arguments whose types must be asked for again are asked for in the transaction
// that is begun anew.
func TestFirstOfTxWithBytes(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	const sql = "select $1::bytea"
	for range 3 {
		_ = value(t, c, sql, []byte{0, 1})
		mustExec(t, c, "do $$ begin execute 'deallocate all'; end $$")
		tx, err := c.Begin(t.Context(), TxOptions{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		n := exchanges(c, func() {
			if got := value(t, tx, sql, []byte{0, 1}); got != "\x00\x01" {
				t.Errorf("got %q", got)
			}
		})
		if n != 3 { // in vain, to ask, to run
			t.Errorf("%d exchanges", n)
		}
		if got := value(t, tx, "show transaction_read_only"); got != "on" {
			t.Errorf("read only: %s", got)
		}
		if err := tx.Commit(t.Context()); err != nil {
			t.Error(err)
		}
		checkAlive(t, c)
	}
}

// A batch whose context ends after the server has said that a statement is lost
// is not sent again.
func TestStaleBatchThatEnds(t *testing.T) {
	near, far := pgtest.Pipe(pgtest.PipeConfig{Buffer: -1})
	defer far.Close()
	ctx, stop := context.WithCancel(t.Context())
	cancelled := make(chan struct{})
	c := newConn(&Config{}, session{cancel: func(context.Context) error { close(cancelled); return nil }},
		exchange.NewLine(near, &wire.Buffer{}), map[string]string{}, wire.TxIdle)
	defer c.Close()
	var requests []byte // types of the messages that came
	served := make(chan struct{})
	go func() {
		defer close(served)
		var in wire.Buffer
		for {
			f, err := in.ReadFrame(far, wire.PhaseFrontend)
			if err != nil {
				return
			}
			if requests = append(requests, f.Type); f.Type != 'S' {
				continue
			}
			switch bytes.Count(requests, []byte("S")) {
			case 1:
				_, _ = far.Write(bytesOf(t, coldReply()...))
			case 2:
				_, _ = far.Write(bytesOf(t, pgtest.Failure("26000", "lost")))
				stop()
				<-cancelled
				_, _ = far.Write(bytesOf(t, pgtest.Ready(0)))
			default:
				_, _ = far.Write(bytesOf(t, pgtest.Ready(0)))
			}
		}
	}()
	var b Batch
	b.Exec("select 1")
	if _, err := c.Run(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Run(ctx, &b); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if !c.Alive() || c.queue.Len() > 0 {
		t.Error("the connection is not at rest")
	}
	_ = c.Close()
	<-served
	if got := string(requests); got != "PDBES"+"BES"+"S"+"X" {
		t.Errorf("the messages %q were sent", got)
	}
}

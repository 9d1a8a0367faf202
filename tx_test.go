package parley

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"parley/pgtest"
)

func TestTxOptions(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	for _, w := range []struct {
		options TxOptions
		want    string // isolation, read only, deferrable; or the error
	}{
		{TxOptions{}, "read committed off off"},
		{TxOptions{Isolation: ReadUncommitted}, "read uncommitted off off"},
		{TxOptions{Isolation: RepeatableRead, ReadOnly: true}, "repeatable read on off"},
		{TxOptions{Isolation: Serializable, ReadOnly: true, Deferrable: true}, "serializable on on"},
		{TxOptions{ReadWrite: true}, "read committed off off"},
		{TxOptions{ReadOnly: true, ReadWrite: true}, "cannot be both"},
		{TxOptions{Isolation: "snapshot; drop table x"}, "is no isolation level"},
	} {
		got := ""
		err := c.Tx(t.Context(), w.options, func(tx *Tx) error {
			got = value(t, tx, `select concat_ws(' ', current_setting('transaction_isolation'),
				current_setting('transaction_read_only'), current_setting('transaction_deferrable'))`)
			return nil
		})
		if err != nil {
			got = err.Error()
		}
		if got != w.want && (err == nil || !strings.Contains(got, w.want)) {
			t.Errorf("%+v: %q, want %q", w.options, got, w.want)
		}
		checkAlive(t, c)
	}
}

// How a transaction ends decides what is stored, and leaves a connection that is
// idle or closed, never one that is in a transaction unseen.
func TestTxEnds(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	admin := connectRaw(t, server, Config{})
	mustExec(t, admin, "create table t (a int)")
	mine := errors.New("mine")
	insert := func(tx *Tx) error { _, err := tx.Exec(t.Context(), "insert into t values (1)"); return err }
	fail := func(tx *Tx) error { _, err := tx.Exec(t.Context(), "select 1/0"); return err }
	for _, w := range []struct {
		name   string
		f      func(ctx context.Context, c *Conn, tx *Tx) error
		check  func(error) bool
		stored string
		dead   bool
	}{
		{"commit", func(_ context.Context, _ *Conn, tx *Tx) error { return insert(tx) }, isNil, "1", false},
		{"error", func(_ context.Context, _ *Conn, tx *Tx) error { _ = insert(tx); return mine }, is(mine), "0", false},
		{"error before anything", func(context.Context, *Conn, *Tx) error { return mine }, is(mine), "0", false},
		{"failed statement", func(_ context.Context, _ *Conn, tx *Tx) error { _ = insert(tx); return fail(tx) }, hasCode("22012"), "0", false},
		{"failed first statement", func(_ context.Context, _ *Conn, tx *Tx) error { return fail(tx) }, hasCode("22012"), "0", false},
		{"failure ignored", func(_ context.Context, _ *Conn, tx *Tx) error { _ = insert(tx); _ = fail(tx); return nil }, is(ErrRolledBack), "0", false},
		{"first failure ignored", func(_ context.Context, _ *Conn, tx *Tx) error { _ = fail(tx); return nil }, is(ErrRolledBack), "0", false},
		{"committed by hand", func(ctx context.Context, _ *Conn, tx *Tx) error { _ = insert(tx); return tx.Commit(ctx) }, isNil, "1", false},
		{"rolled back by hand", func(ctx context.Context, _ *Conn, tx *Tx) error { _ = insert(tx); return tx.Rollback(ctx) }, isNil, "0", false},
		{"used after its end", func(ctx context.Context, _ *Conn, tx *Tx) error { _ = tx.Commit(ctx); return insert(tx) }, is(ErrTxDone), "0", false},
		{"ended unseen", func(_ context.Context, c *Conn, tx *Tx) error {
			_ = insert(tx)
			mustExec(t, c, "commit")
			return insert(tx)
		}, is(ErrTxLost), "1", false},
		{"ended unseen, then committed", func(_ context.Context, c *Conn, tx *Tx) error { _ = insert(tx); mustExec(t, c, "rollback"); return nil }, is(ErrTxLost), "0", false},
		{"rows left open", func(ctx context.Context, _ *Conn, tx *Tx) error {
			_ = insert(tx)
			tx.Query(ctx, "select 1")
			return nil
		}, is(ErrBusy), "0", true},
		{"connection closed", func(_ context.Context, c *Conn, tx *Tx) error { _ = insert(tx); return c.Close() }, is(ErrClosed), "0", true},
		{"context ends before COMMIT", func(ctx context.Context, _ *Conn, tx *Tx) error { _ = insert(tx); endContext(ctx); return nil }, is(context.Canceled), "0", false},
		{"context ends before the first", func(ctx context.Context, _ *Conn, tx *Tx) error {
			endContext(ctx)
			_, err := tx.Exec(ctx, "select 1")
			return err
		}, is(context.Canceled), "0", false},
		{"context ends in a statement", func(ctx context.Context, _ *Conn, tx *Tx) error {
			_ = insert(tx)
			time.AfterFunc(5*time.Millisecond, func() { endContext(ctx) })
			_, err := tx.Exec(ctx, "select pg_sleep(60)")
			return err
		}, is(context.Canceled), "0", false},
		{"begun twice", func(ctx context.Context, c *Conn, tx *Tx) error { _, err := c.Begin(ctx, TxOptions{}); return err }, says("in a transaction already"), "0", false},
	} {
		t.Run(w.name, func(t *testing.T) {
			c := connectRaw(t, server, Config{})
			for range 2 { // cold, then hot
				mustExec(t, admin, "truncate t")
				if err := runStoppable(t, c, w.f); !w.check(err) {
					t.Errorf("error %v", err)
				}
				if w.dead {
					checkDead(t, c)
					awaitGone(t, admin, c)
					c = connectRaw(t, server, Config{})
				}
				checkAlive(t, c)
				if got := value(t, admin, "select count(*) from t"); got != w.stored {
					t.Errorf("%s rows are stored, want %s", got, w.stored)
				}
			}
		})
	}
}

// runStoppable runs a transaction under a context that endContext ends.
func runStoppable(t *testing.T, c *Conn, f func(context.Context, *Conn, *Tx) error) error {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ctx = context.WithValue(ctx, stopKey{}, stop)
	return c.Tx(ctx, TxOptions{}, func(tx *Tx) error { return f(ctx, c, tx) })
}

type stopKey struct{}

// endContext ends the context of a transaction's function.
func endContext(ctx context.Context) { ctx.Value(stopKey{}).(context.CancelFunc)() }

func isNil(err error) bool           { return err == nil }
func is(want error) func(error) bool { return func(err error) bool { return errors.Is(err, want) } }
func says(text string) func(error) bool {
	return func(err error) bool { return err != nil && strings.Contains(err.Error(), text) }
}
func hasCode(code string) func(error) bool {
	return func(err error) bool { e, ok := errors.AsType[*ServerError](err); return ok && e.Code == code }
}

// awaitGone waits until the server has noticed that a connection is gone.
func awaitGone(t *testing.T, admin, c *Conn) {
	t.Helper()
	for value(t, admin, "select count(*) from pg_stat_activity where pid = $1::int", int64(c.ProcessID())) != "0" {
		continue
	}
}

func TestTxPanics(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	mustExec(t, c, "create temporary table t (a int)")
	func() {
		defer func() { _ = recover() }()
		_ = c.Tx(t.Context(), TxOptions{}, func(tx *Tx) error {
			mustExec(t, c, "insert into t values (1)")
			return tx.Tx(t.Context(), func(*Tx) error { panic("on purpose") })
		})
	}()
	checkAlive(t, c)
	if got := value(t, c, "select count(*) from t"); got != "0" {
		t.Errorf("%s rows are stored, want 0", got)
	}
	func() { // a panic in the middle of a reply
		defer func() { _ = recover() }()
		var b Batch
		b.Query(func(*Item) error { panic("on purpose") }, "select generate_series(1, 10)")
		_, _ = c.Run(t.Context(), &b)
	}()
	checkDead(t, c)
}

func TestSavepoints(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	ctx := t.Context()
	mustExec(t, c, "create temporary table t (a int)")
	insert := func(tx *Tx, n int) {
		t.Helper()
		if _, err := tx.Exec(ctx, "insert into t values ($1)", n); err != nil {
			t.Error(err)
		}
	}
	var outer, inner *Tx
	err := c.Tx(ctx, TxOptions{}, func(tx *Tx) error {
		outer = tx
		insert(tx, 1)
		for range 3 {
			err := tx.Tx(ctx, func(sp *Tx) error {
				inner = sp
				insert(sp, 2)
				_, err := sp.Exec(ctx, "select 1/0")
				return err
			})
			wantCode(t, err, "22012")
		}
		if err := inner.Commit(ctx); !errors.Is(err, ErrTxDone) {
			t.Errorf("a savepoint that was rolled back: %v", err)
		}
		return tx.Tx(ctx, func(sp *Tx) error {
			insert(sp, 3)
			_ = sp.Tx(ctx, func(deep *Tx) error { insert(deep, 4); return deep.Rollback(ctx) })
			inner, _ = sp.Begin(ctx)
			insert(inner, 5)
			return nil
		})
	})
	if err != nil {
		t.Error(err)
	}
	for _, tx := range []*Tx{outer, inner} {
		if _, err := tx.Exec(ctx, "select 1"); !errors.Is(err, ErrTxDone) {
			t.Errorf("after the end: %v", err)
		}
	}
	if got := value(t, c, "select string_agg(a::text, ' ' order by a) from t"); got != "1 3 5" {
		t.Errorf("stored %s", got)
	}
	n := exchanges(c, func() {
		_ = c.Tx(ctx, TxOptions{}, func(tx *Tx) error {
			return tx.Tx(ctx, func(sp *Tx) error { return nil })
		})
	})
	if n != 3 { // BEGIN with SAVEPOINT, RELEASE, COMMIT
		t.Errorf("a transaction with a savepoint took %d exchanges", n)
	}
	checkAlive(t, c)
}

// Savepoints beside each other are not mistaken for one another: rolling back
// the older one takes the younger one with it.
func TestSavepointsBesideEachOther(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	ctx := t.Context()
	mustExec(t, c, "create temporary table t (a int)")
	err := c.Tx(ctx, TxOptions{}, func(tx *Tx) error {
		var saved []*Tx
		for i := range 3 {
			sp, err := tx.Begin(ctx)
			if err != nil {
				t.Fatal(err)
			}
			saved = append(saved, sp)
			mustExec(t, c, "insert into t values ($1)", i)
		}
		return saved[1].Rollback(ctx)
	})
	if err != nil {
		t.Error(err)
	}
	if got := value(t, c, "select string_agg(a::text, ' ' order by a) from t"); got != "0" {
		t.Errorf("stored %q, want 0", got)
	}
}

// BEGIN travels with whatever comes first.
func TestTxFirstUse(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	ctx := t.Context()
	mustExec(t, c, "create temporary table t (a int)")
	for _, w := range []struct {
		name string
		want int // exchanges, ROLLBACK included
		f    func(tx *Tx) error
	}{
		{"query", 2, func(tx *Tx) error { return tx.Query(ctx, "select 1").Close() }},
		{"bytes", 3, func(tx *Tx) error { _, err := tx.Exec(ctx, "select $1::bytea -- first", []byte{1}); return err }},
		{"batch", 2, func(tx *Tx) error { runBatch(t, tx.Conn(), "select 1", "select 2"); return nil }},
		{"separate batch", 2, func(tx *Tx) error { return runSeparate(t, tx.Conn()) }},
		{"prepare", 2, func(tx *Tx) error { _, err := tx.Conn().Prepare(ctx, "select 3"); return err }},
		{"script", 3, func(tx *Tx) error { _, err := tx.Conn().Script(ctx, "select 1; select 2"); return err }},
		{"copy in", 4, func(tx *Tx) error {
			_, err := tx.Conn().CopyFrom(ctx, strings.NewReader("1\n"), "copy t from stdin")
			return err
		}},
		{"copy out", 3, func(tx *Tx) error { _, err := tx.Conn().CopyTo(ctx, new(bytes.Buffer), "copy t to stdout"); return err }},
		{"empty batch", 0, func(tx *Tx) error { runBatch(t, tx.Conn()); return nil }},
		{"savepoint", 2, func(tx *Tx) error { _, err := tx.Begin(ctx); return err }},
	} {
		stop := errors.New("roll back")
		n := exchanges(c, func() {
			err := c.Tx(ctx, TxOptions{}, func(tx *Tx) error {
				if err := w.f(tx); err != nil {
					t.Errorf("%s: %v", w.name, err)
				}
				if w.want > 0 && c.status != 'T' {
					t.Errorf("%s: the status is %q, no transaction was begun", w.name, c.status)
				}
				return stop
			})
			if err != stop {
				t.Errorf("%s: %v", w.name, err)
			}
		})
		if n != w.want {
			t.Errorf("%s: %d exchanges, want %d", w.name, n, w.want)
		}
		checkAlive(t, c)
	}
}

func runSeparate(t *testing.T, c *Conn) error {
	b := Batch{Separate: true}
	b.Exec("select 1")
	b.Exec("select 2")
	_, err := c.Run(t.Context(), &b)
	return err
}

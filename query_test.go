package parley

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/pgtest"
	"parley/pgtype"
)

// What a caller gets wrong is told without harm to the connection.
func TestQueryMistakes(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	secret := "a value nobody may see"
	for _, w := range []struct {
		sql  string
		args []any
		cold string // what the error says at the first use
		hot  string // and later; "": the same
	}{
		{"select $1::int", nil, "SQLSTATE 08P01", "0 arguments for 1 parameters"},
		{"select $1::text", []any{"a", secret}, "SQLSTATE 08P01", "2 arguments for 1 parameters"},
		{"select $1::int + 0", []any{int64(math.MaxInt64)}, "SQLSTATE 22003", "argument $1 (int64, for type int4): the value is out of the range"},
		{"select $1::int2 + 0", []any{1 << 20}, "SQLSTATE 22003", "argument $1 (int, for type int2): the value is out of the range"},
		{"select $1", []any{struct{ s string }{secret}}, "argument $1 (struct { s string }, for type text): struct { s string } and text have no conversion", ""},
		{"select 1, $2::text, $1::int", []any{1, make(chan int)}, "argument $2 (chan int, for type text): chan int and text have no conversion", ""},
		{"select $1::int -- wide", make([]any, 70000), "70000 arguments, at most 65535", ""},
		{"select 'x\x00y'", nil, "NUL", ""},
		{"select $1::text -- \x00", []any{secret}, "NUL", ""},
		{"select $1::text || 'x'", []any{"a\x00b"}, "zero byte", ""},
		{"copy (select 1) from stdin", nil, "SQLSTATE 42601", ""},
	} {
		for i := range 2 {
			_, err := c.Exec(t.Context(), w.sql, w.args...)
			want := w.cold
			if i > 0 && w.hot != "" {
				want = w.hot
			}
			wantText(t, err, want)
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error tells a value: %v", err)
			}
			checkAlive(t, c)
		}
	}
}

func TestRowsOutOfTurn(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	rows := c.Query(t.Context(), "select 1 as a, null::text as b, 'x'::text as c")
	var a int
	var b, s string
	if err := rows.Scan(&a, &b, &s); err == nil || rows.Raw() != nil {
		t.Errorf("before Next: Scan %v, Raw %v", err, rows.Raw())
	}
	if !rows.Next() || len(rows.Raw()) != 3 || rows.Raw()[1] != nil {
		t.Fatalf("the row: %q, %v", rows.Raw(), rows.Err())
	}
	wantText(t, rows.Scan(&a, &b, &s), `column "b" (number 2, of type text) into string: it is NULL`)
	wantText(t, rows.Scan(&a), "1 variables for 3 columns")
	wantText(t, rows.Scan(&a, new(any), new(bool)), `column "c" (number 3, of type text) into bool: `)
	wantText(t, rows.Scan(&a, new(any), new(complex128)), "text and complex128 have no conversion")
	values, err := rows.Values()
	if err != nil || values[0] != int32(1) || values[1] != nil || values[2] != "x" {
		t.Errorf("values %v, %v", values, err)
	}
	if rows.Next() || rows.Err() != nil || rows.Raw() != nil || rows.Tag().String() != "SELECT 1" {
		t.Errorf("at the end: %q, %v, tag %v", rows.Raw(), rows.Err(), rows.Tag())
	}
	for range 2 {
		if err := rows.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	wantText(t, rows.Scan(&a, &b, &s), "there is no row")
	refused := &Rows{}
	refused.refuse(ErrBusy)
	if refused.Next() || refused.Columns() != nil || refused.Format(0) != 0 || refused.Format(-1) != 0 || refused.Close() != ErrBusy {
		t.Error("rows that never were are not at their end")
	}
	checkAlive(t, c)
}

// A statement's rows come as text when it is cold and in binary when it is hot,
// and mean the same.
func TestColdAndHotAreTheSame(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	const sql = `select 1::int2, -2::int4, 3::int8, 1.5::float4, -2.25::float8, true, 'text'::text, 'v'::varchar, 'b'::bpchar,
		'n'::name, '\x00ff'::bytea, 7::oid, 1.10::numeric, null::int, $1::text, $2::bytea, date '2001-02-03'`
	numeric, err := pgtype.ParseNumeric("1.10")
	if err != nil {
		t.Fatal(err)
	}
	want := []any{int16(1), int32(-2), int64(3), float32(1.5), -2.25, true, "text", "v", "b", "n", []byte{0, 255}, uint32(7),
		numeric, nil, "arg", []byte{1, 0}, time.Date(2001, 2, 3, 0, 0, 0, 0, time.UTC)}
	for name, config := range map[string]Config{"cached": {}, "unnamed": {StatementCache: -1}} {
		c := connectRaw(t, server, config)
		for i := range 3 {
			rows := c.Query(t.Context(), sql, "arg", []byte{1, 0})
			if !rows.Next() {
				t.Fatal(rows.Err())
			}
			values, err := rows.Values()
			if err != nil {
				t.Fatal(err)
			}
			for j, v := range values {
				if b, ok := want[j].([]byte); ok {
					if got, _ := v.([]byte); !bytes.Equal(got, b) {
						t.Errorf("%s, use %d, column %d: %v, want %v", name, i, j, v, b)
					}
				} else if v != want[j] {
					t.Errorf("%s, use %d, column %d: %v, want %v", name, i, j, v, want[j])
				}
			}
			if err := rows.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// COPY has its own methods; elsewhere it fails at once and harms nothing.
func TestCopyElsewhere(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	mustExec(t, c, "create temporary table t (a int)")
	const in = "copy t from stdin"
	stmt, err := c.Prepare(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	for what, f := range map[string]func() error{
		"exec":    func() error { _, err := c.Exec(t.Context(), in); return err },
		"query":   func() error { return c.Query(t.Context(), in).Close() },
		"prepare": func() error { _, err := stmt.Exec(t.Context()); return err },
		"script":  func() error { _, err := c.Script(t.Context(), "select 1;"+in+"; select 2"); return err },
		"copy to": func() error { _, err := c.CopyTo(t.Context(), io.Discard, in); return err },
		"tx": func() error {
			return c.Tx(t.Context(), TxOptions{}, func(tx *Tx) error { _, err := tx.Exec(t.Context(), in); return err })
		},
	} {
		for range 2 {
			err := f()
			wantCode(t, err, "57014")
			wantText(t, err, "only CopyFrom sends data")
			checkAlive(t, c)
		}
		_ = what
	}
	var b Batch
	b.Exec("select 1")
	b.Exec("/* a comment */ COPY t from stdin")
	_, err = c.Run(t.Context(), &b)
	wantText(t, err, "statement 1 of the batch: a COPY cannot be part of a batch")
	checkAlive(t, c)
	if tag := mustExec(t, c, "copy t to stdout"); tag.String() != "COPY 0" {
		t.Errorf("copy out: %v", tag)
	}
	checkAlive(t, c)
}

func TestContextsThatEnd(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	c := connectRaw(t, server, Config{})
	cause := errors.New("enough")
	ended, end := context.WithCancelCause(t.Context())
	end(cause)
	mustExec(t, c, "create temporary table t (a int)")
	for name, f := range map[string]func(context.Context) error{
		"exec":   func(ctx context.Context) error { _, err := c.Exec(ctx, "select pg_sleep(600)"); return err },
		"query":  func(ctx context.Context) error { return c.Query(ctx, "select pg_sleep(600)").Close() },
		"script": func(ctx context.Context) error { _, err := c.Script(ctx, "select pg_sleep(600); select 1"); return err },
		"copy to": func(ctx context.Context) error {
			_, err := c.CopyTo(ctx, io.Discard, "copy (select pg_sleep(600)) to stdout")
			return err
		},
		"copy from": func(ctx context.Context) error {
			_, err := c.CopyFrom(ctx, forever{ctx}, "copy t from stdin")
			return err
		},
		"batch":    func(ctx context.Context) error { return runSleeps(ctx, c, false) },
		"separate": func(ctx context.Context) error { return runSleeps(ctx, c, true) },
		"wait":     func(ctx context.Context) error { _, err := c.WaitNotification(ctx); return err },
		"bytes": func(ctx context.Context) error {
			_, err := c.Exec(ctx, "select pg_sleep(600), $1::bytea", []byte{1})
			return err
		},
		"transaction": func(ctx context.Context) error {
			return c.Tx(ctx, TxOptions{}, func(tx *Tx) error { _, err := tx.Exec(ctx, "select pg_sleep(600)"); return err })
		},
		"prepared": func(ctx context.Context) error {
			stmt, err := c.Prepare(ctx, "select pg_sleep(600)")
			if err != nil {
				return err
			}
			_, err = stmt.Exec(ctx)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := f(ended)
			if e, ok := errors.AsType[*OpError](err); !ok || e.Sent || !errors.Is(err, cause) {
				t.Errorf("a context that has ended: %v, want its cause and nothing sent", err)
			}
			for range 2 {
				ctx, stop := onceRunning(t, server, "("+asleep+" or query like 'copy t from%')")
				if name == "wait" {
					stop() // nothing runs then
					ctx, stop = context.WithTimeoutCause(t.Context(), 20*time.Millisecond, errStopped)
				}
				err = f(ctx)
				stop()
				if e, ok := errors.AsType[*OpError](err); !ok || !errors.Is(err, errStopped) || name != "wait" && !e.Sent {
					t.Errorf("a context that ends: %v, want its cause", err)
				}
				checkAlive(t, c)
			}
		})
	}
}

func runSleeps(ctx context.Context, c *Conn, separate bool) error {
	b := Batch{Separate: separate}
	for range 5 {
		b.Exec("select pg_sleep(600)")
	}
	_, err := c.Run(ctx, &b)
	return err
}

// forever gives rows without end, until its context ends.
type forever struct{ ctx context.Context }

func (f forever) Read(p []byte) (int, error) {
	return copy(p, strings.Repeat("1\n", len(p)/2)), nil
}

// A connection is used by several goroutines, which it must refuse in order;
// one of them closes it.
func TestBusyAndClose(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	for range 20 {
		c := connectRaw(t, server, Config{})
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				for {
					var err error
					switch i {
					case 0:
						_, err = c.Exec(t.Context(), "select pg_sleep(0.0005)")
					case 1:
						err = c.Tx(t.Context(), TxOptions{}, func(tx *Tx) error { _, err := tx.Exec(t.Context(), "select 1"); return err })
					case 2:
						err = c.Query(t.Context(), "select generate_series(1, 10)").Close()
					case 3:
						c.Setting("TimeZone")
						c.Alive()
						var b Batch
						b.Exec("select 1")
						_, err = c.Run(t.Context(), &b)
					}
					switch {
					case errors.Is(err, ErrClosed):
						return
					case err == nil, errors.Is(err, ErrBusy), errors.Is(err, ErrTxLost):
					case strings.Contains(err.Error(), "in a transaction already"):
					default:
						t.Errorf("goroutine %d: %v", i, err)
						return
					}
				}
			})
		}
		_ = connectRaw(t, server, Config{}) // takes about as long as some statements
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		wg.Wait()
		checkDead(t, c)
	}
}

func TestServerGoesAway(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	admin := connectRaw(t, server, Config{})
	kill := func(c *Conn) { mustExec(t, admin, "select pg_terminate_backend($1::int, 5000)", int64(c.ProcessID())) }
	t.Run("idle", func(t *testing.T) {
		c := connectRaw(t, server, Config{})
		kill(c)
		_, err := c.Exec(t.Context(), "select 1")
		wantCode(t, err, "57P01")
		if _, ok := errors.AsType[*OpError](err); !ok {
			t.Errorf("%T, want an OpError", err)
		}
		checkDead(t, c)
	})
	t.Run("idle, a long request", func(t *testing.T) {
		c := connectRaw(t, server, Config{})
		kill(c)
		_, err := c.Exec(t.Context(), "select $1::text", strings.Repeat("x", 10<<20))
		wantCode(t, err, "57P01")
		checkDead(t, c)
	})
	t.Run("waiting", func(t *testing.T) {
		c := connectRaw(t, server, Config{})
		kill(c)
		_, err := c.WaitNotification(t.Context())
		wantCode(t, err, "57P01")
		checkDead(t, c)
	})
	t.Run("busy", func(t *testing.T) {
		c := connectRaw(t, server, Config{})
		failed := make(chan error, 1)
		go func() { _, err := c.Exec(t.Context(), "select pg_sleep(60)"); failed <- err }()
		for value(t, admin, "select count(*) from pg_stat_activity where pid = $1::int and wait_event = 'PgSleep'", int64(c.ProcessID())) != "1" {
			continue
		}
		kill(c)
		err := <-failed
		wantCode(t, err, "57P01")
		if e, ok := errors.AsType[*OpError](err); !ok || !e.Sent {
			t.Errorf("%v: want an OpError that was sent", err)
		}
		checkDead(t, c)
	})
	t.Run("in the middle of rows", func(t *testing.T) {
		c := connectRaw(t, server, Config{})
		rows := c.Query(t.Context(), "select repeat('x', 1000) from generate_series(1, 1000000)")
		rows.Next()
		kill(c)
		for rows.Next() {
		}
		if e, ok := errors.AsType[*OpError](rows.Err()); !ok || !e.Sent {
			t.Errorf("%v: want an OpError that was sent", rows.Err())
		}
		checkDead(t, c)
	})
	t.Run("stopped", func(t *testing.T) {
		c := connectRaw(t, server, Config{})
		if err := server.Stop(t.Context(), pgtest.Immediate); err != nil {
			t.Fatal(err)
		}
		_, err := c.Exec(t.Context(), "select 1")
		if _, ok := errors.AsType[*OpError](err); !ok {
			t.Errorf("%v, want an OpError", err)
		}
		checkDead(t, c)
	})
}

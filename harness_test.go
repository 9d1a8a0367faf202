package parley

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/exchange"
	"parley/pgtest"
	"parley/wire"
)

type dialFunc = func(context.Context) (net.Conn, error)

// connectRaw starts a session by hand, over trust authentication, so that the
// tests of Conn stand on nothing but Conn.
func connectRaw(t testing.TB, server *pgtest.Server, config Config) *Conn {
	t.Helper()
	return connectVia(t, func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", server.Socket())
	}, server.User(), server.Database(), config)
}

// connectVia is connectRaw over any connection. A server under load may need
// longer to cancel than a user would wait.
func connectVia(t testing.TB, dial dialFunc, user, database string, config Config) *Conn {
	t.Helper()
	if config.CancelTimeout == 0 {
		config.CancelTimeout = time.Minute
	}
	nc, err := dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	startup := &wire.StartupMessage{Version: wire.Version30, Parameters: []wire.Parameter{
		{Name: "user", Value: user}, {Name: "database", Value: database}}}
	msg, err := startup.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nc.Write(msg); err != nil {
		t.Fatal(err)
	}
	in, key, settings := awaitReady(t, nc)
	cancel := func(ctx context.Context) error { return cancelRaw(ctx, dial, key) }
	c := newConn(&config, session{processID: key.ProcessID, version: wire.Version30, cancel: cancel},
		exchange.NewLine(nc, in), settings, wire.TxIdle)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func awaitReady(t testing.TB, nc net.Conn) (*wire.Buffer, wire.CancelRequest, map[string]string) {
	t.Helper()
	if err := nc.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	in := &wire.Buffer{}
	settings := map[string]string{}
	var key wire.BackendKeyData
	for {
		f, err := in.ReadFrame(nc, wire.PhaseBackend)
		if err != nil {
			t.Fatal(err)
		}
		switch f.Type {
		case 'E':
			t.Fatalf("startup failed: %q", f.Body)
		case 'S':
			var m wire.ParameterStatus
			if err := m.Parse(f.Body); err != nil {
				t.Fatal(err)
			}
			settings[m.Name] = m.Value
		case 'K':
			if err := key.Parse(append([]byte{}, f.Body...)); err != nil {
				t.Fatal(err)
			}
		case 'Z':
			_ = nc.SetReadDeadline(time.Time{})
			return in, wire.CancelRequest(key), settings
		}
	}
}

func cancelRaw(ctx context.Context, dial dialFunc, m wire.CancelRequest) error {
	nc, err := dial(ctx)
	if err != nil {
		return err
	}
	defer nc.Close()
	if deadline, ok := ctx.Deadline(); ok {
		_ = nc.SetDeadline(deadline)
	}
	msg, err := m.Append(nil)
	if err != nil {
		return err
	}
	if _, err := nc.Write(msg); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, nc)
	return err
}

// onceRunning returns a context that ends, with errStopped, once pg_stat_activity
// has a client's session of which a condition is true, however long that takes.
func onceRunning(t *testing.T, server *pgtest.Server, condition string) (ctx context.Context, stop func()) {
	t.Helper()
	ctx, end := context.WithCancelCause(t.Context())
	admin := connectRaw(t, server, Config{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil {
			running, err := One[bool](ctx, admin, "select count(*) > 0 from pg_stat_activity where pid <> pg_backend_pid() and state = 'active' and "+condition)
			if err != nil && ctx.Err() == nil {
				t.Error(err)
			}
			if err != nil || running {
				end(errStopped)
			}
		}
	})
	return ctx, func() {
		end(nil)
		wg.Wait()
		_ = admin.Close()
	}
}

// asleep is when a session runs pg_sleep.
const asleep = "wait_event = 'PgSleep'"

// exchanges runs f and returns how many exchanges it cost.
func exchanges(c *Conn, f func()) int {
	before := c.line.Exchanges
	f()
	return c.line.Exchanges - before
}

// mustExec runs a statement that must succeed.
func mustExec(t testing.TB, c *Conn, sql string, args ...any) Tag {
	t.Helper()
	tag, err := c.Exec(t.Context(), sql, args...)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return tag
}

type queryer interface {
	Query(ctx context.Context, sql string, args ...any) *Rows
}

// value runs a statement that returns one value, and returns it as text.
func value(t testing.TB, c queryer, sql string, args ...any) string {
	t.Helper()
	rows := c.Query(t.Context(), sql, args...)
	var got string
	n := 0
	for ; rows.Next(); n++ {
		if err := rows.Scan(&got); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	if rows.Err() != nil || n != 1 {
		t.Fatalf("%s: %d rows, %v", sql, n, rows.Err())
	}
	return got
}

// checkAlive checks that a connection works, is idle, owes nothing, and is that
// of the same backend as ever.
func checkAlive(t testing.TB, c *Conn) {
	t.Helper()
	rows := c.Query(t.Context(), "select pg_backend_pid()")
	var pid int64
	for rows.Next() {
		if err := rows.Scan(&pid); err != nil {
			t.Fatal(err)
		}
	}
	if rows.Err() != nil || uint32(pid) != c.ProcessID() {
		t.Fatalf("the connection is not what it was: backend %d, was %d; %v", pid, c.ProcessID(), rows.Err())
	}
	if c.status != wire.TxIdle || c.queue.Len() != 0 || c.busy != "" || len(c.parts) != 0 || len(c.out) != 0 {
		t.Fatalf("the connection is not at rest: status %q, %d parts owed, busy with %q, %d parts and %d bytes half made",
			c.status, c.queue.Len(), c.busy, len(c.parts), len(c.out))
	}
}

// checkDead checks that a connection says that it is closed.
func checkDead(t testing.TB, c *Conn) {
	t.Helper()
	_, err := c.Exec(t.Context(), "select 1")
	if !errors.Is(err, ErrClosed) || c.Alive() {
		t.Errorf("the connection says %v (alive: %v), want ErrClosed", err, c.Alive())
	}
	if e, ok := errors.AsType[*OpError](err); !ok || e.Sent {
		t.Errorf("%v: want an OpError that was not sent", err)
	}
}

// wantCode checks for a ServerError.
func wantCode(t testing.TB, err error, code string) *ServerError {
	t.Helper()
	e, ok := errors.AsType[*ServerError](err)
	if !ok || e.Code != code {
		t.Fatalf("%v, want SQLSTATE %s", err, code)
	}
	return e
}

// wantText checks that an error says something.
func wantText(t testing.TB, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("%v, want %q in it", err, text)
	}
}

package parley

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"parley/pgtest"
)

// outcome writes a result of a batch in a word.
func outcome(r BatchResult) string {
	switch e, ok := errors.AsType[*ServerError](r.Err); {
	case ok:
		return e.Code
	case r.Err == ErrSkipped:
		return "skipped"
	case r.Err != nil:
		return r.Err.Error()
	}
	return r.Tag.String()
}

func TestBatchResults(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	for _, w := range []struct {
		name  string
		texts []string
		want  string // together
		apart string // separate
	}{
		{"all well", []string{"select 1", "insert into t values (1)", ""}, "SELECT 1, INSERT 0 1, ", "SELECT 1, INSERT 0 1, "},
		{"one fails in the end", []string{"select 1", "select 2", "select 1/0"}, "SELECT 1, SELECT 1, 22012", "SELECT 1, SELECT 1, 22012"},
		{"one fails at first", []string{"select 1/0", "select 1", "select 2"}, "22012, skipped, skipped", "22012, SELECT 1, SELECT 1"},
		{"one cannot be prepared", []string{"select 1", "selec 2", "select 3"}, "SELECT 1, 42601, skipped", "SELECT 1, 42601, SELECT 1"},
		{"one cannot be prepared, twice", []string{"select x", "select x"}, "42703, skipped", "42703, 42703"},
		{"one text many times", []string{"select 5", "select 5", "select 5"}, "SELECT 1, SELECT 1, SELECT 1", "SELECT 1, SELECT 1, SELECT 1"},
		{"one text many times, and all are forgotten in between", []string{"select 5", "select 5", "deallocate all", "select 5", "select 5", "selec", "select 5"},
			"SELECT 1, SELECT 1, DEALLOCATE ALL, SELECT 1, SELECT 1, 42601, skipped", "SELECT 1, SELECT 1, DEALLOCATE ALL, SELECT 1, SELECT 1, 42601, SELECT 1"},
		{"two texts in turn", []string{"select 5", "select 5", "select 6, 7", "select 5", "select 6, 7", "select 6, 7"},
			"SELECT 1, SELECT 1, SELECT 1, SELECT 1, SELECT 1, SELECT 1", "SELECT 1, SELECT 1, SELECT 1, SELECT 1, SELECT 1, SELECT 1"},
		{"what one makes the next uses", []string{"create temporary table n (a int)", "insert into n values (1)", "drop table n"},
			"CREATE TABLE, INSERT 0 1, DROP TABLE", "CREATE TABLE, INSERT 0 1, DROP TABLE"},
		{"a transaction of its own", []string{"begin", "select 1/0", "rollback", "select 1"}, "BEGIN, 22012, skipped, skipped", "BEGIN, 22012, ROLLBACK, SELECT 1"},
	} {
		for _, config := range []Config{{}, {StatementCache: -1}, {StatementCache: 1}} {
			c := connectRaw(t, server, config)
			mustExec(t, c, "create temporary table t (a int)")
			for _, separate := range []bool{false, true} {
				b := Batch{Separate: separate}
				for _, sql := range w.texts {
					b.Exec(sql)
				}
				want := w.want
				if separate {
					want = w.apart
				}
				for use := range 3 {
					results, err := c.Run(t.Context(), &b)
					var got []string
					for i, r := range results {
						got = append(got, outcome(r))
						if e, ok := errors.AsType[*ServerError](r.Err); ok && (e.Index != i || e.SQL != w.texts[i]) {
							t.Errorf("%s: the error of %d says it is that of %d, %q", w.name, i, e.Index, e.SQL)
						}
					}
					if strings.Join(got, ", ") != want {
						t.Errorf("%s (separate: %v, cache %d, use %d): %q, want %q", w.name, separate, config.StatementCache, use, got, want)
					}
					if failed := strings.Contains(want, "22012") || strings.Contains(want, "42"); failed != (err != nil) {
						t.Errorf("%s: error %v", w.name, err)
					}
					if c.status != 'I' {
						mustExec(t, c, "rollback")
					}
					checkAlive(t, c)
				}
			}
		}
	}
}

func TestBatchRows(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	for range 3 {
		var b Batch
		var got []string
		each := func(i *Item) error {
			var n int
			var s string
			if err := i.Scan(&n, &s); err != nil {
				return err
			}
			got = append(got, fmt.Sprintf("%d %d %s %d %d", i.Index(), n, s, len(i.Columns()), len(i.Raw())))
			values, err := i.Values()
			if err != nil || values[0] != int32(n) || i.Format(0) > 1 {
				t.Errorf("values %v, %v", values, err)
			}
			return nil
		}
		b.Query(each, "select g, $1::text from generate_series(1, 2) g", "a")
		b.Exec("select 'dropped'")
		b.Query(each, "select g, $1::text from generate_series(1, 2) g", "b")
		if b.Len() != 3 {
			t.Errorf("%d statements", b.Len())
		}
		if _, err := c.Run(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if want := "0 1 a 2 2,0 2 a 2 2,2 1 b 2 2,2 2 b 2 2"; strings.Join(got, ",") != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for _, empty := range []*Batch{nil, {}, {Separate: true}} {
		if results, err := c.Run(t.Context(), empty); len(results) != 0 || err != nil {
			t.Errorf("nothing to do: %v, %v", results, err)
		}
	}
	mine := errors.New("mine")
	calls := 0
	var b Batch
	b.Query(func(*Item) error { calls++; return mine }, "select generate_series(1, 1000)")
	b.Query(func(*Item) error { calls++; return nil }, "select 1")
	if results, err := c.Run(t.Context(), &b); err != mine || calls != 1 || results[1].Tag.String() != "SELECT 1" {
		t.Errorf("a function that fails: %v, %d calls, %v", err, calls, results)
	}
	b = Batch{}
	b.Exec("select 1")
	b.Exec("select $1", make(chan int))
	_, err := c.Run(t.Context(), &b)
	wantText(t, err, "statement 1 of the batch: argument $1 (chan int, for type text)")
	checkAlive(t, c)
}

// Bytes are never mistaken for the text of something, wherever they stand.
func TestBatchBytes(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	raw := []byte(`\x41`)
	for _, config := range []Config{{}, {StatementCache: -1}, {StatementCache: 2}} {
		for _, separate := range []bool{false, true} {
			c := connectRaw(t, server, config)
			got := []string{}
			each := func(i *Item) error {
				var s []byte
				err := i.Scan(&s)
				got = append(got, string(s))
				return err
			}
			for range 2 {
				b := Batch{Separate: separate}
				b.Exec("create temporary table n (a bytea)")
				b.Exec("insert into n values ($1)", raw) // cannot be described before its turn
				b.Query(each, "select a from n")
				b.Exec("drop table n")
				for i := range 4 {
					b.Query(each, fmt.Sprintf("select $1::bytea, %d", i)[:16], raw)
				}
				b.Query(each, "select $1::json::text", []byte(`{"a": 1}`))
				if _, err := c.Run(t.Context(), &b); err != nil {
					t.Fatalf("cache %d, separate %v: %v", config.StatementCache, separate, err)
				}
				checkAlive(t, c)
			}
			want := strings.Repeat(strings.Repeat(`\x41,`, 5)+`{"a": 1},`, 2)
			if strings.Join(got, ",")+"," != want {
				t.Errorf("cache %d, separate %v: %q, want %q", config.StatementCache, separate, got, want)
			}
		}
	}
}

// smallBuffers are connections that block as early as they can.
func smallBuffers(t *testing.T, server *pgtest.Server) map[string]dialFunc {
	shrink := func(network, address string, read, write int) dialFunc {
		return func(ctx context.Context) (net.Conn, error) {
			nc, err := (&net.Dialer{}).DialContext(ctx, network, address)
			if b, ok := nc.(interface {
				SetReadBuffer(int) error
				SetWriteBuffer(int) error
			}); ok {
				_, _ = b.SetReadBuffer(read), b.SetWriteBuffer(write)
			}
			return nc, err
		}
	}
	unix := func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", server.Socket())
	}
	return map[string]dialFunc{"unix": unix, "unix, small": shrink("unix", server.Socket(), 8<<10, 8<<10),
		"tcp, small":   shrink("tcp", server.TCPAddr(), 128<<10, 64<<10), // less, and TCP crawls
		"pipe of 4 KB": func(ctx context.Context) (net.Conn, error) { return throughPipe(ctx, t, unix, 4096) }}
}

// throughPipe connects through a pipe that holds so many bytes.
func throughPipe(ctx context.Context, t *testing.T, dial dialFunc, capacity int) (net.Conn, error) {
	far, err := dial(ctx)
	if err != nil {
		return nil, err
	}
	near, end := pgtest.Pipe(pgtest.PipeConfig{Buffer: capacity})
	done := make(chan struct{}, 2)
	pump := func(to, from net.Conn) {
		buf := make([]byte, capacity)
		for {
			n, err := from.Read(buf)
			if _, werr := to.Write(buf[:n]); err != nil || werr != nil {
				break
			}
		}
		_, _ = to.Close(), from.Close()
		done <- struct{}{}
	}
	go pump(far, end)
	go pump(end, far)
	t.Cleanup(func() {
		_, _ = near.Close(), far.Close()
		<-done
		<-done
	})
	return near, nil
}

// A batch whose arguments and results are both far larger than what sockets
// hold does not stand still, client and server each waiting for the other to
// read.
func TestBatchUpAndDown(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{TCP: true})
	for name, dial := range smallBuffers(t, server) {
		t.Run(name, func(t *testing.T) {
			c := connectVia(t, dial, server.User(), server.Database(), Config{})
			size, count := 1<<20, 100
			if testing.Short() {
				count = 10
			}
			big := strings.Repeat("0123456789abcdef", size/16)
			var b Batch
			down := 0
			for range count {
				b.Query(func(i *Item) error { down += len(i.Raw()[0]); return nil }, "select $1::text", big)
			}
			began := time.Now()
			if _, err := c.Run(t.Context(), &b); err != nil {
				t.Fatal(err)
			}
			if down != count*size {
				t.Errorf("%d bytes came back, want %d", down, count*size)
			}
			t.Logf("%d MB up and down in %v", count, time.Since(began))
			checkAlive(t, c)
			checkAborts(t, c, big)
		})
	}
}

// checkAborts ends batches in the middle of being written.
func checkAborts(t *testing.T, c *Conn, big string) {
	var slow Batch
	slow.Exec("select pg_sleep(60)")
	for range 4 {
		slow.Exec("select $1::text", big)
	}
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer stop()
	began := time.Now()
	_, err := c.Run(ctx, &slow)
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 20*time.Second {
		t.Errorf("a batch that is stuck: %v after %v", err, time.Since(began))
	}
	checkAlive(t, c)
}

// A cancellation that comes before the server is at the batch hits nothing. The
// batch is cancelled again; and when that does not help either, its error tells
// whose end it was.
func TestBatchCancelledTooEarly(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	big := strings.Repeat("0123456789abcdef", 1<<16)
	c := connectRaw(t, server, Config{})
	cancel, early := c.session.cancel, new(atomic.Int64)
	c.session.cancel = func(ctx context.Context) error {
		if early.Add(1) < 3 {
			return nil
		}
		return cancel(ctx)
	}
	checkAborts(t, c, big)
	c = connectRaw(t, server, Config{CancelTimeout: 100 * time.Millisecond})
	c.session.cancel = func(context.Context) error { return nil }
	var slow Batch
	slow.Exec("select pg_sleep(60)")
	for range 4 {
		slow.Exec("select $1::text", big)
	}
	ctx, stop := onceRunning(t, server, asleep)
	defer stop()
	_, err := c.Run(ctx, &slow)
	if e, ok := errors.AsType[*OpError](err); !ok || !e.Sent || !errors.Is(err, errStopped) {
		t.Errorf("a batch that cannot be cancelled: %v", err)
	}
	checkDead(t, c)
}

// Each cancellation hits one transaction, so that a batch of many takes many.
func TestBatchSeparateIsCancelled(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	b := Batch{Separate: true}
	for range 200 {
		b.Exec("select pg_sleep(60)")
	}
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer stop()
	if _, err := c.Run(ctx, &b); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	checkAlive(t, c)
}

func TestBatchHeldLimit(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{MaxHeld: 1 << 20})
	var b Batch
	for range 40 {
		b.Exec("select $1::text", strings.Repeat("x", 1<<20))
	}
	_, err := c.Run(t.Context(), &b)
	wantText(t, err, "more than 1048576 bytes arrived while a request was being sent")
	checkDead(t, c)
}

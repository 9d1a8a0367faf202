package parley

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"parley/pgtest"
)

// counted counts what is read of it.
type counted struct {
	io.Reader
	n int64
}

func (r *counted) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.n += int64(n)
	return n, err
}

// refusing is a writer that takes so many bytes and no more.
type refusing struct {
	left int
	err  error
}

func (w *refusing) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, w.err
	}
	return len(p), nil
}

func TestCopy(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	ctx := t.Context()
	mustExec(t, c, "create temporary table t (a int, b text)")
	var data strings.Builder
	for data.Len() < 3*copyChunk {
		data.WriteString("1\tsome text that is long enough\n")
	}
	lines := int64(strings.Count(data.String(), "\n"))
	for name, r := range map[string]io.Reader{
		"large": strings.NewReader(data.String()), "in pieces": iotest.HalfReader(strings.NewReader(data.String())),
		"byte by byte": iotest.OneByteReader(strings.NewReader(data.String())), "end with data": iotest.DataErrReader(strings.NewReader(data.String())),
	} {
		var tag Tag
		n := exchanges(c, func() {
			var err error
			if tag, err = c.CopyFrom(ctx, r, "copy t from stdin"); err != nil || tag.Rows() != lines {
				t.Errorf("%s: %v, %v", name, tag, err)
			}
		})
		if n != 2 {
			t.Errorf("%s: COPY in took %d exchanges", name, n)
		}
		var out bytes.Buffer
		n = exchanges(c, func() {
			if tag, err := c.CopyTo(ctx, &out, "copy t to stdout"); err != nil || tag.Rows() != lines || out.String() != data.String() {
				t.Errorf("%s: %v, %v, %d bytes of %d", name, tag, err, out.Len(), data.Len())
			}
		})
		if n != 1 {
			t.Errorf("%s: COPY out took %d exchanges", name, n)
		}
		mustExec(t, c, "truncate t")
		checkAlive(t, c)
	}
	if tag, err := c.CopyFrom(ctx, strings.NewReader(""), "copy t from stdin"); err != nil || tag.String() != "COPY 0" {
		t.Errorf("nothing: %v, %v", tag, err)
	}
}

func TestCopyFailures(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	ctx := t.Context()
	mustExec(t, c, "create temporary table t (a int)")
	mine := errors.New("mine")
	rows := func(n int) io.Reader { return strings.NewReader(strings.Repeat("1\n", n)) }
	bad := &counted{}
	for _, w := range []struct {
		name  string
		f     func() error
		check func(error) bool
	}{
		{"the reader fails", func() error {
			_, err := c.CopyFrom(ctx, io.MultiReader(rows(100_000), iotest.ErrReader(mine)), "copy t from stdin")
			return err
		}, is(mine)},
		{"the reader fails at once", func() error { _, err := c.CopyFrom(ctx, iotest.ErrReader(mine), "copy t from stdin"); return err }, is(mine)},
		{"the server fails early", func() error {
			bad.Reader = io.MultiReader(strings.NewReader("no number\n"), io.LimitReader(forever{ctx}, 1<<30))
			_, err := c.CopyFrom(ctx, bad, "copy t from stdin")
			return err
		}, hasCode("22P02")},
		{"a bad line", func() error {
			_, err := c.CopyFrom(ctx, strings.NewReader("1\n2\ns3cret\n4\n"), "copy t from stdin")
			return err
		}, says(" at COPY t, line 3, column a")},
		{"no such table", func() error { _, err := c.CopyFrom(ctx, rows(1), "copy nowhere from stdin"); return err }, hasCode("42P01")},
		{"no COPY", func() error { _, err := c.CopyFrom(ctx, rows(1), "select 1"); return err }, says("is no COPY … FROM STDIN")},
		{"a COPY out", func() error { _, err := c.CopyFrom(ctx, rows(1), "copy t to stdout"); return err }, says("is no COPY … FROM STDIN")},
		{"two of them", func() error { _, err := c.CopyFrom(ctx, rows(1), "copy t from stdin; copy t from stdin"); return err }, hasCode("57014")},
		{"out: no COPY", func() error { _, err := c.CopyTo(ctx, io.Discard, "select 1"); return err }, says("is no COPY … TO STDOUT")},
		{"out: a COPY in", func() error { _, err := c.CopyTo(ctx, io.Discard, "copy t from stdin"); return err }, says("only CopyFrom sends data")},
		{"out: the writer fails", func() error {
			_, err := c.CopyTo(ctx, &refusing{1000, mine}, "copy (select generate_series(1, 10000000)) to stdout")
			return err
		}, is(mine)},
		{"out: the writer fails late", func() error { _, err := c.CopyTo(ctx, &refusing{0, mine}, "copy (select 1) to stdout"); return err }, is(mine)},
		{"out: the server fails", func() error {
			_, err := c.CopyTo(ctx, io.Discard, "copy (select 1 / (3 - g) from generate_series(1, 5) g) to stdout")
			return err
		}, hasCode("22012")},
	} {
		for range 2 {
			began := time.Now()
			if err := w.f(); !w.check(err) {
				t.Errorf("%s: %v", w.name, err)
			}
			if took := time.Since(began); took > 30*time.Second {
				t.Errorf("%s: it took %v", w.name, took)
			}
			checkAlive(t, c)
		}
	}
	if bad.n > 64<<20 {
		t.Errorf("%d MB were read although the server had failed", bad.n>>20)
	}
	if got := value(t, c, "select count(*) from t"); got != "0" {
		t.Errorf("%s rows were stored", got)
	}
}

// A COPY whose server waits for a lock, and reads no more, ends with its
// context.
func TestCopyThatIsStuck(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	c, other := connectRaw(t, server, Config{}), connectRaw(t, server, Config{})
	mustExec(t, other, "create table u (a int unique)")
	tx, err := other.Begin(t.Context(), TxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "insert into u values (7)"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
		began := time.Now()
		_, err := c.CopyFrom(ctx, io.MultiReader(strings.NewReader("7\n"), io.LimitReader(forever{ctx}, 1<<30)), "copy u from stdin")
		stop()
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 30*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		checkAlive(t, c)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Error(err)
	}
}

// dripping gives a byte at a time, and calls a function before each.
type dripping struct {
	before func(n int)
	n      int
}

func (d *dripping) Read(p []byte) (int, error) {
	d.n++
	d.before(d.n)
	p[0] = "1\n"[d.n%2]
	return 1, nil
}

// Data that ends too early, as that of a truncated file does, is not stored.
func TestCopyTruncated(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	mustExec(t, c, "create table t (a int)")
	for _, size := range []int{0, 2, 64 << 10, 100_000} {
		data := io.MultiReader(strings.NewReader(strings.Repeat("1\n", size/2)), iotest.ErrReader(io.ErrUnexpectedEOF))
		if _, err := c.CopyFrom(t.Context(), data, "copy t from stdin"); err != io.ErrUnexpectedEOF {
			t.Errorf("after %d bytes: %v", size, err)
		}
		if got := value(t, c, "select count(*) from t"); got != "0" {
			t.Errorf("after %d bytes: %s rows were stored", size, got)
		}
	}
}

// untold is a context that has ended, and has told nobody yet.
type untold struct {
	context.Context
	ended *atomic.Bool
}

func (untold) Done() <-chan struct{} { return make(chan struct{}) }
func (untold) Value(any) any         { return nil }
func (c untold) Err() error {
	if c.ended.Load() {
		return errStopped
	}
	return nil
}

// A COPY that is given up tells of its context, also when the server was quicker
// to confirm that than the context's end was to interrupt the COPY.
func TestCopyGivesUp(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	mustExec(t, c, "create table t (a int)")
	for name, f := range map[string]func(ctx untold) error{
		"data": func(ctx untold) error {
			_, err := c.CopyFrom(ctx, &dripping{before: func(n int) { ctx.ended.Store(n == 5) }}, "copy t from stdin")
			return err
		},
		"rows": func(ctx untold) error {
			_, err := CopyIn(ctx, c, "t", func(yield func(int, error) bool) {
				for i := 0; i < 5 && yield(i, nil); i++ {
					ctx.ended.Store(i == 4)
				}
			})
			return err
		},
	} {
		err := f(untold{t.Context(), new(atomic.Bool)})
		if e, ok := errors.AsType[*OpError](err); !ok || !e.Sent || !errors.Is(err, errStopped) {
			t.Errorf("%s: %v", name, err)
		}
		checkAlive(t, c)
	}
	if got := value(t, c, "select count(*) from t"); got != "0" {
		t.Errorf("%s rows were stored", got)
	}
}

// Data that comes in drips does not keep a COPY from ending: with its context, or
// when the server has failed it.
func TestCopyDrips(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	c, other := connectRaw(t, server, Config{}), connectRaw(t, server, Config{})
	mustExec(t, c, "create table t (a int)")
	ctx, stop := context.WithCancel(t.Context())
	d := &dripping{before: func(n int) {
		if n == 5 {
			stop()
		}
	}}
	if _, err := c.CopyFrom(ctx, d, "copy t from stdin"); !errors.Is(err, context.Canceled) || d.n != 5 {
		t.Errorf("%v after %d reads", err, d.n)
	}
	checkAlive(t, c)
	pid := c.ProcessID()
	d = &dripping{before: func(n int) {
		if n == 5 {
			mustExec(t, other, "select pg_terminate_backend($1, 10000)", pid)
		}
		if n > 5 {
			<-time.After(time.Millisecond) // in which the news arrives, some time
		}
	}}
	_, err := c.CopyFrom(t.Context(), d, "copy t from stdin")
	if e, ok := errors.AsType[*ServerError](err); !ok || e.Code != "57P01" || d.n > 20_000 {
		t.Errorf("%v after %d reads", err, d.n)
	}
}

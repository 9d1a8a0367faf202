package exchange

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/pgtest"
	"parley/wire"
)

// newTestLine returns a line over a pipe, and the server's end of it.
func newTestLine(t *testing.T, config pgtest.PipeConfig) (*Line, *pgtest.PipeConn) {
	near, far := pgtest.Pipe(config)
	t.Cleanup(func() { _, _ = near.Close(), far.Close() })
	l := NewLine(near, &wire.Buffer{})
	l.Patience = time.Second
	return l, far
}

func send(t *testing.T, far *pgtest.PipeConn, msgs ...wire.Message) {
	t.Helper()
	var out []byte
	for _, m := range msgs {
		var err error
		if out, err = m.Append(out); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := far.Write(out); err != nil {
		t.Fatal(err)
	}
}

// A context that ends wakes a reader at once, and leaves nothing behind.
func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, far := newTestLine(t, pgtest.PipeConfig{})
		for range 3 {
			ctx, stop := context.WithTimeout(t.Context(), time.Second)
			began := time.Now()
			l.Watch(ctx)
			if _, err := l.Read(); err != ErrInterrupted || time.Since(began) != time.Second {
				t.Fatalf("%v after %v", err, time.Since(began))
			}
			if _, err := l.Read(); err != ErrInterrupted {
				t.Fatalf("once more: %v", err)
			}
			l.Unwatch()
			stop()
			send(t, far, pgtest.Ready(0))
			if f, err := l.Read(); err != nil || f.Type != 'Z' {
				t.Fatalf("afterwards: %c, %v", f.Type, err)
			}
			l.Watch(ctx) // has ended already
			synctest.Wait()
			l.Unwatch()
			l.Watch(context.WithoutCancel(ctx))
			l.Unwatch()
		}
		l.ReadBy(time.Now().Add(time.Minute))
		if _, err := l.Read(); err != ErrInterrupted {
			t.Fatalf("a deadline: %v", err)
		}
	})
}

// A long write to a server that writes too goes on; an Interrupt meanwhile is
// told to Stuck, and still there for the next Read.
func TestWriteLong(t *testing.T) {
	for _, interrupt := range []bool{false, true} {
		l, far := newTestLine(t, pgtest.PipeConfig{Buffer: 4096})
		ctx, stop := context.WithCancel(t.Context())
		called := 0
		released := make(chan struct{})
		l.Stuck = func(context.Context) {
			if called++; called == 1 {
				close(released)
			}
		}
		l.Watch(ctx)
		if interrupt {
			time.AfterFunc(3*stallAfter, stop)
		}
		received := make(chan int)
		go func() {
			if interrupt {
				<-released
			}
			send(t, far, pgtest.Row(strings.Repeat("x", 1<<20)), pgtest.Ready(0))
			n, _ := io.CopyN(io.Discard, far, 1<<20)
			received <- int(n)
		}()
		if n, err := l.Write(make([]byte, 1<<20)); err != nil || n != 1<<20 {
			t.Fatalf("%d bytes, %v", n, err)
		}
		if n := <-received; n != 1<<20 || called > 0 != interrupt {
			t.Errorf("%d bytes, Stuck was called %d times", n, called)
		}
		if told := readRowAndReady(t, l); interrupt && !told {
			if _, err := l.Read(); err != ErrInterrupted {
				t.Errorf("the interruption was lost: %v", err)
			}
		}
		l.Unwatch()
		if l.Exchanges != 1 || l.Broken() != nil {
			t.Errorf("%d exchanges, %v", l.Exchanges, l.Broken())
		}
		stop()
	}
}

// readRowAndReady reads a row and a ReadyForQuery, and reports whether an
// interruption was told: it is, once, where the last bytes had not arrived when
// the write ended.
func readRowAndReady(t *testing.T, l *Line) (told bool) {
	t.Helper()
	for got := ""; got != "DZ"; {
		f, err := l.Read()
		switch {
		case err == ErrInterrupted && l.interrupted.Load() && !told:
			told = true
			l.Unwatch()
		case err != nil:
			t.Fatalf("after %q: %v", got, err)
		default:
			if got += string(rune(f.Type)); got != "D" && got != "DZ" {
				t.Fatalf("the messages %q came, want DZ", got)
			}
		}
	}
	return told
}

// What was done to make a server read on, and came too early, is done again.
func TestWriteIsStuckAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, far := newTestLine(t, pgtest.PipeConfig{Buffer: 64})
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		began := time.Now()
		var called []time.Duration
		l.Stuck = func(context.Context) {
			if called = append(called, time.Since(began)-time.Minute); len(called) == 3 {
				go func() { _, _ = io.Copy(io.Discard, far) }()
			}
		}
		l.Watch(ctx)
		if n, err := l.Write(make([]byte, 1<<20)); err != nil || n != 1<<20 {
			t.Errorf("%d bytes, %v", n, err)
		}
		l.Unwatch()
		if want := []time.Duration{0, stuckAgain, 3 * stuckAgain}; !slices.Equal(called, want) {
			t.Errorf("Stuck was called after %v, want %v", called, want)
		}
		_ = far.Close()
	})
}

// A server that reads nothing cannot hold a write for longer than patience, and
// the error tells whose end that was.
func TestWriteHasPatience(t *testing.T) {
	for _, size := range []int{100, 1 << 20} {
		synctest.Test(t, func(t *testing.T) {
			l, far := newTestLine(t, pgtest.PipeConfig{Buffer: 64})
			ctx, stop := context.WithTimeout(t.Context(), time.Minute)
			defer stop()
			l.Watch(ctx)
			began := time.Now()
			n, err := l.Write(make([]byte, size))
			if !errors.Is(err, context.DeadlineExceeded) || n != 64 || time.Since(began) != time.Minute+time.Second || l.Broken() == nil {
				t.Errorf("%d bytes, %v after %v", n, err, time.Since(began))
			}
			l.Unwatch()
			_ = far.Close()
		})
	}
}

func TestWriteToTheGone(t *testing.T) {
	gone := pgtest.Fatal("57P01", "going down")
	for name, w := range map[string]struct {
		prepare func(far *pgtest.PipeConn)
		ended   bool
	}{
		"said why":          {func(far *pgtest.PipeConn) { send(t, far, pgtest.Notice("n"), gone); _ = far.Close() }, true},
		"said nothing":      {func(far *pgtest.PipeConn) { _ = far.Close() }, false},
		"said half of it":   {func(far *pgtest.PipeConn) { _, _ = far.Write([]byte{'E', 0, 0, 0, 50, 'S'}); _ = far.Close() }, false},
		"reset":             {func(far *pgtest.PipeConn) { far.Reset() }, false},
		"listens no longer": {func(far *pgtest.PipeConn) { _ = far.CloseWrite() }, false},
	} {
		for _, size := range []int{10, 1 << 20} {
			if name == "listens no longer" && size == 10 {
				continue // nobody can tell
			}
			synctest.Test(t, func(t *testing.T) {
				l, far := newTestLine(t, pgtest.PipeConfig{})
				w.prepare(far)
				_, err := l.Write(make([]byte, size))
				_, ended := errors.AsType[*EndedError](err)
				if err == nil || ended != w.ended {
					t.Errorf("%s, %d bytes: %T %v", name, size, err, err)
				}
				if again, err2 := l.Write(nil); again != 0 || err2 != l.Broken() {
					t.Errorf("%s: once more: %v", name, err2)
				}
			})
		}
	}
}

func TestBeside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, far := newTestLine(t, pgtest.PipeConfig{})
		if l.Arrived() {
			t.Error("something has arrived before anybody looked")
		}
		l.Beside()
		send(t, far, pgtest.Notice("n"))
		synctest.Wait()
		if l.Arrived() {
			t.Error("a notice was taken for an error")
		}
		e := bytes.NewBuffer(nil)
		b, _ := pgtest.Failure("XX000", "no").Append(nil)
		e.Write(b)
		_, _ = far.Write(e.Next(10))
		synctest.Wait()
		if l.Arrived() {
			t.Error("half an error was taken for one")
		}
		_, _ = far.Write(e.Bytes())
		synctest.Wait()
		if !l.Arrived() {
			t.Error("the error was not seen")
		}
		l.Alone()
		l.Alone()
		if f, err := l.Read(); err != nil || f.Type != 'E' {
			t.Errorf("%c, %v", f.Type, err)
		}
		l.Beside()
		_ = far.Close()
		synctest.Wait()
		if !l.Arrived() {
			t.Error("the end was not seen")
		}
		l.Alone()
		_, err := l.Read()
		if !errors.Is(err, io.ErrUnexpectedEOF) || l.Broken() == nil {
			t.Errorf("%v", err)
		}
	})
}

func TestReadAsync(t *testing.T) {
	for _, w := range []struct {
		msg  wire.Message
		want string
	}{
		{pgtest.Notice("n"), ""},
		{&wire.ParameterStatus{Name: "a", Value: "b"}, ""},
		{&wire.NotificationResponse{Channel: "c"}, ""},
		{pgtest.Fatal("57P01", "down"), "the server ended the session"},
		{pgtest.Done("SELECT 1"), "CommandComplete came, and no request awaits a reply"},
	} {
		l, far := newTestLine(t, pgtest.PipeConfig{})
		types := ""
		l.Async = func(typ byte, _ []byte) error { types += string(typ); return nil }
		send(t, far, w.msg)
		err := l.ReadAsync()
		if w.want == "" && (err != nil || len(types) != 1) || w.want != "" && (err == nil || !strings.Contains(err.Error(), w.want) || l.Broken() == nil) {
			t.Errorf("%v: %v, took %q", w.msg.Kind(), err, types)
		}
	}
	l, far := newTestLine(t, pgtest.PipeConfig{})
	mine := errors.New("mine")
	l.Async = func(byte, []byte) error { return mine }
	send(t, far, pgtest.Notice("n"), pgtest.Ready(0))
	if _, err := l.Read(); err != mine || l.Broken() != mine || l.Break(io.EOF) != mine {
		t.Errorf("%v, broken %v", err, l.Broken())
	}
}

// NextOf gives what has arrived of one type, and leaves to Read what is of
// another, what must be traced, and what answers a write.
func TestLineNextOf(t *testing.T) {
	near, far := pgtest.Pipe(pgtest.PipeConfig{})
	defer far.Close()
	l := NewLine(near, &wire.Buffer{})
	if _, err := far.Write([]byte("D\x00\x00\x00\x06\x00\x00D\x00\x00\x00\x06\x00\x01C\x00\x00\x00\x07OK\x00")); err != nil {
		t.Fatal(err)
	}
	if f, err := l.Read(); err != nil || f.Type != 'D' {
		t.Fatalf("got %q, %v", f.Body, err)
	}
	if body, ok := l.NextOf('d'); ok {
		t.Errorf("got %q of another type", body)
	}
	l.Message = func(wire.Side, []byte) {}
	if _, ok := l.NextOf('D'); ok {
		t.Error("a message was taken that must be told of")
	}
	l.Message = nil
	if body, ok := l.NextOf('D'); !ok || string(body) != "\x00\x01" {
		t.Errorf("got %q, %v", body, ok)
	}
	if _, ok := l.NextOf('D'); ok {
		t.Error("a message was taken that is no DataRow")
	}
	if f, err := l.Read(); err != nil || f.Type != 'C' {
		t.Errorf("got %q, %v", f.Body, err)
	}
	_ = l.Break(ErrInterrupted)
	if _, ok := l.NextOf('D'); ok {
		t.Error("a line that is broken gives messages")
	}
}

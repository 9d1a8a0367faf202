package pgtest

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// In a bubble a conversation is linear: Wait returns when everybody waits.
func TestPipeConversation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := Pipe(PipeConfig{})
		go func() {
			echo := make([]byte, 5)
			io.ReadFull(server, echo)
			server.Write(echo)
			server.Close()
		}()
		mustWrite(t, client, "hello")
		wantRead(t, client, "hello", io.EOF)
		if got, want := client.Stats(), (PipeStats{Reads: 1, Writes: 1, BytesRead: 5, BytesWritten: 5}); got != want {
			t.Errorf("client's stats are %+v, want %+v", got, want)
		}
	})
}

func TestPipeWritesDoNotWaitForReads(t *testing.T) {
	client, server := Pipe(PipeConfig{})
	mustWrite(t, client, "one")
	mustWrite(t, client, "two")
	if got := server.Buffered(); got != 6 {
		t.Errorf("Buffered() = %d, want 6", got)
	}
	client.Close()
	wantRead(t, server, "onetwo", io.EOF)
}

func TestPipeBackPressure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := Pipe(PipeConfig{Buffer: 4})
		done := make(chan error, 1)
		go func() {
			_, err := client.Write([]byte("0123456789"))
			done <- err
		}()
		synctest.Wait()
		if got := server.Buffered(); got != 4 {
			t.Fatalf("the pipe took %d bytes, want 4", got)
		}
		select {
		case err := <-done:
			t.Fatalf("a write of 10 bytes into a pipe of 4 returned: %v", err)
		default:
		}
		got := make([]byte, 10)
		if _, err := io.ReadFull(server, got); err != nil || string(got) != "0123456789" {
			t.Fatalf("read %q, %v", got, err)
		}
		if err := <-done; err != nil {
			t.Errorf("the write failed in the end: %v", err)
		}
	})
}

func TestPipeWithoutBound(t *testing.T) {
	client, server := Pipe(PipeConfig{Buffer: -1})
	big := bytes.Repeat([]byte("x"), 1<<20)
	if n, err := client.Write(big); n != len(big) || err != nil {
		t.Fatalf("Write = %d, %v", n, err)
	}
	if got := server.Buffered(); got != len(big) {
		t.Errorf("Buffered() = %d, want %d", got, len(big))
	}
}

func TestPipeDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := Pipe(PipeConfig{Buffer: 3})
		begin := time.Now()
		client.SetDeadline(begin.Add(time.Minute))
		_, err := client.Read(make([]byte, 1))
		wantTimeout(t, err)
		n, err := client.Write([]byte("abcdef"))
		if n != 0 {
			t.Errorf("a write after its deadline wrote %d bytes", n)
		}
		wantTimeout(t, err)
		if got := time.Since(begin); got != time.Minute {
			t.Errorf("the deadline passed after %v, want 1m", got)
		}

		client.SetWriteDeadline(time.Now().Add(time.Second))
		n, err = client.Write([]byte("abcdef"))
		if n != 3 {
			t.Errorf("wrote %d bytes before the deadline, want the 3 that fit", n)
		}
		wantTimeout(t, err)
		client.SetDeadline(time.Time{})
		client.Close()
		wantRead(t, server, "abc", io.EOF)
	})
}

// A deadline that is set while a read waits must reach it.
func TestPipeDeadlineWhileReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _ := Pipe(PipeConfig{})
		done := make(chan error)
		go func() {
			_, err := client.Read(make([]byte, 1))
			done <- err
		}()
		synctest.Wait()
		client.SetReadDeadline(time.Unix(1, 0)) // long past
		wantTimeout(t, <-done)
	})
}

func TestPipeClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := Pipe(PipeConfig{})
		done := make(chan error)
		go func() {
			_, err := client.Read(make([]byte, 1))
			done <- err
		}()
		synctest.Wait()
		client.Close()
		wantError(t, <-done, net.ErrClosed)
		_, err := server.Write([]byte("x"))
		wantError(t, err, syscall.EPIPE)
		_, err = client.Write([]byte("x"))
		wantError(t, err, net.ErrClosed)
		wantError(t, client.Close(), net.ErrClosed)
		wantError(t, client.SetDeadline(time.Time{}), net.ErrClosed)
	})
}

// A writer that waits for room is told when its reader leaves.
func TestPipeCloseReleasesWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := Pipe(PipeConfig{Buffer: 1})
		done := make(chan error)
		go func() {
			_, err := client.Write([]byte("xyz"))
			done <- err
		}()
		synctest.Wait()
		server.Close()
		wantError(t, <-done, syscall.EPIPE)
	})
}

func TestPipeEmptyBuffers(t *testing.T) {
	client, server := Pipe(PipeConfig{})
	if n, err := client.Read(nil); n != 0 || err != nil {
		t.Errorf("Read(nil) = %d, %v", n, err)
	}
	if n, err := server.Write(nil); n != 0 || err != nil {
		t.Errorf("Write(nil) = %d, %v", n, err)
	}
	if got := server.Stats(); got != (PipeStats{}) {
		t.Errorf("stats count what moved no bytes: %+v", got)
	}
}

// mustWrite may be called from any goroutine.
func mustWrite(t *testing.T, c net.Conn, s string) {
	t.Helper()
	if n, err := c.Write([]byte(s)); n != len(s) || err != nil {
		t.Errorf("Write(%q) = %d, %v", s, n, err)
	}
}

// wantRead reads to the end, which must be as wanted: io.EOF or an error.
func wantRead(t *testing.T, c net.Conn, want string, end error) {
	t.Helper()
	got, err := io.ReadAll(c)
	if end == io.EOF {
		end = nil // as ReadAll has it
	}
	if string(got) != want || !errors.Is(err, end) {
		t.Errorf("read %q and %v, want %q and %v", got, err, want, end)
	}
}

func wantError(t *testing.T, err, want error) {
	t.Helper()
	if op, ok := errors.AsType[*net.OpError](err); !ok || op.Net != "pipe" {
		t.Errorf("%v is no *net.OpError of a pipe", err)
	}
	if !errors.Is(err, want) {
		t.Errorf("the error is %v, want %v", err, want)
	}
}

func wantTimeout(t *testing.T, err error) {
	t.Helper()
	wantError(t, err, os.ErrDeadlineExceeded)
	if e, ok := errors.AsType[net.Error](err); !ok || !e.Timeout() {
		t.Errorf("%v is no timeout", err)
	}
}

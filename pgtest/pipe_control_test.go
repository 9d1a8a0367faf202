package pgtest

import (
	"io"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
)

func TestPipeCloseWrite(t *testing.T) {
	client, server := Pipe(PipeConfig{})
	mustWrite(t, client, "all I have")
	if err := client.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	wantRead(t, server, "all I have", io.EOF)
	mustWrite(t, server, "noted")
	server.Close()
	wantRead(t, client, "noted", io.EOF)
	_, err := client.Write([]byte("more"))
	wantError(t, err, syscall.EPIPE)
	client.Close()
	if err := client.CloseWrite(); err == nil {
		t.Error("CloseWrite after Close gave no error")
	}
}

func TestPipeResetOnCommand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := Pipe(PipeConfig{Buffer: 4})
		done := make(chan error)
		go func() {
			_, err := client.Write([]byte("more than fits"))
			done <- err
		}()
		synctest.Wait()
		client.Reset()
		wantError(t, <-done, syscall.ECONNRESET)
		wantRead(t, client, "", syscall.ECONNRESET)
		wantRead(t, server, "", syscall.ECONNRESET) // what was under way is lost
		if got := server.Buffered(); got != 0 {
			t.Errorf("%d bytes outlived the reset", got)
		}
	})
}

func TestPipeResetReleasesReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := Pipe(PipeConfig{})
		done := make(chan error)
		go func() {
			_, err := client.Read(make([]byte, 1))
			done <- err
		}()
		synctest.Wait()
		server.Reset()
		wantError(t, <-done, syscall.ECONNRESET)
	})
}

func TestPipeAddresses(t *testing.T) {
	client, server := Pipe(PipeConfig{})
	for _, c := range []struct{ got, want string }{
		{client.LocalAddr().String(), "client"},
		{client.RemoteAddr().String(), "server"},
		{server.LocalAddr().String(), "server"},
		{server.RemoteAddr().String(), "client"},
		{server.LocalAddr().Network(), "pipe"},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
}

// Writes of several goroutines are not mixed, however small the pipe.
func TestPipeWritesAreWhole(t *testing.T) {
	client, server := Pipe(PipeConfig{Buffer: 3})
	var writes sync.WaitGroup
	for _, s := range []string{"aaaaaaaaaa", "bbbbbbbbbb"} {
		writes.Go(func() { mustWrite(t, client, s) })
	}
	go func() {
		writes.Wait()
		client.Close()
	}()
	got, err := io.ReadAll(server)
	if s := string(got); err != nil || s != "aaaaaaaaaabbbbbbbbbb" && s != "bbbbbbbbbbaaaaaaaaaa" {
		t.Errorf("read %q, %v", s, err)
	}
}

// Many goroutines at both ends, for the race detector; nothing is lost.
func TestPipeConcurrently(t *testing.T) {
	const writers, each = 8, 500
	faults := Faults{ShortReads: true, ShortWrites: true}
	client, server := Pipe(PipeConfig{Buffer: 64, ToServer: faults, ToClient: faults})
	var reads, writes sync.WaitGroup
	for _, c := range []*PipeConn{client, server} {
		reads.Go(func() {
			if got, err := io.ReadAll(c); len(got) != writers*each || err != nil {
				t.Errorf("%v read %d bytes and %v, want %d", c.LocalAddr(), len(got), err, writers*each)
			}
		})
		for range writers {
			writes.Go(func() { mustWrite(t, c, string(make([]byte, each))) })
		}
	}
	writes.Wait()
	client.CloseWrite()
	server.CloseWrite()
	reads.Wait()
}

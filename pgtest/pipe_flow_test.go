package pgtest

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestPipeLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := Pipe(PipeConfig{ToServer: Faults{Latency: 70 * time.Millisecond}, ToClient: Faults{Latency: 30 * time.Millisecond}})
		begin := time.Now()
		mustWrite(t, client, "ping")
		buf := make([]byte, 10)
		if n, err := server.Read(buf); string(buf[:n]) != "ping" || err != nil {
			t.Fatalf("read %q, %v", buf[:n], err)
		}
		if got := time.Since(begin); got != 70*time.Millisecond {
			t.Errorf("the way there took %v, want 70ms", got)
		}
		mustWrite(t, server, "pong")
		server.Close()
		wantRead(t, client, "pong", io.EOF)
		if got := time.Since(begin); got != 100*time.Millisecond {
			t.Errorf("both ways took %v, want 100ms", got)
		}
	})
}

// Latency delays each write; it does not hold up the ones behind it.
func TestPipeLatencyIsNotAQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := Pipe(PipeConfig{ToServer: Faults{Latency: time.Second}})
		begin := time.Now()
		for range 10 {
			mustWrite(t, client, "x")
		}
		client.Close()
		wantRead(t, server, "xxxxxxxxxx", io.EOF)
		if got := time.Since(begin); got != time.Second {
			t.Errorf("ten writes took %v, want 1s", got)
		}
	})
}

// The deadline comes before the bytes do.
func TestPipeDeadlineDuringLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := Pipe(PipeConfig{ToServer: Faults{Latency: time.Second}})
		mustWrite(t, client, "late")
		server.SetReadDeadline(time.Now().Add(time.Millisecond))
		_, err := server.Read(make([]byte, 4))
		wantTimeout(t, err)
	})
}

func TestPipeShortReads(t *testing.T) {
	lengths := func(seed uint64) (ns []int) {
		client, server := Pipe(PipeConfig{Seed: seed, ToServer: Faults{ShortReads: true}})
		mustWrite(t, client, string(bytes.Repeat([]byte("0123456789"), 10)))
		client.Close()
		for got := ""; ; {
			buf := make([]byte, 100)
			n, err := server.Read(buf)
			if err == io.EOF {
				if got != string(bytes.Repeat([]byte("0123456789"), 10)) {
					t.Errorf("short reads changed the bytes: %q", got)
				}
				return ns
			}
			got += string(buf[:n])
			ns = append(ns, n)
		}
	}
	first := lengths(3)
	if len(first) < 2 {
		t.Errorf("100 bytes came in reads of %v", first)
	}
	if again := lengths(3); !slices.Equal(first, again) {
		t.Errorf("one seed gave reads of %v and of %v", first, again)
	}
	if other := lengths(4); slices.Equal(first, other) {
		t.Errorf("two seeds gave the same reads of %v", first)
	}
}

func TestPipeShortWrites(t *testing.T) {
	client, server := Pipe(PipeConfig{ToServer: Faults{ShortWrites: true}})
	text := string(bytes.Repeat([]byte("abcde"), 40))
	mustWrite(t, client, text)
	client.Close()
	wantRead(t, server, text, io.EOF)
	if got := server.Stats().Reads; got < 2 {
		t.Errorf("one short write was read in %d reads, want several", got)
	}
	if got := client.Stats().Writes; got != 1 {
		t.Errorf("%d writes were counted, want the caller's 1", got)
	}
}

// A cut at every place of a message: the reader gets exactly what was before it.
func TestPipeCutEverywhere(t *testing.T) {
	const message = "a message"
	for at := range len(message) + 1 {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			client, server := Pipe(PipeConfig{ToClient: Faults{Break: Cut, At: int64(at)}})
			mustWrite(t, server, message) // the writer cannot know
			wantRead(t, client, message[:at], io.EOF)
			mustWrite(t, client, "still there")
			client.Close()
			wantRead(t, server, "still there", io.EOF)
		})
	}
}

// A cut is seen by a reader that waits, without another write.
func TestPipeCutWakesReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := Pipe(PipeConfig{ToClient: Faults{Break: Cut, At: 3}})
		go mustWrite(t, server, "abc")
		wantRead(t, client, "abc", io.EOF)
	})
}

// A full pipe does not hold up what is lost anyway.
func TestPipeCutSwallows(t *testing.T) {
	client, server := Pipe(PipeConfig{Buffer: 4, ToServer: Faults{Break: Cut, At: 2}})
	mustWrite(t, client, "0123456789")
	mustWrite(t, client, "more")
	wantRead(t, server, "01", io.EOF)
	if got := client.Stats().BytesWritten; got != 14 {
		t.Errorf("BytesWritten = %d, want 14, the lost ones included", got)
	}
}

func TestPipeResetEverywhere(t *testing.T) {
	const message = "a message"
	for at := range len(message) {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			client, server := Pipe(PipeConfig{ToClient: Faults{Break: Reset, At: int64(at)}})
			n, err := server.Write([]byte(message))
			if n != at {
				t.Errorf("wrote %d bytes, want %d", n, at)
			}
			wantError(t, err, syscall.ECONNRESET)
			wantRead(t, client, message[:at], syscall.ECONNRESET)
			_, err = client.Write([]byte("x"))
			wantError(t, err, syscall.ECONNRESET)
			_, err = server.Read(make([]byte, 1))
			wantError(t, err, syscall.ECONNRESET)
		})
	}
}

// What the client had sent before the reset can still be read.
func TestPipeResetKeepsTheOtherDirection(t *testing.T) {
	client, server := Pipe(PipeConfig{ToClient: Faults{Break: Reset, At: 1}})
	mustWrite(t, client, "question")
	mustWrite(t, server, "!")
	wantRead(t, server, "question", syscall.ECONNRESET)
}

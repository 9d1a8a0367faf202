package parley

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"parley/pgtest"
)

// noting is a Trace that writes down what it is told, with its name.
func noting(name string, to *[]string) *Trace {
	note := func(what string, args ...any) { *to = append(*to, name+" "+fmt.Sprintf(what, args...)) }
	return &Trace{
		Connect: func(context.Context) func(TraceConnected) {
			note("connects")
			return func(c TraceConnected) { note("connected %v", c.Err) }
		},
		Request: func(_ context.Context, r TraceRequest) func(TraceReply) {
			note("asks %s", r.SQL)
			return func(r TraceReply) { note("answered %s", r.Tag) }
		},
		Wait: func(context.Context) func(TraceWaited) {
			note("waits")
			return func(w TraceWaited) { note("waited %v", w.Err) }
		},
		Message: func(m TraceMessage) { note("%c", m.Bytes[0]) },
	}
}

// TestJoinTraces: each is told everything, in their order.
func TestJoinTraces(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	var told []string
	deaf := &Trace{
		Connect: func(context.Context) func(TraceConnected) { return nil },
		Request: func(context.Context, TraceRequest) func(TraceReply) { return nil },
		Wait:    func(context.Context) func(TraceWaited) { return nil },
	}
	config := Config{ConnString: server.DSN(), Trace: JoinTraces(nil, noting("a", &told), deaf, nil, noting("b", &told), &Trace{})}
	c := connect(t, config)
	mustExec(t, c, "select 1")
	if end := config.Trace.Wait(t.Context()); end != nil {
		end(TraceWaited{Err: ErrClosed})
	}
	want := "a connects, b connects, a connected <nil>, b connected <nil>, a asks select 1, b asks select 1, " +
		"a P, b P, a D, b D, a B, b B, a E, b E, a S, b S, a 1, b 1, a t, b t, a T, b T, a 2, b 2, a D, b D, a C, b C, a Z, b Z, " +
		"a answered SELECT 1, b answered SELECT 1, a waits, b waits, a waited the connection is closed, b waited the connection is closed"
	if got := strings.Join(told, ", "); got != want {
		t.Errorf("told\n%s\nwant\n%s", got, want)
	}
	if j := JoinTraces(); j.Connect != nil || j.Request != nil || j.Wait != nil || j.Message != nil {
		t.Error("nothing joined wants to be told something")
	}
}

// TestSlogOfWaiting: a call that waited in vain for a connection is logged.
func TestSlogOfWaiting(t *testing.T) {
	var out bytes.Buffer
	trace := SlogTrace(slog.New(slog.NewTextHandler(&out, nil)), slog.LevelInfo)
	trace.Wait(t.Context())(TraceWaited{Duration: time.Second})
	trace.Wait(t.Context())(TraceWaited{Duration: time.Minute, Err: context.DeadlineExceeded})
	for _, want := range []string{
		`level=INFO msg="postgresql wait for a connection" duration=1s`,
		`level=WARN msg="postgresql wait for a connection" duration=1m0s error="context deadline exceeded"`,
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

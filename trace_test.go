package parley

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/pgtest"
	"parley/wire"
)

// told is a Trace that writes down what it is told.
type told struct {
	lines    []string
	messages []string
}

func (l *told) trace() *Trace {
	return &Trace{
		Connect: func(context.Context) func(TraceConnected) {
			return func(c TraceConnected) { l.note("connect", c.Err, fmt.Sprint(c.ProcessID != 0)) }
		},
		Request: func(_ context.Context, q TraceRequest) func(TraceReply) {
			return func(r TraceReply) { l.note(q.Op+" "+q.SQL, r.Err, fmt.Sprintf("%s/%d", r.Tag, r.Exchanges)) }
		},
		Message: func(m TraceMessage) {
			from := wire.Frontend
			if m.FromServer {
				from = wire.Backend
			}
			k := wire.Identify(from, m.Bytes[0], m.Bytes[5:], wire.Context{})
			l.messages = append(l.messages, k.String())
		},
	}
}

func (l *told) note(what string, err error, more string) {
	if err != nil {
		if e, ok := errors.AsType[*ServerError](err); ok {
			err = errors.New(e.Code)
		}
		more += " " + err.Error()
	}
	l.lines = append(l.lines, what+": "+more)
}

func TestTrace(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	var l told
	c := connect(t, Config{ConnString: server.DSN(), Trace: l.trace()})
	ctx := t.Context()
	_, _ = c.Exec(ctx, "select $1::int", 1)
	_, _ = c.Exec(ctx, "select 1/0")
	_, _ = c.Script(ctx, "select 1; select 2")
	var b Batch
	b.Exec("select 1")
	b.Exec("select 2")
	_, _ = c.Run(ctx, &b)
	_, _ = c.CopyFrom(ctx, strings.NewReader(""), "select 3")
	why := errors.New("enough")
	short, stop := context.WithTimeoutCause(ctx, 50*time.Millisecond, why)
	_, _ = c.Exec(short, "select pg_sleep(60)")
	stop()
	want := []string{
		"connect: true",
		"query select $1::int: SELECT 1/1",
		"query select 1/0: /1 22012",
		"script select 1; select 2: SELECT 1/1",
		"batch : SELECT 1/1",
		"copy select 3: SELECT 1/1",
	}
	if len(l.lines) != len(want)+1 || !slices.Equal(l.lines[:len(want)], want) {
		t.Errorf("told\n%s\nwant\n%s", strings.Join(l.lines, "\n"), strings.Join(want, "\n"))
	}
	last := l.lines[len(l.lines)-1]
	if !strings.HasPrefix(last, "query select pg_sleep(60): ") || !strings.Contains(last, "57014") && !strings.Contains(last, "enough") {
		t.Errorf("told %q of the one that was cancelled", last)
	}
	messages := strings.Join(l.messages, " ")
	if first := "Parse Describe Bind Execute Sync ParseComplete ParameterDescription RowDescription BindComplete DataRow CommandComplete ReadyForQuery"; !strings.HasPrefix(messages, first) {
		t.Errorf("messages %s, want first %s", messages, first)
	}
}

// What is told of a call is what the call returned, also where it is about a
// later statement, and where a first attempt was in vain.
func TestTraceOutcomes(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	var l told
	c := connect(t, Config{ConnString: server.DSN(), Trace: l.trace()})
	ctx := t.Context()
	mustExec(t, c, "create temporary table t (a int)")
	run := func(texts ...string) {
		var b Batch
		for _, sql := range texts {
			b.Exec(sql)
		}
		_, _ = c.Run(ctx, &b)
	}
	run("insert into t values (1), (2)", "select * from t")
	mustExec(t, c, "alter table t add b int")
	l.lines = nil
	run("insert into t values (1), (2)", "select * from t") // healed
	run("select 1", "select 1/0", "select 2")
	_, _ = c.Exec(ctx, "select 1", 2)
	_, _ = c.Prepare(ctx, "selec")
	_, _ = c.Script(ctx, "select 1; selec")
	_ = c.Tx(ctx, TxOptions{}, func(tx *Tx) error { _, err := tx.Exec(ctx, "select 1"); return err })
	rows := c.Query(ctx, "select generate_series(1, 10000000)")
	_ = rows.Close() // cancels it, which is no failure
	want := []string{
		"batch : SELECT 4/2",
		"batch : /1 22012",
		"prepare selec: /1 42601",
		"script select 1; selec: /1 42601",
		"query select 1: SELECT 1/1",
		"commit commit: COMMIT/1",
		"query select generate_series(1, 10000000): /2",
	}
	if !slices.Equal(l.lines, want) {
		t.Errorf("told\n%s\nwant\n%s", strings.Join(l.lines, "\n"), strings.Join(want, "\n"))
	}
}

// A function of a Trace that panics leaves no connection that is busy for ever:
// in the middle of a request it is closed, after the reply it goes on.
func TestTracePanics(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	var at string
	blow := func(where string) {
		if at == where {
			panic("mine")
		}
	}
	trace := &Trace{
		Request: func(context.Context, TraceRequest) func(TraceReply) {
			blow("begin")
			return func(TraceReply) { blow("end") }
		},
		Message: func(m TraceMessage) { blow(fmt.Sprintf("%c", m.Bytes[0])) },
	}
	for _, where := range []string{"begin", "D", "Z", "end"} {
		for name, call := range map[string]func(*Conn){
			"query":  func(c *Conn) { _, _ = c.Exec(t.Context(), "select 1") },
			"batch":  func(c *Conn) { runBatch(t, c, "select 1", "select 2") },
			"script": func(c *Conn) { _, _ = c.Script(t.Context(), "select 1") },
		} {
			at = ""
			c := connect(t, Config{ConnString: server.DSN(), Trace: trace})
			func() {
				defer func() {
					if at = ""; recover() != "mine" {
						t.Errorf("%s, %s: it did not panic", name, where)
					}
				}()
				at = where
				call(c)
			}()
			if c.busy != "" && c.Alive() {
				t.Errorf("%s, %s: the connection is busy", name, where)
			}
			if where == "end" {
				checkAlive(t, c)
			} else {
				checkDead(t, c)
			}
		}
	}
}

func TestTraceOfConnectFailing(t *testing.T) {
	var l told
	if _, err := ConnectConfig(t.Context(), Config{ConnString: "host=/nowhere user=ada", Trace: l.trace()}); err == nil {
		t.Fatal("connected to nowhere")
	}
	if len(l.lines) != 1 || !strings.HasPrefix(l.lines[0], "connect: false cannot connect") {
		t.Errorf("told %q", l.lines)
	}
}

func TestSlogTrace(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c := connect(t, Config{ConnString: server.DSN(), Trace: SlogTrace(log, slog.LevelDebug)})
	_, _ = c.Exec(t.Context(), "select $1::text", "s3cret")
	_, _ = c.Exec(t.Context(), "select 1/0")
	for _, want := range []string{
		`level=DEBUG msg="postgresql connect"`, `level=DEBUG msg="postgresql query" sql="select $1::text"`, `tag="SELECT 1"`,
		`level=WARN msg="postgresql query" sql="select 1/0"`, "22012",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "s3cret") {
		t.Errorf("a parameter was logged:\n%s", out.String())
	}
}

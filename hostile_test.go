package parley

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/exchange"
	"parley/pgtest"
	"parley/wire"
)

// hostile is a connection whose server has written its replies beforehand,
// whatever is asked, and then hangs or, if it is cut, hangs up.
func hostile(t testing.TB, reply []byte, end string, config Config) *Conn {
	t.Helper()
	near, far := pgtest.Pipe(pgtest.PipeConfig{Buffer: -1})
	if _, err := far.Write(reply); err != nil {
		t.Fatal(err)
	}
	switch end {
	case "cut":
		_ = far.CloseWrite()
	case "reset":
		_ = far.Close()
	}
	if config.CancelTimeout == 0 {
		config.CancelTimeout = 20 * time.Millisecond
	}
	cancel := func(context.Context) error { return nil }
	c := newConn(&config, session{cancel: cancel}, exchange.NewLine(near, &wire.Buffer{}), map[string]string{}, wire.TxIdle)
	t.Cleanup(func() { _, _ = c.Close(), far.Close() })
	return c
}

func bytesOf(t testing.TB, msgs ...wire.Message) []byte {
	t.Helper()
	var out []byte
	for _, m := range msgs {
		var err error
		if out, err = m.Append(out); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// coldReply is the right reply to the first use of "select 1".
func coldReply() []wire.Message {
	return []wire.Message{&wire.ParseComplete{}, &wire.ParameterDescription{}, pgtest.Columns("a"), &wire.BindComplete{},
		pgtest.Row("1"), pgtest.Done("SELECT 1"), pgtest.Ready(0)}
}

// ask runs a statement under a limit of time, and checks that it is kept.
func ask(t testing.TB, c *Conn) error {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer stop()
	began := time.Now()
	_, err := c.Exec(ctx, "select 1")
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	return err
}

// Each message of a right reply is replaced by each of many wrong ones.
func TestHostileReplies(t *testing.T) { synctest.Test(t, testHostileReplies) }

func testHostileReplies(t *testing.T) {
	if err := ask(t, hostile(t, bytesOf(t, coldReply()...), "hang", Config{})); err != nil {
		t.Fatalf("the right reply: %v", err)
	}
	wrong := map[string][]byte{
		"nothing":             nil,
		"ParseComplete":       bytesOf(t, &wire.ParseComplete{}),
		"BindComplete":        bytesOf(t, &wire.BindComplete{}),
		"CloseComplete":       bytesOf(t, &wire.CloseComplete{}),
		"NoData":              bytesOf(t, &wire.NoData{}),
		"no parameters":       bytesOf(t, &wire.ParameterDescription{}),
		"two columns":         bytesOf(t, pgtest.Columns("a", "b")),
		"a row of two":        bytesOf(t, pgtest.Row("1", "2")),
		"a row of none":       bytesOf(t, pgtest.Row()),
		"a row cut short":     pgtest.Truncated(bytesOf(t, pgtest.Row("1")), 9),
		"a row with no count": pgtest.Truncated(bytesOf(t, pgtest.Row("1")), 5),
		"columns cut short":   pgtest.Truncated(bytesOf(t, pgtest.Columns("a")), 12),
		"CommandComplete":     bytesOf(t, pgtest.Done("SELECT 1")),
		"no tag":              pgtest.Truncated(bytesOf(t, pgtest.Done("SELECT 1")), 5),
		"EmptyQueryResponse":  bytesOf(t, &wire.EmptyQueryResponse{}),
		"CopyInResponse":      bytesOf(t, &wire.CopyInResponse{}),
		"CopyOutResponse":     bytesOf(t, &wire.CopyOutResponse{}),
		"CopyBothResponse":    bytesOf(t, &wire.CopyBothResponse{}),
		"CopyData":            bytesOf(t, &wire.CopyData{Data: []byte("x")}),
		"CopyDone":            bytesOf(t, &wire.CopyDone{}),
		"ready":               bytesOf(t, pgtest.Ready(0)),
		"ready, odd status":   {'Z', 0, 0, 0, 5, 'X'},
		"ready, no status":    {'Z', 0, 0, 0, 4},
		"authentication":      bytesOf(t, &wire.AuthenticationOk{}),
		"a function's result": bytesOf(t, &wire.FunctionCallResponse{}),
		"no such type":        {'?', 0, 0, 0, 4},
		"length 0":            {'T', 0, 0, 0, 0},
		"length 3":            {'C', 0, 0, 0, 3},
		"length -1":           {'D', 255, 255, 255, 255},
		"length 2 GB":         {'D', 127, 255, 255, 255},
		"a long short one":    {'Z', 0, 1, 0, 0},
		"a wrong error":       {'E', 0, 0, 0, 6, 'S', 'x'},
		"a wrong notice":      {'N', 0, 0, 0, 6, 'S', 'x'},
		"a wrong setting":     {'S', 0, 0, 0, 5, 'x'},
		"a wrong note":        {'A', 0, 0, 0, 5, 'x'},
	}
	right := coldReply()
	for i, m := range right {
		for name, b := range wrong {
			if string(b) == string(bytesOf(t, m)) {
				continue
			}
			for _, extra := range []bool{false, true} { // in its place, or ahead of it
				reply := append(bytesOf(t, right[:i]...), b...)
				if rest := right[i:]; extra {
					reply = append(reply, bytesOf(t, rest...)...)
				} else {
					reply = append(reply, bytesOf(t, rest[1:]...)...)
				}
				checkHostile(t, name, reply, extra && b == nil, m)
			}
		}
	}
}

func checkHostile(t *testing.T, name string, reply []byte, isRight bool, m wire.Message) {
	t.Helper()
	c := hostile(t, reply, "hang", Config{})
	err := ask(t, c)
	if err == nil {
		// Some lies cannot be told from the truth: another number of rows, or none.
		harmless := map[string]bool{"nothing": m.Kind() == wire.KindDataRow, "EmptyQueryResponse": m.Kind() == wire.KindCommandComplete,
			"CommandComplete": m.Kind() == wire.KindDataRow, "CopyInResponse": m.Kind() == wire.KindDataRow}
		if !isRight && !harmless[name] {
			t.Errorf("%s for %v was taken", name, m.Kind())
		}
		return
	}
	if _, ok := errors.AsType[*OpError](err); !ok {
		t.Errorf("%s for %v: %T %v, want an OpError", name, m.Kind(), err, err)
	}
	checkDead(t, c)
}

// An error stands in place of each message of the reply, and another kind of
// end behind each byte of it.
func TestErrorsInPlaceOfReplies(t *testing.T) { synctest.Test(t, testErrorsInPlaceOfReplies) }

func testErrorsInPlaceOfReplies(t *testing.T) {
	right := coldReply()
	for i := range right {
		reply := bytesOf(t, append(append([]wire.Message{}, right[:i]...), pgtest.Failure("XX000", "no"), pgtest.Ready(0))...)
		again := append(reply, reply...)
		c := hostile(t, again, "hang", Config{StatementCache: -1})
		for range 2 {
			wantCode(t, ask(t, c), "XX000")
		}
		if !c.Alive() {
			t.Errorf("the connection did not survive an error in place of %v", right[i].Kind())
		}
		c = hostile(t, bytesOf(t, append(append([]wire.Message{}, right[:i]...), pgtest.Fatal("57P01", "the end"))...), "cut", Config{})
		err := ask(t, c)
		wantCode(t, err, "57P01")
		if e, ok := errors.AsType[*OpError](err); !ok || !e.Sent {
			t.Errorf("%v, want an OpError that was sent", err)
		}
		checkDead(t, c)
	}
}

// verbs are what can be asked of a connection, each with its right reply.
func verbs() map[string]struct {
	reply []wire.Message
	run   func(context.Context, *Conn) error
} {
	again := append(coldReply()[3:6:6], coldReply()[3:]...)
	return map[string]struct {
		reply []wire.Message
		run   func(context.Context, *Conn) error
	}{
		"query": {coldReply(), func(ctx context.Context, c *Conn) error { _, err := c.Exec(ctx, "select 1"); return err }},
		"batch": {append(coldReply()[:3:3], again...), func(ctx context.Context, c *Conn) error {
			var b Batch
			b.Exec("select 1")
			b.Exec("select 1")
			_, err := c.Run(ctx, &b)
			return err
		}},
		"script": {[]wire.Message{pgtest.Columns("a"), pgtest.Row("1"), pgtest.Done("SELECT 1"), pgtest.Done("BEGIN"), pgtest.Ready(0)},
			func(ctx context.Context, c *Conn) error { _, err := c.Script(ctx, "select 1; begin"); return err }},
		"copy in": {[]wire.Message{&wire.CopyInResponse{}, pgtest.Done("COPY 1"), pgtest.Ready(0)}, func(ctx context.Context, c *Conn) error {
			_, err := c.CopyFrom(ctx, strings.NewReader("1\n"), "copy t from stdin")
			return err
		}},
		"copy out": {[]wire.Message{&wire.CopyOutResponse{}, &wire.CopyData{Data: []byte("1\n")}, &wire.CopyDone{}, pgtest.Done("COPY 1"), pgtest.Ready(0)},
			func(ctx context.Context, c *Conn) error {
				_, err := c.CopyTo(ctx, io.Discard, "copy t to stdout")
				return err
			}},
		"prepare": {append(coldReply()[:3:3], pgtest.Ready(0)), func(ctx context.Context, c *Conn) error { _, err := c.Prepare(ctx, "select 1"); return err }},
		"notification": {[]wire.Message{&wire.NotificationResponse{Channel: "c", Payload: "p"}},
			func(ctx context.Context, c *Conn) error { _, err := c.WaitNotification(ctx); return err }},
		"transaction": {append([]wire.Message{&wire.ParseComplete{}, &wire.BindComplete{}, pgtest.Done("BEGIN")}, append(coldReply()[:6:6], pgtest.Ready('T'),
			&wire.ParseComplete{}, &wire.BindComplete{}, pgtest.Done("COMMIT"), pgtest.Ready(0))...),
			func(ctx context.Context, c *Conn) error {
				return c.Tx(ctx, TxOptions{}, func(tx *Tx) error { _, err := tx.Exec(ctx, "select 1"); return err })
			}},
	}
}

// A reply that ends, breaks off or stays away after any of its bytes is an error,
// in time.
func TestRepliesCutAtEveryByte(t *testing.T) {
	for name, w := range verbs() {
		reply := bytesOf(t, w.reply...)
		if err := w.run(t.Context(), hostile(t, reply, "hang", Config{})); err != nil {
			t.Errorf("%s: the right reply: %v", name, err)
		}
		for _, end := range []string{"cut", "reset", "hang"} {
			for n := range reply {
				synctest.Test(t, func(t *testing.T) { cutReply(t, w.run, reply[:n], end, fmt.Sprintf("%s, %s at byte %d", name, end, n)) })
			}
		}
	}
}

func cutReply(t *testing.T, run func(context.Context, *Conn) error, reply []byte, end, what string) {
	c := hostile(t, reply, end, Config{})
	ctx, stop := context.WithTimeout(t.Context(), time.Second)
	defer stop()
	began := time.Now()
	err := run(ctx, c)
	if e, ok := errors.AsType[*OpError](err); !ok || e.Err == nil {
		t.Errorf("%s: %v, want an OpError", what, err)
	}
	if took := time.Since(began); end != "hang" && took > time.Second/2 || took > 5*time.Second {
		t.Errorf("%s: it took %v", what, took)
	}
	if hung := errors.Is(err, context.DeadlineExceeded); end == "hang" && !hung {
		t.Errorf("%s: %v", what, err)
	}
	if !strings.HasPrefix(what, "notification, hang") { // who has waited in vain can go on
		checkDead(t, c)
	}
}

// endless gives the same bytes again and again, as fast as they are read, and
// never ends.
type endless struct {
	*pgtest.PipeConn
	msg []byte
	at  int
}

func (e *endless) Read(p []byte) (int, error) {
	if _, err := e.PipeConn.Read(nil); err != nil { // deadlines and Close
		return 0, err
	}
	n := 0
	for n < len(p) {
		m := copy(p[n:], e.msg[e.at:])
		n, e.at = n+m, (e.at+m)%len(e.msg)
	}
	return n, nil
}

func TestEndlessReplies(t *testing.T) {
	for name, msg := range map[string]wire.Message{
		"notices":       pgtest.Notice(strings.Repeat("x", 1000)),
		"settings":      &wire.ParameterStatus{Name: "a", Value: strings.Repeat("x", 1000)},
		"notifications": &wire.NotificationResponse{Channel: "c", Payload: strings.Repeat("x", 1000)},
		"errors":        pgtest.Failure("XX000", strings.Repeat("x", 1000)),
	} {
		t.Run(name, func(t *testing.T) {
			near, far := pgtest.Pipe(pgtest.PipeConfig{Buffer: -1})
			defer far.Close()
			line := exchange.NewLine(&endless{PipeConn: near, msg: bytesOf(t, msg)}, &wire.Buffer{})
			cancel := func(context.Context) error { return nil }
			c := newConn(&Config{CancelTimeout: 20 * time.Millisecond, MaxNotifications: 1000}, session{cancel: cancel}, line, map[string]string{}, wire.TxIdle)
			defer c.Close()
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			err := ask(t, c)
			runtime.GC()
			runtime.ReadMemStats(&after)
			if _, ok := errors.AsType[*OpError](err); !ok {
				t.Errorf("%v, want an OpError", err)
			}
			if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 20<<20 {
				t.Errorf("%d MB more are held", grown>>20)
			}
			checkDead(t, c)
		})
	}
}

func TestServersThatReportTooMuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var reply []byte
		for i := range maxSettings + 1 {
			reply = append(reply, bytesOf(t, &wire.ParameterStatus{Name: strings.Repeat("s", i+1), Value: "v"})...)
		}
		wantText(t, ask(t, hostile(t, reply, "hang", Config{})), "reports more than 1000 settings")
		wantText(t, ask(t, hostile(t, []byte{'D', 0, 16, 0, 0}, "hang", Config{MaxMessage: 1000})), "length")
	})
}

// BEGIN that fails must not let what follows it run.
func TestBeginFails(t *testing.T) {
	server := pgtest.Serve(t, pgtest.ServeConfig{Network: "pipe"}, func(p *pgtest.Peer) {
		if !p.Accept(pgtest.Welcome{}) {
			return
		}
		p.Respond(func(r pgtest.Request) pgtest.Result {
			if strings.HasPrefix(r.SQL, "begin") {
				return pgtest.Refusal("25006", "not now")
			}
			t.Errorf("%q was run although BEGIN had failed", r.SQL)
			return pgtest.Tag("SELECT 0")
		})
	})
	for name, f := range map[string]func(*Tx) error{
		"query":  func(tx *Tx) error { _, err := tx.Exec(t.Context(), "select 1"); return err },
		"bytes":  func(tx *Tx) error { _, err := tx.Exec(t.Context(), "select $1::bytea", []byte{1}); return err },
		"script": func(tx *Tx) error { _, err := tx.Conn().Script(t.Context(), "select 1"); return err },
		"copy": func(tx *Tx) error {
			_, err := tx.Conn().CopyTo(t.Context(), io.Discard, "copy t to stdout")
			return err
		},
		"stmt":   func(tx *Tx) error { _, err := tx.Conn().Prepare(t.Context(), "select 1"); return err },
		"nested": func(tx *Tx) error { return tx.Tx(t.Context(), func(*Tx) error { return nil }) },
		"batch": func(tx *Tx) error {
			b := Batch{Separate: true}
			b.Exec("select 1")
			b.Exec("select 2")
			results, err := tx.Conn().Run(t.Context(), &b)
			if len(results) != 2 || results[1].Err != ErrSkipped {
				t.Errorf("results %v", results)
			}
			return err
		},
		"ignored": func(tx *Tx) error {
			_, _ = tx.Exec(t.Context(), "select 1")
			_, err := tx.Exec(t.Context(), "select 2")
			if !errors.Is(err, ErrTxLost) {
				t.Errorf("the second statement: %v, want ErrTxLost", err)
			}
			if err := tx.Commit(t.Context()); !errors.Is(err, ErrTxLost) {
				t.Errorf("commit: %v, want ErrTxLost", err)
			}
			_, err = tx.Exec(t.Context(), "select 3")
			return errors.Join(err, &ServerError{Code: "25006"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := connectVia(t, server.Dial, "u", "d", Config{})
			e := wantCode(t, c.Tx(t.Context(), TxOptions{}, f), "25006")
			if name == "query" && (e.SQL != "begin" || e.Index != -1) {
				t.Errorf("the error is about %q", e.SQL)
			}
			if !c.Alive() || c.inTx() || c.busy != "" || c.queue.Len() > 0 {
				t.Error("the connection is not at rest")
			}
		})
	}
}

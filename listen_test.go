package parley

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"parley/pgtest"
)

func TestNotifications(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	c, other := connectRaw(t, server, Config{MaxNotifications: 5}), connectRaw(t, server, Config{})
	ctx := t.Context()
	const channel = `Odd "name"`
	if err := c.Listen(ctx, channel); err != nil {
		t.Fatal(err)
	}
	notify := func(from, n int) {
		t.Helper()
		for i := from; i < from+n; i++ {
			mustExec(t, other, "select pg_notify($1::text, $2::text)", channel, fmt.Sprint(i))
		}
	}
	expect := func(i int) {
		t.Helper()
		n, err := c.WaitNotification(ctx)
		if err != nil || n.Channel != channel || n.Payload != fmt.Sprint(i) || n.ProcessID != other.ProcessID() {
			t.Fatalf("%+v, %v, want %d", n, err, i)
		}
	}
	notify(1, 2)
	expect(1)
	expect(2)
	sent := make(chan error)
	time.AfterFunc(20*time.Millisecond, func() {
		_, err := other.Exec(ctx, "select pg_notify($1::text, '3')", channel)
		sent <- err
	})
	expect(3)
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	notify(4, 3)
	mustExec(t, c, "select 1") // they come along with its reply, or later
	expect(4)
	expect(5)
	expect(6)
	notify(10, 8) // more than may wait
	mustExec(t, c, "select 1")
	mustExec(t, c, "select 1")
	_, err := c.WaitNotification(ctx)
	if e, ok := errors.AsType[*LostError](err); !ok || e.Count != 3 {
		t.Fatalf("%v, want that 3 were lost", err)
	}
	for i := 13; i < 18; i++ {
		expect(i)
	}
	short, stop := context.WithTimeout(ctx, 10*time.Millisecond)
	defer stop()
	_, err = c.WaitNotification(short)
	if e, ok := errors.AsType[*OpError](err); !ok || e.Sent || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("nothing comes: %v", err)
	}
	checkAlive(t, c)
	for _, name := range []string{channel, ""} {
		if err := c.Unlisten(ctx, name); err != nil {
			t.Error(err)
		}
	}
	if c.noteSize != 0 || c.notes != nil {
		t.Errorf("%d bytes of notifications are held", c.noteSize)
	}
	time.AfterFunc(20*time.Millisecond, func() { _ = c.Close() })
	if _, err := c.WaitNotification(ctx); !errors.Is(err, ErrClosed) {
		t.Errorf("closed meanwhile: %v", err)
	}
}

func TestNotices(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	var got []string
	c := connectRaw(t, server, Config{Notice: func(c *Conn, n *Notice) {
		zone, _ := c.Setting("TimeZone")
		got = append(got, fmt.Sprintf("%s %s %q %d", zone, n.Message, n.SQL, n.Index))
	}})
	mustExec(t, c, "set timezone to 'UTC'")
	const sql = "do $$ begin raise notice 'hello'; end $$"
	mustExec(t, c, sql)
	runBatch(t, c, "select 1", sql)
	if _, err := c.Script(t.Context(), sql); err != nil {
		t.Error(err)
	}
	want := []string{`UTC hello "` + sql + `" -1`, `UTC hello "` + sql + `" 1`, `UTC hello "` + sql + `" -1`}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if s := (&Notice{Severity: "NOTICE", Message: "m", Code: "00000", Index: -1}).String(); s != "NOTICE: m (SQLSTATE 00000)" {
		t.Errorf("a notice prints as %q", s)
	}
	checkAlive(t, c)
}

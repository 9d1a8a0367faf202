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

// given is what a loop over notifications was given.
type given struct {
	note Notification
	err  error
}

// loop listens on a goroutine, and hands on what it is given until the context
// ends; the channel is closed when the loop has ended. It returns when listening
// has begun.
func loop(t *testing.T, ctx context.Context, db *DB, channel string) <-chan given {
	t.Helper()
	before := listeners(db)
	out := make(chan given)
	go func() {
		defer close(out)
		for n, err := range db.Listen(ctx, channel) {
			select {
			case out <- given{n, err}:
			case <-ctx.Done():
				return
			}
		}
	}()
	until(t, "it listens", func() bool { return listeners(db) == before+1 })
	return out
}

// listeners is how many loops of a DB hear.
func listeners(db *DB) (n int) {
	db.ears.mu.Lock()
	defer db.ears.mu.Unlock()
	for _, list := range db.ears.channels {
		for _, s := range list {
			if s.begun() {
				n++
			}
		}
	}
	return n
}

// next is what a loop is given next.
func next(t *testing.T, from <-chan given) given {
	t.Helper()
	select {
	case x, open := <-from:
		if !open {
			t.Fatal("the loop has ended")
		}
		return x
	case <-time.After(2 * time.Minute):
		t.Fatal("nothing comes")
	}
	return given{}
}

// hears fails unless a loop is given a notification with this payload.
func hears(t *testing.T, from <-chan given, channel, payload string) {
	t.Helper()
	if x := next(t, from); x.err != nil || x.note.Channel != channel || x.note.Payload != payload {
		t.Fatalf("%+v, want %q on %q", x, payload, channel)
	}
}

func notify(t *testing.T, db *DB, channel, payload string) {
	t.Helper()
	if _, err := db.Exec(t.Context(), "select pg_notify($1, $2)", channel, payload); err != nil {
		t.Fatal(err)
	}
}

// silent waits until nobody listens and no connection does.
func silent(t *testing.T, db *DB, server *pgtest.Server) {
	t.Helper()
	until(t, "nothing of the listeners is left", func() bool {
		db.ears.mu.Lock()
		defer db.ears.mu.Unlock()
		return len(db.ears.channels) == 0 && !db.ears.running
	})
	until(t, "the connection is gone", func() bool { return sessions(t, server) == "0" })
}

// sessions is how many sessions of the server have listened.
func sessions(t *testing.T, server *pgtest.Server) string {
	t.Helper()
	return asks(t, server, "select count(*)::text from pg_stat_activity where query ~* '^(un)?listen '")
}

// Any number of loops, on any channels, share one connection, and each is given
// what belongs to it in its order. A loop that is left stops listening, and with
// the last one the connection goes.
func TestListen(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	db := openDB(t, server, Config{})
	const plain, odd = "plain", `Odd "Name" with Spaces; 'é`
	ctx, stop := context.WithCancel(t.Context())
	brief, leave := context.WithCancel(ctx)
	defer leave()
	defer stop()
	first, second, other := loop(t, ctx, db, plain), loop(t, ctx, db, plain), loop(t, brief, db, odd)
	for i := range 100 {
		notify(t, db, plain, fmt.Sprint("p", i))
		notify(t, db, odd, fmt.Sprint("o", i))
	}
	for i := range 100 {
		hears(t, first, plain, fmt.Sprint("p", i))
		hears(t, other, odd, fmt.Sprint("o", i))
	}
	for i := range 100 {
		hears(t, second, plain, fmt.Sprint("p", i))
	}
	if n := sessions(t, server); n != "1" {
		t.Errorf("%s connections listen, want 1", n)
	}
	leave()
	until(t, "the channel is not listened on", func() bool {
		return asks(t, server, "select count(*)::text from pg_stat_activity where query = 'unlisten '||quote_ident('"+strings.ReplaceAll(odd, "'", "''")+"')") == "1"
	})
	notify(t, db, plain, "on")
	hears(t, first, plain, "on")
	stop()
	silent(t, db, server)
	again, leave := context.WithCancel(t.Context())
	third := loop(t, again, db, plain)
	notify(t, db, plain, "again")
	hears(t, third, plain, "again")
	leave()
	silent(t, db, server)
}

var errStopped = errors.New("somebody has stopped it")

// Leaving a loop by break stops listening.
func TestListenBreak(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	db := openDB(t, server, Config{})
	seen := make(chan Notification, 1)
	go func() {
		defer close(seen)
		for n, err := range db.Listen(t.Context(), "x") {
			if err != nil {
				t.Error(err)
			}
			seen <- n
			break
		}
	}()
	until(t, "it listens", func() bool { return listeners(db) == 1 })
	notify(t, db, "x", "1")
	if n := <-seen; n.Payload != "1" {
		t.Errorf("%+v", n)
	}
	<-seen
	silent(t, db, server)
}

// A connection that is lost is made again; each loop is told once, and goes on.
func TestListenAgain(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	db := openDB(t, server, Config{ReconnectTimeout: time.Minute})
	loops := []<-chan given{loop(t, t.Context(), db, "x"), loop(t, t.Context(), db, "x"), loop(t, t.Context(), db, "Y")}
	channels := []string{"x", "x", "Y"}
	for i, lose := range []func(){
		func() {
			asks(t, server, "select pg_terminate_backend(pid)::text from pg_stat_activity where query ~* '^listen '")
		},
		func() {
			if err := server.Restart(t.Context(), pgtest.Crash); err != nil {
				t.Fatal(err)
			}
		},
	} {
		notify(t, db, "x", fmt.Sprint("before", i))
		notify(t, db, "Y", fmt.Sprint("before", i))
		for j, l := range loops {
			hears(t, l, channels[j], fmt.Sprint("before", i))
		}
		lose()
		for _, l := range loops {
			gap, ok := errors.AsType[*GapError](next(t, l).err)
			if !ok || gap.Err == nil || !strings.Contains(gap.Error(), "may have been missed") {
				t.Fatalf("loss %d: %v, want a GapError", i, gap)
			}
		}
		notify(t, db, "x", "after")
		notify(t, db, "Y", "after")
		for j, l := range loops {
			hears(t, l, channels[j], "after")
		}
	}
}

// A loop that is too slow is told how many it has lost, and is then given those
// that are left; the others do not notice.
func TestListenLoses(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	db := openDB(t, server, Config{MaxNotifications: 5})
	quick := loop(t, t.Context(), db, "x")
	slow := loop(t, t.Context(), db, "x")
	for i := range 21 {
		notify(t, db, "x", fmt.Sprint(i))
		hears(t, quick, "x", fmt.Sprint(i))
	}
	hears(t, slow, "x", "0") // which the loop has held up all the time
	lost, ok := errors.AsType[*LostError](next(t, slow).err)
	if !ok || lost.Count != 15 {
		t.Fatalf("%v, want 15 to be lost", lost)
	}
	for i := 16; i < 21; i++ {
		hears(t, slow, "x", fmt.Sprint(i))
	}
	notify(t, db, "x", "on")
	hears(t, slow, "x", "on")
}

// A context that ends ends the loop with its cause, also in a flood.
func TestListenContext(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	db := openDB(t, server, Config{})
	ctx, stop := context.WithCancelCause(t.Context())
	ended := make(chan error, 1)
	n := 0
	go func() {
		var last error
		for _, err := range db.Listen(ctx, "x") {
			if last = err; n == 0 {
				stop(errStopped)
			}
			n++
		}
		ended <- last
	}()
	until(t, "it listens", func() bool { return listeners(db) == 1 })
	if _, err := db.Exec(t.Context(), "select pg_notify('x', i::text) from generate_series(1, 500) i"); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, errStopped) {
		t.Errorf("%v, want the context's cause", err)
	}
	if n != 2 {
		t.Errorf("the loop went on for %d rounds, want 2", n)
	}
	silent(t, db, server)
	for _, err := range db.Listen(ctx, "x") {
		if !errors.Is(err, errStopped) {
			t.Errorf("%v, want the context's cause", err)
		}
	}
	silent(t, db, server)
}

// Close ends all loops, and there are no others afterwards.
func TestListenClose(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	db := openDB(t, server, Config{})
	loops := []<-chan given{loop(t, t.Context(), db, "x"), loop(t, t.Context(), db, "y")}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, l := range loops {
		if x := next(t, l); !errors.Is(x.err, ErrClosed) {
			t.Errorf("%v, want ErrClosed", x.err)
		}
		if x, open := <-l; open {
			t.Errorf("the loop goes on with %+v", x)
		}
	}
	for range 3 {
		rounds := 0
		for _, err := range db.Listen(t.Context(), "x") {
			if rounds++; !errors.Is(err, ErrClosed) {
				t.Errorf("%v, want ErrClosed", err)
			}
		}
		if rounds != 1 {
			t.Errorf("%d rounds, want 1", rounds)
		}
	}
	silent(t, db, server)
}

// Names that PostgreSQL would cut off, or cannot have, are refused; the longest
// is not.
func TestListenNames(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	db := openDB(t, server, Config{})
	for _, name := range []string{"", "a\x00b", strings.Repeat("x", 64), strings.Repeat("é", 32)} {
		for _, err := range db.Listen(t.Context(), name) {
			wantText(t, err, "listen: the name of a channel has 1 to 63 bytes")
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	longest := strings.Repeat("é", 31) + "X"
	l := loop(t, ctx, db, longest)
	notify(t, db, longest, "1")
	hears(t, l, longest, "1")
	stop()
	silent(t, db, server)
}

// What keeps a LISTEN from being taken, and will not pass, ends the loop, and
// nothing goes on trying.
func TestListenRefused(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{Setup: []string{"create role guest login"}})
	db, err := Open(t.Context(), server.DSN()+" user=guest")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	asks(t, server, "select 1::text")
	admin := openDB(t, server, Config{})
	if _, err := admin.Exec(t.Context(), "alter role guest nologin"); err != nil {
		t.Fatal(err)
	}
	for _, err := range db.Listen(t.Context(), "x") {
		wantCode(t, err, "28000")
	}
	silent(t, db, server)
}

// A standby cannot listen, and says so.
func TestListenOnStandby(t *testing.T) {
	p := startPair(t, false)
	read := p.open("target_session_attrs=read-write", Config{}).ReadOnly()
	for _, err := range read.Listen(t.Context(), "x") {
		wantCode(t, err, "25006")
	}
	silent(t, read, p.standby)
}

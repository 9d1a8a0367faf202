//go:build unix

package parley

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"parley/pgtest"
)

// pause stops all processes of a server where they are, as a machine that hangs
// would, and returns what lets them go on.
func pause(t *testing.T, server *pgtest.Server) (goOn func()) {
	t.Helper()
	c, err := Connect(t.Context(), server.DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	pids := []int{server.PID()}
	if err := syscall.Kill(pids[0], syscall.SIGSTOP); err != nil { // first, so that no others begin
		t.Fatal(err)
	}
	signal := func(s syscall.Signal) {
		for _, pid := range pids {
			_ = syscall.Kill(pid, s) // it may have ended
		}
	}
	goOn = func() { signal(syscall.SIGCONT) }
	t.Cleanup(goOn)
	text := value(t, c, "select string_agg(pid::text, ' ') from pg_stat_activity where pid <> pg_backend_pid()")
	for field := range strings.FieldsSeq(text) {
		pid, err := strconv.Atoi(field)
		if err != nil || pid <= 1 {
			t.Fatalf("the process id %q: %v", field, err)
		}
		pids = append(pids, pid)
	}
	signal(syscall.SIGSTOP)
	return goOn
}

// A primary that hangs, with its connections open and silent, is left when the
// callers have no more time for it: they are told that what they sent is in
// doubt, and the next find the new primary. When it comes back, nothing of what
// it does counts.
func TestPausedPrimary(t *testing.T) {
	p := startPair(t, true)
	db := p.open("target_session_attrs=read-write connect_timeout=2", Config{Grouping: GroupWrites, CancelTimeout: 500 * time.Millisecond})
	writers := startTimed(t, db, 3*time.Second)
	writers.more(500)
	p.awaitStandby()
	old := p.primary
	goOn := pause(t, old)
	if err := p.standby.Promote(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.primary, p.standby = p.standby, p.primary
	writers.more(500)
	goOn()
	writers.more(500)
	p.rebuild()
	writers.more(500)
	writers.end()
	writers.judge(asks(t, p.primary, "select coalesce(string_agg(marker, ' '), '') from log"), true)
}

// A reader who has all the time in the world leaves a primary that hangs, too, when
// there is another one: the read is run again there.
func TestPausedPrimaryReads(t *testing.T) {
	for _, readers := range []int{1, 32} {
		t.Run(strconv.Itoa(readers), func(t *testing.T) { readOn(t, readers) })
	}
}

func readOn(t *testing.T, readers int) {
	p := startPair(t, true)
	const conns = 2 // who has one of these waits with it
	db := p.open("target_session_attrs=read-write connect_timeout=2", Config{Lanes: 2, MaxConns: conns, CancelTimeout: 500 * time.Millisecond})
	var wg sync.WaitGroup
	ctx, stop := context.WithCancelCause(t.Context())
	defer wg.Wait()
	defer stop(errStopped)
	reads := make([]atomic.Int64, readers)
	for i := range reads {
		wg.Go(func() {
			for ctx.Err() == nil {
				n := reads[i].Load()
				if got, err := One[int64](ctx, db, "select $1::int8", n); ctx.Err() == nil && (err != nil || got != n) {
					t.Errorf("got %d, %v, want %d", got, err, n)
				}
				reads[i].Add(1)
			}
		})
	}
	behind := func() (n int) { // how many readers have not read a hundred times
		for i := range reads {
			if reads[i].Load() < 100 {
				n++
			}
		}
		return n
	}
	until(t, "all have begun", func() bool { return behind() == 0 })
	goOn := pause(t, p.primary)
	if err := p.standby.Promote(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-time.After(100 * time.Millisecond) // for what was in the air
	for i := range reads {
		reads[i].Store(0)
	}
	until(t, "the readers go on", func() bool { return behind() <= min(conns, readers-1) })
	goOn()
	until(t, "all go on", func() bool { return behind() == 0 })
	t.Logf("%+v", db.Stats())
}

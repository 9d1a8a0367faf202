package parley

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/pgtest"
)

// markerRequests is how many requests TestMarkers makes, unless the variable
// PARLEY_MARKERS says otherwise.
const markerRequests = 12_000

// On a real server, with statements that fail, contexts that end, backends that
// are ended, and a server that is restarted and killed: no result reaches another
// caller, an acknowledged insert is there exactly once, any other at most once,
// and one that was not sent is not there.
func TestMarkers(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("PARLEY_MARKERS"))
	if err != nil {
		n = markerRequests
	}
	if testing.Short() {
		n /= 10
	}
	for _, grouping := range []Grouping{GroupReads, GroupWrites, GroupNone} {
		t.Run(fmt.Sprint(grouping), func(t *testing.T) { runMarkers(t, grouping, n/3) })
	}
}

func runMarkers(t *testing.T, grouping Grouping, n int) {
	server := pgtest.Start(t, pgtest.Config{Durable: true})
	db := openDB(t, server, Config{Lanes: 3, Grouping: grouping, ReconnectTimeout: time.Minute})
	if _, err := db.Script(t.Context(), "create table log (marker text); create table taken (id int primary key); insert into taken values (1)"); err != nil {
		t.Fatal(err)
	}
	m := &markers{t: t, db: db, left: atomic.Int64{}}
	m.left.Store(int64(n))
	trouble, stop := context.WithCancel(t.Context())
	var wg, bad sync.WaitGroup
	bad.Go(func() { m.trouble(trouble, server) })
	callers := make([]*marker, 48)
	for i := range callers {
		callers[i] = &marker{markers: m, r: rand.New(rand.NewPCG(uint64(i), uint64(grouping))), name: strconv.Itoa(i)}
		wg.Go(callers[i].run)
	}
	wg.Wait()
	stop()
	bad.Wait()
	m.judge(callers)
	s := db.Stats()
	t.Logf("%d reads, %d writes acknowledged, %d in doubt, %d not sent, %d refused, %d ended; groups of %.1f, %d retries, %d moved, %d lanes opened, %d backends ended, %d restarts",
		m.reads.Load(), m.acked.Load(), m.doubt.Load(), m.unsent.Load(), m.refused.Load(), m.ended.Load(),
		s.Group.Mean(), s.Retries, s.Moved, s.LanesOpened, m.killed, m.restarts)
	if m.acked.Load() == 0 || m.reads.Load() == 0 || m.refused.Load() == 0 {
		t.Error("nothing was tested")
	}
}

// markers is one run.
type markers struct {
	t                                           *testing.T
	db                                          *DB
	left                                        atomic.Int64
	reads, acked, doubt, unsent, refused, ended atomic.Int64
	killed, restarts                            int // owned by trouble
}

// trouble ends backends and restarts the server now and then.
func (m *markers) trouble(ctx context.Context, server *pgtest.Server) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	modes := []pgtest.StopMode{pgtest.Fast, pgtest.Immediate, pgtest.Crash}
	for i := 1; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if i%25 == 0 {
			if err := server.Restart(m.t.Context(), modes[i/25%3]); err != nil {
				m.t.Error(err)
				return
			}
			m.restarts++
			continue
		}
		_ = m.db.with(ctx, func(c *Conn) error {
			_, err := c.Exec(ctx, `select pg_terminate_backend(pid) from pg_stat_activity
				where pid <> pg_backend_pid() and backend_type = 'client backend' order by random() limit 1`)
			return err
		})
		m.killed++
	}
}

// marker is one caller.
type marker struct {
	*markers
	r     *rand.Rand
	name  string
	fates []fate
}

func (k *marker) run() {
	for i := 0; k.left.Add(-1) >= 0; i++ {
		k.one(k.name + "/" + strconv.Itoa(i))
	}
}

// one makes one request.
func (k *marker) one(id string) {
	ctx, stop := k.t.Context(), context.CancelFunc(func() {})
	if k.r.IntN(5) == 0 {
		ctx, stop = context.WithTimeout(ctx, time.Duration(k.r.IntN(10_000))*time.Microsecond)
	}
	defer stop()
	switch k.r.IntN(10) {
	case 0:
		_, err := k.db.Exec(ctx, "insert into taken values ($1::int)", 1)
		k.told(err, "23505")
	case 1:
		_, err := k.db.Exec(ctx, "select 1 / ($1::int - 7)", 7)
		k.told(err, "22012")
	case 2, 3, 4:
		_, err := k.db.Exec(ctx, "insert into log values ($1)", id)
		k.fates = append(k.fates, fate{marker: id, err: err})
		k.told(err, "")
		if err == nil {
			k.acked.Add(1)
		}
	default:
		x := textRows{want: id}
		_, err := k.db.collect(ctx, "select $1::text", []any{id}, &sink{taker: &x})
		k.told(err, "")
		if x.bad != "" || err == nil && x.rows != 1 {
			k.t.Errorf("%s got %q in %d rows", id, x.bad, x.rows)
		}
		k.reads.Add(1)
	}
}

// told counts what a caller was told.
func (k *marker) told(err error, code string) {
	e, refused := errors.AsType[*ServerError](err)
	op, lost := errors.AsType[*OpError](err)
	_, connect := errors.AsType[*ConnectError](err)
	switch {
	case err == nil && code != "":
		k.t.Errorf("%s: a statement that fails has succeeded", k.name)
	case err == nil:
	case lost && (errors.Is(err, context.DeadlineExceeded)):
		k.ended.Add(1)
	case lost && op.Sent:
		k.doubt.Add(1)
	case lost, connect:
		k.unsent.Add(1)
	case refused && e.Code == code:
		k.refused.Add(1)
	default:
		k.t.Errorf("%s: the error of somebody else: %v", k.name, err)
	}
}

// judge compares what callers were told with what is stored.
func (m *markers) judge(callers []*marker) {
	stored := map[string]int{}
	rows := m.db.Query(m.t.Context(), "select marker, count(*) from log group by 1")
	for rows.Next() {
		var marker string
		var n int
		if err := rows.Scan(&marker, &n); err != nil {
			m.t.Fatal(err)
		}
		stored[marker] = n
	}
	if rows.Err() != nil {
		m.t.Fatal(rows.Err())
	}
	for _, k := range callers {
		for _, f := range k.fates {
			n := stored[f.marker]
			e, ok := errors.AsType[*OpError](f.err)
			switch {
			case n > 1:
				m.t.Errorf("%s is stored %d times", f.marker, n)
			case f.err == nil && n != 1:
				m.t.Errorf("%s was acknowledged and is not stored", f.marker)
			case f.err != nil && (!ok || !e.Sent) && n != 0:
				m.t.Errorf("%s is stored, though its caller was told that it was not sent: %v", f.marker, f.err)
			}
		}
	}
}

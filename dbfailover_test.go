package parley

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/pgtest"
)

// failovers is how many failovers TestFailover has, unless the variable
// PARLEY_FAILOVERS says otherwise.
const failovers = 2

// pair is a primary and its synchronous standby, which change places.
type pair struct {
	t                *testing.T
	primary, standby *pgtest.Server
	sync             bool
}

func startPair(t *testing.T, sync bool) *pair {
	t.Helper()
	primary := pgtest.Start(t, pgtest.Config{Setup: []string{"create table log (marker text)"}})
	p := &pair{t: t, primary: primary, standby: pgtest.StartStandby(t, primary, pgtest.StandbyConfig{Synchronous: sync}), sync: sync}
	p.awaitStandby()
	return p
}

// hosts is a connection string that names both.
func (p *pair) hosts(more string) string {
	return fmt.Sprintf("host=%s,%s port=%d,%d user=%s dbname=%s connect_timeout=10 %s", p.primary.SocketDir(), p.standby.SocketDir(),
		p.primary.Port(), p.standby.Port(), p.primary.User(), p.primary.Database(), more)
}

// open opens a DB on both.
func (p *pair) open(more string, config Config) *DB {
	p.t.Helper()
	config.ConnString = p.hosts(more)
	if config.ReconnectTimeout == 0 {
		config.ReconnectTimeout = 2 * time.Minute
	}
	db, err := OpenConfig(p.t.Context(), config)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = db.Close() })
	return db
}

// asks asks a server for a text, on a connection that is made for it.
func asks(t *testing.T, server *pgtest.Server, sql string) string {
	t.Helper()
	c, err := Connect(t.Context(), server.DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return value(t, c, sql)
}

// until looks again and again until something is so.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(3 * time.Minute)
	for !so() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("waited in vain until %s", what)
		case <-t.Context().Done():
			t.Fatal(context.Cause(t.Context()))
		}
	}
}

// awaitStandby waits until the standby has all that the primary has.
func (p *pair) awaitStandby() {
	p.t.Helper()
	state := "async"
	if p.sync {
		state = "sync"
	}
	c, err := Connect(p.t.Context(), p.primary.DSN())
	if err != nil {
		p.t.Fatal(err)
	}
	defer c.Close()
	lsn := value(p.t, c, "select pg_current_wal_lsn()::text")
	until(p.t, "the standby is in step", func() bool {
		return value(p.t, c, "select count(*)::text from pg_stat_replication where sync_state = $1 and replay_lsn >= $2::text::pg_lsn", state, lsn) == "1"
	})
}

// fail stops the primary and promotes the standby; they have then changed places.
func (p *pair) fail(mode pgtest.StopMode) {
	p.t.Helper()
	if err := p.primary.Stop(p.t.Context(), mode); err != nil {
		p.t.Fatal(err)
	}
	if err := p.standby.Promote(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
	p.primary, p.standby = p.standby, p.primary
}

// rebuild makes the old primary the standby of the new one.
func (p *pair) rebuild() {
	p.t.Helper()
	if err := p.standby.Follow(p.t.Context(), p.primary, pgtest.StandbyConfig{Synchronous: p.sync}); err != nil {
		p.t.Fatal(err)
	}
	p.awaitStandby()
}

// Under load of grouped writes and transactions, primaries crash and standbys
// take over. The DB finds each new primary by itself. Nothing that was
// acknowledged is lost, nothing is there twice, what was not sent is not there,
// and callers who have time are never told that it was not sent.
func TestFailover(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("PARLEY_FAILOVERS"))
	if err != nil {
		n = failovers
	}
	p := startPair(t, true)
	db := p.open("target_session_attrs=read-write", Config{Grouping: GroupWrites})
	writers := startWriters(t, db)
	for i := range n {
		writers.more(1000)
		p.awaitStandby()
		mode := []pgtest.StopMode{pgtest.Crash, pgtest.Immediate, pgtest.Fast}[i%3]
		p.fail(mode)
		writers.more(1000)
		t.Logf("failover %d (%v): %d acknowledged so far", i+1, mode, writers.acked.Load())
		p.rebuild()
	}
	writers.more(1000)
	writers.end()
	writers.judge(asks(t, p.primary, "select coalesce(string_agg(marker, ' '), '') from log"), true)
	s := db.Stats()
	t.Logf("%d failovers; groups of %.1f, %d retries, %d moved, %d lanes and %d connections opened", n, s.Group.Mean(), s.Retries, s.Moved, s.LanesOpened, s.Opened)
}

// crashed returns a DB whose idle connections have all been lost, and a server
// that is there again.
func crashed(t *testing.T, conns int) *DB {
	t.Helper()
	server := pgtest.Start(t, pgtest.Config{Setup: []string{"create table log (marker text)"}})
	db := openDB(t, server, Config{MaxConns: conns, Lanes: -1})
	held := make([]*DBConn, conns)
	for i := range held {
		held[i] = db.conn(t)
	}
	for _, c := range held {
		_ = c.Close()
	}
	if err := server.Restart(t.Context(), pgtest.Crash); err != nil {
		t.Fatal(err)
	}
	return db
}

// A transaction of which nothing was sent is run again on another connection, as
// often as its caller allows.
func TestTxAgainWhenNotSent(t *testing.T) {
	db := crashed(t, 1)
	runs := 0
	err := db.Tx(t.Context(), TxOptions{Retries: 1}, func(tx *Tx) error {
		runs++
		_, err := tx.Exec(t.Context(), "insert into log values ('x')")
		return err
	})
	if err != nil || runs > 2 {
		t.Errorf("after %d runs: %v", runs, err)
	}
	if got, err := text(t, db, "select count(*)::text from log"); err != nil || got != "1" {
		t.Errorf("%s rows, %v", got, err)
	}
}

// When one connection turns out to be lost, the others are looked at before
// anybody gets them.
func TestPoolDoubtsTheRest(t *testing.T) {
	const conns = 5
	db := crashed(t, conns)
	failed := 0
	for range conns {
		if err := db.Tx(t.Context(), TxOptions{}, func(tx *Tx) error {
			_, err := tx.Exec(t.Context(), "insert into log values ('x')")
			return err
		}); err != nil {
			failed++
		}
	}
	if failed > 1 {
		t.Errorf("%d of %d transactions met a lost connection, want 1 at most", failed, conns)
	}
}

// A primary that takes no more writes, while its sessions live on, is left: what
// it refuses waits for another one, and is run there, once.
func TestDemoted(t *testing.T) {
	p := startPair(t, true)
	db := p.open("target_session_attrs=read-write", Config{Grouping: GroupWrites, Lanes: 3})
	writers := startWriters(t, db)
	for range 2 {
		writers.more(500)
		old := p.primary
		if err := old.SetSettings(map[string]string{"default_transaction_read_only": "on"}); err != nil {
			t.Fatal(err)
		}
		if err := old.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		until(t, "nothing is written any more", func() bool {
			return asks(t, old, "select count(*)::text from pg_stat_activity where backend_type = 'client backend' and state <> 'idle' and pid <> pg_backend_pid()") == "0"
		})
		before := writers.acked.Load()
		if err := p.standby.Promote(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.primary, p.standby = p.standby, p.primary
		writers.more(500)
		if got := asks(t, p.primary, "select count(*)::text from log"); got == "0" || writers.acked.Load() < before+500 {
			t.Errorf("%s rows", got)
		}
		if old.PID() == 0 {
			t.Error("the old primary has ended, so that nothing was tested")
		}
		p.rebuild()
		if err := p.standby.SetSettings(map[string]string{"default_transaction_read_only": "off"}); err != nil {
			t.Fatal(err)
		}
		if err := p.standby.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	writers.end()
	writers.judge(asks(t, p.primary, "select coalesce(string_agg(marker, ' '), '') from log"), false)
}

// A statement that is refused since the server is not the primary is run where
// the primary is, by whatever way it goes: on a lane, in a group, alone, in a
// transaction. What is read only by the caller's own wish is not.
func TestRefusedByAStandby(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{Setup: []string{"create table log (marker text)",
		`create function judge() returns trigger language plpgsql as $$ begin
			if current_setting('parley.demoted', true) = 'on' then raise exception 'not here' using errcode = '25006'; end if;
			return new; end $$`,
		"create trigger judge before insert on log for each row execute function judge()"}})
	db, err := OpenConfig(t.Context(), Config{ConnString: server.DSN() + " target_session_attrs=primary", Grouping: GroupWrites, MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	const insert = "insert into log values ($1)"
	ways := map[string]func(ctx context.Context, marker string) error{
		"a lane": func(ctx context.Context, marker string) error { _, err := db.Exec(ctx, insert, marker); return err },
		"a transaction": func(ctx context.Context, marker string) error {
			return db.Tx(ctx, TxOptions{Retries: 2}, func(tx *Tx) error { _, err := tx.Exec(ctx, insert, marker); return err })
		},
		"a function": func(ctx context.Context, marker string) error {
			_, err := db.Exec(ctx, "do $$ begin insert into log values ('"+marker+"'); end $$")
			return err
		},
	}
	for name, write := range ways {
		if err := write(t.Context(), name+"0"); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	// The sessions that are there are made like those of a standby; new ones are not.
	for name, write := range ways {
		for _, l := range *db.lanes.all.Load() {
			makeReadOnly(t, l.conn)
		}
		for _, c := range []*DBConn{db.conn(t), db.conn(t)} {
			makeReadOnly(t, c.Conn)
			_ = c.Close()
		}
		if err := write(t.Context(), name+"1"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := asks(t, server, "select count(*) || '/' || count(distinct marker) from log"); got != "6/6" {
		t.Errorf("%s rows, want 6 different ones", got)
	}
	runs := 0
	wantCode(t, db.Tx(t.Context(), TxOptions{Retries: 5, ReadOnly: true}, func(tx *Tx) error {
		runs++
		_, err := tx.Exec(t.Context(), insert, "x")
		return err
	}), "25006")
	if runs != 1 {
		t.Errorf("a transaction that is read only by wish was run %d times", runs)
	}
}

// makeReadOnly makes a session refuse what a standby would, without a word: the
// setting that servers report would retire a lane before it is used.
func makeReadOnly(t *testing.T, c *Conn) {
	t.Helper()
	mustExec(t, c, "set parley.demoted = 'on'")
	c.dirty = false
}

// writers insert markers until they are stopped.
type writers struct {
	t     *testing.T
	db    *DB
	acked atomic.Int64
	stop  context.CancelFunc
	wg    sync.WaitGroup
	all   []*writer
}

// writer is one of them.
type writer struct {
	*writers
	name  string
	write func(ctx context.Context, marker string) error
	brief bool          // its contexts end soon
	limit time.Duration // of its contexts if they are not brief; 0 for none
	fates []fate
}

func startWriters(t *testing.T, db *DB) *writers { return startTimed(t, db, 0) }

// startTimed starts writers whose contexts all end.
func startTimed(t *testing.T, db *DB, limit time.Duration) *writers {
	ctx, stop := context.WithCancel(t.Context())
	ws := &writers{t: t, db: db, stop: stop}
	t.Cleanup(ws.end)
	for i := range 48 {
		w := &writer{writers: ws, name: strconv.Itoa(i), write: ws.exec, brief: i%4 == 0, limit: limit}
		if i%6 < 2 {
			w.write = ws.tx
		}
		ws.all = append(ws.all, w)
		ws.wg.Go(func() { w.run(ctx) })
	}
	return ws
}

func (ws *writers) end() {
	ws.stop()
	ws.wg.Wait()
}

// more waits until so many more writes were acknowledged.
func (ws *writers) more(n int64) {
	ws.t.Helper()
	n += ws.acked.Load()
	until(ws.t, "writes go on", func() bool { return ws.acked.Load() >= n })
}

func (ws *writers) exec(ctx context.Context, marker string) error {
	_, err := ws.db.Exec(ctx, "insert into log values ($1)", marker)
	return err
}

func (ws *writers) tx(ctx context.Context, marker string) error {
	return ws.db.Tx(ctx, TxOptions{Retries: 20}, func(tx *Tx) error {
		_, err := tx.Exec(ctx, "insert into log values ($1)", marker)
		return err
	})
}

func (w *writer) run(stopped context.Context) {
	r := rand.New(rand.NewPCG(uint64(len(w.name)), uint64(w.name[0])))
	for i := 0; stopped.Err() == nil; i++ {
		ctx, stop := w.t.Context(), context.CancelFunc(func() {})
		if w.brief {
			ctx, stop = context.WithTimeout(ctx, time.Duration(r.IntN(50_000))*time.Microsecond)
		} else if w.limit > 0 {
			ctx, stop = context.WithTimeout(ctx, w.limit)
		}
		marker := w.name + "/" + strconv.Itoa(i)
		err := w.write(ctx, marker)
		stop()
		if err == nil {
			w.acked.Add(1)
		}
		w.fates = append(w.fates, fate{marker: marker, err: err})
	}
}

// judge compares what was told with what is stored. In a failover some are in
// doubt.
func (ws *writers) judge(stored string, doubts bool) {
	there := map[string]int{}
	for marker := range strings.FieldsSeq(stored) {
		there[marker]++
	}
	var acked, unknown, unsent, refused, lost, doubled, ghosts int
	for _, w := range ws.all {
		for _, f := range w.fates {
			n := there[f.marker]
			op, isOp := errors.AsType[*OpError](f.err)
			switch {
			case f.err == nil:
				acked++
				if n == 0 {
					lost++
				}
			case isOp && op.Sent:
				unknown++
			default:
				if unsent++; n > 0 {
					ghosts++
					ws.t.Errorf("%s is there, though its caller was told: %v", f.marker, f.err)
				}
				e, _ := errors.AsType[*ServerError](f.err)
				if !isOp && w.brief && e != nil && e.Code == readOnlyCode {
					continue // there was no time to try the next server
				}
				if !isOp {
					refused++
					ws.t.Errorf("%s: an error of its own: %v", f.marker, f.err)
				} else if !w.brief && w.limit == 0 {
					ws.t.Errorf("%s: it had time, and was not sent: %v", f.marker, f.err)
				}
			}
			if n > 1 {
				doubled++
			}
		}
	}
	ws.t.Logf("%d acknowledged, %d unknown, %d not sent; %d lost, %d doubled, %d there but not sent", acked, unknown, unsent, lost, doubled, ghosts)
	if lost > 0 || doubled > 0 || ghosts > 0 || refused > 0 {
		ws.t.Errorf("%d lost, %d doubled, %d there but not sent, %d refused", lost, doubled, ghosts, refused)
	}
	if acked == 0 || doubts && unknown == 0 {
		ws.t.Error("nothing was tested")
	}
}

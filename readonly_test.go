package parley

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/pgtest"
)

// where asks which server a DB's statements go to: its data directory.
const where = "select current_setting('data_directory')"

// spread asks each of n connections of one's own which server it is on.
func spread(t *testing.T, db *DB, n int) map[string]int {
	t.Helper()
	on := map[string]int{}
	conns := make([]*DBConn, n)
	for i := range conns {
		conns[i] = db.conn(t)
		on[value(t, conns[i].Conn, where)]++
	}
	for _, c := range conns {
		_ = c.Close()
	}
	return on
}

// Work that only reads goes to the standbys, to all of them; the DB itself stays
// with the primary. Without standbys it goes to the primary, and may write there
// no more than elsewhere.
func TestReadOnly(t *testing.T) {
	p := startPair(t, false)
	third := pgtest.StartStandby(t, p.primary, pgtest.StandbyConfig{Name: "third"})
	hosts := fmt.Sprintf("host=%s,%s,%s port=%d,%d,%d user=%s dbname=%s target_session_attrs=read-write", p.primary.SocketDir(), p.standby.SocketDir(), third.SocketDir(),
		p.primary.Port(), p.standby.Port(), third.Port(), p.primary.User(), p.primary.Database())
	db, err := OpenConfig(t.Context(), Config{ConnString: hosts, MaxConns: 24, ReconnectTimeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	read := db.ReadOnly()

	on := spread(t, read, 24)
	if len(on) != 2 || on[p.standby.DataDir()] == 0 || on[third.DataDir()] == 0 {
		t.Errorf("24 connections for reading are on %v, want both standbys", on)
	}
	if got, err := text(t, read, where); err != nil || got != p.standby.DataDir() && got != third.DataDir() {
		t.Errorf("a lane for reading is on %s, %v", got, err)
	}
	if got, err := text(t, db, where); err != nil || got != p.primary.DataDir() {
		t.Errorf("the DB itself is on %s, %v", got, err)
	}
	refusesWrites(t, read)

	for _, s := range []*pgtest.Server{p.standby, third} {
		if err := s.Stop(t.Context(), pgtest.Fast); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := text(t, read, where); err != nil || got != p.primary.DataDir() {
		t.Errorf("without standbys, a lane for reading is on %s, %v", got, err)
	}
	if on := spread(t, read, 5); on[p.primary.DataDir()] != 5 {
		t.Errorf("without standbys, connections for reading are on %v", on)
	}
	refusesWrites(t, read)
	if _, err := db.Exec(t.Context(), "insert into log values ('x')"); err != nil {
		t.Errorf("the DB itself: %v", err)
	}
}

func refusesWrites(t *testing.T, read *DB) {
	t.Helper()
	const insert = "insert into log values ('x')"
	_, err := read.Exec(t.Context(), insert)
	wantCode(t, err, "25006")
	_, err = read.Script(t.Context(), insert)
	wantCode(t, err, "25006")
	wantCode(t, read.Tx(t.Context(), TxOptions{}, func(tx *Tx) error {
		_, err := tx.Exec(t.Context(), insert)
		return err
	}), "25006")
	if _, err := text(t, read, "select count(*)::text from log"); err != nil {
		t.Errorf("after the refusals: %v", err)
	}
}

// Readers do not notice that the standby goes and comes back: what was read on a
// connection that is lost is read again.
func TestReadOnlySurvivesTheStandby(t *testing.T) {
	p := startPair(t, false)
	db := p.open("target_session_attrs=primary", Config{})
	read := db.ReadOnly()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var wg sync.WaitGroup
	var reads atomic.Int64
	for i := range 16 {
		wg.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				want := fmt.Sprintf("%d/%d", i, n)
				if got, err := text(t, read, "select $1::text", want); err != nil || got != want {
					t.Errorf("got %s, %v, want %s", got, err, want)
					return
				}
				reads.Add(1)
			}
		})
	}
	more := func() {
		n := reads.Load() + 500
		until(t, "reads go on", func() bool { return reads.Load() >= n || t.Failed() })
	}
	for _, mode := range []pgtest.StopMode{pgtest.Crash, pgtest.Immediate, pgtest.Fast} {
		more()
		if err := p.standby.Stop(t.Context(), mode); err != nil {
			t.Fatal(err)
		}
		more()
		if err := p.standby.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	more()
	stop()
	wg.Wait()
}

// A DB for reading can be closed before its DB; its DB closes those that are
// left, and forgets those that are not.
func TestReadOnlyCloses(t *testing.T) {
	p := startPair(t, false)
	db := p.open("application_name=reader target_session_attrs=read-write", Config{})
	first, second := db.ReadOnly(), db.ReadOnly()
	for _, read := range []*DB{first, second} {
		spread(t, read, 3)
		if _, err := text(t, read, where); err != nil {
			t.Error(err)
		}
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	if len(db.children) != 1 {
		t.Errorf("the DB knows of %d for reading, want 1", len(db.children))
	}
	if _, err := text(t, first, where); !errors.Is(err, ErrClosed) {
		t.Errorf("%v, want ErrClosed", err)
	}
	if _, err := text(t, second, where); err != nil {
		t.Error(err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if _, err := second.Conn(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("%v, want ErrClosed", err)
	}
	if _, err := text(t, db.ReadOnly(), where); !errors.Is(err, ErrClosed) {
		t.Errorf("%v, want ErrClosed", err)
	}
	for _, s := range []*pgtest.Server{p.primary, p.standby} {
		until(t, "no session is left", func() bool {
			return asks(t, s, "select count(*)::text from pg_stat_activity where application_name = 'reader'") == "0"
		})
	}
}

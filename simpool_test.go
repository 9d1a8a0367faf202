package parley

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// The acts of the callers in [TestLanesSimulation] on connections of their own,
// and what must be so when all is over.

// moment returns how long something takes that may coincide with something else:
// often it is a number of whole milliseconds, so that contexts end just when
// connections become free.
func (s *simulatedCaller) moment() time.Duration {
	if s.r.IntN(2) == 0 {
		return time.Duration(s.r.IntN(20)) * time.Millisecond
	}
	return time.Duration(s.r.IntN(20_000)) * time.Microsecond
}

// beside uses connections that are not lanes.
func (s *simulatedCaller) beside(ctx context.Context, marker string) {
	switch s.r.IntN(6) {
	case 0:
		s.stream(ctx, marker)
	case 1, 2:
		s.tx(ctx, marker)
	case 3:
		s.soil(ctx, marker)
	case 4:
		s.batch(ctx, marker)
	case 5:
		s.conn(ctx, marker)
	}
}

// stream reads rows one by one, and now and then not to their end.
func (s *simulatedCaller) stream(ctx context.Context, marker string) {
	sql, n := "select $1 from echo "+own, 1
	if s.r.IntN(2) == 0 {
		sql, n = "select $1 from big "+own, 200
	}
	most := s.r.IntN(2 * n)
	rows := s.db.Query(ctx, sql, marker)
	got := 0
	for ; got < most && rows.Next(); got++ {
		if v, err := rows.Values(); err != nil || v[0] != marker {
			s.t.Errorf("%s: %v, %v", marker, v, err)
		}
		if s.r.IntN(100) == 0 {
			<-time.After(s.moment())
		}
	}
	if got < most && rows.Err() == nil && got != n {
		s.t.Errorf("%s: %d rows, want %d", marker, got, n)
	}
	s.check(rows.Close(), false)
}

var errUndone = errors.New("the caller's own")

// tx stores two markers in a transaction, in which something may fail, and whose
// function may fail or panic.
func (s *simulatedCaller) tx(ctx context.Context, marker string) {
	ends := s.r.IntN(6)
	options := TxOptions{Retries: s.r.IntN(3), Isolation: []Isolation{"", Serializable}[s.r.IntN(2)]}
	again := 0
	err := s.recovered(func() error {
		return s.db.Tx(ctx, options, func(tx *Tx) error {
			again++
			if err := s.within(ctx, tx, marker); err != nil {
				return err
			}
			switch ends {
			case 0:
				return errUndone
			case 1:
				panic(errUndone)
			}
			return nil
		})
	})
	if again > 1+options.Retries {
		s.t.Errorf("%s: a transaction ran %d times", marker, again)
	}
	undone := errors.Is(err, errUndone)
	if !undone {
		s.check(err, false, "22000", "23503", "25P02", "26000", "0A000", "08P01")
	}
	if err == nil && ends < 2 {
		s.t.Errorf("%s: a transaction that was to be rolled back was committed", marker)
	}
	s.fates = append(s.fates, fate{marker + ".1", err, undone}, fate{marker + ".2", err, undone})
}

// within does what a transaction is there for.
func (s *simulatedCaller) within(ctx context.Context, tx *Tx, marker string) error {
	if _, err := tx.Exec(ctx, "insert into log values ($1) "+own, marker+".1"); err != nil {
		return err
	}
	sql := []string{"select $1 from echo " + own, "select $1 from slow " + own, "select $1 from fail " + own,
		"set mark to '" + marker + "'", "insert into late values ($1) " + own}[s.r.IntN(5)]
	args := []any{marker + ".3"}
	if controls(sql) {
		args = nil
	}
	if _, err := tx.Exec(ctx, sql, args...); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "insert into log values ($1) "+own, marker+".2")
	return err
}

// recovered makes an error of a panic with one.
func (s *simulatedCaller) recovered(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = p.(error)
		}
	}()
	return f()
}

// soil leaves something behind in a session: a setting, a lock, a transaction.
func (s *simulatedCaller) soil(ctx context.Context, marker string) {
	c, err := s.db.Conn(ctx)
	if err != nil {
		s.check(err, false)
		return
	}
	defer c.Close()
	for range 1 + s.r.IntN(2) {
		switch s.r.IntN(4) {
		case 0:
			_, err = c.Exec(ctx, "set mark to '"+marker+"'")
		case 1:
			_, err = c.Exec(ctx, "select pg_advisory_lock($1) from lock "+own, marker)
		case 2:
			if !c.inTx() { // BEGIN is never sent, unless something follows
				_, err = c.Begin(ctx, TxOptions{})
			}
		case 3:
			if !c.inTx() {
				_, err = c.Exec(ctx, "begin")
			}
			if err == nil {
				_, err = c.Exec(ctx, "insert into log values ($1) "+own, marker+".4")
				s.fates = append(s.fates, fate{marker + ".4", &OpError{}, true})
			}
			s.check(err, false, "26000")
			return
		}
		if err != nil {
			s.check(err, false, "26000")
			return
		}
	}
}

// batch stores markers with a batch.
func (s *simulatedCaller) batch(ctx context.Context, marker string) {
	var b Batch
	var some []fate
	for i := range 1 + s.r.IntN(3) {
		id := fmt.Sprintf("%s.%d", marker, 5+i)
		b.Exec("insert into log values ($1) "+own, id)
		some = append(some, fate{marker: id})
	}
	_, err := s.db.Run(ctx, &b)
	s.check(err, false)
	for i := range some {
		some[i].err = err
	}
	s.fates = append(s.fates, some...)
}

// conn holds a connection for a while.
func (s *simulatedCaller) conn(ctx context.Context, marker string) {
	c, err := s.db.Conn(ctx)
	if err != nil {
		s.check(err, false)
		return
	}
	defer c.Close()
	_, err = c.Exec(ctx, "insert into log values ($1) "+own, marker)
	s.check(err, false)
	s.fates = append(s.fates, fate{marker, err, false})
	<-time.After(s.moment())
}

// contend has others wait for a connection, who give up just when it becomes
// free.
func (s *simulatedCaller) contend(marker string) {
	ctx, stop := context.WithTimeout(s.t.Context(), s.moment())
	defer stop()
	held, err := s.db.Conn(ctx)
	if err != nil {
		s.check(err, false)
		return
	}
	defer held.Close()
	var wg sync.WaitGroup
	for i := range 1 + s.r.IntN(3) {
		wg.Go(func() {
			c, err := s.db.Conn(ctx)
			if err != nil {
				s.check(err, false)
				return
			}
			defer c.Close()
			_, err = c.Exec(s.t.Context(), "select $1 from echo "+own, fmt.Sprintf("%s.%d", marker, i))
			s.check(err, false)
		})
	}
	<-time.After(time.Duration(s.r.IntN(2)) * time.Millisecond)
	wg.Go(stop)
	wg.Go(func() { _ = held.Close() })
	wg.Wait()
}

// contendForLane has others wait until they have a lane for themselves, who give
// up just when they may get it.
func (s *simulatedCaller) contendForLane(marker string) {
	ctx, stop := context.WithTimeout(s.t.Context(), time.Duration(s.r.IntN(60))*time.Millisecond)
	defer stop()
	var wg sync.WaitGroup
	wg.Go(func() { s.read(s.t.Context(), "select $1 from slow", marker+".0", 1) })
	for i := range 1 + s.r.IntN(4) {
		id := fmt.Sprintf("%s.%d", marker, 1+i)
		wg.Go(func() { s.read(ctx, "select $1 from echo -- "+id, id, 1) })
	}
	wg.Wait()
}

// patience is how long a simulation may take, by its own clock.
const patience = 10 * time.Minute

// overdue closes a DB whose callers do not come to an end.
func overdue(t *testing.T, db *DB, seed uint64) (stop func()) {
	timer := time.AfterFunc(patience, func() {
		t.Errorf("seed %d: it does not end: %+v", seed, db.Stats())
		_ = db.Close()
	})
	return func() { timer.Stop() }
}

// setFaulty says whether connections that are made from now on break.
func (w *world) setFaulty(faulty bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faulty = faulty
}

// heard checks that a notice is said to be of the statement that made it.
func (w *world) heard(_ *Conn, n *Notice) {
	if n.SQL != n.Message {
		w.problem("a notice of %q is said to be of %q", n.Message, n.SQL)
	}
}

// afterConnect returns what makes a new session what it is to be.
func (w *world) afterConnect() func(context.Context, *Conn) error {
	if !w.based {
		return nil
	}
	return func(ctx context.Context, c *Conn) error {
		_, err := c.Exec(ctx, "set base to 'on'")
		return err
	}
}

// quiet checks that lanes with nothing to do are at rest.
func quiet(t *testing.T, db *DB, seed uint64, faulty bool) {
	<-time.After(10 * time.Second)
	synctest.Wait()
	db.lanes.mu.Lock()
	live := slices.Collect(maps.Keys(db.lanes.live))
	db.lanes.mu.Unlock()
	for _, l := range live {
		l.mu.Lock()
		if l.retired || l.busy() || l.load.Load() != 0 || l.inAir != 0 || l.flights != 0 || l.queue.Len() != 0 || l.err != nil && !faulty {
			t.Errorf("seed %d: a lane is not at rest: retired %v, load %d, %d in the air, %d flights, turn %v, writing %v, sole %v, frozen %v, waiting %d, queue %d, %v",
				seed, l.retired, l.load.Load(), l.inAir, l.flights, l.turn, l.writing, l.sole, l.frozen, l.waiting.n, l.queue.Len(), l.err)
		}
		l.mu.Unlock()
	}
}

// complete checks that no connection of the pool has been lost: when nobody uses
// any all are idle, and all that there may be can be had at the same time.
func complete(t *testing.T, db *DB, seed uint64) {
	atRest := func(when string) {
		synctest.Wait()
		db.pool.mu.Lock()
		defer db.pool.mu.Unlock()
		if p := &db.pool; p.total != len(p.idle)+p.opening || len(p.waiters) > 0 || p.total > p.max {
			t.Errorf("seed %d: %s: of %d connections %d are idle and %d are being opened, %d wait", seed, when, p.total, len(p.idle), p.opening, len(p.waiters))
		}
	}
	atRest("in the end")
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	var held []*DBConn
	for ctx.Err() == nil && !db.isClosed() && len(held) < db.pool.max {
		if c, err := db.Conn(ctx); err == nil {
			held = append(held, c)
		}
	}
	if len(held) < db.pool.max {
		t.Errorf("seed %d: of %d connections only %d can be had: %+v", seed, db.pool.max, len(held), db.Stats())
	}
	for _, c := range held {
		_ = c.Close()
	}
	atRest("after the end")
	for range 3 { // which meet what was left on lanes
		_, _ = db.Exec(ctx, "select $1 from echo", "the end")
	}
}

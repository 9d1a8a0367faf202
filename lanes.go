package parley

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// lanes are the connections of a DB that callers share.
type lanes struct {
	db             *DB
	max            int // how many there may be; 0 for none
	flights, group int // Config.Flights, Config.MaxGroup
	all            atomic.Pointer[[]*lane]
	rtt            roundTrip
	stats          laneStats

	mu       sync.Mutex // guards the following, and changes of all
	opening  int
	opened   chan struct{} // closed when an attempt to open one has ended
	failure  error         // of the last attempt, nil when it succeeded
	watching bool
	live     map[*lane]bool // all, and those that take no more calls but are not done
	stalled  int            // how many times a lane stalled that was not careful
	trust    time.Time      // when careful ends

	careful atomic.Bool // one call at a time: what is in between may not stand more
}

// laneStats counts what lanes do.
type laneStats struct {
	retries atomic.Int64 // calls that ran again alone after their group had failed
	moved   atomic.Int64 // calls that went to another lane before they were written
	stalls  atomic.Int64 // lanes given up because nothing came any more
	opened  atomic.Int64
	group   histogram // calls to a Sync
	flights histogram // flights in the air when another one left
}

func (ls *lanes) init(db *DB, n int) {
	ls.db, ls.max, ls.opened = db, n, make(chan struct{})
	ls.flights, ls.group = db.config.flights(), db.config.maxGroup()
	ls.all.Store(&[]*lane{})
	ls.live = map[*lane]bool{}
}

// depth returns how many flights may be in the air of a lane.
func (ls *lanes) depth() int {
	if ls.careful.Load() {
		return 1
	}
	return ls.flights
}

// farAway is a round trip that is worth having more in the air for.
const farAway = 500 * time.Microsecond

// far reports whether the way to the server takes long.
func (ls *lanes) far() bool { return ls.rtt.least.Load() > int64(farAway) }

// spawn runs a function that somebody must run, on a goroutine that ends before
// the DB's Close does; after Close, when all lanes are being broken, at once.
func (ls *lanes) spawn(f func(context.Context)) {
	ls.db.spawnOr(f, func() { f(ls.db.ctx) })
}

// pick returns the lane for a call: an idle one, or the least busy one whose
// head is not stuck. It opens another when all are busy, and waits while there
// is none. Writes that may share a Sync all take the first, so that two groups
// cannot lock the same rows in different orders.
func (ls *lanes) pick(ctx context.Context, first bool) (*lane, error) {
	began := time.Now
	var since time.Time
	for {
		if l := ls.choose(first); l != nil {
			return l, nil
		}
		if since.IsZero() {
			since = began()
		}
		if err := ls.await(ctx); err != nil {
			return nil, err
		}
		ls.mu.Lock()
		err := ls.failure
		ls.mu.Unlock()
		if err != nil && ls.db.givesUp(err, since) {
			return nil, err
		}
	}
}

// choose returns a lane without waiting, or nil.
func (ls *lanes) choose(first bool) *lane {
	all := *ls.all.Load()
	var best *lane
	least := int32(0)
	for _, l := range all {
		n := l.load.Load()
		if n == 0 && !l.stuck.Load() {
			if l.fresh() {
				return l
			}
			continue
		}
		if l.stuck.Load() {
			n += 1 << 20 // only when there is nothing else
		}
		if best == nil || n < least {
			best, least = l, n
		}
		if first {
			break
		}
	}
	if best != nil && !first && len(all) < ls.max {
		ls.open()
	}
	return best
}

// staleAfter is how long a lane may be idle before it is looked at before use.
const staleAfter = time.Second

// fresh reports whether an idle lane can be used; one that the server has left
// meanwhile is retired.
func (l *lane) fresh() bool {
	l.mu.Lock()
	idle := !l.busy() && l.err == nil && !l.retired
	old := idle && time.Since(l.idleAt) > staleAfter
	gone := old && l.conn.line.Readable()
	if old {
		l.idleAt = time.Now()
	}
	l.mu.Unlock()
	if gone {
		l.owner.db.pool.suspect()
		l.retire()
	}
	return !gone
}

// open begins to open another lane, unless enough are being opened.
func (ls *lanes) open() {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if ls.opening > 0 || len(*ls.all.Load()) >= ls.max || ls.db.isClosed() {
		return
	}
	ls.opening++
	ls.db.spawn(ls.openOne)
}

func (ls *lanes) openOne(ctx context.Context) {
	conn, err := ls.db.connect(ctx)
	if err == nil {
		ls.add(conn)
	}
	ls.mu.Lock()
	ls.opening--
	ls.failure = err
	close(ls.opened)
	ls.opened = make(chan struct{})
	ls.mu.Unlock()
}

// add makes a lane of a connection.
func (ls *lanes) add(conn *Conn) {
	conn.pin()
	l := newLane(ls, conn)
	ls.stats.opened.Add(1)
	ls.mu.Lock()
	all := append(slices.Clone(*ls.all.Load()), l)
	ls.all.Store(&all)
	ls.live[l] = true
	ls.mu.Unlock()
	if ls.db.isClosed() {
		l.kill(ErrClosed)
	}
}

// drop forgets a lane that takes no more calls.
func (ls *lanes) drop(l *lane) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	all := slices.DeleteFunc(slices.Clone(*ls.all.Load()), func(other *lane) bool { return other == l })
	ls.all.Store(&all)
}

// await waits, while there is no lane, until one was opened, or could not be.
func (ls *lanes) await(ctx context.Context) error {
	ls.mu.Lock()
	opened, there := ls.opened, len(*ls.all.Load()) > 0
	ls.mu.Unlock()
	if there {
		return nil // it came just now, and nobody would tell of it again
	}
	ls.open()
	select {
	case <-opened:
		return nil
	case <-ctx.Done():
		return &OpError{Op: "wait for a connection", Err: context.Cause(ctx)}
	case <-ls.db.ctx.Done():
		return &OpError{Op: "wait for a connection", Err: ErrClosed}
	}
}

// How lanes are watched.
const (
	watchEvery  = 2 * time.Millisecond
	watchIdle   = 200                   // rounds without work, after which watching ends
	stuckAfter  = 20 * time.Millisecond // the head of a lane: what waits behind it goes elsewhere
	stalledTime = 4 * time.Second       // nothing came, with several flights in the air
	carefulFor  = time.Minute           // after that, and up to carefulMost
	carefulMost = 8 * time.Hour
)

// watch begins to watch the lanes, if nobody does: while a call waits behind
// others, somebody must see to it that it does not wait for long.
func (ls *lanes) watch() {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if !ls.watching && !ls.db.isClosed() {
		ls.watching = true
		ls.db.spawn(ls.watchAll)
	}
}

func (ls *lanes) watchAll(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for idle := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if idle++; ls.round() {
			idle = 0
		}
		if idle < watchIdle {
			continue
		}
		ls.mu.Lock()
		ls.watching = false
		ls.mu.Unlock()
		if !ls.round() { // a call that came just now has found it watching
			return
		}
		ls.watch()
		return
	}
}

// round looks at all lanes, and reports whether any has work.
func (ls *lanes) round() (busy bool) {
	now := time.Now()
	for _, l := range *ls.all.Load() {
		busy = busy || l.load.Load() > 0
		l.look(now)
	}
	return busy
}

// look moves what waits behind a head that has been running for long to other
// lanes, and gives up a lane from which nothing comes any more.
func (l *lane) look(now time.Time) {
	l.mu.Lock()
	age := now.Sub(l.headAt) - time.Duration(l.owner.rtt.least.Load())
	var moved []*call
	var stalled, silent, left bool
	switch {
	case len(l.air) == 0 && !l.sole && !l.frozen || l.err != nil:
		l.stuck.Store(false)
	case l.frozen, l.sole && now.Sub(l.soleAt) > stuckAfter, !l.sole && age > stuckAfter:
		l.stuck.Store(true)
		if l.owner.elsewhere(l) {
			moved = l.turnAway(true, nil)
		}
		silent = len(l.air) > 0 && age > stalledTime && l.repeatable()
		stalled = silent && l.flights > 1
		left = silent && l.owner.db.leaves(l.conn.address(), l.headAt)
	}
	l.mu.Unlock()
	l.owner.stats.moved.Add(int64(len(moved)))
	wake(moved)
	switch {
	case left:
		l.kill(errLeft)
	case stalled:
		l.owner.beCareful(now)
		l.kill(errStalled)
	}
}

// beCareful has lanes send one call at a time, for a while: what is in between
// may not stand more, or the database has only been slow. Each time it is for
// longer.
func (ls *lanes) beCareful(now time.Time) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if !ls.careful.Swap(true) {
		ls.trust = now.Add(min(carefulFor<<min(ls.stalled, 10), carefulMost))
		ls.stalled++
	}
	ls.stats.stalls.Add(1)
}

// dare ends that when it is time.
func (ls *lanes) dare(now time.Time) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if ls.careful.Load() && now.After(ls.trust) {
		ls.careful.Store(false)
	}
}

// repeatable reports whether everything in the air may be run again, or has
// nobody who waits for it.
func (l *lane) repeatable() bool {
	for _, g := range l.air {
		for _, c := range g.calls {
			if c.state != callAbandoned && !c.known.Repeatable {
				return false
			}
		}
	}
	return true
}

var errStalled = errors.New("nothing came for long, with several requests on their way; for a while there is one at a time")

// elsewhere reports whether calls that wait for a lane can be run anywhere else.
func (ls *lanes) elsewhere(than *lane) bool {
	for _, l := range *ls.all.Load() {
		if l != than && !l.stuck.Load() {
			return true
		}
	}
	ls.open()
	return ls.db.pool.available()
}

// gone forgets a lane that has ended.
func (ls *lanes) gone(l *lane) {
	ls.drop(l)
	ls.mu.Lock()
	defer ls.mu.Unlock()
	delete(ls.live, l)
}

// close makes an end of all lanes, also of those that take no more calls but have
// something in the air.
func (ls *lanes) close() {
	ls.mu.Lock()
	live := slices.Collect(maps.Keys(ls.live))
	ls.mu.Unlock()
	for _, l := range live {
		l.kill(ErrClosed)
	}
}

// count returns how many lanes there are.
func (ls *lanes) count() int { return len(*ls.all.Load()) }

// tend retires lanes that have become too old, and all but one of those that
// have been idle for long. It looks at those that are at work: a caller behind whom
// nobody waits has them not watched.
func (ls *lanes) tend(now time.Time) {
	ls.dare(now)
	ls.round()
	life, idle := ls.db.config.maxLifetime(), ls.db.config.maxIdleTime()
	left := ls.count()
	for _, l := range *ls.all.Load() {
		l.mu.Lock()
		old := life > 0 && now.Sub(l.born) > life-l.early
		unused := idle > 0 && left > 1 && !l.busy() && now.Sub(l.idleAt) > idle
		l.mu.Unlock()
		if old || unused {
			left--
			l.retire()
		}
	}
}

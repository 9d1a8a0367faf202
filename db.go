package parley

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"parley/internal/conninfo"
	"parley/internal/dial"
)

// DB is a database as many goroutines use it: connections that callers share
// for single statements, called lanes, and connections that serve one caller at
// a time. It is safe for concurrent use.
//
// [DB.Exec], [One] and [All] run on lanes: statements of callers who wait at the
// same moment leave in one write and share a Sync, and with it a transaction,
// where Config.Grouping allows it. If one of them fails, the others do not
// notice: all are run again, alone. Everything else gets a connection of its
// own: transactions, rows that are read one by one, batches, COPY, LISTEN.
//
// Session state has no place on a lane. SET, LISTEN, BEGIN, temporary tables and
// advisory locks are refused by Exec, One and All; they belong on a [DB.Conn].
//
// A DB runs these goroutines, all of which end before Close returns: one that
// looks after idle connections; one for each lane that has something in the air
// and no caller to read it, and one for each write that may have to wait; one
// that watches lanes while calls wait; one for each connection that is being
// made, reset or closed, or whose statement is being cancelled; one for all
// listeners. None of them belongs to an idle connection.
type DB struct {
	config Config
	info   *conninfo.Config
	salted *dial.SaltCache
	shared *knowledge
	lanes  lanes
	pool   pool
	calls  callStore
	damper damper
	ears   ears
	latest latest
	parent *DB // whose ReadOnly this is, or nil

	ctx  context.Context // ends with Close
	stop context.CancelCauseFunc

	mu       sync.Mutex // guards the following
	closed   bool
	tasks    sync.WaitGroup // Add is called with mu, and only while not closed
	children []*DB          // of ReadOnly, while they are open
}

// Open opens the database that a connection string names, as [Connect] reads
// it. It makes one connection, so that an error in the string, the host or the
// login is told here. Sizes can be given as keywords: parley.lanes,
// parley.max_conns and others, by the names of Config's fields.
func Open(ctx context.Context, connString string) (*DB, error) {
	return OpenConfig(ctx, Config{ConnString: connString})
}

// OpenConfig is [Open] with a configuration.
func OpenConfig(ctx context.Context, config Config) (*DB, error) {
	info, err := config.resolve()
	if err != nil {
		return nil, err
	}
	db := newDB(ctx, config, info)
	if err := db.start(ctx); err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

func newDB(ctx context.Context, config Config, info *conninfo.Config) *DB {
	db := &DB{config: config, info: info, salted: &saltedPasswords, shared: &knowledge{}}
	db.ctx, db.stop = context.WithCancelCause(context.WithoutCancel(ctx))
	db.lanes.init(db, config.lanes())
	db.pool.db, db.pool.max = db, config.maxConns()
	return db
}

// start makes the first connection.
func (db *DB) start(ctx context.Context) error {
	conn, err := db.makeConn(ctx)
	if err != nil {
		return err
	}
	if db.lanes.max > 0 {
		db.lanes.add(conn)
	} else {
		db.pool.mu.Lock()
		db.pool.total++
		db.pool.opening++
		db.pool.mu.Unlock()
		db.pool.opened(conn, nil)
	}
	db.spawn(db.tend)
	return nil
}

// tendEvery is how often idle connections are looked after.
const tendEvery = 5 * time.Second

func (db *DB) tend(ctx context.Context) {
	tick := time.NewTicker(min(tendEvery, max(db.config.maxIdleTime()/4, 10*time.Millisecond)))
	defer tick.Stop()
	for {
		db.pool.tend(time.Now())
		db.lanes.tend(time.Now())
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Close closes all connections and waits until no goroutine is left. What is
// under way fails with [ErrClosed]; connections that callers hold are closed when
// they are given back. Closing twice does nothing.
func (db *DB) Close() error {
	db.mu.Lock()
	closed, children := db.closed, db.children
	db.closed, db.children = true, nil
	db.mu.Unlock()
	if closed {
		return nil
	}
	for _, child := range children {
		_ = child.Close()
	}
	if db.parent != nil {
		db.parent.forget(db)
	}
	db.stop(ErrClosed)
	db.lanes.close()
	db.pool.close()
	db.tasks.Wait()
	db.lanes.close() // one may have been opened meanwhile
	return nil
}

// forget forgets a child that is closed.
func (db *DB) forget(child *DB) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.children = slices.DeleteFunc(db.children, func(other *DB) bool { return other == child })
}

func (db *DB) isClosed() bool { return db.ctx.Err() != nil }

// spawn runs a function on a goroutine that Close waits for. After Close it does
// nothing. The context ends with Close.
func (db *DB) spawn(f func(context.Context)) { db.spawnOr(f, func() {}) }

// spawnOr is spawn, with something to do at once after Close.
func (db *DB) spawnOr(f func(context.Context), otherwise func()) {
	db.mu.Lock()
	if db.closed {
		db.mu.Unlock()
		otherwise()
		return
	}
	db.tasks.Add(1)
	db.mu.Unlock()
	go func() {
		defer db.tasks.Done()
		f(db.ctx)
	}()
}

// connect makes a connection, when it is time for another attempt.
func (db *DB) connect(ctx context.Context) (*Conn, error) {
	if err := db.damper.wait(ctx); err != nil {
		return nil, err
	}
	conn, err := db.makeConn(ctx)
	db.damper.ended(err == nil)
	return conn, err
}

func (db *DB) makeConn(ctx context.Context) (*Conn, error) {
	config := db.config
	conn, err := config.traced(ctx, db.info, db.salted)
	if err != nil {
		return nil, err
	}
	conn.shared = db.shared
	db.latest.note(conn.address())
	if f := config.AfterConnect; f != nil {
		if err := f(ctx, conn); err != nil {
			_ = conn.Close()
			return nil, fmt.Errorf("Config.AfterConnect: %w", err)
		}
		conn.dirty = false
		conn.settled()
	}
	return conn, nil
}

// givesUp reports whether a caller has waited long enough for a connection that
// cannot be made, or whether waiting is of no use.
func (db *DB) givesUp(err error, since time.Time) bool {
	if e, ok := errors.AsType[*ServerError](err); ok && !passes(e.Code) {
		return true
	}
	return time.Since(since) >= db.config.reconnectTimeout()
}

// passes reports whether a server that refuses a login with this SQLSTATE may
// take it a little later: it starts, it ends, it has no room.
func passes(code string) bool {
	switch code {
	case "57P01", "57P02", "57P03", "53300", "25006":
		return true
	}
	return code[:min(2, len(code))] == "08"
}

// damper keeps those who reconnect from doing so all at once: attempts that fail
// take tokens, which come back with time.
//
// Invariant: 0 <= tokens <= damperTokens.
type damper struct {
	mu     sync.Mutex // guards the following
	spent  float64    // tokens that are missing
	at     time.Time  // when spent was right
	failed int        // attempts in a row
}

// After damperTokens failures at once, another attempt is made every
// damperEvery, and less often the more have failed in a row, up to damperMost.
const (
	damperTokens = 8
	damperEvery  = 50 * time.Millisecond
	damperMost   = 2 * time.Second
)

// wait waits until an attempt may be made.
func (d *damper) wait(ctx context.Context) error {
	d.mu.Lock()
	now := time.Now()
	every := min(damperEvery<<min(max(d.failed-damperTokens, 0), 10), damperMost)
	d.spent = max(0, d.spent-float64(now.Sub(d.at))/float64(every))
	d.at = now
	pause := time.Duration((d.spent - damperTokens + 1) * float64(every))
	if d.failed > 0 {
		d.spent++
		pause = max(pause, min(damperEvery, time.Duration(d.failed)*5*time.Millisecond))
	}
	d.mu.Unlock()
	if pause <= 0 {
		return nil
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return &OpError{Op: "connect", Err: context.Cause(ctx)}
	}
}

func (d *damper) ended(well bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if well {
		d.failed, d.spent = 0, 0
		return
	}
	d.failed++
}

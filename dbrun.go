package parley

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"parley/internal/sqltext"
)

// callStore keeps calls for use again.
type callStore struct {
	mu   sync.Mutex
	free []*call
}

// maxFreeCalls is how many calls are kept.
const maxFreeCalls = 1024

func (s *callStore) get() *call {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.free); n > 0 {
		c := s.free[n-1]
		s.free = s.free[:n-1]
		return c
	}
	return &call{done: make(chan struct{}, 1)}
}

// put keeps a call that is over and that nobody else knows any more.
func (s *callStore) put(c *call) {
	c.reset()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.free) < maxFreeCalls {
		s.free = append(s.free, c)
	}
}

// run runs a statement whose whole result is wanted: on a lane if it is fit for
// one, else on a connection of its own. into may be nil.
func (db *DB) run(ctx context.Context, sql string, args []any, into *sink) (Tag, error) {
	if ctx.Err() != nil {
		return Tag{}, &OpError{Op: "query", Err: context.Cause(ctx)}
	}
	k := db.shared.get(sql)
	if k == nil {
		k = db.shared.put(sql)
	}
	if k != nil && k.Kind == sqltext.Session {
		return Tag{}, errSession(sql)
	}
	if k == nil || k.Kind == sqltext.Other || db.lanes.max <= 0 {
		return db.runAlone(ctx, k, sql, args, into)
	}
	r := run{db: db, known: k, sql: sql, wants: into != nil}
	if into != nil {
		r.most = into.most
	}
	r.insist(ctx, args, into)
	return r.tag, r.err
}

// errSession refuses what needs a session of its own.
func errSession(sql string) error {
	return fmt.Errorf("query: %q changes or needs the state of a session, which the callers of a DB share; use DB.Conn or DB.Tx", sqltext.SessionWord(sql))
}

// run is a statement on its way to a lane. Its arguments and its sink travel
// beside it: what is in here may be kept, they are not.
type run struct {
	db    *DB
	known *known
	sql   string
	wants bool // its rows are wanted
	most  int  // bytes of them, as sink has it
	tag   Tag
	err   error

	tooLarge bool // its result was, and it may be run again where that is no matter
}

// attempt tries once, and reports whether that is the end of it.
func (r *run) attempt(ctx context.Context, args []any, into *sink) (over bool) {
	desc := r.known.desc.Load()
	if r.db.shared.misfits(desc) {
		desc = nil // its types are to be looked up first
	}
	if desc != nil && r.known.cost.heavy() {
		return r.alone(ctx, args, into)
	}
	grouped := r.grouped()
	pinned := grouped && r.known.Kind == sqltext.Write
	l, err := r.db.lanes.pick(ctx, pinned)
	if err != nil {
		r.err = err
		return true
	}
	if !pinned && l.stuck.Load() && r.db.pool.available() {
		return r.alone(ctx, args, into)
	}
	c := r.db.calls.get()
	c.sql, c.known, c.desc, c.wants, c.most, c.pinned = r.sql, r.known, desc, r.wants, r.most, pinned
	if desc == nil {
		return r.first(ctx, l, c, args, into)
	}
	if r.err = c.make(args); r.err != nil {
		r.db.calls.put(c)
		return true
	}
	if len(c.bind) > maxShared {
		r.db.calls.put(c)
		return r.alone(ctx, args, into)
	}
	c.group = grouped && r.known.cost.social()
	out, err := r.traced(ctx, l, c)
	if over = r.took(c, out, err, into); r.tooLarge {
		return r.alone(ctx, args, into)
	}
	return over
}

// grouped reports whether the statement may share a Sync, as far as its kind
// goes.
func (r *run) grouped() bool {
	switch r.db.config.Grouping {
	case GroupWrites:
		return true
	case GroupReads:
		return r.known.Kind == sqltext.Read
	}
	return false
}

// took takes the outcome of a call.
func (r *run) took(c *call, out callOutcome, err error, into *sink) (over bool) {
	r.err = err
	if out == outcomeEnded {
		return true // the lane may still have the call
	}
	defer r.db.calls.put(c)
	switch out {
	case outcomeDone:
		switch r.tag = c.tag; {
		case c.tooLarge && r.known.Repeatable && !into.holds():
			r.tooLarge = true
		case c.tooLarge:
			r.err = errTooLarge(r.db.config.maxHeld())
		case into != nil:
			r.err = c.deliver(into)
		}
		return true
	case outcomeAgain:
		return false
	}
	return true
}

func errTooLarge(held int) error {
	return &OpError{Op: "query", Sent: true, Err: tooLargeError(held)}
}

// tooLargeError says of a statement that it was run, but has a result of more
// bytes than are held.
type tooLargeError int

// Error says so, and what to do.
func (e tooLargeError) Error() string {
	return fmt.Sprintf("the statement was run, and its result dropped, as it has more than the %d bytes that are held for a caller (Config.MaxHeld); "+
		"read it row by row, with DB.Query or Each", int(e))
}

// first runs a statement that nobody has run before, with the lane for itself.
func (r *run) first(ctx context.Context, l *lane, c *call, args []any, into *sink) (over bool) {
	if out, err := l.seize(ctx, c); out != outcomeGranted {
		return r.took(c, out, err, into)
	}
	defer l.release()
	r.db.calls.put(c)
	r.tag, r.err = l.conn.whole(ctx, r.known, &r.db.lanes.rtt, r.sql, args, into)
	return r.settled(ctx, l.conn)
}

// alone runs the statement on a connection of its own.
func (r *run) alone(ctx context.Context, args []any, into *sink) (over bool) {
	p, err := r.db.pool.acquire(ctx)
	if err != nil {
		r.err = err
		return true
	}
	defer r.db.pool.release(p)
	r.tag, r.err = p.conn.whole(ctx, r.known, &r.db.lanes.rtt, r.sql, args, into)
	return r.settled(ctx, p.conn)
}

// settled reports whether a result is final: a statement that was not sent, or
// may be repeated, is tried again when its connection was lost.
func (r *run) settled(ctx context.Context, c *Conn) bool {
	if r.db.demoted(r.err) {
		_ = c.line.Break(r.err)
		return ctx.Err() != nil
	}
	e, ok := errors.AsType[*OpError](r.err)
	if !ok || c.Alive() || ctx.Err() != nil || r.db.isClosed() {
		return true
	}
	return e.Sent && !(r.known != nil && r.known.Repeatable)
}

// readOnlyCode is read_only_sql_transaction: a standby, or a session or a
// transaction that is read only, refuses to write.
const readOnlyCode = "25006"

// demoted reports whether a server that was to take writes refuses them: it is
// not the primary any more.
func (db *DB) demoted(err error) bool {
	e, ok := errors.AsType[*ServerError](err)
	return ok && e.Code == readOnlyCode && db.wantsPrimary()
}

// whole runs a statement and gives its rows to a sink, or drops them.
func (c *Conn) whole(ctx context.Context, k *known, rtt *roundTrip, sql string, args []any, into *sink) (tag Tag, err error) {
	began := time.Now()
	bytes := 0
	if into != nil {
		into.bytes = 0
	}
	tag, err = c.collect(ctx, sql, args, into)
	if into != nil {
		bytes = into.bytes
	}
	if k != nil && err == nil {
		k.cost.took(rtt.without(time.Since(began)), bytes)
	}
	return tag, err
}

// runAlone runs a statement on a connection of its own.
func (db *DB) runAlone(ctx context.Context, k *known, sql string, args []any, into *sink) (Tag, error) {
	if k == nil {
		if t := sqltext.Classify(sql); t.Kind == sqltext.Session {
			return Tag{}, errSession(sql)
		}
	}
	r := run{db: db, known: k, sql: sql, wants: into != nil}
	r.insistAlone(ctx, args, into)
	return r.tag, r.err
}

// Exec runs one statement and returns its command tag, on a lane where it is fit
// for one. Rows that it returns are dropped.
func (db *DB) Exec(ctx context.Context, sql string, args ...any) (Tag, error) {
	return db.run(ctx, sql, args, nil)
}

func (db *DB) collect(ctx context.Context, sql string, args []any, into *sink) (Tag, error) {
	return db.run(ctx, sql, args, into)
}

// Query runs one statement and returns its rows, to be read one after another,
// on a connection of its own, which the DB has back when the rows were read to
// the end or are closed. A result that is wanted whole is got faster by [All].
func (db *DB) Query(ctx context.Context, sql string, args ...any) *Rows {
	for range maxAttempts {
		p, err := db.pool.acquire(ctx)
		if err != nil {
			return newRows(ctx, nil, sql).refuse(err)
		}
		if sqltext.Classify(sql).Kind == sqltext.Session {
			db.pool.release(p)
			return newRows(ctx, nil, sql).refuse(errSession(sql))
		}
		r := newRows(ctx, p.conn, sql)
		r.freed = func() { db.pool.release(p) }
		r.begin(args)
		if e, ok := errors.AsType[*OpError](r.err); !ok || e.Sent || ctx.Err() != nil {
			return r
		}
	}
	return newRows(ctx, nil, sql).refuse(&OpError{Op: "query", Err: errors.New("every connection that was tried went away")})
}

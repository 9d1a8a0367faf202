package parley

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"time"
)

// pool holds the connections of a DB that serve one caller at a time.
//
// Invariant: total is how many connections there are or are being made, at most
// max; idle and waiters are not both without being empty; when a connection
// becomes free, who has waited longest gets it, whatever it was waiting for.
type pool struct {
	db  *DB
	max int

	mu      sync.Mutex  // guards the following
	idle    []*poolConn // used last at the end
	waiters []*waiter   // who has waited longest in front
	total   int
	opening int
	closed  bool
	doubt   time.Time // when one was last lost: those freed before are looked at

	stats poolStats
}

// poolConn is a connection of the pool.
type poolConn struct {
	conn    *Conn
	expires time.Time // zero for never
	freed   time.Time
}

// waiter is a caller that waits for a connection.
type waiter struct {
	ready chan struct{} // gets one value
	p     *poolConn
	err   error
}

type poolStats struct {
	waits    int64 // calls that had to wait
	gaveUp   int64 // of those, whose context ended first
	opened   int64
	expired  int64 // closed for their age, or for having been idle
	reset    int64 // whose session had to be made as it was
	dropped  int64 // that could not be, or were lost
	waitTime histogram
}

// acquire returns a connection that nobody else uses.
func (p *pool) acquire(ctx context.Context) (*poolConn, error) {
	c, w, err := p.take(ctx)
	if c != nil || err != nil {
		return c, err
	}
	done := func(TraceWaited) {}
	if t := p.db.config.Trace; t != nil && t.Wait != nil {
		if f := t.Wait(ctx); f != nil {
			done = f
		}
	}
	if most := p.db.config.MaxWait; most > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeoutCause(ctx, most, p.waitedTooLong(most))
		defer stop()
	}
	began := time.Now()
	c, err = p.insist(ctx, w, began)
	done(TraceWaited{Duration: time.Since(began), Err: err})
	return c, err
}

// waitedTooLong is the error of a call that Config.MaxWait ends. It is a timeout,
// but not that of the caller's context.
func (p *pool) waitedTooLong(most time.Duration) error {
	return sameAs{os.ErrDeadlineExceeded, fmt.Sprintf("there were %d, and none came free within %v (Config.MaxConns, Config.MaxWait)", p.max, most)}
}

// insist waits until a connection is free, and again when one could not be made,
// within the time that is granted for that.
func (p *pool) insist(ctx context.Context, w *waiter, began time.Time) (c *poolConn, err error) {
	for {
		if c, err = p.await(ctx, w); err == nil {
			p.stats.waitTime.add(int64(time.Since(began)))
			return c, nil
		}
		if ctx.Err() == nil && (p.db.isClosed() || p.db.givesUp(err, began)) {
			return nil, err
		} // when it has ended, take says so
		if c, w, err = p.take(ctx); c != nil || err != nil {
			return c, err
		}
	}
}

// take returns an idle connection, or joins those who wait.
func (p *pool) take(ctx context.Context) (*poolConn, *waiter, error) {
	if ctx.Err() != nil {
		return nil, nil, &OpError{Op: "wait for a connection", Err: context.Cause(ctx)}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, nil, &OpError{Op: "wait for a connection", Err: ErrClosed}
	}
	for n := len(p.idle); n > 0; n = len(p.idle) {
		c := p.idle[n-1]
		p.idle[n-1] = nil
		p.idle = p.idle[:n-1]
		if c.usable(p.doubt) {
			return c, nil, nil
		}
		p.discard(c)
	}
	w := &waiter{ready: make(chan struct{}, 1)}
	p.waiters = append(p.waiters, w)
	p.stats.waits++
	p.grow()
	return nil, w, nil
}

// usable reports whether an idle connection is neither too old nor lost.
func (c *poolConn) usable(doubt time.Time) bool {
	now := time.Now()
	if !c.conn.Alive() || !c.expires.IsZero() && now.After(c.expires) {
		return false
	}
	return now.Sub(c.freed) < staleAfter && c.freed.After(doubt) || !c.conn.line.Readable()
}

// suspect has idle connections looked at before use, as another connection was
// lost: what ended one has often ended all.
func (p *pool) suspect() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.doubt = time.Now()
}

// grow opens as many connections as callers wait for. The caller has the lock.
func (p *pool) grow() {
	for p.opening < len(p.waiters) && p.total < p.max && !p.closed {
		p.open()
	}
}

func (p *pool) open() {
	p.total++
	p.opening++
	p.db.spawn(func(ctx context.Context) {
		conn, err := p.db.connect(ctx)
		p.opened(conn, err)
	})
}

// opened takes a connection that was made. That one could not be made is told
// to who has waited longest, unless others are being made.
func (p *pool) opened(conn *Conn, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.opening--
	if err != nil {
		p.total--
		if len(p.waiters) > 0 {
			p.next().fail(err)
		}
		p.grow()
		return
	}
	p.stats.opened++
	c := &poolConn{conn: conn}
	if life := p.db.config.maxLifetime(); life > 0 {
		c.expires = time.Now().Add(life - rand.N(life/8+1)) // not all at once
	}
	p.give(c)
}

// next takes out who has waited longest.
func (p *pool) next() *waiter {
	w := p.waiters[0]
	p.waiters[0] = nil
	p.waiters = p.waiters[1:]
	return w
}

func (w *waiter) fail(err error) {
	w.err = err
	w.ready <- struct{}{}
}

// give gives a connection to who has waited longest, or makes it idle.
func (p *pool) give(c *poolConn) {
	switch {
	case p.closed:
		p.discard(c)
	case len(p.waiters) > 0:
		w := p.next()
		w.p = c
		w.ready <- struct{}{}
	default:
		c.freed = time.Now()
		p.idle = append(p.idle, c)
	}
}

// await waits until a connection is free.
func (p *pool) await(ctx context.Context, w *waiter) (*poolConn, error) {
	select {
	case <-w.ready:
		return w.p, w.err
	case <-ctx.Done():
	}
	p.withdraw(w)
	return nil, &OpError{Op: "wait for a connection", Err: context.Cause(ctx)}
}

// withdraw ends the waiting of who has given up. A connection that came at the
// same moment is given back.
func (p *pool) withdraw(w *waiter) {
	p.mu.Lock()
	i := slices.Index(p.waiters, w)
	if i >= 0 {
		p.waiters = slices.Delete(p.waiters, i, i+1)
	}
	p.stats.gaveUp++
	p.mu.Unlock()
	if i < 0 {
		if <-w.ready; w.p != nil {
			p.release(w.p)
		}
	}
}

// release gives a connection back. One that is in a transaction, or whose
// session has changed, is reset first, on a goroutine of its own; if that fails
// it is closed.
func (p *pool) release(c *poolConn) {
	if c.conn.Alive() && !c.conn.atRest() {
		p.db.spawnOr(func(ctx context.Context) { p.reset(ctx, c) }, func() { p.put(c, false) })
		return
	}
	p.put(c, c.conn.Alive())
}

func (p *pool) reset(ctx context.Context, c *poolConn) {
	ctx, stop := context.WithTimeout(ctx, p.db.config.rollbackTimeout())
	defer stop()
	err := c.conn.restore(ctx)
	p.mu.Lock()
	p.stats.reset++
	p.mu.Unlock()
	p.put(c, err == nil)
}

// put makes a connection free, or closes it.
func (p *pool) put(c *poolConn, usable bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !usable || !c.expires.IsZero() && time.Now().After(c.expires) {
		if !usable {
			p.stats.dropped++
			p.doubt = time.Now()
		}
		p.discard(c)
		p.grow()
		return
	}
	p.give(c)
}

// discard closes a connection. The caller has the lock: closing says goodbye and
// waits for nothing else, and is left to another goroutine all the same.
func (p *pool) discard(c *poolConn) {
	p.total--
	p.db.spawnOr(func(context.Context) { _ = c.conn.Close() }, func() { _ = c.conn.line.Break(ErrClosed) })
}

// available reports whether a connection could be had without waiting for other
// callers.
func (p *pool) available() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.idle) > 0 || p.total < p.max
}

// probe makes a connection, if there may be another, to find out where one can
// log in now.
func (p *pool) probe() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.opening == 0 && p.total < p.max && !p.closed {
		p.open()
	}
}

// tend closes connections that have been idle for long or have become too old,
// and opens some when there are fewer idle ones than wanted.
func (p *pool) tend(now time.Time) {
	config := &p.db.config
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	spare := len(p.idle) - config.minIdle()
	keep := p.idle[:0]
	for _, c := range p.idle {
		old := !c.expires.IsZero() && now.After(c.expires)
		unused := spare > 0 && config.maxIdleTime() > 0 && now.Sub(c.freed) > config.maxIdleTime()
		if old || unused || !c.conn.Alive() {
			spare--
			p.stats.expired++
			p.discard(c)
			continue
		}
		c.conn.line.Trim(keepIdle)
		keep = append(keep, c)
	}
	clear(p.idle[len(keep):])
	p.idle = keep
	for len(p.idle)+p.opening < config.minIdle() && p.total < p.max {
		p.open()
	}
}

// close closes what is idle, fails those who wait, and has the rest closed when
// it is given back.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	idle, waiters := p.idle, p.waiters
	p.idle, p.waiters = nil, nil
	p.total -= len(idle)
	p.mu.Unlock()
	for _, w := range waiters {
		w.fail(&OpError{Op: "wait for a connection", Err: ErrClosed})
	}
	for _, c := range idle {
		_ = c.conn.Close()
	}
}

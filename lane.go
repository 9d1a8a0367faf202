package parley

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"parley/internal/exchange"
)

// lane is a connection that callers share for single statements.
//
// A caller who finds the lane idle writes and reads on its own goroutine. Those
// who come meanwhile wait until the lane can take a flight: what waits then
// leaves in one write. A flight is cut into groups, each with one Sync.
//
// Whoever has the turn reads: a caller until its own call is over, then, if more
// is in the air, a goroutine that ends when nothing is. Whoever writes has first
// put the groups of its flight into the air, so that a reply always finds its
// owner; and writes on a goroutine that has other things to do only what fits
// the socket's buffer, so that it never waits for the backend.
//
// Invariant: while a group is in the air, somebody has the turn, or is about to
// take it; while a call waits and nothing is in the air, somebody writes, or
// has the lane for itself, or the lane is frozen.
type lane struct {
	conn  *Conn                 // its line belongs to the turn, its cache to mu
	queue exchange.Queue[*call] // belongs to the turn
	heard *group                // that is being answered; belongs to the turn
	owner *lanes
	room  int          // bytes that fit the socket's buffer
	load  atomic.Int32 // calls that wait or are in the air
	stuck atomic.Bool  // the head has been running for long, or the lane is frozen
	born  time.Time
	early time.Duration // how much sooner than at its full age it is replaced

	mu      sync.Mutex // guards the following; never held across I/O
	waiting callList
	air     []*group // written or being written, oldest first
	flights int      // that the groups in the air left with
	inAir   int      // bytes of them
	aloft   int      // calls in them
	headAt  time.Time
	idleAt  time.Time // when the last group landed
	turn    bool      // somebody reads, or has the lane for itself
	writing bool
	sole    bool // somebody has the lane for itself
	soleAt  time.Time
	frozen  bool // a cancellation is on its way; nothing is written
	torn    bool // a write has failed; nothing is written any more
	leaves  bool // is to be retired
	retired bool // takes no more calls, and closes when it has nothing to do
	err     error
	writes  int // calls that a group of writes may have
	spare   []*group
	out     []byte // the flight being written; belongs to who writes it
}

// group is calls that share a Sync.
type group struct {
	calls    []*call
	bytes    int
	last     bool // of its flight
	barrier  bool // a Sync that absorbs a cancellation
	unsent   bool // its Sync did not leave
	started  bool // what it will be answered with is in the queue
	answered bool // some of that has come
	failed   *ServerError
	failedAt exchange.Part
	blame    *call     // whose message failed; nil for the Sync
	began    time.Time // when it was written
}

func newLane(owner *lanes, conn *Conn) *lane {
	l := &lane{conn: conn, owner: owner, room: conn.line.Room(), born: time.Now(), idleAt: time.Now(), writes: owner.group}
	if life := conn.config.maxLifetime(); life > 0 {
		l.early = rand.N(life/8 + 1)
	}
	conn.line.Async = l.async
	return l
}

// async takes what belongs to no request. A setting that changes retires the
// lane: the next caller would find another session than the one before.
func (l *lane) async(typ byte, body []byte) error {
	if typ == 'S' && l.resets(body) {
		l.retire()
	}
	if typ == 'N' && l.queue.Len() > 0 { // else somebody has the lane for itself, or nobody
		return l.conn.noticed(body, func(e *ServerError) (string, int) { return l.whose(e), -1 })
	}
	return l.conn.async(typ, body)
}

// do runs a call, and returns when it is over or its context has ended. After
// outcomeEnded the lane may still have the call.
func (l *lane) do(ctx context.Context, c *call) (callOutcome, error) {
	l.mu.Lock()
	if l.err != nil || l.retired {
		l.mu.Unlock()
		c.state = callOver
		return outcomeAgain, nil
	}
	l.waiting.push(c)
	l.load.Add(1)
	f := l.cut()
	reads := f.groups > 0 && !l.turn
	c.inline = reads
	l.turn = l.turn || reads
	l.mu.Unlock()
	returned := false
	defer l.panicked(reads, &returned)
	if f.groups > 0 {
		l.launch(f)
	}
	returned = !reads
	if reads {
		l.conn.line.WatchRead(ctx)
		out, err := l.serve(ctx, c)
		returned = true
		return out, err
	}
	l.owner.watch()
	if !c.wait(ctx) {
		return l.abandon(ctx, c)
	}
	return c.outcome, c.err
}

// panicked makes an end of the lane when a function of the user, such as
// Config.Notice, has panicked or has ended its goroutine, so that the others who
// use it do not wait for a reader who has gone.
func (l *lane) panicked(reads bool, returned *bool) {
	switch {
	case *returned:
	case reads:
		l.conn.line.Unwatch()
		l.die(l.conn.line.Break(errPanicked))
		l.leave()
	default:
		l.kill(errPanicked)
	}
}

// abandon is what a caller does whose context has ended.
func (l *lane) abandon(ctx context.Context, c *call) (callOutcome, error) {
	l.mu.Lock()
	state := c.state
	switch state {
	case callWaiting:
		l.waiting.remove(c)
		l.load.Add(-1)
		c.state = callOver
	case callWritten:
		c.leave()
		l.cancelHead(ctx)
	}
	l.mu.Unlock()
	if state != callOver {
		return outcomeEnded, &OpError{Op: "query", Sent: state == callWritten, Err: context.Cause(ctx)}
	}
	<-c.done // it was over just then
	if c.outcome == outcomeGranted {
		l.release()
		return outcomeEnded, &OpError{Op: "query", Err: context.Cause(ctx)}
	}
	return c.outcome, c.err
}

// seize waits until the caller has the lane for itself. The outcome is
// outcomeGranted, and release ends it; or outcomeAgain or outcomeEnded.
func (l *lane) seize(ctx context.Context, c *call) (callOutcome, error) {
	c.sole = true
	l.mu.Lock()
	switch {
	case l.err != nil || l.retired:
		l.mu.Unlock()
		c.state = callOver
		return outcomeAgain, nil
	case !l.busy():
		l.turn, l.sole, l.soleAt = true, true, time.Now()
		l.load.Add(1)
		l.mu.Unlock()
		c.state = callOver
		return outcomeGranted, nil
	}
	l.waiting.push(c)
	l.load.Add(1)
	l.mu.Unlock()
	l.owner.watch()
	if !c.wait(ctx) {
		return l.abandon(ctx, c)
	}
	return c.outcome, c.err
}

// busy reports whether anybody uses the lane, or waits for it.
func (l *lane) busy() bool {
	return l.turn || l.writing || l.sole || l.frozen || len(l.air) > 0 || l.waiting.n > 0
}

// grant gives the lane to the caller at the front if it wants it for itself and
// nobody else uses it; the turn comes with it, so it must be nobody's, or that of
// who calls.
func (l *lane) grant() *call {
	c := l.waiting.first
	if c == nil || !c.sole || l.writing || l.sole || l.frozen || len(l.air) > 0 || l.err != nil {
		return nil
	}
	l.waiting.remove(c)
	l.turn, l.sole, l.soleAt = true, true, time.Now()
	c.state, c.outcome = callOver, outcomeGranted
	return c
}

// release ends what seize began. A session that is not what it was retires the
// lane.
func (l *lane) release() {
	broken := l.conn.line.Broken()
	if broken == nil && !l.conn.atRest() {
		l.retire()
	}
	l.mu.Lock()
	l.sole = false
	l.stuck.Store(false)
	l.load.Add(-1)
	l.idleAt = time.Now()
	l.mu.Unlock()
	if broken != nil {
		l.die(broken)
		return
	}
	l.leave()
}

// leave gives the turn up if nothing is in the air, and sees to it that what
// waits goes on.
func (l *lane) leave() {
	l.mu.Lock()
	granted := l.grant()
	f := l.cut()
	stays := len(l.air) > 0
	closes := l.retired && !stays && granted == nil && l.err == nil && l.waiting.n == 0
	if granted == nil && !stays {
		l.turn = false
	}
	l.mu.Unlock()
	switch {
	case granted != nil:
		granted.done <- struct{}{}
	case closes:
		l.kill(errRetired)
	case stays:
		if f.groups > 0 {
			l.launch(f)
		}
		l.owner.spawn(l.serveAll)
	}
}

// retire makes the lane take no more calls. Those that wait go elsewhere, what
// is in the air lands, and then the connection is closed.
func (l *lane) retire() {
	l.mu.Lock()
	l.retired = true
	moved := l.turnAway(false, nil)
	closes := !l.turn && len(l.air) == 0 && !l.writing && l.err == nil
	l.mu.Unlock()
	wake(moved)
	l.owner.drop(l)
	if closes {
		l.kill(errRetired)
	}
}

// turnAway takes out all calls that wait, to be run elsewhere, and tells them why
// if the lane has come to a bad end; with stay not those that would only come
// back.
func (l *lane) turnAway(stay bool, why error) (moved []*call) {
	if why != nil {
		why = &OpError{Op: "query", Err: ended(why)}
	}
	for c, next := l.waiting.first, (*call)(nil); c != nil; c = next {
		if next = c.next; stay && c.pinned {
			continue
		}
		l.waiting.remove(c)
		l.load.Add(-1)
		c.state, c.outcome, c.err = callOver, outcomeAgain, why
		if !c.inline {
			moved = append(moved, c)
		}
	}
	return moved
}

// wake tells callers that their calls are over.
func wake(calls []*call) {
	for _, c := range calls {
		c.done <- struct{}{}
	}
}

var errRetired = fmt.Errorf("%w: it was replaced", ErrClosed)

// kill makes an end of the lane from outside. Whoever has the turn finds the
// connection broken and ends what is in the air: nobody else may, while a reply
// is being read.
func (l *lane) kill(err error) {
	l.mu.Lock()
	l.retired = true
	moved := l.turnAway(false, err)
	mine := !l.turn && l.err == nil
	l.turn = l.turn || mine
	torn := l.torn
	l.mu.Unlock()
	l.owner.drop(l)
	wake(moved)
	if mine && !torn && errors.Is(err, ErrClosed) {
		_ = l.conn.Close()
	}
	err = l.conn.line.Break(err)
	if mine {
		l.die(err)
		l.mu.Lock()
		l.turn = false
		l.mu.Unlock()
	}
}

// die makes an end of the lane after an error. Whoever calls it has the turn.
func (l *lane) die(err error) {
	fatal, _ := err.(*fatalError)
	if fatal != nil {
		err = fatal.err
	}
	tells := fatal != nil && tellsAll(fatal.err.Code)
	l.mu.Lock()
	if l.err != nil {
		l.mu.Unlock()
		return
	}
	l.err, l.retired = err, true
	over := l.turnAway(false, err)
	for i, g := range l.air {
		for _, c := range g.calls {
			l.load.Add(-1)
			if l.lose(c, g, tells && (i > 0 || !g.answered)) {
				over = append(over, c)
			}
		}
	}
	l.air = nil
	l.mu.Unlock()
	l.owner.gone(l)
	_ = l.conn.line.Break(err)
	if !errors.Is(err, ErrClosed) {
		l.owner.db.pool.suspect()
	}
	wake(over)
}

// tellsAll reports whether a session that was ended with this SQLSTATE has run
// nothing that it has not answered: the backend itself says so, between two
// messages. With others, such as 08P01, a pooler may speak for a server that it
// has lost in the middle of something.
func tellsAll(code string) bool {
	return code == "57P01" || code == "57P05" // admin_shutdown, idle_session_timeout
}

// lose ends a call of a lane that has died, and reports whether its caller
// waits for that.
func (l *lane) lose(c *call, g *group, notRun bool) bool {
	waits := c.state == callWritten
	c.state = callOver
	c.err = &OpError{Op: "query", Sent: !g.unsent, Err: ended(l.err)}
	switch {
	case !waits:
		return false
	case g.unsent || notRun || c.known.Repeatable:
		c.outcome = outcomeAgain
	default:
		c.outcome = outcomeLost
	}
	return !c.inline
}

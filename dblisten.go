package parley

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"time"
)

// GapError says that notifications may have been missed: the connection that
// listened was lost, and is there again. Listening goes on.
type GapError struct {
	Err error // why it was lost
}

// Error says so, and why.
func (e *GapError) Error() string {
	return "notifications may have been missed, for the connection was lost: " + e.Err.Error()
}

// Unwrap returns why the connection was lost.
func (e *GapError) Unwrap() error { return e.Err }

// Listen yields the notifications on a channel, in the order in which the server
// sent them, until the loop is left or the context ends, whose cause is then the
// last error. All listeners of a DB share one connection. When it is lost, it is
// made again, and the loop is told by a [*GapError] that it may have missed
// notifications; when more than Config.MaxNotifications wait for the loop, by a
// [*LostError]. After either, the loop may go on.
//
// The name of the channel is taken as it is, also with capitals and spaces.
// Listening has begun when the first value is asked for and the server has taken
// the LISTEN: what is sent to the channel from then on is yielded.
func (db *DB) Listen(ctx context.Context, channel string) iter.Seq2[Notification, error] {
	return func(yield func(Notification, error) bool) {
		s, err := db.ears.join(ctx, db, channel)
		if err != nil {
			yield(Notification{}, err)
			return
		}
		defer db.ears.part(s)
		for {
			n, err := s.next(ctx)
			if !yield(n, err) || err != nil && !continues(err) {
				return
			}
		}
	}
}

// continues reports whether a listener goes on after an error.
func continues(err error) bool {
	_, gap := errors.AsType[*GapError](err)
	_, lost := errors.AsType[*LostError](err)
	return gap || lost
}

// ears are the listeners of a DB and their connection, which a goroutine reads
// while there are any.
type ears struct {
	mu       sync.Mutex // guards the following
	channels map[string][]*listener
	running  bool
	wake     context.CancelFunc // ends the wait for notifications, as there is something to do
	changed  bool               // channels has changed since the connection was told

	refused int // connections in a row that took no LISTEN; owned by run
}

// listener is one loop over notifications.
type listener struct {
	channel string
	ready   chan struct{} // closed when the server has taken the LISTEN
	some    chan struct{} // gets a value when there is something to take

	mu    sync.Mutex // guards the following
	notes []Notification
	max   int
	lost  int   // that were dropped
	broke error // why the connection was lost, until there is another that listens
	gap   error // to be told after those that are there
	err   error // there is nothing more
	heard bool  // ready is closed
}

// join begins to listen on a channel, and returns when the server does.
func (e *ears) join(ctx context.Context, db *DB, channel string) (*listener, error) {
	if err := checkChannel(channel); err != nil {
		return nil, err
	}
	s := &listener{channel: channel, ready: make(chan struct{}), some: make(chan struct{}, 1), max: db.config.maxNotifications()}
	e.mu.Lock()
	if e.channels == nil {
		e.channels = map[string][]*listener{}
	}
	e.channels[channel] = append(e.channels[channel], s)
	e.tell()
	if !e.running {
		e.running = true
		db.spawnOr(e.run(db), func() {
			e.running = false
			s.fail(&OpError{Op: "listen", Err: ErrClosed})
		})
	}
	e.mu.Unlock()
	if err := s.await(ctx); err != nil {
		e.part(s)
		return nil, err
	}
	return s, nil
}

// await waits until the server has taken the LISTEN.
func (s *listener) await(ctx context.Context) error {
	select {
	case <-s.ready:
	case <-ctx.Done():
		return &OpError{Op: "listen", Err: context.Cause(ctx)}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// tell has the connection look at what it is to listen on. The caller has the
// lock.
func (e *ears) tell() {
	e.changed = true
	if e.wake != nil {
		e.wake()
	}
}

// part stops listening.
func (e *ears) part(s *listener) {
	e.mu.Lock()
	defer e.mu.Unlock()
	list := e.channels[s.channel]
	for i, other := range list {
		if other == s {
			list = append(list[:i:i], list[i+1:]...)
			break
		}
	}
	if e.channels[s.channel] = list; len(list) == 0 {
		delete(e.channels, s.channel)
	}
	e.tell()
}

// run returns what reads the connection, and makes it again, while anybody
// listens.
func (e *ears) run(db *DB) func(context.Context) {
	return func(ctx context.Context) {
		for {
			err := e.session(ctx, db)
			e.mu.Lock()
			if len(e.channels) == 0 || db.isClosed() {
				e.running = false
				e.end(db)
				e.mu.Unlock()
				return
			}
			e.mu.Unlock()
			if err != nil {
				e.interrupt(db, err)
			}
		}
	}
}

// end tells the listeners of a DB that is closed.
func (e *ears) end(db *DB) {
	if !db.isClosed() {
		return
	}
	for _, list := range e.channels {
		for _, s := range list {
			s.fail(&OpError{Op: "listen", Err: ErrClosed})
		}
	}
}

// interrupt tells those who listen that the connection was lost; those who wait
// for their LISTEN are told what keeps it from being taken, if that will not
// pass.
func (e *ears) interrupt(db *DB, err error) {
	refusal, ok := errors.AsType[*ServerError](err)
	// A standby takes no LISTEN. That passes if a primary was asked for.
	final := ok && (!passes(refusal.Code) || refusal.Code == readOnlyCode && !db.demoted(err))
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, list := range e.channels {
		for _, s := range list {
			s.interrupt(err, final)
		}
	}
}

// keepAlive is how long a connection that listens may be silent before the
// server is asked whether it is there.
const keepAlive = 30 * time.Second

// session listens over one connection until it is lost or nobody listens.
func (e *ears) session(ctx context.Context, db *DB) error {
	conn, err := db.connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	on := map[string]bool{}
	for first := true; ; first = false {
		done, err := e.listen(ctx, conn, on)
		if first {
			e.rest(ctx, err != nil)
		}
		if err != nil || done || ctx.Err() != nil {
			return err
		}
		wait, stop := context.WithTimeout(ctx, keepAlive)
		e.mu.Lock()
		e.wake = stop
		if e.changed {
			stop()
		}
		e.mu.Unlock()
		n, err := conn.WaitNotification(wait)
		lost, dropped := errors.AsType[*LostError](err)
		timeout := errors.Is(wait.Err(), context.DeadlineExceeded)
		stop()
		switch {
		case err == nil:
			e.heard(n)
		case dropped:
			e.missed(lost.Count)
		case !conn.Alive():
			return err
		case timeout:
			if err := ping(ctx, conn); err != nil {
				return err
			}
		}
	}
}

// rest waits a little when a connection was made that takes no LISTEN, the longer
// the more there were: the next one will most likely take none either.
func (e *ears) rest(ctx context.Context, refused bool) {
	if !refused {
		e.refused = 0
		return
	}
	timer := time.NewTimer(min(damperEvery<<min(e.refused, 10), damperMost))
	defer timer.Stop()
	e.refused++
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// ping asks whether the server is there.
func ping(ctx context.Context, conn *Conn) error {
	ctx, stop := context.WithTimeout(ctx, keepAlive)
	defer stop()
	_, err := conn.Exec(ctx, "select 1")
	return err
}

// listen makes the connection listen on what there are listeners for, and
// reports whether there are none.
func (e *ears) listen(ctx context.Context, conn *Conn, on map[string]bool) (done bool, err error) {
	e.mu.Lock()
	e.changed = false
	var add, drop []string
	for name := range e.channels {
		if !on[name] {
			add = append(add, name)
		}
	}
	for name := range on {
		if e.channels[name] == nil {
			drop = append(drop, name)
		}
	}
	done = len(e.channels) == 0
	e.mu.Unlock()
	for _, name := range add {
		if err := conn.Listen(ctx, name); err != nil {
			return false, err
		}
		on[name] = true
	}
	for _, name := range drop {
		if err := conn.Unlisten(ctx, name); err != nil {
			return false, err
		}
		delete(on, name)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for name := range on {
		for _, s := range e.channels[name] {
			s.begin()
		}
	}
	return done && len(e.channels) == 0, nil
}

// heard hands a notification to those who listen on its channel.
func (e *ears) heard(n Notification) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range e.channels[n.Channel] {
		s.take(n)
	}
}

// missed tells all listeners that notifications were dropped, nobody knows whose.
func (e *ears) missed(n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, list := range e.channels {
		for _, s := range list {
			s.mu.Lock()
			s.lost += n
			s.stir()
			s.mu.Unlock()
		}
	}
}

// begin notes that the server has taken the LISTEN.
func (s *listener) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.heard {
		s.heard = true
		close(s.ready)
	}
	if s.broke != nil {
		s.gap, s.broke = s.broke, nil
		s.stir()
	}
}

func (s *listener) take(n Notification) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.heard {
		return
	}
	if len(s.notes) >= s.max {
		s.notes = s.notes[1:]
		s.lost++
	}
	s.notes = append(s.notes, n)
	s.stir()
}

// stir wakes the loop. The caller has the lock.
func (s *listener) stir() {
	select {
	case s.some <- struct{}{}:
	default:
	}
}

func (s *listener) interrupt(err error, final bool) {
	if final && !s.begun() {
		s.fail(err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.heard {
		s.broke = err
	}
}

func (s *listener) begun() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.heard
}

// fail ends the listener.
func (s *listener) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
	if !s.heard {
		s.heard = true
		close(s.ready)
	}
	s.stir()
}

// next returns the next notification, or what is to be told instead.
func (s *listener) next(ctx context.Context) (Notification, error) {
	for ctx.Err() == nil {
		n, ok, err := s.get()
		if ok {
			return n, err
		}
		select {
		case <-s.some:
		case <-ctx.Done():
		}
	}
	return Notification{}, &OpError{Op: "listen", Err: context.Cause(ctx)}
}

func (s *listener) get() (n Notification, ok bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.lost > 0:
		err = &LostError{Count: s.lost}
		s.lost = 0
	case len(s.notes) > 0:
		n = s.notes[0]
		s.notes = s.notes[1:]
	case s.gap != nil:
		err = &GapError{Err: s.gap}
		s.gap = nil
	case s.err != nil:
		err = s.err
	default:
		return n, false, nil
	}
	return n, true, err
}

// maxChannel is how many bytes the name of a channel may have: PostgreSQL cuts
// longer names off, after which nobody knows whose a notification is.
const maxChannel = 63

func checkChannel(name string) error {
	if name == "" || len(name) > maxChannel || strings.ContainsRune(name, 0) {
		return fmt.Errorf("listen: the name of a channel has 1 to %d bytes, none of them 0", maxChannel)
	}
	return nil
}

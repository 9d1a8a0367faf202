package parley

import (
	"context"
	"fmt"
	"time"

	"parley/wire"
)

// flight is what leaves a lane in one write.
type flight struct {
	out    []byte
	groups int
	fits   bool // what is in the air then fits the socket's buffer
}

// Bounds of what is on its way at once. They were chosen by measurement: see
// bench/RESULTS.md.
const (
	maxFlights     = 3         // in the air, unless Config.Flights says otherwise
	maxGroup       = 128       // calls that share a Sync, unless Config.MaxGroup says otherwise; see also most
	maxFlightBytes = 64 << 10  // of a flight, but for its last call
	farFlights     = 16        // likewise, far from the server, with up to
	fewAloft       = 192       // calls in them
	maxShared      = 64 << 10  // bytes of a call's messages; larger ones get a connection of their own
	maxSpare       = 16        // groups kept for the next
	keepFlight     = 256 << 10 // bytes of a flight whose buffer is kept
)

// cut takes what waits and can leave now, and puts it into the air. The caller,
// who has the lock, launches the flight afterwards; nobody else writes before.
func (l *lane) cut() flight {
	if l.waiting.n == 0 || l.writing || l.sole || l.frozen || l.torn || l.err != nil || !l.hasRoom() {
		return flight{}
	}
	one := l.owner.depth() == 1
	out, n := l.out[:0], 0
	var g *group
	for c := l.waiting.first; c != nil && !c.sole && len(out) < maxFlightBytes; c = l.waiting.first {
		if g != nil && (one || !c.group || !g.calls[0].group || len(g.calls) >= l.most(g)) {
			if out, g = l.seal(out, g), nil; one {
				break
			}
		}
		if g == nil {
			g = l.newGroup()
			g.bytes = -len(out)
			n++
		}
		l.waiting.remove(c)
		c.state = callWritten
		g.calls = append(g.calls, c)
		out = l.add(out, c)
	}
	if n == 0 {
		return flight{}
	}
	if g != nil {
		out = l.seal(out, g)
	}
	l.air[len(l.air)-1].last = true
	l.flights++
	l.owner.stats.flights.add(int64(l.flights))
	l.writing = true
	l.out = out
	return flight{out: out, groups: n, fits: l.inAir <= l.room}
}

// hasRoom reports whether another flight may be in the air. Far from the server
// more of them may be, as long as they are small: there nobody should wait for a
// flight to come back.
func (l *lane) hasRoom() bool {
	depth := l.owner.depth()
	switch far := l.owner.far(); {
	case l.waiting.first.pinned && far:
		depth = min(depth, 2)
	case l.waiting.first.pinned:
		depth = 1 // what a group takes is the disk, and it should be as large as can be
	case far && depth == maxFlights && l.aloft < fewAloft:
		depth = farFlights
	}
	return l.flights < depth
}

// most returns how many calls a group may have. For writes that is more as long
// as all goes well, because each group waits for the disk; and less when one
// fails, because each of its calls then waits alone.
func (l *lane) most(g *group) int {
	if g.calls[0].pinned {
		return l.writes
	}
	return l.owner.group
}

// Bounds of how many writes share a Sync, unless Config.MaxGroup sets one.
const (
	fewestWrites = 8
	mostWrites   = 1024
)

// adapt takes note of how a group of writes went. The caller has the lock.
func (l *lane) adapt(g *group) {
	switch {
	case len(g.calls) < 2 || !g.calls[0].pinned:
	case g.failed != nil:
		l.writes = max(fewestWrites, min(l.writes, len(g.calls))/4)
	case l.conn.config.MaxGroup > 0:
		l.writes = min(l.conn.config.MaxGroup, l.writes+len(g.calls))
	default:
		l.writes = min(mostWrites, l.writes+len(g.calls))
	}
}

// seal ends a group with its Sync and puts it into the air.
func (l *lane) seal(out []byte, g *group) []byte {
	out = append(out, syncMessage...)
	g.bytes += len(out)
	g.began = time.Now()
	if len(l.air) == 0 {
		l.headAt = g.began
	}
	for _, c := range g.calls {
		c.written = g.began
	}
	l.inAir += g.bytes
	l.aloft += len(g.calls)
	l.air = append(l.air, g)
	l.owner.stats.group.add(int64(len(g.calls)))
	return out
}

var syncMessage = []byte{'S', 0, 0, 0, 4}

func (l *lane) newGroup() *group {
	if n := len(l.spare); n > 0 {
		g := l.spare[n-1]
		l.spare = l.spare[:n-1]
		return g
	}
	return &group{}
}

// recycle keeps a group whose calls have all been told.
func (l *lane) recycle(g *group) {
	clear(g.calls)
	*g = group{calls: g.calls[:0]}
	if len(l.spare) < maxSpare {
		l.spare = append(l.spare, g)
	}
}

// add adds a call's messages to a flight. A statement that the lane has not
// prepared as the call has it is prepared with it, and taken to be so for the
// calls behind it.
func (l *lane) add(out []byte, c *call) []byte {
	k := &l.conn.cache
	st := k.get(c.sql)
	if st == nil || st.desc != c.desc || !k.hot(st) {
		if st != nil {
			k.remove(c.sql)
		}
		st = l.conn.newStatement(c.sql)
		out, c.closes = closeMessages(out, k.dropped), append(c.closes, k.dropped...)
		k.dropped = k.dropped[:0]
		out = prepareMessages(out, st.name, c.sql, c.desc.params)
		c.cold = true
		st.desc = c.desc
		k.prepared(st)
		k.put(st)
	}
	c.st = st
	return c.append(out, st.name)
}

// closeMessages adds a Close for each name; a name cannot be refused, for it was
// sent before.
func closeMessages(out []byte, names []string) []byte {
	for _, name := range names {
		out, _ = (&wire.Close{Object: wire.ObjectStatement, Name: name}).Append(out)
	}
	return out
}

// prepareMessages adds Parse and Describe for a text that was sent before.
func prepareMessages(out []byte, name, sql string, params []uint32) []byte {
	out, _ = (&wire.Parse{Statement: name, SQL: sql, ParamTypes: params}).Append(out)
	out, _ = (&wire.Describe{Object: wire.ObjectStatement, Name: name}).Append(out)
	return out
}

// launch writes a flight, and those that can leave when it has. What might have
// to wait for the backend is written by a goroutine of its own.
func (l *lane) launch(f flight) {
	for f.groups > 0 {
		if !f.fits {
			f := f // so that no other flight is put on the heap
			l.owner.spawn(func(context.Context) { l.write(f); l.launch(l.landed()) })
			return
		}
		l.write(f)
		f = l.landed()
	}
}

// write writes a flight. After an error, what has not left is known not to have
// been run: the server has not seen the Sync. The reader finds out the rest; it is
// not waited for if all it finds is silence.
func (l *lane) write(f flight) {
	n, err := l.conn.line.Send(f.out)
	if err == nil {
		return
	}
	l.owner.db.spawn(func(ctx context.Context) {
		select {
		case <-time.After(tornWait):
		case <-ctx.Done():
		}
		l.kill(err)
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.torn = true
	at := len(f.out)
	for i := len(l.air) - 1; i >= 0 && at > n && f.groups > 0; i-- {
		g := l.air[i]
		if !g.barrier {
			f.groups--
		}
		g.unsent = true
		at -= g.bytes
	}
}

// tornWait is how long a reader may look for the last words of a server that
// could not be written to.
const tornWait = time.Second

// landed notes that a flight was written, and cuts the next. When nobody is
// left to read, somebody is asked to.
func (l *lane) landed() flight {
	l.mu.Lock()
	l.writing = false
	if cap(l.out) > keepFlight {
		l.out = nil
	}
	l.cancelHead(l.owner.db.ctx)
	var granted *call
	if !l.turn { // else who has it grants the lane, once done with the line
		granted = l.grant()
	}
	f := l.cut()
	reads := len(l.air) > 0 && !l.turn
	closes := l.retired && len(l.air) == 0 && !l.turn && l.err == nil
	l.turn = l.turn || reads
	l.mu.Unlock()
	if granted != nil {
		granted.done <- struct{}{}
	}
	if closes {
		l.kill(errRetired)
	}
	if reads {
		l.owner.spawn(l.serveAll)
	}
	return f
}

// cancelHead cancels what is in the air when the last of its callers has gone,
// if it is a single group: the cancellation can then hit nothing else. The caller
// has the lock.
func (l *lane) cancelHead(ctx context.Context) {
	if len(l.air) != 1 || !l.air[0].forsaken() || l.writing || l.frozen || l.err != nil {
		return
	}
	timeout := l.conn.config.cancelTimeout()
	if timeout < 0 {
		return
	}
	l.frozen = true
	l.stuck.Store(true)
	ctx = context.WithoutCancel(ctx)
	l.owner.db.spawn(func(context.Context) {
		ctx, stop := context.WithTimeout(ctx, timeout)
		defer stop()
		l.cancel(ctx)
	})
}

// forsaken reports whether all callers of a group have gone.
func (g *group) forsaken() bool {
	for _, c := range g.calls {
		if c.state != callAbandoned {
			return false
		}
	}
	return len(g.calls) > 0
}

// cancel sends a CancelRequest and, when the server has taken it, a Sync of its
// own for one that came too late. The lane thaws when that is answered.
func (l *lane) cancel(ctx context.Context) {
	if err := l.conn.session.cancel(ctx); err != nil {
		l.kill(fmt.Errorf("cancelling: %w", err))
		return
	}
	l.mu.Lock()
	if l.err != nil || l.torn { // then it is about to end
		l.mu.Unlock()
		return
	}
	g := l.newGroup()
	g.barrier, g.last, g.bytes, g.began = true, true, len(syncMessage), time.Now()
	if len(l.air) == 0 {
		l.headAt = g.began
	}
	l.air = append(l.air, g)
	l.inAir += g.bytes
	l.flights++
	l.writing = true
	l.mu.Unlock()
	l.write(flight{out: syncMessage})
	l.launch(l.landed())
}

package parley

import (
	"sync/atomic"
	"time"
)

// What makes a statement unfit for a lane, or for company there.
const (
	slowCall  = 5 * time.Millisecond // on average: it gets a connection of its own
	largeCall = 256 << 10            // bytes of result on average: likewise
	slowGroup = 50 * time.Millisecond
	aloneFor  = 3 // runs, after a group that failed or was slow because of it
)

// cost is what running a statement takes, as measured. The zero cost is not
// known. It is safe for concurrent use; a measurement that is lost to another
// one made at the same moment does no harm.
type cost struct {
	time  atomic.Int64 // running average, nanoseconds
	bytes atomic.Int64 // of the result, running average
	alone atomic.Int32 // how many times it is to run alone
}

// took notes what a run took.
func (k *cost) took(d time.Duration, bytes int) {
	average(&k.time, int64(d))
	average(&k.bytes, int64(bytes))
}

// average moves a running average towards a new value: half of the way down, or
// a sixteenth of it up. What a statement takes is what it takes in good moments;
// in bad ones the machine is busy with something else, and to take statements off
// their lanes then makes it worse.
func average(a *atomic.Int64, v int64) {
	switch old := a.Load(); {
	case old == 0:
		a.Store(max(v, 1))
	case v < old:
		a.Store(max(old+(v-old)/2, 1))
	default:
		a.Store(old + (v-old+15)/16)
	}
}

// heavy reports whether a statement should have a connection of its own.
func (k *cost) heavy() bool {
	return k.time.Load() > int64(slowCall) || k.bytes.Load() > largeCall
}

// light reports whether a statement was run, and is not heavy.
func (k *cost) light() bool { return k.time.Load() > 0 && !k.heavy() }

// social reports whether a statement may share a Sync now.
func (k *cost) social() bool {
	n := k.alone.Load()
	if n > 0 {
		k.alone.CompareAndSwap(n, n-1)
	}
	return n == 0
}

// measure notes what the calls of a group took, which only a group of one tells
// for sure. A statement that made its group fail, and those of a group that was
// slow, run alone for a while.
func (l *lane) measure(g *group, now time.Time) {
	d := l.owner.rtt.without(now.Sub(g.began))
	if l.headAt.After(g.began) {
		d = min(d, now.Sub(l.headAt)) // it waited behind others on the server
	}
	n := len(g.calls)
	switch {
	case n == 0:
	case g.failed != nil && n > 1 && g.blame != nil:
		g.blame.known.cost.alone.Store(aloneFor)
	case d > slowGroup && d > time.Duration(n)*slowCall/10 && n > 1, g.failed != nil && n > 1:
		for _, c := range g.calls {
			c.known.cost.alone.Store(aloneFor)
		}
	case g.failed == nil:
		for _, c := range g.calls {
			c.known.cost.took(d/time.Duration(n), c.size)
		}
	}
}

// roundTrip is the least time that a reply has taken of late: what remains of a
// run's time without it is the statement's own. It is safe for concurrent use.
type roundTrip struct{ least atomic.Int64 }

// without takes note of a time and returns it without the round trip. The least
// time creeps up, as the way to the server may have become longer.
func (r *roundTrip) without(d time.Duration) time.Duration {
	least := r.least.Load()
	if least == 0 || int64(d) < least {
		r.least.Store(max(int64(d), 1))
		return 0
	}
	r.least.Store(least + least/256 + 1)
	return d - time.Duration(least)
}

package parley

import "time"

// Stats is what a DB has done since it was opened, and what it is like now. The
// numbers are not all of the same moment.
type Stats struct {
	Lanes       int       // connections that callers share
	LanesOpened int64     // since the beginning
	LanesLoad   int       // calls that wait for lanes or are on their way
	Group       Histogram // calls that shared a Sync, for each Sync
	Flights     Histogram // flights in the air of a lane, itself included, when one left
	Retries     int64     // calls that ran again alone, as another of their group had failed
	Moved       int64     // calls that went elsewhere because their lane was held up
	Stalls      int64     // lanes given up because nothing came any more
	RoundTrip   time.Duration

	Conns    int       // connections that serve one caller at a time, those being made included
	Idle     int       // of them, those that nobody uses
	Waiting  int       // callers that wait for one
	Waits    int64     // how often a caller had to wait
	WaitTime Histogram // nanoseconds, of those who got one
	GaveUp   int64     // callers whose context ended while they waited
	Opened   int64     // connections made
	Expired  int64     // closed because they were old or had been idle for long
	Reset    int64     // given back with a session that had to be reset
	Dropped  int64     // lost, or could not be reset
}

// Stats returns what the DB has done so far.
func (db *DB) Stats() Stats {
	ls, p := &db.lanes, &db.pool
	s := Stats{LanesOpened: ls.stats.opened.Load(), Group: ls.stats.group.snapshot(), Flights: ls.stats.flights.snapshot(),
		Retries: ls.stats.retries.Load(), Moved: ls.stats.moved.Load(), Stalls: ls.stats.stalls.Load(),
		RoundTrip: time.Duration(ls.rtt.least.Load()), WaitTime: p.stats.waitTime.snapshot()}
	for _, l := range *ls.all.Load() {
		s.Lanes++
		s.LanesLoad += int(l.load.Load())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	s.Conns, s.Idle, s.Waiting = p.total, len(p.idle), len(p.waiters)
	s.Waits, s.GaveUp, s.Opened = p.stats.waits, p.stats.gaveUp, p.stats.opened
	s.Expired, s.Reset, s.Dropped = p.stats.expired, p.stats.reset, p.stats.dropped
	return s
}

package parley

import (
	"context"
	"errors"
	"sync"
	"time"

	"parley/internal/conninfo"
)

// A server that hangs keeps its connections, and says nothing: it cannot be told
// from one that works at something long. But it takes no logins. Where there are
// several hosts, and one of them is to be the primary, a login that ends up
// elsewhere says that the server is not the primary any more.

// latest is where the last login was accepted.
type latest struct {
	mu      sync.Mutex // guards the following
	address string
	at      time.Time
	probed  time.Time
}

func (x *latest) note(address string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.address, x.at = address, time.Now()
}

var errLeft = errors.New("nothing came for long, and another server has become the primary")

// leaves reports whether a server that has said nothing for long is to be left, as
// the primary is elsewhere since. Where nobody has logged in since, a login is tried.
func (db *DB) leaves(address string, since time.Time) bool {
	if !db.wantsPrimary() || len(db.info.Hosts) < 2 {
		return false
	}
	x := &db.latest
	x.mu.Lock()
	known, elsewhere := x.at.After(since), x.address != address
	probe := !known && time.Since(x.probed) > stalledTime
	if probe {
		x.probed = time.Now()
	}
	x.mu.Unlock()
	if probe {
		db.spawn(func(context.Context) { db.pool.probe() })
	}
	return known && elsewhere
}

// wantsPrimary reports whether connections are to be to a server that takes
// writes.
func (db *DB) wantsPrimary() bool {
	target := db.info.TargetSession
	return target == conninfo.TargetReadWrite || target == conninfo.TargetPrimary
}

package parley

import (
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/conninfo"
)

// A server that has said nothing is left when somebody has logged in elsewhere
// since, and there is to be one primary; a login is tried where nobody has, once
// in a while.
func TestLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, world := modelDB(t, Config{MaxConns: 2})
		hosts := []conninfo.Host{db.info.Hosts[0], db.info.Hosts[0]}
		db.info.TargetSession, db.info.Hosts = conninfo.TargetPrimary, hosts
		begun := time.Now()
		ask := func(address string, want bool, dials int64) {
			t.Helper()
			before := world.dials.Load()
			got := db.leaves(address, begun)
			synctest.Wait()
			if n := world.dials.Load() - before; got != want || n != dials {
				t.Errorf("%v, with %d logins, want %v with %d", got, n, want, dials)
			}
		}
		const there = "elsewhere" // where the model is not
		<-time.After(time.Second)
		ask(there, false, 1) // the login that it makes ends up at the model
		<-time.After(time.Second)
		ask(there, true, 0)
		ask(db.latest.address, false, 0)
		begun = time.Now()
		<-time.After(time.Second)
		ask(there, false, 0) // too soon for another
		<-time.After(stalledTime)
		ask(there, false, 1)
		<-time.After(time.Second)
		ask(there, true, 0)
		db.info.Hosts = hosts[:1]
		ask(there, false, 0)
		db.info.Hosts, db.info.TargetSession = hosts, conninfo.TargetAny
		ask(there, false, 0)
	})
}

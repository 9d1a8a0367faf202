package parley

import (
	"context"

	"parley/internal/conninfo"
)

// ReadOnly returns the same database for work that only reads, which may be done
// by standbys: its connections go to the hosts of the connection string in a
// random order, standbys first, and to the primary when there are none. Its
// sessions are read only. It has lanes and connections of its own, made when
// they are needed, and is closed with the DB, or before.
//
// A standby cannot listen: what is for notifications is for the DB itself.
//
// A standby is behind the primary: what was just written may not be there yet.
func (db *DB) ReadOnly() *DB {
	info := *db.info
	info.TargetSession = conninfo.TargetPreferStandby
	info.LoadBalance = conninfo.BalanceRandom
	info.Startup = append(info.Startup[:len(info.Startup):len(info.Startup)],
		conninfo.Setting{Name: "default_transaction_read_only", Value: "on"})
	child := newDB(context.WithoutCancel(db.ctx), db.config, &info)
	child.shared, child.salted, child.parent = db.shared, db.salted, db
	db.mu.Lock()
	closed := db.closed
	if !closed {
		db.children = append(db.children, child)
	}
	db.mu.Unlock()
	if closed {
		_ = child.Close()
		return child
	}
	child.spawn(child.tend)
	return child
}

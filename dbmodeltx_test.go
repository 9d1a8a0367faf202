package parley

import (
	"fmt"
	"strings"
	"time"

	"parley/internal/sqltext"
	"parley/pgtest"
	"parley/wire"
)

// What the model server knows of sessions and transactions, and how it notices
// that one is not the caller's own. Callers are told apart by the markers that
// they send as arguments.

// remains is what callers have left in a session. Each is noticed when it meets
// somebody else.
type remains struct {
	mark string // who has changed a setting that nobody reports
	lock string // who has taken a lock, which rolling back does not release
	zone int    // the setting TimeZone, which is reported
	at   time.Time
	base bool // AfterConnect's own setting
}

// own ends the texts of statements which callers run on connections of their
// own; what those leave behind nobody else may meet.
const own = "-- own"

// owner returns whose a marker is: what is behind a dot tells several of one
// caller apart.
func owner(marker string) string {
	who, _, _ := strings.Cut(marker, ".")
	return who
}

// controls reports whether a statement is one of those that control knows.
func controls(sql string) bool {
	switch sqltext.FirstWord(sql) {
	case "begin", "commit", "rollback", "set", "discard":
		return true
	}
	return false
}

// spoil is what an error does to the transaction.
func (b *backend) spoil() {
	b.failed, b.pending, b.late = true, nil, false
	if b.status == wire.TxActive {
		b.status = wire.TxFailed
	}
}

// spoiled reports whether the transaction has failed and a statement does not
// end it.
func (b *backend) spoiled(sql string) bool {
	return b.status == wire.TxFailed && sql != "rollback" && sql != "commit"
}

// owned looks whether a statement with an argument has met what somebody else
// has left.
func (b *backend) owned() {
	who := owner(b.arg)
	if who == "" {
		return
	}
	if b.status == wire.TxActive && b.user == "" {
		b.user = who
	}
	b.world.mu.Lock()
	based := b.world.based
	b.world.mu.Unlock()
	switch {
	case b.user != "" && b.user != who:
		b.world.problem("%s runs in the transaction of %s", who, b.user)
	case b.left.mark != "" && b.left.mark != who:
		b.world.problem("%s meets a setting of %s", who, b.left.mark)
	case b.left.lock != "" && b.left.lock != who:
		b.world.problem("%s meets a lock of %s", who, b.left.lock)
	case b.left.zone != 0 && time.Since(b.left.at) > 3*time.Second:
		b.world.problem("%s meets a setting that was reported %v ago", who, time.Since(b.left.at))
	case based && !b.left.base:
		b.world.problem("%s meets a session without what AfterConnect sets", who)
	}
}

// control runs a statement of sessions and transactions:
//
//	begin …, commit, rollback
//	set mark to 'MARKER'   which the transaction, if there is one, may undo
//	set base to 'on'       as AfterConnect does
//	discard all
func (b *backend) control(w []string) {
	tag := strings.ToUpper(w[0])
	switch w[0] {
	case "begin":
		if b.status != wire.TxIdle {
			b.world.problem("a transaction begins within that of %s", b.user)
		}
		b.status, b.before = wire.TxActive, b.left
	case "commit":
		if b.late && b.status == wire.TxActive {
			b.fail("23503")
			b.rollback()
			return
		}
		if b.status == wire.TxFailed {
			tag = "ROLLBACK"
			b.rollback()
		}
		b.status, b.user = wire.TxIdle, ""
		b.commit()
	case "rollback":
		b.rollback()
	case "set":
		if w[1] == "base" {
			b.left.base = true
		} else {
			b.left.mark = owner(strings.Trim(w[3], "'"))
		}
	case "discard":
		if b.status != wire.TxIdle {
			b.fail("25001")
			return
		}
		tag = "DISCARD ALL"
		clear(b.statements)
		b.setZone(0)
		b.left = remains{}
	}
	b.say(pgtest.Done(tag))
}

// commit makes what the transaction has stored count, and ends it.
func (b *backend) commit() {
	b.world.mu.Lock()
	defer b.world.mu.Unlock()
	for _, marker := range b.pending {
		b.world.stored[marker]++
	}
	b.pending, b.late, b.locked = nil, false, 0
}

// rollback ends the transaction. The lock stays, as a session's does.
func (b *backend) rollback() {
	if b.status != wire.TxIdle {
		lock := b.left.lock
		b.setZone(b.before.zone)
		b.left = b.before
		b.left.lock = lock
	}
	b.status, b.user, b.pending, b.late, b.locked = wire.TxIdle, "", nil, false, 0
}

// setZone sets the setting that is reported.
func (b *backend) setZone(to int) {
	if b.left.zone == to {
		return
	}
	b.left.zone, b.left.at = to, time.Now()
	b.say(&wire.ParameterStatus{Name: "TimeZone", Value: fmt.Sprint(to)})
}

// What a row of the table drip takes, and how many rows it has.
const (
	dripRow  = 1000
	dripRows = 20
)

// drip sends rows one by one, each when the tap is turned, if there is one.
func (b *backend) drip() bool {
	for range dripRows {
		if tap := b.world.tap; tap != nil {
			<-tap
		}
		b.say(pgtest.Row(strings.Repeat("x", dripRow)))
		if !b.flush() {
			return false
		}
	}
	b.say(pgtest.Done(fmt.Sprint("SELECT ", dripRows)))
	return true
}

// deadly is when every session of a world ends, and how.
type deadly int

const (
	peacefully deadly = iota
	silently          // at the first statement
	withWords         // likewise, and says so
	unwritten         // what is written to it does not leave
)

// kills makes all sessions deadly.
func (w *world) kills(how deadly) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deadly = how
}

func (w *world) howDeadly() deadly {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.deadly
}

// dies reports whether the session ends with a message of a type.
func (b *backend) dies(typ byte) bool {
	how := b.world.howDeadly()
	return typ == 'B' && (how == silently || how == withWords)
}

// setMiscount has statements that have a name fail, as those of a pooler do that
// has lost count.
func (w *world) setMiscount(code string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.miscount = code
}

func (w *world) miscounts() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.miscount
}

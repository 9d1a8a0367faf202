package parley

import (
	"strconv"

	"parley/internal/sqltext"
	"parley/wire"
)

// searchPath is what is known of the session's search path. What a name means is
// up to it, and with that what a statement's parameters and columns are. So a
// session that is not on the path it began with keeps its statements apart, path
// by path, neither tells other connections of them nor goes by what those say.
//
// PostgreSQL 18 reports the path. Where it is not reported, a statement that names
// it is taken to have changed it, and so is the end of the transaction around it
// and of any savepoint in there; to what, nobody knows.
type searchPath struct {
	reported bool
	pinned   bool   // nothing that changes it is let in
	home     string // what is reported of a session that is as it should be
	touched  bool   // it may have been changed since the last ReadyForQuery
	undoable bool   // by what the transaction may undo
	unknown  int    // how many paths were not known
}

const pathSetting = "search_path"

// settled takes the search path as it is for the one of a session as it should
// be, which is that of the other connections of its DB.
func (c *Conn) settled() {
	home, reported := c.Setting(pathSetting)
	c.path = searchPath{reported: reported, home: home, unknown: c.path.unknown}
	c.cache.path = ""
}

// moved takes note of a path that the server reports.
func (c *Conn) moved(path string) {
	if !c.path.reported || c.path.pinned {
		return
	}
	if c.cache.path = ""; path != c.path.home {
		c.cache.path = "=" + path
	}
}

// mayMove takes note of a text that is about to be run.
func (c *Conn) mayMove(t *sqltext.Traits) {
	c.path.touched = c.path.touched || t.Path && !c.path.reported && !c.path.pinned
}

// ready takes note of the session's state at a ReadyForQuery.
func (p *searchPath) ready(k *cache, status wire.TxStatus) {
	if !p.touched && (!p.undoable || status != wire.TxIdle) {
		return
	}
	p.undoable = p.touched && status != wire.TxIdle
	p.touched = false
	p.unknown++
	k.path = "?" + strconv.Itoa(p.unknown)
}

// pin takes note that the session stays on its path: statements that could leave it
// are not let in, and one that only names it does not.
func (c *Conn) pin() { c.path.pinned = true }

// told returns what the server has said about a statement to another connection
// on the same path, or nil.
func (c *Conn) told(sql string) *description {
	if c.cache.path != "" {
		return nil
	}
	return c.shared.described(sql)
}

// tell takes what the server says about a statement that was prepared on a path,
// and tells those on the same path.
func (c *Conn) tell(sql, path string, d *description) *description {
	switch {
	case path == "":
		return c.shared.learn(sql, d)
	case d.foreign:
		return d.with(c.shared)
	}
	return d
}

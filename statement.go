package parley

import (
	"container/list"
	"strconv"
)

// statement is a prepared statement of one connection.
type statement struct {
	name   string // "" for the unnamed statement
	sql    string
	path   string       // of the session when it was prepared, as cache has it
	desc   *description // what the server said about it; nil until it did
	told   bool         // else desc is what it said to another connection
	guess  []uint32     // type OIDs to prepare it with, where the server cannot tell before
	half   []uint32     // type OIDs of the parameters, until the columns are told too
	parsed bool         // it was prepared under its name
	era    int          // of the cache, when it was
	kept   bool         // it was prepared by the user, and is not the cache's to drop
	tag    string
}

// columns returns the columns of the statement's rows.
func (st *statement) columns() []Column {
	if st == nil || st.desc == nil {
		return nil
	}
	return st.desc.columns
}

// cache holds the statements that a connection has prepared, those used last in
// front.
//
// Invariant: len(byText) == order.Len() <= maxCount, bytes <= maxBytes, and
// byText and order hold the same statements.
type cache struct {
	maxCount, maxBytes int
	bytes              int
	next               int                      // number of the next name
	era                int                      // how many times the server has dropped all statements, or may have
	gone               int                      // statements of eras before this one need not be closed
	path               string                   // what tells the session's search path from others; "" for that of other connections
	byText             map[string]*list.Element // by key
	order              list.List                // of *statement
	dropped            []string                 // names to close with the next request
}

func (k *cache) init(config *Config) {
	k.maxCount, k.maxBytes = config.statementCache()
	k.byText = map[string]*list.Element{}
}

// key is what a statement is found by.
func (st *statement) key() string { return keyOf(st.path, st.sql) }

func keyOf(path, sql string) string {
	if path == "" {
		return sql
	}
	return path + "\x00" + sql
}

// get returns the statement with the text that was prepared on this search path,
// and makes it the one used last.
func (k *cache) get(sql string) *statement {
	e, ok := k.byText[keyOf(k.path, sql)]
	if !ok {
		return nil
	}
	k.order.MoveToFront(e)
	return e.Value.(*statement)
}

// off reports whether statements are not kept, and so are unnamed.
func (k *cache) off() bool { return k.maxCount <= 0 }

// hot reports whether a statement exists on the server under its name.
func (k *cache) hot(st *statement) bool { return st.parsed && st.era == k.era && st.desc != nil }

// prepared notes that the server has prepared a statement. The unnamed one is
// soon replaced, so it counts as cold always.
func (k *cache) prepared(st *statement) {
	if st.name != "" {
		st.parsed, st.era = true, k.era
	}
}

// name returns a name that the connection has not used.
func (k *cache) name() string {
	k.next++
	return "parley_" + strconv.Itoa(k.next)
}

// put keeps a statement, and drops those used longest ago that it crowds out.
func (k *cache) put(st *statement) {
	key := st.key()
	if e, ok := k.byText[key]; ok && e.Value.(*statement) == st {
		return
	}
	if k.off() || st.name == "" || len(key) > k.maxBytes {
		k.drop(st)
		return
	}
	k.remove(key)
	k.byText[key] = k.order.PushFront(st)
	k.bytes += len(key)
	for k.order.Len() > k.maxCount || k.bytes > k.maxBytes {
		k.remove(k.order.Back().Value.(*statement).key())
	}
}

// remove drops the statement with a key.
func (k *cache) remove(key string) {
	e, ok := k.byText[key]
	if !ok {
		return
	}
	delete(k.byText, key)
	k.order.Remove(e)
	k.bytes -= len(key)
	k.drop(e.Value.(*statement))
}

// drop notes that a statement is to be closed.
func (k *cache) drop(st *statement) {
	if st.parsed && st.era >= k.gone {
		k.dropped = append(k.dropped, st.name)
	}
	st.parsed = false
}

// forget takes note that the server has dropped all statements.
func (k *cache) forget() {
	k.suspect()
	k.gone = k.era
	k.dropped = k.dropped[:0]
}

// suspect drops all statements: where the server has lost one, it has most
// likely lost all, and within a transaction a second loss could not be mended.
func (k *cache) suspect() {
	for e := k.order.Front(); e != nil; e = e.Next() {
		k.drop(e.Value.(*statement))
	}
	k.era++
	clear(k.byText)
	k.order.Init()
	k.bytes = 0
}

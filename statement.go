package parley

import (
	"container/list"
	"strconv"

	"parley/wire"
)

// statement is a prepared statement and what the server said about it.
type statement struct {
	name      string // "" for the unnamed statement
	sql       string
	params    []uint32 // type OIDs
	columns   []Column
	formats   []wire.Format // to ask for, one for all or one each
	described bool
	parsed    bool // it was prepared under its name
	era       int  // of the cache, when it was
	kept      bool // it was prepared by the user, and is not the cache's to drop
	tag       string
}

// undescribe forgets what the server said, before it is asked again.
func (st *statement) undescribe() {
	st.described, st.params, st.columns, st.formats = false, nil, nil, nil
}

// Column is a column of a result.
type Column struct {
	Name         string
	Type         uint32 // OID
	Table        uint32 // OID of the table it is a column of; 0 for none
	Attribute    int16  // number of the column in that table
	TypeSize     int16  // bytes; negative when it varies
	TypeModifier int32  // -1 for none
}

// describe keeps the columns, and chooses the formats to ask for: binary where
// it can be read.
func (st *statement) describe(cs []wire.Column) {
	st.described = true
	st.columns = make([]Column, len(cs))
	st.formats = make([]wire.Format, len(cs))
	binary := 0
	for i, c := range cs {
		st.columns[i] = Column{Name: c.Name, Type: c.Type, Table: c.Table, Attribute: c.Attribute,
			TypeSize: c.TypeSize, TypeModifier: c.TypeModifier}
		if readsBinary(c.Type) {
			st.formats[i] = wire.BinaryFormat
			binary++
		}
	}
	switch binary {
	case 0:
		st.formats = nil
	case len(cs):
		st.formats = st.formats[:1]
	}
}

// cache holds the statements that a connection has prepared, those used last in
// front.
//
// Invariant: len(byText) == order.Len() <= maxCount, bytes <= maxBytes, and
// byText and order hold the same statements.
type cache struct {
	maxCount, maxBytes int
	bytes              int
	next               int // number of the next name
	era                int // how many times the server has dropped all statements
	byText             map[string]*list.Element
	order              list.List // of *statement
	dropped            []string  // names to close with the next request
}

func (k *cache) init(config *Config) {
	k.maxCount, k.maxBytes = config.statementCache()
	k.byText = map[string]*list.Element{}
}

// get returns the statement with the text, and makes it the one used last.
func (k *cache) get(sql string) *statement {
	e, ok := k.byText[sql]
	if !ok {
		return nil
	}
	k.order.MoveToFront(e)
	return e.Value.(*statement)
}

// off reports whether statements are not kept, and so are unnamed.
func (k *cache) off() bool { return k.maxCount <= 0 }

// hot reports whether a statement exists on the server under its name.
func (k *cache) hot(st *statement) bool { return st.parsed && st.era == k.era && st.described }

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
	if e, ok := k.byText[st.sql]; ok && e.Value.(*statement) == st {
		return
	}
	if k.off() || st.name == "" || len(st.sql) > k.maxBytes {
		k.drop(st)
		return
	}
	k.remove(st.sql)
	k.byText[st.sql] = k.order.PushFront(st)
	k.bytes += len(st.sql)
	for k.order.Len() > k.maxCount || k.bytes > k.maxBytes {
		last := k.order.Back().Value.(*statement)
		k.remove(last.sql)
	}
}

// remove drops the statement with the text.
func (k *cache) remove(sql string) {
	e, ok := k.byText[sql]
	if !ok {
		return
	}
	delete(k.byText, sql)
	k.order.Remove(e)
	k.bytes -= len(sql)
	k.drop(e.Value.(*statement))
}

// drop notes that a statement is to be closed.
func (k *cache) drop(st *statement) {
	if st.parsed && st.era == k.era {
		k.dropped = append(k.dropped, st.name)
	}
	st.parsed = false
}

// forget takes note that the server has dropped all statements.
func (k *cache) forget() {
	k.era++
	clear(k.byText)
	k.order.Init()
	k.bytes = 0
	k.dropped = k.dropped[:0]
}

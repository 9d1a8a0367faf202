package wire

// Bounds on what a session remembers by name.
const (
	maxNames = 1 << 16  // statements; portals
	maxKept  = 16 << 20 // bytes of both kinds each: names, SQL, columns
	nameSize = 63       // bytes of a name that PostgreSQL compares (NAMEDATALEN - 1)
)

// names is what the statements, or the portals, of a conversation are called.
//
// A name means something from the moment that a message gives it, since the
// messages after that refer to it; what it meant before is kept underneath
// until the reply, since an error takes the message back.
//
// Invariant: size is the sum of the sizes of all entries, those underneath
// included, that were not undone.
type names struct {
	entries map[string]*entry
	ended   int // what the messages up to this one made is gone
	size    int
}

// entry is what a name means from a message on. When both pointers are nil it
// means nothing: it was closed, or there was no room.
type entry struct {
	key       string
	number    int // of the message
	statement *Statement
	portal    *Portal
	size      int
	under     *entry // nil once the message was answered
	undone    bool
}

// cut is a name as far as PostgreSQL tells it from others.
func cut(name string) string { return name[:min(len(name), nameSize)] }

// find returns what a name means, or nil.
func (n *names) find(name string) *entry {
	e := n.entries[cut(name)]
	for e != nil && e.undone {
		e = e.under
	}
	if e == nil || e.number <= n.ended {
		return nil
	}
	return e
}

func (n *names) statement(name string) *Statement {
	if e := n.find(name); e != nil {
		return e.statement
	}
	return nil
}

func (n *names) portal(name string) *Portal {
	if e := n.find(name); e != nil {
		return e.portal
	}
	return nil
}

// put gives a name a new meaning, or none when there is no room for it. It
// returns nil when the name had none before either.
func (n *names) put(name string, e entry) *entry {
	e.key, e.under = cut(name), n.find(name)
	if len(n.entries) >= maxNames {
		n.prune()
	}
	if e.under == nil && n.entries[e.key] != nil {
		n.release(n.entries[e.key])
		delete(n.entries, e.key)
	}
	if n.size+e.size > maxKept || e.under == nil && len(n.entries) >= maxNames {
		e.statement, e.portal, e.size = nil, nil, 0
	}
	if e.under == nil && e.statement == nil && e.portal == nil {
		return nil
	}
	if n.entries == nil {
		n.entries = map[string]*entry{}
	}
	made := new(e) // here, so that e itself need not be on the heap
	n.entries[e.key] = made
	n.size += e.size
	return made
}

// grow reports whether there is room for more about an entry, and takes it.
func (n *names) grow(e *entry, size int) bool {
	if e.undone || n.size+size > maxKept {
		return false
	}
	e.size += size
	n.size += size
	return true
}

// confirm drops what was underneath an entry whose message was answered.
func (n *names) confirm(e *entry) {
	n.release(e.under)
	e.under = nil
	if e.statement == nil && e.portal == nil && n.entries[e.key] == e {
		delete(n.entries, e.key)
	}
}

// undo takes back an entry whose message failed, or was passed over.
func (n *names) undo(e *entry) {
	if e.undone {
		return
	}
	n.size -= e.size
	e.undone, e.statement, e.portal, e.size = true, nil, nil, 0
	switch {
	case n.entries[e.key] != e:
	case e.under == nil:
		delete(n.entries, e.key)
	default:
		n.entries[e.key] = e.under
	}
}

// release gives back the room of an entry and of what is underneath it.
func (n *names) release(e *entry) {
	for ; e != nil; e = e.under {
		if !e.undone {
			n.size -= e.size
			e.undone, e.size = true, 0
		}
	}
}

// end says that what the messages up to a number made is gone.
func (n *names) end(number int) { n.ended = max(n.ended, number) }

// keep exempts an entry from what will end with a message.
func (n *names) keep(e *entry, number int) {
	for ; e != nil; e = e.under {
		e.number = max(e.number, number+1)
	}
}

// prune gives back the room of what is gone.
func (n *names) prune() {
	for key, e := range n.entries {
		if e.number <= n.ended {
			n.release(e)
			delete(n.entries, key)
		}
	}
}

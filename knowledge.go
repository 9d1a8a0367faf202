package parley

import (
	"sync"
	"sync/atomic"

	"parley/internal/sqltext"
	"parley/pgtype"
)

// knowledge is what is known about the statements of one database, shared by
// the connections of a DB; a connection by itself has its own. It is safe for
// concurrent use.
//
// Invariant: count is how many entries byText has, at most maxKnown after put.
type knowledge struct {
	types  pgtype.Catalog // of the database
	era    atomic.Int64   // how many times the types proved to be outdated
	byText sync.Map       // string -> *known
	mu     sync.Mutex
	count  int // guarded by mu, as are changes of byText
}

// maxKnown is how many statements are known at once, and maxKnownText how long
// the text of one may be: beyond that a program makes its statements up as it
// goes, and knowing them is of no use.
const (
	maxKnown     = 16384
	maxKnownText = 64 << 10
)

// known is what is known about one statement.
type known struct {
	sqltext.Traits
	cost cost
	desc atomic.Pointer[description] // nil until the server has described it
	used atomic.Bool                 // since entries were last dropped
}

// get returns what is known about a statement, or nil.
func (k *knowledge) get(sql string) *known {
	v, ok := k.byText.Load(sql)
	if !ok {
		return nil
	}
	e := v.(*known)
	if !e.used.Load() {
		e.used.Store(true)
	}
	return e
}

// traits returns what the text of a statement tells.
func (k *knowledge) traits(sql string) sqltext.Traits {
	e := k.get(sql)
	if e == nil {
		e = k.put(sql)
	}
	if e == nil {
		return sqltext.Classify(sql)
	}
	return e.Traits
}

// described returns what the server has said about a statement, or nil.
func (k *knowledge) described(sql string) *description {
	if e := k.get(sql); e != nil {
		return e.desc.Load()
	}
	return nil
}

// learn takes what the server says about a statement now, and returns it, or
// what is known already when that is the same.
func (k *knowledge) learn(sql string, d *description) *description {
	if d.foreign {
		d = d.with(k)
	}
	e := k.get(sql)
	if e == nil {
		if e = k.put(sql); e == nil {
			return d
		}
	}
	if old := e.desc.Load(); old.same(d) && old.era == d.era && len(old.unknown) <= len(d.unknown) {
		return old
	}
	e.desc.Store(d)
	return d
}

// outdated takes note that a type is not what it was in an era. All types are
// looked up again by whoever needs them next.
func (k *knowledge) outdated(era int64) {
	if k.era.CompareAndSwap(era, era+1) {
		k.types.Forget()
	}
}

// forget drops a description that proved wrong.
func (k *knowledge) forget(sql string, d *description) {
	if e := k.get(sql); e != nil && d != nil {
		e.desc.CompareAndSwap(d, nil)
	}
}

// put makes an entry, nil for a statement that is too long to keep.
func (k *knowledge) put(sql string) *known {
	if len(sql) > maxKnownText {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if v, ok := k.byText.Load(sql); ok {
		return v.(*known)
	}
	if k.count >= maxKnown {
		k.sweep()
	}
	e := &known{Traits: sqltext.Classify(sql)}
	k.byText.Store(sql, e)
	k.count++
	return e
}

// sweep drops the entries that were not used since the last sweep and, if they
// are few, others, so that there is room for a while.
func (k *knowledge) sweep() {
	k.dropIf(func(e *known) bool { return !e.used.Swap(false) })
	k.dropIf(func(*known) bool { return k.count > maxKnown*3/4 })
}

func (k *knowledge) dropIf(drop func(*known) bool) {
	k.byText.Range(func(sql, v any) bool {
		if drop(v.(*known)) {
			k.byText.Delete(sql)
			k.count--
		}
		return true
	})
}

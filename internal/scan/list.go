package scan

import "sync/atomic"

// list is a small table that is read far more often than it grows. It is safe
// for concurrent use, and a look-up takes no lock. The zero list is empty.
//
// Invariant: len(*entries) <= maxList; entries that were published are never
// changed.
type list[K comparable, V any] struct {
	entries atomic.Pointer[[]entry[K, V]]
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

// maxList bounds a list: a statement is used with a handful of Go types, and
// looking through more than that would cost more than it saves.
const maxList = 16

func (l *list[K, V]) get(key K) (v V, ok bool) {
	entries := l.entries.Load()
	if entries == nil {
		return v, false
	}
	for i := range *entries {
		if e := &(*entries)[i]; e.key == key {
			return e.value, true
		}
	}
	return v, false
}

// add adds an entry, the oldest making room, and returns what the list has for
// the key.
func (l *list[K, V]) add(key K, v V) V {
	for {
		if have, ok := l.get(key); ok {
			return have
		}
		old := l.entries.Load()
		entries := []entry[K, V]{{key, v}}
		if old != nil {
			entries = append(entries, (*old)[:min(len(*old), maxList-1)]...)
		}
		if l.entries.CompareAndSwap(old, &entries) {
			return v
		}
	}
}

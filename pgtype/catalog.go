package pgtype

import (
	"maps"
	"sync"
	"sync/atomic"
)

// Catalog holds the types of one database. The zero Catalog knows the built-in
// ones; others are added once somebody has asked the database for them. It is
// safe for concurrent use, and a look-up takes no lock.
type Catalog struct {
	mu      sync.Mutex // serializes changes of learned
	learned atomic.Pointer[map[uint32]*Type]
}

// Type returns the type with the OID, or nil when it is not known.
func (c *Catalog) Type(oid uint32) *Type {
	if t := builtinTypes[oid]; t != nil {
		return t
	}
	if c == nil {
		return nil
	}
	if m := c.learned.Load(); m != nil {
		return (*m)[oid]
	}
	return nil
}

// Add adds types, or replaces those with the same OIDs. The built-in types
// stay as they are.
func (c *Catalog) Add(types ...*Type) {
	c.change(func(m map[uint32]*Type) {
		for _, t := range types {
			m[t.OID] = t
		}
	})
}

// Forget drops what was added, so that it is asked for again.
func (c *Catalog) Forget() { c.change(func(m map[uint32]*Type) { clear(m) }) }

func (c *Catalog) change(f func(map[uint32]*Type)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := map[uint32]*Type{}
	if old := c.learned.Load(); old != nil {
		m = maps.Clone(*old)
	}
	f(m)
	c.learned.Store(&m)
}

// subtypes are what the catalog's pg_range says of the built-in ranges and
// multiranges.
var subtypes = map[uint32]uint32{
	3904: 23, 3906: 1700, 3908: 1114, 3910: 1184, 3912: 1082, 3926: 20,
	4451: 3904, 4532: 3906, 4533: 3908, 4534: 3910, 4535: 3912, 4536: 3926,
}

// oidBox is the one built-in type whose arrays are written with semicolons.
const oidBox = 603

// builtinTypes are the built-in types by OID.
var builtinTypes = makeBuiltins()

func makeBuiltins() map[uint32]*Type {
	m := make(map[uint32]*Type, len(builtins))
	for _, b := range builtins {
		t := &Type{OID: b.OID, Schema: "pg_catalog", Name: b.Name, Kind: Kind(b.Kind), Size: b.Size, Delim: ',', Array: b.Array}
		if b.OID == oidBox {
			t.Delim = ';'
		}
		m[b.OID] = t
	}
	for _, b := range builtins {
		t := m[b.OID]
		switch {
		case t.Kind == KindRange || t.Kind == KindMultirange:
			t.Elem = m[subtypes[b.OID]]
		case isArray(b) && m[b.Elem] != nil:
			t.Kind, t.Elem = KindArray, m[b.Elem]
			t.Delim = t.Elem.Delim
		default:
			t.Like = b.OID
		}
	}
	return m
}

// isArray tells arrays, and the fixed lists whose form is that of arrays, from
// types that can be subscripted otherwise, such as point and name.
func isArray(b Builtin) bool {
	return b.Elem != 0 && b.Size == -1 && (b.Name[0] == '_' || b.Name == "oidvector" || b.Name == "int2vector")
}

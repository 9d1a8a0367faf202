package pgtype

import "slices"

// Builtin is a type that every PostgreSQL has, with the same OID. Its facts
// are those of the catalog pg_type.
type Builtin struct {
	OID   uint32
	Name  string // typname
	Size  int16  // typlen: bytes, -1 for varying, -2 for a C string
	Kind  byte   // typtype: b base, c composite, d domain, e enum, m multirange, p pseudo, r range
	Array uint32 // OID of the type of arrays of it; 0 for none
	Elem  uint32 // OID of the elements' type, for arrays and fixed-size lists; 0 for none
}

// ByOID returns the built-in type with the OID.
func ByOID(oid uint32) (Builtin, bool) {
	i, ok := slices.BinarySearchFunc(builtins[:], oid, func(b Builtin, oid uint32) int {
		return int(int64(b.OID) - int64(oid))
	})
	if !ok {
		return Builtin{}, false
	}
	return builtins[i], true
}

// Builtins returns all built-in types, in the order of their OIDs: those of
// PostgreSQL 18, which has all that 14 to 17 have.
func Builtins() []Builtin { return slices.Clone(builtins[:]) }

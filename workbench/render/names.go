package render

import "parley/pgtype"

// typeName returns the name of a built-in type as people write it, int4[] for
// _int4, or "" for any other.
func typeName(oid uint32) string {
	b, ok := pgtype.ByOID(oid)
	if !ok {
		return ""
	}
	if b.Name[0] == '_' && b.Elem != 0 {
		return b.Name[1:] + "[]"
	}
	return b.Name
}

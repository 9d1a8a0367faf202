package render

import (
	"strconv"
	"strings"

	"parley/pgtype"
)

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

// maxName is how many bytes of a name are shown: as many as names have in
// PostgreSQL (NAMEDATALEN - 1). A peer may send longer ones, once, and have them
// repeated with each row.
const maxName = 63

// shortName cuts a name that is too long to be one.
func shortName(s string) string {
	if len(s) > maxName {
		return strings.ToValidUTF8(s[:maxName], "") + "…"
	}
	return s
}

// plainName returns a name that a peer chose, quoted unless it is plain: it may
// hold anything, line feeds and terminal controls too.
func plainName(s string) string {
	s = shortName(s)
	if q := strconv.Quote(s); s == "" || len(q) != len(s)+2 || strings.ContainsAny(s, " =,[]()'") {
		return q
	}
	return s
}

// charName returns a byte as a character in single quotes, or as hex where it
// is no character of ASCII that can be printed.
func charName(c byte) string {
	if c < ' ' || c > '~' {
		return "x'" + hexOf([]byte{c}) + "'"
	}
	return "'" + string(rune(c)) + "'"
}

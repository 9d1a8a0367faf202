package pgtype

import "strings"

// Format is how a value is written: as text, or in its type's binary form. The
// numbers are those of the protocol.
type Format uint8

// The formats.
const (
	Text Format = iota
	Binary
)

// Kind is what a type is made of.
type Kind byte

// The kinds.
const (
	KindBase       Kind = 'b'
	KindArray      Kind = 'a' // also the fixed lists oidvector and int2vector
	KindComposite  Kind = 'c'
	KindDomain     Kind = 'd'
	KindEnum       Kind = 'e'
	KindRange      Kind = 'r'
	KindMultirange Kind = 'm'
	KindPseudo     Kind = 'p' // record, void, cstring, unknown and their kin
)

// Type is a type of a database: what one must know of it to read and to write
// its values. A Type is never changed once a [Catalog] has it, so it may be
// shared and kept; when the database changes, the catalog gets another.
type Type struct {
	OID    uint32
	Schema string // "pg_catalog" for the built-in ones
	Name   string // typname: int4, _int4, mood
	Kind   Kind
	Size   int16 // bytes; -1 for varying, -2 for a C string
	Delim  byte  // between elements in the text of an array; ',' for all but box
	Array  uint32
	Elem   *Type   // of an array its elements, of a range its subtype, of a multirange its range, of a domain its base
	Fields []Field // of a composite
	// Like is the OID of the built-in type whose forms the values have: its own
	// OID for a built-in type; text for enums, citext, ltree and whatever else
	// is known as text only. 0 for arrays, composites, domains, ranges and
	// multiranges, whose form is made of other types.
	Like uint32
	// Ext is what an extension's type is: "hstore", "ltree", "lquery",
	// "ltxtquery", "citext", "vector", "halfvec", "sparsevec"; "" otherwise.
	Ext string
}

// Field is an attribute of a composite type.
type Field struct {
	Name string
	Type *Type
}

// String returns the name as SQL has it, with the schema where it matters.
func (t *Type) String() string {
	if t == nil {
		return "unknown"
	}
	name := t.Name
	if t.Kind == KindArray && strings.HasPrefix(name, "_") && t.Elem != nil {
		return t.Elem.String() + "[]"
	}
	if t.Schema == "" || t.Schema == "pg_catalog" || t.Schema == "public" {
		return name
	}
	return t.Schema + "." + name
}

// Under returns the type whose values a domain restricts; other types are
// returned as they are.
func (t *Type) Under() *Type {
	for t != nil && t.Kind == KindDomain {
		t = t.Elem
	}
	return t
}

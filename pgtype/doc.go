// Package pgtype is PostgreSQL's types and their values: the types by their
// object IDs, Go types for what Go has no type for, and every value's two
// forms. It knows nothing of messages and connections.
//
// # Terminology
//
//   - An OID is the object ID by which the protocol names a type. Those of the
//     built-in types are the same in every installation.
//   - A name is the one in the catalog pg_type, such as int4 or _text; the SQL
//     standard's spellings (integer, text[]) are made from it.
//   - A form is a value's bytes in a [Format], text or binary, without the length
//     that messages put in front. NULL has none: in Go it is a nil slice.
//   - To scan is to make a Go value of a form, to append is to write one.
//
// # Go types
//
// [Numeric], [Interval], [Date], [Timestamp], [Timestamptz], [Time], [TimeTZ],
// [UUID], [Bits], the geometric types, [TSVector], [TSQuery], [LSN], [TID],
// [Snapshot], [Money], and of extensions [Hstore], [Vector], [HalfVector] and
// [SparseVector] read and write themselves, as any type can that is a
// [Marshaler] and an [Unmarshaler]. They are read from their own type, from
// domains over it, and from the text in a text type. [Array], [Range] and
// [Multirange] hold elements of any Go type; the client reads and writes them.
//
// # Any type
//
// [Value] makes a Go value of a form of any [Type], [Catalog.AppendText] its
// text; [BinaryForm] tells whether the binary form is worth asking for. A
// [Catalog] knows the types of one database.
//
// # Bytes from a peer
//
// Forms come from a peer and may hold anything: no form panics, none makes more
// be allocated than a small multiple of itself, and errors never show a value.
package pgtype

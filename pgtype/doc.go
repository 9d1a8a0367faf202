// Package pgtype is PostgreSQL's types: their object IDs and names. It knows
// nothing of messages and connections.
//
// # Terminology
//
//   - An OID is the object ID by which the protocol names a type. Those of the
//     built-in types are the same in every installation.
//   - A name is the one in the catalog pg_type, such as int4 or _text; the SQL
//     standard's spellings (integer, text[]) are made from it.
package pgtype

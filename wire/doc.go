// Package wire is every message of PostgreSQL's frontend/backend protocol, in
// both directions, as structs that encode and decode themselves and as data
// that describes every byte. It covers protocol 3.0 and 3.2, the messages
// inside a replication stream, and those of the pgoutput plug-in.
//
// Bytes go in and bytes come out: the package opens no connection, starts no
// goroutine and reads no clock, so a client, a server, a proxy and a test are
// equally at home in it.
//
// # Terminology
//
//   - A message is one unit of the protocol: for most a type byte, an Int32
//     length that counts itself and the body, and the body.
//   - The body is what follows the header. How long the header is depends on
//     the [Envelope]: five bytes, four, one, or none.
//   - A field is a named part of the body, as a [Layout] lists them.
//   - A [Kind] identifies a message among all messages; its name is the one
//     in the manual.
//   - Encoding and decoding are syntax: what the bytes are. What a value means
//     to a program (marshalling, scanning) is package pgtype's concern.
//   - The frontend is the client, the backend is the server ([Side]).
//
// # Two descriptions of each message
//
// Every message is written once as a struct with hand-written Append and Parse
// methods and once as a [Layout]: its fields in order, each with a name, a
// kind and a sentence of documentation. Fuzz tests hold the two to each other.
// [Dissect] reads the layout to name every byte of a message, also of a
// malformed one, and that is how a [*SyntaxError] knows its place.
//
// # Memory
//
// Append methods allocate nothing when the destination has room. Parse methods
// copy strings; byte slices alias the body and are valid as long as it is.
// Slices that a struct already holds are used again, so that a struct kept for
// the next message stops allocating. [RowReader] and [ColumnReader] read the
// two most frequent messages without building anything.
//
// # Bytes from a peer
//
// Every length and count is compared with the bytes that are there before
// anything is allocated, and no input panics.
//
// The source for the formats is the PostgreSQL manual, chapter
// "Frontend/Backend Protocol", sections "Message Formats", "Streaming
// Replication Protocol" and "Logical Replication Message Formats".
package wire

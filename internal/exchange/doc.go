// Package exchange keeps requests and replies of one connection in order.
//
// # Terminology
//
//   - A request is one statement's messages, its reply what answers them.
//   - A [Part] is one message of a request that is answered, or a Sync.
//   - A group is the requests that share one Sync: if one of them fails, the
//     backend passes over those behind it, and all of them are rolled back.
//   - The turn is the right to read a connection. Whoever has it owns the read
//     side of the socket and the buffer behind it.
//   - To abandon a request is to wait no longer for its reply; the reply is
//     read and dropped by whoever has the turn.
//
// [Queue] knows what the backend still owes, and whom. It does no I/O, so that
// one caller with a connection of its own and many callers who share one use it
// alike. [Line] is a connection with its two directions.
package exchange

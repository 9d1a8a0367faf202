// Package render shows messages of PostgreSQL's protocol: one message, many
// faces. A [Conversation] follows both sides and makes a [Message] of each
// message; a face turns it into text.
//
// The faces are annotated hex ([Hex]), one line ([Line]), the format of
// libpq's PQtrace ([Trace]) and one JSON object a line ([JSON]). All of them
// read the layout table of package wire, so that none knows a message by
// itself.
//
// # Terminology
//
//   - A flow is one request cycle, up to its ReadyForQuery.
//   - To answer: a backend message answers the frontend message whose reply
//     it belongs to.
//   - A secret is a password in clear text or hashed, the proof and the server's
//     signature of a SCRAM exchange (either lets one try passwords), the data of
//     any other SASL mechanism, a GSSAPI token, or a cancel key.
//
// # Secrets
//
// Faces mask secrets unless [Options] says otherwise: neither their value nor
// their bytes are written. That holds for malformed messages and for those out
// of place too: what cannot be read of a message that may hold a secret, or of
// any message between the StartupMessage and the first ReadyForQuery, is masked.
//
// What is not masked: how long a secret is; SCRAM's nonces, salt and iterations
// and the salt for MD5; and whatever SQL text, parameters, rows, COPY data and
// error messages hold. ALTER ROLE … PASSWORD '…' shows the password.
//
// # What peers choose
//
// Hex, Line and JSON escape what a peer sends, so that it can neither take over
// a terminal nor pass for another line, and what they write of a message is in
// proportion to its size. PQtrace's format has no escapes: Trace writes strings
// as they are.
package render

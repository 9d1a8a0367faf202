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
//   - A secret is a password, a SCRAM proof, a token or a cancel key. Faces
//     mask secrets unless [Options] says otherwise: neither their value nor
//     their bytes are written.
package render

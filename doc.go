// Package parley is a PostgreSQL client.
//
// A [Conn] is one connection with a session of its own. It speaks the extended
// query protocol: arguments are never pasted into SQL.
//
//	conn, err := parley.Connect(ctx, "postgres:///app")
//	if err != nil {
//		return err
//	}
//	defer conn.Close()
//
//	tag, err := conn.Exec(ctx, "update users set name = $2 where id = $1", 42, "Ada")
//
//	rows := conn.Query(ctx, "select id, name from users")
//	for rows.Next() {
//		if err := rows.Scan(&id, &name); err != nil {
//			return err
//		}
//	}
//	err = rows.Err()
//
// # Terminology
//
// As in the PostgreSQL manual: statement, portal, row description, command tag,
// SQLSTATE. Besides:
//
//   - An exchange is a write followed by the read that waits for its answer:
//     a round trip.
//   - A statement is cold on a connection until it has been prepared there, and
//     hot from then on. Its first use costs one exchange like any other.
//
// # Contexts
//
// When a context ends, the statement is cancelled on the server, what is left
// of its reply is read and dropped, a cancellation that came late is absorbed,
// and the connection goes on. The call returns when that is done, at the latest
// after Config.CancelTimeout, with the context's cause.
//
// # Errors
//
// What the server refused is a [*ServerError]. What went wrong on the way is an
// [*OpError], which says whether anything was sent. A failed connection attempt
// is a [*ConnectError]. No error holds a parameter's value or a password.
package parley

// Package sqldriver is Parley for database/sql. It registers the driver
// "parley":
//
//	import _ "parley/sqldriver"
//
//	db, err := sql.Open("parley", "postgres:///app")
//
// The connection string is read as [parley.Open] reads it. [OpenDB] makes an
// *sql.DB of a [parley.DB] that a program has already, so that it can use both.
//
// # Connections
//
// A connection of database/sql is only a handle here, and costs next to nothing.
// It takes a connection of the [parley.DB] behind it when it needs a session:
// for a transaction, for SET, LISTEN, temporary tables and their kin, for a
// function whose effects nobody knows, for several statements in one text; and
// keeps it until it goes back to the pool of database/sql, when what was left
// behind in the session is undone. Single statements that need no session run on
// lanes instead, shared with other goroutines: see [parley.DB]. So what bounds the
// connections to the server is [parley.Config], and SetMaxOpenConns bounds how many
// statements and transactions are under way. SetMaxIdleConns matters little.
//
// # Values
//
// Arguments may be of any type that Parley takes, slices, maps for jsonb and
// structs for composites among them. Columns come as int64, float64, bool,
// []byte (bytea and json), time.Time (date and timestamps) or string (everything
// else, as the server prints it). Named arguments and LastInsertId do not exist in
// PostgreSQL.
//
// A timestamptz is in UTC, whatever the session's or the machine's time zone, so that
// equal values are equal with == too; time.Time.Local gives the other. Within arrays,
// ranges and composites, which are text, it is in UTC or in the session's time zone:
// it is the same moment. An infinite date or timestamp is the string "infinity" or
// "-infinity", which a time.Time refuses. A float4 is the number that it is:
// 0.10000000149011612 for 0.1, which a float32 turns into 0.1 again. A time of day is a
// string, as there is no day that it could have in a time.Time.
//
// What fails behind its last row, as by a deferred constraint, fails QueryRow and
// Rows.Close. Query itself fails with what failed before the first row.
//
// # Sessions
//
// What an *sql.Conn did in its session is there until it is closed. If the session is
// lost meanwhile, the next statement fails with driver.ErrBadConn, and the *sql.Conn is
// over; it never goes on in another session. INSERT, UPDATE, DELETE and MERGE alone do
// not begin a session, so lastval and currval behind them are refused; use RETURNING, or
// a transaction. What a function sets in the session by itself, such as a setting of your own, may
// outlive the *sql.Conn where neither its text nor the server tells of it: use
// SET LOCAL or set_config(…, true) for that, in a transaction.
//
// COMMIT has the context that its transaction began with, so that it cannot hang for
// longer; an error with parley.OpError.Sent then means that nobody knows whether it was
// done.
//
// A text with several statements may be given to Exec and Query if there are no
// arguments; the results of Query, of those statements that return rows, are then
// told apart by NextResultSet, and held in memory.
package sqldriver

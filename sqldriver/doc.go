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
// else, as the server prints it). An infinite date or time is an error; cast it
// to text. Named arguments and LastInsertId do not exist in PostgreSQL.
//
// A text with several statements may be given to Exec and Query if there are no
// arguments; the results of Query are then told apart by NextResultSet.
package sqldriver

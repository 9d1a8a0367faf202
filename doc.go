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
// The verbs [One], [All] and [Each] read rows into structs, maps and single
// values; [CopyIn] and [CopyOut] move many of them.
//
//	user, err := parley.One[User](ctx, conn, "select id, name from users where id = $1", 42)
//
// # Values
//
// What a conversion would lose is an error, never rounded, cut or wrapped. NULL
// goes into pointers, slices, maps, any, and what database/sql calls nullable;
// anywhere else it is an error.
//
//	int2 int4 int8 oid …  every integer type in whose range the value lies, big.Int; floats
//	                      where they hold it exactly
//	float4 float8         float64; float32 where it holds the value exactly; integers where
//	                      the value is whole and in range
//	numeric               pgtype.Numeric, big.Int, integers where the value is whole and in
//	                      range; float64 and float32 as the nearest
//	bool, text, bytea     bool, string, []byte and named types of these
//	timestamptz           time.Time in UTC
//	timestamp, date       time.Time whose clock in UTC shows it
//	time, interval        time.Duration; of an interval with neither months nor days
//	uuid                  [16]byte of any name
//	inet, cidr, macaddr   netip.Addr, netip.Prefix, net.IP, net.IPNet; net.HardwareAddr
//	json, jsonb           whatever encoding/json reads; string and []byte take the text
//	arrays, multiranges   slices, slices of slices, Go arrays of the same length
//	composites            structs by names of attributes, maps with string keys
//	enums, domains        as text, and as what the domain restricts
//
// Every type goes into a string, as its text, and into any, as [pgtype.Value]
// has it; infinities, ranges and what else Go has no type for are in package
// pgtype. Go types with methods of pgtype, database/sql or package encoding
// read and write themselves. As arguments the same pairs of types go the other
// way; a string is the text of a value of any type, and so is []byte, except as
// bytea.
//
// What comes at a statement's first use is text. It holds floats exactly unless
// the session has extra_float_digits below 1, which is the default since
// PostgreSQL 12; what comes later is exact whatever that is.
//
// Enums, composites, domains, ranges and their arrays need no registration:
// what the server's catalog says of them is asked once.
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

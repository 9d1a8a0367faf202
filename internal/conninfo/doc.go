// Package conninfo reads PostgreSQL connection strings exactly as libpq does:
// keyword/value strings, URIs, PG* environment variables, the service file and
// the password file, with libpq's precedence, defaults and limits.
//
// Reading has two steps, and each can be had alone:
//
//	options, err := conninfo.Parse("postgres:///app")   // what the string says, nothing else
//	config, err := options.Resolve(conninfo.System{})    // everything a connection needs
//
// # Terminology
//
//   - keyword: the name of a setting, one row of the table behind [Keywords].
//     Names that begin with "parley." are not libpq's: they are collected as they
//     are, for the library's own settings, see [Options.Own].
//   - option: a keyword with a value. A value has a [Source]: the place it was
//     read from.
//   - given: written in the connection string, or passed by the program. An
//     option that is not given may come from the service file, then from the
//     environment, then from the default.
//   - empty: an option that is given with no characters. An empty value in a
//     keyword/value string, a URI query, a service file or the environment is
//     a value and hides whatever would follow. An empty component of a URI, and an empty
//     [Param], is not a value.
//   - resolved: checked, typed and complete, as in [Config].
//   - secret: a value that no error, log or String method may show. See [Secret].
//
// # Precedence
//
// The connection string comes first, then the service file, then the environment, then
// the compiled default. The user defaults to the operating system's user, the
// database to the user. A password is taken from the first of these and only
// when there is none from the password file, once for every host.
//
// # Differences from libpq 18
//
//   - servicefile and oauth_ca_file, new in libpq 19, are known.
//   - A port, or an integer, that does not parse is an error for all hosts at once,
//     even when an earlier host could be reached.
//   - client_encoding=auto is UTF8: the text of a Go program is UTF-8.
//   - gssencmode=require passes here; who connects decides what it can do.
//   - The default socket directory is /var/run/postgresql when a server's socket is there,
//     else /tmp: see [System]. libpq has one of the two compiled in.
//   - A zero byte anywhere is an error; C strings cannot hold one.
//   - The last line of a password file counts whatever its length. libpq loses one
//     without a line end when it is 255, 511, 1023 ... bytes long.
//   - A host name from a URI with an "@" inside is an error: it is the rest of a
//     password, and looking it up would show it.
//   - LDAP look-ups from the service file are refused.
//
// Nothing in this package keeps state; all of it may be used by many
// goroutines, except that one [Options] must not be changed by two at once.
package conninfo

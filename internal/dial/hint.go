package dial

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
	"syscall"

	"parley/internal/conninfo"
	"parley/wire"
)

// hints is what to do next, by what went wrong; the first that fits is shown.
var hints = []struct {
	fits   func(Attempt) bool
	advice string
}{
	{func(a Attempt) bool { return socket(a) && is(a, syscall.ENOENT) },
		"is the server running here, with its socket in this directory?"},
	{func(a Attempt) bool { return is(a, syscall.ECONNREFUSED) && socket(a) },
		"is the server running here?"},
	{func(a Attempt) bool { return is(a, syscall.ECONNREFUSED) },
		"is the server running there, and does its listen_addresses include this address?"},
	{func(a Attempt) bool { return is(a, errNoTLS) },
		"with sslmode=prefer or disable the connection would not be encrypted"},
	{has[*noRootError],
		"name it with sslrootcert, use sslrootcert=system, or verify nothing with sslmode=require"},
	{func(a Attempt) bool { return has[x509.UnknownAuthorityError](a) },
		"sslrootcert names the file of the authority that signed the server's certificate"},
	{func(a Attempt) bool { return has[tls.RecordHeaderError](a) },
		"perhaps this is no PostgreSQL server, or one older than 17 with sslnegotiation=direct"},
	{func(a Attempt) bool { return state(a) == "28000" && says(a, "pg_hba.conf") && !a.TLS },
		"a line in the server's pg_hba.conf must allow it; perhaps only with encryption: sslmode=require"},
	{func(a Attempt) bool { return state(a) == "28000" && says(a, "pg_hba.conf") },
		"a line in the server's pg_hba.conf must allow it"},
	{func(a Attempt) bool { return a.Stage == StageStartup && (state(a) == "0A000" || state(a) == "08P01") },
		"a server or proxy that does not know the protocol version needs max_protocol_version=3.0"},
	{func(a Attempt) bool { return is(a, ErrNoPassword) },
		"give it with password, PGPASSWORD or the password file"},
}

// hint returns what to do about a failed attempt, or "".
func hint(a Attempt) string {
	if source := a.Host.PasswordSource; state(a) == "28P01" && source.Kind == conninfo.FromPassfile {
		return "the password is from " + source.String()
	}
	for _, h := range hints {
		if h.fits(a) {
			return h.advice
		}
	}
	return ""
}

func socket(a Attempt) bool           { return a.Host.Kind == conninfo.HostSocket }
func is(a Attempt, target error) bool { return errors.Is(a.Err, target) }

func has[E error](a Attempt) bool {
	_, ok := errors.AsType[E](a.Err)
	return ok
}

// state is the SQLSTATE of the server's error, "" when there is none.
func state(a Attempt) string {
	if e, ok := errors.AsType[*ServerError](a.Err); ok {
		return e.SQLState()
	}
	return ""
}

// says tells whether the server's message contains a name, which is the same
// in every language.
func says(a Attempt, name string) bool {
	e, ok := errors.AsType[*ServerError](a.Err)
	return ok && strings.Contains(e.Response.Get(wire.FieldMessage), name)
}

package dial

import (
	"errors"
	"fmt"
	"strings"

	"parley/internal/conninfo"
	"parley/wire"
)

// Stage is how far an attempt got.
type Stage uint8

// The stages, in order.
const (
	StageDNS     Stage = iota // looking up the name
	StageDial                 // opening the socket
	StageTLS                  // encryption
	StageStartup              // the startup packet and what versions are spoken
	StageAuth                 // authentication
	StageSession              // from AuthenticationOk to the first ReadyForQuery, and target_session_attrs
)

var stageNames = [...]string{"dns", "dial", "tls", "startup", "auth", "session"}

// String returns the stage in one word.
func (s Stage) String() string {
	if int(s) < len(stageNames) {
		return stageNames[s]
	}
	return fmt.Sprintf("stage %d", uint8(s))
}

// Attempt is one try that failed.
type Attempt struct {
	Host  conninfo.Host
	Addr  string // "127.0.0.1:5432" or the file of a socket; "" when there is no address
	TLS   bool   // whether it was to be encrypted
	Stage Stage
	Err   error
}

// String returns where it was tried, the stage, what went wrong, and if that
// is known, what to do about it.
func (a Attempt) String() string {
	place := a.Host.String()
	if a.Addr != "" && a.Addr != place && a.Host.Kind != conninfo.HostAddr {
		place += " (" + a.Addr + ")"
	}
	text := place + ": " + a.Stage.String() + ": " + a.Err.Error()
	if advice := hint(a); advice != "" {
		text += " (" + advice + ")"
	}
	return text
}

// Error is returned when no session could be had. It never contains a
// password, a proof, a token or the value of a parameter.
type Error struct {
	Attempts []Attempt // in order, at least one
}

// Error returns all attempts on one line.
func (e *Error) Error() string {
	texts := make([]string, len(e.Attempts))
	for i, a := range e.Attempts {
		texts[i] = a.String()
	}
	return "cannot connect to " + strings.Join(texts, "; ")
}

// Unwrap returns the errors of the attempts.
func (e *Error) Unwrap() []error {
	errs := make([]error, len(e.Attempts))
	for i, a := range e.Attempts {
		errs[i] = a.Err
	}
	return errs
}

// ServerError is an ErrorResponse of the server, kept whole. Before
// authentication nobody vouches for what it says.
type ServerError struct {
	Response wire.ErrorResponse
}

// SQLState returns the code of the error, "" when the server sent none.
func (e *ServerError) SQLState() string { return e.Response.Get(wire.FieldSQLState) }

// Error returns severity, message, SQLSTATE, detail and hint, on one line and
// without control characters.
func (e *ServerError) Error() string {
	get := func(c wire.FieldCode) string { return printable(e.Response.Get(c)) }
	severity := get(wire.FieldSeverityNonlocal)
	if severity == "" {
		severity = get(wire.FieldSeverity)
	}
	text := get(wire.FieldMessage)
	if text == "" {
		text = "the server gave no reason"
	}
	if severity != "" {
		text = strings.ToLower(severity) + ": " + text
	}
	if code := get(wire.FieldSQLState); code != "" {
		text += " (SQLSTATE " + code + ")"
	}
	if detail := get(wire.FieldDetail); detail != "" {
		text += ", detail: " + detail
	}
	if advice := get(wire.FieldHint); advice != "" {
		text += ", hint: " + advice
	}
	return text
}

// printable replaces control characters, so that a server's text can neither
// begin a line of its own in a log nor steer a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
}

// failure is an error on its way to the walker, with the stage and the outcome
// that decides what comes next.
type failure struct {
	stage   Stage
	outcome outcome
	err     error
}

func (f *failure) Error() string { return f.stage.String() + ": " + f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// fatal returns a failure that ends the search.
func fatal(stage Stage, err error) *failure { return &failure{stage, outcomeBroken, err} }

// asFailure returns the failure in err, or one that ends the search.
func asFailure(stage Stage, err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	return fatal(stage, err)
}

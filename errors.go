package parley

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"parley/internal/exchange"
	"parley/wire"
)

// What a caller branches on.
var (
	// ErrClosed: the connection was closed, by its user or after an error
	// that it could not survive.
	ErrClosed = errors.New("the connection is closed")
	// ErrNoRows: [One] found none.
	ErrNoRows = errors.New("the statement returned no rows")
	// ErrTooManyRows: [One] found more than one.
	ErrTooManyRows = errors.New("the statement returned more than one row")
	// ErrBusy: the connection is at work on something else; a Conn serves one
	// goroutine at a time, and Rows must be closed before the next statement.
	ErrBusy = errors.New("the connection is busy")
)

// ServerError is an ErrorResponse, or in a [Notice] a NoticeResponse: the
// server's own words (manual, section "Error and Notice Message Fields").
type ServerError struct {
	Severity         string // ERROR, FATAL, PANIC; in a notice WARNING, NOTICE, DEBUG, INFO, LOG; never translated
	Code             string // SQLSTATE
	Message          string
	Detail           string
	Hint             string
	Position         int // in characters of SQL, from 1; 0 for none
	InternalPosition int // the same in InternalQuery
	InternalQuery    string
	Where            string
	Schema           string
	Table            string
	Column           string
	DataType         string
	Constraint       string
	File             string
	Line             int
	Routine          string

	// SQL is the text of the statement that failed, without the values of
	// its parameters; "" where no one statement is to blame.
	SQL string
	// Index is the number of the statement in a batch, from 0; -1 elsewhere.
	Index int
}

// parseServerError reads the body of an ErrorResponse or a NoticeResponse.
func parseServerError(body []byte) (*ServerError, error) {
	var m wire.ErrorResponse
	if err := m.Parse(body); err != nil {
		return nil, err
	}
	e := &ServerError{
		Severity: m.Get(wire.FieldSeverityNonlocal), Code: m.Get(wire.FieldSQLState), Message: m.Get(wire.FieldMessage),
		Detail: m.Get(wire.FieldDetail), Hint: m.Get(wire.FieldHint), InternalQuery: m.Get(wire.FieldInternalQuery),
		Where: m.Get(wire.FieldWhere), Schema: m.Get(wire.FieldSchema), Table: m.Get(wire.FieldTable),
		Column: m.Get(wire.FieldColumn), DataType: m.Get(wire.FieldDataType), Constraint: m.Get(wire.FieldConstraint),
		File: m.Get(wire.FieldFile), Routine: m.Get(wire.FieldRoutine), Index: -1,
	}
	if e.Severity == "" {
		e.Severity = m.Get(wire.FieldSeverity) // servers before 9.6, and some that only speak the protocol
	}
	e.Position = number(m.Get(wire.FieldPosition))
	e.InternalPosition = number(m.Get(wire.FieldInternalPosition))
	e.Line = number(m.Get(wire.FieldLine))
	return e, nil
}

// number reads a positive number; anything else is 0.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// Error returns severity, message and SQLSTATE, then detail and hint.
func (e *ServerError) Error() string {
	var b strings.Builder
	if e.Index >= 0 {
		fmt.Fprintf(&b, "statement %d of the batch: ", e.Index)
	}
	fmt.Fprintf(&b, "%s: %s (SQLSTATE %s)", e.Severity, e.Message, e.Code)
	if e.Detail != "" {
		b.WriteString(": " + e.Detail)
	}
	if e.Hint != "" {
		b.WriteString(" (hint: " + e.Hint + ")")
	}
	return b.String()
}

// Fatal reports whether the server ended the session with this error.
func (e *ServerError) Fatal() bool { return e.Severity == "FATAL" || e.Severity == "PANIC" }

// Draw shows the line of the statement that the error points at, with a caret
// under the place, or "" when it points at none:
//
//	line 2: where nmae = $1
//	              ^
func (e *ServerError) Draw() string {
	sql, position := e.SQL, e.Position
	if position == 0 && e.InternalPosition > 0 {
		sql, position = e.InternalQuery, e.InternalPosition
	}
	if position == 0 || position > utf8.RuneCountInString(sql)+1 {
		return ""
	}
	before := string([]rune(sql)[:position-1])
	start := strings.LastIndexByte(before, '\n') + 1
	line, _, _ := strings.Cut(sql[start:], "\n")
	head := fmt.Sprintf("line %d: ", strings.Count(before, "\n")+1)
	pad := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, before[start:])
	return head + strings.TrimRight(line, "\r") + "\n" + strings.Repeat(" ", len(head)) + pad + "^"
}

// ended returns the server's own words where it has ended the session with some,
// and any other error as it is.
func ended(err error) error {
	gone, ok := errors.AsType[*exchange.EndedError](err)
	if !ok {
		return err
	}
	if e, parseErr := parseServerError(gone.Body); parseErr == nil && (e.Fatal() || gone.Err == nil) {
		return e
	}
	return cmp.Or(gone.Err, err)
}

// OpError is what went wrong between client and server: the connection, the
// context, the protocol.
type OpError struct {
	Op string // what was being done: "query", "copy", "commit"
	// Sent says whether any byte of the request may have reached the server.
	// If not, it is safe to try again on another connection.
	Sent bool
	Err  error
}

// Error returns what was being done, and the cause.
func (e *OpError) Error() string { return e.Op + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *OpError) Unwrap() error { return e.Err }

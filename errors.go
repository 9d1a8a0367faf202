package parley

import (
	"cmp"
	"database/sql"
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
	// ErrNoRows: [One] found none. It is sql.ErrNoRows too, to errors.Is.
	ErrNoRows error = sameAs{sql.ErrNoRows, "the statement returned no rows"}
	// ErrTooManyRows: [One] found more than one.
	ErrTooManyRows = errors.New("the statement returned more than one row")
	// ErrBusy: the connection is at work on something else; a Conn serves one
	// goroutine at a time, and Rows must be closed before the next statement.
	ErrBusy = errors.New("the connection is busy")
)

// sameAs is an error in words of its own which programs that were written for
// database/sql find as the one of that package.
type sameAs struct {
	other error
	text  string
}

// Error returns the text.
func (e sameAs) Error() string { return e.text }

// Is reports whether target is the other error.
func (e sameAs) Is(target error) bool { return target == e.other }

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

// Error returns severity, message and SQLSTATE, then the place in the data of a
// COPY, detail and hint.
func (e *ServerError) Error() string {
	var b strings.Builder
	if e.Index >= 0 {
		fmt.Fprintf(&b, "statement %d of the batch: ", e.Index)
	}
	fmt.Fprintf(&b, "%s: %s (SQLSTATE %s)", e.Severity, e.Message, e.Code)
	if place := e.copyPlace(); place != "" {
		b.WriteString(" at " + place)
	}
	if e.Detail != "" {
		b.WriteString(": " + e.Detail)
	}
	if e.Hint != "" {
		b.WriteString(" (hint: " + e.Hint + ")")
	}
	return b.String()
}

// copyPlace returns where in the data of a COPY the error is, such as "COPY t,
// line 3, column a", without the value that Where has behind it.
func (e *ServerError) copyPlace() string {
	if !strings.HasPrefix(e.Where, "COPY ") {
		return ""
	}
	line, _, _ := strings.Cut(e.Where, "\n")
	place, _, _ := strings.Cut(line, ": ")
	return place
}

// Fatal reports whether the server ended the session with this error.
func (e *ServerError) Fatal() bool { return e.Severity == "FATAL" || e.Severity == "PANIC" }

// Draw shows the line of the statement that the error points at, with a caret
// under the place, or "" when it points at none. Of a long line it shows what is
// around the place.
//
//	line 2: where nmae = $1
//	              ^
func (e *ServerError) Draw() string {
	sql, position := e.SQL, e.Position
	if position == 0 && e.InternalPosition > 0 {
		sql, position = e.InternalQuery, e.InternalPosition
	}
	at, ok := offsetOf(sql, position)
	if !ok {
		return ""
	}
	start := strings.LastIndexByte(sql[:at], '\n') + 1
	line, _, _ := strings.Cut(sql[start:], "\n")
	before, after := line[:at-start], strings.TrimRight(line[at-start:], "\r")
	head := fmt.Sprintf("line %d: ", strings.Count(sql[:start], "\n")+1)
	if most := maxDrawn / 2; len(before) > most {
		before = "…" + strings.TrimLeftFunc(before[len(before)-most:], isPart)
	}
	if len(after) > maxDrawn {
		after = strings.TrimRightFunc(after[:maxDrawn], isPart) + "…"
	}
	pad := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, before)
	return head + before + after + "\n" + strings.Repeat(" ", len(head)) + pad + "^"
}

// maxDrawn is how many bytes of a line are shown from the place on, and twice as
// many as before it: statements that programs make may be lines of megabytes.
const maxDrawn = 120

// isPart reports whether a rune is what was left of one that was cut.
func isPart(r rune) bool { return r == utf8.RuneError }

// offsetOf returns where the character with a number, from 1, begins. Right behind
// the last one counts too.
func offsetOf(text string, number int) (int, bool) {
	if number > len(text)+1 || number == 0 {
		return 0, false
	}
	for i := range text {
		if number--; number == 0 {
			return i, true
		}
	}
	return len(text), number == 1
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

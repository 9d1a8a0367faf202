package pgtest

import (
	"fmt"
	"strconv"

	"parley/wire"
)

// textType is pg_type's OID of text.
const textType = 25

// Columns returns a RowDescription of columns of type text.
func Columns(names ...string) *wire.RowDescription {
	m := &wire.RowDescription{}
	for _, n := range names {
		m.Columns = append(m.Columns, wire.Column{Name: n, Type: textType, TypeSize: -1, TypeModifier: -1})
	}
	return m
}

// Row returns a DataRow: nil is NULL, strings and byte slices are sent as they
// are, everything else as fmt prints it.
func Row(values ...any) *wire.DataRow {
	m := &wire.DataRow{}
	for _, v := range values {
		switch v := v.(type) {
		case nil:
			m.Values = append(m.Values, nil)
		case []byte:
			m.Values = append(m.Values, v)
		case string:
			m.Values = append(m.Values, append([]byte{}, v...))
		default:
			m.Values = append(m.Values, fmt.Append([]byte{}, v))
		}
	}
	return m
}

// Done returns a CommandComplete with the command tag.
func Done(tag string) *wire.CommandComplete { return &wire.CommandComplete{Tag: tag} }

// Ready returns a ReadyForQuery; 0 stands for TxIdle.
func Ready(status wire.TxStatus) *wire.ReadyForQuery {
	if status == 0 {
		status = wire.TxIdle
	}
	return &wire.ReadyForQuery{Status: status}
}

// Failure returns an ErrorResponse of severity ERROR with the SQLSTATE, the
// message, and more fields.
func Failure(code, message string, more ...wire.ResponseField) *wire.ErrorResponse {
	return &wire.ErrorResponse{Fields: responseFields("ERROR", code, message, more)}
}

// Fatal is [Failure] with severity FATAL. A server closes the connection after
// it; the script has to.
func Fatal(code, message string, more ...wire.ResponseField) *wire.ErrorResponse {
	return &wire.ErrorResponse{Fields: responseFields("FATAL", code, message, more)}
}

// Notice returns a NoticeResponse of severity NOTICE.
func Notice(message string, more ...wire.ResponseField) *wire.NoticeResponse {
	return &wire.NoticeResponse{Fields: responseFields("NOTICE", "00000", message, more)}
}

func responseFields(severity, code, message string, more []wire.ResponseField) []wire.ResponseField {
	return append([]wire.ResponseField{
		{Code: wire.FieldSeverity, Value: severity},
		{Code: wire.FieldSeverityNonlocal, Value: severity},
		{Code: wire.FieldSQLState, Value: code},
		{Code: wire.FieldMessage, Value: message},
	}, more...)
}

// Result is what a statement answers: rows, a tag, or an error, or rows and
// then an error.
type Result struct {
	// Columns describe the rows; nil: the statement returns none.
	Columns []wire.Column
	// Rows are sent as they are, whatever format a Bind asks for.
	Rows []*wire.DataRow
	// Tag is the command tag. "": SELECT and the number of rows, or EmptyQueryResponse
	// for a statement that returns none.
	Tag string
	// Error, if not nil, comes in place of the tag.
	Error *wire.ErrorResponse
	// ParamTypes answer a Describe of a statement. Nil: those of its Parse.
	ParamTypes []uint32
}

// Table returns a Result with columns of type text, and rows as [Row] has them.
func Table(columns []string, rows ...[]any) Result {
	r := Result{Columns: Columns(columns...).Columns}
	for _, values := range rows {
		r.Rows = append(r.Rows, Row(values...))
	}
	return r
}

// Tag returns a Result without rows.
func Tag(tag string) Result { return Result{Tag: tag} }

// Refusal returns a Result that is an error.
func Refusal(code, message string, more ...wire.ResponseField) Result {
	return Result{Error: Failure(code, message, more...)}
}

// end is the message that ends the result.
func (r *Result) end() wire.Message {
	switch {
	case r.Error != nil:
		return r.Error
	case r.Tag != "":
		return Done(r.Tag)
	case r.Columns == nil:
		return &wire.EmptyQueryResponse{}
	}
	return Done("SELECT " + strconv.Itoa(len(r.Rows)))
}

// description answers a Describe of what returns the result.
func (r *Result) description() wire.Message {
	if r.Columns == nil {
		return &wire.NoData{}
	}
	return &wire.RowDescription{Columns: r.Columns}
}

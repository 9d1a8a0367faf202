package wire

import "strconv"

// FieldCode names a field of an [ErrorResponse] or a [NoticeResponse]. The
// set is open: a reader passes over codes that it does not know.
type FieldCode byte

// The field codes (manual, section "Error and Notice Message Fields").
const (
	FieldSeverity         FieldCode = 'S' // possibly translated
	FieldSeverityNonlocal FieldCode = 'V' // never translated; from PostgreSQL 9.6 on
	FieldSQLState         FieldCode = 'C'
	FieldMessage          FieldCode = 'M'
	FieldDetail           FieldCode = 'D'
	FieldHint             FieldCode = 'H'
	FieldPosition         FieldCode = 'P' // in characters, from 1, in the query string
	FieldInternalPosition FieldCode = 'p' // the same in FieldInternalQuery
	FieldInternalQuery    FieldCode = 'q'
	FieldWhere            FieldCode = 'W'
	FieldSchema           FieldCode = 's'
	FieldTable            FieldCode = 't'
	FieldColumn           FieldCode = 'c'
	FieldDataType         FieldCode = 'd'
	FieldConstraint       FieldCode = 'n'
	FieldFile             FieldCode = 'F'
	FieldLine             FieldCode = 'L'
	FieldRoutine          FieldCode = 'R'
)

var fieldCodes = []Named{
	{'S', "severity", "ERROR, FATAL or PANIC, in a notice WARNING, NOTICE, DEBUG, INFO or LOG; possibly translated"},
	{'V', "severity", "the severity, never translated"},
	{'C', "SQLSTATE", "the code of the error; never translated"},
	{'M', "message", "the error in one line"},
	{'D', "detail", "more about the problem"},
	{'H', "hint", "what to do about it"},
	{'P', "position", "where in the query string, in characters from 1"},
	{'p', "internal position", "where in the internal query, in characters from 1"},
	{'q', "internal query", "the text of a command that the server made itself"},
	{'W', "where", "the context: a call stack, innermost first"},
	{'s', "schema", "the schema of the object concerned"},
	{'t', "table", "the table concerned"},
	{'c', "column", "the column concerned"},
	{'d', "data type", "the data type concerned"},
	{'n', "constraint", "the constraint concerned"},
	{'F', "file", "the file in the server's source"},
	{'L', "line", "the line in that file"},
	{'R', "routine", "the routine in the server's source"},
}

// String returns what the field is, in the manual's words, or the code.
func (c FieldCode) String() string {
	for _, n := range fieldCodes {
		if n.Value == int64(c) {
			return n.Name
		}
	}
	return "field " + strconv.QuoteRune(rune(c))
}

// ResponseField is one field of an [ErrorResponse] or a [NoticeResponse].
type ResponseField struct {
	Code  FieldCode // not 0
	Value string
}

var responseFields = []Field{{Name: "fields", Kind: Until, Doc: "what is known about it", Elem: []Field{
	{Name: "code", Kind: Byte, Values: fieldCodes, Doc: "which field it is; unknown ones are passed over"},
	{Name: "value", Kind: CString, Doc: "its value"},
}}}

// ErrorResponse says that something failed. Within a series of extended-query
// messages the backend then skips everything up to the next [Sync]; with the
// severity FATAL or PANIC it closes the connection.
type ErrorResponse struct {
	Fields []ResponseField
}

var errorResponseLayout = Layout{
	Kind: KindErrorResponse, Name: "ErrorResponse", From: Backend, Type: 'E', Large: true,
	Doc: "Something failed. In the extended query protocol the backend then skips all messages up to the next Sync; " +
		"with severity FATAL or PANIC it closes the connection.",
	Fields: responseFields,
	new:    func() Message { return new(ErrorResponse) },
}

// Kind returns KindErrorResponse.
func (*ErrorResponse) Kind() Kind { return KindErrorResponse }

// Append appends the message.
func (m *ErrorResponse) Append(dst []byte) ([]byte, error) {
	return appendResponse(dst, KindErrorResponse, m.Fields)
}

// Parse reads the message from its body.
func (m *ErrorResponse) Parse(body []byte) (err error) {
	m.Fields, err = parseResponse(body, KindErrorResponse, m.Fields)
	return err
}

// Get returns the value of the first field with the code, or "".
func (m *ErrorResponse) Get(c FieldCode) string { return getField(m.Fields, c) }

// NoticeResponse is a message for the user beside the reply. It may come at
// any time.
type NoticeResponse struct {
	Fields []ResponseField
}

var noticeResponseLayout = Layout{
	Kind: KindNoticeResponse, Name: "NoticeResponse", From: Backend, Type: 'N', Large: true,
	Doc:    "A warning or a piece of information beside the reply. It may come at any time.",
	Fields: responseFields,
	new:    func() Message { return new(NoticeResponse) },
}

// Kind returns KindNoticeResponse.
func (*NoticeResponse) Kind() Kind { return KindNoticeResponse }

// Append appends the message.
func (m *NoticeResponse) Append(dst []byte) ([]byte, error) {
	return appendResponse(dst, KindNoticeResponse, m.Fields)
}

// Parse reads the message from its body.
func (m *NoticeResponse) Parse(body []byte) (err error) {
	m.Fields, err = parseResponse(body, KindNoticeResponse, m.Fields)
	return err
}

// Get returns the value of the first field with the code, or "".
func (m *NoticeResponse) Get(c FieldCode) string { return getField(m.Fields, c) }

func getField(fs []ResponseField, c FieldCode) string {
	for _, f := range fs {
		if f.Code == c {
			return f.Value
		}
	}
	return ""
}

func appendResponse(dst []byte, k Kind, fs []ResponseField) ([]byte, error) {
	e := encode(dst, k)
	for i, f := range fs {
		if f.Code == 0 {
			e.fail("fields[].code", i, "is 0, which would end the list")
		}
		if e.room("fields[].code", i, 1) {
			e.byte(byte(f.Code))
		}
		e.cstringAt("fields[].value", i, f.Value)
	}
	if e.room("fields", -1, 1) {
		e.byte(0)
	}
	return e.finish()
}

func parseResponse(body []byte, k Kind, into []ResponseField) ([]ResponseField, error) {
	d := decoder{body: body}
	into = into[:0]
	for d.until() {
		into = append(into, ResponseField{FieldCode(d.byte()), d.cstring()})
	}
	return into, d.finish(k)
}

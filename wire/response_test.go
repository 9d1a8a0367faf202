package wire

import "testing"

var responseSamples = []sample{
	{"three fields", &ErrorResponse{[]ResponseField{{'S', "ERROR"}, {'C', "42601"}, {'M', "syntax error"}}}, Context{},
		"E\x00\x00\x00\x21SERROR\x00C42601\x00Msyntax error\x00\x00"},
	{"no fields", &ErrorResponse{}, Context{}, "E\x00\x00\x00\x05\x00"},
	{"empty values", &ErrorResponse{[]ResponseField{{'H', ""}, {'H', ""}}}, Context{}, "E\x00\x00\x00\x09H\x00H\x00\x00"},
	{"codes that do not exist", &ErrorResponse{[]ResponseField{{1, "x"}, {0xff, "y"}}}, Context{}, "E\x00\x00\x00\x0b\x01x\x00\xffy\x00\x00"},
	{"one field", &NoticeResponse{[]ResponseField{{'M', "hello"}}}, Context{}, "N\x00\x00\x00\x0cMhello\x00\x00"},
	{"no fields", &NoticeResponse{}, Context{}, "N\x00\x00\x00\x05\x00"},
}

var responseFlaws = []flaw{
	{"nothing", KindErrorResponse, Context{}, "", "fields", 5, "has no terminating zero byte"},
	{"list without end", KindErrorResponse, Context{}, "SERROR\x00", "fields", 12, "has no terminating zero byte"},
	{"code without value", KindErrorResponse, Context{}, "SERROR\x00C", "fields[1].value", 13, "has no terminating zero byte"},
	{"value without end", KindErrorResponse, Context{}, "SERROR", "fields[0].value", 6, "has no terminating zero byte"},
	{"bytes after the list", KindErrorResponse, Context{}, "\x00SERROR\x00\x00", "end", 6, "8 bytes after the last field"},
	{"nothing", KindNoticeResponse, Context{}, "", "fields", 5, "has no terminating zero byte"},
	{"value without end", KindNoticeResponse, Context{}, "Ma\x00Mb", "fields[1].value", 9, "has no terminating zero byte"},
}

var responseRefusals = []encodeFlaw{
	{"code 0", &ErrorResponse{[]ResponseField{{'S', "ERROR"}, {0, "x"}}}, "fields[1].code", "is 0, which would end the list"},
	{"NUL in a value", &ErrorResponse{[]ResponseField{{'M', "a\x00b"}}}, "fields[0].value", "contains a NUL byte"},
	{"code 0", &NoticeResponse{[]ResponseField{{0, ""}}}, "fields[0].code", "is 0, which would end the list"},
	{"NUL in a value", &NoticeResponse{[]ResponseField{{'S', ""}, {'M', "\x00"}}}, "fields[1].value", "contains a NUL byte"},
}

func TestResponseGet(t *testing.T) {
	fields := []ResponseField{{'S', "ERROR"}, {'M', "first"}, {'M', "second"}, {'D', ""}}
	for c, want := range map[FieldCode]string{'S': "ERROR", 'M': "first", 'D': "", 'H': "", 0: ""} {
		if got := (&ErrorResponse{fields}).Get(c); got != want {
			t.Errorf("error: Get(%q) = %q, want %q", byte(c), got, want)
		}
		if got := (&NoticeResponse{fields}).Get(c); got != want {
			t.Errorf("notice: Get(%q) = %q, want %q", byte(c), got, want)
		}
	}
}

// The manual's section "Error and Notice Message Fields", in its order.
var manualFields = []struct {
	code FieldCode
	want FieldCode
	name string
}{
	{'S', FieldSeverity, "severity"},
	{'V', FieldSeverityNonlocal, "severity"},
	{'C', FieldSQLState, "SQLSTATE"},
	{'M', FieldMessage, "message"},
	{'D', FieldDetail, "detail"},
	{'H', FieldHint, "hint"},
	{'P', FieldPosition, "position"},
	{'p', FieldInternalPosition, "internal position"},
	{'q', FieldInternalQuery, "internal query"},
	{'W', FieldWhere, "where"},
	{'s', FieldSchema, "schema"},
	{'t', FieldTable, "table"},
	{'c', FieldColumn, "column"},
	{'d', FieldDataType, "data type"},
	{'n', FieldConstraint, "constraint"},
	{'F', FieldFile, "file"},
	{'L', FieldLine, "line"},
	{'R', FieldRoutine, "routine"},
}

func TestFieldCodes(t *testing.T) {
	for _, f := range manualFields {
		if f.code != f.want {
			t.Errorf("the constant for %s is %q, in the manual it is %q", f.name, byte(f.want), byte(f.code))
		}
		if got := f.code.String(); got != f.name {
			t.Errorf("%q is called %q, want %q", byte(f.code), got, f.name)
		}
	}
	if len(fieldCodes) != len(manualFields) {
		t.Errorf("%d codes have names, the manual lists %d", len(fieldCodes), len(manualFields))
	}
	for c, want := range map[FieldCode]string{'Z': "field 'Z'", 0: `field '\x00'`, 0xff: "field 'ÿ'"} {
		if got := c.String(); got != want {
			t.Errorf("%#x is called %q, want %q", byte(c), got, want)
		}
	}
}

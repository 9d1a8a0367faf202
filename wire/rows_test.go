package wire

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

var rowsSamples = []sample{
	{"two", &ParameterDescription{[]uint32{23, 0xffffffff}}, Context{}, "t\x00\x00\x00\x0e\x00\x02\x00\x00\x00\x17\xff\xff\xff\xff"},
	{"none", &ParameterDescription{}, Context{}, "t\x00\x00\x00\x06\x00\x00"},
	{"columns", &RowDescription{[]Column{{"id", 16384, 1, 23, 4, -1, 0}, {"", 0, 0, 1043, -1, 44, 1}}}, Context{},
		"T\x00\x00\x00\x2e\x00\x02" +
			"id\x00\x00\x00\x40\x00\x00\x01\x00\x00\x00\x17\x00\x04\xff\xff\xff\xff\x00\x00" +
			"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x13\xff\xff\x00\x00\x00\x2c\x00\x01"},
	{"extremes", &RowDescription{[]Column{{"x", 0xffffffff, -32768, 0x80000000, -2, -2147483648, -1}}}, Context{},
		"T\x00\x00\x00\x1a\x00\x01x\x00\xff\xff\xff\xff\x80\x00\x80\x00\x00\x00\xff\xfe\x80\x00\x00\x00\xff\xff"},
	{"no columns", &RowDescription{}, Context{}, "T\x00\x00\x00\x06\x00\x00"},
	{"a value, NULL, empty", &DataRow{[][]byte{[]byte("42"), nil, {}}}, Context{},
		"D\x00\x00\x00\x14\x00\x03\x00\x00\x00\x0242\xff\xff\xff\xff\x00\x00\x00\x00"},
	{"no values", &DataRow{}, Context{}, "D\x00\x00\x00\x06\x00\x00"},
	{"only NULL", &DataRow{[][]byte{nil, nil}}, Context{}, "D\x00\x00\x00\x0e\x00\x02\xff\xff\xff\xff\xff\xff\xff\xff"},
	{"values that look like lengths", &DataRow{[][]byte{{0xff, 0xff, 0xff, 0xff}, {0, 0, 0, 1}}}, Context{},
		"D\x00\x00\x00\x16\x00\x02\x00\x00\x00\x04\xff\xff\xff\xff\x00\x00\x00\x04\x00\x00\x00\x01"},
}

const columnTail = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x17\x00\x04\xff\xff\xff\xff\x00\x00"

var rowsFlaws = []flaw{
	{"no count", KindParameterDescription, Context{}, "\x00", "types", 5, "needs 2 bytes, 1 left"},
	{"types beyond the bytes", KindParameterDescription, Context{}, "\x00\x02\x00\x00\x00\x17\x00", "types", 5,
		"has 2 elements of at least 8 bytes together, 5 left"},
	{"type too many", KindParameterDescription, Context{}, "\x00\x00\x00\x00\x00\x17", "end", 7, "4 bytes after the last field"},
	{"no count", KindRowDescription, Context{}, "", "columns", 5, "needs 2 bytes, 0 left"},
	{"columns beyond the bytes", KindRowDescription, Context{}, "\x00\x02\x00" + columnTail, "columns", 5,
		"has 2 elements of at least 38 bytes together, 19 left"},
	{"column without a name", KindRowDescription, Context{}, "\x00\x01abcdefghijklmnopqrst", "columns[0].name", 7, "has no terminating zero byte"},
	{"column without a table", KindRowDescription, Context{}, "\x00\x01abcdefghijklmnopq\x00\x00", "columns[0].table", 25, "needs 4 bytes, 1 left"},
	{"column without an attribute", KindRowDescription, Context{}, "\x00\x01abcdefghijklmn\x00\x00\x00\x00\x00", "columns[0].attribute", 26, "needs 2 bytes, 0 left"},
	{"column without a type", KindRowDescription, Context{}, "\x00\x01abcdefghijkl\x00\x00\x00\x00\x00\x00\x00", "columns[0].type", 26, "needs 4 bytes, 0 left"},
	{"column without a size", KindRowDescription, Context{}, "\x00\x01abcdefgh\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x17", "columns[0].typeSize", 26, "needs 2 bytes, 0 left"},
	{"column without a modifier", KindRowDescription, Context{}, "\x00\x01abcdef\x00" + columnTail[:12], "columns[0].typeModifier", 26, "needs 4 bytes, 0 left"},
	{"column without a format", KindRowDescription, Context{}, "\x00\x01ab\x00" + columnTail[:16], "columns[0].format", 26, "needs 2 bytes, 0 left"},
	{"second column cut", KindRowDescription, Context{}, "\x00\x02abc\x00" + columnTail + "\x00" + columnTail[:17], "columns[1].format", 46, "needs 2 bytes, 1 left"},
	{"column too many", KindRowDescription, Context{}, "\x00\x00\x00" + columnTail, "end", 7, "19 bytes after the last field"},
	{"no count", KindDataRow, Context{}, "\x00", "values", 5, "needs 2 bytes, 1 left"},
	{"values beyond the bytes", KindDataRow, Context{}, "\x00\x02\xff\xff\xff\xff", "values", 5,
		"has 2 elements of at least 8 bytes together, 4 left"},
	{"greatest count", KindDataRow, Context{}, "\xff\xff", "values", 5, "has 65535 elements of at least 262140 bytes together, 0 left"},
	{"length -2", KindDataRow, Context{}, "\x00\x01\xff\xff\xff\xfe", "values[0]", 7, "has the negative length -2"},
	{"value beyond the end", KindDataRow, Context{}, "\x00\x01\x00\x00\x00\x01", "values[0]", 7, "has the length 1, 0 bytes left"},
	{"greatest length", KindDataRow, Context{}, "\x00\x02\xff\xff\xff\xff\x7f\xff\xff\xff", "values[1]", 11, "has the length 2147483647, 0 bytes left"},
	{"second value has no length", KindDataRow, Context{}, "\x00\x02\x00\x00\x00\x02ab\x00\x00", "values[1]", 13, "needs 4 bytes, 2 left"},
	{"value too many", KindDataRow, Context{}, "\x00\x01\xff\xff\xff\xff\xff\xff\xff\xff", "end", 11, "4 bytes after the last field"},
}

var rowsRefusals = []encodeFlaw{
	{"types", &ParameterDescription{make([]uint32, 65536)}, "types", "has 65536 elements, more than 65535"},
	{"columns", &RowDescription{make([]Column, 65536)}, "columns", "has 65536 elements, more than 65535"},
	{"NUL in a name", &RowDescription{[]Column{{Name: "a"}, {Name: "b\x00"}}}, "columns[1].name", "contains a NUL byte"},
	{"values", &DataRow{make([][]byte, 65536)}, "values", "has 65536 elements, more than 65535"},
}

// readRow reads all values as Parse does, but with a RowReader.
func readRow(body []byte) (values [][]byte, err error) {
	r := ReadRow(body)
	for {
		left := r.Len()
		v, ok := r.Next()
		if !ok {
			return values, r.Err()
		}
		if r.Len() != left-1 {
			return values, errors.New("Next does not count down")
		}
		values = append(values, v)
	}
}

func readColumns(body []byte) (columns []Column, err error) {
	r := ReadColumns(body)
	for {
		left := r.Len()
		name, c, ok := r.Next()
		if !ok {
			return columns, r.Err()
		}
		if r.Len() != left-1 || c.Name != "" {
			return columns, errors.New("Next does not count down, or gives a column its name")
		}
		c.Name = string(name)
		columns = append(columns, c)
	}
}

func TestRowReader(t *testing.T) {
	for _, s := range rowsSamples {
		m, ok := s.msg.(*DataRow)
		if !ok {
			continue
		}
		r := ReadRow(s.body())
		if r.Len() != len(m.Values) {
			t.Errorf("%s: Len is %d, want %d", s.name, r.Len(), len(m.Values))
		}
		for i, want := range m.Values {
			got, ok := r.Next()
			if !ok || !bytes.Equal(got, want) || (got == nil) != (want == nil) || cap(got) != len(got) {
				t.Errorf("%s: value %d is %#v, %v; want %#v", s.name, i, got, ok, want)
			}
		}
		for range 2 {
			if v, ok := r.Next(); v != nil || ok {
				t.Errorf("%s: got %#v after the last value", s.name, v)
			}
		}
		if r.Len() != 0 || r.Err() != nil {
			t.Errorf("%s: in the end Len is %d, error %v", s.name, r.Len(), r.Err())
		}
	}
}

// A reader stops where the row is malformed, says where that is, and stays
// there.
func TestRowReaderMalformed(t *testing.T) {
	for _, f := range rowsFlaws {
		if f.kind != KindDataRow {
			continue
		}
		_, err := readRow([]byte(f.body))
		checkSyntax(t, err, f.want())
		r := ReadRow([]byte(f.body))
		for range 5 {
			r.Next()
		}
		if v, ok := r.Next(); v != nil || ok {
			t.Errorf("%s: got %#v behind the mistake", f.name, v)
		}
		checkSyntax(t, r.Err(), f.want())
	}
}

func TestColumnReader(t *testing.T) {
	for _, s := range rowsSamples {
		m, ok := s.msg.(*RowDescription)
		if !ok {
			continue
		}
		r := ReadColumns(s.body())
		if r.Len() != len(m.Columns) {
			t.Errorf("%s: Len is %d, want %d", s.name, r.Len(), len(m.Columns))
		}
		for i, want := range m.Columns {
			name, got, ok := r.Next()
			got.Name = string(name)
			if !ok || got != want || cap(name) != len(name) {
				t.Errorf("%s: column %d is %+v, %v; want %+v", s.name, i, got, ok, want)
			}
		}
		if name, c, ok := r.Next(); name != nil || ok || c != (Column{}) {
			t.Errorf("%s: got %q, %+v after the last column", s.name, name, c)
		}
		if r.Err() != nil {
			t.Errorf("%s: %v", s.name, r.Err())
		}
	}
}

func TestColumnReaderMalformed(t *testing.T) {
	for _, f := range rowsFlaws {
		if f.kind != KindRowDescription {
			continue
		}
		_, err := readColumns([]byte(f.body))
		checkSyntax(t, err, f.want())
		r := ReadColumns([]byte(f.body))
		for range 5 {
			r.Next()
		}
		if name, _, ok := r.Next(); ok {
			t.Errorf("%s: got %q behind the mistake", f.name, name)
		}
		checkSyntax(t, r.Err(), f.want())
	}
}

// Who stops early has not seen whether the rest fits.
func TestReadersStoppedEarly(t *testing.T) {
	row := ReadRow([]byte("\x00\x02\xff\xff\xff\xff\xff\xff\xff\xff"))
	columns := ReadColumns([]byte("\x00\x01\x00" + columnTail))
	row.Next()
	for name, err := range map[string]error{"row": row.Err(), "columns": columns.Err()} {
		if _, ok := errors.AsType[*SyntaxError](err); !ok {
			t.Errorf("%s: got %v, want a SyntaxError", name, err)
		}
	}
	bad := ReadRow([]byte("\x00\x02\xff\xff\xff\xff\xff\xff\xff\xfe"))
	bad.Next()
	checkSyntax(t, bad.Err(), &SyntaxError{"DataRow", "values[1]", 11, 15, "has the negative length -2"})
}

// The zero readers have nothing to read and are at no end.
func TestZeroReaders(t *testing.T) {
	var row RowReader
	if _, ok := row.Next(); ok || row.Len() != 0 {
		t.Error("the zero RowReader has a value")
	}
	var columns ColumnReader
	if _, _, ok := columns.Next(); ok || columns.Len() != 0 {
		t.Error("the zero ColumnReader has a column")
	}
	for _, body := range [][]byte{nil, {}, {0}} {
		if _, err := readRow(body); err == nil {
			t.Errorf("row %v: no error", body)
		}
		if _, err := readColumns(body); err == nil {
			t.Errorf("columns %v: no error", body)
		}
	}
}

// checkReaders holds the readers to Parse, on any body.
func checkReaders(t *testing.T, body []byte) {
	t.Helper()
	var row DataRow
	values, err := readRow(body)
	if sameError(t, row.Parse(body), err) {
		if len(values) != len(row.Values) {
			t.Fatalf("%d values, Parse finds %d", len(values), len(row.Values))
		}
		for i, v := range values {
			if !bytes.Equal(v, row.Values[i]) || (v == nil) != (row.Values[i] == nil) {
				t.Errorf("value %d is %#v, Parse finds %#v", i, v, row.Values[i])
			}
		}
	}
	var description RowDescription
	columns, err := readColumns(body)
	if sameError(t, description.Parse(body), err) && !slices.Equal(columns, description.Columns) {
		t.Errorf("columns %+v, Parse finds %+v", columns, description.Columns)
	}
	var complete CommandComplete
	tag, rows, err := ReadTag(body)
	if sameError(t, complete.Parse(body), err) && (string(tag) != complete.Tag || rows != TagRows(tag)) {
		t.Errorf("tag %q and %d rows, Parse finds %q", tag, rows, complete.Tag)
	}
}

// sameError compares what Parse and a reader say, and reports whether both
// accept.
func sameError(t *testing.T, want, got error) bool {
	t.Helper()
	if want == nil {
		if got != nil {
			t.Errorf("Parse accepts, the reader says %v", got)
		}
		return got == nil
	}
	e, ok := errors.AsType[*SyntaxError](want)
	if !ok {
		t.Errorf("Parse says %v, want a SyntaxError", want)
		return false
	}
	checkSyntax(t, got, e)
	return false
}

// FuzzReaders holds RowReader, ColumnReader and ReadTag to Parse.
func FuzzReaders(f *testing.F) {
	for _, s := range slices.Concat(rowsSamples, completeSamples) {
		f.Add(s.body())
	}
	for _, w := range slices.Concat(rowsFlaws, completeFlaws) {
		f.Add([]byte(w.body))
	}
	f.Fuzz(func(t *testing.T, body []byte) { checkReaders(t, body) })
}

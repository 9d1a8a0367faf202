package wire

import (
	"runtime"
	"testing"
)

// allocs is testing.AllocsPerRun for functions that must not fail.
func allocs(t *testing.T, f func() error) float64 {
	t.Helper()
	return testing.AllocsPerRun(100, func() {
		if err := f(); err != nil {
			t.Fatal(err)
		}
	})
}

// Append allocates nothing when the buffer has room, for every message.
func TestAppendAllocates(t *testing.T) {
	buf := make([]byte, 0, 4096)
	for _, s := range samples {
		n := allocs(t, func() error {
			b, err := s.msg.Append(buf)
			if err == nil && len(b) != len(s.bytes) {
				t.Fatal("not the sample's bytes")
			}
			return err
		})
		if n != 0 {
			t.Errorf("%v/%s: %v allocations", s.msg.Kind(), s.name, n)
		}
	}
}

// Without room, the values of a message are made room for at once.
func TestAppendGrowsOnce(t *testing.T) {
	values := make([][]byte, 1000)
	columns := make([]TupleColumn, 1000)
	for i := range values {
		values[i] = make([]byte, 10*i)
		columns[i] = TupleColumn{'t', values[i]}
	}
	for _, m := range []Message{
		&DataRow{values}, &Bind{Params: values}, &FunctionCall{Args: values},
		&LogicalInsert{New: columns}, &LogicalDelete{OldKind: 'O', Old: columns},
	} {
		n := allocs(t, func() error {
			_, err := m.Append(nil)
			return err
		})
		if n > 4 {
			t.Errorf("%v: %v allocations", m.Kind(), n)
		}
	}
}

// Parse into a struct that was used before allocates only for strings: one for
// each that has more than one byte.
func TestParseAllocates(t *testing.T) {
	for _, s := range samples {
		m := fresh(s.msg.Kind(), s.context)
		body := s.body()
		if err := m.Parse(body); err != nil {
			t.Fatal(err)
		}
		strings := 0
		for _, v := range flatten(s.msg) {
			// An allocation for a string; a value that aliases the body looks
			// the same, and may not cost more.
			if len(v) > 3 && v[0] == '"' {
				strings++
			}
		}
		if n := allocs(t, func() error { return m.Parse(body) }); n > float64(strings) {
			t.Errorf("%v/%s: %v allocations, it has %d strings", s.msg.Kind(), s.name, n, strings)
		}
	}
}

// The messages that are read most often allocate nothing at all.
func TestHotParseAllocates(t *testing.T) {
	bind := Bind{"", "", []Format{1, 0}, [][]byte{[]byte("some value"), nil}, []Format{1}}
	for _, m := range []Message{
		&DataRow{[][]byte{[]byte("some value"), nil, {}, []byte("another one")}}, &bind,
		&ReadyForQuery{TxIdle}, &ParameterDescription{[]uint32{23, 25}}, &CopyData{[]byte("a row")},
		&ParseComplete{}, &BindComplete{}, &NoData{}, &Sync{}, &FunctionCallResponse{[]byte("some value")},
		&CopyOutResponse{0, []Format{0, 0}}, &XLogData{1, 2, 3, []byte("some log")}, &PrimaryKeepalive{1, 2, true},
		&LogicalInsert{Relation: 1, New: exampleRow("42")}, &LogicalUpdate{OldKind: 'O', Old: exampleRow("1"), New: exampleRow("2")},
		&LogicalTruncate{Relations: []uint32{1, 2}}, &BackendKeyData{1, []byte("0123")}, &AuthenticationSASLContinue{[]byte("challenge")},
	} {
		body := bodyOf(t, m)
		into := New(m.Kind())
		if err := into.Parse(body); err != nil {
			t.Fatal(err)
		}
		if n := allocs(t, func() error { return into.Parse(body) }); n != 0 {
			t.Errorf("%v: %v allocations", m.Kind(), n)
		}
	}
}

func TestReadersAllocate(t *testing.T) {
	row := bodyOf(t, &DataRow{[][]byte{[]byte("some value"), nil, {}, []byte("another one")}})
	columns := bodyOf(t, &RowDescription{[]Column{{Name: "a long name of a column"}, {Name: "another"}}})
	tag := bodyOf(t, &CommandComplete{"INSERT 0 1000000"})
	for name, f := range map[string]func() error{
		"RowReader": func() error {
			r := ReadRow(row)
			for ok := true; ok; {
				_, ok = r.Next()
			}
			return r.Err()
		},
		"ColumnReader": func() error {
			r := ReadColumns(columns)
			for ok := true; ok; {
				_, _, ok = r.Next()
			}
			return r.Err()
		},
		"ReadTag": func() error {
			_, _, err := ReadTag(tag)
			return err
		},
	} {
		if n := allocs(t, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// Identification, layouts and names cost nothing.
func TestLookupsAllocate(t *testing.T) {
	body := []byte{0, 0, 0, 3}
	n := allocs(t, func() error {
		_ = Identify(Backend, 'R', body, Context{})
		_ = Identify(Frontend, 'Q', body, Context{})
		_ = IdentifyUntyped(body)
		_ = IdentifyPayload(Backend, body, physical)
		_ = LayoutOf(KindBind).Name
		_ = KindBind.String()
		_ = LayoutByName("StreamPrepare")
		return nil
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// The most that reading a message may allocate for each byte of it, strings,
// lists, and what is thrown away while lists grow included; and the most that
// taking it apart, or finding a mistake in it, may. The worst for both is a row
// of pgoutput with nothing but NULLs, where one byte is a column and a span.
const (
	parseMultiple   = 128
	dissectMultiple = 512
)

// hostile are bodies that claim much or hold much in little.
func hostile() []flaw {
	many := func(s string, n int) string {
		var b []byte
		for range n {
			b = append(b, s...)
		}
		return string(b)
	}
	const huge = "\xff\xff"
	all := []flaw{
		{name: "values claimed", kind: KindDataRow, body: huge},
		{name: "values claimed", kind: KindDataRow, body: huge + many("\xff\xff\xff\xff", 65534)},
		{name: "all NULL", kind: KindDataRow, body: huge + many("\xff\xff\xff\xff", 65535)},
		{name: "a value claimed", kind: KindDataRow, body: "\x00\x01\x7f\xff\xff\xff"},
		{name: "columns claimed", kind: KindRowDescription, body: huge + many("\x00", 1000)},
		{name: "nameless columns", kind: KindRowDescription, body: "\x10\x00" + many("\x00", 19*4096)},
		{name: "types", kind: KindParameterDescription, body: huge + many("\x00\x00\x00\x17", 65535)},
		{name: "options claimed", kind: KindNegotiateProtocolVersion, body: "\x00\x03\x00\x00\x7f\xff\xff\xff"},
		{name: "empty options", kind: KindNegotiateProtocolVersion, body: "\x00\x03\x00\x00\x00\x01\x00\x00" + many("\x00", 65536)},
		{name: "short parameters", kind: KindStartupMessage, body: "\x00\x03\x00\x00" + many("a\x00\x00", 20000) + "\x00"},
		{name: "parameters without end", kind: KindStartupMessage, body: "\x00\x03\x00\x00" + many("a\x00\x00", 20000)},
		{name: "short mechanisms", kind: KindAuthenticationSASL, body: "\x00\x00\x00\x0a" + many("a\x00", 30000) + "\x00"},
		{name: "short fields", kind: KindErrorResponse, body: many("M\x00", 30000) + "\x00"},
		{name: "fields without end", kind: KindErrorResponse, body: many("M\x00", 30000)},
		{name: "all NULL", kind: KindLogicalInsert, body: "\x00\x00\x00\x01N" + huge + many("n", 65535)},
		{name: "bad at the end", kind: KindLogicalInsert, body: "\x00\x00\x00\x01N" + huge + many("n", 65534) + "?"},
		{name: "bad at the start", kind: KindLogicalInsert, body: "\x00\x00\x00\x01N" + huge + "?" + many("n", 65534)},
		{name: "columns", kind: KindLogicalRelation, body: "\x00\x00\x00\x01\x00\x00d\x40\x00" + many("\x00", 10*0x4000)},
		{name: "relations claimed", kind: KindLogicalTruncate, body: "\x7f\xff\xff\xff\x00" + many("\x00", 100)},
		{name: "relations", kind: KindLogicalTruncate, body: "\x00\x01\x00\x00\x00" + many("\x00", 4*65536)},
	}
	return append(all, flaws...)
}

// allocated returns how many bytes f allocates.
func allocated(f func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc)
}

func TestHostileBodies(t *testing.T) {
	for _, h := range hostile() {
		body := []byte(h.body)
		m := fresh(h.kind, h.context)
		if n := allocated(func() { _ = m.Parse(body) }); n > parseMultiple*len(body)+8192 {
			t.Errorf("%v/%s: Parse allocates %d bytes for a body of %d", h.kind, h.name, n, len(body))
		}
		checkKept(t, m, len(body))
		msg := frame(h.kind, body)
		var d Dissection
		if n := allocated(func() { d = Dissect(h.kind, sender(h.kind), msg, h.context) }); n > dissectMultiple*len(msg)+8192 {
			t.Errorf("%v/%s: Dissect allocates %d bytes for a message of %d", h.kind, h.name, n, len(msg))
		}
		checkTiles(t, msg, d)
	}
}

package wire

import "testing"

var pgoutputRowsSamples = []sample{
	{"all statuses", &LogicalInsert{Streamed{}, 16384, []TupleColumn{{'t', []byte("42")}, {'n', nil}, {'u', nil}, {'b', []byte{0}}, {'t', []byte{}}}}, logical,
		"I\x00\x00\x40\x00N\x00\x05t\x00\x00\x00\x0242nub\x00\x00\x00\x01\x00t\x00\x00\x00\x00"},
	{"no columns", &LogicalInsert{Relation: 1}, logical, "I\x00\x00\x00\x01N\x00\x00"},
	{"in a stream", &LogicalInsert{Streamed{true, 742}, 1, []TupleColumn{{'n', nil}}}, inStream, "I\x00\x00\x02\xe6\x00\x00\x00\x01N\x00\x01n"},
	{"new", &LogicalUpdate{Relation: 1, New: []TupleColumn{{'n', nil}}}, logical, "U\x00\x00\x00\x01N\x00\x01n"},
	{"key and new", &LogicalUpdate{Relation: 1, OldKind: 'K', Old: []TupleColumn{{'t', []byte("1")}}, New: []TupleColumn{{'u', nil}}}, logical,
		"U\x00\x00\x00\x01K\x00\x01t\x00\x00\x00\x011N\x00\x01u"},
	{"old and new", &LogicalUpdate{Relation: 1, OldKind: 'O', New: []TupleColumn{{'u', nil}, {'n', nil}}}, logical,
		"U\x00\x00\x00\x01O\x00\x00N\x00\x02un"},
	{"in a stream", &LogicalUpdate{Streamed: Streamed{true, 1}, Relation: 2, OldKind: 'K', Old: []TupleColumn{{'n', nil}}}, inStream,
		"U\x00\x00\x00\x01\x00\x00\x00\x02K\x00\x01nN\x00\x00"},
	{"key", &LogicalDelete{Relation: 1, OldKind: 'K', Old: []TupleColumn{{'b', []byte("xyz")}}}, logical, "D\x00\x00\x00\x01K\x00\x01b\x00\x00\x00\x03xyz"},
	{"old", &LogicalDelete{Relation: 1, OldKind: 'O'}, logical, "D\x00\x00\x00\x01O\x00\x00"},
	{"in a stream", &LogicalDelete{Streamed: Streamed{true, 0x4b00004f}, Relation: 1, OldKind: 'O'}, inStream, "D\x4b\x00\x00\x4f\x00\x00\x00\x01O\x00\x00"},
	{"two", &LogicalTruncate{Streamed{}, 3, []uint32{1, 0xffffffff}}, logical, "T\x00\x00\x00\x02\x03\x00\x00\x00\x01\xff\xff\xff\xff"},
	{"none", &LogicalTruncate{Options: 1}, logical, "T\x00\x00\x00\x00\x01"},
	{"in a stream", &LogicalTruncate{Streamed{true, 742}, 0, []uint32{5}}, inStream, "T\x00\x00\x02\xe6\x00\x00\x00\x01\x00\x00\x00\x00\x05"},
}

var pgoutputRowsFlaws = []flaw{
	{"no relation", KindLogicalInsert, logical, "\x00\x00\x00", "relation", 1, "needs 4 bytes, 3 left"},
	{"no xid", KindLogicalInsert, inStream, "\x00\x00\x00", "xid", 1, "needs 4 bytes, 3 left"},
	{"no row", KindLogicalInsert, logical, "\x00\x00\x00\x01", "new", 5, "needs 1 byte, 0 left"},
	{"an old row", KindLogicalInsert, logical, "\x00\x00\x00\x01O\x00\x00", "new", 5, "is none of 'N'"},
	{"no count", KindLogicalInsert, logical, "\x00\x00\x00\x01N\x00", "new.columns", 6, "needs 2 bytes, 1 left"},
	{"columns beyond the bytes", KindLogicalInsert, logical, "\x00\x00\x00\x01N\x00\x03nn", "new.columns", 6,
		"has 3 elements of at least 3 bytes together, 2 left"},
	{"a status that does not exist", KindLogicalInsert, logical, "\x00\x00\x00\x01N\x00\x02nx", "new.columns[1]", 9, "is none of 'n' 'u' 't' 'b'"},
	{"no length", KindLogicalInsert, logical, "\x00\x00\x00\x01N\x00\x01t\x00\x00", "new.columns[0].value", 9, "needs 4 bytes, 2 left"},
	{"length -1", KindLogicalInsert, logical, "\x00\x00\x00\x01N\x00\x01t\xff\xff\xff\xff", "new.columns[0].value", 9, "has the negative length -1"},
	{"value beyond the end", KindLogicalInsert, logical, "\x00\x00\x00\x01N\x00\x01b\x00\x00\x00\x04abc", "new.columns[0].value", 9, "has the length 4, 3 bytes left"},
	{"columns run out", KindLogicalInsert, logical, "\x00\x00\x00\x01N\x00\x02t\x00\x00\x00\x00", "new.columns[1]", 13, "needs 1 byte, 0 left"},
	{"column too many", KindLogicalInsert, logical, "\x00\x00\x00\x01N\x00\x01nn", "end", 9, "1 byte after the last field"},
	{"no row", KindLogicalUpdate, logical, "\x00\x00\x00\x01", "new", 5, "needs 1 byte, 0 left"},
	{"an unknown row", KindLogicalUpdate, logical, "\x00\x00\x00\x01X\x00\x00", "new", 5, "is none of 'N'"},
	{"no new row after the key", KindLogicalUpdate, logical, "\x00\x00\x00\x01K\x00\x01n", "new", 9, "needs 1 byte, 0 left"},
	{"key and old row", KindLogicalUpdate, logical, "\x00\x00\x00\x01K\x00\x00O\x00\x00N\x00\x00", "new", 8, "is none of 'N'"},
	{"bad old row", KindLogicalUpdate, logical, "\x00\x00\x00\x01O\x00\x01?N\x00\x00", "old.columns[0]", 8, "is none of 'n' 'u' 't' 'b'"},
	{"bad new row", KindLogicalUpdate, logical, "\x00\x00\x00\x01O\x00\x00N\x00\x01t\x00\x00\x00\x01", "new.columns[0].value", 12, "has the length 1, 0 bytes left"},
	{"two new rows", KindLogicalUpdate, logical, "\x00\x00\x00\x01N\x00\x00N\x00\x00", "end", 8, "3 bytes after the last field"},
	{"no row", KindLogicalDelete, logical, "\x00\x00\x00\x01", "old", 5, "needs 1 byte, 0 left"},
	{"a new row", KindLogicalDelete, logical, "\x00\x00\x00\x01N\x00\x00", "old", 5, "is none of 'K' 'O'"},
	{"two rows", KindLogicalDelete, logical, "\x00\x00\x00\x01K\x00\x00O\x00\x00", "end", 8, "3 bytes after the last field"},
	{"no count", KindLogicalTruncate, logical, "\x00\x00", "relations", 1, "needs 4 bytes, 2 left"},
	{"negative count", KindLogicalTruncate, logical, "\xff\xff\xff\xfe\x00", "relations", 1, "has the negative number of elements -2"},
	{"no options", KindLogicalTruncate, logical, "\x00\x00\x00\x00", "options", 5, "needs 1 byte, 0 left"},
	{"relations beyond the bytes", KindLogicalTruncate, logical, "\x00\x00\x00\x02\x00\x00\x00\x00\x01", "relations", 1,
		"has 2 elements of at least 8 bytes together, 5 left"},
	{"the options' byte is no relation's", KindLogicalTruncate, logical, "\x00\x00\x00\x01\x00\x00\x00\x00", "relations[0]", 6, "needs 4 bytes, 3 left"},
	{"relation too many", KindLogicalTruncate, logical, "\x00\x00\x00\x00\x00\x00\x00\x00\x01", "end", 6, "4 bytes after the last field"},
}

var pgoutputRowsRefusals = []encodeFlaw{
	{"a status that does not exist", &LogicalInsert{New: []TupleColumn{{'n', nil}, {'x', nil}}}, "new.columns[1]", "has a status that is none of 'n' 'u' 't' 'b'"},
	{"no status", &LogicalInsert{New: []TupleColumn{{}}}, "new.columns[0]", "has a status that is none of 'n' 'u' 't' 'b'"},
	{"NULL with a value", &LogicalInsert{New: []TupleColumn{{'n', []byte{}}}}, "new.columns[0]", "has a value where its status says that there is none"},
	{"unchanged with a value", &LogicalInsert{New: []TupleColumn{{'u', []byte("x")}}}, "new.columns[0]", "has a value where its status says that there is none"},
	{"columns", &LogicalInsert{New: make([]TupleColumn, 65536)}, "new.columns", "has 65536 elements, more than 65535"},
	{"old row of no kind", &LogicalUpdate{Old: []TupleColumn{{'n', nil}}}, "old", "has columns but no kind"},
	{"old row of another kind", &LogicalUpdate{OldKind: 'N'}, "oldKind", "is neither 'K' nor 'O'"},
	{"old status", &LogicalUpdate{OldKind: 'K', Old: []TupleColumn{{'t', nil}, {'?', nil}}}, "old.columns[1]", "has a status that is none of 'n' 'u' 't' 'b'"},
	{"new status", &LogicalUpdate{New: []TupleColumn{{'T', nil}}}, "new.columns[0]", "has a status that is none of 'n' 'u' 't' 'b'"},
	{"no old row", &LogicalDelete{}, "oldKind", "is neither 'K' nor 'O'"},
	{"old row of another kind", &LogicalDelete{OldKind: 'N'}, "oldKind", "is neither 'K' nor 'O'"},
	{"old status", &LogicalDelete{OldKind: 'O', Old: []TupleColumn{{'N', nil}}}, "old.columns[0]", "has a status that is none of 'n' 'u' 't' 'b'"},
}

// A value that is nil although its status promises one is written as a value
// of no bytes, and read back as one.
func TestTupleColumnWithoutValue(t *testing.T) {
	b := mustAppend(t, &LogicalInsert{New: []TupleColumn{{'t', nil}, {'b', nil}}})
	if want := "I\x00\x00\x00\x00N\x00\x02t\x00\x00\x00\x00b\x00\x00\x00\x00"; string(b) != want {
		t.Errorf("got %q, want %q", b, want)
	}
	var m LogicalInsert
	if err := m.Parse(b[1:]); err != nil {
		t.Fatal(err)
	}
	for i, c := range m.New {
		if c.Value == nil || len(c.Value) != 0 {
			t.Errorf("column %d is %#v, want empty and not nil", i, c.Value)
		}
	}
}

package wire

import "testing"

var (
	logical  = Context{Payload: PayloadLogical}
	inStream = Context{Payload: PayloadLogical, Streamed: true}
)

var pgoutputSamples = []sample{
	{"", &LogicalBegin{lsnValue, clockValue, 742}, logical, "B" + lsnBytes + clockBytes + "\x00\x00\x02\xe6"},
	{"transactional", &LogicalMessage{Streamed{}, 1, lsnValue, "audit", []byte("in")}, logical,
		"M\x01" + lsnBytes + "audit\x00\x00\x00\x00\x02in"},
	{"empty content", &LogicalMessage{Streamed{}, 0, 0, "", []byte{}}, logical,
		"M\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"},
	{"in a stream", &LogicalMessage{Streamed{true, 742}, 1, lsnValue, "a", []byte{0}}, inStream,
		"M\x00\x00\x02\xe6\x01" + lsnBytes + "a\x00\x00\x00\x00\x01\x00"},
	{"", &LogicalCommit{0, lsnValue, lsnValue, clockValue}, logical, "C\x00" + lsnBytes + lsnBytes + clockBytes},
	{"flags", &LogicalCommit{0xff, 1, 2, -3}, logical,
		"C\xff\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x02\xff\xff\xff\xff\xff\xff\xff\xfd"},
	{"", &LogicalOrigin{lsnValue, "pg_16389"}, logical, "O" + lsnBytes + "pg_16389\x00"},
	{"two columns", &LogicalRelation{Streamed{}, 16384, "public", "users", 'd', []RelationColumn{{1, "id", 23, -1}, {0, "name", 1043, 44}}}, logical,
		"R\x00\x00\x40\x00public\x00users\x00d\x00\x02\x01id\x00\x00\x00\x00\x17\xff\xff\xff\xff\x00name\x00\x00\x00\x04\x13\x00\x00\x00\x2c"},
	{"no columns", &LogicalRelation{OID: 1, Identity: 'n'}, logical, "R\x00\x00\x00\x01\x00\x00n\x00\x00"},
	{"in a stream", &LogicalRelation{Streamed{true, 1}, 2, "", "t", 'f', []RelationColumn{{2, "", 0, 0}}}, inStream,
		"R\x00\x00\x00\x01\x00\x00\x00\x02\x00t\x00f\x00\x01\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00"},
	{"", &LogicalType{Streamed{}, 16390, "public", "mood"}, logical, "Y\x00\x00\x40\x06public\x00mood\x00"},
	{"in a stream", &LogicalType{Streamed{true, 0xffffffff}, 1, "", "x"}, inStream, "Y\xff\xff\xff\xff\x00\x00\x00\x01\x00x\x00"},
}

var pgoutputFlaws = []flaw{
	{"no commit time", KindLogicalBegin, logical, lsnBytes, "commitTime", 9, "needs 8 bytes, 0 left"},
	{"no xid", KindLogicalBegin, logical, lsnBytes + clockBytes + "\x00", "xid", 17, "needs 4 bytes, 1 left"},
	{"too long", KindLogicalBegin, logical, lsnBytes + clockBytes + "\x00\x00\x00\x01\x00", "end", 21, "1 byte after the last field"},
	{"no flags", KindLogicalMessage, logical, "", "flags", 1, "needs 1 byte, 0 left"},
	{"no xid", KindLogicalMessage, inStream, "\x00\x00", "xid", 1, "needs 4 bytes, 2 left"},
	{"no flags after the xid", KindLogicalMessage, inStream, "\x00\x00\x02\xe6", "flags", 5, "needs 1 byte, 0 left"},
	{"no LSN", KindLogicalMessage, logical, "\x01\x00", "lsn", 2, "needs 8 bytes, 1 left"},
	{"no prefix", KindLogicalMessage, logical, "\x01" + lsnBytes + "audit", "prefix", 10, "has no terminating zero byte"},
	{"no length", KindLogicalMessage, logical, "\x01" + lsnBytes + "\x00\x00", "content", 11, "needs 4 bytes, 1 left"},
	{"content NULL", KindLogicalMessage, logical, "\x01" + lsnBytes + "\x00\xff\xff\xff\xff", "content", 11, "has the negative length -1"},
	{"content beyond the end", KindLogicalMessage, logical, "\x01" + lsnBytes + "\x00\x00\x00\x00\x05a", "content", 11, "has the length 5, 1 byte left"},
	{"content before the end", KindLogicalMessage, logical, "\x01" + lsnBytes + "\x00\x00\x00\x00\x00a", "end", 15, "1 byte after the last field"},
	{"no end", KindLogicalCommit, logical, "\x00" + lsnBytes, "end", 10, "needs 8 bytes, 0 left"},
	{"no commit time", KindLogicalCommit, logical, "\x00" + lsnBytes + lsnBytes + "\x00", "commitTime", 18, "needs 8 bytes, 1 left"},
	{"no name", KindLogicalOrigin, logical, lsnBytes, "name", 9, "has no terminating zero byte"},
	{"two names", KindLogicalOrigin, logical, lsnBytes + "a\x00b\x00", "end", 11, "2 bytes after the last field"},
	{"no OID", KindLogicalRelation, logical, "\x00", "oid", 1, "needs 4 bytes, 1 left"},
	{"no OID after the xid", KindLogicalRelation, inStream, "\x00\x00\x00\x01\x00", "oid", 5, "needs 4 bytes, 1 left"},
	{"no namespace", KindLogicalRelation, logical, "\x00\x00\x00\x01public", "namespace", 5, "has no terminating zero byte"},
	{"no name", KindLogicalRelation, logical, "\x00\x00\x00\x01\x00users", "name", 6, "has no terminating zero byte"},
	{"no identity", KindLogicalRelation, logical, "\x00\x00\x00\x01\x00\x00", "identity", 7, "needs 1 byte, 0 left"},
	{"no columns", KindLogicalRelation, logical, "\x00\x00\x00\x01\x00\x00d\x00", "columns", 8, "needs 2 bytes, 1 left"},
	{"columns beyond the bytes", KindLogicalRelation, logical, "\x00\x00\x00\x01\x00\x00d\x00\x02\x00\x00\x00\x00\x00\x17\x00\x00\x00\x00", "columns", 8,
		"has 2 elements of at least 20 bytes together, 10 left"},
	{"column without a name", KindLogicalRelation, logical, "\x00\x00\x00\x01\x00\x00d\x00\x01\x01abcdefghijk", "columns[0].name", 11, "has no terminating zero byte"},
	{"column without a type", KindLogicalRelation, logical, "\x00\x00\x00\x01\x00\x00d\x00\x01\x01abcdef\x00\x00\x00", "columns[0].type", 18, "needs 4 bytes, 2 left"},
	{"column without a modifier", KindLogicalRelation, logical, "\x00\x00\x00\x01\x00\x00d\x00\x01\x01a\x00\x00\x00\x00\x17\x00\x00\x00", "columns[0].typeModifier", 17, "needs 4 bytes, 3 left"},
	{"no OID", KindLogicalType, logical, "\x00\x00", "oid", 1, "needs 4 bytes, 2 left"},
	{"no xid", KindLogicalType, inStream, "\x00\x00", "xid", 1, "needs 4 bytes, 2 left"},
	{"no namespace", KindLogicalType, logical, "\x00\x00\x00\x01", "namespace", 5, "has no terminating zero byte"},
	{"no name", KindLogicalType, logical, "\x00\x00\x00\x01public\x00", "name", 12, "has no terminating zero byte"},
}

var pgoutputRefusals = []encodeFlaw{
	{"NUL in the prefix", &LogicalMessage{Prefix: "\x00"}, "prefix", "contains a NUL byte"},
	{"NUL in the name", &LogicalOrigin{1, "a\x00"}, "name", "contains a NUL byte"},
	{"NUL in the namespace", &LogicalRelation{Namespace: "\x00"}, "namespace", "contains a NUL byte"},
	{"NUL in the name", &LogicalRelation{Name: "\x00"}, "name", "contains a NUL byte"},
	{"NUL in a column", &LogicalRelation{Columns: []RelationColumn{{}, {Name: "\x00"}}}, "columns[1].name", "contains a NUL byte"},
	{"columns", &LogicalRelation{Columns: make([]RelationColumn, 65536)}, "columns", "has 65536 elements, more than 65535"},
	{"NUL in the namespace", &LogicalType{Namespace: "\x00"}, "namespace", "contains a NUL byte"},
	{"NUL in the name", &LogicalType{Name: "\x00"}, "name", "contains a NUL byte"},
}

// nil content is written as content of no bytes: there is no NULL for it.
func TestLogicalMessageWithoutContent(t *testing.T) {
	with, without := mustAppend(t, &LogicalMessage{Content: []byte{}}), mustAppend(t, &LogicalMessage{})
	if string(with) != string(without) {
		t.Errorf("got %q, want %q", without, with)
	}
}

// A transaction id outside of a stream is not written, and one left over from
// the message before is forgotten.
func TestStreamedIsToldApart(t *testing.T) {
	outside := mustAppend(t, &LogicalType{Streamed{XID: 7}, 1, "", "x"})
	if want := "Y\x00\x00\x00\x01\x00x\x00"; string(outside) != want {
		t.Errorf("got %q, want %q", outside, want)
	}
	m := LogicalType{Streamed: Streamed{XID: 7}}
	if err := m.Parse(outside[1:]); err != nil || m.XID != 0 {
		t.Errorf("XID is %d, error %v; want 0, none", m.XID, err)
	}
	// The same bytes inside a stream are something else.
	m.InStream = true
	checkSyntax(t, m.Parse(outside[1:]), &SyntaxError{"Type", "oid", 5, 8, "needs 4 bytes, 3 left"})
}

package wire

import "testing"

var pgoutputStreamSamples = []sample{
	{"first", &StreamStart{742, true}, logical, "S\x00\x00\x02\xe6\x01"},
	{"not first", &StreamStart{0xffffffff, false}, logical, "S\xff\xff\xff\xff\x00"},
	{"", &StreamStop{}, inStream, "E"},
	{"", &StreamCommit{742, 0, lsnValue, lsnValue, clockValue}, logical, "c\x00\x00\x02\xe6\x00" + lsnBytes + lsnBytes + clockBytes},
	{"pgoutput 2", &StreamAbort{XID: 742, SubXID: 743}, logical, "A\x00\x00\x02\xe6\x00\x00\x02\xe7"},
	{"pgoutput 4", &StreamAbort{742, 743, true, lsnValue, clockValue}, logical, "A\x00\x00\x02\xe6\x00\x00\x02\xe7" + lsnBytes + clockBytes},
	{"", &BeginPrepare{lsnValue, lsnValue, clockValue, 742, "g"}, logical, "b" + lsnBytes + lsnBytes + clockBytes + "\x00\x00\x02\xe6g\x00"},
	{"", &Prepare{0, lsnValue, lsnValue, clockValue, 742, ""}, logical, "P\x00" + lsnBytes + lsnBytes + clockBytes + "\x00\x00\x02\xe6\x00"},
	{"", &CommitPrepared{1, lsnValue, 2, clockValue, 742, "gid"}, logical,
		"K\x01" + lsnBytes + "\x00\x00\x00\x00\x00\x00\x00\x02" + clockBytes + "\x00\x00\x02\xe6gid\x00"},
	{"", &RollbackPrepared{0, lsnValue, 2, clockValue, 3, 742, "gid"}, logical,
		"r\x00" + lsnBytes + "\x00\x00\x00\x00\x00\x00\x00\x02" + clockBytes + "\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x02\xe6gid\x00"},
	{"", &StreamPrepare{0, lsnValue, 2, clockValue, 742, "gid"}, logical,
		"p\x00" + lsnBytes + "\x00\x00\x00\x00\x00\x00\x00\x02" + clockBytes + "\x00\x00\x02\xe6gid\x00"},
}

const (
	twoLSNs = lsnBytes + lsnBytes
	xidByte = "\x00\x00\x02\xe6"
)

var pgoutputStreamFlaws = []flaw{
	{"no xid", KindStreamStart, logical, "\x00\x00", "xid", 1, "needs 4 bytes, 2 left"},
	{"no flag", KindStreamStart, logical, xidByte, "first", 5, "needs 1 byte, 0 left"},
	{"flag 2", KindStreamStart, logical, xidByte + "\x02", "first", 5, "is neither 0 nor 1"},
	{"two flags", KindStreamStart, logical, xidByte + "\x01\x01", "end", 6, "1 byte after the last field"},
	{"something in it", KindStreamStop, inStream, "\x00\x00\x02\xe6", "end", 1, "4 bytes after the last field"},
	{"no flags", KindStreamCommit, logical, xidByte, "flags", 5, "needs 1 byte, 0 left"},
	{"no commit", KindStreamCommit, logical, xidByte + "\x00\x00", "commit", 6, "needs 8 bytes, 1 left"},
	{"no end", KindStreamCommit, logical, xidByte + "\x00" + lsnBytes, "end", 14, "needs 8 bytes, 0 left"},
	{"no commit time", KindStreamCommit, logical, xidByte + "\x00" + twoLSNs, "commitTime", 22, "needs 8 bytes, 0 left"},
	{"no xid", KindStreamAbort, logical, "", "xid", 1, "needs 4 bytes, 0 left"},
	{"no subtransaction", KindStreamAbort, logical, xidByte, "subXID", 5, "needs 4 bytes, 0 left"},
	{"half a position", KindStreamAbort, logical, xidByte + xidByte + "\x00", "abort", 9, "needs 8 bytes, 1 left"},
	{"position without a time", KindStreamAbort, logical, xidByte + xidByte + lsnBytes, "abortTime", 17, "needs 8 bytes, 0 left"},
	{"too long", KindStreamAbort, logical, xidByte + xidByte + twoLSNs + "\x00", "end", 25, "1 byte after the last field"},
	{"no end", KindBeginPrepare, logical, lsnBytes, "end", 9, "needs 8 bytes, 0 left"},
	{"no time", KindBeginPrepare, logical, twoLSNs, "prepareTime", 17, "needs 8 bytes, 0 left"},
	{"no xid", KindBeginPrepare, logical, twoLSNs + clockBytes, "xid", 25, "needs 4 bytes, 0 left"},
	{"no name", KindBeginPrepare, logical, twoLSNs + clockBytes + xidByte + "gid", "gid", 29, "has no terminating zero byte"},
	{"no flags", KindPrepare, logical, "", "flags", 1, "needs 1 byte, 0 left"},
	{"no xid", KindPrepare, logical, "\x00" + twoLSNs + clockBytes, "xid", 26, "needs 4 bytes, 0 left"},
	{"no name", KindPrepare, logical, "\x00" + twoLSNs + clockBytes + xidByte, "gid", 30, "has no terminating zero byte"},
	{"no commit time", KindCommitPrepared, logical, "\x00" + twoLSNs, "commitTime", 18, "needs 8 bytes, 0 left"},
	{"two names", KindCommitPrepared, logical, "\x00" + twoLSNs + clockBytes + xidByte + "\x00\x00", "end", 31, "1 byte after the last field"},
	{"no time of the rollback", KindRollbackPrepared, logical, "\x00" + twoLSNs + clockBytes, "rollbackTime", 26, "needs 8 bytes, 0 left"},
	{"no xid", KindRollbackPrepared, logical, "\x00" + twoLSNs + clockBytes + clockBytes, "xid", 34, "needs 4 bytes, 0 left"},
	{"no prepare", KindStreamPrepare, logical, "\x00", "prepare", 2, "needs 8 bytes, 0 left"},
	{"no name", KindStreamPrepare, logical, "\x00" + twoLSNs + clockBytes + xidByte + "x", "gid", 30, "has no terminating zero byte"},
}

var pgoutputStreamRefusals = []encodeFlaw{
	{"NUL", &BeginPrepare{GID: "\x00"}, "gid", "contains a NUL byte"},
	{"NUL", &Prepare{GID: "a\x00"}, "gid", "contains a NUL byte"},
	{"NUL", &CommitPrepared{GID: "a\x00"}, "gid", "contains a NUL byte"},
	{"NUL", &RollbackPrepared{GID: "a\x00"}, "gid", "contains a NUL byte"},
	{"NUL", &StreamPrepare{GID: "a\x00"}, "gid", "contains a NUL byte"},
}

// What pgoutput 4 adds to a StreamAbort is not left over from one to the next,
// and is not written without its flag.
func TestStreamAbortParallel(t *testing.T) {
	var m StreamAbort
	if err := m.Parse([]byte(xidByte + xidByte + lsnBytes + clockBytes)); err != nil || !m.Parallel {
		t.Fatalf("got %+v, %v", m, err)
	}
	if err := m.Parse([]byte(xidByte + xidByte)); err != nil {
		t.Fatal(err)
	}
	if want := (StreamAbort{XID: 742, SubXID: 742}); m != want {
		t.Errorf("got %+v, want %+v", m, want)
	}
	m = StreamAbort{XID: 742, SubXID: 742, Abort: lsnValue, AbortTime: clockValue}
	if got := mustAppend(t, &m); string(got) != "A"+xidByte+xidByte {
		t.Errorf("got %q", got)
	}
}

package wire

// The clock is 2026-01-01 00:00:00 UTC.
const (
	lsnBytes   = "\x00\x00\x00\x16\xb3\x74\xd8\x48"
	lsnValue   = LSN(0x16_b374d848)
	clockBytes = "\x00\x02\xea\x47\x0a\xe8\x60\x00"
	clockValue = Micros(0x0002ea47_0ae86000)
)

var physical = Context{Payload: PayloadPhysical}

var replicationSamples = []sample{
	{"log", &XLogData{lsnValue, 1, clockValue, []byte("\xde\xad")}, physical,
		"w" + lsnBytes + "\x00\x00\x00\x00\x00\x00\x00\x01" + clockBytes + "\xde\xad"},
	{"no log", &XLogData{0, 0xffffffffffffffff, -1, []byte{}}, physical,
		"w\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"},
	{"reply", &PrimaryKeepalive{lsnValue, clockValue, true}, physical, "k" + lsnBytes + clockBytes + "\x01"},
	{"no reply", &PrimaryKeepalive{}, physical, "k\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"},
	{"all", &StandbyStatusUpdate{3, 2, 1, clockValue, true}, physical,
		"r\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x01" + clockBytes + "\x01"},
	{"no reply", &StandbyStatusUpdate{Clock: -9223372036854775808}, physical,
		"r\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00"},
	{"all", &HotStandbyFeedback{clockValue, 742, 1, 0xffffffff, 2}, physical,
		"h" + clockBytes + "\x00\x00\x02\xe6\x00\x00\x00\x01\xff\xff\xff\xff\x00\x00\x00\x02"},
}

var replicationFlaws = []flaw{
	{"no start", KindXLogData, physical, "", "start", 1, "needs 8 bytes, 0 left"},
	{"no end", KindXLogData, physical, lsnBytes + "\x00", "end", 9, "needs 8 bytes, 1 left"},
	{"no clock", KindXLogData, physical, lsnBytes + lsnBytes, "clock", 17, "needs 8 bytes, 0 left"},
	{"no clock", KindPrimaryKeepalive, physical, lsnBytes + "\x00\x00", "clock", 9, "needs 8 bytes, 2 left"},
	{"no reply", KindPrimaryKeepalive, physical, lsnBytes + clockBytes, "reply", 17, "needs 1 byte, 0 left"},
	{"reply 2", KindPrimaryKeepalive, physical, lsnBytes + clockBytes + "\x02", "reply", 17, "is neither 0 nor 1"},
	{"two replies", KindPrimaryKeepalive, physical, lsnBytes + clockBytes + "\x01\x01", "end", 18, "1 byte after the last field"},
	{"no flushed", KindStandbyStatusUpdate, physical, lsnBytes, "flushed", 9, "needs 8 bytes, 0 left"},
	{"no applied", KindStandbyStatusUpdate, physical, lsnBytes + lsnBytes, "applied", 17, "needs 8 bytes, 0 left"},
	{"no clock", KindStandbyStatusUpdate, physical, lsnBytes + lsnBytes + lsnBytes, "clock", 25, "needs 8 bytes, 0 left"},
	{"reply 255", KindStandbyStatusUpdate, physical, lsnBytes + lsnBytes + lsnBytes + clockBytes + "\xff", "reply", 33, "is neither 0 nor 1"},
	{"no clock", KindHotStandbyFeedback, physical, "\x00", "clock", 1, "needs 8 bytes, 1 left"},
	{"no xmin", KindHotStandbyFeedback, physical, clockBytes, "xmin", 9, "needs 4 bytes, 0 left"},
	{"as PostgreSQL 9.6 sent it", KindHotStandbyFeedback, physical, clockBytes + "\x00\x00\x00\x01\x00\x00\x00\x00", "catalogXmin", 17, "needs 4 bytes, 0 left"},
	{"no epoch", KindHotStandbyFeedback, physical, clockBytes + "\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00", "catalogXminEpoch", 21, "needs 4 bytes, 1 left"},
}

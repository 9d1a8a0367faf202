package wire

import "testing"

var negotiateSamples = []sample{
	{"willing", &SSLResponse{'S'}, Context{}, "S"},
	{"unwilling", &SSLResponse{'N'}, Context{}, "N"},
	{"zero", &SSLResponse{0}, Context{}, "\x00"},
	{"willing", &GSSENCResponse{'G'}, Context{}, "G"},
	{"unwilling", &GSSENCResponse{'N'}, Context{}, "N"},
	{"no options", &NegotiateProtocolVersion{Version: Version30}, Context{},
		"v\x00\x00\x00\x0c\x00\x03\x00\x00\x00\x00\x00\x00"},
	{"options", &NegotiateProtocolVersion{Version32, []string{"_pq_.a", "", "_pq_.b"}}, Context{},
		"v\x00\x00\x00\x1b\x00\x03\x00\x02\x00\x00\x00\x03_pq_.a\x00\x00_pq_.b\x00"},
	{"minor version only", &NegotiateProtocolVersion{Version: 2}, Context{},
		"v\x00\x00\x00\x0c\x00\x00\x00\x02\x00\x00\x00\x00"},
	{"both", &ParameterStatus{"TimeZone", "Europe/Rome"}, Context{},
		"S\x00\x00\x00\x19TimeZone\x00Europe/Rome\x00"},
	{"neither", &ParameterStatus{}, Context{}, "S\x00\x00\x00\x06\x00\x00"},
}

var negotiateFlaws = []flaw{
	{"nothing", KindSSLResponse, Context{}, "", "answer", 0, "needs 1 byte, 0 left"},
	{"bytes that came along", KindSSLResponse, Context{}, "S\x16\x03\x01", "end", 1, "3 bytes after the last field"},
	{"nothing", KindGSSENCResponse, Context{}, "", "answer", 0, "needs 1 byte, 0 left"},
	{"bytes that came along", KindGSSENCResponse, Context{}, "G!", "end", 1, "1 byte after the last field"},
	{"no version", KindNegotiateProtocolVersion, Context{}, "\x00\x03", "version", 5, "needs 4 bytes, 2 left"},
	{"no count", KindNegotiateProtocolVersion, Context{}, "\x00\x03\x00\x00\x00", "options", 9, "needs 4 bytes, 1 left"},
	{"negative count", KindNegotiateProtocolVersion, Context{}, "\x00\x03\x00\x00\xff\xff\xff\xff", "options", 9, "has the negative number of elements -1"},
	{"count beyond the bytes", KindNegotiateProtocolVersion, Context{}, "\x00\x03\x00\x00\x7f\xff\xff\xffa\x00", "options", 9,
		"has 2147483647 elements of at least 2147483647 bytes together, 2 left"},
	{"option without end", KindNegotiateProtocolVersion, Context{}, "\x00\x03\x00\x00\x00\x00\x00\x02a\x00b", "options[1]", 15, "has no terminating zero byte"},
	{"option too many", KindNegotiateProtocolVersion, Context{}, "\x00\x03\x00\x00\x00\x00\x00\x01a\x00b\x00", "end", 15, "2 bytes after the last field"},
	{"no value", KindParameterStatus, Context{}, "TimeZone\x00", "value", 14, "has no terminating zero byte"},
	{"no name", KindParameterStatus, Context{}, "", "name", 5, "has no terminating zero byte"},
	{"a third string", KindParameterStatus, Context{}, "a\x00b\x00c\x00", "end", 9, "2 bytes after the last field"},
}

var negotiateRefusals = []encodeFlaw{
	{"NUL in an option", &NegotiateProtocolVersion{Version30, []string{"a", "b\x00"}}, "options[1]", "contains a NUL byte"},
	{"NUL in the name", &ParameterStatus{"\x00", "x"}, "name", "contains a NUL byte"},
	{"NUL in the value", &ParameterStatus{"x", "a\x00"}, "value", "contains a NUL byte"},
}

func TestNewest(t *testing.T) {
	for _, c := range []struct{ sent, want Version }{
		{Version30, Version30},
		{Version32, Version32},
		{0, Version30},
		{2, Version32},
		{9999, VersionGrease},
		{4 << 16, 4 << 16},
	} {
		if got := (&NegotiateProtocolVersion{Version: c.sent}).Newest(); got != c.want {
			t.Errorf("%#x: got %v, want %v", uint32(c.sent), got, c.want)
		}
	}
}

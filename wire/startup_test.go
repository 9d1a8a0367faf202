package wire

import "testing"

const key256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" +
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" +
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" +
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

var startupSamples = []sample{
	{"one parameter", &StartupMessage{Version30, []Parameter{{"user", "ada"}}}, Context{},
		"\x00\x00\x00\x12\x00\x03\x00\x00user\x00ada\x00\x00"},
	{"no parameters", &StartupMessage{Version: Version32}, Context{},
		"\x00\x00\x00\x09\x00\x03\x00\x02\x00"},
	{"empty values", &StartupMessage{Version30, []Parameter{{"user", ""}, {"x", ""}, {"user", ""}}}, Context{},
		"\x00\x00\x00\x18\x00\x03\x00\x00user\x00\x00x\x00\x00user\x00\x00\x00"},
	{"strange version", &StartupMessage{0xfffffffe, []Parameter{{"\xff", "é"}}}, Context{},
		"\x00\x00\x00\x0e\xff\xff\xff\xfe\xff\x00\xc3\xa9\x00\x00"},
	{"version 2", &StartupMessage{Version: 2 << 16}, Context{},
		"\x00\x00\x00\x09\x00\x02\x00\x00\x00"},
	{"", &SSLRequest{}, Context{}, "\x00\x00\x00\x08\x04\xd2\x16\x2f"},
	{"", &GSSENCRequest{}, Context{}, "\x00\x00\x00\x08\x04\xd2\x16\x30"},
	{"4 bytes", &CancelRequest{4711, []byte{1, 2, 3, 4}}, Context{},
		"\x00\x00\x00\x10\x04\xd2\x16\x2e\x00\x00\x12\x67\x01\x02\x03\x04"},
	{"32 bytes", &CancelRequest{1, []byte(key256[:32])}, Context{},
		"\x00\x00\x00\x2c\x04\xd2\x16\x2e\x00\x00\x00\x01" + key256[:32]},
	{"256 bytes", &CancelRequest{0xffffffff, []byte(key256)}, Context{},
		"\x00\x00\x01\x0c\x04\xd2\x16\x2e\xff\xff\xff\xff" + key256},
	{"4 bytes", &BackendKeyData{4711, []byte{0, 0, 0, 0}}, Context{},
		"K\x00\x00\x00\x0c\x00\x00\x12\x67\x00\x00\x00\x00"},
	{"32 bytes", &BackendKeyData{7, []byte(key256[:32])}, Context{},
		"K\x00\x00\x00\x28\x00\x00\x00\x07" + key256[:32]},
	{"256 bytes", &BackendKeyData{7, []byte(key256)}, Context{},
		"K\x00\x00\x01\x08\x00\x00\x00\x07" + key256},
}

var startupFlaws = []flaw{
	{"no body", KindStartupMessage, Context{}, "", "version", 4, "needs 4 bytes, 0 left"},
	{"half a version", KindStartupMessage, Context{}, "\x00\x03", "version", 4, "needs 4 bytes, 2 left"},
	{"no list", KindStartupMessage, Context{}, "\x00\x03\x00\x00", "parameters", 8, "has no terminating zero byte"},
	{"name without end", KindStartupMessage, Context{}, "\x00\x03\x00\x00user", "parameters[0].name", 8, "has no terminating zero byte"},
	{"name without value", KindStartupMessage, Context{}, "\x00\x03\x00\x00user\x00", "parameters[0].value", 13, "has no terminating zero byte"},
	{"value without end", KindStartupMessage, Context{}, "\x00\x03\x00\x00a\x00b\x00user\x00ada", "parameters[1].value", 17, "has no terminating zero byte"},
	{"list without end", KindStartupMessage, Context{}, "\x00\x03\x00\x00user\x00ada\x00", "parameters", 17, "has no terminating zero byte"},
	{"bytes after the list", KindStartupMessage, Context{}, "\x00\x03\x00\x00\x00xy", "end", 9, "2 bytes after the last field"},
	{"no code", KindSSLRequest, Context{}, "", "code", 4, "needs 4 bytes, 0 left"},
	{"code of another", KindSSLRequest, Context{}, "\x04\xd2\x16\x30", "code", 4, "is not 80877103"},
	{"something after the code", KindSSLRequest, Context{}, "\x04\xd2\x16\x2f\x00", "end", 8, "1 byte after the last field"},
	{"code of another", KindGSSENCRequest, Context{}, "\x04\xd2\x16\x2f", "code", 4, "is not 80877104"},
	{"code of another", KindCancelRequest, Context{}, "\x04\xd2\x16\x2f\x00\x00\x00\x01\x01\x02\x03\x04", "code", 4, "is not 80877102"},
	{"half a process ID", KindCancelRequest, Context{}, "\x04\xd2\x16\x2e\x00\x00\x00", "processID", 8, "needs 4 bytes, 3 left"},
	{"no key", KindCancelRequest, Context{}, "\x04\xd2\x16\x2e\x00\x00\x00\x01", "key", 12, "needs 4 bytes, 0 left"},
	{"key too short", KindCancelRequest, Context{}, "\x04\xd2\x16\x2e\x00\x00\x00\x01abc", "key", 12, "needs 4 bytes, 3 left"},
	{"key too long", KindCancelRequest, Context{}, "\x04\xd2\x16\x2e\x00\x00\x00\x01" + key256 + "x", "key", 12, "has 257 bytes, more than 256"},
	{"no key", KindBackendKeyData, Context{}, "\x00\x00\x00\x01", "key", 9, "needs 4 bytes, 0 left"},
	{"key too short", KindBackendKeyData, Context{}, "\x00\x00\x00\x01abc", "key", 9, "needs 4 bytes, 3 left"},
	{"key too long", KindBackendKeyData, Context{}, "\x00\x00\x00\x01" + key256 + "x", "key", 9, "has 257 bytes, more than 256"},
}

var startupRefusals = []encodeFlaw{
	{"NUL in a name", &StartupMessage{Version30, []Parameter{{"user", "a"}, {"a\x00b", ""}}}, "parameters[1].name", "contains a NUL byte"},
	{"NUL in a value", &StartupMessage{Version30, []Parameter{{"user", "ada\x00database\x00x"}}}, "parameters[0].value", "contains a NUL byte"},
	{"empty name", &StartupMessage{Version30, []Parameter{{"", "ada"}}}, "parameters[0].name", "is empty, which would end the list"},
	{"no key", &CancelRequest{1, nil}, "key", "has 0 bytes, not 4 to 256"},
	{"key of 3 bytes", &CancelRequest{1, []byte(key256[:3])}, "key", "has 3 bytes, not 4 to 256"},
	{"key of 257 bytes", &CancelRequest{1, []byte(key256 + "x")}, "key", "has 257 bytes, not 4 to 256"},
	{"key of 3 bytes", &BackendKeyData{1, []byte(key256[:3])}, "key", "has 3 bytes, not 4 to 256"},
	{"key of 257 bytes", &BackendKeyData{1, []byte(key256 + "x")}, "key", "has 257 bytes, not 4 to 256"},
}

// As a server does, the last of several parameters with one name counts.
func TestStartupMessageGet(t *testing.T) {
	m := &StartupMessage{Version30, []Parameter{{"user", "ada"}, {"database", ""}, {"user", "grace"}}}
	for _, c := range []struct {
		name, want string
		ok         bool
	}{
		{"user", "grace", true},
		{"database", "", true},
		{"User", "", false},
		{"", "", false},
	} {
		if got, ok := m.Get(c.name); got != c.want || ok != c.ok {
			t.Errorf("Get(%q) = %q, %v; want %q, %v", c.name, got, ok, c.want, c.ok)
		}
	}
	if _, ok := new(StartupMessage).Get("user"); ok {
		t.Error("an empty message has a user")
	}
}

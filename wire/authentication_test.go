package wire

import "testing"

var authenticationSamples = []sample{
	{"", &AuthenticationOk{}, Context{}, "R\x00\x00\x00\x08\x00\x00\x00\x00"},
	{"", &AuthenticationKerberosV5{}, Context{}, "R\x00\x00\x00\x08\x00\x00\x00\x02"},
	{"", &AuthenticationCleartextPassword{}, Context{}, "R\x00\x00\x00\x08\x00\x00\x00\x03"},
	{"salt", &AuthenticationMD5Password{[4]byte{0, 1, 0xfe, 0xff}}, Context{}, "R\x00\x00\x00\x0c\x00\x00\x00\x05\x00\x01\xfe\xff"},
	{"", &AuthenticationGSS{}, Context{}, "R\x00\x00\x00\x08\x00\x00\x00\x07"},
	{"token", &AuthenticationGSSContinue{[]byte("\x60\x00")}, Context{}, "R\x00\x00\x00\x0a\x00\x00\x00\x08\x60\x00"},
	{"empty", &AuthenticationGSSContinue{[]byte{}}, Context{}, "R\x00\x00\x00\x08\x00\x00\x00\x08"},
	{"", &AuthenticationSSPI{}, Context{}, "R\x00\x00\x00\x08\x00\x00\x00\x09"},
	{"token", &GSSResponse{[]byte{0, 1}}, Context{Password: KindGSSResponse}, "p\x00\x00\x00\x06\x00\x01"},
	{"empty", &GSSResponse{[]byte{}}, Context{Password: KindGSSResponse}, "p\x00\x00\x00\x04"},
	{"clear text", &PasswordMessage{"secret"}, Context{}, "p\x00\x00\x00\x0bsecret\x00"},
	{"empty", &PasswordMessage{""}, Context{}, "p\x00\x00\x00\x05\x00"},
}

var authenticationFlaws = []flaw{
	{"no code", KindAuthenticationOk, Context{}, "", "code", 5, "needs 4 bytes, 0 left"},
	{"half a code", KindAuthenticationOk, Context{}, "\x00\x00", "code", 5, "needs 4 bytes, 2 left"},
	{"code of another", KindAuthenticationOk, Context{}, "\x00\x00\x00\x02", "code", 5, "is not 0"},
	{"a negative code", KindAuthenticationOk, Context{}, "\xff\xff\xff\xff", "code", 5, "is not 0"},
	{"something after the code", KindAuthenticationOk, Context{}, "\x00\x00\x00\x00\x00", "end", 9, "1 byte after the last field"},
	{"code of another", KindAuthenticationKerberosV5, Context{}, "\x00\x00\x00\x01", "code", 5, "is not 2"},
	{"code of another", KindAuthenticationCleartextPassword, Context{}, "\x00\x00\x00\x05", "code", 5, "is not 3"},
	{"code of another", KindAuthenticationMD5Password, Context{}, "\x00\x00\x00\x03abcd", "code", 5, "is not 5"},
	{"no salt", KindAuthenticationMD5Password, Context{}, "\x00\x00\x00\x05", "salt", 9, "needs 4 bytes, 0 left"},
	{"half a salt", KindAuthenticationMD5Password, Context{}, "\x00\x00\x00\x05ab", "salt", 9, "needs 4 bytes, 2 left"},
	{"too much salt", KindAuthenticationMD5Password, Context{}, "\x00\x00\x00\x05abcde", "end", 13, "1 byte after the last field"},
	{"code of another", KindAuthenticationGSS, Context{}, "\x00\x00\x00\x08", "code", 5, "is not 7"},
	{"code of another", KindAuthenticationGSSContinue, Context{}, "\x00\x00\x00\x07", "code", 5, "is not 8"},
	{"code of another", KindAuthenticationSSPI, Context{}, "\x00\x00\x00\x07", "code", 5, "is not 9"},
	{"no end", KindPasswordMessage, Context{}, "secret", "password", 5, "has no terminating zero byte"},
	{"nothing", KindPasswordMessage, Context{}, "", "password", 5, "has no terminating zero byte"},
	{"bytes after the end", KindPasswordMessage, Context{}, "secret\x00more", "end", 12, "4 bytes after the last field"},
}

var authenticationRefusals = []encodeFlaw{
	{"NUL", &PasswordMessage{"sec\x00ret"}, "password", "contains a NUL byte"},
}

// The request's number decides its kind; those that no longer exist, and those
// that do not exist yet, have none.
func TestIdentifyAuthentication(t *testing.T) {
	want := map[byte]Kind{
		0: KindAuthenticationOk, 2: KindAuthenticationKerberosV5, 3: KindAuthenticationCleartextPassword,
		5: KindAuthenticationMD5Password, 7: KindAuthenticationGSS, 8: KindAuthenticationGSSContinue,
		9: KindAuthenticationSSPI, 10: KindAuthenticationSASL, 11: KindAuthenticationSASLContinue,
		12: KindAuthenticationSASLFinal,
	}
	for code := range 256 {
		body := []byte{0, 0, 0, byte(code), 'x'}
		if got := Identify(Backend, 'R', body, Context{}); got != want[byte(code)] {
			t.Errorf("number %d: got %v, want %v", code, got, want[byte(code)])
		}
	}
	for _, body := range []string{"", "\x00", "\x00\x00\x00", "\x80\x00\x00\x00", "\xff\xff\xff\xff", "\x00\x00\x01\x00"} {
		if got := Identify(Backend, 'R', []byte(body), Context{}); got != 0 {
			t.Errorf("body %q: got %v, want none", body, got)
		}
	}
	if got := Identify(Frontend, 'R', make([]byte, 4), Context{}); got != 0 {
		t.Errorf("from the frontend: got %v, want none", got)
	}
}

package wire

import (
	"errors"
	"strings"
	"testing"
)

func TestErrorTexts(t *testing.T) {
	for want, err := range map[string]error{
		"wire: malformed Bind: params[0] at byte 6 of 26: is wrong":             &SyntaxError{"Bind", "params[0]", 6, 26, "is wrong"},
		"wire: malformed message: message at byte 0 of 0: is wrong":             &SyntaxError{"message", "", 0, 0, "is wrong"},
		"wire: cannot encode Query: sql contains a NUL byte":                    &EncodeError{"Query", "sql", "contains a NUL byte"},
		"wire: Bind from the frontend (message 3, byte 17) is out of place: no": &StateError{"Bind", Frontend, 3, 17, "no"},
	} {
		if got := err.Error(); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}

// No error holds a value of the message: neither what was to be encoded nor
// what was received.
func TestErrorsHoldNoValues(t *testing.T) {
	const secret = "hunter2"
	for _, m := range []Message{
		&PasswordMessage{secret + "\x00"},
		&Query{secret + "\x00" + secret},
		&StartupMessage{Version30, []Parameter{{secret + "\x00", secret}}},
		&CancelRequest{1, []byte(secret[:3])},
		&LogicalInsert{New: []TupleColumn{{'x', []byte(secret)}}},
	} {
		if _, err := m.Append(nil); err == nil || strings.Contains(err.Error(), "hunt") {
			t.Errorf("%v: %v", m.Kind(), err)
		}
	}
	for l := range Layouts() {
		for _, body := range []string{secret, secret + "\x00", "\x00\x00\x00\x09" + secret, secret + "\x00" + secret + "\x00" + secret} {
			if err := New(l.Kind).Parse([]byte(body)); err != nil && strings.Contains(err.Error(), "hunt") {
				t.Errorf("%s: %v", l.Name, err)
			}
		}
	}
}

// Errors of the package are found by type through any wrapping.
func TestErrorTypes(t *testing.T) {
	err := errors.Join(errors.New("reading"), new(Sync).Parse([]byte{1}))
	if e, ok := errors.AsType[*SyntaxError](err); !ok || e.Message != "Sync" {
		t.Errorf("got %v", err)
	}
	_, err = (&Query{"\x00"}).Append(nil)
	if e, ok := errors.AsType[*EncodeError](errors.Join(err, errors.New("x"))); !ok || e.Field != "sql" {
		t.Errorf("got %v", err)
	}
}

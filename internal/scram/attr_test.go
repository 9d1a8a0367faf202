package scram

import (
	"strings"
	"testing"
)

func TestNewAttributes(t *testing.T) {
	for text, want := range map[string]Reason{
		"":                                Empty,
		"r=\x00":                          BadText,
		"r=\xff":                          BadText,
		strings.Repeat("x", maxMessage):   "",
		strings.Repeat("x", maxMessage+1): TooLong,
		strings.Repeat("x", 1<<20):        TooLong,
	} {
		_, err := newAttributes(serverFirst, []byte(text))
		if want == "" && err != nil || want != "" && reasonOf(t, err) != want {
			t.Errorf("%.10q (%d bytes): error %v, want reason %q", text, len(text), err, want)
		}
	}
}

func TestTake(t *testing.T) {
	for _, tt := range []struct {
		text, value string
		reason      Reason
		offset      int
	}{
		{"r=abc", "abc", "", 0},
		{"r=abc,s=x", "abc", "", 0},
		{"r=a=b==", "a=b==", "", 0},
		{"r=", "", "", 0},
		{"r", "", NotAnAttribute, 0},
		{"rabc", "", NotAnAttribute, 0},
		{"s=abc", "", Unexpected, 0},
		{",r=abc", "", Unexpected, 0},
		{"m=abc,r=abc", "", MandatoryExtension, 0},
	} {
		a, err := newAttributes(serverFirst, []byte(tt.text))
		if err != nil {
			t.Fatal(err)
		}
		value, err := a.take('r')
		if value != tt.value {
			t.Errorf("%q: value %q, want %q", tt.text, value, tt.value)
		}
		if tt.reason == "" && err != nil || tt.reason != "" && reasonOf(t, err) != tt.reason {
			t.Errorf("%q: error %v, want reason %q", tt.text, err, tt.reason)
		}
	}
}

func TestTakeUntilTheEnd(t *testing.T) {
	a, _ := newAttributes(serverFirst, []byte("r=1,s=2"))
	for _, letter := range "rs" {
		if a.done() {
			t.Fatalf("done before %c", letter)
		}
		if _, err := a.take(byte(letter)); err != nil {
			t.Fatal(err)
		}
	}
	if !a.done() || a.peek() != 0 || a.rest() != "" {
		t.Errorf("not done: peek %q, rest %q", a.peek(), a.rest())
	}
	_, err := a.take('i')
	if e, ok := err.(*Error); !ok || e.Reason != Missing || e.Attr != 'i' || e.Offset != 7 {
		t.Errorf("got %v, want i missing at byte 7", err)
	}
}

func TestSkipExtensions(t *testing.T) {
	for text, want := range map[string]Reason{
		"x=1":         "",
		"x=1,Y=2,z=3": "",
		"x=":          NotAnAttribute,
		"x":           NotAnAttribute,
		"":            NotAnAttribute,
		"x=1,":        NotAnAttribute,
		"1=x":         NotAnAttribute,
		"x=1,m=2":     MandatoryExtension,
		"x=1,r=2":     Repeated,
		"i=1":         Repeated,
	} {
		a := attributes{message: serverFirst, text: text}
		err := a.skipExtensions(0)
		if want == "" && (err != nil || !a.done()) || want != "" && reasonOf(t, err) != want {
			t.Errorf("%q: error %v, want reason %q", text, err, want)
		}
	}
}

func TestDecodeBase64(t *testing.T) {
	for text, want := range map[string]bool{
		"":         true,
		"AAAA":     true,
		"AAA=":     true,
		"AA==":     true,
		"AA=":      false,
		"AA":       false,
		"A":        false,
		"AAAAA":    false,
		"AB==":     false, // bits after the last byte
		"AA\nAA":   false, // the standard decoder would skip this
		"AA AA":    false,
		"AA-_":     false, // the alphabet for URLs
		"AAAA====": false,
	} {
		if _, ok := decodeBase64(text); ok != want {
			t.Errorf("decodeBase64(%q): ok %v, want %v", text, ok, want)
		}
	}
}

package scram

import (
	"bytes"
	"strings"
	"testing"
)

// refusal is a malformed message with what must be said of it.
type refusal struct {
	text   string
	attr   byte
	offset int
	reason Reason
}

func checkRefusals[T any](t *testing.T, message string, parse func([]byte) (T, error), refusals []refusal) {
	t.Helper()
	for _, tt := range refusals {
		_, err := parse([]byte(tt.text))
		if err == nil {
			t.Errorf("%q was accepted", tt.text)
			continue
		}
		want := Error{Message: message, Attr: tt.attr, Offset: tt.offset, Reason: tt.reason}
		if got := *err.(*Error); got != want {
			t.Errorf("%q:\ngot  %v\nwant %v", tt.text, &got, &want)
		}
	}
}

const key32 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" // 32 zero bytes

func TestParseClientFirst(t *testing.T) {
	for text, want := range map[string]ClientFirst{
		"n,,n=,r=abc":                     {Flag: Unbound, Nonce: "abc", Bare: "n=,r=abc"},
		"y,,n=,r=abc":                     {Flag: NotOffered, Nonce: "abc", Bare: "n=,r=abc"},
		"n,,n=user,r=abc":                 {Flag: Unbound, User: "user", Nonce: "abc", Bare: "n=user,r=abc"},
		"n,,n=a=3Db=2C,r=abc":             {Flag: Unbound, User: "a=b,", Nonce: "abc", Bare: "n=a=3Db=2C,r=abc"},
		"n,,n=,r=a=b":                     {Flag: Unbound, Nonce: "a=b", Bare: "n=,r=a=b"},
		"n,,n=,r=abc,x=1,z=2":             {Flag: Unbound, Nonce: "abc", Bare: "n=,r=abc,x=1,z=2"},
		"p=" + bindingType + ",,n=,r=abc": {Flag: Bound, Nonce: "abc", Bare: "n=,r=abc"},
	} {
		got, err := ParseClientFirst([]byte(text))
		if err != nil || got != want {
			t.Errorf("%q: got %+v, %v, want %+v", text, got, err, want)
		}
	}
	checkRefusals(t, clientFirst, ParseClientFirst, []refusal{
		{"", 0, 0, Empty},
		{"n", 'n', 1, Missing},
		{"n,", 'n', 2, Missing},
		{"n,,", 'n', 3, Missing},
		{"x,,n=,r=abc", 0, 0, BadFlag},
		{"nn,,n=,r=abc", 0, 0, BadFlag},
		{",,n=,r=abc", 0, 0, BadFlag},
		{"p,,n=,r=abc", 0, 0, BadFlag},
		{"p=tls-unique,,n=,r=abc", 'p', 0, BindingType},
		{"p=,,n=,r=abc", 'p', 0, BindingType},
		{"n,a=root,n=,r=abc", 'a', 2, AuthorizationID},
		{"n,x=1,n=,r=abc", 'a', 2, Unexpected},
		{"n,,m=1,n=,r=abc", 'm', 3, MandatoryExtension},
		{"n,,r=abc", 'n', 3, Unexpected},
		{"n,,n,r=abc", 'n', 3, NotAnAttribute},
		{"n,,n==,r=abc", 'n', 3, BadUserName},
		{"n,,n==2c,r=abc", 'n', 3, BadUserName},
		{"n,,n=", 'r', 5, Missing},
		{"n,,n=,", 'r', 6, Missing},
		{"n,,n=,r=", 'r', 6, Empty},
		{"n,,n=,r=a b", 'r', 6, BadNonce},
		{"n,,n=,r=é", 'r', 6, BadNonce},
		{"n,,n=,r=abc,", 0, 12, NotAnAttribute},
		{"n,,n=,r=abc,r=abc", 'r', 12, Repeated},
		{"n,,n=,r=abc,m=1", 'm', 12, MandatoryExtension},
	})
}

func TestParseServerFirst(t *testing.T) {
	for _, text := range []string{"r=ab,s=AAAA,i=4096", "r=ab,s=AAAA,i=1", "r=ab,s=AAAA,i=2147483647", "r=ab,s=AAAA,i=1,x=1"} {
		if m, err := ParseServerFirst([]byte(text)); err != nil || m.Nonce != "ab" || !bytes.Equal(m.Salt, make([]byte, 3)) {
			t.Errorf("%q: got %+v, %v", text, m, err)
		}
	}
	checkRefusals(t, serverFirst, ParseServerFirst, []refusal{
		{"", 0, 0, Empty},
		{strings.Repeat("r", 5000), 0, 0, TooLong},
		{"r=ab\x00,s=AAAA,i=1", 0, 0, BadText},
		{"m=1,r=ab,s=AAAA,i=1", 'm', 0, MandatoryExtension},
		{"x=1,r=ab,s=AAAA,i=1", 'r', 0, Unexpected},
		{"s=AAAA,r=ab,i=1", 'r', 0, Unexpected},
		{"e=other-error", 'r', 0, Unexpected},
		{"r=,s=AAAA,i=1", 'r', 0, Empty},
		{"r=a\x7f,s=AAAA,i=1", 'r', 0, BadNonce},
		{"r=ab", 's', 4, Missing},
		{"r=ab,", 's', 5, Missing},
		{"r=ab,i=1", 's', 5, Unexpected},
		{"r=ab,s=,i=1", 's', 5, Empty},
		{"r=ab,s,i=1", 's', 5, NotAnAttribute},
		{"r=ab,s=AAA,i=1", 's', 5, BadBase64},
		{"r=ab,s=A\nAAA,i=1", 's', 5, BadBase64},
		{"r=ab,x=1,s=AAAA,i=1", 's', 5, Unexpected},
		{"r=ab,m=1,s=AAAA,i=1", 'm', 5, MandatoryExtension},
		{"r=ab,s=AAAA", 'i', 11, Missing},
		{"r=ab,s=AAAA,", 'i', 12, Missing},
		{"r=ab,s=AAAA,i=", 'i', 12, BadIterations},
		{"r=ab,s=AAAA,i=0", 'i', 12, BadIterations},
		{"r=ab,s=AAAA,i=-1", 'i', 12, BadIterations},
		{"r=ab,s=AAAA,i=+1", 'i', 12, BadIterations},
		{"r=ab,s=AAAA,i=01", 'i', 12, BadIterations},
		{"r=ab,s=AAAA,i= 1", 'i', 12, BadIterations},
		{"r=ab,s=AAAA,i=1x", 'i', 12, BadIterations},
		{"r=ab,s=AAAA,i=1_000", 'i', 12, BadIterations},
		{"r=ab,s=AAAA,i=2147483648", 'i', 12, BadIterations},
		{"r=ab,s=AAAA,i=99999999999999999999", 'i', 12, BadIterations},
		{"r=ab,s=AAAA,i=1,", 0, 16, NotAnAttribute},
		{"r=ab,s=AAAA,i=1,i=2", 'i', 16, Repeated},
		{"r=ab,s=AAAA,i=1,r=ab", 'r', 16, Repeated},
		{"r=ab,s=AAAA,i=1,m=1", 'm', 16, MandatoryExtension},
	})
}

func TestParseClientFinal(t *testing.T) {
	for text, want := range map[string]string{
		"c=biws,r=ab,p=" + key32:         "c=biws,r=ab",
		"c=biws,r=ab,x=1,y=2,p=" + key32: "c=biws,r=ab,x=1,y=2",
	} {
		m, err := ParseClientFinal([]byte(text))
		if err != nil || m.WithoutProof != want || string(m.Binding) != "n,," || m.Nonce != "ab" {
			t.Errorf("%q: got %+v, %v", text, m, err)
		}
	}
	checkRefusals(t, clientFinal, ParseClientFinal, []refusal{
		{"", 0, 0, Empty},
		{"r=ab,p=" + key32, 'c', 0, Unexpected},
		{"c=,r=ab,p=" + key32, 'c', 0, Empty},
		{"c=biw,r=ab,p=" + key32, 'c', 0, BadBase64},
		{"c=biws", 'r', 6, Missing},
		{"c=biws,p=" + key32, 'r', 7, Unexpected},
		{"c=biws,m=1,r=ab,p=" + key32, 'm', 7, MandatoryExtension},
		{"c=biws,r=ab", 'p', 11, Missing},
		{"c=biws,r=ab,", 0, 12, NotAnAttribute},
		{"c=biws,r=ab,x=1", 'p', 15, Missing},
		{"c=biws,r=ab,c=biws,p=" + key32, 'c', 12, Repeated},
		{"c=biws,r=ab,m=1,p=" + key32, 'm', 12, MandatoryExtension},
		{"c=biws,r=ab,p", 'p', 12, NotAnAttribute},
		{"c=biws,r=ab,p=", 'p', 12, Empty},
		{"c=biws,r=ab,p=A", 'p', 12, BadBase64},
		{"c=biws,r=ab,p=AAAA", 'p', 12, BadKeyLength},
		{"c=biws,r=ab,p=AAAA" + key32, 'p', 12, BadKeyLength},
		{"c=biws,r=ab,p=" + key32 + ",x=1", 'x', 59, Repeated},
		{"c=biws,r=ab,p=" + key32 + ",", 0, 59, Repeated},
	})
}

func TestParseServerFinal(t *testing.T) {
	for text, want := range map[string]ServerFinal{
		"v=" + key32:                    {},
		"v=" + key32 + ",x=1":           {},
		"e=invalid-proof":               {Refused: "invalid-proof"},
		"e=invalid-proof,x=1":           {Refused: "invalid-proof"},
		"e=\x1b[31mé":                   {Refused: "?[31m??"},
		"e=" + strings.Repeat("x", 100): {Refused: strings.Repeat("x", 64)},
	} {
		if got, err := ParseServerFinal([]byte(text)); err != nil || got != want {
			t.Errorf("%q: got %+v, %v, want %+v", text, got, err, want)
		}
	}
	checkRefusals(t, serverFinal, ParseServerFinal, []refusal{
		{"", 0, 0, Empty},
		{"v", 'v', 0, NotAnAttribute},
		{"v=", 'v', 0, Empty},
		{"v=A", 'v', 0, BadBase64},
		{"v=AAAA", 'v', 0, BadKeyLength},
		{"x=1,v=" + key32, 'v', 0, Unexpected},
		{"m=1,v=" + key32, 'm', 0, MandatoryExtension},
		{"e", 'e', 0, NotAnAttribute},
		{"e=", 'e', 0, Empty},
		{"e=x,v=" + key32, 'v', 4, Repeated},
		{"v=" + key32 + ",e=x", 'e', 47, Repeated},
		{"v=" + key32 + ",m=x", 'm', 47, MandatoryExtension},
		{"v=" + key32 + ",", 0, 47, NotAnAttribute},
	})
}

// fuzzText runs one parser over arbitrary bytes: no panic, an *Error or a
// message, and a message survives being written and read again.
func fuzzText[T any](f *testing.F, parse func([]byte) (T, error), text func(T) string, seeds ...string) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		m, err := parse(input)
		if err != nil {
			e, ok := err.(*Error)
			if !ok || e.Offset < 0 || e.Offset > len(input) || e.Reason == "" {
				t.Fatalf("%q: error %#v", input, err)
			}
			return
		}
		again, err := parse([]byte(text(m)))
		if err != nil || text(again) != text(m) {
			t.Fatalf("%q was written as %q and read as %q, %v", input, text(m), text(again), err)
		}
	})
}

func FuzzParseClientFirst(f *testing.F) {
	fuzzText(f, ParseClientFirst, ClientFirst.Text, "n,,n=user,r=abc", "p=tls-server-end-point,,n==2C,r=abc,x=1", "y,a=b,n=,r=a")
}

func FuzzParseServerFirst(f *testing.F) {
	fuzzText(f, ParseServerFirst, ServerFirst.Text, "r=ab,s=AAAA,i=4096", "r=ab,s=AAAA,i=1,x=1", "m=1")
}

func FuzzParseClientFinal(f *testing.F) {
	fuzzText(f, ParseClientFinal, ClientFinal.Text, "c=biws,r=ab,p="+key32, "c=biws,r=ab,x=1,p="+key32)
}

func FuzzParseServerFinal(f *testing.F) {
	fuzzText(f, ParseServerFinal, ServerFinal.Text, "v="+key32, "e=other-error,x=1")
}

package conninfo

import "testing"

func TestKeyValue(t *testing.T) {
	const unquoted = "(a value with spaces must be quoted)"
	for _, p := range []parsing{
		{" \t\n\v\f\r", "", ""},
		{"host = a port=1", "host=a port=1", ""},
		{"host=a\nport=1", "host=a port=1", ""},
		{"host='a b'port=1", "host='a b' port=1", ""},
		{`host=a\ b`, "host='a b'", ""},
		{`host='a\'b'`, `host='a\'b'`, ""},
		{`host=a\`, "host=a", ""},
		{"host= port=1", "host=port=1", ""},
		{"host=", "host=''", ""},
		{"host=a host=b", "host=b", ""},
		{"parley.lanes=3 host=a", "host=a parley.lanes=3", ""},
		{"host", "", `connection string, byte 4: missing "=" after host`},
		{"host port=1", "", `connection string, byte 5: missing "=" after host`},
		{"nonsense", "", `connection string, byte 0: missing "=" after the word here ` + unquoted},
		{"password=open sesame", "", `connection string, byte 14: missing "=" after a word that follows a secret ` + unquoted},
		{"password=open sesame=1", "", "connection string, byte 14: unknown keyword after a secret (quote or escape the secret's special characters)"},
		{"host=a =b", "", `connection string, byte 7: keyword is missing before "="`},
		{"host='a", "", "connection string, byte 5: quoted value is not terminated"},
		{`host='a\`, "", "connection string, byte 5: quoted value is not terminated"},
		{`host='a\'`, "", "connection string, byte 5: quoted value is not terminated"},
		{"bogus='a", "", "connection string, byte 6: quoted value is not terminated"},
		{"hots=a", "", `connection string, byte 0: unknown keyword "hots", did you mean "host"?`},
		{"parley.=a", "", `connection string, byte 0: unknown keyword "parley.": words of letters, digits and underscores must follow the prefix`},
	} {
		p.check(t)
	}
}

func TestKeyValueErrorKeyword(t *testing.T) {
	for s, want := range map[string]string{"host": "host", "password='a": "password", "hots='a": "", "hots=a": ""} {
		_, err := Parse(s)
		if got := err.(*Error).Keyword; got != want {
			t.Errorf("%q: keyword %q, want %q", s, got, want)
		}
	}
}

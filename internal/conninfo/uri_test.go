package conninfo

import "testing"

func TestURI(t *testing.T) {
	for _, p := range []parsing{
		{"postgres://", "", ""},
		{"postgres:///?", "", ""},
		{"postgres://u:p@h:1/d?sslmode=require", "user=u password=p dbname=d host=h port=1 sslmode=require", ""},
		{"postgres://u:p:q@h", "user=u password=p:q host=h", ""},
		{"postgres://u:p@q@h", "user=u password=p host=q@h", ""},
		{"postgres://:@h", "host=h", ""},
		{"postgres://a,b:2/d", "dbname=d host=a,b port=,2", ""},
		{"postgres://,", "host=, port=,", ""},
		{"postgres://[::1]:1,[::2]", "host=::1,::2 port=1,", ""},
		{"postgres://%2Ftmp/d", "dbname=d host=/tmp", ""},
		{"postgres:///d?host=/tmp&host=", "dbname=d host=''", ""},
		{"postgres://h?ssl=true", "host=h sslmode=require", ""},
		{"postgres://h?user=a&", "user=a host=h", ""},
		{"postgres://h/d/e#f", "dbname=d/e#f host=h", ""},
		{"postgres://h?parley.lanes=3", "host=h parley.lanes=3", ""},
		{"postgres://[::1", "", "connection uri, byte 11: ipv6 address has no closing bracket"},
		{"postgres://a,[]", "", "connection uri, byte 13: ipv6 address is empty"},
		{"postgres://[::1]x", "", "connection uri, byte 16: unexpected character after an ipv6 address, want one of : / ? ,"},
		{"postgres://h?user", "", `connection uri, byte 13: missing "=" in a query parameter`},
		{"postgres://h?a=b&&", "", `connection uri, byte 13: unknown keyword "a" (run-time settings belong in options, as -c name=value)`},
		{"postgres://h?user=b&&", "", `connection uri, byte 20: missing "=" in a query parameter`},
		{"postgres://h?user=a=b", "", `connection uri, byte 19: second "=" in a query parameter`},
		{"postgres://h?hots=a", "", `connection uri, byte 13: unknown keyword "hots", did you mean "host"?`},
		{"postgres://h?ssl=1", "", `connection uri, byte 13: unknown keyword "ssl", did you mean "sslmode"?`},
		{"postgres://h?=a", "", `connection uri, byte 13: keyword is missing before "="`},
	} {
		p.check(t)
	}
}

// TestURIKeepsSecrets holds that pieces of a password that is not encoded as it should
// be are not taken for names and shown.
func TestURIKeepsSecrets(t *testing.T) {
	const hidden = "unknown keyword after a secret (quote or escape the secret's special characters)"
	for _, p := range []parsing{
		{"postgres://u:p@h?sesame=1", "", "connection uri, byte 17: " + hidden},
		{"postgres://u:p/a?sesame=1@h", "", "connection uri, byte 17: " + hidden},
		{"postgres://h?password=open&sesame=1", "", "connection uri, byte 27: " + hidden},
		{"postgres://h?sesame=1&password=p", "", `connection uri, byte 13: unknown keyword "sesame" (run-time settings belong in options, as -c name=value)`},
	} {
		p.check(t)
	}
}

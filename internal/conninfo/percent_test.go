package conninfo

import "testing"

func TestPercent(t *testing.T) {
	const space = "space inside a part (write it as %20)"
	const digits = "percent sign without two hexadecimal digits (write the sign itself as %25)"
	for _, p := range []parsing{
		{"postgres://%75%3a:%70@%68:%31/%64?%75ser=%2525", "user=%25 password=p dbname=d host=h port=1", ""},
		{"postgres://h/%c3%A9", "dbname=é host=h", ""},
		{"postgres:// h , g /d", "", "connection uri, byte 13: " + space},
		{"postgres:// h /  d  ? user = a ", "user=a dbname=d host=h", ""},
		{"postgres://  ", "host=''", ""},
		{"postgres://h/a b", "", "connection uri, byte 14: " + space},
		{"postgres://h/a%20b", "dbname='a b' host=h", ""},
		{"postgres://h/\td\n", "dbname='\td\n' host=h", ""},
		{"postgres://h/%", "", "connection uri, byte 13: " + digits},
		{"postgres://h/a%4", "", "connection uri, byte 14: " + digits},
		{"postgres://h/%4g", "", "connection uri, byte 13: " + digits},
		{"postgres://h/% 4", "", "connection uri, byte 13: " + digits},
		{"postgres://u:%@h", "", "connection uri, byte 13: " + digits},
		{"postgres://a:1,b:%/d", "", "connection uri, byte 17: " + digits},
		{"postgres://a,%00", "", "connection uri, byte 13: %00 is forbidden"},
		{"postgres://h?user=%00", "", "connection uri, byte 18: %00 is forbidden"},
	} {
		p.check(t)
	}
}

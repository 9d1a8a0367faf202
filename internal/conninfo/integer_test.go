package conninfo

import (
	"testing"
	"time"
)

func TestParseInt(t *testing.T) {
	for text, want := range map[string]int32{
		"0": 0, "12": 12, " 12\t": 12, "\v\f\r\n1": 1, "+3": 3, "-3": -3, "007": 7, "2147483647": 2147483647, "-2147483648": -2147483648,
	} {
		if got, ok := parseInt(text); !ok || got != want {
			t.Errorf("%q: got %d, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", " ", "x", "1x", "1 2", "0x1", "1_0", "1.0", "1e3", "--1", "+ 1", "2147483648", "-2147483649", "99999999999999999999", "١", "\u00a01"} {
		if got, ok := parseInt(text); ok {
			t.Errorf("%q is read as %d", text, got)
		}
	}
}

func TestIntegerOptions(t *testing.T) {
	o, err := Parse("connect_timeout=' 5' keepalives_idle=-3 keepalives_count=x sslsni=10 gssdelegation=yes sslcompression=''")
	if err != nil {
		t.Fatal(err)
	}
	if d, err := duration(o, "connect_timeout", time.Second); err != nil || d != 5*time.Second {
		t.Errorf("got %v, %v", d, err)
	}
	if d, err := duration(o, "keepalives_idle", time.Second); err != nil || d != 0 {
		t.Errorf("negative: got %v, %v", d, err)
	}
	if n, err := integer(o, "keepalives", 7); err != nil || n != 7 {
		t.Errorf("not given: got %v, %v", n, err)
	}
	_, err = integer(o, "keepalives_count", 0)
	if want := `conninfo: connection string, byte 40: invalid integer "x" for keepalives_count`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if !flag(o, "sslsni") || flag(o, "gssdelegation") || flag(o, "sslcompression") || flag(o, "keepalives") {
		t.Error("a flag is on when its first character is 1, else off")
	}
}

func TestParsePort(t *testing.T) {
	for _, tt := range []struct {
		conn, port string
		want       uint16
		err        string
	}{
		{"", "", 5432, ""},
		{"", "1", 1, ""},
		{"", " 65535 ", 65535, ""},
		{"port=x", "65536", 0, "conninfo: connection string, byte 0: port 65536 is not between 1 and 65535"},
		{"port=x", "0", 0, "conninfo: connection string, byte 0: port 0 is not between 1 and 65535"},
		{"port=x", "abc", 0, `conninfo: connection string, byte 0: invalid port "abc"`},
		{"postgres://u:sesame/p@h", "sesame", 0, `conninfo: connection uri, byte 13: invalid port (a "/" in a user name or password must be written %2F)`},
		{"postgres://h:70000", "70000", 0, "conninfo: connection uri, byte 13: port 70000 is not between 1 and 65535"},
	} {
		o, err := Parse(tt.conn)
		if err != nil {
			t.Fatal(err)
		}
		got, err := parsePort(o, tt.port)
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && err.Error() != tt.err {
			t.Errorf("%q: got %d, %v, want %s", tt.port, got, err, tt.err)
		}
	}
}

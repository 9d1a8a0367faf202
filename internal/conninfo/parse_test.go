package conninfo

import (
	"errors"
	"slices"
	"testing"
)

// A parsing is a connection string and what comes of it: options as KeyValue
// writes them, or the text of the error.
type parsing struct{ in, want, err string }

func (p parsing) check(t *testing.T) {
	t.Helper()
	o, err := Parse(p.in)
	switch e, isOurs := errors.AsType[*Error](err); {
	case err == nil && p.err != "":
		t.Errorf("%q gives %s, want error %q", p.in, o.KeyValue(), p.err)
	case err == nil && o.KeyValue() != p.want:
		t.Errorf("%q gives %s, want %s", p.in, o.KeyValue(), p.want)
	case err != nil && err.Error() != "conninfo: "+p.err:
		t.Errorf("%q fails with\n\t%s, want\n\tconninfo: %s", p.in, err, p.err)
	case err != nil && !isOurs:
		t.Errorf("%q fails with a %T", p.in, e)
	}
}

func TestParseForm(t *testing.T) {
	for _, p := range []parsing{
		{"", "", ""},
		{"postgres://h", "host=h", ""},
		{"postgresql://h", "host=h", ""},
		{"host=h", "host=h", ""},
		{"POSTGRES://h", "", `connection string, byte 0: missing "=" after the keyword (a uri begins with postgres:// or postgresql://)`},
		{" postgres://h", "", `connection string, byte 1: missing "=" after the keyword (a uri begins with postgres:// or postgresql://)`},
		{"host=a\x00b", "", "connection string, byte 6: zero byte"},
		{"postgres://a\x00b", "", "connection uri, byte 12: zero byte"},
		{"requiressl=1", "sslmode=require", ""},
		{"requiressl=", "sslmode=prefer", ""},
		{"postgres://?requiressl=1x", "sslmode=require", ""},
	} {
		p.check(t)
	}
}

func TestParseSources(t *testing.T) {
	for s, want := range map[string][]Source{
		"host=a  port=1":        {{FromString, "", 0}, {FromString, "", 8}},
		"postgres://a:1":        {{FromURI, "", 11}, {FromURI, "", 13}},
		"postgres://a?port=1":   {{FromURI, "", 11}, {FromURI, "", 13}},
		"postgres://,a:1,b:2/d": {{FromURI, "", 11}, {FromURI, "", 11}},
	} {
		o, err := Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := []Source{o.Source("host"), o.Source("port")}; !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", s, got, want)
		}
	}
}

func TestIsConnString(t *testing.T) {
	for s, want := range map[string]bool{"": false, "app": false, "a=b": true, "=": true, "postgres://": true, "Postgres://": false, "postgresql://x": true} {
		if got := IsConnString(s); got != want {
			t.Errorf("%q: got %v", s, got)
		}
	}
}

func TestParseParams(t *testing.T) {
	for _, tt := range []struct {
		name   string
		params []Param
		expand bool
		want   string
		err    string
	}{
		{"none", nil, true, "", ""},
		{"the later one counts", []Param{{"host", "a"}, {"host", "b"}}, true, "host=b", ""},
		{"empty is not given", []Param{{"host", "a"}, {"host", ""}, {"bogus", ""}}, true, "host=a", ""},
		{"dbname is a string", []Param{{"user", "x"}, {"port", "1"}, {"dbname", "host=a user=u"}, {"port", "2"}}, true, "user=u host=a port=2", ""},
		{"an empty value in the string counts", []Param{{"user", "x"}, {"dbname", "user=''"}}, true, "user=''", ""},
		{"a uri", []Param{{"dbname", "postgres://h/d"}}, true, "dbname=d host=h", ""},
		{"only the first dbname", []Param{{"dbname", "d"}, {"dbname", "host=a"}}, true, "dbname=host=a", ""},
		{"not when off", []Param{{"dbname", "host=a"}}, false, "dbname=host=a", ""},
		{"not within the string", []Param{{"dbname", "dbname=host=a"}}, true, "dbname=host=a", ""},
		{"own keywords", []Param{{"parley.lanes", "3"}}, true, "parley.lanes=3", ""},
		{"unknown keyword", []Param{{"hots", "a"}}, true, "", `conninfo: parameters: unknown keyword "hots", did you mean "host"?`},
		{"requiressl is for strings only", []Param{{"requiressl", "1"}}, true, "", `conninfo: parameters: unknown keyword "requiressl" (run-time settings belong in options, as -c name=value)`},
		{"error in the string", []Param{{"dbname", "host=a b"}}, true, "", `conninfo: connection string, byte 7: missing "=" after the word here (a value with spaces must be quoted)`},
		{"zero byte", []Param{{"host", "a\x00"}}, true, "", "conninfo: parameters: value of host holds a zero byte"},
	} {
		o, err := ParseParams(tt.params, tt.expand)
		switch {
		case tt.err != "" && (err == nil || err.Error() != tt.err):
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.err)
		case tt.err == "" && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.err == "" && o.KeyValue() != tt.want:
			t.Errorf("%s: got %s, want %s", tt.name, o.KeyValue(), tt.want)
		}
	}
}

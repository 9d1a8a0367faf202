package conninfo

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
)

func TestSourceString(t *testing.T) {
	for want, s := range map[string]Source{
		"parameters":                  {},
		"connection string, byte 3":   {FromString, "", 3},
		"connection uri, byte 0":      {FromURI, "", 0},
		`service file "/f", line 2`:   {FromService, "/f", 2},
		`service file "/f"`:           {FromService, "/f", 0},
		"environment variable PGHOST": {FromEnv, "PGHOST", 0},
		"default":                     {FromDefault, "", 0},
		"operating system":            {FromSystem, "", 0},
		`password file "/p", line 7`:  {FromPassfile, "/p", 7},
	} {
		if got := s.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestError(t *testing.T) {
	e := &Error{Source: Source{FromEnv, "PGSERVICEFILE", 0}, Keyword: "servicefile", Problem: "cannot read the service file", Err: fs.ErrNotExist}
	want := "conninfo: environment variable PGSERVICEFILE: cannot read the service file: file does not exist"
	if e.Error() != want || !errors.Is(e, fs.ErrNotExist) {
		t.Errorf("got %q", e.Error())
	}
}

func TestShown(t *testing.T) {
	for text, want := range map[string]string{
		"": `""`, "require": `"require"`, "TLSv1.2": `"TLSv1.2"`, "!md5, gss": `"!md5, gss"`,
		"a=b": "of 3 bytes", "a/b": "of 3 bytes", "a@b": "of 3 bytes", "é": "of 2 bytes", "a\nb": "of 3 bytes", `a"b`: "of 3 bytes",
		strings.Repeat("x", 40): `"` + strings.Repeat("x", 40) + `"`, strings.Repeat("x", 41): "of 41 bytes",
	} {
		if got := shown(text); got != want {
			t.Errorf("shown(%q) = %s, want %s", text, got, want)
		}
	}
}

func TestUnknownKeyword(t *testing.T) {
	for _, tt := range []struct {
		name string
		hide bool
		want string
	}{
		{"hots", false, `unknown keyword "hots", did you mean "host"?`},
		{"search_path", false, `unknown keyword "search_path" (run-time settings belong in options, as -c name=value)`},
		{"hunter2", true, `unknown keyword after a secret (quote or escape the secret's special characters)`},
		{"", true, `keyword is missing before "="`},
		{"parley.", false, `unknown keyword "parley.": words of letters, digits and underscores must follow the prefix`},
	} {
		if got := unknownKeyword(Source{}, tt.name, tt.hide).Problem; got != tt.want {
			t.Errorf("got %s\nwant %s", got, tt.want)
		}
	}
}

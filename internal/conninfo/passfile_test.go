package conninfo

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
)

// vault is a password file with a line for every rule.
const vault = `# host:port:database:user:password
*:*:sales:*:forsales
db1:5432:app:ada:first
db1:5432:app:ada:second
::1:1:d:u:bare
\:\:2:1:d:u:escaped
localhost:*:app:*:local
/run/pg:*:app:*:dir
a\\b:1:d\:e:u:p\:q\\r:tail
db2:*:*:ada:
`

func TestPassfileFind(t *testing.T) {
	f := &passfile{"f", []byte(vault)}
	for _, tt := range []struct {
		host, port, database, user string
		want                       string
		line                       int
	}{
		{"db1", "5432", "app", "ada", "first", 3},
		{"db1", "5432", "sales", "x", "forsales", 2},
		{"db1", "5433", "app", "ada", "", 0},
		{"::1", "1", "d", "u", "bare", 5},
		{"::2", "1", "d", "u", "escaped", 6},
		{"localhost", "9", "app", "u", "local", 7},
		{"/run/pg", "9", "app", "u", "dir", 8},
		{`a\b`, "1", "d:e", "u", `p:q\r`, 9},
		{"db2", "1", "x", "ada", "", 10},
		{"", "", "", "", "", 0},
		{"db1", "5432", "sales", "", "", 0},
		{"db1", "5432", "", "ada", "", 0},
	} {
		got, line, ok := f.find(tt.host, tt.port, tt.database, tt.user)
		if got != tt.want || line != tt.line || ok != (tt.line != 0) {
			t.Errorf("%s:%s:%s:%s gives %q at line %d, %v, want %q at line %d", tt.host, tt.port, tt.database, tt.user, got, line, ok, tt.want, tt.line)
		}
	}
	var none *passfile
	if _, _, ok := none.find("a", "1", "d", "u"); ok {
		t.Error("a password from no file")
	}
}

func TestMatchField(t *testing.T) {
	for _, tt := range []struct {
		line, want string
		rest       string
		ok         bool
	}{
		{"a:b", "a", "b", true}, {"a:", "a", "", true}, {"a", "a", "", false}, {"*:b", "anything", "b", true}, {`\*:b`, "*", "b", true}, {`\*:b`, "x", "", false},
		{"**:b", "**", "b", true}, {"*", "x", "", false}, {":b", "", "b", true}, {"ab:c", "a", "", false}, {"a:c", "ab", "", false}, {`a\:b:c`, "a:b", "c", true},
		{`a\\:c`, `a\`, "c", true}, {`a\`, "a", "", false}, {`\a:c`, "a", "c", true}, {"", "", "", false},
	} {
		rest, ok := matchField(tt.line, tt.want)
		if rest != tt.rest || ok != tt.ok {
			t.Errorf("%q for %q: got %q, %v", tt.line, tt.want, rest, ok)
		}
	}
}

func TestUnescapeField(t *testing.T) {
	for text, want := range map[string]string{"": "", "a": "a", "a:b": "a", `a\:b`: "a:b", `a\\`: `a\`, `a\`: `a\`, `\`: `\`, `\a`: "a", " a ": " a "} {
		if got := unescapeField(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestOpenPassfile(t *testing.T) {
	const home = "/ada/.pgpass"
	for _, tt := range []struct {
		name    string
		file    string // the passfile option
		files   map[string]string
		goos    string
		found   bool
		warning string
	}{
		{"the user's", "", map[string]string{home: ""}, "linux", true, ""},
		{"a named one", "/p", map[string]string{"/p": "", home: ""}, "linux", true, ""},
		{"missing", "/p", map[string]string{home: ""}, "linux", false, ""},
		{"open to others", "", map[string]string{"0644 " + home: ""}, "linux", false, `password file "/ada/.pgpass" has group or world access; its mode should be 0600 or less`},
		{"open to others on windows", "/p", map[string]string{"0644 /p": ""}, "windows", true, ""},
		{"a directory", "/ada", map[string]string{home: ""}, "linux", false, `password file "/ada" is not a plain file`},
	} {
		sys := machine(nil, tt.files)
		sys.GOOS = tt.goos
		f, warning := openPassfile(&sys, tt.file)
		if (f != nil) != tt.found || warning != tt.warning {
			t.Errorf("%s: got %v, warning %q", tt.name, f, warning)
		}
	}
}

func TestOpenPassfileUnreadable(t *testing.T) {
	for _, tt := range []struct {
		err     error
		warning string
	}{
		{fs.ErrPermission, ""},
		{errFileTooLarge, `password file "/p" is ignored: file is larger than 16777216 bytes`},
	} {
		sys := machine(nil, map[string]string{"/p": ""})
		sys.ReadFile = func(string) ([]byte, error) { return nil, tt.err }
		if f, warning := openPassfile(&sys, "/p"); f != nil || warning != tt.warning {
			t.Errorf("%v: got %v, warning %q", tt.err, f, warning)
		}
	}
	sys := machine(nil, nil)
	sys.HomeDir = func() (string, error) { return "", errors.New("none") }
	if f, warning := openPassfile(&sys, ""); f != nil || warning != "" {
		t.Errorf("homeless: got %v, warning %q", f, warning)
	}
}

func TestPassfileLines(t *testing.T) {
	for content, want := range map[string]string{
		"*:*:*:*:p":                             "p",
		"*:*:*:*:p\r\r\n":                       "p",
		"\r\n\n*:*:*:*:p\r":                     "p",
		" *:*:*:*:p":                            "",
		"#*:*:*:*:p\n *:*:*:*:q\n*:*:*:*:r":     "r",
		"*:*:*:*:p\x00\n*:*:*:*:q":              "q",
		"*:*:*:*:" + strings.Repeat("x", 70000): strings.Repeat("x", 70000),
	} {
		f := &passfile{"f", []byte(content)}
		if got, _, _ := f.find("h", "1", "d", "u"); got != want {
			t.Errorf("%.40q: got %.40q, want %.40q", content, got, want)
		}
	}
}

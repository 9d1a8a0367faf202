package conninfo

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// machine returns a System that is made of nothing but these variables and
// files. A file's name begins with a slash; its mode is 0600 unless it is given
// as "0644 /name", and a socket is "socket /name".
func machine(env, files map[string]string) System {
	tree := fstest.MapFS{}
	for name, content := range files {
		mode := fs.FileMode(0o600)
		if rest, ok := strings.CutPrefix(name, "0644 "); ok {
			name, mode = rest, 0o644
		}
		if rest, ok := strings.CutPrefix(name, "socket "); ok {
			name, mode = rest, fs.ModeSocket|0o777
		}
		tree[strings.TrimPrefix(name, "/")] = &fstest.MapFile{Data: []byte(content), Mode: mode}
	}
	return System{
		LookupEnv:  func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		ReadFile:   func(name string) ([]byte, error) { return tree.ReadFile(strings.TrimPrefix(name, "/")) },
		Stat:       func(name string) (fs.FileInfo, error) { return tree.Stat(strings.TrimPrefix(name, "/")) },
		HomeDir:    func() (string, error) { return "/ada", nil },
		UserName:   func() (string, error) { return "ada", nil },
		GOOS:       "linux",
		ConfigDirs: []string{"/etc/postgresql"},
	}
}

// The first test shows the harness: a string is resolved on a machine.
func TestMachine(t *testing.T) {
	sys := machine(map[string]string{"PGPORT": "6000"}, map[string]string{"/ada/.pgpass": "*:*:*:*:sesame"})
	c, err := Resolve("host=db", sys)
	if err != nil {
		t.Fatal(err)
	}
	h := c.Hosts[0]
	if h.Name != "db" || h.Port != 6000 || string(h.Password) != "sesame" || c.User != "ada" || c.Database != "ada" {
		t.Errorf("got host %v, password %q, user %s, database %s", h, string(h.Password), c.User, c.Database)
	}
}

func TestSocketDir(t *testing.T) {
	debian := map[string]string{"socket /var/run/postgresql/.s.PGSQL.5433": ""}
	for _, tt := range []struct {
		name  string
		files map[string]string
		goos  string
		port  uint16
		want  string
	}{
		{"nothing there", nil, "linux", 5432, "/tmp"},
		{"a socket for the port", debian, "linux", 5433, "/var/run/postgresql"},
		{"a socket for another port", debian, "linux", 5432, "/tmp"},
		{"a file, not a socket", map[string]string{"/var/run/postgresql/.s.PGSQL.5432": ""}, "linux", 5432, "/tmp"},
		{"windows has none", debian, "windows", 5433, ""},
	} {
		sys := machine(nil, tt.files)
		sys.GOOS = tt.goos
		if got := sys.socketDir(tt.port); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
	sys := System{SocketDir: "/run/pg"}
	if got := sys.socketDir(1); got != "/run/pg" {
		t.Errorf("got %q, want the directory of the field", got)
	}
}

func TestIsSocketPath(t *testing.T) {
	for _, tt := range []struct {
		host           string
		linux, windows bool
	}{
		{"", false, false}, {"db", false, false}, {"/tmp", true, true}, {"@x", true, true}, {"c:", false, false},
		{`c:\x`, false, true}, {`C:/x`, false, true}, {`\x`, false, true}, {`1:\x`, false, false}, {"c:x", false, false},
	} {
		linux, windows := System{GOOS: "linux"}, System{GOOS: "windows"}
		if got := linux.isSocketPath(tt.host); got != tt.linux {
			t.Errorf("%q on linux: got %v", tt.host, got)
		}
		if got := windows.isSocketPath(tt.host); got != tt.windows {
			t.Errorf("%q on windows: got %v", tt.host, got)
		}
	}
}

func TestHome(t *testing.T) {
	none := func() (string, error) { return "", errors.New("none") }
	for _, tt := range []struct {
		name    string
		env     map[string]string
		home    func() (string, error)
		goos    string
		pass    string
		ssl     string
		service string
	}{
		{"HOME", map[string]string{"HOME": "/h"}, none, "linux", "/h/.pgpass", "/h/.postgresql", "/h/.pg_service.conf"},
		{"no HOME", nil, nil, "linux", "/ada/.pgpass", "/ada/.postgresql", "/ada/.pg_service.conf"},
		{"empty HOME", map[string]string{"HOME": ""}, nil, "darwin", "/ada/.pgpass", "/ada/.postgresql", "/ada/.pg_service.conf"},
		{"homeless", nil, none, "linux", "", "", ""},
		{"windows", map[string]string{"APPDATA": "/a", "HOME": "/h"}, nil, "windows", "/a/postgresql/pgpass.conf", "/a/postgresql", "/a/postgresql/.pg_service.conf"},
		{"windows without APPDATA", map[string]string{"HOME": "/h"}, nil, "windows", "", "", ""},
	} {
		sys := machine(tt.env, nil)
		sys.GOOS = tt.goos
		if tt.home != nil {
			sys.HomeDir = tt.home
		}
		slash := filepath.ToSlash
		if got := slash(sys.homeFile(".pgpass", "pgpass.conf")); got != tt.pass {
			t.Errorf("%s: password file %q, want %q", tt.name, got, tt.pass)
		}
		if got := slash(sys.sslDir()); got != tt.ssl {
			t.Errorf("%s: ssl directory %q, want %q", tt.name, got, tt.ssl)
		}
		if got := slash(sys.homeFile(".pg_service.conf", ".pg_service.conf")); got != tt.service {
			t.Errorf("%s: service file %q, want %q", tt.name, got, tt.service)
		}
	}
}

func TestUserName(t *testing.T) {
	for _, tt := range []struct{ goos, name, want string }{
		{"linux", "ada", "ada"}, {"linux", `a\b`, `a\b`}, {"windows", `HOST\ada`, "ada"}, {"windows", "ada", "ada"}, {"linux", "", ""},
	} {
		sys := System{GOOS: tt.goos, UserName: func() (string, error) { return tt.name, nil }}
		got, err := sys.userName()
		if got != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("%q on %s: got %q, %v", tt.name, tt.goos, got, err)
		}
	}
}

func TestRealSystem(t *testing.T) {
	sys := System{}.withDefaults()
	t.Setenv("PARLEY_CONNINFO_TEST", "x")
	if v, ok := sys.LookupEnv("PARLEY_CONNINFO_TEST"); !ok || v != "x" {
		t.Errorf("environment: got %q, %v", v, ok)
	}
	if _, err := sys.HomeDir(); err != nil {
		t.Logf("no home directory: %v", err)
	}
	if name, err := sys.userName(); err != nil || name == "" {
		t.Logf("no user name: %v", err)
	}
	file := filepath.Join(t.TempDir(), "f")
	if _, err := sys.ReadFile(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: got %v", err)
	}
	if err := os.WriteFile(file, []byte("abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	if data, err := sys.ReadFile(file); err != nil || string(data) != "abc" {
		t.Errorf("got %q, %v", data, err)
	}
	if err := os.Truncate(file, maxFile+1); err != nil {
		t.Fatal(err)
	}
	if _, err := sys.ReadFile(file); err != errFileTooLarge {
		t.Errorf("large file: got %v, want %v", err, errFileTooLarge)
	}
}

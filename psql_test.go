package parley

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"parley/pgtest"
)

// sessionSQL is what a connection string led to.
const sessionSQL = "select concat_ws('|', current_user, current_database(), current_setting('port'), current_setting('search_path'), current_setting('work_mem'), " +
	"current_setting('client_encoding'), current_setting('timezone'), current_setting('datestyle'), current_setting('geqo'), inet_server_addr() is null)"

// likePsql is two servers, the second one read-only, psql 18, and a home of
// nobody's.
type likePsql struct {
	a, b *pgtest.Server
	psql []string
	home string
}

func newLikePsql(t *testing.T) *likePsql {
	t.Helper()
	psql, err := pgtest.Psql(t.Context(), 18, nil)
	if errors.Is(err, pgtest.ErrNoGSSAPI) && os.Getenv("PARLEY_CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	l := &likePsql{psql: psql, home: t.TempDir()}
	t.Setenv("HOME", l.home)
	t.Setenv("PGUSER", "postgres")
	t.Setenv("LC_ALL", "C.UTF-8") // client_encoding=auto of psql's goes by it
	l.a = pgtest.Start(t, pgtest.Config{Version: 18, TCP: true, Setup: []string{"create role ada login password 'sesame'", "create database shop"},
		HBA: []string{"local all postgres trust", "local all all scram-sha-256", "host all postgres 127.0.0.1/32 trust", "host all all 127.0.0.1/32 scram-sha-256"}})
	l.b = pgtest.Start(t, pgtest.Config{Version: 18, TCP: true, Settings: map[string]string{"default_transaction_read_only": "on"}})
	return l
}

// fill puts the servers into a text: %A and %B are ports, %SA is the directory
// of a socket.
func (l *likePsql) fill(text string) string {
	return strings.NewReplacer("%SA", l.a.SocketDir(), "%A", strconv.Itoa(l.a.Port()), "%B", strconv.Itoa(l.b.Port()), "%H", l.home).Replace(text)
}

// same compares sessions by a connection string, and returns the common one, ""
// when there is none.
func (l *likePsql) same(t *testing.T, dsn string) string {
	t.Helper()
	dsn = l.fill(dsn)
	cmd := exec.CommandContext(t.Context(), l.psql[0], append(l.psql[1:len(l.psql):len(l.psql)], "-X", "-w", "-A", "-t", "-c", sessionSQL, dsn)...)
	out, err := cmd.Output()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatal(err)
	}
	want := strings.TrimSpace(string(out))
	got := ""
	c, err := Connect(t.Context(), dsn)
	if err == nil {
		defer c.Close()
		if got, err = One[string](t.Context(), c, sessionSQL); err != nil {
			t.Fatal(err)
		}
	}
	if got != want {
		t.Errorf("%s leads to %q, %v; psql's to %q", dsn, got, err, want)
	}
	return got
}

// write makes a file in the home.
func (l *likePsql) write(t *testing.T, name, text string, mode os.FileMode) {
	t.Helper()
	path := filepath.Join(l.home, name)
	if err := errors.Join(os.WriteFile(path, []byte(l.fill(text)), mode), os.Chmod(path, mode)); err != nil {
		t.Fatal(err)
	}
}

// A connection string leads to the same session as with psql, or to none; begin
// is what the session begins with, the user, or "" for none.
func TestSessionsLikePsql(t *testing.T) {
	l := newLikePsql(t)
	const tcp = "host=127.0.0.1 port=%A "
	for dsn, begin := range map[string]string{
		// Hosts, ports and sockets.
		"host=127.0.0.1,127.0.0.1 port=1,%A":           "postgres|postgres|%A|",
		"host=127.0.0.2,127.0.0.1 port=%A":             "postgres|",
		"host=127.0.0.1,127.0.0.1,127.0.0.1 port=1,%A": "",
		"host=,127.0.0.1 port=%A":                      "postgres|",
		"host=127.0.0.1 port=' %A '":                   "postgres|",
		"host=127.0.0.1 port=%Ax":                      "",
		"postgresql://127.0.0.1:1,127.0.0.1:%A/shop":   "postgres|shop|",
		"host=127.0.0.1,127.0.0.1 port=1,2":            "",
		"host=localhost hostaddr=127.0.0.1 port=%A":    "postgres|",
		"host=%SA port=%A":                             "postgres|",
		"host=%SA port=%A sslmode=verify-full":         "postgres|",
		"host=/nosuch,%SA port=%A":                     "postgres|",
		"host=@parley-nosuch port=%A":                  "",
		"postgresql:///shop?host=%SA&port=%A":          "postgres|shop|",
		"host=%SA port=%A requirepeer=nosuch":          "",
		tcp + "requirepeer=nosuch":                     "postgres|",
		// Which of them.
		"host=127.0.0.1,127.0.0.1 port=%B,%A target_session_attrs=read-write":     "postgres|postgres|%A|",
		"host=127.0.0.1,127.0.0.1 port=%A,%B target_session_attrs=read-only":      "postgres|postgres|%B|",
		"host=127.0.0.1,127.0.0.1 port=%A,%B target_session_attrs=standby":        "",
		"host=127.0.0.1,127.0.0.1 port=%B,%A target_session_attrs=prefer-standby": "postgres|postgres|%B|",
		"host=127.0.0.1,127.0.0.1 port=%A,%B user=ada password=wrong":             "",
		"host=127.0.0.1,127.0.0.1 port=1,%A load_balance_hosts=random":            "postgres|",
		// Settings.
		tcp + "options='-c search_path=foo -c work_mem=8MB'":      "postgres|postgres|%A|foo|8MB|",
		tcp + `options='-c search_path=a,\\ b'`:                   "postgres|postgres|%A|a, b|",
		tcp + "options='--search-path=a --work_mem=1MB'":          "postgres|postgres|%A|a|1MB|",
		tcp + "options='-c nosuch=1'":                             "",
		tcp + "options=-Z":                                        "",
		tcp + "options='-c role=ada'":                             "ada|",
		"postgresql://127.0.0.1:%A/?options=-c%20search_path%3Dz": "postgres|postgres|%A|z|",
		tcp + "client_encoding=latin1":                            "postgres|",
		tcp + "client_encoding=klingon":                           "",
		tcp + "client_encoding=auto":                              "postgres|",
		// Logins.
		tcp + "require_auth=none":                                               "postgres|",
		tcp + "require_auth=scram-sha-256":                                      "",
		tcp + "user=ada password=sesame require_auth=scram-sha-256 dbname=shop": "ada|shop|",
		tcp + "user=ada password=sesame require_auth=!scram-sha-256":            "",
		tcp + "user=ada password=wrong":                                         "",
		tcp + "user=ada":                                                        "",
		tcp + "user=nobodyelse":                                                 "",
		tcp + "channel_binding=require":                                         "",
		tcp + "sslmode=require":                                                 "",
		tcp + "min_protocol_version=3.2":                                        "postgres|",
		tcp + "gssencmode=prefer":                                               "postgres|",
		tcp + "dbname=nosuch":                                                   "",
		tcp + "sslsni=x sslcompression=1":                                       "postgres|",
	} {
		if got := l.same(t, dsn); !strings.HasPrefix(got, l.fill(begin)) || begin == "" && got != "" {
			t.Errorf("%s leads to %q, want %q", l.fill(dsn), got, l.fill(begin))
		}
	}
}

const services = `# comment
[a]
host=127.0.0.1
port=%A
dbname=shop
options=-c search_path=served
[spaced]
host = 127.0.0.1
[nested]
service=a
[unknown]
nosuch=1
[many]
host=127.0.0.1,127.0.0.1
port=%B,%A
target_session_attrs=read-write
[a]
dbname=postgres
`

// The same with services, password files and the environment.
func TestFilesLikePsql(t *testing.T) {
	l := newLikePsql(t)
	l.write(t, "services", services, 0o644)
	l.write(t, "crlf", strings.ReplaceAll(services, "\n", "\r\n"), 0o644)
	l.write(t, "good", "# c\n127.0.0.1:%A:*:ada:sesame\n", 0o600)
	l.write(t, "open", "*:*:*:*:sesame\n", 0o644)
	l.write(t, "group", "*:*:*:*:sesame\n", 0o640)
	l.write(t, "escaped", `*:*:sh\op:ada:ses\ame`, 0o600)
	l.write(t, "wrong", "*:*:*:ada:wrong\r\n*:*:*:*:sesame", 0o600)
	l.write(t, "name", "localhost:%A:shop:ada:sesame\r\n", 0o600)
	const ada = "host=127.0.0.1 port=%A user=ada dbname=shop "
	for _, w := range []struct {
		env   map[string]string
		dsn   string
		begin string
	}{
		{nil, "service=a", "postgres|shop|%A|served|"},
		{nil, "service=a dbname=postgres", "postgres|postgres|"},
		{nil, "service=spaced", ""},
		{nil, "service=nested", ""},
		{nil, "service=unknown", ""},
		{nil, "service=many", "postgres|postgres|%A|"},
		{nil, "service=nosuch", ""},
		{nil, "postgresql://?service=a", "postgres|shop|"},
		{map[string]string{"PGSERVICE": "a", "PGDATABASE": "postgres", "PGPORT": "1"}, "", "postgres|shop|%A|"},
		{map[string]string{"PGSERVICEFILE": "%H/nosuch"}, "service=a", ""},
		{map[string]string{"PGSERVICEFILE": "%H/crlf"}, "service=a", "postgres|shop|%A|served|"},
		{nil, ada + "passfile=%H/good", "ada|shop|"},
		{nil, ada + "passfile=%H/open", ""},
		{nil, ada + "passfile=%H/group", ""},
		{nil, ada + "passfile=%H/escaped", "ada|shop|"},
		{nil, ada + "passfile=%H/wrong", ""},
		{nil, ada + "passfile=%H/nosuch", ""},
		{nil, ada + "passfile=%H", ""},
		{nil, ada + "passfile=%H/good password=wrong", ""},
		{nil, ada + "passfile=%H/good password=", "ada|shop|"},
		{nil, "hostaddr=127.0.0.1 port=%A user=ada passfile=%H/good", ""},
		{nil, "hostaddr=127.0.0.1 port=%A user=ada dbname=shop passfile=%H/good", "ada|shop|"},
		{nil, ada + "passfile=%H/name", ""},
		{nil, "host=localhost hostaddr=127.0.0.1 port=%A user=ada dbname=shop passfile=%H/name", "ada|shop|"},
		{nil, "host=%SA port=%A user=ada dbname=shop passfile=%H/name", ""},
		{map[string]string{"PGPASSFILE": "%H/good"}, ada, "ada|shop|"},
		{map[string]string{"PGPASSWORD": "sesame"}, ada + "passfile=%H/wrong", "ada|shop|"},
		{map[string]string{"PGOPTIONS": "-c work_mem=3MB"}, "host=127.0.0.1 port=%A", `postgres|postgres|%A|"$user", public|3MB|`},
		{map[string]string{"PGOPTIONS": "-c work_mem=3MB"}, "host=127.0.0.1 port=%A options='-c search_path=x'", "postgres|postgres|%A|x|4MB|"},
		{map[string]string{"PGTZ": "Asia/Tokyo", "PGDATESTYLE": "German", "PGGEQO": "off"}, "host=127.0.0.1 port=%A", `postgres|postgres|%A|"$user", public|4MB|UTF8|Asia/Tokyo|German, DMY|off|`},
		{map[string]string{"PGHOST": "127.0.0.1", "PGPORT": "%A", "PGDATABASE": "shop"}, "", "postgres|shop|"},
		{map[string]string{"PGHOSTADDR": "127.0.0.1", "PGPORT": "%A"}, "", "postgres|"},
		{map[string]string{"PGCLIENTENCODING": "latin1", "PGHOST": "127.0.0.1", "PGPORT": "%A"}, "", "postgres|"},
		{map[string]string{"PGREQUIREPEER": "nosuch"}, "host=%SA port=%A", ""},
	} {
		t.Run(w.dsn+fmt.Sprint(w.env), func(t *testing.T) {
			t.Setenv("PGSERVICEFILE", filepath.Join(l.home, "services"))
			for name, value := range w.env {
				t.Setenv(name, l.fill(value))
			}
			if got := l.same(t, w.dsn); !strings.HasPrefix(got, l.fill(w.begin)) || w.begin == "" && got != "" {
				t.Errorf("it leads to %q, want %q", got, l.fill(w.begin))
			}
		})
	}
}

// An abstract socket leads on to a server.
func TestAbstractSocketLikePsql(t *testing.T) {
	l := newLikePsql(t)
	name := "@parley-like-psql-" + strconv.Itoa(l.a.Port())
	listener, err := net.Listen("unix", name+"/.s.PGSQL.7777")
	if err != nil {
		t.Log("no abstract sockets here:", err)
		return
	}
	defer listener.Close()
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go forward(client, l.a.Socket())
		}
	}()
	for _, dsn := range []string{"host=" + name + " port=7777", "host=/nosuch," + name + " port=1,7777", "host=" + name + " port=7777 sslmode=require", "postgresql://%40" + name[1:] + ":7777/shop"} {
		if got := l.same(t, dsn); !strings.HasPrefix(got, "postgres|") {
			t.Errorf("%s leads to %q", dsn, got)
		}
	}
	l.same(t, "host="+name+" port=7777 requirepeer=nosuch")
}

// forward carries a connection on to a socket, until both sides have ended.
func forward(client net.Conn, socket string) {
	defer client.Close()
	server, err := net.Dial("unix", socket)
	if err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	}()
	_, _ = io.Copy(client, server)
}

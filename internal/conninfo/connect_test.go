package conninfo

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// lay makes the scenario's files and returns its string, its environment and the
// system that sees the same.
func (s scenario) lay(t testing.TB) (conn string, env map[string]string, sys System) {
	t.Helper()
	dir := t.TempDir()
	expand := func(text string) string { return strings.ReplaceAll(text, "$DIR", dir) }
	for name, content := range s.files {
		mode := os.FileMode(0o600)
		if name == ".pgpass" && s.mode != 0 {
			mode = os.FileMode(s.mode)
		}
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
	}
	env = map[string]string{"HOME": dir, "PGSYSCONFDIR": "/nonexistent"}
	for name, value := range s.env {
		env[name] = expand(value)
	}
	sys = System{
		LookupEnv: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		SocketDir: "/tmp",
	}
	return expand(s.conn), env, sys
}

// triedPattern finds what libpq tried in its error message.
var triedPattern = regexp.MustCompile(`connection to server (?:on socket "([^"]*)"|at "([^"]*)", port ([^,]*?)) failed`)

// tried returns the places that libpq tried, and whether it accepted the options.
// An empty message is a success: this machine has a server at the default
// socket, and libpq does not say what it tried.
func tried(message string) (places []string, accepted bool) {
	if message == "" {
		return nil, true
	}
	for _, m := range triedPattern.FindAllStringSubmatch(message, -1) {
		if m[1] != "" {
			places = append(places, m[1])
		} else {
			places = append(places, m[2]+" "+strings.TrimSpace(m[3]))
		}
	}
	refused := strings.Contains(message, "invalid integer value") || strings.Contains(message, "invalid port")
	return places, len(places) > 0 && !refused
}

// seen is what a resolved config looks like through PQconninfo once libpq has
// connected: defaults that it fills in late, and not what it keeps elsewhere.
func seen(c *Config) map[string]string {
	m := optionMap(c.Options)
	delete(m, "servicefile") // libpq 19
	m["user"], m["dbname"] = c.User, c.Database
	if _, given := m["sslcertmode"]; !given {
		m["sslcertmode"] = "allow"
	}
	return m
}

func places(c *Config) []string {
	var list []string
	for _, h := range c.Hosts {
		if h.Kind == HostSocket {
			list = append(list, h.SocketFile())
		} else {
			list = append(list, fmt.Sprintf("%s %d", h.Addr, h.Port))
		}
	}
	if c.TargetSession == TargetPreferStandby {
		list = append(list, list...) // the second pass accepts any server
	}
	return list
}

// resolveDifferences are the scenarios in which this package differs on purpose.
var resolveDifferences = map[string]string{
	"gssencmode=require": "libpq was built without GSSAPI; here the one who connects refuses it",
}

func TestResolveAsLibpq(t *testing.T) {
	o := newOracle(t)
	all := slices.Concat(scenarios, passScenarios)
	for _, s := range all {
		conn, env, sys := s.lay(t)
		o.with(t, env)
		theirs := o.mustAsk(t, "C"+conn).pairs()
		wantPlaces, accepted := tried(theirs["@error"])
		config, err := Resolve(conn, sys)
		if accepted != (err == nil) {
			if reason := resolveDifferences[s.conn]; reason != "" {
				t.Logf("differs: %q: %s", s.conn, reason)
				continue
			}
			t.Errorf("%q %v\n\tlibpq: %s\n\there: %v", s.conn, s.env, strings.TrimSpace(theirs["@error"]), err)
			continue
		}
		if err != nil {
			continue
		}
		if config.LoadBalance == BalanceOff && wantPlaces != nil && !slices.Equal(wantPlaces, places(config)) {
			t.Errorf("%q: libpq tried %q, here %q", s.conn, wantPlaces, places(config))
		}
		// libpq is at its last host when it gives up.
		last := config.Hosts[len(config.Hosts)-1]
		if string(last.Password) != theirs["@pass"] {
			t.Errorf("%q %v: libpq has the password %q, here %q", s.conn, s.files, theirs["@pass"], string(last.Password))
		}
		want := maps.Clone(theirs)
		maps.DeleteFunc(want, func(k, _ string) bool { return k[0] == '@' })
		got := seen(config)
		if want["passfile"] == env["HOME"]+"/.pgpass" && got["passfile"] == "" {
			got["passfile"] = want["passfile"] // libpq notes where it looked
		}
		if !maps.Equal(want, got) {
			t.Errorf("%q %v: differ in\n\t%s", s.conn, s.env, mapDiff(want, got))
		}
	}
	t.Logf("%d scenarios", len(all))
}

func mapDiff(want, got map[string]string) string {
	var lines []string
	for k := range want {
		if g, ok := got[k]; !ok || g != want[k] {
			lines = append(lines, fmt.Sprintf("%s: libpq %q, here %q", k, want[k], g))
		}
	}
	for k := range got {
		if _, ok := want[k]; !ok {
			lines = append(lines, fmt.Sprintf("%s: here %q only", k, got[k]))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n\t")
}

func TestDefaultsAsLibpq(t *testing.T) {
	o := newOracle(t)
	for _, env := range []map[string]string{
		{},
		{"PGHOST": "h", "PGPORT": "1", "PGUSER": "u", "PGPASSWORD": "p", "PGSSLMODE": "", "PGOPTIONS": "o"},
		{"PGREQUIRESSL": "1", "PGSSLROOTCERT": "system"},
		{"PGSSLROOTCERT": "system", "PGPASSFILE": "x"},
	} {
		_, full, sys := scenario{env: env}.lay(t)
		o.with(t, full)
		want := o.mustAsk(t, "D").pairs()
		got, err := Defaults(sys)
		if err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(want, optionMap(got)) {
			t.Errorf("%v: differ in\n\t%s", env, mapDiff(want, optionMap(got)))
		}
	}
}

func TestParamsAsLibpq(t *testing.T) {
	o := newOracle(t)
	_, env, sys := scenario{}.lay(t)
	o.with(t, env)
	for _, params := range [][]Param{
		{{"host", "/a"}},
		{{"host", "/a"}, {"host", "/b"}},
		{{"host", "/a"}, {"host", ""}},
		{{"bogus", ""}, {"host", "/a"}},
		{{"bogus", "x"}, {"host", "/a"}},
		{{"requiressl", "1"}, {"host", "/a"}},
		{{"dbname", "host=/a user=u"}},
		{{"dbname", "postgres://u@%2Fa/d"}},
		{{"host", "/b"}, {"dbname", "host=/a user=u"}},
		{{"dbname", "host=/a user=u"}, {"host", "/b"}},
		{{"dbname", "host=/a user=u"}, {"dbname", "host=/b"}},
		{{"dbname", "plain"}, {"dbname", "host=/b"}, {"host", "/a"}},
		{{"dbname", ""}, {"dbname", "host=/b"}, {"host", "/a"}},
		{{"dbname", "host=/a dbname=x=y"}},
		{{"dbname", "host=/a bogus=1"}},
		{{"dbname", "host=/a user=''"}, {"user", "u"}},
		{{"user", "u"}, {"dbname", "host=/a user=''"}},
		{{"dbname", "a b=c"}, {"host", "/a"}},
	} {
		var request strings.Builder
		request.WriteString("A")
		for _, p := range params {
			request.WriteString(p.Keyword + "\x00" + p.Value + "\x00")
		}
		theirs := o.mustAsk(t, request.String()).pairs()
		wantPlaces, accepted := tried(theirs["@error"])
		options, err := ParseParams(params, true)
		if accepted != (err == nil) {
			t.Errorf("%v\n\tlibpq: %s\n\there: %v", params, theirs["@error"], err)
			continue
		}
		if err != nil {
			continue
		}
		config, err := options.Resolve(sys)
		if err != nil {
			t.Errorf("%v: %v", params, err)
			continue
		}
		if wantPlaces != nil && !slices.Equal(wantPlaces, places(config)) || theirs["@user"] != config.User || theirs["@db"] != config.Database {
			t.Errorf("%v: libpq tried %q as %s in %s, here %q as %s in %s", params,
				wantPlaces, theirs["@user"], theirs["@db"], places(config), config.User, config.Database)
		}
	}
}

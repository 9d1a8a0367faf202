package pgtest

import (
	"slices"
	"testing"
	"time"
)

func TestConfigFilled(t *testing.T) {
	c := Config{Settings: map[string]string{"a": "1"}, Setup: []string{"x"}}
	f := c.filled()
	if f.User != "postgres" || f.Database != "postgres" || f.Auth != "trust" || f.StartTimeout != time.Minute {
		t.Errorf("the defaults are %+v", f)
	}
	c.Settings["a"], c.Setup[0] = "2", "y"
	if f.Settings["a"] != "1" || f.Setup[0] != "x" {
		t.Error("the filled config shares with the caller's")
	}
	if got := (Config{StartTimeout: -1}).filled().StartTimeout; got != -1 {
		t.Errorf("negative is off, not %v", got)
	}
}

func TestConfigCheck(t *testing.T) {
	for want, c := range map[string]Config{
		"set port: it is chosen by this package":                      {Settings: map[string]string{"port": "1"}},
		"set LISTEN_addresses: it is chosen by this package: set":     {Settings: map[string]string{"LISTEN_addresses": "*"}},
		`set "a b": it is not the name of a parameter`:                {Settings: map[string]string{"a b": "1"}},
		"set a: its value holds a NUL or a line break":                {Settings: map[string]string{"a": "1\nport=1"}},
		"Config.User: it holds a NUL or a line break":                 {User: "a\x00b"},
		"Config.Auth: it holds a NUL or a line break":                 {Auth: "trust\nlocal all all trust"},
		"names that begin with pg_ are reserved":                      {User: "pg_me"},
		"nobody can pass md5 without Config.Password":                 {Auth: "md5"},
		`"../x" is not a path inside the data directory`:              {Files: map[string][]byte{"../x": nil}},
		`"/etc/passwd" is not a path inside the data`:                 {Files: map[string][]byte{"/etc/passwd": nil}},
		"Config.Password: it holds a NUL or a line break":             {Password: "\n"},
		"set external_pid_file: it is chosen by this package: ask Se": {Settings: map[string]string{"external_pid_file": "1"}},
	} {
		wantText(t, c.check(), want)
	}
	if err := (Config{Auth: "md5", HBA: []string{"local all all trust"}, Settings: map[string]string{"a.b": "'"}}).check(); err != nil {
		t.Error(err)
	}
}

func TestSettingLines(t *testing.T) {
	got := settingLines(map[string]string{"b": `it's a \`, "a": ""})
	if want := "a = ''\nb = 'it''s a \\\\'\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestHBALines(t *testing.T) {
	lines := Config{Auth: "scram-sha-256"}.hbaLines()
	if len(lines) != 6 || lines[0] != "local all all scram-sha-256" {
		t.Errorf("got %q", lines)
	}
	if lines := (Config{Auth: "cert"}).hbaLines(); slices.ContainsFunc(lines, func(l string) bool { return l[:5] == "local" }) {
		t.Errorf("cert on a Unix socket: %q", lines)
	}
	own := []string{"# mine"}
	if got := (Config{Auth: "trust", HBA: own}).hbaLines(); !slices.Equal(got, own) {
		t.Errorf("got %q", got)
	}
}

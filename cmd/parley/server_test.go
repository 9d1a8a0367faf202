package main

import (
	"context"
	"encoding/json"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"parley/internal/conninfo"
)

// A server of a name: started, found, used, listed and stopped, each by a
// command of its own.
func TestServerLife(t *testing.T) {
	const name = "test-of-life"
	t.Cleanup(func() { run(context.WithoutCancel(t.Context()), []string{"server", "stop", name}, discard()) })
	dsn, stderr, code := runParley(t, "server", "start", name, "--dsn", "--lifetime", "5m", "--user", "ada", "--tcp", "--version", "18")
	if code != 0 {
		t.Fatalf("exit code %d, stderr:\n%s", code, stderr)
	}
	dsn = strings.TrimSpace(dsn)
	if _, stderr, code := runParley(t, "demo", "--brief", dsn); code != 0 {
		t.Errorf("the demo fails there: %d, %s", code, stderr)
	}
	again, stderr, code := runParley(t, "server", "start", name, "--dsn")
	if code != 0 || strings.TrimSpace(again) != dsn || !strings.Contains(stderr, "is running already") {
		t.Errorf("a second start: %d, %q, %q, want %q", code, again, stderr, dsn)
	}
	if _, stderr, code := runParley(t, "server", "start", name, "--version", "14"); code != 1 || !strings.Contains(stderr, "another name") {
		t.Errorf("a start with another version: %d, %q", code, stderr)
	}
	checkListed(t, name, true)
	if _, stderr, code := runParley(t, "server", "stop", name); code != 0 || !strings.Contains(stderr, "stopped the server") {
		t.Errorf("stop: %d, %q", code, stderr)
	}
	checkListed(t, name, false)
	checkGone(t, dsn)
	if _, stderr, code := runParley(t, "server", "stop", name); code != 1 || !strings.Contains(stderr, "server list") {
		t.Errorf("a second stop: %d, %q", code, stderr)
	}
}

func discard() streams {
	return streams{strings.NewReader(""), new(strings.Builder), new(strings.Builder)}
}

func checkListed(t *testing.T, name string, want bool) {
	t.Helper()
	stdout, stderr, code := runParley(t, "server", "list", "--json")
	var list struct {
		Servers   []struct{ Name, Version, DSN string }
		Installed []struct{ Version string }
	}
	if err := json.Unmarshal([]byte(stdout), &list); err != nil || code != 0 {
		t.Fatalf("%v, exit code %d, stderr %s", err, code, stderr)
	}
	found := false
	for _, s := range list.Servers {
		found = found || s.Name == name
	}
	if found != want {
		t.Errorf("%s listed: %v, want %v", name, found, want)
	}
	if len(list.Installed) == 0 {
		t.Error("no PostgreSQL is listed as installed")
	}
	text, _, _ := runParley(t, "server", "list")
	if strings.Contains(text, name) != want {
		t.Errorf("%s in the list for people: %v, want %v", name, !want, want)
	}
}

func checkGone(t *testing.T, dsn string) {
	t.Helper()
	c, err := conninfo.Resolve(dsn, conninfo.System{})
	if err != nil {
		t.Fatal(err)
	}
	socket := c.Hosts[0].SocketFile()
	if conn, err := (&net.Dialer{}).DialContext(t.Context(), "unix", socket); err == nil {
		conn.Close()
		t.Error("the server still answers")
	}
	if left, _ := filepath.Glob(filepath.Dir(socket) + "/*"); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestManPagesAndCompletion(t *testing.T) {
	dir := t.TempDir()
	if _, stderr, code := runParley(t, "man", dir); code != 0 {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	for _, page := range []string{"parley", "parley-demo", "parley-explain", "parley-server-start"} {
		if files, _ := filepath.Glob(filepath.Join(dir, page+".1")); len(files) != 1 {
			t.Errorf("no manual page for %s", page)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if stdout, _, code := runParley(t, "completion", shell); code != 0 || !strings.Contains(stdout, "parley") {
			t.Errorf("completion %s: exit code %d", shell, code)
		}
	}
	if stdout, _, _ := runParley(t, "__complete", "explain", "Read"); !strings.Contains(stdout, "ReadyForQuery") {
		t.Errorf("completion of messages: %q", stdout)
	}
	if stdout, _, code := runParley(t, "version"); code != 0 || !strings.Contains(stdout, "protocol 3.0 and 3.2") {
		t.Errorf("version: %q", stdout)
	}
}

// Every command says how it is used, with an example.
func TestHelpHasExamples(t *testing.T) {
	root := rootCommand(discard())
	for _, cmd := range append(root.Commands(), root) {
		if cmd.Name() == "completion" || cmd.Name() == "help" {
			continue
		}
		for _, c := range append(cmd.Commands(), cmd) {
			if c.Example == "" && c.Name() != "completion" {
				t.Errorf("%s has no example", c.CommandPath())
			}
		}
	}
}

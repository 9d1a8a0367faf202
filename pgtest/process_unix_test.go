//go:build !windows

package pgtest

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

func TestCommandLine(t *testing.T) {
	if got := commandLine(t.Context(), os.Getpid()); !strings.Contains(got, os.Args[0]) {
		t.Errorf("our own command line is %q", got)
	}
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", ":")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	if got := commandLine(t.Context(), cmd.Process.Pid); got != "" {
		t.Errorf("a process that ended has the command line %q", got)
	}
}

// A pid in a file is not proof: the process must name the directory.
func TestServerIn(t *testing.T) {
	dir := t.TempDir() + "/parley-1"
	if err := makeDir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	p := &private{dir: dir}
	for _, text := range []string{"", "x", "0", "1", "-1", strconv.Itoa(os.Getpid())} {
		if err := os.WriteFile(p.path(pidName), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if pid, running := serverIn(t.Context(), dir); running {
			t.Errorf("pid %q: process %d is taken for the server", text, pid)
		}
	}
	s := Start(t, Config{})
	if pid, running := serverIn(t.Context(), s.Dir()); !running || pid != s.PID() {
		t.Errorf("a running server: %d, %v; want %d", pid, running, s.PID())
	}
}

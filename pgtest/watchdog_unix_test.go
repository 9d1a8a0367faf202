//go:build !windows

package pgtest

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// helpers are programs that a test runs as another process, to kill it: they
// tell where their server is.
var helpers = map[string]func(*testing.T) string{
	"server": func(t *testing.T) string {
		s, err := Run(t.Context(), Config{})
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintln(s.Dir(), s.PID(), s.watch.cmd.Process.Pid)
	},
	"standby": func(t *testing.T) string {
		s, err := Run(t.Context(), Config{})
		if err != nil {
			t.Fatal(err)
		}
		standby, err := RunStandby(t.Context(), s, StandbyConfig{Synchronous: true})
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintln(s.Dir(), standby.Dir())
	},
	"named": func(t *testing.T) string {
		n, err := StartNamed(t.Context(), "mine", Config{Password: "secret"}, 0)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintln(n.Dir)
	},
}

// TestAsHelper is no test: it is what the helper processes run.
func TestAsHelper(t *testing.T) {
	if help, ok := helpers[os.Getenv(helperVariable)]; ok {
		io.WriteString(os.Stdout, help(t))
		io.Copy(io.Discard, os.Stdin) // until this process is killed
	}
}

// helperVariable names the helper that a process is.
const helperVariable = "PARLEY_PGTEST_HELPER"

// helper is a process that is this test binary in another role.
type helper struct {
	cmd   *exec.Cmd
	words []string // of the first line it printed
	in    io.Closer
}

func startHelper(t *testing.T, role string, env ...string) *helper {
	t.Helper()
	h := &helper{cmd: exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestAsHelper$")}
	h.cmd.Env = append(append(os.Environ(), helperVariable+"="+role), env...)
	h.cmd.Stderr = t.Output()
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if h.in, err = h.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if h.words = strings.Fields(line); err != nil || len(h.words) == 0 || !filepath.IsAbs(h.words[0]) {
		t.Fatalf("the helper says %q, %v", line, err)
	}
	return h
}

// kill is SIGKILL: the process has no last word.
func (h *helper) kill() {
	h.cmd.Process.Kill()
	h.cmd.Wait()
}

// The proof of the watchdog: the owner is killed, the server and its directory go.
func TestWatchdog(t *testing.T) {
	t.Parallel()
	h := startHelper(t, "server")
	dir := h.words[0]
	if _, running := serverIn(t.Context(), dir); !running {
		t.Fatal("the helper's server is not running")
	}
	h.kill()
	await(t, "the server is gone", func() bool { _, running := serverIn(t.Context(), dir); return !running })
	await(t, "its directory is gone", func() bool { return !exists(dir) })
}

// A primary and its standby both go, though each waits for the other.
func TestWatchdogOfStandby(t *testing.T) {
	t.Parallel()
	h := startHelper(t, "standby")
	for _, dir := range h.words {
		if _, running := serverIn(t.Context(), dir); !running {
			t.Fatalf("the server in %s is not running", dir)
		}
	}
	h.kill()
	for _, dir := range h.words {
		await(t, "the server is gone", func() bool { _, running := serverIn(t.Context(), dir); return !running })
		await(t, "its directory is gone", func() bool { return !exists(dir) })
	}
}

// Killed while the server is stopped, or before there was one.
func TestWatchdogWithoutServer(t *testing.T) {
	t.Parallel()
	a, root := here(t)
	p, err := newPrivate(a, root)
	if err != nil {
		t.Fatal(err)
	}
	w, err := startWatchdog(p)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.release(); err != nil {
		t.Fatal(err)
	}
	if exists(p.dir) {
		t.Error("the watchdog left the directory")
	}
}

// The watchdog is in a session of its own, as Ctrl-C goes to a whole process group.
func TestWatchdogSession(t *testing.T) {
	t.Parallel()
	s := Start(t, Config{})
	for name, pid := range map[string]int{"watchdog": s.watch.cmd.Process.Pid, "server": s.PID()} {
		group, err := syscall.Getpgid(pid)
		if err != nil || group != pid {
			t.Errorf("the %s, process %d, is in process group %d, %v", name, pid, group, err)
		}
	}
}

// Watchdog and owner are both killed: the next start finds what they left.
func TestSweepAfterWatchdog(t *testing.T) {
	h := startHelper(t, "server")
	dir := h.words[0]
	dog, err := strconv.Atoi(h.words[2])
	if err != nil {
		t.Fatal(err)
	}
	if !inUse(t, dir) {
		t.Error("a running server's directory is not in use")
	}
	syscall.Kill(dog, syscall.SIGKILL)
	h.kill()
	await(t, "nobody holds the lock", func() bool { return !exists(dir) || !inUse(t, dir) })
	a, root := here(t)
	sweep(t.Context(), a, root)
	await(t, "the sweep (ours, or that of a server started meanwhile) is done", func() bool { return !exists(dir) })
	if _, running := serverIn(t.Context(), dir); running {
		t.Error("the sweep left the server")
	}
}

//go:build !windows

package pgtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// launchScript writes down its process id and becomes the postmaster: whoever
// finds the directory later knows the pid of everything that may run in it.
const launchScript = `echo $$ >"$1/pid" && shift && exec "$@"`

func postmaster(p *private, postgres []string) *exec.Cmd {
	args := slices.Concat([]string{"-c", launchScript, "sh", p.dir}, postgres, []string{"-D", p.data()})
	cmd := p.account.command(context.Background(), p.dir, "/bin/sh", args...)
	cmd.SysProcAttr = p.account.detachedAttr()
	return cmd
}

var stopSignals = map[StopMode]syscall.Signal{
	Fast: syscall.SIGINT, Smart: syscall.SIGTERM, Immediate: syscall.SIGQUIT, Crash: syscall.SIGKILL,
}

func (r *process) stop(_ context.Context, _ Installation, mode StopMode) error {
	return r.cmd.Process.Signal(stopSignals[mode])
}

func (r *process) reload(context.Context, Installation) error {
	return r.cmd.Process.Signal(syscall.SIGHUP)
}

// wake makes the postmaster look for the file that asks for a promotion.
func (r *process) wake(context.Context, Installation) error {
	return r.cmd.Process.Signal(syscall.SIGUSR1)
}

// serverIn is the process that runs in a private directory, if one does: the
// process must name the directory, as a pid in a file may have been given to
// somebody else.
func serverIn(ctx context.Context, dir string) (pid int, running bool) {
	text, err := os.ReadFile(filepath.Join(dir, pidName))
	if err != nil {
		return 0, false
	}
	pid, err = strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid <= 1 {
		return 0, false
	}
	return pid, strings.Contains(commandLine(ctx, pid), dataDir(dir))
}

// commandLine is how a process was started, "" if it is gone or a zombie.
func commandLine(ctx context.Context, pid int) string {
	if _, err := os.Stat("/proc/self/cmdline"); err == nil {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err != nil {
			return ""
		}
		return strings.ReplaceAll(string(text), "\x00", " ")
	}
	out, err := exec.CommandContext(ctx, "ps", "-p", strconv.Itoa(pid), "-o", "args=").Output()
	if err != nil {
		return ""
	}
	return string(out)
}

// signalServer sends a stop signal to a server that is not our child.
func signalServer(pid int, mode StopMode) error {
	return syscall.Kill(pid, stopSignals[mode])
}

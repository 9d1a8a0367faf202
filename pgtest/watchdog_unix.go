//go:build !windows

package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"time"
)

const alwaysTCP = false

// watchdogScript waits until this process is done or dead, which closes its
// standard input, or (with $2) until a time or the server's own end. Then it
// stops the server and removes its directory, $1. "leave" sends it away.
//
// It waits for postmaster.pid rather than for the process alone: where nobody
// reaps orphans, a process that has ended is there for ever.
const watchdogScript = `
dir=$1 until=$2 pid=
now() { date +%s; }
nap() { sleep 0.05 2>/dev/null || sleep 1; }
server() { pid=; [ -r "$dir/pid" ] && read -r pid <"$dir/pid"; [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; }
if [ -n "$until" ]; then
	while server && { [ "$until" -lt 0 ] || [ "$(now)" -lt "$until" ]; }; do sleep 2; done
else
	while read -r line; do [ "$line" = leave ] && exit 0; done
fi
if server; then
	kill -QUIT "$pid" 2>/dev/null
	n=0
	while kill -0 "$pid" 2>/dev/null && [ $n -lt 220 ]; do
		n=$((n + 1))
		[ -e "$dir/data-${dir##*-}/postmaster.pid" ] || [ $n -lt 20 ] || break
		[ $n -eq 200 ] && kill -KILL "$pid" 2>/dev/null
		nap
	done
fi
rm -rf "$dir" 2>/dev/null || { sleep 1; rm -rf "$dir"; }
`

// watchdog is a process that outlives this one for as long as it takes to stop
// the server and remove its directory.
type watchdog struct {
	cmd  *exec.Cmd
	line io.WriteCloser // its standard input
}

// startWatchdog starts the watchdog, before there is anything to guard.
func startWatchdog(p *private) (*watchdog, error) {
	w := &watchdog{cmd: watchdogCommand(p, "")}
	var err error
	if w.line, err = w.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := w.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the watchdog: %w", err)
	}
	return w, nil
}

// watchdogCommand holds the directory's lock as well: it stays in use until
// both this process and the watchdog are gone.
func watchdogCommand(p *private, until string) *exec.Cmd {
	cmd := p.account.command(context.Background(), "/", "/bin/sh", "-c", watchdogScript, "parley-watchdog", p.dir, until)
	cmd.SysProcAttr = p.account.detachedAttr()
	cmd.ExtraFiles = []*os.File{p.lock}
	return cmd
}

// adopt does nothing here: the watchdog knows the server by its pid file.
func (w *watchdog) adopt(*os.Process) error { return nil }

// release tells the watchdog that this process is done, and waits for its end.
func (w *watchdog) release() error {
	w.line.Close()
	return w.wait()
}

func (w *watchdog) wait() error {
	timer := time.AfterFunc(watchdogTime, func() { w.cmd.Process.Kill() })
	defer timer.Stop()
	if err := w.cmd.Wait(); err != nil {
		return fmt.Errorf("wait for the watchdog: %w", err)
	}
	return nil
}

// handOver leaves the server to a watchdog that nobody holds on to: it ends
// with the server, or at a time (zero: never).
func (w *watchdog) handOver(p *private, until time.Time) error {
	seconds := "-1"
	if !until.IsZero() {
		seconds = strconv.FormatInt(until.Unix(), 10)
	}
	keeper := watchdogCommand(p, seconds)
	if err := keeper.Start(); err != nil {
		return fmt.Errorf("start the server's keeper: %w", err)
	}
	_, err := io.WriteString(w.line, "leave\n")
	return errors.Join(err, keeper.Process.Release(), w.release())
}

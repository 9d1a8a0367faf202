package pgtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// process is one run of the postmaster.
type process struct {
	cmd  *exec.Cmd
	from int64         // where its part of the log begins
	gone chan struct{} // closed once it has ended and was reaped
	err  error         // how it ended; written before gone is closed
}

// startProcess runs the postmaster, given by how to run postgres. A goroutine
// waits for it until it ends.
func startProcess(p *private, w *watchdog, postgres []string) (*process, error) {
	log, err := os.OpenFile(p.log(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close() // the server has its own
	if err := p.account.give(p.log()); err != nil {
		return nil, err
	}
	r := &process{cmd: postmaster(p, postgres), from: sizeOfFile(p.log()), gone: make(chan struct{})}
	r.cmd.Stdout, r.cmd.Stderr = log, log
	if err := r.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", postgres[0], err)
	}
	go func() {
		r.err = r.cmd.Wait()
		os.Remove(p.path(pidName)) // the number may be somebody else's from now on
		close(r.gone)
	}()
	if err := w.adopt(r.cmd.Process); err != nil {
		r.cmd.Process.Kill()
		<-r.gone
		return nil, err
	}
	return r, nil
}

// running reports whether the process has not ended yet.
func (r *process) running() bool {
	select {
	case <-r.gone:
		return false
	default:
		return true
	}
}

// readyPoll is how often the server's status is looked at while it starts. The
// server offers nothing to wait for; it writes a line into postmaster.pid.
const readyPoll = 3 * time.Millisecond

// waitReady returns when the server takes connections, or an error with the
// end of its log when it has ended, or when ctx has.
func (r *process) waitReady(ctx context.Context, p *private) error {
	tick := time.NewTicker(readyPoll)
	defer tick.Stop()
	for {
		switch status(p.data(), r.cmd.Process.Pid) {
		case "ready", "standby":
			return nil
		}
		select {
		case <-tick.C:
		case <-r.gone:
			return &exitError{process: r, log: readEnd(p.log(), r.from, tailSize)}
		case <-ctx.Done():
			return fmt.Errorf("wait until the server is ready: %w; the end of its log:\n%s",
				context.Cause(ctx), tail(readEnd(p.log(), r.from, tailSize), logLines))
		}
	}
}

// logLines is how much of the log an error quotes.
const logLines = 15

// exitError says that the server ended by itself.
type exitError struct {
	process *process
	log     string
}

func (e *exitError) Error() string {
	return fmt.Sprintf("the server ended before it was ready (%v); the end of its log:\n%s",
		e.process.cmd.ProcessState, tail(e.log, logLines))
}

// status is the last line of postmaster.pid: starting, stopping, ready or
// standby; "" if the file is not there yet or is another process's.
func status(data string, pid int) string {
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return ""
	}
	// pid, directory, start time, port, socket directory, address, key, status
	lines := strings.Split(string(text), "\n")
	if len(lines) < 8 || strings.TrimSpace(lines[0]) != strconv.Itoa(pid) {
		return ""
	}
	return strings.TrimSpace(lines[7])
}

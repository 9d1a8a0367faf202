package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
)

func postmaster(p *private, postgres []string) *exec.Cmd {
	cmd := p.account.command(context.Background(), p.dir, postgres[0], append(postgres[1:len(postgres):len(postgres)], "-D", p.data())...)
	cmd.SysProcAttr = p.account.detachedAttr()
	return cmd
}

var stopSignals = map[StopMode]string{Fast: "INT", Smart: "TERM", Immediate: "QUIT"}

func (r *process) stop(ctx context.Context, i Installation, mode StopMode) error {
	if mode == Crash {
		return r.cmd.Process.Kill()
	}
	return r.signal(ctx, i, stopSignals[mode])
}

func (r *process) reload(ctx context.Context, i Installation) error { return r.signal(ctx, i, "HUP") }

func (r *process) wake(ctx context.Context, i Installation) error { return r.signal(ctx, i, "USR1") }

// signal goes through pg_ctl, as PostgreSQL's signals are its own on Windows.
func (r *process) signal(ctx context.Context, i Installation, name string) error {
	out, err := exec.CommandContext(ctx, i.program("pg_ctl"), "kill", name, strconv.Itoa(r.cmd.Process.Pid)).CombinedOutput()
	if err != nil {
		return fmt.Errorf("pg_ctl kill %s: %s", name, firstLine(string(out), err.Error()))
	}
	return nil
}

// serverIn: a job object has ended every server whose owner is gone.
func serverIn(context.Context, string) (pid int, running bool) { return 0, false }

func signalServer(int, StopMode) error { return errors.New("not possible on Windows") }

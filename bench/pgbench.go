package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"parley/bench/internal/harness"
)

// pgbench is PostgreSQL's own load generator, in C on libpq: each of its clients
// has a connection, and sends a prepared statement when the answer to the last
// one has come.

var errNoPgbench = errors.New("pgbench: it is not beside the server, in PATH or in Debian's place; install the package postgresql-contrib")

// findPgbench prefers the one that belongs to the server.
func (e *env) findPgbench(ctx context.Context) (string, error) {
	if err := e.start(ctx); err != nil {
		return "", err
	}
	places := []string{filepath.Join(e.server.Installation().Bin, "pgbench")}
	if found, err := exec.LookPath("pgbench"); err == nil {
		places = append(places, found)
	}
	debian, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench")
	for _, p := range append(places, debian...) {
		if _, err := os.Stat(p); err == nil {
			return p, nil
		}
	}
	return "", errNoPgbench
}

// pgbench returns contestants that run a script, one for each number of clients.
func (e *env) pgbench(script string, clients ...int) []harness.Contestant {
	if _, err := e.findPgbench(context.Background()); err != nil {
		return []harness.Contestant{absent("pgbench", err.Error())}
	}
	var all []harness.Contestant
	for _, n := range clients {
		all = append(all, harness.Contestant{Name: "pgbench", Params: harness.Params{"conns": n}, Outside: true,
			Open: func(ctx context.Context, _ harness.Dial) (harness.Trial, error) {
				return opened(e.openPgbench(ctx, script, n))
			}})
	}
	return all
}

func (e *env) openPgbench(ctx context.Context, script string, clients int) (*trial, error) {
	program, err := e.findPgbench(ctx)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(e.dir, "pgbench.sql")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		return nil, err
	}
	run := func(ctx context.Context, m *harness.Meter) error {
		seconds := max(1, int(m.Budget().Round(time.Second)/time.Second))
		cmd := exec.CommandContext(ctx, program, "--no-vacuum", "--protocol=prepared", "--file="+file,
			"--client="+strconv.Itoa(clients), "--jobs="+strconv.Itoa(min(clients, 2)), "--time="+strconv.Itoa(seconds),
			"--host="+e.server.SocketDir(), "--port="+strconv.Itoa(e.server.Port()), "--username=postgres", "postgres")
		out, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Errorf("pgbench: %w: %s", err, out)
		}
		return report(m, out, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	}
	return &trial{run, func() {}}, nil
}

var (
	pgbenchTPS  = regexp.MustCompile(`(?m)^tps = ([0-9.]+)`)
	pgbenchDone = regexp.MustCompile(`(?m)^number of transactions actually processed: ([0-9]+)`)
)

// report reads what pgbench prints at the end.
func report(m *harness.Meter, out []byte, cpu time.Duration) error {
	tps, done := pgbenchTPS.FindSubmatch(out), pgbenchDone.FindSubmatch(out)
	if done == nil || tps == nil && string(done[1]) != "0" {
		return fmt.Errorf("pgbench: it printed no result: %s", out)
	}
	if tps == nil { // its clients were not even connected when the time was over
		m.Set(harness.Throughput, 0)
		return nil
	}
	rate, err := strconv.ParseFloat(string(tps[1]), 64)
	if err != nil {
		return err
	}
	n, err := strconv.ParseFloat(string(done[1]), 64)
	if err != nil {
		return err
	}
	m.Set(harness.Throughput, rate)
	m.Set(harness.Wall, 1e9/rate)
	m.Set(harness.CPU, float64(cpu)/n)
	return nil
}

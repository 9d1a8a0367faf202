package dial

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/pgtest"
)

// oracle is libpq, asked through psql: that of PostgreSQL 18 where one is
// installed, else psql's own.
type oracle struct {
	psql, lib string
}

// findOracle finds psql. Without it the test is skipped, or fails in
// continuous integration.
func findOracle(t *testing.T) *oracle {
	t.Helper()
	psql, err := exec.LookPath("psql")
	if err != nil {
		if os.Getenv("PARLEY_CI") != "" {
			t.Fatal("psql is missing, and PARLEY_CI is set")
		}
		t.Skip("psql is missing: nobody to compare with")
	}
	o := &oracle{psql: psql}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if i, err := pgtest.Find(ctx, 18); err == nil {
		lib := filepath.Join(filepath.Dir(i.Bin), "lib")
		if _, err := os.Stat(filepath.Join(lib, "libpq.so.5")); err == nil {
			o.lib = lib
		}
	}
	return o
}

// modern reports whether the oracle knows the keywords of libpq 16 to 18.
func (o *oracle) modern() bool { return o.lib != "" }

// outcome is how a connection string fared: "tls", "plain" or "fails".
func (o *oracle) outcome(t *testing.T, dsn, home string) (outcome, detail string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	const sql = "select case when ssl then 'tls' else 'plain' end from pg_stat_ssl where pid = pg_backend_pid()"
	cmd := exec.CommandContext(ctx, o.psql, "-X", "-w", "-A", "-t", "-c", sql, dsn)
	cmd.Env = []string{"HOME=" + home, "LC_ALL=C", "PATH=" + os.Getenv("PATH")}
	if o.lib != "" {
		cmd.Env = append(cmd.Env, "LD_LIBRARY_PATH="+o.lib)
	}
	out, err := cmd.CombinedOutput()
	text := strings.TrimSpace(string(out))
	if _, exited := errors.AsType[*exec.ExitError](err); exited {
		return "fails", text
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(text, "\n")
	return lines[len(lines)-1], text
}

// ours is the same for this package.
func ours(t *testing.T, dsn, home string) (outcome, detail string) {
	t.Helper()
	system := isolated(t)
	system.HomeDir = func() (string, error) { return home, nil }
	s, err := connect(t, dsn, system, Settings{})
	if err != nil {
		return "fails", err.Error()
	}
	defer func() { _ = s.Conn.Close() }()
	if s.TLS != nil {
		return "tls", ""
	}
	return "plain", ""
}

// same compares the two for one connection string.
func (o *oracle) same(t *testing.T, dsn, home string) (outcome string) {
	t.Helper()
	theirs, theirDetail := o.outcome(t, dsn, home)
	mine, myDetail := ours(t, dsn, home)
	if mine != theirs {
		t.Errorf("%s\n  libpq: %s %s\n  ours:  %s %s", dsn, theirs, theirDetail, mine, myDetail)
	}
	return mine
}

package render_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/pgtest"
)

// libpq is a program that runs the real libpq of version 18 with PQtrace on;
// testdata/oracle.c says what it does.
type libpq struct{ program, libDirs string }

// built is that program, made once for each process.
var built struct {
	once sync.Once
	pq   libpq
	err  error
	dir  string // what TestMain removes, or ""
}

// TestMain removes what build made.
func TestMain(m *testing.M) {
	m.Run()
	if built.dir != "" {
		os.RemoveAll(built.dir)
	}
}

// newLibpq returns the program. Where it cannot be made it skips the test with
// the reason, and fails it in continuous integration.
func newLibpq(t *testing.T) libpq {
	t.Helper()
	built.once.Do(func() { built.pq, built.err = build(context.WithoutCancel(t.Context())) })
	if built.err == nil {
		return built.pq
	}
	if os.Getenv("PARLEY_CI") != "" {
		t.Fatalf("no libpq to compare with: %v", built.err)
	}
	t.Skipf("no libpq to compare with: %v", built.err)
	return libpq{}
}

func build(ctx context.Context) (libpq, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	cc, err := exec.LookPath("cc")
	if err != nil {
		return libpq{}, errors.New("there is no C compiler")
	}
	include, err := exec.CommandContext(ctx, "pg_config", "--includedir").Output()
	if err != nil {
		return libpq{}, errors.New("there is no pg_config (libpq-dev is not installed)")
	}
	libs, err := libraries(ctx)
	if err != nil {
		return libpq{}, err
	}
	if built.dir, err = os.MkdirTemp("", "render-libpq-"); err != nil {
		return libpq{}, err
	}
	var tried []error
	for _, lib := range libs {
		pq, err := link(ctx, cc, strings.TrimSpace(string(include)), lib)
		if err == nil {
			return pq, nil
		}
		tried = append(tried, err)
	}
	return libpq{}, errors.Join(append(tried, errors.New("no libpq of version 18 was found"))...)
}

// libraries lists what may be a libpq of version 18: those beside the server
// that is found, and beside the one that is fetched.
func libraries(ctx context.Context) ([]string, error) {
	found, err := pgtest.Find(ctx, 18)
	if err != nil {
		return nil, err
	}
	libs := shared(found)
	if len(libs) == 0 || found.Source != "cache" {
		if found, err = pgtest.Fetch(ctx, 18, nil); err == nil {
			libs = append(libs, shared(found)...)
		}
	}
	return libs, nil
}

func shared(i pgtest.Installation) []string {
	libs, _ := filepath.Glob(filepath.Join(filepath.Dir(i.Bin), "lib", "libpq.so.5*")) // fails on a bad pattern only
	return libs
}

// link builds the program against one library, and asks for its version.
func link(ctx context.Context, cc, include, lib string) (libpq, error) {
	dir, err := os.MkdirTemp(built.dir, "")
	if err != nil {
		return libpq{}, err
	}
	// The library's own file may lack the link by which the loader asks for it.
	if err := os.Symlink(lib, filepath.Join(dir, "libpq.so.5")); err != nil {
		return libpq{}, err
	}
	pq := libpq{filepath.Join(dir, "oracle"), dir + ":" + filepath.Dir(lib)}
	out, err := exec.CommandContext(ctx, cc, "-O1", "-Wall", "-o", pq.program, "testdata/oracle.c",
		"-I"+include, "-I"+filepath.Join(include, "postgresql"), lib, "-Wl,--allow-shlib-undefined").CombinedOutput()
	if err != nil {
		return pq, fmt.Errorf("build with %s: %w: %s", lib, err, out)
	}
	out, err = pq.command(ctx, "version").Output()
	if err != nil {
		return pq, fmt.Errorf("run with %s: %w", lib, err)
	}
	if v, _ := strconv.Atoi(strings.TrimSpace(string(out))); v/10000 != 18 {
		return pq, fmt.Errorf("%s is of version %d", lib, v)
	}
	return pq, nil
}

func (pq libpq) command(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, pq.program, args...)
	c.Env = []string{"LD_LIBRARY_PATH=" + pq.libDirs, "LC_ALL=C", "TZ=UTC", "HOME=/nonexistent",
		"PGSYSCONFDIR=/nonexistent", "PGPASSFILE=/nonexistent"}
	return c
}

// trace runs a scenario and returns what PQtrace wrote, and what the program
// complained of.
func (pq libpq) trace(t *testing.T, scenario string, flags int, conninfo string) (trace, complaint string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "trace")
	c := pq.command(t.Context(), scenario, strconv.Itoa(flags), file, conninfo)
	var stderr strings.Builder
	c.Stderr = &stderr
	if err := c.Run(); err != nil && stderr.Len() == 0 {
		t.Fatalf("run libpq: %v", err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b), stderr.String()
}

package pgtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Pooler is a PgBouncer in front of a server, on a Unix socket of its own.
type Pooler struct {
	Version string // as it prints it: "1.18.0"
	dir     string
	gone    chan struct{} // closed once it has ended
}

// poolerPort is only part of the name of the socket.
const poolerPort = 6432

// poolerLife is how long a pooler lives whose test does not.
const poolerLife = 10 * time.Minute

// PoolerConfig says what PgBouncer to start. The zero value is any that is
// installed, in session mode.
type PoolerConfig struct {
	// Mode is the pool mode: session, transaction or statement.
	Mode string
	// AtLeast is the oldest version that will do: "1.21". Where none is
	// installed that is as new, one is taken from a newer release of Debian and
	// kept in the cache. Empty: any that is installed.
	AtLeast string
	// Settings are more lines for the section [pgbouncer] of its configuration.
	Settings []string
}

// ErrNoPgBouncer is the error of StartPgBouncer when there is none.
var ErrNoPgBouncer = errors.New("find PgBouncer: it is neither in PATH nor in /usr/sbin; install Debian's package pgbouncer")

// StartPgBouncer starts a PgBouncer in front of the server. It ends with the
// test. It runs as the user that the server runs as.
func StartPgBouncer(t testing.TB, s *Server, config PoolerConfig) (*Pooler, error) {
	t.Helper()
	program, version, err := findPgBouncer(t.Context(), s.site, config.AtLeast)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(s.Dir(), "pooler-")
	if err != nil {
		return nil, err
	}
	p := &Pooler{Version: version, dir: dir, gone: make(chan struct{})}
	if err := p.configure(s, config); err != nil {
		return nil, fmt.Errorf("configure PgBouncer: %w", err)
	}
	if err := p.run(t, s, program); err != nil {
		return nil, fmt.Errorf("start PgBouncer: %w", err)
	}
	return p, nil
}

// findPgBouncer returns how to run a PgBouncer, and its version.
func findPgBouncer(ctx context.Context, s site, atLeast string) (program []string, version string, err error) {
	older := ""
	for _, name := range []string{"pgbouncer", "/usr/sbin/pgbouncer"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		if version, err = poolerVersion(ctx, s.account, []string{path}); err != nil {
			return nil, "", err
		}
		if notOlder(version, atLeast) {
			return []string{path}, version, nil
		}
		older = fmt.Sprintf("; %s is %s", path, version)
	}
	if atLeast == "" {
		return nil, "", ErrNoPgBouncer
	}
	f := &finder{site: s, r: reporter{to: defaultProgress}}
	if program, version, err = f.debianPgBouncer(ctx, atLeast); err != nil {
		return nil, "", fmt.Errorf("%w: %s or later is wanted%s: %w", ErrNoPgBouncer, atLeast, older, err)
	}
	return program, version, nil
}

// debianPgBouncer takes PgBouncer from a newer release of Debian.
func (f *finder) debianPgBouncer(ctx context.Context, atLeast string) (program []string, version string, err error) {
	look := func(ctx context.Context, tree string) (err error) {
		loader, err := ownLoader(tree)
		if err != nil {
			return err
		}
		program = append(loader, filepath.Join(tree, "usr/sbin/pgbouncer"))
		if version, err = poolerVersion(ctx, f.site.account, program); err != nil {
			return err
		}
		if !notOlder(version, atLeast) {
			return fmt.Errorf("its version is %s", version)
		}
		return nil
	}
	tree, err := f.unpacked(ctx, wanted{name: "pgbouncer-" + atLeast, packages: []string{"pgbouncer"},
		releases: []string{"trixie", "stable", "testing"}, libraries: true, check: look})
	if err == nil {
		err = look(ctx, tree)
	}
	return program, version, err
}

// ownLoader returns what to put before a program's path to run it with an unpacked
// tree's own C library, which may be newer than the system's.
func ownLoader(tree string) ([]string, error) {
	for _, pattern := range []string{"usr/lib*/ld-linux*.so.*", "usr/lib/*/ld-linux*.so.*", "usr/lib*/ld*.so.*"} {
		loaders, _ := filepath.Glob(filepath.Join(tree, pattern)) // fails on a bad pattern only
		if len(loaders) == 0 {
			continue
		}
		libraries, _ := filepath.Glob(filepath.Join(tree, "usr/lib/*-linux-*"))
		return []string{loaders[0], "--library-path", strings.Join(libraries, ":")}, nil
	}
	return nil, fmt.Errorf("%s has no loader for programs", tree)
}

func poolerVersion(ctx context.Context, a account, program []string) (string, error) {
	out, err := a.command(ctx, "/", program[0], append(program[1:len(program):len(program)], "--version")...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("run PgBouncer --version: %w: %s", err, firstLine(string(out), "it said nothing"))
	}
	return strings.TrimPrefix(firstLine(string(out), ""), "PgBouncer "), nil
}

// notOlder reports whether a version, such as "1.18.0", is the other or later.
func notOlder(version, than string) bool {
	return slices.Compare(numbers(version), numbers(than)) >= 0
}

// numbers are the numbers of a version, up to what is none.
func numbers(version string) (ns []int) {
	for part := range strings.SplitSeq(version, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			break
		}
		ns = append(ns, n)
	}
	return ns
}

// configure writes the files that PgBouncer reads.
func (p *Pooler) configure(s *Server, config PoolerConfig) error {
	mode := cmp.Or(config.Mode, "session")
	ini := fmt.Sprintf("[databases]\n* = host=%s port=%d\n[pgbouncer]\nunix_socket_dir = %s\nlisten_port = %d\nauth_type = trust\n"+
		"auth_file = %s\nlogfile = %s\npool_mode = %s\n%s\n", s.SocketDir(), s.Port(), p.dir, poolerPort,
		p.path("users"), p.path("log"), mode, strings.Join(config.Settings, "\n"))
	for name, text := range map[string]string{"ini": ini, "users": fmt.Sprintf("%q \"\"\n", s.User())} {
		if err := os.WriteFile(p.path(name), []byte(text), 0o600); err != nil {
			return err
		}
		if err := s.site.account.give(p.path(name)); err != nil {
			return err
		}
	}
	return s.site.account.give(p.dir)
}

func (p *Pooler) path(name string) string { return filepath.Join(p.dir, name) }

// Socket is the path of the pooler's Unix socket.
func (p *Pooler) Socket() string { return p.path(".s.PGSQL." + strconv.Itoa(poolerPort)) }

// run starts the program, and waits until it takes connections.
func (p *Pooler) run(t testing.TB, s *Server, program []string) error {
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	args := append(slices.Clone(program), p.path("ini"))
	if timeout, err := exec.LookPath("timeout"); err == nil { // which outlives a test that is killed
		args = append([]string{timeout, strconv.Itoa(int(poolerLife.Seconds()))}, args...)
	}
	cmd := s.site.account.command(ctx, p.dir, args[0], args[1:]...)
	cmd.Cancel = func() error { return interruptProcess(cmd.Process) }
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		stop()
		return err
	}
	go func() {
		_ = cmd.Wait()
		close(p.gone)
	}()
	t.Cleanup(func() {
		stop()
		<-p.gone
	})
	return p.waitReady(t.Context())
}

func (p *Pooler) waitReady(ctx context.Context) error {
	tick := time.NewTicker(readyPoll)
	defer tick.Stop()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "unix", p.Socket())
		if err == nil {
			return conn.Close()
		}
		select {
		case <-tick.C:
		case <-p.gone:
			return fmt.Errorf("it ended before it was ready; its log:\n%s", readEnd(p.path("log"), 0, tailSize))
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// interruptProcess asks a process to end.
func interruptProcess(p *os.Process) error {
	if err := p.Signal(syscall.SIGTERM); err != nil {
		return p.Kill()
	}
	return nil
}

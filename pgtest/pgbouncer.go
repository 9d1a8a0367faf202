package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
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

// ErrNoPgBouncer is the error of StartPgBouncer when it is not installed.
var ErrNoPgBouncer = errors.New("find PgBouncer: it is neither in PATH nor in /usr/sbin; install Debian's package pgbouncer")

// StartPgBouncer starts a PgBouncer in front of the server, in a pool mode
// (session, transaction or statement), with more settings if need be. It ends
// with the test. It runs as the user that the server runs as.
func StartPgBouncer(t testing.TB, s *Server, mode string, settings ...string) (*Pooler, error) {
	t.Helper()
	program, err := findPgBouncer()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(s.Dir(), "pooler-")
	if err != nil {
		return nil, err
	}
	p := &Pooler{dir: dir, gone: make(chan struct{})}
	if err := p.configure(s, mode, settings); err != nil {
		return nil, fmt.Errorf("configure PgBouncer: %w", err)
	}
	version, err := s.site.account.command(t.Context(), dir, program, "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("run %s --version: %w", program, err)
	}
	p.Version = strings.TrimPrefix(firstLine(string(version), ""), "PgBouncer ")
	if err := p.run(t, s, program); err != nil {
		return nil, fmt.Errorf("start PgBouncer: %w", err)
	}
	return p, nil
}

func findPgBouncer() (string, error) {
	for _, name := range []string{"pgbouncer", "/usr/sbin/pgbouncer"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", ErrNoPgBouncer
}

// configure writes the files that PgBouncer reads.
func (p *Pooler) configure(s *Server, mode string, settings []string) error {
	ini := fmt.Sprintf("[databases]\n* = host=%s port=%d\n[pgbouncer]\nunix_socket_dir = %s\nlisten_port = %d\nauth_type = trust\n"+
		"auth_file = %s\nlogfile = %s\npool_mode = %s\n%s\n", s.SocketDir(), s.Port(), p.dir, poolerPort,
		p.path("users"), p.path("log"), mode, strings.Join(settings, "\n"))
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
func (p *Pooler) run(t testing.TB, s *Server, program string) error {
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	args := []string{program, p.path("ini")}
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

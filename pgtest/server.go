package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// Server is a private PostgreSQL. Its methods may be used by several
// goroutines at once. Two goroutines outlive the call that starts a server, for
// as long as its process runs: one waits for the process, the other (inside
// os/exec) is the context's.
type Server struct {
	config   Config // with its defaults filled in
	site     site
	install  Installation
	extended extended
	private  *private
	watch    *watchdog
	report   reporter

	turn chan struct{} // holds a token: the right to start, stop, reload, close

	mu       sync.Mutex        // guards the following fields, never held across I/O
	port     int               // fixed once the server was ready
	ready    bool              // whether it ever was
	settings map[string]string // of Config and SetSettings
	process  *process          // nil before the first start; the last one afterwards
	closed   bool
}

// Start starts a server for a test, and closes it when the test ends. It never
// skips: without a server the test fails, and says what was tried to get one.
// When the test fails, the end of the server's log is logged.
func Start(t testing.TB, c Config) *Server {
	t.Helper()
	s, err := Run(t.Context(), c)
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	closeAfter(t, s)
	return s
}

// closeAfter closes a server when the test ends.
func closeAfter(t testing.TB, s *Server) {
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the end of the log of PostgreSQL %s:\n%s", s.Version(), tail(readEnd(s.LogPath(), 0, tailSize), logLines))
		}
		if err := s.Close(); err != nil {
			t.Errorf("close PostgreSQL: %v", err)
		}
	})
}

// Run starts a server and returns once it takes connections. ctx bounds the
// start and everything it may need (a download, initdb), not the server's life:
// that ends with Close, or with this process, however it ends.
func Run(ctx context.Context, c Config) (*Server, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	s, err := newServer(ctx, c.filled())
	if err != nil {
		return nil, err
	}
	if err := s.bringUp(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("PostgreSQL %s: %w", s.install.Version, err), s.Close())
	}
	return s, nil
}

// newServer chooses programs and place, and sets the watchdog on it.
func newServer(ctx context.Context, c Config) (*Server, error) {
	st, err := thisSite()
	if err != nil {
		return nil, err
	}
	s := &Server{config: c, site: st, report: reporter{to: c.Progress}, turn: make(chan struct{}, 1)}
	s.turn <- struct{}{}
	f := &finder{site: st, r: s.report}
	if s.install, err = f.choose(ctx, c); err != nil {
		return nil, err
	}
	if s.extended, err = f.extend(ctx, s.install, c); err != nil {
		return nil, err
	}
	root, err := privateRoot(st.account, privateRoots())
	if err != nil {
		return nil, err
	}
	sweep(ctx, st.account, root)
	if s.private, err = newPrivate(st.account, root); err != nil {
		return nil, err
	}
	if s.watch, err = startWatchdog(s.private); err != nil {
		return nil, errors.Join(err, s.private.remove())
	}
	return s, nil
}

// bringUp fills the private directory and starts the server in it.
func (s *Server) bringUp(ctx context.Context) (err error) {
	template, err := s.site.template(ctx, s.install, s.config, s.report)
	if err != nil {
		return err
	}
	t := s.report.begin("start", false, "starting PostgreSQL %s", s.install.Version)
	defer func() { t.end(err) }()
	if err := s.site.account.copyTree(ctx, template, s.DataDir()); err != nil {
		return fmt.Errorf("copy the template: %w", err)
	}
	if err := s.configure(); err != nil {
		return err
	}
	if err := s.setUp(ctx); err != nil {
		return err
	}
	return s.start(ctx)
}

// leave lets the server outlive this process, until a time (zero: no bound).
func (s *Server) leave(ctx context.Context, until time.Time) error {
	release, err := s.hold(ctx)
	if err != nil {
		return err
	}
	defer release()
	if err := s.watch.handOver(s.private, until); err != nil {
		return err
	}
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	return s.private.lock.Close()
}

// Close stops the server at once and removes everything it had. A second Close
// does nothing.
func (s *Server) Close() error {
	<-s.turn
	defer func() { s.turn <- struct{}{} }()
	s.mu.Lock()
	again := s.closed
	s.closed = true
	s.mu.Unlock()
	if again {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), watchdogTime)
	defer cancel()
	err := s.stop(ctx, Immediate)
	if err != nil {
		err = errors.Join(err, s.stop(context.Background(), Crash))
	}
	return errors.Join(err, s.watch.release(), s.private.remove())
}

// Dir is the server's private directory, which also holds its socket. It is
// gone after Close.
func (s *Server) Dir() string { return s.private.dir }

// SocketDir is the directory of the Unix socket: libpq's host. It is "" on Windows.
func (s *Server) SocketDir() string {
	if alwaysTCP {
		return ""
	}
	return s.private.dir
}

// Socket is the path of the Unix socket. It is "" on Windows.
func (s *Server) Socket() string {
	if alwaysTCP {
		return ""
	}
	return filepath.Join(s.private.dir, ".s.PGSQL."+strconv.Itoa(s.Port()))
}

// Port is the port, of TCP and in the socket's name.
func (s *Server) Port() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.port
}

// TCPAddr is the address of TCP, "127.0.0.1:port", and "" unless Config.TCP.
func (s *Server) TCPAddr() string {
	if !s.config.TCP {
		return ""
	}
	return net.JoinHostPort(loopback, strconv.Itoa(s.Port()))
}

// User is the superuser.
func (s *Server) User() string { return s.config.User }

// Password is the superuser's, "" if it has none.
func (s *Server) Password() string { return s.config.Password }

// Database is the database of Config.
func (s *Server) Database() string { return s.config.Database }

// Version is the server's version as it prints it: "18.4".
func (s *Server) Version() string { return s.install.Version }

// VersionNum is the version as server_version_num: 180004.
func (s *Server) VersionNum() int { return s.install.Number }

// Installation is where the server's programs are.
func (s *Server) Installation() Installation { return s.install }

// DataDir is the data directory.
func (s *Server) DataDir() string { return s.private.data() }

// LogPath is the file with everything the server wrote to its log.
func (s *Server) LogPath() string { return s.private.log() }

// Log is the text of the log so far, its last 16 MB; "" after Close.
func (s *Server) Log() string { return readEnd(s.LogPath(), 0, 16<<20) }

// PID is the process id of the postmaster, 0 while the server is not running.
func (s *Server) PID() int {
	if p := s.current(); p != nil && p.running() {
		return p.cmd.Process.Pid
	}
	return 0
}

func (s *Server) current() *process {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.process
}

// Gone is closed once the postmaster that runs now has ended, whatever ended
// it. It stays closed until the server is started again.
func (s *Server) Gone() <-chan struct{} { return s.current().gone }

// open reports an error once the server was closed.
func (s *Server) open() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return fmt.Errorf("use the server: %w", os.ErrClosed)
	}
	return nil
}

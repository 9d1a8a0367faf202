package pgtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// DefaultLifetime is how long a named server lasts unless told otherwise.
const DefaultLifetime = 12 * time.Hour

// ErrRunning is StartNamed's error when the name is taken, and ErrNotRunning
// StopNamed's when it is free.
var (
	ErrRunning    = errors.New("a server of this name is running already")
	ErrNotRunning = errors.New("no server of this name is running")
)

// Named is a server that outlives the command that started it, for people to
// work with. It is as private as any: on a Unix socket, and on 127.0.0.1 if
// Config.TCP asked for it.
type Named struct {
	Name         string
	Installation Installation
	PID          int
	Dir          string // its private directory, with its log
	SocketDir    string
	Port         int
	TCPAddr      string // "" unless Config.TCP
	User         string
	Database     string
	DSN, URI     string // with the password, if there is one
	TCPDSN       string
	TCPURI       string
	LogPath      string
	Started      time.Time
	Until        time.Time // when it stops by itself; zero: it does not
}

// serversName is the directory of the cache with a file for each named server.
const serversName = "servers"

// namePattern keeps names usable as file names everywhere.
var namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$`)

// StartNamed starts a server that lasts for lifetime (0: DefaultLifetime;
// negative: until it is stopped or the machine is), whatever happens to this
// process. ctx bounds the start. If the name is taken, the server that has it
// is returned, with ErrRunning. Windows has no named servers yet.
func StartNamed(ctx context.Context, name string, c Config, lifetime time.Duration) (Named, error) {
	r, err := openRegister(ctx, name)
	if err != nil {
		return Named{}, err
	}
	defer r.lock.Close()
	if n, ok := r.read(ctx, name); ok {
		return n, fmt.Errorf("start server %q: %w", name, ErrRunning)
	}
	s, err := Run(ctx, c)
	if err != nil {
		return Named{}, fmt.Errorf("start server %q: %w", name, err)
	}
	n := s.named(name, lifetime)
	if err := r.write(n); err != nil {
		return Named{}, errors.Join(fmt.Errorf("start server %q: %w", name, err), s.Close())
	}
	if err := s.leave(ctx, n.Until); err != nil {
		return Named{}, errors.Join(fmt.Errorf("start server %q: %w", name, err), s.Close(), r.forget(name))
	}
	return n, nil
}

func (s *Server) named(name string, lifetime time.Duration) Named {
	n := Named{
		Name: name, Installation: s.install, PID: s.PID(), Dir: s.Dir(), SocketDir: s.SocketDir(), Port: s.Port(),
		TCPAddr: s.TCPAddr(), User: s.User(), Database: s.Database(), DSN: s.DSN(), URI: s.URI(),
		TCPDSN: s.TCPDSN(), TCPURI: s.TCPURI(), LogPath: s.LogPath(), Started: time.Now().Truncate(time.Second),
	}
	switch {
	case lifetime == 0:
		n.Until = n.Started.Add(DefaultLifetime)
	case lifetime > 0:
		n.Until = n.Started.Add(lifetime)
	}
	return n
}

// ListNamed lists the named servers of this user that are running, by name.
func ListNamed(ctx context.Context) ([]Named, error) {
	s, err := thisSite()
	if err != nil {
		return nil, err
	}
	r := &register{dir: filepath.Join(s.cache, serversName)}
	entries, err := os.ReadDir(r.dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("list servers: %w", err)
	}
	var list []Named
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".json"); ok {
			if n, ok := r.read(ctx, name); ok {
				list = append(list, n)
			}
		}
	}
	slices.SortFunc(list, func(a, b Named) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// StopNamed stops a named server, ending its sessions in order, and removes all
// it had. It returns what was stopped, or ErrNotRunning.
func StopNamed(ctx context.Context, name string) (Named, error) {
	r, err := openRegister(ctx, name)
	if err != nil {
		return Named{}, err
	}
	defer r.lock.Close()
	n, ok := r.read(ctx, name)
	if !ok {
		return Named{}, errors.Join(fmt.Errorf("stop server %q: %w", name, ErrNotRunning), r.forget(name))
	}
	if err := stopStray(ctx, n.Dir, Fast); err != nil {
		return n, fmt.Errorf("stop server %q: %w", name, err)
	}
	if err := errors.Join(removeAll(n.Dir), r.forget(name)); err != nil {
		return n, fmt.Errorf("remove what server %q had: %w", name, err)
	}
	return n, nil
}

// register is the directory with what is known of the named servers.
type register struct {
	dir  string
	lock *os.File // of one name, while its server is started or stopped
}

// openRegister locks a name.
func openRegister(ctx context.Context, name string) (*register, error) {
	if !namePattern.MatchString(name) {
		return nil, fmt.Errorf("%q cannot be a server's name: use letters, digits, - and _, at most 32", name)
	}
	s, err := thisSite()
	if err != nil {
		return nil, err
	}
	r := &register{dir: filepath.Join(s.cache, serversName)}
	if err := makeDir(r.dir, 0o700); err != nil { // there are passwords in it
		return nil, err
	}
	r.lock, err = lockFile(ctx, filepath.Join(r.dir, name+".lock"), nil)
	return r, err
}

func (r *register) path(name string) string { return filepath.Join(r.dir, name+".json") }

// read is what is known of a server, if it is running.
func (r *register) read(ctx context.Context, name string) (Named, bool) {
	var n Named
	text, err := os.ReadFile(r.path(name))
	if err != nil || json.Unmarshal(text, &n) != nil {
		return Named{}, false
	}
	pid, running := serverIn(ctx, n.Dir)
	n.PID = pid
	return n, running
}

func (r *register) write(n Named) error {
	text, err := json.MarshalIndent(n, "", "\t")
	if err != nil {
		return err
	}
	owner := private{account: account{}} // this process, not the server's account
	return owner.write(r.path(n.Name), text)
}

func (r *register) forget(name string) error {
	if err := os.Remove(r.path(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

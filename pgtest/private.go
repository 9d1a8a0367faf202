package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

const (
	privatePrefix = "parley-"
	hiddenPrefix  = ".parley-" // a private directory while it is being made
	lockName      = "lock"     // held by everything that keeps the directory in use
	pidName       = "pid"      // of the postmaster, written before it runs
	logName       = "log"

	// maxSocketPath is sun_path of the strictest system (macOS: 104 bytes)
	// without its final NUL.
	maxSocketPath = 103

	// socketRoom is the longest that a private directory adds to its root.
	socketRoom = len("/parley-0123456789/.s.PGSQL.65535")
)

// private is a server's directory: data, socket, log and marks. It is in use as
// long as lock is held by any process, this one or the watchdog.
type private struct {
	dir     string
	lock    *os.File
	account account
}

// newPrivate makes a directory under root, which belongs to the account.
func newPrivate(a account, root string) (*private, error) {
	// Made under a hidden name and renamed with its lock held: a sweep never
	// sees a private directory that nobody has locked yet.
	hidden, err := os.MkdirTemp(root, hiddenPrefix+"*")
	if err != nil {
		return nil, fmt.Errorf("make private directory: %w", err)
	}
	p := &private{account: a}
	if err = p.settle(hidden, root); err != nil {
		if p.lock != nil {
			p.lock.Close()
		}
		os.RemoveAll(hidden)
		return nil, fmt.Errorf("make private directory: %w", err)
	}
	return p, nil
}

func (p *private) settle(hidden, root string) (err error) {
	if p.lock, err = lockFile(context.Background(), filepath.Join(hidden, lockName), nil); err != nil {
		return err
	}
	spread(hidden)
	if err = errors.Join(p.account.give(hidden), p.account.give(p.lock.Name())); err != nil {
		return err
	}
	p.dir = filepath.Join(root, privatePrefix+strings.TrimPrefix(filepath.Base(hidden), hiddenPrefix))
	return os.Rename(hidden, p.dir)
}

func (p *private) path(name string) string { return filepath.Join(p.dir, name) }
func (p *private) data() string            { return dataDir(p.dir) }
func (p *private) log() string             { return p.path(logName) }

// dataDir is the data directory in a private one. It has the same number in its
// name, as spread goes by names.
func dataDir(private string) string {
	return filepath.Join(private, "data-"+strings.TrimPrefix(filepath.Base(private), privatePrefix))
}

// write writes a file that belongs to the account and is readable by it alone,
// all or nothing. PostgreSQL refuses a TLS key that others may read.
func (p *private) write(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close(), p.account.give(f.Name())); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// remove gives up the lock and deletes the directory: in this order, as Windows
// deletes no open file. A sweep that comes between finishes the work.
func (p *private) remove() error {
	p.lock.Close()
	return removeAll(p.dir)
}

// removeAll tries twice: a backend on its way out may still create a file.
func removeAll(dir string) error {
	if os.RemoveAll(dir) == nil {
		return nil
	}
	return os.RemoveAll(dir)
}

// privateRoots are the directories that may hold private ones, best first.
// TMPDIR may be too long for a socket (macOS), or closed to the server's account.
func privateRoots() []string {
	roots := []string{os.TempDir()}
	if runtime.GOOS != "windows" {
		roots = append(roots, "/tmp", "/var/tmp")
	}
	return roots
}

// privateRoot is the first of roots that is short enough and works.
func privateRoot(a account, roots []string) (string, error) {
	var tried []error
	for _, root := range roots {
		err := usableRoot(a, root)
		if err == nil {
			return root, nil
		}
		tried = append(tried, err)
	}
	return "", fmt.Errorf("find a place for the server's directory: %w; "+
		"set TMPDIR to a short path that every user can enter", errors.Join(tried...))
}

func usableRoot(a account, root string) error {
	if n := len(root) + socketRoom; n > maxSocketPath && runtime.GOOS != "windows" {
		return fmt.Errorf("%s is too long for a Unix socket (%d bytes with the socket's name, %d at most)",
			root, n, maxSocketPath)
	}
	probe, err := os.MkdirTemp(root, hiddenPrefix+"*")
	if err != nil {
		return err
	}
	if err := os.Remove(probe); err != nil {
		return err
	}
	return a.reaches(root)
}

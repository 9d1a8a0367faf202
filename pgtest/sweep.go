package pgtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// strayAge is how old a directory without a lock must be to be a leftover: a
// process makes and locks one in no time.
const strayAge = time.Hour

// sweep removes the private directories under root whose owners, test and
// watchdog, are both gone: after a reboot, or when somebody killed both. What
// goes wrong is left for the next sweep.
func sweep(ctx context.Context, a account, root string) {
	entries, err := os.ReadDir(root)
	if err != nil {
		return
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.IsDir() || !a.owns(info) {
			continue
		}
		dir := filepath.Join(root, e.Name())
		switch old := time.Since(info.ModTime()) > strayAge; {
		case numbered(e.Name(), hiddenPrefix) && old:
			os.RemoveAll(dir)
		case numbered(e.Name(), privatePrefix):
			sweepPrivate(ctx, dir, old)
		}
	}
}

// numbered reports whether a name is a prefix and digits, as os.MkdirTemp makes.
func numbered(name, prefix string) bool {
	digits, ok := strings.CutPrefix(name, prefix)
	return ok && digits != "" && strings.Trim(digits, "0123456789") == ""
}

func sweepPrivate(ctx context.Context, dir string, old bool) {
	lock, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR, 0)
	if os.IsNotExist(err) && old {
		os.RemoveAll(dir)
	}
	if err != nil {
		return
	}
	defer lock.Close()
	if free, err := tryLock(lock); err != nil || !free {
		return
	}
	if stopStray(ctx, dir, Immediate) == nil {
		removeAll(dir)
	}
}

// stopStray ends a server that is not this process's child, if one runs in dir.
func stopStray(ctx context.Context, dir string, mode StopMode) error {
	for _, mode := range []StopMode{mode, Immediate, Crash} {
		pid, running := serverIn(ctx, dir)
		if !running {
			return nil
		}
		if err := signalServer(pid, mode); err != nil {
			return fmt.Errorf("stop the server with process id %d (%v): %w", pid, mode, err)
		}
		if awaitEnd(ctx, dir, strayTime) {
			return nil
		}
	}
	return fmt.Errorf("stop the server in %s: it does not end: %w", dir, context.Cause(ctx))
}

// strayTime is how long a server may take for each way of stopping it. After
// five seconds of Immediate, PostgreSQL kills its children itself.
const strayTime = 10 * time.Second

// awaitEnd waits until no server runs in dir, and reports whether none does.
func awaitEnd(ctx context.Context, dir string, atMost time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	for {
		if _, running := serverIn(ctx, dir); !running {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		pause(ctx, 20*time.Millisecond)
	}
}

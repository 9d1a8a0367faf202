package pgtest

import (
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
func sweep(a account, root string) {
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
			sweepPrivate(dir, old)
		}
	}
}

// numbered reports whether a name is a prefix and digits, as os.MkdirTemp makes.
func numbered(name, prefix string) bool {
	digits, ok := strings.CutPrefix(name, prefix)
	return ok && digits != "" && strings.Trim(digits, "0123456789") == ""
}

func sweepPrivate(dir string, old bool) {
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
	stopStray(dir)
	removeAll(dir)
}

// stopStray ends a server that nobody looks after.
func stopStray(dir string) {
	pid, running := serverIn(dir)
	if !running || signalServer(pid, Immediate) != nil {
		return
	}
	// PostgreSQL itself kills its children after five seconds of this.
	if !awaitEnd(dir, 10*time.Second) {
		signalServer(pid, Crash)
		awaitEnd(dir, time.Second)
	}
}

// awaitEnd waits until no server runs in dir, and reports whether none does.
func awaitEnd(dir string, atMost time.Duration) bool {
	for end := time.Now().Add(atMost); ; {
		if _, running := serverIn(dir); !running {
			return true
		}
		if time.Now().After(end) {
			return false
		}
		time.Sleep(20 * time.Millisecond)
	}
}

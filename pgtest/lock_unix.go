//go:build !windows

package pgtest

import (
	"errors"
	"os"
	"syscall"
)

// tryLock is flock, not fcntl: it also excludes another file opened by this
// process, and a child that inherits the file keeps the lock.
func tryLock(f *os.File) (bool, error) {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		default:
			return false, err
		}
	}
}

package pgtest

import (
	"context"
	"fmt"
	"os"
	"time"
)

// lockPoll is how often a busy lock is tried again. Locks of the operating
// system cannot be waited for together with a context.
const lockPoll = 20 * time.Millisecond

// lockFile takes the lock of the file at path, across processes and inside this
// one, creating the file. waiting is called once if somebody else holds it.
// Closing the file, or the death of the process, releases the lock. The file
// stays: removing it would let two processes lock two files of one name.
func lockFile(ctx context.Context, path string, waiting func()) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	for first := true; ; first = false {
		ok, err := tryLock(f)
		if ok {
			return f, nil
		}
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		if first && waiting != nil {
			waiting()
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, fmt.Errorf("wait for lock %s: %w", path, context.Cause(ctx))
		case <-time.After(lockPoll):
		}
	}
}

package delay

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// timer is a timerfd: the runtime waits for it as for a socket, which is exact
// and occupies no thread.
type timer struct {
	fd   int
	file *os.File
}

func newTimer() (*timer, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("timerfd_create", err)
	}
	return &timer{fd: fd, file: os.NewFile(uintptr(fd), "timer")}, nil
}

// sleep waits; it may return early.
func (t *timer) sleep(d time.Duration) {
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(max(1, int64(d)))}
	var expirations [8]byte
	if unix.TimerfdSettime(t.fd, 0, &spec, nil) == nil {
		_, _ = t.file.Read(expirations[:])
	}
}

func (t *timer) close() { _ = t.file.Close() }

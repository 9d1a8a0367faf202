//go:build unix

package harness

import (
	"syscall"
	"time"
)

// cpuTime returns the CPU time that this process has used, in user and kernel.
func cpuTime() (time.Duration, bool) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, false
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), true
}

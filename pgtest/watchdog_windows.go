package pgtest

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"time"

	"golang.org/x/sys/windows"
)

// alwaysTCP: not every PostgreSQL for Windows has Unix sockets.
const alwaysTCP = true

// watchdog is a job object, which the system closes when this process ends,
// and which ends the server when it is closed. The directory of a process that
// was killed is left for the next start to sweep.
type watchdog struct{ job windows.Handle }

func startWatchdog(*private) (*watchdog, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return nil, fmt.Errorf("create a job object: %w", err)
	}
	var limits windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	limits.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		reflect.ValueOf(&limits).Pointer(), uint32(reflect.TypeOf(limits).Size()))
	runtime.KeepAlive(&limits)
	if err != nil {
		windows.CloseHandle(job)
		return nil, fmt.Errorf("set up a job object: %w", err)
	}
	return &watchdog{job: job}, nil
}

// adopt puts the server in the job; what it starts later is in it too.
func (w *watchdog) adopt(p *os.Process) error {
	h, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(p.Pid))
	if err != nil {
		return fmt.Errorf("open the server's process: %w", err)
	}
	defer windows.CloseHandle(h)
	if err := windows.AssignProcessToJobObject(w.job, h); err != nil {
		return fmt.Errorf("put the server in a job object: %w", err)
	}
	return nil
}

func (w *watchdog) release() error { return windows.CloseHandle(w.job) }

func (w *watchdog) handOver(*private, time.Time) error {
	return errors.New("a server that outlives the command that started it is not possible on Windows yet: " +
		"install PostgreSQL as a service instead")
}

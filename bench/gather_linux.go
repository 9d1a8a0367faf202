package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// gather puts the threads of this process and the server's postmaster, whose
// later children follow it, on one CPU.
func (e *env) gather(ctx context.Context) (undo func(), err error) {
	if err := e.start(ctx); err != nil {
		return nil, err
	}
	var all, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		return nil, fmt.Errorf("affinity: %w", err)
	}
	for cpu := 0; one.Count() == 0; cpu++ {
		if all.IsSet(cpu) {
			one.Set(cpu)
		}
	}
	if err := e.place(&one); err != nil {
		return nil, err
	}
	return func() { _ = e.place(&all) }, nil
}

func (e *env) place(set *unix.CPUSet) error {
	if err := unix.SchedSetaffinity(e.server.PID(), set); err != nil {
		return fmt.Errorf("affinity of the server: %w", err)
	}
	threads, err := filepath.Glob("/proc/self/task/*")
	if err != nil {
		return err
	}
	for _, t := range threads {
		id, err := strconv.Atoi(filepath.Base(t))
		if err == nil {
			err = unix.SchedSetaffinity(id, set)
		}
		if _, gone := os.Stat(t); err != nil && gone == nil {
			return fmt.Errorf("affinity of thread %d: %w", id, err)
		}
	}
	return nil
}

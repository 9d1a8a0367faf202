package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"parley/bench/internal/harness"
)

// place puts the threads of this process on one CPU, and on that or on another
// the server's postmaster, whose later children follow it.
func (e *env) place(ctx context.Context, p harness.Placement) (undo func(), err error) {
	if err := e.start(ctx); err != nil {
		return nil, err
	}
	var all unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		return nil, fmt.Errorf("affinity: %w", err)
	}
	ours, theirs := ends(&all)
	if p == harness.Together {
		theirs = ours
	}
	undo = func() { _ = errors.Join(e.placeServer(&all), placeThreads(&all)) }
	if err := errors.Join(e.placeServer(&theirs), placeThreads(&ours)); err != nil {
		undo()
		return nil, err
	}
	return undo, nil
}

// ends returns the first and the last CPU of a set.
func ends(all *unix.CPUSet) (first, last unix.CPUSet) {
	at := -1
	for cpu, left := 0, all.Count(); left > 0; cpu++ {
		if !all.IsSet(cpu) {
			continue
		}
		if at < 0 {
			first.Set(cpu)
		}
		at, left = cpu, left-1
	}
	last.Set(at)
	return first, last
}

func (e *env) placeServer(set *unix.CPUSet) error {
	if err := unix.SchedSetaffinity(e.server.PID(), set); err != nil {
		return fmt.Errorf("affinity of the server: %w", err)
	}
	return nil
}

func placeThreads(set *unix.CPUSet) error {
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

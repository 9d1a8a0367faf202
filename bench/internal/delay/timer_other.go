//go:build !linux

package delay

import "time"

// timer is that of the runtime; it may be late by a millisecond.
type timer struct{}

func newTimer() (*timer, error) { return &timer{}, nil }

func (t *timer) sleep(d time.Duration) { <-time.After(d) }

func (t *timer) close() {}

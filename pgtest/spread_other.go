//go:build !linux

package pgtest

// spread is for a file system of Linux.
func spread(string) {}

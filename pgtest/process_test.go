package pgtest

import (
	"os"
	"path/filepath"
	"testing"
)

func TestStatus(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "postmaster.pid")
	const text = "77\n/data\n1700000000\n5432\n/tmp\n\n  123  456\nready   \n"
	if got := status(dir, 77); got != "" {
		t.Errorf("without a file the status is %q", got)
	}
	// The server writes its file in pieces: no piece may be taken for a status.
	for n := range len(text) {
		if err := os.WriteFile(file, []byte(text[:n]), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := status(dir, 77); got == "ready" && n < len(text)-4 {
			t.Errorf("after %d bytes the status is %q", n, got)
		}
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := status(dir, 77); got != "ready" {
		t.Errorf("the status is %q", got)
	}
	if got := status(dir, 78); got != "" {
		t.Errorf("another process's status is %q", got)
	}
}

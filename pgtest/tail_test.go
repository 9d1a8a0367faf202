package pgtest

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTail(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		want string
	}{
		{"a\nb\nc\n", 2, "  b\n  c"},
		{"a", 5, "  a"},
		{"", 5, "  "},
	} {
		if got := tail(c.text, c.n); got != c.want {
			t.Errorf("tail(%q, %d) = %q, want %q", c.text, c.n, got, c.want)
		}
	}
}

func TestReadEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if got := readEnd(path, 0, 10); got != "" || sizeOfFile(path) != 0 {
		t.Errorf("nothing reads %q", got)
	}
	if err := os.WriteFile(path, []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		offset, size int64
		want         string
	}{{0, 100, "0123456789"}, {7, 100, "789"}, {0, 4, "6789"}, {20, 4, ""}} {
		if got := readEnd(path, c.offset, c.size); got != c.want {
			t.Errorf("readEnd(%d, %d) = %q, want %q", c.offset, c.size, got, c.want)
		}
	}
	if got := sizeOfFile(path); got != 10 {
		t.Errorf("sizeOfFile = %d", got)
	}
}

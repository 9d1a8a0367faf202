package pgtest

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestSweep(t *testing.T) {
	a, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	root := openDir(t)
	used, err := newPrivate(a, root)
	if err != nil {
		t.Fatal(err)
	}
	left, err := newPrivate(a, root)
	if err != nil {
		t.Fatal(err)
	}
	left.lock.Close() // as when everybody who held it died
	long := time.Now().Add(-2 * strayAge)
	for _, name := range []string{"parley-1", "parley-2", ".parley-3", ".parley-4", "parley-notes", "other"} {
		if err := os.Mkdir(filepath.Join(root, name), 0o700); err != nil {
			t.Fatal(err)
		}
		if name != "parley-1" && name != ".parley-3" {
			os.Chtimes(filepath.Join(root, name), long, long)
		}
	}
	sweep(t.Context(), a, root)
	for name, stays := range map[string]bool{
		filepath.Base(used.dir): true,
		filepath.Base(left.dir): false,
		"parley-1":              true, // may be on its way to a lock
		"parley-2":              false,
		".parley-3":             true,
		".parley-4":             false,
		"parley-notes":          true, // no name of ours
		"other":                 true,
	} {
		if exists(filepath.Join(root, name)) != stays {
			t.Errorf("%s: stays is %v, want %v", name, !stays, stays)
		}
	}
	sweep(t.Context(), a, filepath.Join(root, "nothing")) // has nothing to say
	if err := used.remove(); err != nil {
		t.Error(err)
	}
}

func TestNumbered(t *testing.T) {
	for name, want := range map[string]bool{"parley-123": true, "parley-": false, "parley-12a": false, "x-123": false, "parley": false} {
		if got := numbered(name, privatePrefix); got != want {
			t.Errorf("numbered(%q) = %v", name, got)
		}
	}
}

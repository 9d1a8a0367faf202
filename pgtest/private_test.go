package pgtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNewPrivate(t *testing.T) {
	a, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	root := openDir(t)
	p, err := newPrivate(a, root)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(p.dir)
	if err != nil || info.Mode().Perm() != 0o700 || !a.owns(info) {
		t.Errorf("%s has mode %v, %v", p.dir, info.Mode(), err)
	}
	if !numbered(filepath.Base(p.dir), privatePrefix) {
		t.Errorf("a sweep would not know %s", p.dir)
	}
	if n := len(p.path(".s.PGSQL.65535")) - len(root); n > socketRoom {
		t.Errorf("a socket adds %d bytes to its root, and room is for %d", n, socketRoom)
	}
	if f, err := os.Open(p.path(lockName)); err != nil {
		t.Error(err)
	} else {
		if free, err := tryLock(f); free || err != nil {
			t.Errorf("the directory is not locked: %v", err)
		}
		f.Close()
	}
	if err := p.remove(); err != nil || exists(p.dir) {
		t.Errorf("remove: %v", err)
	}
	if left, _ := os.ReadDir(root); len(left) != 0 {
		t.Errorf("it left %v", left)
	}
}

func TestPrivateWrite(t *testing.T) {
	a, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	p := &private{dir: t.TempDir(), account: a}
	path := p.path("file")
	for _, text := range []string{"one", "two, longer", ""} {
		if err := p.write(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		info, _ := os.Stat(path)
		if string(got) != text || err != nil || info.Mode().Perm() != 0o600 || !a.owns(info) {
			t.Errorf("got %q, %v, mode %v", got, err, info.Mode())
		}
	}
	if err := p.write(p.path("no/such/directory"), nil); err == nil {
		t.Error("a file was written into a directory that is not there")
	}
	if left, _ := os.ReadDir(p.dir); len(left) != 1 {
		t.Errorf("it left %v", left)
	}
}

func TestPrivateRoot(t *testing.T) {
	a, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	dir := openDir(t)
	long := filepath.Join(dir, strings.Repeat("x", 90))
	if err := makeDir(long, 0o755); err != nil {
		t.Fatal(err)
	}
	if got, err := privateRoot(a, []string{long, dir + "/nothing", dir}); got != dir || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
	_, err = privateRoot(a, []string{long, dir + "/nothing"})
	wantText(t, err, "is too long for a Unix socket", "no such file", "set TMPDIR to a short path")
}

// A temporary directory of root's own is no place for another user's server.
func TestPrivateRootClosed(t *testing.T) {
	a, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	dir := openDir(t)
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", dir)
	got, err := privateRoot(a, privateRoots())
	if err != nil || (got == dir) == a.switched {
		t.Errorf("got %s, %v", got, err)
	}
}

package pgtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCachePlaces(t *testing.T) {
	t.Setenv(CacheVariable, "/some/where")
	if got := cachePlaces(account{}); len(got) != 1 || got[0] != "/some/where" {
		t.Errorf("with %s the places are %v", CacheVariable, got)
	}
	t.Setenv(CacheVariable, "")
	t.Setenv("HOME", "/a/home")
	t.Setenv("XDG_CACHE_HOME", "")
	mine := cachePlaces(account{})
	if !strings.HasPrefix(mine[0], "/a/home/") || len(mine) != 2 {
		t.Errorf("a user's places are %v", mine)
	}
	roots := cachePlaces(account{switched: true})
	if strings.HasPrefix(roots[0], "/a/home/") || len(roots) != 3 {
		t.Errorf("root's places are %v", roots)
	}
	t.Setenv("HOME", "")
	if got := cachePlaces(account{}); len(got) != 1 || filepath.Dir(got[0]) != filepath.Clean(os.TempDir()) {
		t.Errorf("without a home the places are %v", got)
	}
}

func TestCacheDir(t *testing.T) {
	a, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	dir := openDir(t)
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	good := filepath.Join(dir, "a", "b")
	got, err := cacheDir(a, []string{"relative", filepath.Join(file, "x"), file, good})
	if got != good || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
	_, err = cacheDir(a, []string{"relative", filepath.Join(file, "x")})
	wantText(t, err, "find a cache directory", "relative is not an absolute path", "not a directory", "set PARLEY_CACHE")
}

// A name in the shared temporary directory could be anybody's.
func TestCacheDirOfAnother(t *testing.T) {
	dir := openDir(t)
	t.Setenv("TMPDIR", dir)
	mine := filepath.Join(dir, "mine")
	if err := usableCache(account{uid: os.Geteuid()}, mine); err != nil {
		t.Error(err)
	}
	target := openDir(t)
	if err := os.Symlink(target, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	wantText(t, usableCache(account{uid: os.Geteuid()}, filepath.Join(dir, "link")), "belongs to another user")
}

func TestMakeDir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b", "c")
	for range 2 {
		if err := makeDir(dir, 0o751); err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if info, err := os.Stat(d); err != nil || info.Mode().Perm() != 0o751 {
			t.Errorf("%s has mode %v, %v", d, info.Mode(), err)
		}
	}
}

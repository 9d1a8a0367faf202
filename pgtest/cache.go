package pgtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
)

// CacheVariable names a directory for what is kept between runs (fetched
// servers, templates, the list of named servers). Without it the directory is
// parley in the user's cache directory; for root, one that the server's user
// can enter too (/var/cache/parley); without a home, one in the temporary
// directory.
const CacheVariable = "PARLEY_CACHE"

// site is where this process works: the account of the server, and the cache.
type site struct {
	account account
	cache   string
}

// thisSite looks around anew each time, as the environment may change in tests.
func thisSite() (site, error) {
	a, err := serverAccount()
	if err != nil {
		return site{}, err
	}
	dir, err := cacheDir(a, cachePlaces(a))
	if err != nil {
		return site{}, err
	}
	return site{account: a, cache: dir}, nil
}

// place makes and returns a directory of the cache, which is to hold large trees.
func (s site) place(names ...string) (string, error) {
	dir := filepath.Join(append([]string{s.cache}, names...)...)
	if err := makeDir(dir, 0o755); err != nil {
		return "", fmt.Errorf("make cache directory: %w", err)
	}
	spread(dir)
	return dir, nil
}

func cachePlaces(a account) []string {
	if dir := os.Getenv(CacheVariable); dir != "" {
		return []string{dir}
	}
	var dirs []string
	if user, err := os.UserCacheDir(); err == nil {
		dirs = append(dirs, filepath.Join(user, "parley"))
	}
	if a.switched {
		// /root is 0700 nearly everywhere, so its cache is the last resort.
		system := "/var/cache"
		if runtime.GOOS == "darwin" {
			system = "/Library/Caches"
		}
		dirs = append([]string{filepath.Join(system, "parley")}, dirs...)
	}
	return append(dirs, filepath.Join(os.TempDir(), "parleycache-"+strconv.Itoa(os.Geteuid())))
}

// cacheDir is the first of the places that can be made, written by this
// process, and entered by the server's account.
func cacheDir(a account, places []string) (string, error) {
	var tried []error
	for _, dir := range places {
		err := usableCache(a, dir)
		if err == nil {
			return dir, nil
		}
		tried = append(tried, err)
	}
	return "", fmt.Errorf("find a cache directory: %w; set %s to a directory of your own",
		errors.Join(tried...), CacheVariable)
}

func usableCache(a account, dir string) error {
	if !filepath.IsAbs(dir) {
		return fmt.Errorf("%s is not an absolute path", dir)
	}
	if err := makeDir(dir, 0o755); err != nil {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	// A name in a shared directory could have been taken by anybody.
	if filepath.Dir(dir) == filepath.Clean(os.TempDir()) && (!info.IsDir() || !a.owns(info)) {
		return fmt.Errorf("%s belongs to another user", dir)
	}
	probe, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return err
	}
	probe.Close()
	os.Remove(probe.Name())
	return a.reaches(dir)
}

// makeDir is os.MkdirAll whose modes do not depend on the umask: a 0700 left by
// root's umask would lock the server's account out. Directories that exist are
// left as they are.
func makeDir(dir string, mode os.FileMode) error {
	err := os.Mkdir(dir, mode)
	if errors.Is(err, os.ErrNotExist) {
		if err = makeDir(filepath.Dir(dir), mode); err == nil {
			err = os.Mkdir(dir, mode)
		}
	}
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.Chmod(dir, mode)
}

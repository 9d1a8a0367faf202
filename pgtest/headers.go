package pgtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// Headers returns the directory of the server's C headers, postgres.h among
// them, to compile a module for a server of the major version (0: MaxMajor)
// with: those of this machine, or else those of a newer release of Debian,
// which are unpacked into the cache. progress may be nil.
func Headers(ctx context.Context, version int, progress func(Progress)) (string, error) {
	s, err := thisSite()
	if err != nil {
		return "", err
	}
	if version == 0 {
		version = MaxMajor
	}
	if version < MinMajor || version > MaxMajor {
		return "", fmt.Errorf("find the headers of PostgreSQL %d: the versions to choose from are %d to %d", version, MinMajor, MaxMajor)
	}
	f := &finder{site: s, r: reporter{to: progress}}
	inside := fmt.Sprintf("usr/include/postgresql/%d/server", version)
	if dir := filepath.Join("/", inside); hasHeaders(dir) == nil {
		return dir, nil
	}
	pkg := fmt.Sprintf("postgresql-server-dev-%d", version)
	tree, err := f.unpacked(ctx, wanted{name: pkg, packages: []string{pkg}, releases: []string{"stable", "testing", "unstable"},
		check: func(_ context.Context, tree string) error { return hasHeaders(filepath.Join(tree, inside)) }})
	return filepath.Join(tree, inside), err
}

func hasHeaders(dir string) error {
	_, err := os.Stat(filepath.Join(dir, "postgres.h"))
	return err
}

package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// ErrNoGSSAPI is found by errors.Is when no PostgreSQL that was built with GSSAPI
// can be had on this machine.
var ErrNoGSSAPI = errors.New("find a PostgreSQL built with GSSAPI: it takes Debian's packages")

// builtWith reports whether an installation says that it was configured with
// something.
func builtWith(ctx context.Context, i Installation, what string) bool {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, i.program("pg_config"), "--configure").Output()
	return err == nil && strings.Contains(string(out), "--with-"+what)
}

// Psql returns how to run psql of a major version (0: MaxMajor) with its own
// libpq, both as Debian builds them, GSSAPI included: what comes before psql's
// arguments. It is unpacked into the cache from the newest release that has it.
// The error is ErrNoGSSAPI where it cannot be had; progress may be nil.
func Psql(ctx context.Context, version int, progress func(Progress)) ([]string, error) {
	s, err := thisSite()
	if err != nil {
		return nil, err
	}
	if version == 0 {
		version = MaxMajor
	}
	if version < MinMajor || version > MaxMajor {
		return nil, fmt.Errorf("find psql %d: the versions to choose from are %d to %d", version, MinMajor, MaxMajor)
	}
	f := &finder{site: s, r: reporter{to: progress}}
	i := Installation{Number: version * 10000}
	tree, err := f.unpacked(ctx, f.packages(i, nil, true))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoGSSAPI, err)
	}
	loader, err := ownLoader(tree)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoGSSAPI, err)
	}
	psql := append(loader, filepath.Join(tree, libraryPlace(i, "bin"), "psql"))
	return psql, f.runs(ctx, psql)
}

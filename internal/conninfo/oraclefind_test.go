package conninfo

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"parley/pgtest"
)

// installedDirs lists the directories where an installed PostgreSQL 18 may have its
// libpq. In continuous integration one is fetched when there is none.
func installedDirs(ctx context.Context) []string {
	find := pgtest.Find
	if os.Getenv("PARLEY_CI") != "" {
		find = func(ctx context.Context, version int) (pgtest.Installation, error) {
			return pgtest.Fetch(ctx, version, nil)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	i, err := find(ctx, 18)
	if err != nil {
		return nil
	}
	return []string{filepath.Join(filepath.Dir(i.Bin), "lib")}
}

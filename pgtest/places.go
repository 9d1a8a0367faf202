package pgtest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// PostgresVariable names installations of PostgreSQL: one or several
// directories (bin directories or the prefixes above them), separated as in PATH.
const PostgresVariable = "PARLEY_POSTGRES"

// place is where an installation may be.
type place struct{ dir, source string }

// usual is the table of usual places, with patterns of filepath.Glob.
var usual = []struct{ goos, source, pattern string }{
	{"linux", "debian", "/usr/lib/postgresql/*/bin"},
	{"linux", "red hat", "/usr/pgsql-*/bin"},
	{"linux", "alpine", "/usr/libexec/postgresql*"},
	{"linux", "source", "/usr/local/pgsql/bin"},
	{"linux", "homebrew", "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin"},
	{"darwin", "homebrew", "/opt/homebrew/opt/postgresql@*/bin"},
	{"darwin", "homebrew", "/usr/local/opt/postgresql@*/bin"},
	{"darwin", "postgres.app", "/Applications/Postgres.app/Contents/Versions/*/bin"},
	{"darwin", "enterprisedb", "/Library/PostgreSQL/*/bin"},
	{"darwin", "macports", "/opt/local/lib/postgresql*/bin"},
	{"darwin", "source", "/usr/local/pgsql/bin"},
	{"windows", "enterprisedb", `C:\Program Files\PostgreSQL\*\bin`},
}

// installedPlaces lists every directory of this system that may hold an
// installation, in order of preference, the cache of this package last.
func installedPlaces(ctx context.Context, cache string) []place {
	var places []place
	for _, dir := range namedPlaces() {
		places = append(places, place{dir, PostgresVariable})
	}
	if postgres, err := exec.LookPath("postgres"); err == nil {
		places = append(places, place{filepath.Dir(postgres), "PATH"})
	}
	if dir := configuredPlace(ctx); dir != "" {
		places = append(places, place{dir, "pg_config"})
	}
	for _, u := range usual {
		if u.goos == runtime.GOOS {
			places = append(places, globPlaces(u.pattern, u.source)...)
		}
	}
	return append(places, globPlaces(filepath.Join(cache, fetchedName, "[0-9]*"), "cache")...)
}

// namedPlaces are the directories of PARLEY_POSTGRES.
func namedPlaces() []string {
	var dirs []string
	for _, dir := range filepath.SplitList(os.Getenv(PostgresVariable)) {
		if dir != "" {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// configuredPlace asks pg_config, which knows of installations outside PATH.
func configuredPlace(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

func globPlaces(pattern, source string) []place {
	dirs, _ := filepath.Glob(pattern) // fails on a bad pattern only
	places := make([]place, 0, len(dirs))
	for _, dir := range dirs {
		places = append(places, place{dir, source})
	}
	return places
}

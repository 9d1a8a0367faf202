package pgtest

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

// MinMajor and MaxMajor bound the major versions that this package knows.
const (
	MinMajor = 14
	MaxMajor = 18
)

// Installation is PostgreSQL's server programs in a directory.
type Installation struct {
	// Version is as the server prints it: "18.4".
	Version string
	// Number is as server_version_num: 180004.
	Number int
	// Bin is the directory with postgres and initdb.
	Bin string
	// Source says where it was found: "PARLEY_POSTGRES", "PATH", "pg_config",
	// "debian", "red hat", "homebrew", "postgres.app", "enterprisedb", "cache".
	Source string
}

// Major is the major version: 18.
func (i Installation) Major() int { return i.Number / 10000 }

// String is the version and where it is.
func (i Installation) String() string {
	return fmt.Sprintf("PostgreSQL %s in %s (%s)", i.Version, i.Bin, i.Source)
}

func (i Installation) program(name string) string { return filepath.Join(i.Bin, exe(name)) }

// newer orders installations with the newest first.
func newer(a, b Installation) int {
	return cmp.Or(cmp.Compare(b.Number, a.Number), cmp.Compare(a.Bin, b.Bin))
}

func exe(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}

// inspected remembers what programs said about themselves, by path, size,
// time and user: asking takes longer than anything else when a server starts.
var inspected sync.Map // string -> Installation

// inspect looks into dir, or the bin directory in it, by running its postgres
// as the account: which also shows that the account may.
func inspect(ctx context.Context, a account, dir, source string) (Installation, error) {
	bin, err := binDir(dir)
	if err != nil {
		return Installation{}, err
	}
	postgres := filepath.Join(bin, exe("postgres"))
	info, err := os.Stat(postgres)
	if err != nil {
		return Installation{}, err
	}
	key := fmt.Sprint(postgres, info.Size(), info.ModTime().UnixNano(), a.uid)
	if known, ok := inspected.Load(key); ok {
		i := known.(Installation)
		i.Source = source
		return i, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	out, err := a.command(ctx, filepath.VolumeName(bin)+string(filepath.Separator), postgres, "-V").CombinedOutput()
	if err != nil {
		return Installation{}, fmt.Errorf("%s does not run%s: %s", postgres, a.asUser(), firstLine(string(out), err.Error()))
	}
	version, number, err := parseVersion(string(out))
	if err != nil {
		return Installation{}, fmt.Errorf("%s: %w", postgres, err)
	}
	i := Installation{Version: version, Number: number, Bin: bin, Source: source}
	inspected.Store(key, i)
	return i, nil
}

func (a account) asUser() string {
	if a.switched {
		return " as user " + a.name
	}
	return ""
}

// binDir finds the directory with postgres and initdb: dir or dir/bin, with
// links followed, as a link to postgres alone hides the initdb beside it.
func binDir(dir string) (string, error) {
	for _, bin := range []string{dir, filepath.Join(dir, "bin")} {
		real, err := filepath.EvalSymlinks(filepath.Join(bin, exe("postgres")))
		if err != nil {
			continue
		}
		bin = filepath.Dir(real)
		if _, err := os.Stat(filepath.Join(bin, exe("initdb"))); err != nil {
			return "", fmt.Errorf("%s has postgres but no initdb", bin)
		}
		return filepath.Abs(bin)
	}
	return "", fmt.Errorf("no postgres in %s or its bin directory", dir)
}

// versionPattern matches "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"
// and "postgres (PostgreSQL) 19beta1".
var versionPattern = regexp.MustCompile(`\(PostgreSQL\) (\d+)(?:\.(\d+))?(\S*)`)

func parseVersion(out string) (version string, number int, err error) {
	m := versionPattern.FindStringSubmatch(out)
	if m == nil {
		return "", 0, fmt.Errorf("its version reads %q", strings.TrimSpace(out))
	}
	major, err := strconv.Atoi(m[1])
	if err != nil {
		return "", 0, err
	}
	version = m[1]
	minor := 0
	if m[2] != "" {
		if minor, err = strconv.Atoi(m[2]); err != nil {
			return "", 0, err
		}
		version += "." + m[2]
	}
	return version + m[3], major*10000 + minor, nil
}

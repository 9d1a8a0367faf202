package pgtest

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

// alone hides every installed PostgreSQL but those in the usual places of the system.
func alone(t *testing.T) *finder {
	t.Helper()
	f := quietFinder(t)
	t.Setenv("PATH", t.TempDir())
	t.Setenv(VersionVariable, "")
	return f
}

// cached puts a fake installation in the cache.
func cached(t *testing.T, f *finder, version string) string {
	t.Helper()
	return fakeInstallation(t, filepath.Join(f.site.cache, fetchedName, version), version)
}

func TestFind(t *testing.T) {
	f := alone(t)
	bin := cached(t, f, "18.77")
	i, err := Find(t.Context(), 18)
	if err != nil || i.Number < 180000 || i.Major() != 18 {
		t.Errorf("got %v, %v", i, err)
	}
	all, err := Installed(t.Context())
	if err != nil || len(all) == 0 {
		t.Fatalf("Installed: %v, %v", all, err)
	}
	found := false
	for n, i := range all {
		found = found || i.Bin == bin && i.Source == "cache"
		if n > 0 && i.Number > all[n-1].Number {
			t.Errorf("not the newest first: %v", all)
		}
	}
	if !found {
		t.Errorf("%s is not in %v", bin, all)
	}
}

// The error names each place with its reason, and what to type.
func TestNotFoundError(t *testing.T) {
	f := alone(t)
	cached(t, f, "13.1")
	program(t, filepath.Join(f.site.cache, fetchedName, "99-broken", "bin"), "postgres", "echo broken >&2; exit 1")
	program(t, filepath.Join(f.site.cache, fetchedName, "99-broken", "bin"), "initdb", "")
	_, err := f.install(t.Context(), 14)
	wantText(t, err, "npm: npm is not installed", "apt: this is not Debian or Ubuntu")
	f.tried = nil
	f.look(t.Context(), 0)
	_, err = f.install(t.Context(), 14)
	if e, ok := errors.AsType[*NotFoundError](err); !ok || e.Version != 14 || len(e.Tried) < 6 {
		t.Errorf("the error is %#v", err)
	}
	wantText(t, err, "find PostgreSQL 14", "PARLEY_POSTGRES: not set", "PATH: no postgres in it", "pg_config: ", "13.1 in ", "is older than 14",
		"does not run", "broken", "apt-get install postgresql-14", "set PARLEY_POSTGRES", "brew install postgresql@14")
}

func TestChoosePreferences(t *testing.T) {
	f := alone(t)
	seventeen, eighteen := cached(t, f, "17.66"), cached(t, f, "18.66")
	named := fakeInstallation(t, openDir(t), "16.3")
	for _, c := range []struct {
		name              string
		config            Config
		variable, version string
		want              string
	}{
		{name: "18 is preferred", want: eighteen},
		{name: "the version asked for", config: Config{Version: 17}, want: seventeen},
		{name: "the version's variable", version: "17", want: seventeen},
		{name: "the installation's variable", variable: named, want: named},
		{name: "it wins over the version's", variable: named, version: "17", want: named},
		{name: "but not over the version asked for", config: Config{Version: 17}, variable: named, want: seventeen},
		{name: "several", config: Config{Version: 17}, variable: named + ":" + filepath.Dir(seventeen), want: seventeen},
		{name: "the directory asked for", config: Config{Binaries: filepath.Dir(named)}, variable: seventeen, want: named},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv(PostgresVariable, c.variable)
			t.Setenv(VersionVariable, c.version)
			i, err := (&finder{site: f.site, r: f.r}).choose(t.Context(), c.config)
			// A PostgreSQL of the system may come before the cache.
			if usualPlace := i.Source != "cache" && i.Source != PostgresVariable; err != nil || i.Bin != c.want && (c.config.Binaries != "" || !usualPlace) {
				t.Errorf("got %v, %v; want %s", i, err, c.want)
			}
		})
	}
}

func TestChooseRefuses(t *testing.T) {
	f := alone(t)
	named := fakeInstallation(t, openDir(t), "16.3")
	for _, c := range []struct {
		config            Config
		variable, version string
		want              string
	}{
		{config: Config{Version: 13}, want: "Config.Version is 13; the versions to choose from are 14 to 18"},
		{version: "next", want: `PARLEY_PGVERSION is "next"`},
		{version: "99", want: "PARLEY_PGVERSION is 99"},
		{variable: "/nowhere", want: "use PostgreSQL of PARLEY_POSTGRES: no postgres in /nowhere or its bin directory"},
		{config: Config{Binaries: "/nowhere"}, want: "use PostgreSQL of Config.Binaries: no postgres in /nowhere"},
		{config: Config{Binaries: named, Version: 18}, want: "holds version 16.3, and Config.Version is 18"},
	} {
		t.Setenv(PostgresVariable, c.variable)
		t.Setenv(VersionVariable, c.version)
		_, err := (&finder{site: f.site, r: f.r}).choose(t.Context(), c.config)
		wantText(t, err, c.want)
	}
}

// Without 18 and a way to get it, an older one will do, and that is said; but
// not when a version was asked for.
func TestChooseOlder(t *testing.T) {
	f := alone(t)
	if _, err := Find(t.Context(), 18); err == nil {
		t.Log("version 18 is in a usual place of this system: nothing to fall back from")
		return
	}
	cached(t, f, "17.55")
	cached(t, f, "16.55")
	var said []string
	f.r.to = func(p Progress) { said = append(said, p.String()) }
	i, err := f.choose(t.Context(), Config{})
	if err != nil || i.Version != "17.55" {
		t.Fatalf("got %v, %v", i, err)
	}
	if text := strings.Join(said, "\n"); !strings.Contains(text, "using PostgreSQL 17.55") || !strings.Contains(text, "18 is neither installed nor to be had") {
		t.Errorf("it said %q", text)
	}
	_, err = f.choose(t.Context(), Config{Version: 18})
	if _, ok := errors.AsType[*NotFoundError](err); !ok {
		t.Errorf("asked for 18, got %v", err)
	}
}

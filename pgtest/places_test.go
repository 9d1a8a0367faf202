package pgtest

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestInstalledPlaces(t *testing.T) {
	cache, dir := t.TempDir(), t.TempDir()
	program(t, filepath.Join(cache, fetchedName, "18.4-x"), "marker", "")
	program(t, filepath.Join(cache, fetchedName, ".new-1"), "marker", "")
	program(t, dir, "postgres", "")
	program(t, dir, "pg_config", "echo /from/pg_config")
	t.Setenv("PATH", dir)
	t.Setenv(PostgresVariable, "/one::/two")
	got := installedPlaces(t.Context(), cache)
	want := []place{{"/one", PostgresVariable}, {"/two", PostgresVariable}, {dir, "PATH"}, {"/from/pg_config", "pg_config"}}
	if len(got) < 5 || !slices.Equal(got[:4], want) {
		t.Errorf("the places are %v, want them to begin with %v", got, want)
	}
	if last := got[len(got)-1]; last.source != "cache" || filepath.Base(last.dir) != "18.4-x" {
		t.Errorf("the last place is %v", last)
	}
}

func TestUsualPlaces(t *testing.T) {
	for _, u := range usual {
		if _, err := filepath.Match(u.pattern, ""); err != nil && u.goos != "windows" {
			t.Errorf("%s: %v", u.pattern, err)
		}
		if u.goos != "windows" && !strings.HasPrefix(u.pattern, "/") {
			t.Errorf("%s is no absolute path", u.pattern)
		}
	}
}

func TestConfiguredPlace(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	if got := configuredPlace(t.Context()); got != "" {
		t.Errorf("without pg_config there is %s", got)
	}
	program(t, dir, "pg_config", "exit 1")
	if got := configuredPlace(t.Context()); got != "" {
		t.Errorf("with a pg_config that fails there is %s", got)
	}
}

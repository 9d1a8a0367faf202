package pgtest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Each pool mode and version answers queries, and is another process than the server.
func TestStartPgBouncer(t *testing.T) {
	server := Start(t, Config{})
	for _, config := range []PoolerConfig{{}, {Mode: "transaction", AtLeast: "1.21", Settings: []string{"max_prepared_statements = 10"}}} {
		p, err := StartPgBouncer(t, server, config)
		if errors.Is(err, ErrNoPgBouncer) && os.Getenv("PARLEY_CI") == "" {
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		if !notOlder(p.Version, config.AtLeast) {
			t.Errorf("version %s, want at least %s", p.Version, config.AtLeast)
		}
		got, err := askAt("unix", p.Socket(), server.User(), server.Database(), "select 41+1")
		if err != nil || got != "42" {
			t.Errorf("%+v: %q, %v", config, got, err)
		}
		mode, err := askAt("unix", p.Socket(), server.User(), "pgbouncer", "show databases")
		if want := config.Mode; err == nil && want != "" && !strings.Contains(mode, want) {
			t.Errorf("%+v: it says %q", config, mode)
		}
	}
}

func TestNoPgBouncer(t *testing.T) {
	s, err := thisSite()
	if err != nil {
		t.Fatal(err)
	}
	s.cache = t.TempDir()
	t.Setenv("PATH", t.TempDir())
	_, _, err = findPgBouncer(t.Context(), s, "99.1")
	if !errors.Is(err, ErrNoPgBouncer) {
		t.Errorf("got %v", err)
	}
	wantText(t, err, "99.1 or later is wanted")
}

func TestNotOlder(t *testing.T) {
	for _, w := range []struct {
		version, than string
		want          bool
	}{
		{"1.18.0", "", true}, {"1.18.0", "1.21", false}, {"1.21.0", "1.21", true}, {"1.24.1", "1.21", true},
		{"2.0", "1.21", true}, {"1.9", "1.21", false}, {"", "1", false}, {"1.22.0beta1", "1.22", true},
	} {
		if got := notOlder(w.version, w.than); got != w.want {
			t.Errorf("%s is not older than %s: %v", w.version, w.than, got)
		}
	}
}

func TestOwnLoader(t *testing.T) {
	tree := t.TempDir()
	if _, err := ownLoader(tree); err == nil {
		t.Error("a tree without a loader")
	}
	for _, name := range []string{"usr/lib64/ld-linux-x86-64.so.2", "usr/lib/x86_64-linux-gnu/libc.so.6"} {
		program(t, filepath.Join(tree, filepath.Dir(name)), filepath.Base(name), "")
	}
	got, err := ownLoader(tree)
	want := []string{tree + "/usr/lib64/ld-linux-x86-64.so.2", "--library-path", tree + "/usr/lib/x86_64-linux-gnu"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
}

func TestHeaders(t *testing.T) {
	for _, version := range []int{MinMajor - 1, MaxMajor + 1} {
		if _, err := Headers(t.Context(), version, nil); err == nil {
			t.Errorf("headers of version %d", version)
		}
	}
	dir, err := Headers(t.Context(), 0, func(Progress) {})
	if err != nil && os.Getenv("PARLEY_CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "pg_config.h"))
	for path := range strings.Lines(string(text)) {
		if strings.HasPrefix(path, "#define PG_MAJORVERSION_NUM 18") {
			return
		}
	}
	if !strings.Contains(string(text), "pg_config_") { // Debian's has a file for each word size
		t.Errorf("the headers in %s are not those of version 18: %v", dir, err)
	}
}

// wantedFile is a package that is good when a file is in it.
func wantedFile(releases ...string) wanted {
	return wanted{name: "it", packages: []string{"it"}, releases: releases, libraries: true, check: func(_ context.Context, tree string) error {
		_, err := os.Stat(filepath.Join(tree, "good"))
		return err
	}}
}

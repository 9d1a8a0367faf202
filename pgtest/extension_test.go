package pgtest

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// An extension that PostgreSQL does not come with can be created, in Setup and
// later, also after the server was stopped, and on a standby.
func TestExtensions(t *testing.T) {
	config := Config{Version: 18, Extensions: []string{"pgvector"}, Setup: []string{"create extension vector"}}
	server, err := Run(t.Context(), config)
	if errors.Is(err, ErrNoExtension) && os.Getenv("PARLEY_CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, server)
	const sql = "select '[1,2,3]'::vector <-> '[1,2,5]'"
	ask := func(s *Server) {
		t.Helper()
		if got, err := askAt("unix", s.Socket(), s.User(), s.Database(), sql); err != nil || got != "2" {
			t.Errorf("%s: %q, %v", s.Dir(), got, err)
		}
	}
	ask(server)
	if err := server.Restart(t.Context(), Crash); err != nil {
		t.Fatal(err)
	}
	ask(server)
	ask(StartStandby(t, server, StandbyConfig{}))
}

func TestNoExtensions(t *testing.T) {
	f := quietFinder(t)
	old := Installation{Version: "17.1", Number: 170001, Bin: "/nowhere"}
	if _, err := f.extend(t.Context(), old, Config{Extensions: []string{"pgvector"}}); !errors.Is(err, ErrNoExtension) || !strings.Contains(err.Error(), "17.1") {
		t.Errorf("got %v", err)
	}
	if e, err := f.extend(t.Context(), old, Config{}); err != nil || !slices.Equal(e.postgres(old), []string{"/nowhere/" + exe("postgres")}) {
		t.Errorf("got %v, %v", e, err)
	}
	for _, name := range []string{"", "a b", "-o", "/x", "A", "../x"} {
		if _, err := Run(t.Context(), Config{Extensions: []string{name}}); err == nil || errors.Is(err, ErrNoExtension) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// What was unpacked must have an extension, a loader, and a C library that does.
func TestExtensionsChecked(t *testing.T) {
	f := quietFinder(t)
	tree := openDir(t)
	i := Installation{Version: "18.1", Number: 180001, Bin: filepath.Join(openDir(t), "bin")}
	program(t, i.Bin, "postgres", "echo broken >&2; exit 1")
	w := f.packages(i, []string{"b", "a", "b"}, false)
	if want := []string{"postgresql-18-a", "postgresql-18-b"}; !slices.Equal(w.packages, want) || w.name != "postgresql-18-a_postgresql-18-b" {
		t.Errorf("packages %q in %s", w.packages, w.name)
	}
	check := func(want string) {
		t.Helper()
		err := w.check(t.Context(), tree)
		if err == nil {
			t.Fatalf("no error, want %q", want)
		}
		wantText(t, err, want)
	}
	check("no extension")
	program(t, filepath.Join(tree, "usr/share/postgresql/18/extension"), "a.control", "")
	check("no loader")
	program(t, filepath.Join(tree, "usr/lib64"), "ld-linux-x86-64.so.2", `shift 2; exec "$@"`)
	check("does not run with its C library: broken")
	program(t, i.Bin, "postgres", "echo 18")
	if err := w.check(t.Context(), tree); err != nil {
		t.Error(err)
	}
}

package policy

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// root is where this package sees the repository from.
const root = "../.."

// TestHouse holds every rule against the repository, one subtest each.
func TestHouse(t *testing.T) {
	live := liveTree(t)
	all := rules()
	broken, stale := judge(live, all, allowances)
	for _, r := range all {
		t.Run(r.name, func(t *testing.T) {
			if found := broken[r.name]; len(found) > 0 {
				t.Error(report(r, found))
			}
		})
	}
	t.Run("allowances", func(t *testing.T) {
		for _, a := range stale {
			t.Errorf("{%q, %q} excuses nothing any more: delete it from internal/policy/allow.go", a.rule, a.at)
		}
		for _, a := range allowances {
			if len(strings.Fields(a.why)) < 4 {
				t.Errorf("{%q, %q} needs a reason that convinces, not %q", a.rule, a.at, a.why)
			}
		}
	})
}

// liveTree reads the repository: what git tracks, and what it would track.
func liveTree(t *testing.T) *tree {
	t.Helper()
	fsys := os.DirFS(root)
	paths, err := walk(fsys)
	if err != nil {
		t.Fatal(err)
	}
	live, err := loadTree(fsys, known(paths, gitFiles(t)))
	if err != nil {
		t.Fatal(err)
	}
	return live
}

// walk lists the regular files. It reads the directories itself, although git
// could list them, because that is how the go command learns that a cached
// result of this test is out of date: it sees what a test opens, not what git does.
func walk(fsys fs.FS) ([]string, error) {
	var paths []string
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules"):
			return fs.SkipDir
		case d.Type().IsRegular():
			paths = append(paths, p)
		}
		return nil
	})
	return paths, err
}

// gitFiles lists what git does not ignore; nil when there is no git to ask, as
// in an unpacked archive, which holds nothing that could be ignored.
func gitFiles(t *testing.T) map[string]bool {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	out, err := cmd.Output()
	if err != nil {
		t.Logf("every file is looked at, as git lists none: %v", err)
		return nil
	}
	names := make(map[string]bool)
	for name := range bytes.SplitSeq(out, []byte{0}) {
		names[string(name)] = true
	}
	return names
}

func known(paths []string, names map[string]bool) []string {
	if names == nil {
		return paths
	}
	var kept []string
	for _, p := range paths {
		if names[p] {
			kept = append(kept, p)
		}
	}
	return kept
}

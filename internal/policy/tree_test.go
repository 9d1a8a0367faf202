package policy

import (
	"slices"
	"testing"
	"testing/fstest"
)

func TestWalkTakesRegularFilesOnly(t *testing.T) {
	fsys := fstest.MapFS{
		"a.go":                  {},
		".ci/run":               {},
		".git/config":           {},
		"web/node_modules/x.js": {},
		"wire/testdata/x":       {},
	}
	got, err := walk(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{".ci/run", "a.go", "wire/testdata/x"}; !slices.Equal(got, want) {
		t.Errorf("walked %q, want %q", got, want)
	}
	if got := known(got, map[string]bool{"a.go": true, "gone.go": true}); !slices.Equal(got, []string{"a.go"}) {
		t.Errorf("git knows a.go, kept %q", got)
	}
	if got := known(got, nil); len(got) != 3 {
		t.Errorf("without git all are kept, not %q", got)
	}
}

// A file may go between being listed and being read.
func TestLoadTreeForgivesAMissingFile(t *testing.T) {
	got, err := loadTree(fstest.MapFS{"a.go": {Data: []byte("package p\n")}}, []string{"a.go", "gone.go"})
	if err != nil || len(got.files) != 1 {
		t.Errorf("%d files and error %v, want one file", len(got.files), err)
	}
}

// TestHouseSeesItself guards against a walk that finds nothing and so no fault.
func TestHouseSeesItself(t *testing.T) {
	live := liveTree(t)
	if !slices.ContainsFunc(live.files, func(f *file) bool { return f.path == "internal/policy/tree.go" && f.isGo() }) {
		t.Error("the rules do not see internal/policy/tree.go")
	}
}

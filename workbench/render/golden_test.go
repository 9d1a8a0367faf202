package render_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"parley/workbench/render"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden shows each conversation with each face.
func TestGolden(t *testing.T) {
	for name, chunks := range conversations() {
		for _, f := range faces {
			t.Run(name+"/"+f.name, func(t *testing.T) {
				got := show(t, f.face, follow(chunks), render.Options{Timestamps: f.name == "trace" && name == "notebook", Regress: f.name == "trace" && name == "replication"})
				golden(t, "testdata/golden/"+name+"."+f.name, got)
			})
		}
	}
}

// golden compares a text with that of a file.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run with -update and read the diff. Got:\n%s", path, got)
	}
}

package pgtest

import (
	"archive/tar"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"
)

// entry is one thing in a tarball.
type entry struct {
	name, text string
	kind       byte // 0: a file
	link       string
}

// tarball writes an npm package.
func tarball(t *testing.T, path string, entries ...entry) string {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := gzip.NewWriter(f)
	w := tar.NewWriter(z)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Size: int64(len(e.text)), Mode: 0o644, Typeflag: tar.TypeReg, Linkname: e.link}
		if e.kind != 0 {
			h.Typeflag, h.Size = e.kind, 0
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if e.kind == 0 {
			w.Write([]byte(e.text))
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestUnpackPackage(t *testing.T) {
	dir := t.TempDir()
	path := tarball(t, filepath.Join(dir, "p.tgz"),
		entry{name: "package/package.json", text: "{}"},
		entry{name: "package/native/bin/postgres", text: "program"},
		entry{name: "package/native/lib/libpq.so.5.18", text: "library"},
		entry{name: "package/native/share/a/b/c", text: "data"},
		entry{name: "package/native/pg-symlinks.json", text: `[{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"},
			{"source":"native/lib/libpq.so.5.18","target":"native/share/a/up"}]`},
	)
	tree := filepath.Join(dir, "tree")
	if err := unpackPackage(path, tree, reporter{to: func(Progress) {}}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"bin/postgres": "program", "lib/libpq.so.5": "library", "share/a/up": "library", "share/a/b/c": "data",
	} {
		if got, err := os.ReadFile(filepath.Join(tree, name)); string(got) != want || err != nil {
			t.Errorf("%s holds %q, %v; want %q", name, got, err, want)
		}
	}
	if exists(filepath.Join(tree, "package.json")) {
		t.Error("the package's own files were unpacked")
	}
	for name, want := range map[string]os.FileMode{"bin/postgres": 0o755, "lib/libpq.so.5.18": 0o644, "share/a": 0o755} {
		if info, err := os.Stat(filepath.Join(tree, name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, %v; want %v", name, info.Mode(), err, want)
		}
	}
}

// Whatever a tarball says, nothing is written outside of the tree.
func TestUnpackRefuses(t *testing.T) {
	links := func(source, target string) entry {
		return entry{name: "package/native/" + linkList, text: `[{"source":"` + source + `","target":"` + target + `"}]`}
	}
	for name, c := range map[string]struct {
		entries []entry
		want    string
	}{
		"symbolic link":   {[]entry{{name: "package/native/lib", kind: tar.TypeSymlink, link: "/tmp"}}, "neither a file nor a directory"},
		"hard link":       {[]entry{{name: "package/native/x", kind: tar.TypeLink, link: "/etc/passwd"}}, "neither a file nor a directory"},
		"device":          {[]entry{{name: "package/native/x", kind: tar.TypeChar}}, "neither a file nor a directory"},
		"twice":           {[]entry{{name: "package/native/x"}, {name: "package/native/x"}}, "exists"},
		"link out":        {[]entry{links("native/lib/a", "native/../../evil")}, "leads out"},
		"link to out":     {[]entry{links("native/../../../etc/passwd", "native/lib/a")}, "leads out"},
		"absolute link":   {[]entry{links("/etc/passwd", "native/lib/a")}, "leads out"},
		"list is no list": {[]entry{{name: "package/native/" + linkList, text: "?"}}, "read pg-symlinks.json"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := tarball(t, filepath.Join(dir, "p.tgz"), c.entries...)
			wantText(t, unpackPackage(path, filepath.Join(dir, "tree"), reporter{to: func(Progress) {}}), c.want)
		})
	}
}

// A name with .. in it is what it amounts to; outside of the tree it is not ours.
func TestUnpackIgnoresWhatLeadsOut(t *testing.T) {
	dir := t.TempDir()
	path := tarball(t, filepath.Join(dir, "p.tgz"),
		entry{name: "package/native/../../evil", text: "x"}, entry{name: "/package/native/evil", text: "x"}, entry{name: "../evil", text: "x"})
	if err := unpackPackage(path, filepath.Join(dir, "tree"), reporter{to: func(Progress) {}}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"evil", "tree/evil", "../evil"} {
		if exists(filepath.Join(dir, name)) {
			t.Errorf("%s was written", name)
		}
	}
}

func TestUnpackDamaged(t *testing.T) {
	dir := t.TempDir()
	path := tarball(t, filepath.Join(dir, "p.tgz"), entry{name: "package/native/x", text: string(make([]byte, 1000))})
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(text) {
		os.WriteFile(path, text[:n], 0o644)
		if unpackPackage(path, filepath.Join(t.TempDir(), "tree"), reporter{to: func(Progress) {}}) == nil {
			t.Errorf("a tarball cut after %d of %d bytes was taken", n, len(text))
		}
	}
}

package pgtest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fakeDebian has apt's programs serve packages by release: "old" lacks the good
// file, "new" has it, all others are not there.
func fakeDebian(t *testing.T) (calls func() string) {
	t.Helper()
	calls = fakeApt(t,
		`dir=$(/usr/bin/dirname "$APT_CONFIG")
case "$*" in
*update*) /bin/grep -q 'Suites: \(old\|new\)' "$dir/debian.sources" || { echo "E: 404" >&2; exit 100; };;
*download*) shift 2; for p in "$@"; do /bin/cp "$dir/debian.sources" "$p.deb"; done;;
esac`, `case "$*" in
*" it") printf 'it\n  Depends: liba1\n |Depends: libb2.0-x\n  Depends: <libvirtual>\n  Depends: perl\n';;
*) printf 'liba1\n  PreDepends: zlib1g\n  Depends: libb2.0-x\n';;
esac`)
	program(t, os.Getenv("PATH"), "dpkg-deb",
		`/bin/mkdir -p "$3"; /bin/cp "$2" "$3/$(/usr/bin/basename "$2")"; if /bin/grep -q new "$2"; then echo >"$3/good"; fi`)
	return calls
}

func TestUnpacked(t *testing.T) {
	calls := fakeDebian(t)
	dir := t.TempDir()
	final := filepath.Join(dir, "it")
	w := wantedFile("none", "old", "new", "newer")
	if err := w.fetch(t.Context(), []string{"archive://a/", "archive://b/"}, dir, final); err != nil {
		t.Fatal(err)
	}
	got, _ := filepath.Glob(filepath.Join(final, "*"))
	for i := range got {
		got[i] = filepath.Base(got[i])
	}
	if want := []string{"good", "it.deb", "liba1.deb", "libb2.0-x.deb", "zlib1g.deb"}; !slices.Equal(got, want) {
		t.Errorf("unpacked %q, want %q", got, want)
	}
	source, _ := os.ReadFile(filepath.Join(final, "it.deb"))
	if want := "Types: deb\nURIs: archive://a/ archive://b/\nSuites: new\nComponents: main\n"; !strings.HasPrefix(string(source), want) {
		t.Errorf("the sources were\n%swant\n%s", source, want)
	}
	if n := strings.Count(calls(), "update"); n != 3 {
		t.Errorf("%d releases were looked into, want 3:\n%s", n, calls())
	}
	left, _ := filepath.Glob(filepath.Join(dir, ".new-*"))
	if len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	err := wantedFile("none", "old").fetch(t.Context(), nil, dir, final)
	wantText(t, err, "package it", "release none: apt-get", "404", "release old: ")
	if !exists(filepath.Join(final, "good")) {
		t.Error("what was there was lost to an attempt that failed")
	}
}

// What is in the cache is not fetched again, and what is broken there is.
func TestUnpackedIsKept(t *testing.T) {
	f := quietFinder(t)
	f.site.cache = openDir(t)
	calls := fakeDebian(t)
	tree := filepath.Join(f.site.cache, unpackedName, "it")
	program(t, tree, "good", "")
	got, err := f.unpacked(t.Context(), wantedFile("new"))
	if err != nil || got != tree || calls() != "" {
		t.Errorf("%s, %v, calls %q", got, err, calls())
	}
}

func TestArchivesOf(t *testing.T) {
	const uris = "'a://debian/dists/bookworm/InRelease' a_debian 0 \n'a://debian/dists/bookworm-updates/InRelease' b 0 \n" +
		"'a://security/dists/bookworm-security/InRelease' c 0 \n'b://other/dists/nodistro/InRelease' d 0 \n" +
		"'a://debian/dists/bookworm/InRelease' e 0 \n'c://mirror/dists/stable/InRelease' f 0 \n" +
		"'a://debian/dists/bookworm/main/binary-amd64/Packages.xz' g 0 \n'b://flat/InRelease' h 0 \n"
	if got, want := archivesOf(uris, "bookworm"), []string{"a://debian/", "c://mirror/"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	const about = "PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\nVERSION_CODENAME='bookworm'\n"
	if osRelease(about, "ID") != "debian" || osRelease(about, "VERSION_CODENAME") != "bookworm" || osRelease(about, "NAME") != "" {
		t.Error("os-release was misread")
	}
}

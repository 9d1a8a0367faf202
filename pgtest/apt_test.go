package pgtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fakeApt puts programs of apt in PATH, alone, which write down how they were called.
func fakeApt(t *testing.T, get, cache string) (calls func() string) {
	t.Helper()
	dir := t.TempDir()
	record := "echo \"$(/usr/bin/basename \"$0\") $*\" >>" + dir + "/calls\n"
	program(t, dir, "apt-get", record+get)
	program(t, dir, "apt-cache", record+cache)
	t.Setenv("PATH", dir)
	return func() string {
		text, _ := os.ReadFile(filepath.Join(dir, "calls"))
		return string(text)
	}
}

func TestAptInstall(t *testing.T) {
	file := filepath.Join(t.TempDir(), "postgresql-common", "createcluster.d", "parley.conf")
	calls := fakeApt(t, "[ -r "+file+" ] && echo no cluster >>"+filepath.Dir(filepath.Dir(filepath.Dir(file)))+"/seen; exit 0", "echo Package: postgresql-15")
	if err := new(finder).aptInstall(t.Context(), "postgresql-15", file); err != nil {
		t.Fatal(err)
	}
	want := "apt-cache show --no-all-versions postgresql-15\n" +
		"apt-get -q -o DPkg::Lock::Timeout=120 install -y --no-install-recommends --no-remove postgresql-15\n"
	if got := calls(); got != want {
		t.Errorf("apt was called so:\n%swant\n%s", got, want)
	}
	top := filepath.Dir(filepath.Dir(filepath.Dir(file)))
	if !exists(filepath.Join(top, "seen")) {
		t.Error("during the installation nothing kept postgresql-common from making a cluster")
	}
	if exists(filepath.Join(top, "postgresql-common")) {
		t.Error("what was made for the installation was left")
	}
}

func TestAptWithoutPackage(t *testing.T) {
	calls := fakeApt(t, "", "exit 100")
	err := new(finder).aptInstall(t.Context(), "postgresql-99", filepath.Join(t.TempDir(), "a", "b", "c"))
	wantText(t, err, "the configured sources have no package postgresql-99")
	if got := calls(); strings.Contains(got, "install") || strings.Count(got, "apt-get -q -o DPkg::Lock::Timeout=120 update") != 1 {
		t.Errorf("apt was called so:\n%s", got)
	}
}

// Lists of packages that are out of date name files that are gone.
func TestAptUpdatesOnce(t *testing.T) {
	calls := fakeApt(t, `case "$*" in *install*) echo 'E: 404 Not Found'; exit 100;; esac`, "echo Package: x")
	err := new(finder).aptInstall(t.Context(), "postgresql-15", filepath.Join(t.TempDir(), "a", "b", "c"))
	wantText(t, err, "apt-get install", "404 Not Found")
	if got := calls(); strings.Count(got, " install ") != 2 || strings.Count(got, " update") != 1 {
		t.Errorf("apt was called so:\n%s", got)
	}
}

// Without 18 and without npm, the version of the system's release is installed.
func TestInstallOlder(t *testing.T) {
	f := quietFinder(t)
	calls := fakeApt(t, "exit 0", "exit 100")
	if i, ok := f.installOlder(t.Context(), 18); ok && (i.Source != "debian" || i.Major() >= 18) {
		t.Errorf("got %v", i)
	}
	want := ""
	if aptUsable() == nil && !exists("/usr/lib/postgresql/17/bin/postgres") {
		want = "apt-cache show --no-all-versions postgresql-17\napt-get -q -o DPkg::Lock::Timeout=120 update\n"
	}
	if got := calls(); !strings.HasPrefix(got, want) || strings.Count(got, " update") > 1 {
		t.Errorf("apt was called so:\n%s", got)
	}
}

func TestAptUsable(t *testing.T) {
	fakeApt(t, "", "")
	if err := aptUsable(); (err == nil) != (os.Geteuid() == 0) {
		t.Errorf("as uid %d: %v", os.Geteuid(), err)
	}
	t.Setenv("PATH", t.TempDir())
	wantText(t, aptUsable(), "not Debian or Ubuntu")
}

// What was there before stays there.
func TestWithoutClusterKeeps(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a", "b", "c")
	if err := makeDir(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	undo, err := withoutCluster(file)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(file); string(text) != "create_main_cluster = false\n" {
		t.Errorf("the file says %q, %v", text, err)
	}
	undo()
	if exists(file) || !exists(filepath.Dir(file)) {
		t.Error("undo left the file, or removed a directory that was there before")
	}
}

package pgtest

import (
	"os"
	"path/filepath"
	"testing"
)

func TestParseVersion(t *testing.T) {
	for out, want := range map[string]struct {
		version string
		number  int
	}{
		"postgres (PostgreSQL) 18.4\n":                           {"18.4", 180004},
		"postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n": {"15.18", 150018},
		"postgres (PostgreSQL) 19beta1\n":                        {"19beta1", 190000},
		"postgres (PostgreSQL) 19devel\n":                        {"19devel", 190000},
		"postgres (PostgreSQL) 9.6.24\n":                         {"9.6.24", 90006},
	} {
		version, number, err := parseVersion(out)
		if version != want.version || number != want.number || err != nil {
			t.Errorf("%q is read as %s, %d, %v; want %v", out, version, number, err, want)
		}
	}
	_, _, err := parseVersion("mysqld 8.0\n")
	wantText(t, err, `its version reads "mysqld 8.0"`)
}

func TestInspect(t *testing.T) {
	a, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	prefix := openDir(t)
	bin := fakeInstallation(t, prefix, "17.3")
	for _, dir := range []string{prefix, bin} {
		i, err := inspect(t.Context(), a, dir, "test")
		if want := (Installation{Version: "17.3", Number: 170003, Bin: bin, Source: "test"}); i != want || err != nil {
			t.Errorf("%s: %v, %v; want %v", dir, i, err, want)
		}
	}
	// As some distributions do it: one link, away from the programs.
	links := openDir(t)
	if err := os.Symlink(filepath.Join(bin, "postgres"), filepath.Join(links, "postgres")); err != nil {
		t.Fatal(err)
	}
	if i, err := inspect(t.Context(), a, links, "PATH"); i.Bin != bin || err != nil {
		t.Errorf("through a link: %v, %v", i, err)
	}
	// A program that changed is asked again.
	program(t, bin, "postgres", "echo 'postgres (PostgreSQL) 17.30'")
	if i, err := inspect(t.Context(), a, bin, "test"); i.Version != "17.30" || err != nil {
		t.Errorf("after a change: %v, %v", i, err)
	}
}

func TestInspectRefuses(t *testing.T) {
	a, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	dir := openDir(t)
	_, err = inspect(t.Context(), a, dir, "test")
	wantText(t, err, "no postgres in "+dir)
	program(t, dir, "postgres", "echo 'cannot open shared object file' >&2; exit 127")
	_, err = inspect(t.Context(), a, dir, "test")
	wantText(t, err, "has postgres but no initdb")
	program(t, dir, "initdb", "")
	_, err = inspect(t.Context(), a, dir, "test")
	wantText(t, err, "does not run", "cannot open shared object file")
}

// Root's own programs are no use to the user that the server runs as.
func TestInspectUnreachable(t *testing.T) {
	a, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	bin := fakeInstallation(t, openDir(t), "17.3")
	if err := os.Chmod(filepath.Dir(bin), 0o700); err != nil {
		t.Fatal(err)
	}
	i, err := inspect(t.Context(), a, bin, "test")
	if !a.switched {
		if err != nil {
			t.Error(err)
		}
		return
	}
	if err == nil {
		t.Fatalf("got %v, which user %s cannot enter", i, a.name)
	}
	wantText(t, err, "does not run as user "+a.name, "permission denied")
}

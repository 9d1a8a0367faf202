package pgtest

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// Root's server runs as somebody else, everybody else's as themselves.
func TestServerAccount(t *testing.T) {
	a, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	if root := os.Geteuid() == 0; a.switched != root {
		t.Errorf("as uid %d the account is %+v", os.Geteuid(), a)
	}
	out, err := a.command(t.Context(), "/", "/bin/sh", "-c", "id -u; id -G; pwd; echo $LC_ALL").Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(out), "\n")
	if a.switched && (lines[0] == "0" || slices.Contains(strings.Fields(lines[1]), "0")) {
		t.Errorf("the account is still root, or in its group: %q", out)
	}
	if lines[2] != "/" || lines[3] != "C" {
		t.Errorf("the account works in %s with locale %s", lines[2], lines[3])
	}
}

func TestAccountEnviron(t *testing.T) {
	from := []string{"PATH=/bin", "PGDATA=/x", "PGOPTIONS=-c x=y", "LANG=tlh", "LC_TIME=tlh", "HOME=/r", "TMPDIR=/r/tmp", "TZ=UTC"}
	got := account{}.environ(from, "/work")
	if want := []string{"PATH=/bin", "HOME=/r", "TMPDIR=/r/tmp", "TZ=UTC", "LC_ALL=C"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	got = account{switched: true, name: "postgres"}.environ(from, "/srv")
	if want := []string{"PATH=/bin", "TZ=UTC", "LC_ALL=C", "HOME=/srv", "USER=postgres"}; !slices.Equal(got, want) {
		t.Errorf("switched: got %q, want %q", got, want)
	}
}

func TestAccountReaches(t *testing.T) {
	a, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	dir := openDir(t)
	if err := a.reaches(dir); err != nil {
		t.Error(err)
	}
	if err := a.reaches(dir + "/nothing"); err == nil {
		t.Error("the account entered a directory that is not there")
	}
	if !a.switched {
		return
	}
	closed := openDir(t)
	if err := os.Chmod(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	wantText(t, a.reaches(closed), "user "+a.name+" cannot enter "+closed)
	if err := a.give(closed); err != nil {
		t.Fatal(err)
	}
	if err := a.reaches(closed); err != nil {
		t.Errorf("its own directory: %v", err)
	}
}

func TestLookupAccount(t *testing.T) {
	for _, name := range []string{"no-such-user-here", "root"} {
		if a, err := lookupAccount(name); err == nil {
			t.Errorf("%s is an account for the server: %+v", name, a)
		}
	}
}

func TestFirstLine(t *testing.T) {
	for text, want := range map[string]string{"": "else", "\n \n": "else", "\n one \ntwo": "one"} {
		if got := firstLine(text, "else"); got != want {
			t.Errorf("the first line of %q is %q, want %q", text, got, want)
		}
	}
}

package policy

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// files is a fixture: a small repository, by path.
type files map[string]string

// grow makes a tree of a fixture.
func grow(t *testing.T, fixture files) *tree {
	t.Helper()
	fsys := make(fstest.MapFS)
	for p, text := range fixture {
		fsys[p] = &fstest.MapFile{Data: []byte(text)}
	}
	grown, err := loadTree(fsys, slices.Collect(maps.Keys(fixture)))
	if err != nil {
		t.Fatal(err)
	}
	return grown
}

// lines prints findings for comparison.
func lines(found []finding) string {
	var b strings.Builder
	for _, f := range found {
		b.WriteString(f.String() + "\n")
	}
	return b.String()
}

// expect runs a check over a fixture. Each of wants must stand in its own
// finding, and there must be no other.
func expect(t *testing.T, check func(*tree) []finding, fixture files, wants ...string) {
	t.Helper()
	found := check(grow(t, fixture))
	if len(found) != len(wants) {
		t.Errorf("%d findings, want %d:\n%s", len(found), len(wants), lines(found))
		return
	}
	for i, want := range wants {
		if !strings.Contains(found[i].String(), want) {
			t.Errorf("finding %d is %q, want %q in it", i, found[i], want)
		}
	}
}

// find returns a rule of the table.
func find(t *testing.T, name string) rule {
	t.Helper()
	i := slices.IndexFunc(rules(), func(r rule) bool { return r.name == name })
	if i < 0 {
		t.Fatalf("there is no rule %q", name)
	}
	return rules()[i]
}

func TestRulesAreNamedOnceAndGiveReasons(t *testing.T) {
	seen := make(map[string]bool)
	for _, r := range rules() {
		if seen[r.name] {
			t.Errorf("two rules are called %q", r.name)
		}
		seen[r.name] = true
		if len(strings.Fields(r.why)) < 3 {
			t.Errorf("rule %q gives no reason: %q", r.name, r.why)
		}
	}
}

func TestParse(t *testing.T) {
	expect(t, checkParse, files{"wire/a.go": "package wire\nfunc {"}, "wire/a.go")
	expect(t, checkParse, files{"wire/a.go": "package wire\n", "wire/testdata/bad.go": "what?"})
}

func TestAllowances(t *testing.T) {
	bad := files{
		"wire/a.go": "package wire\nfunc init() {}\n",
		"wire/b.go": "package wire\nfunc init() {}\n",
	}
	r := find(t, "init")
	for _, c := range []struct {
		name       string
		allowed    []allowance
		left, dead int
	}{
		{"none", nil, 2, 0},
		{"one file", []allowance{{"init", "wire/a.go", "why"}}, 1, 0},
		{"one function", []allowance{{"init", "wire/b.go:init", "why"}}, 1, 0},
		{"a name in a directory", []allowance{{"init", "wire:init", "why"}}, 0, 0},
		{"another rule", []allowance{{"exit", "wire/a.go", "why"}}, 2, 1},
		{"a file that behaves", []allowance{{"init", "wire/c.go", "why"}, {"init", "wire:init", "why"}}, 0, 1},
		{"a directory is too wide", []allowance{{"init", "wire", "why"}}, 2, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			broken, stale := judge(grow(t, bad), []rule{r}, c.allowed)
			if len(broken["init"]) != c.left || len(stale) != c.dead {
				t.Errorf("%d findings and %d stale entries, want %d and %d", len(broken["init"]), len(stale), c.left, c.dead)
			}
		})
	}
}

func TestReportSaysWhereWhyAndTheWayOut(t *testing.T) {
	r := find(t, "init")
	got := report(r, r.check(grow(t, files{"wire/a.go": "package wire\nfunc init() {}\n"})))
	for _, want := range []string{"wire/a.go:2", r.why, `{"init", "wire/a.go:init", "the reason"}`, "internal/policy/allow.go"} {
		if !strings.Contains(got, want) {
			t.Errorf("the report lacks %q:\n%s", want, got)
		}
	}
}

package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const module = "parley"

const importsWhy = "what a package may import is its place in the house (rooms.go); one import upwards, and the ground floor " +
	"can no longer be used, tested or understood alone. Move the code down, or pass in what it needs. A test may also import " +
	"pgtest and other people's modules. Those are for workbench/, cmd/, bench/, compat/ and tests; golang.org/x is at home anywhere."

// checkImports holds each import against the plan of the house.
func checkImports(t *tree) []finding {
	var found []finding
	for dir, files := range t.goFiles() {
		r, known := roomOf(dir)
		if !known {
			found = append(found, finding{
				path: files[0].path, sub: dir,
				text: fmt.Sprintf("package %s is in no room: say which room it belongs to, in internal/policy/rooms.go", dir),
			})
			continue
		}
		for _, f := range files {
			found = append(found, t.checkFileImports(f, r)...)
		}
	}
	slices.SortFunc(found, func(a, b finding) int { return strings.Compare(a.String(), b.String()) })
	return found
}

func (t *tree) checkFileImports(f *file, r room) []finding {
	var found []finding
	for _, spec := range f.ast.Imports {
		name, _ := strconv.Unquote(spec.Path.Value)
		if complaint := r.refuses(name, f); complaint != "" {
			found = append(found, finding{f.path, t.line(spec.Pos()), name, complaint})
		}
	}
	return found
}

// refuses says why the room's file may not import the package; "" when it may.
func (r room) refuses(name string, f *file) string {
	switch {
	case name == "C":
		if f.under("bench") {
			return ""
		}
		return "cgo is for bench/ only: Parley cross-compiles without a C compiler"
	case name == module || strings.HasPrefix(name, module+"/"):
		return r.refusesHouse(name, f)
	case isStd(name):
		if f.isTest() || r.std == nil || slices.Contains(r.std, name) {
			return ""
		}
		return fmt.Sprintf("%s may not import %s (%s)", r.dir, name, r.why)
	case f.isTest() || r.others:
		return ""
	case strings.HasPrefix(name, "golang.org/x/") && r.std == nil:
		return ""
	default:
		return fmt.Sprintf("%s may not import another module's %s", r.dir, name)
	}
}

func (r room) refusesHouse(name string, f *file) string {
	dir := strings.TrimPrefix(strings.TrimPrefix(name, module), "/")
	if dir == "" {
		dir = "."
	}
	may := append([]string{r.dir}, r.house...)
	if f.isTest() {
		may = append(may, "pgtest/...", "wire")
	}
	if slices.ContainsFunc(may, func(p string) bool { return within(dir, p) }) {
		return ""
	}
	return fmt.Sprintf("%s may not import %s (%s)", r.dir, name, r.why)
}

// isStd tells the standard library from the rest: no dot in the first element.
func isStd(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	return !strings.Contains(first, ".")
}

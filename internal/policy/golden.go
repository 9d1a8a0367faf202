package policy

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"strconv"
	"strings"
	"unicode"
)

const goldenWhy = "a golden file that no test reads proves nothing and is kept up to date by nobody. " +
	"What is looked for, in the package beside testdata/: testdata/fuzz/FuzzX/… needs func FuzzX. Everything else needs a test that " +
	`writes the path "testdata/NAME" (NAME being the first element below testdata) in a string or filepath.Join, and a file name that starts with a ` +
	"name used in the package: Bind.hex and Bind-empty.hex belong to Bind, copy_in.txt to \"copy in\" or CopyIn. A test that reads a whole " +
	`directory says so with a pattern ("testdata/traces/*.txt", or go:embed), and any file it matches is alive. Delete the file, or name it after its owner.`

// An owner is what a package's source offers as names for its golden files.
type owner struct {
	funcs   map[string]bool // functions declared in tests
	names   map[string]bool // identifiers and strings, folded
	strings []string        // string literals of the tests, and patterns of go:embed
}

func checkGolden(t *tree) []finding {
	owners := make(map[string]*owner)
	var found []finding
	for _, f := range t.files {
		dir, rest, ok := cutTestdata(f.path)
		if !ok || path.Base(rest) == "README.md" {
			continue
		}
		if owners[dir] == nil {
			owners[dir] = t.owner(dir)
		}
		if complaint := owners[dir].disowns(rest); complaint != "" {
			found = append(found, finding{path: f.path, text: complaint})
		}
	}
	return found
}

// cutTestdata splits wire/testdata/golden/Bind.hex into wire and golden/Bind.hex.
func cutTestdata(p string) (dir, rest string, ok bool) {
	if rest, ok = strings.CutPrefix(p, "testdata/"); ok {
		return ".", rest, true
	}
	return strings.Cut(p, "/testdata/")
}

func (t *tree) owner(dir string) *owner {
	o := &owner{funcs: make(map[string]bool), names: make(map[string]bool)}
	for _, f := range t.goFiles()[dir] {
		o.strings = append(o.strings, embeds(f.ast)...)
		ast.Inspect(f.ast, func(n ast.Node) bool {
			o.learn(f, n)
			return true
		})
	}
	return o
}

// embeds returns the patterns of the file's go:embed directives; one that names
// a directory takes in what lies in it.
func embeds(f *ast.File) []string {
	var patterns []string
	for _, group := range f.Comments {
		for _, comment := range group.List {
			list, ok := strings.CutPrefix(comment.Text, "//go:embed ")
			if !ok {
				continue
			}
			for p := range strings.FieldsSeq(list) {
				patterns = append(patterns, p, p+"/*", p+"/*/*")
			}
		}
	}
	return patterns
}

func (o *owner) learn(f *file, n ast.Node) {
	switch n := n.(type) {
	case *ast.FuncDecl:
		if f.isTest() {
			o.funcs[n.Name.Name] = true
		}
	case *ast.CallExpr:
		if joined := joined(n); joined != "" && f.isTest() {
			o.strings = append(o.strings, joined)
		}
	case *ast.Ident:
		o.names[fold(n.Name)] = true
	case *ast.BasicLit:
		s, err := strconv.Unquote(n.Value)
		if n.Kind != token.STRING || err != nil {
			return
		}
		o.names[fold(s)] = true
		o.names[fold(stem(path.Base(s)))] = true
		if f.isTest() {
			o.strings = append(o.strings, s)
		}
	}
}

// joined is the path that filepath.Join("testdata", "golden", name) starts with;
// "" for any other call.
func joined(call *ast.CallExpr) string {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Join" {
		return ""
	}
	var elements []string
	for _, arg := range call.Args {
		s, ok := edge(arg, false)
		if !ok {
			break
		}
		elements = append(elements, s)
	}
	return path.Join(elements...)
}

// disowns says why nobody in the package reads the file; "" when somebody does.
func (o *owner) disowns(rest string) string {
	first, below, _ := strings.Cut(rest, "/")
	if first == "fuzz" {
		target, _, _ := strings.Cut(below, "/")
		if o.funcs[target] {
			return ""
		}
		return fmt.Sprintf("a corpus for %s, which is no function of this package's tests", target)
	}
	named := false
	for _, s := range o.strings {
		if ok, err := path.Match(s, "testdata/"+rest); ok && err == nil {
			return ""
		}
		named = named || s == "testdata/"+first || strings.HasPrefix(s, "testdata/"+first+"/")
	}
	if !named {
		return fmt.Sprintf("no test of this package names %q", "testdata/"+first)
	}
	whole := stem(path.Base(rest))
	head := whole[:strings.IndexAny(whole+".", "-_. @")]
	if o.names[fold(whole)] || o.names[fold(head)] {
		return ""
	}
	return fmt.Sprintf("nothing in this package is called %q", head)
}

func stem(base string) string { return strings.TrimSuffix(base, path.Ext(base)) }

// fold leaves only letters and digits, in lower case: names survive t.Run and file systems.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

package policy

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

const errorsWhy = "an error is the middle of somebody's sentence, so it starts in lower case (unless with a name: TLS, DataRow, " +
	"Bind, a type or field of the package) and ends without a full stop; and it goes into logs, so it never carries a password, a token or a secret."

// checkErrors reads the strings given to errors.New and fmt.Errorf.
func checkErrors(t *tree) []finding {
	var found []finding
	words := make(map[string]map[string]bool) // by directory
	for _, f := range t.files {
		if !f.isGo() || f.isTest() {
			continue
		}
		if words[f.dir()] == nil {
			words[f.dir()] = t.properWords(f.dir())
		}
		found = append(found, t.checkFileErrors(f, words[f.dir()])...)
	}
	return found
}

func (t *tree) checkFileErrors(f *file, words map[string]bool) []finding {
	var found []finding
	c := &collector{tree: t, names: importNames(f.ast)}
	for _, d := range f.ast.Decls {
		fn, _ := d.(*ast.FuncDecl)
		ast.Inspect(d, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 || !makesError(c.symbol(call.Fun)) {
				return true
			}
			for _, text := range errorFaults(call, words) {
				found = append(found, finding{f.path, t.line(call.Pos()), use{fn: fn}.in(), text})
			}
			return true
		})
	}
	return found
}

func makesError(symbol string) bool { return symbol == "errors.New" || symbol == "fmt.Errorf" }

// properWords are what an error in the directory may start with: the messages
// of wire, and the package's own exported types and fields (Config.User is …).
func (t *tree) properWords(dir string) map[string]bool {
	words := make(map[string]bool)
	for _, f := range t.files {
		if !f.isGo() || f.dir() != "wire" && f.dir() != dir {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.TypeSpec:
				words[n.Name.Name] = true
			case *ast.StructType:
				if f.dir() == dir {
					addFields(words, n)
				}
			case *ast.FuncDecl:
				return false
			}
			return true
		})
	}
	return words
}

func addFields(words map[string]bool, s *ast.StructType) {
	for _, field := range s.Fields.List {
		for _, name := range field.Names {
			words[name.Name] = true
		}
	}
}

func errorFaults(call *ast.CallExpr, names map[string]bool) []string {
	var faults []string
	if first, ok := edge(call.Args[0], false); ok && shouts(first, names) {
		faults = append(faults, fmt.Sprintf("error text starts with a capital: %q", first))
	}
	if last, ok := edge(call.Args[0], true); ok && trails(last) {
		faults = append(faults, fmt.Sprintf("error text ends like a sentence: %q", last))
	}
	for _, arg := range call.Args[1:] {
		if name := lastName(arg); secret.MatchString(name) {
			faults = append(faults, fmt.Sprintf("%s in an error", name))
		}
	}
	return faults
}

// edge is the first or last literal of a text that may be joined with +.
func edge(e ast.Expr, last bool) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		if last {
			return edge(e.Y, last)
		}
		return edge(e.X, last)
	}
	return "", false
}

// properNames have a capital wherever they stand.
var properNames = map[string]bool{
	"Debian": true, "Docker": true, "Go": true, "Homebrew": true, "Kerberos": true, "Linux": true, "Unicode": true, "Unix": true, "Windows": true,
}

// shouts tells whether the first word is an ordinary word with a capital. Two
// capitals make a name (TLS, PostgreSQL), and so do the words that properWords finds.
func shouts(s string, names map[string]bool) bool {
	word := s
	if end := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }); end >= 0 {
		word = s[:end]
	}
	if names[word] || properNames[word] {
		return false
	}
	runes := []rune(word)
	return len(runes) > 0 && unicode.IsUpper(runes[0]) && !slices.ContainsFunc(runes[1:], unicode.IsUpper)
}

func trails(s string) bool {
	if strings.HasSuffix(s, "...") {
		return false
	}
	return strings.HasSuffix(s, ".") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "\n")
}

var secret = regexp.MustCompile(`(?i)(password|passwd|secret|token|proof)$`)

// lastName is the name that an argument goes by: x, c.x, &c.x; not that of a call.
func lastName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.UnaryExpr:
		return lastName(e.X)
	}
	return ""
}

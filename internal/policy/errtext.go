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

const errorsWhy = "an error is the middle of somebody's sentence, so it starts in lower case (unless with a name: TLS, DataRow, Bind) and " +
	"ends without a full stop; and it goes into logs, so it never carries a password, a token or a secret."

// checkErrors reads the strings given to errors.New and fmt.Errorf.
func checkErrors(t *tree) []finding {
	names := t.messageNames()
	var found []finding
	for _, f := range t.files {
		if !f.isGo() || f.isTest() {
			continue
		}
		c := &collector{tree: t, names: importNames(f.ast)}
		for _, d := range f.ast.Decls {
			fn, _ := d.(*ast.FuncDecl)
			ast.Inspect(d, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || len(call.Args) == 0 || !makesError(c.symbol(call.Fun)) {
					return true
				}
				for _, text := range errorFaults(call, names) {
					found = append(found, finding{f.path, t.line(call.Pos()), use{fn: fn}.in(), text})
				}
				return true
			})
		}
	}
	return found
}

func makesError(symbol string) bool { return symbol == "errors.New" || symbol == "fmt.Errorf" }

// messageNames are the exported types of wire: an error may start with one.
func (t *tree) messageNames() map[string]bool {
	names := make(map[string]bool)
	for _, f := range t.files {
		if !f.isGo() || f.dir() != "wire" {
			continue
		}
		for _, d := range f.ast.Decls {
			gen, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range gen.Specs {
				if ts, ok := spec.(*ast.TypeSpec); ok && ts.Name.IsExported() {
					names[ts.Name.Name] = true
				}
			}
		}
	}
	return names
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
// capitals make a name (TLS, PostgreSQL), and so does a type of wire.
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

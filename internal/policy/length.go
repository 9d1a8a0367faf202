package policy

import (
	"bytes"
	"fmt"
	"go/ast"
)

const (
	maxFileLines = 600
	maxFuncLines = 70
)

const lengthWhy = "a file is one concern and a function is one thought: 50 to 300 lines and around 8 are usual here. " +
	"Over the limit, find the second concern and give it a name. Tables of test cases belong at package level, above the test."

// checkLength measures files and functions, tests included. Generated files are
// nobody's reading, so they may be of any length.
func checkLength(t *tree) []finding {
	var found []finding
	for _, f := range t.files {
		if !f.isGo() || f.isGenerated() {
			continue
		}
		if n := bytes.Count(f.text, []byte("\n")); n > maxFileLines {
			found = append(found, finding{path: f.path, text: fmt.Sprintf("%d lines; the limit is %d", n, maxFileLines)})
		}
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := t.line(fn.End()) - t.line(fn.Pos()) + 1; n > maxFuncLines {
				found = append(found, finding{f.path, t.line(fn.Pos()), funcName(fn),
					fmt.Sprintf("%s has %d lines; the limit is %d", funcName(fn), n, maxFuncLines)})
			}
		}
	}
	return found
}

// funcName names a function as the allow-list does: Close, or Conn.Close.
func funcName(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return fn.Name.Name
	}
	return receiver(fn.Recv.List[0].Type) + "." + fn.Name.Name
}

// receiver digs the type's name out of *T, T[P] and *T[P, Q].
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	case *ast.ParenExpr:
		return receiver(e.X)
	}
	return ""
}

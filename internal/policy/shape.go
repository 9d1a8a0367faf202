package policy

import (
	"fmt"
	"go/ast"
	"strings"
)

const (
	optionsWhy = "functional options hide the settings from completion, from comparison and from printing. " +
		"There is one Config: zero is the default, negative is off."
	resultsWhy = "a result typed any moves the mistake from the compiler to the user's production. Use a type parameter or a concrete type."
	mocksWhy   = "a mock repeats what its author believed. Use pgtest: a real server, a scripted one that speaks real bytes, a pipe with faults."
)

// checkOptions finds function types that are called options.
func checkOptions(t *tree) []finding {
	return t.types(func(ts *ast.TypeSpec) string {
		_, isFunc := ts.Type.(*ast.FuncType)
		if isFunc && (strings.HasSuffix(ts.Name.Name, "Option") || strings.HasSuffix(ts.Name.Name, "Opt")) {
			return ts.Name.Name + " is a functional option → a field of Config"
		}
		return ""
	})
}

// checkMocks finds types that are called mocks, in tests too.
func checkMocks(t *tree) []finding {
	return t.types(func(ts *ast.TypeSpec) string {
		if strings.HasPrefix(strings.ToLower(ts.Name.Name), "mock") {
			return ts.Name.Name + " is a mock → pgtest"
		}
		return ""
	})
}

// types asks about every type declared at package level.
func (t *tree) types(complain func(*ast.TypeSpec) string) []finding {
	var found []finding
	for _, f := range t.files {
		if !f.isGo() {
			continue
		}
		for _, d := range f.ast.Decls {
			gen, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range gen.Specs {
				ts, ok := spec.(*ast.TypeSpec)
				if !ok {
					continue
				}
				if text := complain(ts); text != "" {
					found = append(found, finding{f.path, t.line(ts.Pos()), ts.Name.Name, text})
				}
			}
		}
	}
	return found
}

// typed are the packages whose users are owed typed results.
var typed = []string{".", "wire", "replication", "pgtest/..."}

// checkResults finds exported functions that hand out any, or a collection of it.
func checkResults(t *tree) []finding {
	var found []finding
	for _, f := range t.files {
		if !f.isGo() || f.isTest() || !withinAny(f.dir(), typed) {
			continue
		}
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || !fn.Name.IsExported() || fn.Type.Results == nil {
				continue
			}
			for _, result := range fn.Type.Results.List {
				if isAny(result.Type) {
					found = append(found, finding{f.path, t.line(fn.Pos()), funcName(fn), fmt.Sprintf("%s returns any", funcName(fn))})
				}
			}
		}
	}
	return found
}

func withinAny(dir string, patterns []string) bool {
	for _, p := range patterns {
		if within(dir, p) {
			return true
		}
	}
	return false
}

func isAny(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "any"
	case *ast.InterfaceType:
		return e.Methods.NumFields() == 0
	case *ast.ArrayType:
		return isAny(e.Elt)
	case *ast.MapType:
		return isAny(e.Value)
	}
	return false
}

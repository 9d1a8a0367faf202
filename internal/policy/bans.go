package policy

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// A ban is a rule about what source may use, with what to use instead.
type ban struct {
	name    string                // the rule's name
	uses    []string              // symbols, as in [use]; a trailing * takes in whatever follows
	where   func(*file) bool      // the files it holds in; nil: all
	unless  func(*file, use) bool // the uses it lets pass; nil: none
	instead string
	why     string
}

func (b ban) rule() rule {
	return rule{b.name, b.why + ". Instead: " + b.instead + ".", b.check}
}

func (b ban) check(t *tree) []finding {
	var found []finding
	for _, f := range t.files {
		if b.where != nil && !b.where(f) {
			continue
		}
		for _, u := range f.uses {
			if b.names(u.symbol) && (b.unless == nil || !b.unless(f, u)) {
				found = append(found, finding{f.path, u.line, u.in(), fmt.Sprintf("%s → %s", u.symbol, b.instead)})
			}
		}
	}
	return found
}

func (b ban) names(symbol string) bool {
	return slices.ContainsFunc(b.uses, func(pattern string) bool {
		prefix, open := strings.CutSuffix(pattern, "*")
		return symbol == pattern || open && strings.HasPrefix(symbol, prefix)
	})
}

// bans returns the table of bans, by kind.
func bans() []ban {
	return slices.Concat(testBans(), libraryBans(), oldBans())
}

// Where a ban holds.

func inTests(f *file) bool { return f.isTest() }
func inCode(f *file) bool  { return !f.isTest() }

func outside(dirs ...string) func(*file) bool {
	return func(f *file) bool { return !f.under(dirs...) }
}

// codeOutside leaves out tests as well as the directories.
func codeOutside(dirs ...string) func(*file) bool {
	return func(f *file) bool { return !f.isTest() && !f.under(dirs...) }
}

// What a ban lets pass.

// inExample: an example shows its output on standard output, and has no handle.
func inExample(_ *file, u use) bool {
	return strings.HasPrefix(u.in(), "Example") || u.in() == "TestMain"
}

// inBubble: inside synctest the clock is fake, and sleeping is how it moves.
func inBubble(f *file, u use) bool {
	return slices.ContainsFunc(f.uses, func(v use) bool {
		return v.fn != nil && v.fn == u.fn && v.symbol == "testing/synctest.Test"
	})
}

// failsInCI: a function that looks at PARLEY_CI turns the skip into a failure there.
func failsInCI(_ *file, u use) bool {
	if u.fn == nil {
		return false
	}
	looks := false
	ast.Inspect(u.fn, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		looks = looks || ok && lit.Value == `"PARLEY_CI"`
		return !looks
	})
	return looks
}

func inMain(f *file, u use) bool {
	return f.under("cmd") && u.in() == "main"
}

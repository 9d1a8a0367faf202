// Package policy holds the rules of the house as tests that fail.
//
// A rule is a function over the files of a tree, so the same rule runs over the
// repository and over a small fixture that breaks it. The rules stand in one
// table (see [rules] and [bans]), each with the reason that a failure prints.
// Where a rule must give way, [allowances] says where and why; an entry that no
// longer excuses anything fails like a broken rule.
//
// Run one rule: go test ./internal/policy -run 'TestHouse/imports'.
package policy

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// A rule is one thing the house insists on.
type rule struct {
	name  string
	why   string // printed below the findings: the reason, then what to do instead
	check func(*tree) []finding
}

// A finding is one place where a rule is broken.
type finding struct {
	path string
	line int    // 0 when the finding is about the whole file or directory
	sub  string // what in the file: a function, a name, an import path
	text string
}

func (f finding) String() string {
	if f.line == 0 {
		return fmt.Sprintf("%s: %s", f.path, f.text)
	}
	return fmt.Sprintf("%s:%d: %s", f.path, f.line, f.text)
}

// rules returns the table of everything that is checked.
func rules() []rule {
	all := []rule{
		{"parse", "a file that does not parse is a file that no rule has looked at.", checkParse},
		{"imports", importsWhy, checkImports},
		{"length", lengthWhy, checkLength},
		{"ratio", ratioWhy, checkRatio},
		{"docs", docsWhy, checkDocs},
		{"golden", goldenWhy, checkGolden},
		{"errors", errorsWhy, checkErrors},
		{"text", textWhy, checkText},
		{"options", optionsWhy, checkOptions},
		{"results", resultsWhy, checkResults},
		{"mocks", mocksWhy, checkMocks},
	}
	for _, b := range bans() {
		all = append(all, b.rule())
	}
	return all
}

// An allowance lets one rule be broken in one place.
//
// The place is a file ("pgtest/start.go"), a file and a function or other name
// in it ("pgtest/start.go:waitReady"), or a directory and such a name
// ("internal/scram:github.com/xdg-go/stringprep").
type allowance struct {
	rule, at, why string
}

func (a allowance) covers(rule string, f finding) bool {
	if a.rule != rule {
		return false
	}
	if a.at == f.path {
		return true
	}
	return f.sub != "" && (a.at == f.path+":"+f.sub || a.at == path.Dir(f.path)+":"+f.sub)
}

// judge runs the rules over the tree. It returns the findings by rule name,
// less the allowed ones, and the allowances that excused nothing.
func judge(t *tree, rules []rule, allowed []allowance) (broken map[string][]finding, stale []allowance) {
	broken = make(map[string][]finding)
	used := make([]bool, len(allowed))
	for _, r := range rules {
		for _, f := range r.check(t) {
			i := slices.IndexFunc(allowed, func(a allowance) bool { return a.covers(r.name, f) })
			if i < 0 {
				broken[r.name] = append(broken[r.name], f)
				continue
			}
			used[i] = true
		}
	}
	for i, a := range allowed {
		if !used[i] {
			stale = append(stale, a)
		}
	}
	return broken, stale
}

// report is the text of one rule's failure.
func report(r rule, found []finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "rule %q is broken in %d place(s):\n", r.name, len(found))
	for _, f := range found {
		fmt.Fprintf(&b, "\t%s\n", f)
	}
	fmt.Fprintf(&b, "why: %s\n", r.why)
	at := found[0].path
	if found[0].sub != "" {
		at += ":" + found[0].sub
	}
	fmt.Fprintf(&b, "if it must be so: {%q, %q, \"the reason\"} in internal/policy/allow.go", r.name, at)
	return b.String()
}

func checkParse(t *tree) []finding {
	var found []finding
	for _, f := range t.files {
		if f.err != nil {
			found = append(found, finding{path: f.path, text: f.err.Error()})
		}
	}
	return found
}

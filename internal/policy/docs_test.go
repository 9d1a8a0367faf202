package policy

import "testing"

const documented = `// Package p is documented.
package p

// Limit is documented.
const Limit = 1

// The kinds.
const (
	A = iota
	B
)

const (
	C = 1 // one
	// D is two.
	D = 2
	e = 3
)

// A Conn is documented.
type Conn struct{ Name string }

// Close ends it.
func (c *Conn) Close() {}

type hidden struct{}

func (hidden) Exported() {}

// Deprecated: use Close.
func (c *Conn) Stop() {}
`

func TestDocs(t *testing.T) {
	const head = "// Package p is.\npackage p\n"
	expect(t, checkDocs, files{"p/a.go": documented, "p/a_test.go": "package p\nfunc Helper() {}\n"})
	expect(t, checkDocs, files{"p/a.go": "package p\n"}, "no package comment")
	expect(t, checkDocs, files{"p/a.go": "// This is p.\npackage p\n"}, `should start with "Package p"`)
	expect(t, checkDocs, files{"cmd/a.go": "// P does it.\npackage main\n"})
	expect(t, checkDocs, files{"p/a.go": head, "p/b.go": head}, "a second package comment")
	expect(t, checkDocs, files{"p/a.go": head + "func F() {}\n"}, "F is exported and has no comment")
	expect(t, checkDocs, files{"p/a.go": head + "// does it\nfunc F() {}\n"}, `the comment of F should start with "F"`)
	expect(t, checkDocs, files{"p/a.go": head + "// Fast is another.\nfunc F() {}\n"}, `the comment of F`)
	expect(t, checkDocs, files{"p/a.go": head + "// T is.\ntype T int\nfunc (T) M() {}\n"}, "p/a.go:5: T.M is exported")
	expect(t, checkDocs, files{"p/a.go": head + "type T int\n"}, "T is exported")
	expect(t, checkDocs, files{"p/a.go": head + "type (\n\tT int\n)\n"}, "T is exported")
	expect(t, checkDocs, files{"p/a.go": head + "var V = 1\n"}, "V is exported")
	expect(t, checkDocs, files{"p/a.go": head + "const (\n\tA = 1\n\tB = 2 // two\n)\n"}, "A is exported")
}

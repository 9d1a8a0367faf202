package policy

import (
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// A use is one thing that a source file does and that a ban may name.
//
// What is written as a symbol:
//
//	time.Sleep, os/exec.Command    a name of an imported package, by its import path
//	import unsafe, import .        an import, a dot import
//	panic()                        a built-in called
//	t.Skip, b.N                    a name of a test's handle
//	interface{}, func init         a construct
//	wide net.Listen                a listener that strangers can reach
//	lost context.AfterFunc         a call whose result nobody keeps
//	linkname, nolint               a comment that speaks to a tool
type use struct {
	symbol string
	line   int
	fn     *ast.FuncDecl // the declaration around it; nil at package level
}

// in tells the name of the function around the use.
func (u use) in() string {
	if u.fn == nil {
		return ""
	}
	return funcName(u.fn)
}

// A collector gathers the uses of one file.
type collector struct {
	tree  *tree
	names map[string]string // local name of an import -> its path
	fn    *ast.FuncDecl
	uses  []use
}

func (t *tree) collect(f *file) []use {
	c := &collector{tree: t, names: importNames(f.ast)}
	for _, spec := range f.ast.Imports {
		c.importSpec(spec)
	}
	for _, group := range f.ast.Comments {
		for _, comment := range group.List {
			c.directive(comment)
		}
	}
	for _, d := range f.ast.Decls {
		c.fn, _ = d.(*ast.FuncDecl)
		if c.fn != nil && c.fn.Recv == nil && c.fn.Name.Name == "init" {
			c.add("func init", d)
		}
		ast.Inspect(d, c.node)
	}
	return c.uses
}

func (c *collector) add(symbol string, at ast.Node) {
	c.uses = append(c.uses, use{symbol, c.tree.line(at.Pos()), c.fn})
}

func (c *collector) importSpec(spec *ast.ImportSpec) {
	name, _ := strconv.Unquote(spec.Path.Value)
	c.add("import "+name, spec)
	if spec.Name != nil && spec.Name.Name == "." {
		c.add("import .", spec)
	}
}

func (c *collector) directive(comment *ast.Comment) {
	for prefix, symbol := range map[string]string{"//go:linkname": "linkname", "//nolint": "nolint"} {
		if strings.HasPrefix(comment.Text, prefix) {
			c.add(symbol, comment)
		}
	}
}

func (c *collector) node(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.SelectorExpr:
		if s := c.symbol(n); s != "" {
			c.add(s, n)
		}
	case *ast.CallExpr:
		c.call(n)
	case *ast.InterfaceType:
		if n.Methods.NumFields() == 0 && n.Interface.IsValid() {
			c.add("interface{}", n)
		}
	case *ast.ExprStmt:
		if call, ok := n.X.(*ast.CallExpr); ok {
			c.lost(call)
		}
	case *ast.AssignStmt:
		if id, ok := n.Lhs[0].(*ast.Ident); ok && id.Name == "_" && len(n.Rhs) == 1 {
			if call, ok := n.Rhs[0].(*ast.CallExpr); ok {
				c.lost(call)
			}
		}
	}
	return true
}

// handles are the names that tests give to *testing.T and its kin.
var handles = map[string]bool{"t": true, "b": true, "f": true, "tb": true}

// symbol names a selector on an imported package or on a test's handle.
func (c *collector) symbol(e ast.Expr) string {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	id, ok := sel.X.(*ast.Ident)
	switch {
	case !ok:
		return ""
	case c.names[id.Name] != "":
		return c.names[id.Name] + "." + sel.Sel.Name
	case handles[id.Name]:
		return id.Name + "." + sel.Sel.Name
	}
	return ""
}

func (c *collector) call(call *ast.CallExpr) {
	if id, ok := call.Fun.(*ast.Ident); ok {
		c.add(id.Name+"()", call)
		return
	}
	s := c.symbol(call.Fun)
	if (s == "net.Listen" || s == "net.ListenPacket") && len(call.Args) == 2 && wide(call.Args[1]) {
		c.add("wide "+s, call)
	}
}

func (c *collector) lost(call *ast.CallExpr) {
	if s := c.symbol(call.Fun); s == "context.AfterFunc" {
		c.add("lost "+s, call)
	}
}

// wide tells whether the address is written out and reaches every interface.
func wide(addr ast.Expr) bool {
	lit, ok := addr.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return false
	}
	s, _ := strconv.Unquote(lit.Value)
	return strings.HasPrefix(s, ":") || strings.HasPrefix(s, "0.0.0.0") || strings.HasPrefix(s, "[::]")
}

var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// importNames maps what the file calls its imports to their paths.
func importNames(f *ast.File) map[string]string {
	names := make(map[string]string)
	for _, spec := range f.Imports {
		full, _ := strconv.Unquote(spec.Path.Value)
		name := path.Base(full)
		if majorVersion.MatchString(name) {
			name = path.Base(path.Dir(full))
		}
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = full
	}
	return names
}

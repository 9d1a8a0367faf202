package policy

import (
	"bytes"
	"errors"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// A tree is the files under judgement, read and parsed once.
type tree struct {
	fset  *token.FileSet
	files []*file // sorted by path
}

// A file is one file of the tree.
type file struct {
	path string // with slashes, from the root
	text []byte
	ast  *ast.File // nil unless this is Go source that parses
	err  error     // why ast is nil although this is Go source
	uses []use     // what the source uses, for the bans
}

func (f *file) dir() string  { return path.Dir(f.path) }
func (f *file) isGo() bool   { return f.ast != nil }
func (f *file) isTest() bool { return strings.HasSuffix(f.path, "_test.go") }

func (f *file) isText() bool {
	return utf8.Valid(f.text) && bytes.IndexByte(f.text, 0) < 0
}

// isGenerated tells whether a program wrote the file: nobody reads it top-down.
func (f *file) isGenerated() bool { return f.isGo() && ast.IsGenerated(f.ast) }

// under tells whether the file lies in one of the directories or below it.
func (f *file) under(dirs ...string) bool {
	return slices.ContainsFunc(dirs, func(d string) bool {
		return strings.HasPrefix(f.path, d+"/")
	})
}

// inTestdata tells whether the go command ignores the file.
func (f *file) inTestdata() bool {
	return strings.HasPrefix(f.path, "testdata/") || strings.Contains(f.path, "/testdata/")
}

// loadTree reads the named files. One that has gone since the names were listed
// is left out: editors and other programs are at work in the same directory.
func loadTree(fsys fs.FS, paths []string) (*tree, error) {
	t := &tree{fset: token.NewFileSet()}
	for _, p := range slices.Sorted(slices.Values(paths)) {
		text, err := fs.ReadFile(fsys, p)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		t.files = append(t.files, t.parse(p, text))
	}
	return t, nil
}

func (t *tree) parse(p string, text []byte) *file {
	f := &file{path: p, text: text}
	if path.Ext(p) != ".go" || f.inTestdata() {
		return f
	}
	parsed, err := parser.ParseFile(t.fset, p, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		f.err = err
		return f
	}
	f.ast = parsed
	f.uses = t.collect(f)
	return f
}

func (t *tree) line(pos token.Pos) int { return t.fset.Position(pos).Line }

// goFiles returns the Go files, grouped by directory; nothing of testdata.
func (t *tree) goFiles() map[string][]*file {
	byDir := make(map[string][]*file)
	for _, f := range t.files {
		if f.isGo() {
			byDir[f.dir()] = append(byDir[f.dir()], f)
		}
	}
	return byDir
}

// codeLines counts the lines that hold a token: neither blank nor only comment,
// so that writing documentation never makes a package look under-tested.
func codeLines(text []byte) int {
	fset := token.NewFileSet()
	src := fset.AddFile("", fset.Base(), len(text))
	var s scanner.Scanner
	s.Init(src, text, nil, 0)
	n, last := 0, 0
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return n
		}
		if tok == token.SEMICOLON && lit == "\n" {
			continue
		}
		first := max(src.Line(pos), last+1)
		end := src.Line(pos) + strings.Count(lit, "\n")
		n += max(0, end-first+1)
		last = max(last, end)
	}
}

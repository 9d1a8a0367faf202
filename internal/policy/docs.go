package policy

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

const docsWhy = "a name without a sentence is a question to whoever meets it in `go doc`. The sentence starts with the name " +
	"(\"Close ends…\", \"A Conn is…\") and says units, lifetime, errors and concurrency where they matter. " +
	"One comment above a const or var group does for the group. Each package has one package comment, in one file."

func checkDocs(t *tree) []finding {
	var found []finding
	for dir, files := range t.goFiles() {
		files = slices.DeleteFunc(slices.Clone(files), (*file).isTest)
		if len(files) == 0 {
			continue
		}
		found = append(found, checkPackageDoc(dir, files)...)
		for _, f := range files {
			for _, d := range f.ast.Decls {
				found = append(found, t.checkDeclDoc(f, d)...)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b finding) int { return strings.Compare(a.path, b.path) })
	return found
}

func checkPackageDoc(dir string, files []*file) []finding {
	var with []string
	var found []finding
	for _, f := range files {
		if f.ast.Doc == nil {
			continue
		}
		with = append(with, f.path)
		want := "Package " + f.ast.Name.Name
		if f.ast.Name.Name != "main" && !startsWith(f.ast.Doc.Text(), want) {
			found = append(found, finding{f.path, 1, "package", fmt.Sprintf("the package comment should start with %q", want)})
		}
	}
	switch len(with) {
	case 0:
		found = append(found, finding{files[0].path, 1, "package", fmt.Sprintf("package %s has no package comment", dir)})
	case 1:
	default:
		found = append(found, finding{with[1], 1, "package", "a second package comment; the first is in " + with[0]})
	}
	return found
}

func (t *tree) checkDeclDoc(f *file, d ast.Decl) []finding {
	switch d := d.(type) {
	case *ast.FuncDecl:
		recv, _, isMethod := strings.Cut(funcName(d), ".")
		if !d.Name.IsExported() || isMethod && !ast.IsExported(recv) {
			return nil
		}
		return t.wantDoc(f, d.Name, funcName(d), d.Doc)
	case *ast.GenDecl:
		var found []finding
		for _, spec := range d.Specs {
			found = append(found, t.checkSpecDoc(f, d, spec)...)
		}
		return found
	}
	return nil
}

func (t *tree) checkSpecDoc(f *file, d *ast.GenDecl, spec ast.Spec) []finding {
	grouped := d.Lparen != token.NoPos
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		doc := spec.Doc
		if doc == nil && !grouped {
			doc = d.Doc
		}
		if !spec.Name.IsExported() {
			return nil
		}
		return t.wantDoc(f, spec.Name, spec.Name.Name, doc)
	case *ast.ValueSpec:
		i := slices.IndexFunc(spec.Names, (*ast.Ident).IsExported)
		if i < 0 || d.Doc != nil && grouped || spec.Doc != nil || spec.Comment != nil {
			return nil
		}
		return t.wantDoc(f, spec.Names[i], spec.Names[i].Name, d.Doc)
	}
	return nil
}

func (t *tree) wantDoc(f *file, id *ast.Ident, full string, doc *ast.CommentGroup) []finding {
	text := doc.Text()
	switch {
	case strings.TrimSpace(text) == "":
		return []finding{{f.path, t.line(id.Pos()), full, full + " is exported and has no comment"}}
	case startsWith(text, id.Name), strings.HasPrefix(text, "Deprecated:"):
		return nil
	}
	return []finding{{f.path, t.line(id.Pos()), full, fmt.Sprintf("the comment of %s should start with %q", full, id.Name)}}
}

// startsWith tells whether the text's first word, after an article, is the name.
func startsWith(text, name string) bool {
	for _, article := range []string{"", "A ", "An ", "The "} {
		rest, ok := strings.CutPrefix(text, article+name)
		if ok && (rest == "" || strings.IndexAny(rest, " \n,.:;'’(") == 0) {
			return true
		}
	}
	return false
}

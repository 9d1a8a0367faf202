package policy

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// source is a file of one package with one import.
func source(pkg, imported string) string {
	return fmt.Sprintf("package %s\n\nimport _ %q\n", pkg, imported)
}

func TestImportDirection(t *testing.T) {
	for _, c := range []struct {
		path, imported string
		want           string // "" when the import is fine
	}{
		{"wire/a.go", "bytes", ""},
		{"wire/a.go", "encoding/binary", ""},
		{"wire/a.go", "net", "wire may not import net"},
		{"wire/a.go", "context", "wire may not import context"},
		{"wire/a.go", "sync", "wire may not import sync"},
		{"wire/a.go", "time", "wire may not import time"},
		{"wire/a.go", "os", "wire may not import os"},
		{"wire/a.go", "golang.org/x/text", "another module's"},
		{"wire/a.go", "parley/pgtype", "wire may not import parley/pgtype"},
		{"wire/a_test.go", "os", ""},
		{"wire/a_test.go", "parley/pgtest", ""},
		{"wire/a_test.go", "parley/workbench/render", "wire may not import parley/workbench/render"},
		{"pgtype/a.go", "time", ""},
		{"pgtype/a.go", "parley/wire", "values know nothing of messages"},
		{"internal/scram/a.go", "golang.org/x/text/unicode/norm", ""},
		{"internal/scram/a.go", "github.com/a/b", "another module's github.com/a/b"},
		{"internal/scram/a_test.go", "github.com/a/b", ""},
		{"internal/dial/a.go", "parley/internal/conninfo", ""},
		{"internal/dial/a.go", "parley/pgtype", "internal/dial may not import"},
		{"internal/exchange/a.go", "parley/internal/dial", "internal/exchange may not import"},
		{"internal/scan/a.go", "parley/pgtype", ""},
		{"a.go", "parley/internal/exchange", ""},
		{"a.go", "parley/workbench/render", ". may not import"},
		{"a.go", "parley/pgtest", ". may not import"},
		{"a_test.go", "parley/pgtest", ""},
		{"sqldriver/a.go", "parley", ""},
		{"pgtest/a.go", "parley/wire", ""},
		{"pgtest/a.go", "parley", "never the client"},
		{"pgtest/a_test.go", "parley", "never the client"},
		{"pgtest/pipe/a.go", "parley", "never the client"},
		{"pgtest/a.go", "parley/pgtest/pipe", ""},
		{"workbench/render/a.go", "github.com/a/b", ""},
		{"workbench/render/a.go", "parley/workbench/script", "workbench/render may not import"},
		{"workbench/script/a.go", "parley/workbench/render", ""},
		{"workbench/script/a.go", "parley/workbench/capture", "beside capture"},
		{"workbench/proxy/a.go", "parley/workbench/capture", ""},
		{"workbench/proxy/a.go", "parley", "top floor"},
		{"cmd/parley/a.go", "parley/workbench/proxy", ""},
		{"cmd/parley/verbs/a.go", "parley", ""},
		{"bench/a.go", "C", ""},
		{"wire/a.go", "C", "cgo"},
		{"elsewhere/a.go", "bytes", "say which room it belongs to"},
		{"wire/more/a.go", "bytes", "say which room it belongs to"},
	} {
		t.Run(c.path+" "+c.imported, func(t *testing.T) {
			fixture := files{c.path: source("p", c.imported)}
			if c.want == "" {
				expect(t, checkImports, fixture)
				return
			}
			expect(t, checkImports, fixture, c.want)
		})
	}
}

func TestRoomsAreWrittenOnce(t *testing.T) {
	seen := make(map[string]bool)
	for _, r := range rooms {
		if seen[r.dir] {
			t.Errorf("two rooms are called %q", r.dir)
		}
		seen[r.dir] = true
		if r.why == "" {
			t.Errorf("room %q gives no reason", r.dir)
		}
	}
	for _, r := range rooms {
		for _, h := range r.house {
			if h != "..." && !seen[h] {
				t.Errorf("room %q may import %q, which is no room", r.dir, h)
			}
		}
	}
}

// TestModule: the rules tell our packages from the standard library's by this name.
func TestModule(t *testing.T) {
	text, err := os.ReadFile(root + "/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(text), "module "+module+"\n") {
		t.Errorf("go.mod does not start with module %s", module)
	}
}

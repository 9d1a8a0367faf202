package policy

import "testing"

// A trial is a file that breaks a ban, and the same file where, or as, it may be.
type trial struct {
	ban  string
	path string // where it is forbidden
	bad  string // what follows the package clause
	good string // the same with the replacement; "" when only the place matters
	fine string // a path where bad is allowed; "" when nowhere
}

var trials = []trial{
	{"sleep", "a_test.go", `import "time"
func TestA(t *testing.T) { time.Sleep(1) }`, `import ("time"; "testing/synctest")
func TestA(t *testing.T) { synctest.Test(t, func(t *testing.T) { time.Sleep(1) }) }`, ""},
	{"skip", "a_test.go", `func TestA(t *testing.T) { t.Skip("no tshark") }`, `import "os"
func TestA(t *testing.T) { if os.Getenv("PARLEY_CI") != "" { t.Fatal("no tshark") }; t.Skip("no tshark") }`, ""},
	{"wide-listen", "a.go", `import "net"
func f() { net.Listen("tcp", ":5432") }`, `import "net"
func f() { net.Listen("tcp", "127.0.0.1:0"); net.Listen("unix", path) }`, ""},
	{"assertions", "a_test.go", `import "github.com/stretchr/testify/require"`, ``, ""},
	{"background-in-test", "a_test.go", `import "context"
func TestA(t *testing.T) { f(context.Background()) }`, `import "context"
func TestA(t *testing.T) { f(t.Context()) }
func ExampleOpen() { f(context.Background()) }`, "a.go"},
	{"process-state", "a_test.go", `import "os"
func TestA(t *testing.T) { os.Setenv("PGHOST", "x") }`, `func TestA(t *testing.T) { t.Setenv("PGHOST", "x") }`, "bench/a.go"},
	{"b.N", "a_test.go", `func BenchmarkA(b *testing.B) { for range b.N {} }`, `func BenchmarkA(b *testing.B) { for b.Loop() {} }`, "a.go"},
	{"panic", "wire/a.go", `func f() { panic("short") }`, `func f() error { return errShort }`, "wire/a_test.go"},
	{"print", "a_test.go", `import "fmt"
func TestA(t *testing.T) { fmt.Println(1) }`, `import "fmt"
func ExampleA() { fmt.Println(1) }
func TestA(t *testing.T) { t.Log(fmt.Sprint(1)) }`, "cmd/parley/a.go"},
	{"stdio", "pgtest/a.go", `import "os"
var w = os.Stderr`, `import "io"
var w io.Writer`, "cmd/parley/a.go"},
	{"log", "a.go", `import "log"
func f() { log.Printf("x") }`, `import "log/slog"
func f(l *slog.Logger) { l.Info("x") }`, "cmd/parley/a.go"},
	{"exit", "cmd/parley/a.go", `import "os"
func f() { os.Exit(1) }`, `import "os"
func main() { os.Exit(f()) }`, "bench/a.go"},
	{"init", "a.go", `func init() {}`, `func (t T) init() {}`, "sqldriver/a.go"},
	{"pool", "a.go", `import "sync"
var p sync.Pool`, `import "sync"
var p sync.Mutex`, ""},
	{"exec", "a.go", `import "os/exec"`, `import "os"`, "pgtest/a.go"},
	{"todo-context", "a.go", `import "context"
var c = context.` + "TO" + `DO()`, `import "context"
func f(ctx context.Context) {}`, ""},
	{"detached", "a.go", `import "context"
func f() { g(context.Background()) }`, `import "context"
func f(ctx context.Context) { g(context.WithoutCancel(ctx)) }`, "cmd/parley/a.go"},
	{"no-context", "a.go", `import "net"
func f() { net.Dial("tcp", addr) }`, `import "net"
func f(d net.Dialer) { d.DialContext(ctx, "tcp", addr) }`, "a_test.go"},
	{"lost-afterfunc", "a.go", `import "context"
func f(ctx context.Context) { _ = context.AfterFunc(ctx, g) }`, `import "context"
func f(ctx context.Context) { stop := context.AfterFunc(ctx, g); stop() }`, ""},
	{"unsafe", "a.go", `import "unsafe"`, ``, ""},
	{"http-default", "a.go", `import "net/http"
func f() { http.Get(url) }`, `import "net/http"
func f(c *http.Client) { c.Get(url) }`, "a_test.go"},
	{"weak-nonce", "internal/scram/a.go", `import "math/rand/v2"`, `import "crypto/rand"`, "internal/dial/a.go"},
	{"rand-v1", "a_test.go", `import "math/rand"`, `import "math/rand/v2"`, ""},
	{"ioutil", "a.go", `import "io/ioutil"`, `import "io"`, ""},
	{"sort", "a.go", `import "sort"`, `import "slices"`, ""},
	{"errors.As", "a.go", `import "errors"
var ok = errors.As(err, &e)`, `import "errors"
var e, ok = errors.AsType[*E](err)`, ""},
	{"interface{}", "a.go", `func f(x interface{}) {}`, `type I interface{ M() }
func f(x any) {}`, ""},
	{"finalizer", "a.go", `import "runtime"
func f() { runtime.SetFinalizer(x, g) }`, `import "runtime"
func f() { runtime.AddCleanup(x, g, 1) }`, ""},
	{"dot-import", "a_test.go", `import . "fmt"`, `import f "fmt"`, ""},
	{"linkname", "a.go", `//go:linkname a b
func a()`, `//go:noinline
func a()`, ""},
	{"nolint", "a.go", `func a() {} //nolint:all`, `//lint:ignore U1000 it is looked up by name
func a() {}`, ""},
}

func TestBans(t *testing.T) {
	tried := make(map[string]bool)
	for _, c := range trials {
		tried[c.ban] = true
		t.Run(c.ban, func(t *testing.T) {
			check := find(t, c.ban).check
			bad := grow(t, files{c.path: "package p\n\n" + c.bad + "\n"})
			if found := append(checkParse(bad), check(bad)...); len(found) != 1 {
				t.Errorf("the bad file has %d findings, want 1:\n%s", len(found), lines(found))
			}
			good := grow(t, files{c.path: "package p\n\n" + c.good + "\n"})
			if found := append(checkParse(good), check(good)...); len(found) != 0 {
				t.Errorf("the good file has findings:\n%s", lines(found))
			}
			if c.fine == "" {
				return
			}
			if found := check(grow(t, files{c.fine: "package p\n\n" + c.bad + "\n"})); len(found) != 0 {
				t.Errorf("in %s it is allowed, yet:\n%s", c.fine, lines(found))
			}
		})
	}
	for _, b := range bans() {
		if !tried[b.name] {
			t.Errorf("no trial shows that the ban %q can fail", b.name)
		}
	}
}

// Names are resolved through the imports, not guessed from their look.
func TestBanFollowsImportNames(t *testing.T) {
	check := find(t, "log").check
	const call = "func f() { log.Printf(\"x\") }\n"
	expect(t, check, files{"a.go": "package p\n" + call})
	expect(t, check, files{"a.go": "package p\nimport log \"example.org/mylog\"\n" + call})
	expect(t, check, files{"a.go": "package p\nimport log \"log\"\n" + call}, "log.Printf")
	expect(t, check, files{"a.go": "package p\nimport l \"log\"\nfunc f() { l.Fatal(1) }\n"}, "log.Fatal")
}

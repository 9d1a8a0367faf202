package policy

// testBans keep the tests honest, fast and the same everywhere.
func testBans() []ban {
	return []ban{
		{name: "sleep", uses: []string{"time.Sleep"}, unless: inBubble,
			why:     "a sleep in a test is too short on a busy machine and too long on all others; in code it ignores its context",
			instead: "wait for the event, or use testing/synctest; in code a timer in a select with ctx.Done()"},
		{name: "skip", uses: []string{"t.Skip*", "tb.Skip*", "b.Skip*", "f.Skip*"}, unless: failsInCI,
			why:     "a test that skips quietly is a test nobody has",
			instead: `fail when os.Getenv("PARLEY_CI") is set and skip only otherwise, in the same function; in a fuzz function, return`},
		{name: "wide-listen", uses: []string{"wide net.Listen*"},
			why:     "a listener on every interface serves the neighbours too, and on some systems asks the user for permission",
			instead: `net.Listen("tcp", "127.0.0.1:0")`},
		{name: "assertions", uses: []string{"import github.com/stretchr/*", "import github.com/onsi/*", "import gotest.tools/*",
			"import github.com/frankban/quicktest*", "import github.com/matryer/is*", "import github.com/smartystreets/*",
			"import github.com/golang/mock/*", "import go.uber.org/mock/*", "import github.com/DATA-DOG/*"},
			why:     "an assertion library hides which facts a test is about, and a mocking library tests the mock",
			instead: "if got != want { t.Errorf(…) }, and pgtest's scripted server"},
		{name: "background-in-test", uses: []string{"context.Background"}, where: inTests, unless: inExample,
			why:     "a test's context ends with the test, so that what it started cannot outlive it",
			instead: "t.Context(); in a cleanup, context.WithoutCancel(t.Context())"},
		{name: "process-state", uses: []string{"os.Setenv", "os.Unsetenv", "os.Clearenv", "os.Chdir"}, where: outside("bench", "compat"),
			why:     "the environment and the working directory belong to the whole process, and to its user",
			instead: "t.Setenv and t.Chdir in tests; in code pass the value, or set it on the exec.Cmd"},
		{name: "b.N", uses: []string{"b.N"}, where: inTests,
			why:     "b.N loops time their own setup and let the compiler drop the work",
			instead: "for b.Loop()"},
	}
}

// libraryBans keep the packages fit to be imported into somebody else's program.
func libraryBans() []ban {
	return []ban{
		{name: "panic", uses: []string{"panic()", "log.Panic*"}, where: codeOutside("bench", "compat"),
			why:     "bytes from a peer never panic, and nobody can tell for sure where a peer's bytes have got to",
			instead: "return an error that says what was found and where"},
		{name: "print", uses: []string{"fmt.Print*", "print()", "println()"}, where: outside("cmd", "examples", "bench", "compat"), unless: inExample,
			why:     "standard output belongs to the program, not to a library or a test",
			instead: "return the text, take an io.Writer, or t.Log"},
		{name: "stdio", uses: []string{"os.Stdout", "os.Stderr", "os.Stdin"}, where: codeOutside("cmd", "examples", "bench", "compat"),
			why:     "the standard streams belong to the program that imports us",
			instead: "take an io.Writer or io.Reader"},
		{name: "log", uses: []string{"log.*"}, where: outside("cmd", "examples", "bench", "compat"),
			why:     "the global logger belongs to the program",
			instead: "return an error, call a Trace hook, or take a *slog.Logger; in tests t.Log"},
		{name: "exit", uses: []string{"os.Exit", "log.Fatal*", "runtime.Goexit"}, where: outside("examples", "bench", "compat"), unless: inMain,
			why:     "whoever exits skips every defer: sockets, servers and temporary directories stay behind",
			instead: "return an error, or an exit code to main; TestMain needs no os.Exit"},
		{name: "init", uses: []string{"func init"}, where: outside("sqldriver"),
			why:     "init runs whether or not it is wanted, in an order nobody chose; only database/sql's registry needs it",
			instead: "a package-level variable with an initialiser, or sync.OnceValue"},
		{name: "pool", uses: []string{"sync.Pool"},
			why:     "what a user may keep must not come back to somebody else, and a pool hides who owns what",
			instead: "a buffer owned by the connection, or let the caller pass one in"},
		{name: "exec", uses: []string{"import os/exec"}, where: codeOutside("pgtest", "cmd", "bench", "compat"),
			why:     "a client library starts no programs",
			instead: "do it in Go, or in pgtest or cmd/"},
		{name: "todo-context", uses: []string{"context.TO" + "DO"},
			why:     "it marks a call that cannot be cancelled",
			instead: "take a ctx from the caller"},
		{name: "detached", uses: []string{"context.Background"}, where: codeOutside("cmd", "examples", "pgtest", "bench", "compat"),
			why:     "work on a background context is work that its caller can neither stop nor trace",
			instead: "the caller's ctx, or context.WithoutCancel(ctx) with a limit"},
		{name: "no-context", uses: []string{"net.Dial", "net.DialTimeout", "crypto/tls.Dial*", "net/http.NewRequest", "os/exec.Command"},
			where: inCode, unless: func(f *file, _ use) bool { return f.under("bench", "compat") },
			why:     "it cannot be cancelled",
			instead: "the form that takes a ctx: net.Dialer.DialContext, http.NewRequestWithContext, exec.CommandContext"},
		{name: "lost-afterfunc", uses: []string{"lost context.AfterFunc"},
			why:     "a function that may still be running after its caller went on lands on whoever comes next",
			instead: "keep stop; when stop() is false, wait on a done channel that the function closes"},
		{name: "unsafe", uses: []string{"import unsafe"},
			why:     "bytes that alias a string change under its owner when the buffer is read into again",
			instead: "copy, or keep []byte"},
		{name: "http-default", uses: []string{"net/http.Get", "net/http.Head", "net/http.Post", "net/http.PostForm",
			"net/http.DefaultClient", "net/http.DefaultServeMux", "net/http.Handle", "net/http.HandleFunc", "net/http.ListenAndServe*"},
			where:   inCode,
			why:     "the default client and server have no time limit and are shared with the whole program",
			instead: "an http.Client or http.Server with limits, and a mux of one's own"},
		{name: "weak-nonce", uses: []string{"import math/rand/v2"},
			where: func(f *file) bool { return f.under("internal/scram") && !f.isTest() },
			why:   "a nonce that can be guessed is no nonce", instead: "crypto/rand"},
	}
}

// oldBans replace what the floor of Go 1.26 has something better for.
func oldBans() []ban {
	return []ban{
		{name: "rand-v1", uses: []string{"import math/rand"}, why: "it has a global lock and a worse generator", instead: "math/rand/v2"},
		{name: "ioutil", uses: []string{"import io/ioutil"}, why: "deprecated", instead: "os and io"},
		{name: "sort", uses: []string{"import sort"}, why: "slower, and the order is stated by index instead of by value", instead: "slices and maps"},
		{name: "errors.As", uses: []string{"errors.As"}, why: "its target is checked only at run time", instead: "errors.AsType"},
		{name: "interface{}", uses: []string{"interface{}"}, why: "one word for one thing", instead: "any"},
		{name: "finalizer", uses: []string{"runtime.SetFinalizer"}, why: "one per object, and a cycle leaks", instead: "Close; failing that runtime.AddCleanup"},
		{name: "dot-import", uses: []string{"import ."}, why: "the reader cannot tell whose name it is", instead: "the package's name"},
		{name: "linkname", uses: []string{"linkname"}, why: "it breaks with the next Go release", instead: "the exported API, or a copy"},
		{name: "nolint", uses: []string{"nolint"}, why: "it silences every linter and gives no reason", instead: "mend it, or //lint:ignore CHECK reason"},
	}
}

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"parley/pgtest"
)

// runParley runs a command line in this process.
func runParley(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(t.Context(), args, streams{strings.NewReader(""), &out, &err})
	return out.String(), err.String(), code
}

// The messages of the demo on every version, without ParameterStatus, whose
// number differs from version to version.
var demoMessages = strings.Fields(`
	StartupMessage AuthenticationOk BackendKeyData ReadyForQuery
	Query CommandComplete ReadyForQuery
	Query CommandComplete ReadyForQuery
	Query RowDescription DataRow DataRow DataRow CommandComplete ReadyForQuery
	Parse Bind Execute Bind Execute Sync
	ParseComplete BindComplete DataRow CommandComplete BindComplete DataRow CommandComplete ReadyForQuery
	Sync ReadyForQuery
	Terminate`)

// jsonLine is a line of demo --json: a message or anything else.
type jsonLine struct {
	Message string
	From    string
	Size    int
	Hex     string
	Step    int
	Answers struct{ Message string }
	Rows    [][]string
	Spans   []struct {
		Name       string
		Start, End int
		Value      any
	}
}

func demoJSON(t *testing.T, args ...string) []jsonLine {
	t.Helper()
	stdout, stderr, code := runParley(t, append([]string{"demo", "--json"}, args...)...)
	if code != 0 {
		t.Fatalf("exit code %d, stderr:\n%s", code, stderr)
	}
	var lines []jsonLine
	scanner := bufio.NewScanner(strings.NewReader(stdout))
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var l jsonLine
		if err := json.Unmarshal(scanner.Bytes(), &l); err != nil {
			t.Fatalf("%v in %s", err, scanner.Text())
		}
		lines = append(lines, l)
	}
	return lines
}

func TestDemoOnEveryVersion(t *testing.T) {
	for _, version := range []string{"14", "15", "16", "17", "18"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			lines := demoJSON(t, "--version", version)
			checkDemo(t, lines)
			if got := setting(lines, "server_version"); !strings.HasPrefix(got, version) {
				t.Errorf("server_version is %q, want that of %s", got, version)
			}
		})
	}
}

func checkDemo(t *testing.T, lines []jsonLine) {
	t.Helper()
	var names []string
	steps := 0
	for _, l := range lines {
		if l.Message != "" && l.Message != "ParameterStatus" {
			names = append(names, l.Message)
		}
		if l.Step > 0 {
			steps++
		}
		checkSpans(t, l)
	}
	if !slices.Equal(names, demoMessages) {
		t.Errorf("messages\n%q, want\n%q", names, demoMessages)
	}
	if steps != 6 {
		t.Errorf("%d steps, want 6", steps)
	}
}

// checkSpans checks that a message's spans tile it.
func checkSpans(t *testing.T, l jsonLine) {
	t.Helper()
	at := 0
	for _, s := range l.Spans {
		if s.Start != at || s.End <= s.Start {
			t.Errorf("%s: span %s is %d to %d, want it to start at %d", l.Message, s.Name, s.Start, s.End, at)
		}
		at = s.End
	}
	if at != l.Size {
		t.Errorf("%s: spans end at %d of %d", l.Message, at, l.Size)
	}
}

func setting(lines []jsonLine, name string) string {
	for _, l := range lines {
		if l.Message == "ParameterStatus" && l.Spans[2].Value == name {
			return l.Spans[3].Value.(string)
		}
	}
	return ""
}

func TestDemoMatchesReplies(t *testing.T) {
	lines := demoJSON(t)
	var answered []string
	for _, l := range lines {
		if l.From == "backend" && l.Message != "" && l.Message != "ParameterStatus" {
			answered = append(answered, l.Message+"<"+l.Answers.Message)
		}
	}
	want := strings.Fields(`
		AuthenticationOk<StartupMessage BackendKeyData<StartupMessage ReadyForQuery<StartupMessage
		CommandComplete<Query ReadyForQuery<Query CommandComplete<Query ReadyForQuery<Query
		RowDescription<Query DataRow<Query DataRow<Query DataRow<Query CommandComplete<Query ReadyForQuery<Query
		ParseComplete<Parse BindComplete<Bind DataRow<Execute CommandComplete<Execute
		BindComplete<Bind DataRow<Execute CommandComplete<Execute ReadyForQuery<Sync ReadyForQuery<Sync`)
	if !slices.Equal(answered, want) {
		t.Errorf("replies\n%q, want\n%q", answered, want)
	}
}

// The faces for people show the same messages.
func TestDemoFaces(t *testing.T) {
	for _, face := range []string{"", "--brief", "--pqtrace"} {
		stdout, stderr, code := runParley(t, strings.Fields("demo --color never "+face)...)
		if code != 0 {
			t.Fatalf("%s: exit code %d, stderr:\n%s", face, code, stderr)
		}
		for _, name := range demoMessages {
			want := name
			if face == "--pqtrace" && name == "AuthenticationOk" {
				want = "AuthenticationOk"
			}
			if !strings.Contains(stdout, want) {
				t.Errorf("%s: no %s", face, want)
			}
		}
		if strings.Contains(stdout, "\x1b") {
			t.Errorf("%s: colours where none were wanted", face)
		}
	}
}

func TestDemoTellsTheTruth(t *testing.T) {
	stdout, _, _ := runParley(t, "demo", "--color", "always")
	for _, want := range []string{
		"0x3f3f3f3f is 1061109567", "ReadyForQuery has the length 5", "one byte more than it sends",
		"RC presentations are pretty cool right?", "\x1b[", "(masked)",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in the output", want)
		}
	}
	if masked, _, _ := runParley(t, "demo", "--secrets"); strings.Contains(masked, "(masked)") {
		t.Error("--secrets masks")
	}
}

// A server of one's own, with each way to say a password.
func TestDemoOfAConnectionString(t *testing.T) {
	for _, auth := range []string{"trust", "password", "md5", "scram-sha-256"} {
		t.Run(auth, func(t *testing.T) {
			settings := map[string]string{}
			if auth == "md5" {
				settings["password_encryption"] = "md5"
			}
			server := pgtest.Start(t, pgtest.Config{Auth: auth, Password: "s3cret", Settings: settings, TCP: true})
			for _, dsn := range []string{server.DSN(), server.URI(), server.TCPDSN() + " sslmode=disable"} {
				stdout, stderr, code := runParley(t, "demo", dsn)
				if code != 0 {
					t.Fatalf("exit code %d, stderr:\n%s", code, stderr)
				}
				if strings.Contains(stdout, "s3cret") {
					t.Error("the password is in the output")
				}
			}
		})
	}
}

func TestDemoErrors(t *testing.T) {
	scram := pgtest.Start(t, pgtest.Config{Auth: "scram-sha-256", Password: "s3cret"})
	noPassword := "host=" + scram.SocketDir() + " user=" + scram.User()
	t.Setenv("PGPASSFILE", os.DevNull)
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"demo|host=/nowhere user=ada", 3, "hint: is a server listening on /nowhere/.s.PGSQL.5432?"},
		{"demo|nonsense=1", 2, "hint: a connection string is"},
		{"demo|host=localhost sslmode=verify-full", 2, "say sslmode=disable"},
		{"demo|--version|13", 3, "13"},
		{"demo|--color|blue", 2, "none of auto, always and never"},
		{"demo|--brief|--json", 2, "brief json"},
		{"dmo", 2, `did you mean "parley demo"?`},
		{"demo|" + noPassword, 1, "hint: give it in the connection string"},
		{"demo|" + noPassword + " password=wrong", 1, "password authentication failed"},
	} {
		_, stderr, code := runParley(t, strings.Split(c.args, "|")...)
		if code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: exit code %d, want %d, and %q in\n%s", c.args, code, c.code, c.want, stderr)
		}
	}
}

package main

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/protocol.md anew")

// The page about all messages is what the layout table says now.
func TestProtocolPage(t *testing.T) {
	const file = "../../docs/protocol.md"
	stdout, stderr, code := runParley(t, "explain", "--markdown")
	if code != 0 {
		t.Fatalf("exit code %d, stderr:\n%s", code, stderr)
	}
	if *update {
		if err := os.WriteFile(file, []byte(stdout), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(page) != stdout {
		t.Error("docs/protocol.md is not what the layouts say: go test ./cmd/parley -run TestProtocolPage -update")
	}
}

// What the pages show of the demo is what it prints, line by line.
func TestPagesShowTheDemo(t *testing.T) {
	stdout, stderr, code := runParley(t, "demo", "--version", "18", "--color", "never")
	if code != 0 {
		t.Fatalf("exit code %d, stderr:\n%s", code, stderr)
	}
	printed := map[string]bool{}
	for line := range strings.Lines(stdout) {
		printed[withoutTime(line)] = true
	}
	for _, file := range []string{"../../docs/notebook.md", "../../README.md"} {
		page, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		shown := 0
		for line := range strings.Lines(block(string(page), "```text\n")) {
			if line != "…\n" && !printed[withoutTime(line)] {
				t.Errorf("%s shows a line that the demo does not print: %q", file, line)
			}
			shown++
		}
		if shown < 15 {
			t.Errorf("%s shows %d lines of the demo", file, shown)
		}
	}
}

// withoutTime cuts off how long a reply took.
func withoutTime(line string) string {
	before, _, _ := strings.Cut(line, " after ")
	return strings.TrimRight(before, "\n")
}

// block returns the lines between fences that open with the text.
func block(page, fence string) string {
	var all strings.Builder
	for {
		_, rest, ok := strings.Cut(page, "\n"+fence)
		if !ok {
			return all.String()
		}
		inside, after, _ := strings.Cut(rest, "\n```")
		all.WriteString(inside + "\n")
		page = after
	}
}

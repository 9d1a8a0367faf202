package main

import (
	"encoding/json"
	"strings"
	"testing"

	"parley/wire"
)

func TestExplainListsAllMessages(t *testing.T) {
	stdout, _, code := runParley(t, "explain")
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	i := 0
	for l := range wire.Layouts() {
		if code != 0 || i >= len(lines) || !strings.HasPrefix(lines[i], l.Name+" ") {
			t.Fatalf("exit code %d; line %d is not about %s", code, i, l.Name)
		}
		i++
	}
	if i != len(lines) {
		t.Errorf("%d lines for %d messages", len(lines), i)
	}
}

func TestExplainEachMessage(t *testing.T) {
	for l := range wire.Layouts() {
		stdout, stderr, code := runParley(t, "explain", strings.ToLower(l.Name))
		if code != 0 || stderr != "" {
			t.Errorf("%s: exit code %d, stderr %q", l.Name, code, stderr)
		}
		if !strings.HasPrefix(stdout, l.Name+", from ") || !strings.Contains(stdout, "\nExample\n") {
			t.Errorf("%s: %q", l.Name, stdout)
		}
		if strings.Contains(stdout, "✗") || strings.Contains(stdout, "unread") {
			t.Errorf("%s: the example is malformed:\n%s", l.Name, stdout)
		}
	}
}

func TestExplainATypeByte(t *testing.T) {
	for typ, want := range map[string][]string{
		"Z": {"ReadyForQuery"}, "D": {"Describe", "DataRow", "Delete"}, "p": {"PasswordMessage", "SASLInitialResponse"},
	} {
		stdout, _, code := runParley(t, "explain", typ)
		for _, name := range want {
			if code != 0 || !strings.Contains(stdout, name+", from ") {
				t.Errorf("%s: exit code %d, no %s", typ, code, name)
			}
		}
	}
}

func TestExplainBind(t *testing.T) {
	stdout, _, _ := runParley(t, "explain", "Bind")
	for _, want := range []string{
		"Bind, from the frontend", "paramFormats   Int16 n, Int16[n]", "00 00 00 04  00 00 00 29", "the unnamed portal",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	for line := range strings.Lines(stdout) {
		if len([]rune(line)) > 121 {
			t.Errorf("a line of %d characters: %s", len([]rune(line)), line)
		}
	}
}

func TestExplainJSON(t *testing.T) {
	stdout, _, code := runParley(t, "explain", "--json", "ErrorResponse")
	var l struct {
		Name, Type string
		From       []string
		Fields     []struct{ Name, Type, Doc string }
	}
	if err := json.Unmarshal([]byte(stdout), &l); err != nil || code != 0 {
		t.Fatalf("exit code %d, %v in %s", code, err, stdout)
	}
	if l.Name != "ErrorResponse" || l.Type != "E" || len(l.From) != 1 || l.From[0] != "backend" || len(l.Fields) != 3 {
		t.Errorf("%+v", l)
	}
}

func TestExplainProposes(t *testing.T) {
	for typed, want := range map[string]string{
		"bnd": `did you mean "parley explain Bind"?`, "ReadyForQuerry": `"parley explain ReadyForQuery"`, "xyzzyxyzzy": `"parley explain" lists all messages`,
	} {
		_, stderr, code := runParley(t, "explain", typed)
		if code != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit code %d, %q, want %q", typed, code, stderr, want)
		}
	}
}

func TestExplainCodesAndTypes(t *testing.T) {
	for name, want := range map[string]string{
		"23505":            "SQLSTATE 23505, unique_violation\n  an error of class 23, Integrity Constraint Violation\n",
		"unique_violation": "SQLSTATE 23505, unique_violation\n",
		"40":               "SQLSTATE class 40, Transaction Rollback\n",
		"int4":             "type int4, OID 23\n  a base type, 4 bytes\n  arrays of it are _int4, OID 1007\n",
		"23":               "SQLSTATE class 23,",
		"1007":             "type _int4, OID 1007\n",
		"text[]":           "type _text, OID 1009\n  a base type, of varying size\n  its elements are text, OID 25\n",
		"bool":             "type bool, OID 16\n  a base type, 1 byte\n",
	} {
		stdout, stderr, code := runParley(t, "explain", name)
		if code != 0 || !strings.HasPrefix(stdout, want) {
			t.Errorf("%s: exit code %d, %q, %q, want %q", name, code, stdout, stderr, want)
		}
		if name == "23" && !strings.Contains(stdout, "\ntype int4, OID 23\n") {
			t.Errorf("23 is the OID of int4 too: %q", stdout)
		}
	}
}

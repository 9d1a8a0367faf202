package wire

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Each message's example, as bytes and as spans, for people to read. A change
// of an example, a layout or a sentence of documentation shows here.
func TestGolden(t *testing.T) {
	for l := range Layouts() {
		name := goName(l.Kind)
		t.Run(name, func(t *testing.T) {
			checkGolden(t, filepath.Join("testdata/golden/", name+".txt"), portrait(t, l))
		})
	}
}

// goName is the name of the struct: the manual has a Begin, a Message and so on
// in pgoutput, which Go calls LogicalBegin and LogicalMessage.
func goName(k Kind) string { return strings.TrimPrefix(fmt.Sprintf("%T", New(k)), "*wire.") }

func checkGolden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; -update writes it", err)
	}
	if want = bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n")); !bytes.Equal(got, want) {
		t.Errorf("%s is out of date; after reading the difference, -update writes it\ngot\n%s\nwant\n%s", path, got, want)
	}
}

// There is one golden file for each message, and none for anything else.
func TestGoldenFiles(t *testing.T) {
	entries, err := os.ReadDir("testdata/golden/")
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[string]bool)
	for l := range Layouts() {
		names[goName(l.Kind)+".txt"] = true
	}
	for _, e := range entries {
		if !names[e.Name()] {
			t.Errorf("%s belongs to no message", e.Name())
		}
	}
	if len(entries) != len(names) {
		t.Errorf("%d files for %d messages", len(entries), len(names))
	}
}

// portrait is a message on one page: who sends it, what it is for, its bytes,
// and what each of them means.
func portrait(t *testing.T, l *Layout) []byte {
	t.Helper()
	msg := mustAppend(t, Example(l.Kind))
	d := Dissect(l.Kind, sender(l.Kind), msg, Context{})
	if d.Err != nil {
		t.Fatal(d.Err)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s, from %s, %s", l.Name, l.From, envelopeNames[l.Envelope])
	if l.Large {
		b.WriteString(", may be long")
	}
	if l.Since != "" {
		fmt.Fprintf(&b, ", since %s", l.Since)
	}
	fmt.Fprintf(&b, "\n%s\n\n", l.Doc)
	for i := 0; i < len(msg); i += 16 {
		row := msg[i:min(i+16, len(msg))]
		fmt.Fprintf(&b, "%04x  %-47s  %s\n", i, spaced(row), printable(row))
	}
	b.WriteByte('\n')
	for _, s := range d.Spans {
		fmt.Fprintf(&b, "%4d %4d  %-24s %-28s %s\n", s.Start, s.End, s.Name, shown(msg, s), s.Doc)
	}
	return b.Bytes()
}

var envelopeNames = [...]string{Typed: "type byte and length", Untyped: "length only", Bare: "bare", Embedded: "inside CopyData"}

func spaced(b []byte) string { return fmt.Sprintf("% x", b) }

func printable(b []byte) string {
	text := make([]byte, len(b))
	for i, c := range b {
		text[i] = c
		if c < ' ' || c > '~' {
			text[i] = '.'
		}
	}
	return string(text)
}

// shown is a span's value.
func shown(msg []byte, s Span) string {
	if s.Field == nil {
		if s.Name == "type" {
			return strconv.QuoteRune(rune(s.Int))
		}
		return number(s.Int)
	}
	v := spanValue(msg, s)
	switch {
	case s.Field.Kind == Byte || s.Field.Kind == Choice:
		v = strconv.QuoteRune(rune(s.Int))
	case s.Field.Kind == Fixed || s.Field.Kind == Value && s.Int >= 0 || s.Field.Kind == Rest:
		v = quoted(msg[s.Data:s.End])
	}
	for _, n := range s.Field.Values {
		if n.Value == s.Int && !strings.HasSuffix(s.Name, ".count") {
			v += " " + n.Name
		}
	}
	return v
}

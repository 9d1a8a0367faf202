package render_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"parley/wire"
	"parley/workbench/render"
)

// TestFieldRows has a row for each field of each message, with a name and a
// sentence.
func TestFieldRows(t *testing.T) {
	for l := range wire.Layouts() {
		rows := render.FieldRows(l)
		if len(rows) < len(l.Fields) {
			t.Errorf("%s: %d rows for %d fields", l.Name, len(rows), len(l.Fields))
		}
		for _, r := range rows {
			if r.Name == "" || r.Doc == "" || strings.ContainsRune(r.Doc, '\n') {
				t.Errorf("%s: a row without a name or a sentence: %+v", l.Name, r)
			}
		}
	}
}

// TestFieldRowsOfParse is how one of them reads.
func TestFieldRowsOfParse(t *testing.T) {
	var got []string
	for _, r := range render.FieldRows(wire.LayoutOf(wire.KindParse)) {
		got = append(got, r.Name+": "+r.Type)
	}
	expect(t, got, "statement: String", "sql: String", "paramTypes: Int16 n, Int32[n]")
}

// TestExample makes a message of each kind that each face can show.
func TestExample(t *testing.T) {
	for l := range wire.Layouts() {
		m, err := render.Example(l.Kind)
		if err != nil {
			t.Errorf("%s: %v", l.Name, err)
			continue
		}
		check(t, m)
		if m.Name() != l.Name || len(m.Problems()) > 0 {
			t.Errorf("the example of %s is %s: %v", l.Name, m.Name(), m.Problems())
		}
	}
}

// TestWrap holds that nothing is lost and no line is too long.
func TestWrap(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""}, {"one", "one"}, {"one two three", "one two|three"}, {"überlange Wörter passen", "überlange|Wörter|passen"},
		{"aVeryLongWordIndeed is left", "aVeryLongWordIndeed|is left"}, {"  two\n\nspaces ", "two|spaces"},
	} {
		got := render.Wrap(c.text, 9)
		if strings.Join(got, "|") != c.want {
			t.Errorf("Wrap(%q) = %q, want %q", c.text, strings.Join(got, "|"), c.want)
		}
		for _, l := range got {
			if utf8.RuneCountInString(l) > 9 && strings.Contains(l, " ") {
				t.Errorf("Wrap(%q) has the line %q", c.text, l)
			}
		}
	}
}

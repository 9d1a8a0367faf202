package render_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"parley/wire"
	"parley/workbench/render"
)

// TestCatalog shows the example of each message with each face, whole and cut
// off at every byte, in and out of its place.
func TestCatalog(t *testing.T) {
	for l := range wire.Layouts() {
		whole := encode([]wire.Message{wire.Example(l.Kind)})
		for n := range len(whole) + 1 {
			b := whole[:n]
			for _, from := range []wire.Side{wire.Frontend, wire.Backend} {
				for _, m := range []render.Message{alone(l, from, b), inside(l, from, b)} {
					check(t, &m)
				}
			}
		}
	}
}

// alone is bytes as the first message of a conversation.
func alone(l *wire.Layout, from wire.Side, b []byte) render.Message {
	var c render.Conversation
	return c.Message(from, frameOf(l, b), time.Time{})
}

// inside is bytes as a message in a session that has started, in CopyData
// where that is where it belongs.
func inside(l *wire.Layout, from wire.Side, b []byte) render.Message {
	var c render.Conversation
	chunks := started()
	if l.Envelope == wire.Embedded {
		chunks = replicating()[:4]
		if l.Kind >= wire.KindLogicalBegin {
			b = encode([]wire.Message{&wire.XLogData{Data: b}})
		}
		b = encode([]wire.Message{&wire.CopyData{Data: b}})
		l = wire.LayoutOf(wire.KindCopyData)
	}
	feed(&c, chunks)
	return c.Message(from, frameOf(l, b), time.Time{})
}

func frameOf(l *wire.Layout, b []byte) wire.Frame {
	f := wire.Frame{Msg: b, Body: b[min(len(b), l.Envelope.Header()):]}
	if l.Envelope == wire.Typed && len(b) > 0 {
		f.Type = b[0]
	}
	return f
}

// feed makes a conversation hear what is whole of the chunks.
func feed(c *render.Conversation, chunks []chunk) {
	for _, k := range chunks {
		var b wire.Buffer
		b.Write(k.bytes)
		for {
			f, ok, err := b.Next(c.Session().Phase(k.from))
			if !ok || err != nil {
				break
			}
			c.Message(k.from, f, time.Time{})
		}
	}
}

// check shows a message with every face and looks at what is true of all
// messages.
func check(t testing.TB, m *render.Message) {
	t.Helper()
	for _, o := range []render.Options{{}, {Secrets: true, Regress: true, Timestamps: true, Whole: true, Doc: true}} {
		ms := []render.Message{*m}
		if s := show(t, render.Line, ms, o); strings.Count(s, "\n") != 1 || hasControl(s) {
			t.Errorf("the line of %s is not one: %q", m.Name(), s)
		}
		if s := show(t, render.Hex, ms, o); hasControl(s) || !strings.HasSuffix(s, "\n\n") {
			t.Errorf("the hex of %s has controls, or no end: %q", m.Name(), s)
		}
		if s := show(t, render.Trace, ms, o); !strings.HasSuffix(s, "\n") {
			t.Errorf("the trace of %s has no end: %q", m.Name(), s)
		}
		checkJSON(t, m, show(t, render.JSON, ms, o), o)
	}
}

// hasControl reports whether a text would do something to a terminal.
func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || r == utf8.RuneError })
}

// object is a JSON line, as far as it is looked at.
type object struct {
	Size  int
	Hex   string
	Spans []struct {
		Name       string
		Start, End int
		Value      any
		Type       string
		Column     string
		Masked     bool
	}
}

// checkJSON holds that a line is one JSON object whose spans tile the message
// in order, and whose bytes are those of the message.
func checkJSON(t testing.TB, m *render.Message, line string, o render.Options) object {
	t.Helper()
	var j object
	if err := json.Unmarshal([]byte(line), &j); err != nil || strings.Count(line, "\n") != 1 {
		t.Fatalf("%s is no line of JSON (%v): %q", m.Name(), err, line)
	}
	at, masked := 0, 0
	for _, s := range j.Spans {
		if s.Start != at || s.End < s.Start {
			t.Fatalf("%s: %s is at %d to %d, not from %d: %s", m.Name(), s.Name, s.Start, s.End, at, line)
		}
		at = s.End
		if s.Masked {
			masked += s.End - s.Start
			if s.Value != nil {
				t.Errorf("%s: %s is masked and has a value: %s", m.Name(), s.Name, line)
			}
		}
	}
	if at != len(m.Raw) || j.Size != len(m.Raw) {
		t.Errorf("%s: the spans end at %d of %d: %s", m.Name(), at, len(m.Raw), line)
	}
	if n := strings.Count(j.Hex, "··"); n != masked || o.Secrets && n > 0 {
		t.Errorf("%s: %d bytes of hex are masked, %d in spans: %s", m.Name(), n, masked, line)
	}
	if masked == 0 && j.Hex != hex.EncodeToString(m.Raw) {
		t.Errorf("%s: the hex is not that of the message: %s", m.Name(), line)
	}
	return j
}

// TestColor holds that there is colour where it is asked for, and that it is
// all that differs.
func TestColor(t *testing.T) {
	t.Setenv("NO_COLOR", "1") // it is the caller who decides
	for name, chunks := range conversations() {
		for _, f := range faces {
			plain := show(t, f.face, follow(chunks), render.Options{})
			colored := show(t, f.face, follow(chunks), render.Options{Color: true})
			if strings.Contains(plain, "\x1b") {
				t.Errorf("%s/%s has colour", name, f.name)
			}
			isText := f.name == "hex" || f.name == "line"
			if strings.Contains(colored, "\x1b[") != isText {
				t.Errorf("%s/%s: colour %v", name, f.name, !isText)
			}
			if got := uncolored(colored); got != plain {
				t.Errorf("%s/%s differs beside its colours:\n%s", name, f.name, got)
			}
		}
	}
}

// uncolored removes colours, and the spaces that only they kept.
func uncolored(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		for {
			before, after, ok := strings.Cut(line, "\x1b[")
			b.WriteString(before)
			if !ok {
				break
			}
			_, line, _ = strings.Cut(after, "m")
		}
	}
	lines := strings.Split(b.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// TestWidth holds that the hex face fits a terminal wherever it decides.
func TestWidth(t *testing.T) {
	for name, chunks := range conversations() {
		for line := range strings.Lines(show(t, render.Hex, follow(chunks), render.Options{Doc: true})) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 124 {
				t.Errorf("%s: a line of %d columns: %s", name, n, line)
			}
		}
	}
}

// TestCut holds that long values are cut unless they are wanted.
func TestCut(t *testing.T) {
	ms := follow(started(front(&wire.Query{SQL: "select '" + long(5000) + "'"})))
	short := show(t, render.Hex, ms, render.Options{})
	if !strings.Contains(short, "lines more") || len(short) > 10000 {
		t.Errorf("%d bytes of hex for a long query", len(short))
	}
	if got := show(t, render.Hex, ms, render.Options{Whole: true}); strings.Contains(got, "lines more") || len(got) < 20000 {
		t.Errorf("%d bytes of hex for the whole of it", len(got))
	}
	if got := show(t, render.Line, ms, render.Options{}); !strings.Contains(got, "… (5010 bytes)") {
		t.Errorf("the line is not cut: %s", got)
	}
}

// TestDeceit holds that what a peer chose cannot pass for something else, or
// take over a terminal.
func TestDeceit(t *testing.T) {
	evil := "a\x1b[2J\n← ReadyForQuery I\u202e"
	ms := follow(started(
		front(&wire.Query{SQL: evil}),
		back(&wire.RowDescription{Columns: []wire.Column{{Name: evil, Type: 25}, {Name: strings.Repeat("n", 500)}}},
			&wire.DataRow{Values: [][]byte{[]byte(evil), nil}}),
		chunk{wire.Frontend, []byte("\x1b\x00\x00\x00\x04")},
	))
	for i := range ms {
		check(t, &ms[i])
	}
	got := show(t, render.Line, ms[7:8], render.Options{})
	want := `← DataRow ["a\x1b[2J\n← ReadyForQuery I\u202e"=x'611b5b324a0ae28690205265616479466f7251756572792049e280ae', ` + strings.Repeat("n", 63) + "…=NULL]\n"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestWriteError holds that a face tells when it cannot write.
func TestWriteError(t *testing.T) {
	ms := follow(notebook())
	for _, f := range faces {
		if err := f.face(fullDisk{}, &ms[0], render.Options{}); !errors.Is(err, errFull) {
			t.Errorf("%s: %v", f.name, err)
		}
	}
}

var errFull = errors.New("no space left")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

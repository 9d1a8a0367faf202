package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"parley/workbench/render"
)

// report writes what happens, in the face that was asked for.
type report struct {
	out     io.Writer
	flags   demoFlags
	options render.Options
	explain map[string]bool // messages whose purpose was written
	steps   int
	err     error // the first
}

func (r *report) keep(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *report) printf(format string, args ...any) {
	_, err := fmt.Fprintf(r.out, format, args...)
	r.keep(err)
}

// jsonNote is anything but a message in the JSON face.
type jsonNote struct {
	Step    int        `json:"step,omitempty"`
	Title   string     `json:"title,omitempty"`
	Note    string     `json:"note,omitempty"`
	Raw     string     `json:"raw,omitempty"`
	From    string     `json:"from,omitempty"`
	Silence int64      `json:"silence_ms,omitempty"`
	Closed  bool       `json:"closed,omitempty"`
	Columns []string   `json:"columns,omitempty"`
	Rows    [][]string `json:"rows,omitempty"`
}

func (r *report) json(n jsonNote) {
	enc := json.NewEncoder(r.out)
	enc.SetEscapeHTML(false)
	r.keep(enc.Encode(n))
}

// step announces a step in one sentence.
func (r *report) step(title, sentence string) {
	r.steps++
	switch {
	case r.flags.json:
		r.json(jsonNote{Step: r.steps, Title: title, Note: sentence})
	case !r.flags.pqtrace:
		head := fmt.Sprintf("━━ %d. %s ", r.steps, title)
		r.printf("%s%s\n%s\n\n", head, strings.Repeat("━", max(2, 78-utf8.RuneCountInString(head))), r.wrapped(sentence, ""))
	}
}

// note says something about what was just seen.
func (r *report) note(text string) {
	switch {
	case r.flags.json:
		r.json(jsonNote{Note: text})
	case !r.flags.pqtrace:
		r.printf("%s\n\n", r.wrapped(text, "  ▸ "))
	}
}

// wrapped is text in lines of 78 characters, the first behind a mark.
func (r *report) wrapped(text, mark string) string {
	width := utf8.RuneCountInString(mark)
	lines := render.Wrap(text, 78-width)
	return mark + strings.Join(lines, "\n"+strings.Repeat(" ", width))
}

// message writes a message, in the annotated face with its purpose the first
// time.
func (r *report) message(m *render.Message) {
	o := r.options
	face := render.Hex
	switch {
	case r.flags.json:
		face = render.JSON
	case r.flags.brief:
		face = render.Line
	case r.flags.pqtrace:
		face = render.Trace
	default:
		if r.explain == nil {
			r.explain = map[string]bool{}
		}
		o.Doc = !r.explain[m.Name()]
		r.explain[m.Name()] = true
	}
	r.keep(face(r.out, m, o))
}

// raw shows bytes of the frontend that are no message.
func (r *report) raw(b []byte) {
	switch {
	case r.flags.json:
		r.json(jsonNote{Raw: fmt.Sprintf("%x", b), From: "frontend"})
	case r.flags.brief:
		r.printf("→ x'%x' (no message)\n", b)
	case !r.flags.pqtrace:
		r.printf("→ %s, no message\n  % x%s %q\n\n", count(len(b), "byte"), b, strings.Repeat(" ", 37-3*len(b)+1), b)
	}
}

// silence says that nothing came.
func (r *report) silence(millis int64) {
	switch {
	case r.flags.json:
		r.json(jsonNote{Silence: millis, From: "backend"})
	case !r.flags.pqtrace:
		r.printf("← nothing for %d ms\n%s", millis, r.gap())
	}
}

// closed says that the server closed the connection.
func (r *report) closed() {
	switch {
	case r.flags.json:
		r.json(jsonNote{Closed: true, From: "backend"})
	case !r.flags.pqtrace:
		r.printf("← end of file: the server has closed the connection\n%s", r.gap())
	}
}

// gap is an empty line where messages are followed by one.
func (r *report) gap() string {
	if r.flags.brief {
		return ""
	}
	return "\n"
}

// endStep separates steps in the brief face.
func (r *report) endStep() {
	if r.flags.brief {
		r.printf("\n")
	}
}

// table shows rows for people.
func (r *report) table(columns []string, rows [][]string) {
	if r.flags.pqtrace {
		return
	}
	if r.flags.json {
		r.json(jsonNote{Columns: columns, Rows: rows})
		return
	}
	r.row(columns, columns, rows, " ", " │ ")
	rule := make([]string, len(columns))
	for i := range columns {
		rule[i] = strings.Repeat("─", columnWidth(i, columns, rows))
	}
	r.row(rule, columns, rows, "─", "─┼─")
	for _, row := range rows {
		r.row(row, columns, rows, " ", " │ ")
	}
	r.printf("\n")
}

// row writes one line of a table.
func (r *report) row(cells, columns []string, rows [][]string, pad, between string) {
	var line strings.Builder
	for i, cell := range cells {
		if i > 0 {
			line.WriteString(between)
		}
		line.WriteString(cell + strings.Repeat(pad, columnWidth(i, columns, rows)-utf8.RuneCountInString(cell)))
	}
	r.printf("  %s\n", strings.TrimRight(line.String(), " "))
}

// count is a number of things in words.
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func columnWidth(i int, columns []string, rows [][]string) int {
	n := utf8.RuneCountInString(columns[i])
	for _, row := range rows {
		n = max(n, utf8.RuneCountInString(row[i]))
	}
	return n
}

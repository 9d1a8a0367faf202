package render

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	hexPerLine = 12               // bytes
	hexWidth   = hexPerLine*3 + 1 // columns
	lineWidth  = 120              // columns that a line should fit
	nameWidth  = 34               // columns that names are lined up in at most
)

// Hex writes a message as annotated bytes: each span on a line of its own,
// with its bytes, its name and what they mean. A value's length stands apart
// from its data. Long values are cut unless Options.Whole is set; bytes that
// are masked are dots.
func Hex(w io.Writer, m *Message, o Options) error {
	var b bytes.Buffer
	h := hexFace{out: &b, m: m, t: o.theme(), whole: o.Whole}
	h.heading(o)
	ps := m.parts(o.Secrets)
	for i := range ps {
		h.name = max(h.name, min(utf8.RuneCountInString(ps[i].Name), nameWidth))
	}
	for i := range ps {
		h.part(&ps[i])
	}
	for _, p := range m.Problems() {
		for i, line := range Wrap(p, lineWidth-4) {
			b.WriteString("  " + h.t.bad.Sprint(marks[min(i, 1)]) + line + "\n")
		}
	}
	b.WriteByte('\n')
	_, err := w.Write(b.Bytes())
	return err
}

// marks begin the lines of a problem.
var marks = [2]string{"✗ ", "  "}

type hexFace struct {
	out   *bytes.Buffer
	m     *Message
	t     *theme
	name  int  // width of the column of names
	whole bool // long values are not cut
}

func (h *hexFace) heading(o Options) {
	m := h.m
	title := m.Arrow() + " " + m.Name()
	size := strconv.Itoa(len(m.Raw)) + " bytes"
	if len(m.Raw) == 1 {
		size = "1 byte"
	}
	h.out.WriteString(h.t.side(m).Sprint(title))
	h.out.WriteString(strings.Repeat(" ", max(2, 2+hexWidth+2-utf8.RuneCountInString(title))))
	h.out.WriteString(size)
	if a := m.answer(); a != "" {
		h.out.WriteString(h.t.dim.Sprint("   " + a))
	}
	if m.Skipped {
		h.out.WriteString(h.t.bad.Sprint("   skipped: the backend passes over everything up to Sync"))
	}
	h.out.WriteByte('\n')
	if l := m.Dissection.Layout; o.Doc && l != nil {
		for _, line := range Wrap(l.Doc, 76) {
			h.out.WriteString("  " + h.t.dim.Sprint(line) + "\n")
		}
	}
}

// part writes one span, on as many lines as its bytes need.
func (h *hexFace) part(p *part) {
	head := p.heading(h.t)
	width := p.headWidth()
	room := max(30, lineWidth-2-hexWidth-1-h.name-2-width)
	rows := h.rows(p, room)
	for i, r := range rows {
		name, indent := "", strings.Repeat(" ", width)
		if i == 0 {
			name, indent = p.Name, head
		}
		text := indent
		if r.text != "" {
			text += h.t.value.Sprint(r.text)
		}
		if r.note != "" {
			text += h.t.dim.Sprint(r.note)
		}
		h.line(r.hex, name, text)
	}
}

// heading is the column and type before a value.
func (p *part) heading(t *theme) string {
	var s string
	if p.column != "" {
		s = t.name.Sprint(plainName(p.column)) + " "
	}
	if p.kind != "" {
		s += t.typ.Sprint(p.kind) + " "
	}
	return s
}

// headWidth is how many columns the heading takes.
func (p *part) headWidth() int {
	n := 0
	if p.column != "" {
		n += utf8.RuneCountInString(plainName(p.column)) + 1
	}
	if p.kind != "" {
		n += utf8.RuneCountInString(p.kind) + 1
	}
	return n
}

func (h *hexFace) line(hex, name, text string) {
	pad := func(s string, width int) string { return strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s))) }
	h.out.WriteString("  " + hex + pad(hex, hexWidth) + " " + h.t.name.Sprint(name) + pad(name, h.name) + "  " + text)
	trimRight(h.out)
	h.out.WriteByte('\n')
}

func trimRight(b *bytes.Buffer) {
	n := b.Len()
	for n > 0 && b.Bytes()[n-1] == ' ' {
		n--
	}
	b.Truncate(n)
}

// Wrap divides text into lines of at most width characters.
func Wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

var _ Face = Hex

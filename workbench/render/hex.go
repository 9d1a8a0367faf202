package render

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	hexPerLine = 12               // bytes
	hexWidth   = hexPerLine*3 + 1 // columns
)

// Hex writes a message as annotated bytes: each span on a line of its own,
// with its bytes, its name and what they mean.
func Hex(w io.Writer, m *Message, o Options) error {
	var b bytes.Buffer
	h := hexFace{out: &b, m: m, t: o.theme()}
	h.heading(o)
	ps := m.parts(o.Secrets)
	for i := range ps {
		h.name = max(h.name, min(utf8.RuneCountInString(ps[i].Name), 28))
	}
	for i := range ps {
		h.part(&ps[i])
	}
	for _, p := range m.Problems() {
		b.WriteString("  " + h.t.bad.Sprint("✗ ") + p + "\n")
	}
	b.WriteByte('\n')
	_, err := w.Write(b.Bytes())
	return err
}

type hexFace struct {
	out  *bytes.Buffer
	m    *Message
	t    *theme
	name int // width of the column of names
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
	if p.masked {
		h.line(strings.Repeat("·· ", min(len(p.bytes), hexPerLine)), p.Name, head+p.text, p.note)
		return
	}
	data := p.bytes
	if n := p.Data - p.Start; n > 0 && len(p.bytes) > hexPerLine {
		h.line(hexBytes(p.bytes[:n]), p.Name, head+strconv.FormatInt(p.Int, 10)+" bytes", "")
		h.long(p, p.bytes[n:], strings.Repeat(" ", utf8.RuneCountInString(stripped(head))))
		return
	}
	if len(data) <= hexPerLine {
		h.line(h.grouped(p), p.Name, head+h.t.value.Sprint(p.text), p.note)
		return
	}
	h.first(p, head)
}

// heading is the column and type before a value.
func (p *part) heading(t *theme) string {
	var s string
	if p.column != "" {
		s = t.name.Sprint(p.column) + " "
	}
	if p.kind != "" {
		s += t.typ.Sprint(p.kind) + " "
	}
	return s
}

// stripped returns a string without colours.
func stripped(s string) string {
	for {
		i := strings.Index(s, "\x1b[")
		if i < 0 {
			return s
		}
		j := strings.IndexByte(s[i:], 'm')
		if j < 0 {
			return s
		}
		s = s[:i] + s[i+j+1:]
	}
}

// grouped writes a short span's bytes, with a gap between the length and the
// data of a value.
func (h *hexFace) grouped(p *part) string {
	if n := p.Data - p.Start; n > 0 && n < len(p.bytes) {
		return hexBytes(p.bytes[:n]) + " " + hexBytes(p.bytes[n:])
	}
	return hexBytes(p.bytes)
}

// first writes a long span that has no length before it.
func (h *hexFace) first(p *part, head string) {
	if !p.chunks {
		h.line(hexBytes(p.bytes[:hexPerLine]), p.Name, head+h.t.value.Sprint(p.text), p.note)
		h.rest(p.bytes[hexPerLine:])
		return
	}
	lines := textLines(p.bytes)
	for i, l := range lines {
		name := p.Name
		if i > 0 {
			name = ""
		}
		h.line(hexBytes(l.bytes), name, h.t.value.Sprint(l.text), onLast(i, lines, p.note))
	}
}

func onLast(i int, lines []textLine, note string) string {
	if i == len(lines)-1 {
		return note
	}
	return ""
}

// long writes the data of a long value below its length.
func (h *hexFace) long(p *part, data []byte, indent string) {
	if !p.chunks {
		h.line(hexBytes(data[:min(len(data), hexPerLine)]), "", indent+h.t.value.Sprint(p.text), p.note)
		h.rest(data[min(len(data), hexPerLine):])
		return
	}
	lines := textLines(data)
	for i, l := range lines {
		h.line(hexBytes(l.bytes), "", indent+h.t.value.Sprint(l.text), onLast(i, lines, p.note))
	}
}

// maxRest is how many bytes of one span are written that no text stands
// beside.
const maxRest = 16 * hexPerLine

func (h *hexFace) rest(data []byte) {
	for n := 0; len(data) > 0; n += hexPerLine {
		if n >= maxRest {
			h.line("…", "", fmt.Sprintf("and %d bytes more", len(data)), "")
			return
		}
		k := min(len(data), hexPerLine)
		h.line(hexBytes(data[:k]), "", "", "")
		data = data[k:]
	}
}

func (h *hexFace) line(hex, name, text, note string) {
	fmt.Fprintf(h.out, "  %s%s %s%s", hex, strings.Repeat(" ", max(0, hexWidth-utf8.RuneCountInString(hex))),
		h.t.name.Sprint(name), strings.Repeat(" ", max(0, h.name-utf8.RuneCountInString(name))))
	if text != "" {
		h.out.WriteString("  " + text)
	}
	if note != "" {
		h.out.WriteString(h.t.dim.Sprint(" (" + note + ")"))
	}
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

func hexBytes(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		s.WriteString(hexOf([]byte{c}))
		s.WriteByte(' ')
	}
	return s.String()
}

// textLine is a line's worth of bytes and the part of the text they are.
type textLine struct {
	bytes []byte
	text  string
}

// textLines divides a string into lines, each with its bytes; a character is
// never divided. A final NUL belongs to the last line.
func textLines(b []byte) []textLine {
	var lines []textLine
	for start := true; len(b) > 0; start = false {
		n := cut(b)
		text := quoteInner(b[:n])
		if n == len(b) {
			text = quoteInner(bytes.TrimSuffix(b, []byte{0}))
		}
		if start {
			text = `"` + text
		}
		if n == len(b) {
			text += `"`
		}
		lines = append(lines, textLine{b[:n], text})
		b = b[n:]
	}
	return lines
}

// quoteInner is quote without the quotation marks.
func quoteInner(b []byte) string {
	s := quote(b)
	return s[1 : len(s)-1]
}

// cut returns how many bytes fit a line without dividing a character.
func cut(b []byte) int {
	if len(b) <= hexPerLine {
		return len(b)
	}
	for n := hexPerLine; n > hexPerLine-utf8.UTFMax; n-- {
		if utf8.RuneStart(b[n]) {
			return n
		}
	}
	return hexPerLine
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

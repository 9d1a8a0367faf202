package render

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// row is one line of a span: some of its bytes and what stands beside them.
type row struct {
	hex, text, note string
}

// How many lines of a long value are written unless Options.Whole is set.
const (
	maxTextRows = 64 // where the text stands beside the bytes
	maxByteRows = 8  // where nothing does
)

// rows divides a part into lines. Texts that are not their bytes one by one,
// and notes, are wrapped to a number of columns.
func (h *hexFace) rows(p *part, room int) []row {
	if p.masked {
		return noted([]row{{hex: strings.Repeat("·· ", min(len(p.bytes), hexPerLine)), text: p.text}}, 0, p.note, room)
	}
	length := p.Data - p.Start
	if len(p.bytes) <= hexPerLine {
		return noted([]row{{hex: grouped(p.bytes, length), text: p.text}}, 0, p.note, room)
	}
	var rows []row
	data := p.bytes[length:]
	if length > 0 || p.raw {
		rows = append(rows, row{text: strconv.Itoa(len(data)) + " bytes"})
		if length > 0 {
			rows[0].hex = hexBytes(p.bytes[:length])
		}
	}
	switch {
	case p.chunks:
		rows = append(rows, textRows(data, p.skip)...)
		return noted(h.cut(rows, maxTextRows), len(rows)-1, p.note, room)
	case !p.raw:
		return noted(h.cut(append(rows, beside(data, p.text, room)...), maxTextRows), len(rows), p.note, room)
	case length > 0:
		rows = append(rows, beside(data, "", room)...)
	default:
		more := beside(data, "", room)
		rows[0].hex = more[0].hex
		rows = append(rows, more[1:]...)
	}
	return noted(h.cut(rows, maxByteRows), 0, p.note, room)
}

// noted adds a note to one of the rows, or to the last when there are fewer.
// What does not fit there follows below.
func noted(rows []row, at int, note string, room int) []row {
	if note == "" {
		return rows
	}
	at = min(at, len(rows)-1)
	used := utf8.RuneCountInString(rows[at].text)
	if used > 0 {
		note = " (" + note + ")"
	} else {
		note = "(" + note + ")"
	}
	if used+utf8.RuneCountInString(note) <= room || at < len(rows)-1 {
		rows[at].note = note
		return rows
	}
	for i, line := range Wrap(note, max(20, room-used-1)) {
		switch {
		case i > 0:
			rows = append(rows, row{note: strings.Repeat(" ", used+1) + line})
		case used > 0:
			rows[at].note = " " + line
		default:
			rows[at].note = line
		}
	}
	return rows
}

// cut leaves out rows beyond a number of them, and says so.
func (h *hexFace) cut(rows []row, most int) []row {
	if h.whole || len(rows) <= most+1 {
		return rows
	}
	left := strconv.Itoa(len(rows)-most) + " lines more"
	return append(rows[:most:most], row{hex: "…", note: left})
}

// beside lays bytes out with a text beside them, each over as many lines as it
// takes.
func beside(data []byte, text string, room int) []row {
	var rows []row
	for len(data) > 0 {
		k := min(len(data), hexPerLine)
		rows = append(rows, row{hex: hexBytes(data[:k])})
		data = data[k:]
	}
	for i := 0; text != ""; i++ {
		if i == len(rows) {
			rows = append(rows, row{})
		}
		k := columns(text, room)
		rows[i].text, text = text[:k], text[k:]
	}
	return rows
}

// columns returns how many bytes of a text its first characters take.
func columns(text string, n int) int {
	for i := range text {
		if n == 0 {
			return i
		}
		n--
	}
	return len(text)
}

// grouped writes a short span's bytes, with a gap between the length and the
// data of a value.
func grouped(b []byte, length int) string {
	if length > 0 && length < len(b) {
		return hexBytes(b[:length]) + " " + hexBytes(b[length:])
	}
	return hexBytes(b)
}

func hexBytes(b []byte) string {
	const digits = "0123456789abcdef"
	s := make([]byte, 0, 3*len(b))
	for _, c := range b {
		s = append(s, digits[c>>4], digits[c&15], ' ')
	}
	return string(s)
}

// textRows divides a string into lines, each with its bytes; a character is
// never divided. A final NUL is not part of the text, nor are the bytes to
// skip before it.
func textRows(b []byte, skip int) []row {
	var rows []row
	for start := true; len(b) > 0; start = false {
		n := fit(b)
		text := quoteInner(bytes.TrimSuffix(b[min(skip, n):n], []byte{0}))
		if n < len(b) {
			text = quoteInner(b[min(skip, n):n])
		}
		if start {
			text, skip = `"`+text, 0
		}
		rows = append(rows, row{hex: hexBytes(b[:n]), text: text})
		b = b[n:]
	}
	last := len(rows) - 1
	if last > 0 && rows[last].text == "" {
		last--
	}
	rows[last].text += `"`
	return rows
}

// quoteInner is quote without the quotation marks.
func quoteInner(b []byte) string {
	s := quote(b)
	return s[1 : len(s)-1]
}

// fit returns how many bytes fit a line without dividing a character.
func fit(b []byte) int {
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

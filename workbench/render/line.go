package render

import (
	"io"
	"strconv"
	"strings"

	"parley/wire"
)

// Line writes a message as one line: direction, name, and its fields in the
// order of the layout, without lengths and counts. Long values are cut unless
// Options.Whole is set.
//
//	→ Bind "" "s1" [binary] [int4 41] []
//	← DataRow [id="1" data="Oooh"]
func Line(w io.Writer, m *Message, o Options) error {
	t := o.theme()
	var b strings.Builder
	if o.Timestamps && !m.Time.IsZero() {
		b.WriteString(t.dim.Sprint(m.Time.Format("15:04:05.000000 ")))
	}
	b.WriteString(t.side(m).Sprint(m.Arrow() + " " + m.Name()))
	l := liner{t: t, ps: m.parts(o.Secrets), whole: o.Whole}
	l.all()
	b.WriteString(l.out.String())
	for _, p := range m.Problems() {
		b.WriteString("  " + t.bad.Sprint("✗ "+p))
	}
	if m.Skipped {
		b.WriteString("  " + t.bad.Sprint("(skipped)"))
	}
	b.WriteByte('\n')
	_, err := io.WriteString(w, b.String())
	return err
}

// liner writes the fields of a message in brackets where they are lists.
type liner struct {
	t     *theme
	ps    []part
	whole bool // long values are not cut
	out   strings.Builder
	open  string // the list whose elements are written
	elem  int
}

func (l *liner) all() {
	for i := range l.ps {
		p := &l.ps[i]
		switch {
		case isHeader(p):
		case p.Field != nil && isList(p.Field.Kind) && strings.HasSuffix(p.Name, ".count"):
			l.end()
			if p.Int == 0 {
				l.out.WriteString(" []")
			}
		case p.Field == nil && strings.HasSuffix(p.Name, ".end"):
			l.empty(p)
		default:
			l.field(p)
		}
	}
	l.end()
}

// empty closes a list at its end, which is where one without a count is known
// to be empty.
func (l *liner) empty(p *part) {
	if l.open == "" {
		l.begin(strings.TrimSuffix(p.Name, ".end"))
	}
	l.end()
}

// isHeader reports whether a span is a type, a length or a code: what the
// message's name says already.
func isHeader(p *part) bool {
	if p.Field == nil {
		n := lastName(p.Name)
		return n == "type" || n == "length"
	}
	return p.Field.Kind == wire.Code || strings.HasSuffix(p.Name, ".length")
}

func (l *liner) begin(list string) {
	l.end()
	l.open, l.elem = list, -1
	l.out.WriteString(" [")
}

func (l *liner) end() {
	if l.open != "" {
		l.out.WriteByte(']')
		l.open = ""
	}
}

// field writes one field, as an element of the open list where it is one.
func (l *liner) field(p *part) {
	if l.open == "" || !strings.HasPrefix(p.Name, l.open+"[") {
		l.maybeUntil(p)
	}
	if l.open == "" {
		l.out.WriteByte(' ')
		l.value(p)
		return
	}
	n := elementOf(p.Name, l.open)
	switch {
	case n != l.elem && l.elem >= 0:
		l.out.WriteString(", ")
	case n == l.elem:
		l.out.WriteByte(' ')
	}
	l.elem = n
	l.value(p)
}

// maybeUntil opens a list that has no count, at its first element, and closes
// one that is over.
func (l *liner) maybeUntil(p *part) {
	l.end()
	if i := strings.LastIndexByte(p.Name, '['); i >= 0 {
		l.begin(p.Name[:i])
	}
}

// elementOf returns which element of a list a path belongs to.
func elementOf(path, list string) int {
	s, _, _ := strings.Cut(strings.TrimPrefix(path, list+"["), "]")
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

func (l *liner) value(p *part) {
	if p.column != "" {
		l.out.WriteString(l.t.name.Sprint(plainName(p.column)) + "=")
	}
	if p.kind != "" && p.column == "" {
		l.out.WriteString(l.t.typ.Sprint(p.kind) + " ")
	}
	l.out.WriteString(l.t.value.Sprint(l.text(p)))
}

// maxLine is how many bytes of a value are written unless Options.Whole is set.
const maxLine = 160

// text is what is written of a part.
func (l *liner) text(p *part) string {
	text := p.text
	switch {
	case p.masked:
	case p.Field != nil && (p.Field.Kind == wire.Byte || p.Field.Kind == wire.Choice):
		text = strings.Trim(text, "'")
	case p.Field != nil && p.Field.Role == wire.RoleTypeOID && p.note != "":
		text = p.note
	case p.Field == nil && p.Name == "unread":
		text = "unread x'" + hexOf(p.bytes) + "'"
	}
	if k := columns(text, maxLine); k < len(text) && !l.whole {
		text = text[:k] + "… (" + strconv.Itoa(p.End-p.Data) + " bytes)"
	}
	return text
}

var _ Face = Line

package render

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf8"

	"parley/wire"
)

// part is a span made ready to show: with the value in words, and where a
// value has a structure of its own, one part for each piece of it.
type part struct {
	wire.Span
	bytes  []byte
	value  any    // what JSON shows: a number, a string, a bool or nil for NULL
	kind   string // the type of the value, where it is known
	column string // the name of the column, where it is known
	text   string // what people read
	note   string // what it means
	masked bool
	raw    bool // text is the bytes in hex
	chunks bool // text is that of bytes one by one, and may be divided with them
	skip   int  // of chunks: bytes before the text
}

// parts returns the message's spans, ready to show.
func (m *Message) parts(secrets bool) []part {
	ps := make([]part, 0, len(m.Dissection.Spans))
	j := m.joins()
	for _, s := range m.Dissection.Spans {
		p := part{Span: s, bytes: m.Raw[s.Start:s.End]}
		switch {
		case s.Field != nil && s.Field.Role == wire.RoleSASL:
			ps = m.sasl(ps, p, secrets)
			continue
		case !secrets && m.secret(s):
			p.mask()
		default:
			m.describe(&p, &j)
		}
		ps = append(ps, p)
	}
	return ps
}

// mask makes a part one that is not shown.
func (p *part) mask() { p.masked, p.value, p.text = true, nil, "(masked)" }

// describe fills in what a span's value is.
func (m *Message) describe(p *part, j *joins) {
	switch {
	case p.Field == nil && p.Name == "unread":
		p.value, p.note, p.raw = hexOf(p.bytes), p.Doc, true
	case p.Field == nil && strings.HasSuffix(p.Name, "type"):
		p.value, p.text = char(byte(p.Int)), charName(byte(p.Int))
	case p.Field == nil && strings.HasSuffix(p.Name, ".end"):
		p.value, p.text = nil, "(end of list)"
	case p.Field == nil || isList(p.Field.Kind):
		p.integer()
	case p.Field.Kind == wire.CString:
		p.cstring()
	case p.Field.Kind == wire.Value:
		j.describe(p)
	case p.Field.Kind == wire.Fixed || p.Field.Kind == wire.Rest:
		p.opaque()
	default:
		m.number(p)
	}
}

// char returns a byte as JSON shows it.
func char(c byte) string {
	if c < ' ' || c > '~' {
		return "\\x" + hexOf([]byte{c})
	}
	return string(rune(c))
}

func isList(k wire.FieldKind) bool { return k == wire.List16 || k == wire.List32 }

func (p *part) integer() {
	p.value, p.text = p.Int, strconv.FormatInt(p.Int, 10)
}

// cstring shows a string; an empty name is one with a meaning.
func (p *part) cstring() {
	s := p.bytes[:len(p.bytes)-1]
	p.value, p.text = string(s), quote(s)
	p.chunks = true
	if len(s) > 0 {
		return
	}
	switch base := lastName(p.Name); base {
	case "portal", "statement":
		p.note = "the unnamed " + base
	}
}

// lastName returns the last component of a path.
func lastName(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// opaque shows bytes: as text where they are text, else in hex.
func (p *part) opaque() {
	if len(p.bytes) == 0 || !isText(p.bytes) {
		p.bytesValue(p.bytes)
		return
	}
	p.value, p.text, p.chunks = string(p.bytes), quote(p.bytes), true
}

// isText reports whether bytes are UTF-8 without control characters other than
// white space.
func isText(b []byte) bool {
	if !utf8.Valid(b) {
		return false
	}
	return bytes.IndexFunc(b, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f }) < 0
}

// number shows an integer, by the name of its value or its role.
func (m *Message) number(p *part) {
	p.integer()
	switch p.Field.Kind {
	case wire.Byte, wire.Choice:
		p.value, p.text = char(byte(p.Int)), charName(byte(p.Int))
	case wire.Bool:
		p.value, p.text = p.Int == 1, strconv.FormatBool(p.Int == 1)
	}
	for _, n := range p.Field.Values {
		if n.Value == p.Int {
			p.named(n)
		}
	}
	if p.Field.Kind == wire.Choice {
		p.note = p.Doc
	}
	switch p.Field.Role {
	case wire.RoleVersion:
		p.value = wire.Version(p.Int).String()
		p.text = "protocol " + wire.Version(p.Int).String()
		p.note = strconv.FormatInt(p.Int, 10)
	case wire.RoleTypeOID:
		p.note = typeName(uint32(p.Int))
		if p.Int == 0 && m.Kind == wire.KindParse {
			p.note = "left to the server"
		}
	case wire.RoleLSN:
		p.value, p.text = wire.LSN(p.Int).String(), wire.LSN(p.Int).String()
	case wire.RoleTime:
		p.value = timeOf(p.Int)
		p.text = timeOf(p.Int)
	case wire.RoleOID:
		p.note = m.tableNote(p.Int)
	}
	m.meaning(p)
}

func (p *part) named(n wire.Named) {
	switch p.Field.Kind {
	case wire.Byte:
		p.note = n.Name
		if len(p.Field.Values) < 10 {
			p.note = n.Doc
		}
	case wire.Int16, wire.Int8:
		if n.Name != "" {
			p.text = n.Name
		}
	default:
		p.note = n.Name
	}
}

// meaning notes what a number says that has no table of values.
func (m *Message) meaning(p *part) {
	switch {
	case m.Kind == wire.KindExecute && p.Name == "maxRows" && p.Int == 0:
		p.note = "no limit"
	case m.Kind == wire.KindRowDescription && strings.HasSuffix(p.Name, ".typeModifier") && p.Int == -1:
		p.note = "none"
	case m.Kind == wire.KindRowDescription && strings.HasSuffix(p.Name, ".typeSize") && p.Int < 0:
		p.note = "varies"
	case p.Field.Kind == wire.Code:
		p.note = p.Field.Doc
	}
}

// timeOf writes a time of the replication protocol.
func timeOf(micros int64) string { return era(moment(micros), "-01-02 15:04:05.999999Z07:00") }

// quote writes bytes as a string in double quotes, with what is not UTF-8 or
// not printable escaped.
func quote(b []byte) string { return string(strconv.AppendQuote(nil, string(b))) }

func hexOf(b []byte) string {
	const digits = "0123456789abcdef"
	out := make([]byte, 0, 2*len(b))
	for _, c := range b {
		out = append(out, digits[c>>4], digits[c&15])
	}
	return string(out)
}

// valueBytes returns the bytes of a Value without its length.
func (p *part) valueBytes() []byte { return p.bytes[p.Data-p.Start:] }

// index returns the number in the last brackets of a path, or -1.
func index(path string) int {
	open, end := strings.LastIndexByte(path, '['), strings.LastIndexByte(path, ']')
	if open < 0 || end < open {
		return -1
	}
	n, err := strconv.Atoi(path[open+1 : end])
	if err != nil {
		return -1
	}
	return n
}

func be16(b []byte) uint16 { return binary.BigEndian.Uint16(b) }

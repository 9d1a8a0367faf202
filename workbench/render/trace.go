package render

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"

	"parley/wire"
)

// traceTime is how PQtrace writes a time, always with microseconds.
const traceTime = "2006-01-02 15:04:05.000000"

// Trace writes a message as libpq's PQtrace does (that of PostgreSQL 18): one
// line, with F or B for the sender, the length, the name, and after a tab the
// fields. Strings stand in double quotes as they are, with nothing escaped;
// other bytes stand in single quotes.
//
// With Options.Secrets and Options.Timestamps it is PQtrace's text byte for
// byte, its oddities included: a message of which libpq passes over some bytes
// (the salt of AuthenticationMD5Password, a cancel key of more than four bytes)
// is followed by a line that says so. Without Options.Timestamps it is the text
// with PQTRACE_SUPPRESS_TIMESTAMPS; with Options.Regress that with
// PQTRACE_REGRESS_MODE.
//
// PQtrace hides no secrets. Where Options.Secrets is not set they are written
// as regress mode writes what differs from run to run: "SSSS" for a string,
// 'BBBB' for bytes, NNNN for a number.
//
// libpq writes local time; here the location of Message.Time decides. Of a
// message that does not fit its layout only what could be read is written,
// where libpq would read on.
func Trace(w io.Writer, m *Message, o Options) error {
	var b bytes.Buffer
	if o.Timestamps && !m.Time.IsZero() {
		b.WriteString(m.Time.Format(traceTime) + "\t")
	}
	t := tracer{out: &b, m: m, o: o}
	t.heading()
	t.fields()
	b.WriteByte('\n')
	t.mismatch()
	_, err := w.Write(b.Bytes())
	return err
}

// tracer writes one message.
type tracer struct {
	out      *bytes.Buffer
	m        *Message
	o        Options
	consumed int  // bytes that libpq reads, the type byte not counted
	code     byte // of an ErrorResponse: of the field that is written
}

// heading writes the sender and the length.
func (t *tracer) heading() {
	side := "B\t"
	if t.m.From == wire.Frontend {
		side = "F\t"
	}
	t.out.WriteString(side)
	switch n, ok := t.length(); {
	case t.o.Regress && (t.m.Kind == wire.KindErrorResponse || t.m.Kind == wire.KindNoticeResponse):
		t.out.WriteString("NN\t")
	case ok:
		t.out.WriteString(strconv.Itoa(n) + "\t")
	default:
		t.out.WriteString(strconv.Itoa(len(t.m.Raw)) + "\t")
	}
}

// length returns the length that the message says it has.
func (t *tracer) length() (n int, ok bool) {
	raw, at := t.m.Raw, 1
	if l := t.m.Dissection.Layout; l != nil {
		at = l.Envelope.Header() - 4
	}
	if at < 0 || len(raw) < at+4 {
		return 0, false
	}
	return int(int32(binary.BigEndian.Uint32(raw[at:]))), true
}

// fields writes the name and what follows it.
func (t *tracer) fields() {
	d := &t.m.Dissection
	if d.Layout == nil {
		t.unknown()
		return
	}
	style := traceStyles[t.m.Kind]
	title := d.Layout.Name
	if style.title != "" {
		title = style.title
	}
	t.out.WriteString(title)
	if hasTraceFields(d.Layout) && !style.none {
		t.out.WriteByte('\t')
	}
	for i := range d.Spans {
		t.span(&d.Spans[i], style)
	}
	t.tail(style)
}

// unknown writes a message that the protocol does not have.
func (t *tracer) unknown() {
	raw := t.m.Raw
	switch {
	case len(raw) == 0:
		return
	case raw[0] == 'R' && t.m.From == wire.Backend && len(raw) >= 9:
		fmt.Fprintf(t.out, "Unknown authentication message %d", int32(binary.BigEndian.Uint32(raw[5:])))
		t.consumed = 8
	default:
		fmt.Fprintf(t.out, "Unknown message: %02x", raw[0])
		t.consumed = 4
	}
}

// span writes one span.
func (t *tracer) span(s *wire.Span, style traceStyle) {
	f := s.Field
	if f == nil && (s.Name == "type" || s.Name == "length") {
		if s.Name == "length" {
			t.consumed += s.End - s.Start
		}
		return
	}
	switch {
	case style.opaque || s.Name == "unread":
		return
	case f == nil:
		t.end(s, style)
		return
	case style.none && f.Kind != wire.Code:
		return
	}
	t.consumed += s.End - s.Start
	switch {
	case f.Kind == wire.Code && t.m.Dissection.Layout.Type == 'R':
	case style.pairs && (f.Kind == wire.Code || f.Role == wire.RoleVersion):
		fmt.Fprintf(t.out, " %d %d", uint16(s.Int>>16), uint16(s.Int))
	case isList(f.Kind):
		t.number(s.Int)
	default:
		t.field(s, f)
	}
}

// end writes the zero byte after a list.
func (t *tracer) end(s *wire.Span, style traceStyle) {
	t.consumed += s.End - s.Start
	switch style.end {
	case "byte":
		t.char(0)
	case "string":
		t.out.WriteString(` ""`)
	}
}

// field writes one field by its kind.
func (t *tracer) field(s *wire.Span, f *wire.Field) {
	data := t.m.Raw[s.Data:s.End]
	switch f.Kind {
	case wire.Byte, wire.Bool, wire.Int8, wire.Choice:
		t.code = t.m.Raw[s.Start]
		t.char(t.code)
	case wire.CString:
		t.text(data[:len(data)-1], t.masked(s) || t.o.Regress && t.volatile(s))
	case wire.Value:
		t.number(s.Int)
		if s.Int >= 0 {
			t.bytes(data, t.masked(s))
		}
	case wire.Fixed, wire.Rest:
		t.rest(s, f, data)
	default:
		t.integer(s, f)
	}
}

// integer writes a number: one of two bytes without sign, one of four with it.
func (t *tracer) integer(s *wire.Span, f *wire.Field) {
	switch {
	case t.o.Regress && (f.Role == wire.RoleOID || f.Role == wire.RoleTypeOID || f.Role == wire.RolePID):
		t.out.WriteString(" NNNN")
	case f.Kind == wire.Int16:
		t.number(int64(uint16(s.Int)))
	default:
		t.number(int64(int32(s.Int)))
	}
}

// rest writes bytes to the end of the message. Of a cancel key libpq knows the
// four bytes that protocol 3.0 has, as a number.
func (t *tracer) rest(s *wire.Span, f *wire.Field, data []byte) {
	if f.Min != wire.MinCancelKey || f.Role != wire.RoleSecret {
		t.bytes(data, t.masked(s))
		return
	}
	t.consumed += wire.MinCancelKey - (s.End - s.Start)
	if t.o.Regress || t.masked(s) {
		t.out.WriteString(" NNNN")
		return
	}
	t.number(int64(int32(binary.BigEndian.Uint32(data))))
}

// tail writes what has no span: the data of CopyData whatever is inside, and
// the empty data of a message that ends in bytes.
func (t *tracer) tail(style traceStyle) {
	d := &t.m.Dissection
	if style.opaque {
		data := t.m.Raw[min(len(t.m.Raw), d.Layout.Envelope.Header()):]
		t.consumed += len(data)
		t.bytes(data, t.o.Regress)
		return
	}
	n := len(d.Layout.Fields)
	if n == 0 || d.Err != nil || d.Layout.Fields[n-1].Kind != wire.Rest {
		return
	}
	if f := d.Spans[len(d.Spans)-1].Field; f == nil || f.Kind != wire.Rest {
		t.bytes(nil, t.o.Regress)
	}
}

// mismatch complains, in libpq's words, of a message that libpq did not read to
// its end. It does not look at those without a type byte.
func (t *tracer) mismatch() {
	if l := t.m.Dissection.Layout; l != nil && l.Envelope != wire.Typed {
		return
	}
	if n, ok := t.length(); ok && n != t.consumed {
		fmt.Fprintf(t.out, "mismatched message length: consumed %d, expected %d\n", t.consumed, n)
	}
}

var _ Face = Trace

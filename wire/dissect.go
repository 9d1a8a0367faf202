package wire

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
)

// Span is a run of a message's bytes with its name.
type Span struct {
	// Name is the path of the field, as in "columns[1].name". The header's
	// spans are "type" and "length", a list's number of elements is
	// "list.count", the zero byte that ends a list is "list.end". Spans of a
	// message inside CopyData begin with that message's name. The bytes
	// after a mistake are "unread".
	Name string
	// Start and End are the bytes, from the message's first byte.
	Start, End int
	// Data is where the bytes of a Value begin, after its length; for all
	// other spans it is Start.
	Data int
	// Field is the field's description, for a list's count that of the list;
	// nil for the header, ends of lists and unread bytes.
	Field *Field
	// Int is the value of an integer, byte, count or length; for a Value its
	// length, -1 for NULL.
	Int int64
	// Doc is a sentence about the span.
	Doc string
}

// Dissection is a message taken apart.
type Dissection struct {
	Kind   Kind
	Layout *Layout // that of Kind; nil when Kind is 0
	// Spans tile the message: the first starts at byte 0, each starts where
	// the one before ends, the last ends with the message.
	Spans []Span
	// Embedded are the kinds of the messages inside, outermost first: what
	// CopyData carries, what XLogData carries.
	Embedded []Kind
	// Err says where the message does not fit its layout; nil if it does.
	Err *SyntaxError
}

// Dissect names every byte of a message, header included. A malformed message
// is dissected as far as it fits; the rest is one span named "unread" and Err
// says what is wrong. For the kind 0 the body is one "unread" span.
// It allocates in proportion to the number of spans, each of which stands for
// at least one byte.
func Dissect(k Kind, from Side, msg []byte, c Context) Dissection {
	w := walker{msg: msg, from: from, context: c, keep: true}
	w.message(k)
	if w.off < len(msg) {
		w.span("unread", nil, len(msg)-w.off, 0, "bytes that were not read")
	}
	return Dissection{Kind: k, Layout: LayoutOf(k), Spans: w.spans, Embedded: w.embedded, Err: w.err}
}

// locate finds where a body does not fit its layout.
func locate(k Kind, body []byte, c Context) error {
	l := &catalog[k]
	w := walker{msg: body, context: c, layout: l, base: l.Envelope.Header()}
	if w.fields(l.Fields, "") {
		w.trailing()
	}
	if w.err == nil {
		w.fail("", 0, "cannot be read")
	}
	return w.err
}

// walker reads a message as its layout says.
//
// Invariant: the spans tile msg[:off].
type walker struct {
	msg      []byte
	off      int
	base     int // what to add to an offset to count from the first byte of the header
	from     Side
	context  Context
	layout   *Layout // of the innermost message
	keep     bool    // spans are wanted
	spans    []Span
	embedded []Kind
	err      *SyntaxError
}

func (w *walker) left() int { return len(w.msg) - w.off }

func (w *walker) fail(field string, offset int, problem string) bool {
	if w.err == nil {
		name := "message"
		if w.layout != nil {
			name = w.layout.Name
		}
		w.err = &SyntaxError{Message: name, Field: field, Offset: offset + w.base,
			Size: len(w.msg) + w.base, Problem: problem}
	}
	return false
}

// span records the next n bytes under a name and passes over them.
func (w *walker) span(name string, f *Field, n int, v int64, doc string) {
	if w.keep {
		w.spans = append(w.spans, Span{Name: name, Start: w.off, End: w.off + n, Data: w.off,
			Field: f, Int: v, Doc: doc})
	}
	w.off += n
}

// need fails unless n more bytes are there.
func (w *walker) need(name string, n int) bool {
	if n <= w.left() {
		return true
	}
	return w.fail(name, w.off, "needs "+plural(n, "byte")+", "+strconv.Itoa(w.left())+" left")
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

func (w *walker) message(k Kind) {
	w.layout = LayoutOf(k)
	if w.layout == nil {
		w.unknown()
		return
	}
	if w.header("") && w.fields(w.layout.Fields, "") {
		w.trailing()
	}
}

// unknown shows the header of a message whose kind is not known.
func (w *walker) unknown() {
	if w.left() >= 5 {
		w.span("type", nil, 1, int64(w.msg[0]), "a type byte that the protocol does not have for this sender")
		w.span("length", nil, 4, int64(int32(binary.BigEndian.Uint32(w.msg[1:]))), lengthDoc)
	}
	w.fail("type", 0, "no message of the protocol from this sender begins so")
}

const lengthDoc = "length of the message in bytes, this word included, the type byte not"

func (w *walker) header(prefix string) bool {
	l := w.layout
	if n := l.Envelope.Header(); !w.need("header", n) {
		return false
	}
	start := w.off
	if l.Type != 0 {
		if got := w.msg[w.off]; got != l.Type {
			return w.fail("type", w.off, "is not "+strconv.QuoteRune(rune(l.Type)))
		}
		w.span(prefix+"type", nil, 1, int64(l.Type), "identifies the message as "+l.Name)
	}
	if l.Envelope == Bare || l.Envelope == Embedded {
		return true
	}
	n := int32(binary.BigEndian.Uint32(w.msg[w.off:]))
	w.span(prefix+"length", nil, 4, int64(n), lengthDoc)
	if have := len(w.msg) - start - (l.Envelope.Header() - 4); int64(n) != int64(have) {
		w.fail("length", w.off-4, "says "+strconv.Itoa(int(n))+" bytes where there are "+strconv.Itoa(have))
	}
	return true
}

func (w *walker) trailing() {
	if w.left() > 0 {
		w.fail("end", w.off, plural(w.left(), "byte")+" after the last field")
	}
}

func (w *walker) fields(fs []Field, prefix string) bool {
	for i := range fs {
		if !w.field(&fs[i], prefix+fs[i].Name) {
			return false
		}
	}
	return true
}

func (w *walker) field(f *Field, name string) bool {
	if f.Streamed && !w.context.Streamed {
		return true
	}
	switch f.Kind {
	case Byte, Bool, Int8, Int16, Int32, Int64, Code:
		return w.integer(f, name)
	case CString:
		return w.cstring(f, name)
	case Fixed, Rest:
		return w.bytes(f, name)
	case Value:
		return w.value(f, name)
	case List16, List32:
		return w.list(f, name)
	case Until:
		return w.until(f, name)
	case Group:
		return f.Optional && w.left() == 0 || w.fields(f.Elem, name)
	}
	return w.choice(f, name)
}

func (w *walker) integer(f *Field, name string) bool {
	n := f.minSizeOf()
	if !w.need(name, n) {
		return false
	}
	v := readInt(w.msg[w.off:w.off+n], f.Unsigned)
	if f.Kind == Bool && v > 1 {
		return w.fail(name, w.off, "is neither 0 nor 1")
	}
	if f.Kind == Code && v != f.Value {
		return w.fail(name, w.off, "is not "+strconv.FormatInt(f.Value, 10))
	}
	w.span(name, f, n, v, f.Doc)
	return true
}

// minSizeOf is minSize for a field that is known to be present.
func (f *Field) minSizeOf() int {
	present := *f
	present.Optional, present.Streamed = false, false
	return present.minSize()
}

// readInt reads a big-endian integer of 1, 2, 4 or 8 bytes; a single byte has
// no sign.
func readInt(b []byte, unsigned bool) int64 {
	switch len(b) {
	case 1:
		return int64(b[0])
	case 2:
		v := binary.BigEndian.Uint16(b)
		if unsigned {
			return int64(v)
		}
		return int64(int16(v))
	case 4:
		v := binary.BigEndian.Uint32(b)
		if unsigned {
			return int64(v)
		}
		return int64(int32(v))
	}
	return int64(binary.BigEndian.Uint64(b))
}

func (w *walker) cstring(f *Field, name string) bool {
	n := bytes.IndexByte(w.msg[w.off:], 0)
	if n < 0 {
		return w.fail(name, w.off, "has no terminating zero byte")
	}
	w.span(name, f, n+1, 0, f.Doc)
	return true
}

func (w *walker) bytes(f *Field, name string) bool {
	n := w.left()
	if f.Kind == Fixed {
		n = f.Min
	}
	if !w.need(name, max(n, f.Min)) {
		return false
	}
	if f.Max > 0 && n > f.Max {
		return w.fail(name, w.off, "has "+plural(n, "byte")+", more than "+strconv.Itoa(f.Max))
	}
	if k := w.inside(n); k != 0 {
		return w.embed(k)
	}
	if n > 0 {
		w.span(name, f, n, 0, f.Doc)
	}
	return true
}

// inside returns the kind of the message that the next n bytes hold, or 0.
func (w *walker) inside(n int) Kind {
	data := w.msg[w.off : w.off+n]
	switch w.layout.Kind {
	case KindCopyData:
		return IdentifyPayload(w.from, data, w.context)
	case KindXLogData:
		if w.context.Payload == PayloadLogical {
			return IdentifyLogical(data)
		}
	}
	return 0
}

// embed reads a message that fills the rest of the one around it.
func (w *walker) embed(k Kind) bool {
	outer := w.layout
	w.layout = &catalog[k]
	w.embedded = append(w.embedded, k)
	prefix := w.layout.Name + "."
	if !w.header(prefix) || !w.fields(w.layout.Fields, prefix) {
		return false
	}
	w.trailing()
	w.layout = outer
	return w.err == nil
}

func (w *walker) value(f *Field, name string) bool {
	if !w.need(name, 4) {
		return false
	}
	n := int64(int32(binary.BigEndian.Uint32(w.msg[w.off:])))
	if n < -1 || n == -1 && f.NotNull {
		return w.fail(name, w.off, "has the negative length "+strconv.FormatInt(n, 10))
	}
	if n > int64(w.left()-4) {
		return w.fail(name, w.off, "has the length "+strconv.FormatInt(n, 10)+", "+
			plural(w.left()-4, "byte")+" left")
	}
	w.span(name, f, 4+int(max(n, 0)), n, f.Doc)
	if w.keep {
		w.spans[len(w.spans)-1].Data += 4
	}
	return true
}

func (w *walker) list(f *Field, name string) bool {
	size := f.minSizeOf()
	if !w.need(name, size) {
		return false
	}
	n := readInt(w.msg[w.off:w.off+size], f.Kind == List16)
	if n < 0 {
		return w.fail(name, w.off, "has the negative number of elements "+strconv.FormatInt(n, 10))
	}
	if need := n * int64(minSize(f.Elem)); need > int64(w.left()-size) {
		return w.fail(name, w.off, "has "+plural(int(n), "element")+" of at least "+
			strconv.FormatInt(need, 10)+" bytes together, "+strconv.Itoa(w.left()-size)+" left")
	}
	w.span(name+".count", f, size, n, "how many follow")
	if !w.fields(f.Head, strings.TrimSuffix(name, f.Name)) {
		return false
	}
	for i := range int(n) {
		if !w.element(f, name, i) {
			return false
		}
	}
	return true
}

// element reads one element of a list; a single nameless field bears the
// element's own name.
func (w *walker) element(f *Field, name string, i int) bool {
	name += "[" + strconv.Itoa(i) + "]"
	if len(f.Elem) == 1 && f.Elem[0].Name == "" {
		return w.field(&f.Elem[0], name)
	}
	return w.fields(f.Elem, name+".")
}

func (w *walker) until(f *Field, name string) bool {
	for i := 0; ; i++ {
		if w.left() == 0 {
			return w.fail(name, w.off, "has no terminating zero byte")
		}
		if w.msg[w.off] == 0 {
			w.span(name+".end", nil, 1, 0, "ends the list")
			return true
		}
		if !w.element(f, name, i) {
			return false
		}
	}
}

func (w *walker) choice(f *Field, name string) bool {
	if w.left() > 0 {
		for i := range f.Cases {
			if c := &f.Cases[i]; c.Tag == w.msg[w.off] {
				w.span(name, f, 1, int64(c.Tag), c.Doc)
				return w.fields(c.Fields, name+".")
			}
		}
	}
	if f.Optional {
		return true
	}
	if !w.need(name, 1) {
		return false
	}
	return w.fail(name, w.off, "is none of "+tags(f.Cases))
}

func tags(cs []Case) string {
	var b []byte
	for _, c := range cs {
		b = strconv.AppendQuoteRune(append(b, ' '), rune(c.Tag))
	}
	return string(b[min(1, len(b)):])
}

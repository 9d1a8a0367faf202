package pgtest

import (
	"fmt"
	"strconv"
	"strings"

	"parley/wire"
)

const (
	maxKept    = 100  // messages that a conversation remembers since the last match, and before it
	maxBefore  = 12   // of those before it, how many are printed
	maxMessage = 4096 // bytes of a message that are remembered
	maxLine    = 300  // characters of a line that describes a message
)

// conversation remembers the messages of both sides, for reports.
//
// Invariant: 0 <= matched <= len(spoken).
type conversation struct {
	spoken  []spoken
	matched int // how many came before the last match
	dropped int // how many were forgotten
}

// spoken is a message of a conversation.
type spoken struct {
	event wire.Event
	size  int    // of the message
	msg   []byte // the beginning of it
}

func (c *conversation) add(e wire.Event, f wire.Frame) {
	if len(c.spoken) >= 2*maxKept {
		n := len(c.spoken) - maxKept
		c.spoken = append(c.spoken[:0], c.spoken[n:]...)
		c.dropped += n
		c.matched = max(0, c.matched-n)
	}
	e.Columns, e.ParamTypes = nil, nil
	c.spoken = append(c.spoken, spoken{e, len(f.Msg), f.Msg[:min(len(f.Msg), maxMessage)]})
}

// match notes that everything so far was as expected.
func (c *conversation) match() { c.matched = len(c.spoken) }

// lines returns the conversation up to the last match, and since then.
func (c *conversation) lines() (before, since []string) {
	first := max(0, c.matched-maxBefore)
	if n := c.dropped + first; n > 0 {
		before = append(before, fmt.Sprintf("... %s", plural(n, "message")))
	}
	for _, s := range c.spoken[first:c.matched] {
		before = append(before, s.line())
	}
	for _, s := range c.spoken[c.matched:] {
		since = append(since, s.line())
	}
	return before, since
}

// Transcript returns the conversation so far, a message in each line: ">" for
// the frontend's, "<" for the backend's. Of a long conversation it has the end.
// Passwords, keys and messages of SASL are shown by their sizes.
func (p *Peer) Transcript() string {
	var b strings.Builder
	if p.conversation.dropped > 0 {
		fmt.Fprintf(&b, "... %s\n", plural(p.conversation.dropped, "message"))
	}
	for _, s := range p.conversation.spoken {
		b.WriteString(s.line() + "\n")
	}
	return b.String()
}

func (s spoken) line() string {
	arrow := "< "
	if s.event.From == wire.Frontend {
		arrow = "> "
	}
	return arrow + describe(wire.Dissect(s.event.Kind, s.event.From, s.msg, s.event.Context), s.msg, s.size)
}

// describeMessage is the line of a message that was not sent: what it is like,
// and its fields.
func describeMessage(m wire.Message, from wire.Side) string {
	prefix := ""
	if l, ok := m.(*alike); ok {
		m, prefix = l.Message, "like "
	}
	b, err := m.Append(nil)
	if err != nil { // a pattern may be incomplete
		return prefix + m.Kind().String()
	}
	return prefix + describe(wire.Dissect(m.Kind(), from, b, wire.Context{}), b, len(b))
}

// describe is a message in one line: its name, and its fields as its layout
// has them.
func describe(d wire.Dissection, msg []byte, size int) string {
	var b strings.Builder
	if d.Layout == nil {
		fmt.Fprintf(&b, "unknown message %q", msg[:min(len(msg), 5)])
	} else {
		b.WriteString(d.Layout.Name)
	}
	for i := 0; i < len(d.Spans) && b.Len() < maxLine; i++ {
		s := d.Spans[i]
		if !isShown(s) {
			continue
		}
		name := s.Name
		if i+1 < len(d.Spans) && isLabel(s.Name, d.Spans[i+1].Name) {
			name = labelText(s, msg)
			i++
			s = d.Spans[i]
		}
		b.WriteString(" " + name + "=" + spanText(s, msg))
	}
	switch {
	case size > len(msg):
		fmt.Fprintf(&b, " ... (%d bytes)", size)
	case d.Err != nil && d.Layout != nil:
		b.WriteString(" (malformed: " + d.Err.Problem + ")")
	}
	if text := b.String(); len(text) > maxLine {
		return strings.ToValidUTF8(text[:maxLine], "") + " ..."
	}
	return b.String()
}

// isShown reports whether a span is a field that says something.
func isShown(s wire.Span) bool {
	if s.Field == nil {
		return s.Name == "unread"
	}
	return s.Field.Kind != wire.Code && !strings.HasSuffix(s.Name, ".count")
}

// isLabel reports whether the first of two fields names the second, as in a
// StartupMessage and an ErrorResponse.
func isLabel(a, b string) bool {
	list, ok := strings.CutSuffix(b, ".value")
	return ok && (a == list+".name" || a == list+".code")
}

func labelText(s wire.Span, msg []byte) string {
	return strings.TrimSuffix(string(msg[s.Start:s.End]), "\x00")
}

// spanText is the value of a field.
func spanText(s wire.Span, msg []byte) string {
	b := msg[s.Data:s.End]
	if s.Field == nil {
		return strconv.Quote(string(b))
	}
	switch {
	case s.Field.Kind == wire.Value && s.Int < 0:
		return "NULL"
	case s.Field.Role == wire.RoleSecret || s.Field.Role == wire.RoleSASL:
		return "(" + plural(len(b), "byte") + ")"
	case s.Field.Role == wire.RoleVersion:
		return wire.Version(s.Int).String()
	}
	switch s.Field.Kind {
	case wire.CString:
		return strconv.Quote(string(b[:len(b)-1]))
	case wire.Value, wire.Rest, wire.Fixed:
		return strconv.Quote(string(b))
	case wire.Byte, wire.Choice:
		if s.Int > ' ' && s.Int < 0x7f {
			return string(rune(s.Int))
		}
	}
	return strconv.FormatInt(s.Int, 10)
}

// plural is a number of things.
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

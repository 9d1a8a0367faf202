package render

import (
	"fmt"
	"strconv"
	"strings"

	"parley/wire"
)

// traceStyle is how the fields of a message are written where that is not
// plain from their layout.
type traceStyle struct {
	title  string // instead of the message's name
	none   bool   // no fields are written, and none but the code is read
	opaque bool   // the body is written as one piece of bytes, which regress mode masks
	pairs  bool   // the first field is two Int16
	end    string // the end of a list: "byte" or "string"; else it is not written
}

var traceStyles = map[wire.Kind]traceStyle{
	wire.KindStartupMessage:            {pairs: true},
	wire.KindSSLRequest:                {pairs: true},
	wire.KindGSSENCRequest:             {pairs: true},
	wire.KindCancelRequest:             {pairs: true},
	wire.KindAuthenticationKerberosV5:  {title: "Unknown authentication message 2"},
	wire.KindAuthenticationMD5Password: {none: true},
	wire.KindAuthenticationSASL:        {end: "string"},
	wire.KindErrorResponse:             {end: "byte"},
	wire.KindNoticeResponse:            {end: "byte"},
	wire.KindCopyData:                  {opaque: true},
}

// hasTraceFields reports whether a message has fields other than the number
// that makes an authentication request what it is, which PQtrace leaves out.
func hasTraceFields(l *wire.Layout) bool {
	return len(l.Fields) > 1 || len(l.Fields) == 1 && (l.Type != 'R' || l.Fields[0].Kind != wire.Code)
}

// masked reports whether a field's bytes are not to be shown: because they are
// secret, or, those of an exchange of tokens, because they differ each time.
func (t *tracer) masked(s *wire.Span) bool {
	switch role := s.Field.Role; {
	case t.o.Regress && (role == wire.RoleSASL || role == wire.RoleSecret && s.Field.Kind != wire.CString):
		return true
	case t.o.Secrets:
		return false
	case role == wire.RoleSASL:
		return t.m.hasSecret()
	}
	return t.m.secret(*s)
}

// hasSecret reports whether a message has a part that is masked.
func (m *Message) hasSecret() bool {
	for _, p := range m.parts(false) {
		if p.masked {
			return true
		}
	}
	return false
}

// volatile reports whether a string is a field of an ErrorResponse that tells
// the place in the server's source.
func (t *tracer) volatile(s *wire.Span) bool {
	return traceStyles[t.m.Kind].end == "byte" && strings.HasSuffix(s.Name, ".value") &&
		(t.code == byte(wire.FieldFile) || t.code == byte(wire.FieldLine) || t.code == byte(wire.FieldRoutine))
}

func (t *tracer) number(n int64) { t.out.WriteString(" " + strconv.FormatInt(n, 10)) }

func (t *tracer) char(c byte) {
	t.out.WriteByte(' ')
	t.escaped(c)
}

func (t *tracer) text(s []byte, masked bool) {
	if masked {
		s = []byte("SSSS")
	}
	t.out.WriteString(` "`)
	t.out.Write(s)
	t.out.WriteByte('"')
}

func (t *tracer) bytes(b []byte, masked bool) {
	if masked {
		t.out.WriteString(" 'BBBB'")
		return
	}
	t.out.WriteString(" '")
	for _, c := range b {
		t.escaped(c)
	}
	t.out.WriteByte('\'')
}

// escaped writes a byte: as it is where it is a printable character of ASCII.
func (t *tracer) escaped(c byte) {
	if c < ' ' || c > '~' {
		fmt.Fprintf(t.out, `\x%02x`, c)
		return
	}
	t.out.WriteByte(c)
}

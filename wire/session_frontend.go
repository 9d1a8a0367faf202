package wire

import (
	"slices"
	"strings"
)

// frontend takes a message of the frontend.
func (s *Session) frontend(e *Event, f Frame) (rule string) {
	if s.flow == 0 || s.ended && !s.continues(e.Kind, f) {
		s.flow++
		s.ended = false
	}
	e.Request, e.Flow = e.Number, s.flow
	r := request{kind: e.Kind, number: e.Number, flow: s.flow}
	switch {
	case s.farewell != 0:
		return "the frontend has ended the session with " + s.farewell.String()
	case s.stage == stageOver:
		e.Skipped = true
		return ""
	case f.Type == 0:
		return s.untyped(r, f)
	case s.stage <= stageAnswer:
		return "a connection begins with a message that has no type byte"
	case f.Type == 'p':
		return s.password(e.Kind, f)
	case s.stage == stageAuth:
		return "before AuthenticationOk only the reply to an authentication request can be sent"
	case e.Kind == 0:
		return "the protocol has no such message, and the backend ends the session"
	}
	return s.request(e, r, f)
}

// continues reports whether a message belongs to the flow before it, though
// that has got what ends it.
func (s *Session) continues(k Kind, f Frame) bool {
	return f.Type == 'p' || isCopyKind(k) || len(s.queue) == 1 && s.queue[0].step == stepCopyIn
}

// untyped takes a message that has no type byte.
func (s *Session) untyped(r request, f Frame) (rule string) {
	switch {
	case s.stage == stageAnswer:
		return "the backend has not answered the request for encryption"
	case s.stage != stageOpen:
		return "only the messages that open a connection have no type byte"
	}
	s.ended = endsFlow(r.kind)
	if r.kind != KindCancelRequest {
		s.push(r)
	}
	return s.open(r.kind, f)
}

// request takes a message of a session that is authenticated.
func (s *Session) request(e *Event, r request, f Frame) (rule string) {
	switch {
	case len(s.queue) >= maxPending:
		return "too many messages await their replies"
	case r.kind == KindTerminate:
		s.farewell = KindTerminate
		s.push(r)
		return ""
	case s.skipping && r.kind != KindSync, s.isStray(r.kind):
		e.Skipped = true
		return ""
	}
	s.skipping = false
	s.ended = s.ended || endsFlow(r.kind)
	rule = s.copyRule(r.kind)
	if rule == "" {
		rule = s.remember(e, &r, f)
	}
	s.push(r)
	return rule
}

// remember notes what later messages refer to.
func (s *Session) remember(e *Event, r *request, f Frame) (rule string) {
	switch r.kind {
	case KindQuery:
		r.payload = s.payload(f.Body)
		// "A simple Query message also destroys the unnamed statement", and
		// the unnamed portal likewise.
		r.statement = s.statements.put("", entry{number: r.number})
		r.portal = s.portals.put("", entry{number: r.number})
	case KindParse:
		s.rememberParse(r, f)
	case KindBind:
		s.rememberBind(e, r, f)
	case KindDescribe, KindClose:
		return s.rememberObject(r, f)
	case KindExecute:
		var m Execute
		if m.Parse(f.Body) == nil {
			r.portal = s.portals.find(m.Portal)
			r.columns = s.columns(r.portal)
			e.Columns = r.columns
		}
	}
	return ""
}

func (s *Session) rememberParse(r *request, f Frame) {
	var m Parse
	if m.Parse(f.Body) != nil {
		return
	}
	r.statement = s.statements.put(m.Statement, entry{number: r.number, size: len(f.Body) + entryRoom,
		statement: &Statement{Name: m.Statement, SQL: m.SQL, ParamTypes: m.ParamTypes}})
}

func (s *Session) rememberBind(e *Event, r *request, f Frame) {
	var m Bind
	if m.Parse(f.Body) != nil {
		return
	}
	p := &Portal{Name: m.Portal, Statement: s.statements.statement(m.Statement), Formats: m.ResultFormats}
	if p.Statement != nil {
		e.ParamTypes = p.Statement.ParamTypes
	}
	size := len(m.Portal) + 2*len(m.ResultFormats) + entryRoom
	r.portal = s.portals.put(m.Portal, entry{number: r.number, size: size, portal: p})
}

// entryRoom is about what an entry and what hangs on it take, in bytes.
const entryRoom = 256

// rememberObject notes what a Describe or a Close names; what is closed is
// gone for the messages after it. The portals made from a statement outlive
// it on a server, whatever the manual says.
func (s *Session) rememberObject(r *request, f Frame) (rule string) {
	object, name, err := parseObject(f.Body, r.kind)
	table, at := &s.statements, &r.statement
	switch object {
	case ObjectStatement:
	case ObjectPortal:
		table, at = &s.portals, &r.portal
	default:
		return "it must name a statement (S) or a portal (P)"
	}
	r.object = object
	switch {
	case err != nil:
	case r.kind == KindClose:
		*at = table.put(name, entry{number: r.number})
	default:
		*at, r.name = table.find(name), name
	}
	return ""
}

// columns returns the columns of a portal's rows with their formats, or nil
// when the conversation did not tell them.
func (s *Session) columns(e *entry) []Column {
	if e == nil || e.portal == nil {
		return nil
	}
	p := e.portal
	if p.Columns != nil || p.Statement == nil || !p.Statement.Described {
		return p.Columns
	}
	if len(p.Formats) == 0 {
		return p.Statement.Columns
	}
	if s.portals.grow(e, columnRoom*len(p.Statement.Columns)) {
		p.Columns = append([]Column{}, p.Statement.Columns...)
		setFormats(p.Columns, p.Formats)
	}
	return p.Columns
}

// setFormats gives columns the formats that a Bind asked for: one for all, or
// one for each.
func setFormats(columns []Column, formats []Format) {
	for i := range columns {
		switch {
		case len(formats) == 1:
			columns[i].Format = formats[0]
		case i < len(formats):
			columns[i].Format = formats[i]
		}
	}
}

// replicating reports whether the frontend asked for a replication connection.
func (s *Session) replicating() bool {
	v, ok := s.requested.Get("replication")
	return ok && !isFalse(v)
}

// payload returns what the CopyData that a Query asks for will carry.
func (s *Session) payload(body []byte) Payload {
	var m Query
	if !s.replicating() || m.Parse(body) != nil {
		return PayloadCopy
	}
	words := strings.Fields(strings.ToUpper(m.SQL[:min(len(m.SQL), maxCommand)]))
	switch {
	case len(words) == 0:
	case words[0] == "START_REPLICATION" && slices.ContainsFunc(words, isProtoVersion):
		// Only pgoutput has this option, and must be given it.
		return PayloadLogical
	case words[0] == "START_REPLICATION":
		return PayloadPhysical
	case strings.HasPrefix(words[0], "BASE_BACKUP") && serverMajor(s.settings["server_version"]) >= 15:
		return PayloadBackup
	}
	return PayloadCopy
}

// maxCommand is how much of a replication command is looked at, in bytes.
const maxCommand = 4 << 10

func isProtoVersion(word string) bool {
	return strings.HasPrefix(strings.Trim(word, `("`), "PROTO_VERSION")
}

// isFalse reports whether a server reads a boolean as false: it takes any
// beginning of a word that is like no other.
func isFalse(v string) bool {
	v = strings.ToLower(v)
	return v == "0" || v == "of" || v == "off" || strings.HasPrefix("false", v) || strings.HasPrefix("no", v)
}

func serverMajor(version string) int {
	n := 0
	for _, c := range []byte(version) {
		if c < '0' || c > '9' || n > 1000 {
			break
		}
		n = n*10 + int(c-'0')
	}
	return n
}

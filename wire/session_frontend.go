package wire

import "strings"

// frontend takes a message of the frontend.
func (s *Session) frontend(e *Event, f Frame) (rule string) {
	if s.flow == 0 || s.ended && f.Type != 'p' {
		s.flow++
		s.ended = false
	}
	s.ended = s.ended || endsFlow(e.Kind)
	e.Request, e.Flow = e.Number, s.flow
	r := request{kind: e.Kind, number: e.Number, flow: s.flow, width: -1}
	switch {
	case s.stage == stageOver:
		return "the session is over"
	case f.Type == 0:
		if s.stage != stageOpen {
			return "only the first message, or the one after an answer about encryption, has no type byte"
		}
		if e.Kind != KindCancelRequest {
			s.queue = append(s.queue, r)
		}
		return s.open(e.Kind, f)
	case s.stage <= stageAnswer:
		return "a connection begins with a message that has no type byte"
	case f.Type == 'p' || s.stage == stageAuth:
		if f.Type != 'p' {
			return "before AuthenticationOk only the reply to an authentication request can be sent"
		}
		return s.password(e.Kind, f)
	case e.Kind == 0:
		return "the protocol has no such message; the backend ends the session"
	}
	return s.request(e, r, f)
}

// request takes a message of a session that is authenticated.
func (s *Session) request(e *Event, r request, f Frame) (rule string) {
	if len(s.queue) >= maxPending {
		return "too many messages await their replies"
	}
	if s.skipping && r.kind != KindSync && r.kind != KindTerminate {
		e.Skipped = true
		return ""
	}
	s.skipping = false
	rule = s.remember(e, &r, f)
	s.queue = append(s.queue, r)
	if r.kind == KindTerminate && len(s.queue) == 1 {
		s.stage = stageOver
	}
	return rule
}

// remember notes what later messages refer to.
func (s *Session) remember(e *Event, r *request, f Frame) (rule string) {
	switch r.kind {
	case KindQuery:
		r.payload = s.payload(f.Body)
		delete(s.statements, "") // "a simple Query message also destroys the unnamed statement"
		delete(s.portals, "")
	case KindParse:
		s.rememberParse(r, f)
	case KindBind:
		s.rememberBind(e, r, f)
	case KindDescribe, KindClose:
		r.object, r.name, _ = parseObject(f.Body, r.kind)
		if r.object != ObjectStatement && r.object != ObjectPortal {
			return "it must name a statement (S) or a portal (P)"
		}
		s.rememberObject(r)
	case KindExecute:
		var m Execute
		if m.Parse(f.Body) == nil {
			r.portal = s.portals[m.Portal]
			r.columns = r.portal.columns()
			e.Columns = r.columns
			if r.columns != nil {
				r.width = len(r.columns)
			}
		}
	}
	return ""
}

func (s *Session) rememberParse(r *request, f Frame) {
	var m Parse
	if m.Parse(f.Body) != nil {
		return
	}
	r.name = m.Statement
	r.made = &Statement{Name: m.Statement, SQL: m.SQL, ParamTypes: m.ParamTypes}
	if s.statements == nil {
		s.statements = map[string]*Statement{}
	}
	if len(s.statements) < maxNames {
		s.statements[m.Statement] = r.made
	}
}

func (s *Session) rememberBind(e *Event, r *request, f Frame) {
	var m Bind
	if m.Parse(f.Body) != nil {
		return
	}
	r.name = m.Portal
	r.portal = &Portal{Name: m.Portal, Statement: s.statements[m.Statement], Formats: m.ResultFormats}
	if st := r.portal.Statement; st != nil {
		e.ParamTypes = st.ParamTypes
	}
	if s.portals == nil {
		s.portals = map[string]*Portal{}
	}
	if len(s.portals) < maxNames {
		s.portals[m.Portal] = r.portal
	}
}

// rememberObject notes what a Describe or a Close names; what is closed is
// gone for the messages after it.
func (s *Session) rememberObject(r *request) {
	if r.object == ObjectStatement {
		r.made = s.statements[r.name]
	} else {
		r.portal = s.portals[r.name]
	}
	if r.kind != KindClose {
		return
	}
	if r.object == ObjectPortal {
		delete(s.portals, r.name)
		return
	}
	delete(s.statements, r.name)
	for name, p := range s.portals {
		if p.Statement == r.made && r.made != nil {
			delete(s.portals, name)
		}
	}
}

// columns returns the columns of a portal's rows with their formats, or nil
// when the conversation did not tell them.
func (p *Portal) columns() []Column {
	switch {
	case p == nil:
		return nil
	case p.Columns != nil:
		return p.Columns
	case p.Statement == nil || !p.Statement.Described:
		return nil
	}
	cs := append([]Column{}, p.Statement.Columns...)
	for i := range cs {
		switch {
		case len(p.Formats) == 1:
			cs[i].Format = p.Formats[0]
		case i < len(p.Formats):
			cs[i].Format = p.Formats[i]
		}
	}
	return cs
}

// payload returns what the CopyData that a Query asks for will carry.
func (s *Session) payload(body []byte) Payload {
	if v, ok := s.requested.Get("replication"); !ok || isFalse(v) {
		return PayloadCopy
	}
	var m Query
	if m.Parse(body) != nil {
		return PayloadCopy
	}
	words := strings.Fields(strings.ToUpper(m.SQL))
	switch {
	case len(words) == 0:
	case words[0] == "START_REPLICATION" && strings.Contains(strings.ToUpper(m.SQL), "PROTO_VERSION"):
		// Only pgoutput has this option, and must be given it.
		return PayloadLogical
	case words[0] == "START_REPLICATION":
		return PayloadPhysical
	case strings.HasPrefix(words[0], "BASE_BACKUP") && serverMajor(s.settings["server_version"]) >= 15:
		return PayloadBackup
	}
	return PayloadCopy
}

func isFalse(v string) bool {
	switch strings.ToLower(v) {
	case "", "false", "off", "no", "0", "f", "n", "of":
		return true
	}
	return false
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

package wire

import (
	"encoding/binary"
	"fmt"
)

// backend takes a message of the backend.
func (s *Session) backend(e *Event, f Frame) (rule string) {
	if len(s.queue) > 0 {
		e.Request, e.Flow = s.queue[0].number, s.queue[0].flow
	}
	switch {
	case s.stage == stageOver:
		return "the backend has ended the session with an ErrorResponse"
	case s.farewell == KindCancelRequest:
		return "CancelRequest has no reply"
	case e.Kind == 0:
		return "the protocol has no such message"
	case s.stage == stageOpen:
		return "the frontend speaks first"
	case s.stage == stageAnswer && f.Type == 0:
		return s.answer(e.Kind, f)
	case f.Type == 0:
		return "only a request for encryption is answered with a single byte"
	case s.stage == stageAnswer && e.Kind == KindErrorResponse:
		s.stage = stageOver
		return ""
	case s.stage == stageAnswer:
		return "the request for encryption is answered with a single byte"
	case s.stage == stageAuth:
		return s.authentication(e.Kind, f)
	}
	return s.reply(e, f)
}

// reply takes a message of a session that is authenticated.
func (s *Session) reply(e *Event, f Frame) (rule string) {
	switch e.Kind {
	case KindNoticeResponse:
		return ""
	case KindNotificationResponse:
		e.Request, e.Flow = 0, 0
		return ""
	case KindParameterStatus:
		return s.setting(f)
	case KindErrorResponse:
		return s.fail(f)
	}
	switch {
	case s.stage == stageStart:
		return s.start(e.Kind, f)
	case e.Kind == KindReadyForQuery:
		return s.readyFor(e, f)
	case len(s.queue) == 0:
		return "no request awaits a reply"
	case s.queue[0].kind == KindTerminate:
		return "the frontend has ended the session with Terminate"
	}
	done, rule := s.advance(e, &s.queue[0], f)
	if rule != "" {
		return rule
	}
	s.swallowed = 0
	if done {
		s.done()
	}
	return ""
}

// done takes the request at the head from the queue: its reply is complete.
func (s *Session) done() {
	switch r := &s.queue[0]; r.kind {
	case KindParse, KindBind, KindClose, KindQuery:
		s.each(r, (*names).confirm)
	}
	s.copying = Context{}
	s.pop()
	if len(s.queue) == 0 {
		s.portals.prune()
	}
}

// each does something with the names that a request gives or takes.
func (s *Session) each(r *request, do func(*names, *entry)) {
	if r.statement != nil {
		do(&s.statements, r.statement)
	}
	if r.portal != nil {
		do(&s.portals, r.portal)
	}
}

func (s *Session) setting(f Frame) string {
	var m ParameterStatus
	if m.Parse(f.Body) != nil {
		return ""
	}
	if s.settings == nil {
		s.settings = map[string]string{}
	}
	if _, known := s.settings[m.Name]; known || len(s.settings) < maxSettings {
		s.settings[m.Name] = m.Value
	}
	return ""
}

// fail takes an ErrorResponse: the request at the head has failed, and with it
// the rest of an extended-query series.
func (s *Session) fail(f Frame) (rule string) {
	if err := s.response.Parse(f.Body); s.stage == stageStart || err == nil && isFatal(&s.response) {
		s.stage = stageOver
		return ""
	}
	s.copying = Context{}
	if len(s.queue) == 0 {
		return "no request awaits a reply, and the error is not fatal"
	}
	head := &s.queue[0]
	if head.number > s.lastSync.number {
		s.swallowed = 0
	}
	switch head.kind {
	case KindQuery, KindFunctionCall, KindSync:
		if head.step == stepFailed {
			return fmt.Sprintf("%s (message %d) has failed already: only ReadyForQuery can come", head.kind, head.number)
		}
		head.step = stepFailed
	case KindTerminate:
	default:
		s.skip()
	}
	return ""
}

func isFatal(m *ErrorResponse) bool {
	v := m.Get(FieldSeverityNonlocal)
	if v == "" {
		v = m.Get(FieldSeverity)
	}
	return v == "FATAL" || v == "PANIC"
}

// skip drops what the backend passes over: everything from the request that
// failed up to the next Sync.
func (s *Session) skip() {
	if r := &s.queue[0]; r.kind == KindParse && r.statement != nil && r.statement.key == "" {
		// The backend has dropped the unnamed statement before it failed to
		// make the new one.
		r.statement.statement = nil
		s.statements.confirm(r.statement)
	}
	for len(s.queue) > 0 && s.queue[0].kind != KindSync && s.queue[0].kind != KindTerminate {
		r := &s.queue[0]
		switch r.kind {
		case KindParse, KindBind, KindClose, KindQuery:
			s.each(r, (*names).undo)
		}
		if endsFlow(r.kind) && r.flow == s.flow {
			s.ended = false
		}
		s.pop()
	}
	s.skipping = len(s.queue) == 0
}

// advance takes a reply to the request at the head, and reports whether it
// completes it.
func (s *Session) advance(e *Event, head *request, f Frame) (done bool, rule string) {
	switch e.Kind {
	case KindParseComplete:
		return head.completes(KindParse, "Parse")
	case KindBindComplete:
		return head.completes(KindBind, "Bind")
	case KindCloseComplete:
		return head.completes(KindClose, "Close")
	case KindParameterDescription, KindRowDescription, KindNoData:
		return s.describe(e, head, f)
	case KindDataRow:
		return false, s.row(e, head, f)
	case KindCommandComplete, KindEmptyQueryResponse, KindPortalSuspended:
		return s.complete(e.Kind, head, f)
	case KindCopyInResponse, KindCopyOutResponse, KindCopyBothResponse:
		return false, s.copy(e.Kind, head)
	case KindCopyData:
		return false, s.copyData(head, f)
	case KindCopyDone:
		return false, s.copyDone(head)
	case KindFunctionCallResponse:
		if head.kind != KindFunctionCall || head.step != stepStart {
			return false, head.expected("FunctionCall")
		}
		head.step = stepDone
		return false, ""
	}
	return false, "it can come only while a session starts"
}

// expected is the rule that a reply breaks when the request at the head is not
// one that it answers, or has got that answer.
func (r *request) expected(what string) string {
	switch {
	case r.step == stepFailed:
		return fmt.Sprintf("%s (message %d) has failed: only ReadyForQuery can come", r.kind, r.number)
	case r.step == stepDone:
		return fmt.Sprintf("the reply to %s (message %d) is complete: only ReadyForQuery or an error can come", r.kind, r.number)
	}
	return fmt.Sprintf("it answers %s, but the request that awaits its reply is %s (message %d)", what, r.kind, r.number)
}

func (r *request) completes(k Kind, what string) (bool, string) {
	if r.kind != k {
		return false, r.expected(what)
	}
	return true, ""
}

// begins returns the rule that the first reply to a statement breaks.
func (s *Session) begins(r *request) (rule string) {
	switch {
	case r.kind != KindQuery && r.kind != KindExecute, r.step >= stepDone:
		return r.expected("Execute or Query")
	case s.replicating() && (r.step == stepCopyOutEnd || r.step == stepCopyBothEnd):
		// BASE_BACKUP sends its results and archives one after another, and
		// a stream to the end of a timeline is followed by where to go on.
		return ""
	case r.step != stepStart:
		return "the statement before it has begun to reply, and CommandComplete is missing"
	}
	return ""
}

// readyFor takes ReadyForQuery once the session has started.
func (s *Session) readyFor(e *Event, f Frame) (rule string) {
	rule = s.unready()
	switch {
	case rule == "":
		s.ready(s.queue[0].number, f)
		s.done()
	case s.unswallow():
		s.ready(s.lastSync.number, f)
		e.Request, e.Flow = s.lastSync.number, s.lastSync.flow
		rule = ""
	}
	return rule
}

// unready returns the rule that ReadyForQuery breaks.
func (s *Session) unready() (rule string) {
	if len(s.queue) == 0 {
		return "no request awaits a reply"
	}
	switch head := &s.queue[0]; {
	case head.kind == KindSync, head.step >= stepDone:
	case head.kind != KindQuery && head.kind != KindFunctionCall:
		return head.expected("Sync, Query or FunctionCall")
	case head.step != stepStart || head.results == 0:
		return fmt.Sprintf("the reply to %s (message %d) is not complete", head.kind, head.number)
	}
	return ""
}

func (s *Session) describe(e *Event, head *request, f Frame) (done bool, rule string) {
	switch {
	case head.kind == KindQuery && e.Kind == KindRowDescription:
		if rule = s.begins(head); rule == "" {
			head.step = stepRows
			head.describeRows(f)
		}
		return false, rule
	case head.kind != KindDescribe && e.Kind == KindRowDescription:
		return false, head.expected("Describe or Query")
	case head.kind != KindDescribe:
		return false, head.expected("Describe")
	case e.Kind == KindParameterDescription:
		if head.object != ObjectStatement || head.step != stepStart {
			return false, "it is the first reply to a Describe of a statement, and only to that"
		}
		head.step = stepParams
		s.describeParams(head, f)
		return false, ""
	case head.object == ObjectStatement && head.step != stepParams:
		return false, "a Describe of a statement is first answered with ParameterDescription"
	}
	s.describeObject(head, e.Kind, f)
	return true, ""
}

func (r *request) describeRows(f Frame) {
	var m RowDescription
	if m.Parse(f.Body) == nil {
		r.columns = append([]Column{}, m.Columns...)
	}
}

func (s *Session) describeParams(head *request, f Frame) {
	var m ParameterDescription
	e := head.statement
	if e != nil && e.statement != nil && m.Parse(f.Body) == nil && s.statements.grow(e, 4*len(m.Types)) {
		e.statement.ParamTypes = m.Types
	}
}

// describeObject takes RowDescription or NoData for a statement or a portal.
func (s *Session) describeObject(head *request, k Kind, f Frame) {
	m := RowDescription{Columns: []Column{}}
	if k == KindRowDescription && m.Parse(f.Body) != nil {
		return
	}
	size := 2*len(f.Body) + columnRoom*len(m.Columns)
	switch e := head.statement; {
	case head.object == ObjectPortal:
		s.describePortal(head, m.Columns, size)
	case e != nil && e.statement != nil && s.statements.grow(e, size):
		e.statement.Columns, e.statement.Described = m.Columns, true
	}
}

// columnRoom is what a [Column] takes, its name apart, in bytes.
const columnRoom = 48

// describePortal notes a portal's columns. A portal that is not known yet is a
// cursor that SQL has declared.
func (s *Session) describePortal(head *request, columns []Column, size int) {
	e := head.portal
	switch {
	case e == nil && s.portals.find(head.name) == nil:
		s.portals.put(head.name, entry{number: head.number, size: size + entryRoom,
			portal: &Portal{Name: head.name, Columns: columns}})
	case e != nil && e.portal != nil && s.portals.grow(e, size):
		e.portal.Columns = columns
	}
}

func (s *Session) row(e *Event, head *request, f Frame) (rule string) {
	switch {
	case head.kind == KindExecute && head.step <= stepRows:
		if head.columns == nil {
			head.columns = s.columns(head.portal)
		}
		head.step = stepRows
	case head.kind != KindQuery && head.kind != KindExecute, head.step >= stepDone:
		return head.expected("Execute or Query")
	case head.step != stepRows:
		return "no RowDescription came before it"
	}
	e.Columns = head.columns
	if len(f.Body) < 2 || head.columns == nil {
		return ""
	}
	if n := int(binary.BigEndian.Uint16(f.Body)); n != len(head.columns) {
		return fmt.Sprintf("it has %d columns where RowDescription has %d", n, len(head.columns))
	}
	return ""
}

// complete takes the end of one statement's result.
func (s *Session) complete(k Kind, r *request, f Frame) (done bool, rule string) {
	switch {
	case r.kind != KindQuery && r.kind != KindExecute, r.step >= stepDone:
		return false, r.expected("Execute or Query")
	case k == KindPortalSuspended && r.kind != KindExecute:
		return false, r.expected("Execute")
	case r.step == stepCopyIn || r.step == stepCopyOut:
		return false, "the COPY is not complete: CopyDone is missing"
	case r.step == stepCopyInFail:
		return false, "the frontend has sent CopyFail, which only an error can answer"
	case k == KindCommandComplete:
		// Also in the midst of copying both ways: so a server that shuts down
		// ends a replication stream.
	case r.step > stepRows, k == KindEmptyQueryResponse && (r.step != stepStart || r.results > 0):
		return false, "the statement has begun to reply with something else"
	}
	r.results++
	r.step, r.columns = stepStart, nil
	switch k {
	case KindEmptyQueryResponse:
		r.step = stepDone
	case KindCommandComplete:
		s.deallocate(r, f)
	}
	return r.kind == KindExecute, ""
}

// deallocate forgets the named statements when SQL has dropped them all.
func (s *Session) deallocate(r *request, f Frame) {
	switch string(f.Body) {
	case "DEALLOCATE ALL\x00", "DISCARD ALL\x00":
		if e := s.statements.entries[""]; e != nil {
			s.statements.keep(e, r.number)
		}
		s.statements.end(r.number)
		s.statements.prune()
	}
}

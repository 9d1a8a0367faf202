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
		return "the session is over"
	case e.Kind == 0:
		return "the protocol has no such message"
	case s.stage == stageOpen:
		return "the frontend speaks first"
	case s.stage == stageAnswer && f.Type == 0:
		return s.answer(e.Kind, f)
	case s.stage == stageAnswer && e.Kind == KindErrorResponse:
		s.stage = stageOver
		return ""
	case s.stage == stageAnswer:
		return "the request for encryption is answered with one byte"
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
	if s.stage == stageStart {
		return s.start(e.Kind, f)
	}
	if len(s.queue) == 0 {
		return "no request awaits a reply"
	}
	head := &s.queue[0]
	done, rule := s.advance(e, head, f)
	if rule != "" {
		return rule
	}
	if done {
		s.copying = Context{}
		s.pop()
	}
	return ""
}

func (s *Session) setting(f Frame) string {
	var m ParameterStatus
	if m.Parse(f.Body) != nil {
		return ""
	}
	if s.settings == nil {
		s.settings = map[string]string{}
	}
	if len(s.settings) < maxNames {
		s.settings[m.Name] = m.Value
	}
	return ""
}

// fail takes an ErrorResponse: the request at the head has failed, and with it
// the rest of an extended-query series.
func (s *Session) fail(f Frame) (rule string) {
	if err := s.response.Parse(f.Body); err == nil && isFatal(&s.response) {
		s.stage = stageOver
		return ""
	}
	s.copying = Context{}
	if len(s.queue) == 0 {
		return "no request awaits a reply, and the error is not fatal"
	}
	switch head := &s.queue[0]; head.kind {
	case KindQuery, KindFunctionCall, KindSync:
		if head.step == stepEnd && head.kind != KindSync {
			return "the request has failed already"
		}
		head.step = stepEnd
	case KindStartupMessage:
		return ""
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

// skip drops what the backend passes over: everything up to the next Sync.
// A Sync that was sent before data of a failed COPY was part of that data.
func (s *Session) skip() {
	last := 0
	if s.queue[0].step == stepCopyIn || s.queue[0].step == stepCopyInEnd {
		for i := range s.queue {
			if isCopyKind(s.queue[i].kind) {
				last = i
			}
		}
	}
	for len(s.queue) > 0 && (s.queue[0].kind != KindSync || last > 0) && s.queue[0].kind != KindTerminate {
		s.forget(&s.queue[0])
		s.pop()
		last--
	}
	s.skipping = len(s.queue) == 0
}

// forget takes back what a request that failed was to create.
func (s *Session) forget(r *request) {
	switch {
	case r.kind == KindParse && s.statements[r.name] == r.made:
		delete(s.statements, r.name)
	case r.kind == KindBind && s.portals[r.name] == r.portal:
		delete(s.portals, r.name)
	}
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
	case KindReadyForQuery:
		return s.readyFor(head, f)
	case KindParameterDescription, KindRowDescription, KindNoData:
		return s.describe(e, head, f)
	case KindDataRow:
		return false, s.row(e, head, f)
	case KindCommandComplete, KindEmptyQueryResponse, KindPortalSuspended:
		return head.complete(e.Kind)
	case KindCopyInResponse, KindCopyOutResponse, KindCopyBothResponse:
		return false, s.copy(e.Kind, head)
	case KindCopyData:
		return false, s.copyData(head, f)
	case KindCopyDone:
		return false, s.copyDone(head)
	case KindFunctionCallResponse:
		if head.kind != KindFunctionCall || head.step == stepEnd {
			return false, head.expected("FunctionCall")
		}
		head.step = stepEnd
		return false, ""
	}
	return false, "it can come only while a session starts"
}

// expected is the rule that a reply breaks when the request at the head is not
// one that it answers.
func (r *request) expected(what string) string {
	return fmt.Sprintf("it answers %s, but the request that awaits its reply is %s (message %d)", what, r.kind, r.number)
}

func (r *request) completes(k Kind, what string) (bool, string) {
	if r.kind != k {
		return false, r.expected(what)
	}
	return true, ""
}

func (s *Session) readyFor(head *request, f Frame) (done bool, rule string) {
	switch {
	case head.kind == KindSync:
	case head.kind != KindQuery && head.kind != KindFunctionCall:
		return false, head.expected("Sync, Query or FunctionCall")
	case head.step == stepEnd:
	case head.step != stepStart || head.results == 0:
		return false, fmt.Sprintf("the reply to %s (message %d) is not complete", head.kind, head.number)
	}
	s.ready(f)
	return true, ""
}

func (s *Session) describe(e *Event, head *request, f Frame) (done bool, rule string) {
	switch {
	case head.kind == KindQuery && e.Kind == KindRowDescription && head.step == stepStart:
		head.step = stepRows
		s.describeRows(head, f)
		return false, ""
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

func (s *Session) describeRows(head *request, f Frame) {
	var m RowDescription
	if m.Parse(f.Body) == nil {
		head.columns, head.width = m.Columns, len(m.Columns)
	}
}

func (s *Session) describeParams(head *request, f Frame) {
	var m ParameterDescription
	if m.Parse(f.Body) == nil && head.made != nil {
		head.made.ParamTypes = m.Types
	}
}

// describeObject takes RowDescription or NoData for a statement or a portal.
func (s *Session) describeObject(head *request, k Kind, f Frame) {
	m := RowDescription{Columns: []Column{}}
	if k == KindRowDescription && m.Parse(f.Body) != nil {
		return
	}
	if head.made != nil {
		head.made.Columns, head.made.Described = m.Columns, true
	}
	if head.portal == nil {
		return
	}
	head.portal.Columns = m.Columns
	for i := range s.queue { // an Execute that was sent in the same flight
		if r := &s.queue[i]; r.kind == KindExecute && r.portal == head.portal {
			r.columns, r.width = m.Columns, len(m.Columns)
		}
	}
}

func (s *Session) row(e *Event, head *request, f Frame) (rule string) {
	switch {
	case head.kind == KindExecute && head.step <= stepRows:
		if head.step == stepStart && head.columns == nil {
			if head.columns = head.portal.columns(); head.columns != nil {
				head.width = len(head.columns)
			}
		}
		head.step = stepRows
	case head.kind != KindQuery && head.kind != KindExecute:
		return head.expected("Execute or Query")
	case head.step != stepRows:
		return "no RowDescription came before it"
	}
	e.Columns = head.columns
	if len(f.Body) < 2 || head.width < 0 {
		return ""
	}
	if n := int(binary.BigEndian.Uint16(f.Body)); n != head.width {
		return fmt.Sprintf("it has %d columns where RowDescription has %d", n, head.width)
	}
	return ""
}

// complete takes the end of one statement's result.
func (r *request) complete(k Kind) (done bool, rule string) {
	switch {
	case r.kind != KindQuery && r.kind != KindExecute:
		return false, r.expected("Execute or Query")
	case r.step == stepEnd:
		return false, "the request has failed already"
	case r.step == stepCopyIn || r.step == stepCopyOut:
		return false, "the COPY is not complete: CopyDone is missing"
	case r.step >= stepCopyBoth && k == KindCommandComplete:
		// A server that shuts down ends a replication stream so.
	case k != KindCommandComplete && r.step > stepRows, k == KindEmptyQueryResponse && r.step != stepStart:
		return false, "the statement has begun to reply with something else"
	case k == KindPortalSuspended && r.kind != KindExecute:
		return false, r.expected("Execute")
	}
	r.results++
	r.step, r.columns, r.width = stepStart, nil, -1
	return r.kind == KindExecute, ""
}

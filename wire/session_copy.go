package wire

// takesData reports whether the request has begun a COPY that the frontend
// sends data for.
func (r *request) takesData() bool {
	return r.step == stepCopyIn || r.step == stepCopyBoth || r.step == stepCopyBothB
}

// copyRule returns the rule that a frontend message breaks by coming during
// the COPY that the request at the head has begun.
func (s *Session) copyRule(k Kind) (rule string) {
	if len(s.queue) != 1 {
		return ""
	}
	switch s.queue[0].step {
	case stepCopyIn:
		if !isCopyKind(k) && k != KindFlush && k != KindSync {
			return "while the backend takes COPY data only CopyData, CopyDone, CopyFail, Flush, Sync and Terminate can be sent"
		}
	case stepCopyBoth, stepCopyBothB:
		if k != KindCopyData && k != KindCopyDone {
			return "while data is copied both ways only CopyData, CopyDone and Terminate can be sent"
		}
	case stepCopyBothF:
		if isCopyKind(k) {
			return "the frontend has ended its data with CopyDone"
		}
	}
	return ""
}

// isStray reports whether COPY data comes when no COPY can take it. The backend
// passes over it (manual, section "COPY Operations"): the frontend could not
// know yet that the COPY has failed.
func (s *Session) isStray(k Kind) bool {
	return isCopyKind(k) && (len(s.queue) == 0 || len(s.queue) == 1 && s.queue[0].step == stepFailed)
}

// consume takes the message after head as the data of its COPY. The backend
// passes over Flush and Sync there (manual, section "COPY Operations").
func (s *Session) consume(head *request) bool {
	if len(s.queue) < 2 {
		return false
	}
	next := &s.queue[1]
	switch k := next.kind; {
	case k == KindCopyData:
	case head.step == stepCopyIn && k == KindFlush:
	case head.step == stepCopyIn && k == KindSync:
		s.swallow(next)
	case k == KindCopyDone:
		head.endCopy(Frontend)
	case k == KindCopyFail && head.step == stepCopyIn:
		head.step = stepCopyInFail
	default:
		return false
	}
	*next = *head
	s.pop()
	return true
}

// swallow notes a Sync that becomes part of the data of a COPY. If the COPY has
// failed before, say in a trigger, the backend does answer it, after the error
// and before the reply to any later request but another Sync.
func (s *Session) swallow(r *request) {
	s.swallowed++
	s.lastSync = *r
	if r.flow == s.flow {
		s.ended = endsFlow(s.queue[0].kind)
	}
}

// unswallow reports whether a ReadyForQuery that answers nothing else answers
// a Sync that was taken for part of the data of a COPY.
func (s *Session) unswallow() bool {
	if s.swallowed == 0 {
		return false
	}
	s.swallowed--
	s.skipping = false
	return true
}

// endCopy notes that a side has no more data.
func (r *request) endCopy(from Side) {
	switch {
	case r.step == stepCopyIn:
		r.step = stepCopyInEnd
	case r.step == stepCopyOut:
		r.step = stepCopyOutEnd
	case r.step == stepCopyBoth && from == Frontend:
		r.step = stepCopyBothF
	case r.step == stepCopyBoth:
		r.step = stepCopyBothB
	default:
		r.step = stepCopyBothEnd
	}
}

// copy takes the reply that begins a COPY.
func (s *Session) copy(k Kind, head *request) (rule string) {
	if rule := s.begins(head); rule != "" {
		return rule
	}
	switch k {
	case KindCopyInResponse:
		head.step = stepCopyIn
	case KindCopyOutResponse:
		head.step = stepCopyOut
	default:
		if head.kind != KindQuery || !s.replicating() {
			return "only START_REPLICATION copies both ways, in a Query of a replication connection"
		}
		head.step = stepCopyBoth
	}
	s.copying = Context{Payload: head.payload}
	return ""
}

// copyData takes data from the backend.
func (s *Session) copyData(head *request, f Frame) (rule string) {
	if rule := head.sends(KindCopyData); rule != "" {
		return rule
	}
	if s.copying.Payload == PayloadLogical {
		s.followStream(f.Body)
	}
	return ""
}

// followStream notes where pgoutput begins and ends a piece of a transaction.
func (s *Session) followStream(data []byte) {
	var m XLogData
	if len(data) == 0 || data[0] != 'w' || m.Parse(data[1:]) != nil {
		return
	}
	switch IdentifyLogical(m.Data) {
	case KindStreamStart:
		s.copying.Streamed = true
	case KindStreamStop:
		s.copying.Streamed = false
	}
}

// copyDone takes the end of the backend's data.
func (s *Session) copyDone(head *request) (rule string) {
	if rule := head.sends(KindCopyDone); rule != "" {
		return rule
	}
	head.endCopy(Backend)
	return ""
}

// sends returns the rule that the backend breaks by sending COPY data.
func (r *request) sends(k Kind) (rule string) {
	switch r.step {
	case stepCopyOut, stepCopyBoth, stepCopyBothF:
		return ""
	case stepCopyBothEnd:
		// A server that gets CopyDone amid a large transaction answers at
		// once, and then sends the rest of the transaction.
		if k == KindCopyData {
			return ""
		}
		return "the backend has ended its data with CopyDone"
	case stepCopyOutEnd, stepCopyBothB:
		return "the backend has ended its data with CopyDone"
	}
	return "no COPY to the frontend is under way"
}

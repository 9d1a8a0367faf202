package wire

// copy takes the reply that begins a COPY.
func (s *Session) copy(k Kind, head *request) (rule string) {
	if head.kind != KindQuery && head.kind != KindExecute {
		return head.expected("Execute or Query")
	}
	if head.step != stepStart {
		return "the statement has begun to reply with something else"
	}
	switch k {
	case KindCopyInResponse:
		head.step = stepCopyIn
	case KindCopyOutResponse:
		head.step = stepCopyOut
	default:
		head.step = stepCopyBoth
	}
	s.copying = Context{Payload: head.payload}
	return ""
}

// copyData takes data from the backend.
func (s *Session) copyData(head *request, f Frame) (rule string) {
	switch head.step {
	case stepCopyOut, stepCopyBoth, stepCopyBothF:
	default:
		return "no COPY to the frontend is under way"
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
	switch head.step {
	case stepCopyOut, stepCopyBoth, stepCopyBothF:
	default:
		return "no COPY to the frontend is under way"
	}
	head.endCopy(Backend)
	return ""
}

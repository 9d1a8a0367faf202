package wire

// Session follows one conversation from its first byte, as anybody does who
// sees both sides: which message may come next from whom, which request a
// reply answers, what the backend skips after an error, what CopyData carries,
// the transaction status. It does no I/O and keeps no message.
//
// Give it every message of both sides, each side's in order, a request before
// its reply. The zero Session is at the start of a connection. It is not safe
// for concurrent use.
//
// The rules are those of the manual's section "Message Flow". A frontend may
// send before it knows what the backend will say, so what is only useless
// breaks no rule: data of a COPY that has failed, anything after the backend
// ended the session.
type Session struct {
	stage     stage
	farewell  Kind           // Terminate or CancelRequest once the frontend sent it
	requested StartupMessage // what the frontend asked for
	version   Version        // what was agreed on
	auth      authState
	encrypted byte // 'S' or 'G' once the server agreed to encrypt
	refused   [2]bool
	status    TxStatus
	settings  map[string]string

	queue     []request // frontend messages whose reply is not complete; see settle
	room      []request // the array under queue, from its start
	skipping  bool      // the backend skips everything up to the next Sync
	copying   Context   // what CopyData carries at present
	swallowed int       // Syncs that a COPY took as part of its data, unless it had failed before
	lastSync  request   // the last of them
	flow      int       // of the next frontend message
	ended     bool      // the last frontend message ended its flow

	statements names
	portals    names

	number   int           // messages seen
	offset   [3]int64      // bytes seen, by Side
	broken   *StateError   // the first
	response ErrorResponse // kept for its memory
}

// stage is where a connection stands.
type stage uint8

const (
	stageOpen   stage = iota // nothing agreed on
	stageAnswer              // SSLRequest or GSSENCRequest was sent
	stageAuth                // StartupMessage was sent
	stageStart               // authenticated, not ready
	stageReady               // ReadyForQuery was seen
	stageOver                // nothing more can come
)

// request is a frontend message whose reply is not complete.
type request struct {
	kind      Kind
	step      step
	object    Object  // of a Describe or a Close
	payload   Payload // of the COPY that a Query may begin
	number    int
	flow      int
	results   int      // of a Query: how many are complete
	columns   []Column // of its rows, nil if not known
	name      string   // of the portal that a Describe names
	statement *entry   // what it makes, closes or refers to, if anything
	portal    *entry
}

// step is how far the reply to a request has come.
type step uint8

const (
	stepStart       step = iota
	stepParams           // Describe: ParameterDescription was seen
	stepRows             // rows come
	stepCopyIn           // the frontend sends data
	stepCopyInEnd        // the frontend has ended its data
	stepCopyInFail       // the frontend has given up: an error must follow
	stepCopyOut          // the backend sends data
	stepCopyOutEnd       // the backend has ended its data
	stepCopyBoth         // both send data
	stepCopyBothF        // both, and the frontend has ended its data
	stepCopyBothB        // both, and the backend has ended its data
	stepCopyBothEnd      // both, and both have ended their data
	stepDone             // only ReadyForQuery, or an error, is missing
	stepFailed           // only ReadyForQuery is missing
)

// Bounds on what a session remembers.
const (
	maxPending  = 1 << 20 // messages that await their replies
	maxSettings = 1 << 10 // settings; a server reports some twenty
	keepQueue   = 1 << 10 // requests that an empty queue has room for
)

// Event says what a message means in its conversation.
type Event struct {
	From   Side
	Kind   Kind
	Number int   // which message of the conversation it is, from 1
	Offset int64 // where it starts, in bytes from the sender's first
	// Request is the number of the frontend message that a backend message
	// answers, 0 when it answers none; for a frontend message its own.
	Request int
	// Flow counts the request cycles, from 1: everything up to a
	// ReadyForQuery. A frontend's message is counted when it is sent: where
	// an error or a COPY then swallows the Sync or Query that was to end a
	// flow that others follow already, that flow has no ReadyForQuery.
	Flow int
	// Skipped says that the backend passes over the message, as far as was
	// known when it was sent: because of an error before it, because it is
	// data of a COPY that is no more, because the session is over.
	Skipped bool
	// Context is what [Dissect] needs to read the message.
	Context Context
	// ParamTypes are the type OIDs of the parameters of a Bind, as far as
	// the conversation told.
	ParamTypes []uint32
	// Columns are those of a DataRow or of an Execute, nil if the
	// conversation did not tell. They must not be changed.
	Columns []Column
}

// Statement is a prepared statement, as far as the conversation told: what SQL
// does to it shows only in the tags DEALLOCATE ALL and DISCARD ALL.
type Statement struct {
	Name       string
	SQL        string
	ParamTypes []uint32 // 0 where not told
	Columns    []Column // nil when not described
	Described  bool
}

// Portal is a portal, as far as the conversation told.
type Portal struct {
	Name      string
	Statement *Statement // nil when not known
	Formats   []Format   // as in Bind
	Columns   []Column   // nil when not described
}

// Message takes the next message of a side and says what it means. When the
// message is out of place it returns a [*StateError] beside the Event, and
// goes on as well as can be.
func (s *Session) Message(from Side, f Frame) (Event, error) {
	s.number++
	e := Event{From: from, Number: s.number, Offset: s.offset[from], Context: s.Context()}
	s.offset[from] += int64(len(f.Msg))
	e.Kind = s.identify(from, f)
	var rule string
	if from == Frontend {
		rule = s.frontend(&e, f)
	} else {
		rule = s.backend(&e, f)
	}
	s.settle()
	if rule == "" {
		return e, nil
	}
	err := &StateError{Message: messageName(e.Kind), From: from, Number: e.Number, Offset: e.Offset, Rule: rule}
	if s.broken == nil {
		s.broken = err
	}
	return e, err
}

func messageName(k Kind) string {
	if k == 0 {
		return "an unknown message"
	}
	return k.String()
}

// Phase returns how the next message of a side is to be read from a [Buffer].
func (s *Session) Phase(from Side) Phase {
	switch {
	case from == Frontend && s.stage <= stageAnswer:
		return PhaseStartup
	case from == Frontend && s.stage == stageAuth:
		return PhaseFrontendAuth
	case from == Frontend:
		return PhaseFrontend
	case s.stage == stageAnswer:
		return PhaseAnswer
	case s.stage <= stageAuth:
		return PhaseBackendAuth
	}
	return PhaseBackend
}

// Context returns what [Dissect] needs to read the next message.
func (s *Session) Context() Context {
	c := s.copying
	c.Password = s.auth.want
	return c
}

// Ready reports whether the session has started and nothing awaits a reply.
func (s *Session) Ready() bool { return s.stage == stageReady && len(s.queue) == 0 && !s.skipping }

// Over reports whether nothing more can come of the session: the frontend has
// sent Terminate or CancelRequest, or the backend a fatal error.
func (s *Session) Over() bool { return s.stage == stageOver || s.farewell != 0 }

// Pending returns how many ReadyForQuery are still to come, as far as is known.
func (s *Session) Pending() int {
	n := 0
	for i := range s.queue {
		if endsFlow(s.queue[i].kind) {
			n++
		}
	}
	return n
}

// Skipping reports whether the backend passes over what it gets, up to the
// next Sync.
func (s *Session) Skipping() bool { return s.skipping }

// Encrypted reports whether the server agreed to encrypt: the messages after
// that are inside TLS or GSSAPI.
func (s *Session) Encrypted() bool { return s.encrypted != 0 }

// Status returns the transaction status of the last ReadyForQuery, 0 before
// the first.
func (s *Session) Status() TxStatus { return s.status }

// Version returns the protocol version that was agreed on, 0 before the
// StartupMessage.
func (s *Session) Version() Version { return s.version }

// Setting returns the value that the last ParameterStatus gave.
func (s *Session) Setting(name string) (string, bool) {
	v, ok := s.settings[name]
	return v, ok
}

// Statement returns the prepared statement that a Bind sent now would use, or
// nil when it is not known.
func (s *Session) Statement(name string) *Statement { return s.statements.statement(name) }

// Portal returns the portal that an Execute sent now would run, or nil when it
// is not known.
func (s *Session) Portal(name string) *Portal { return s.portals.portal(name) }

// Broken returns the first rule that was broken, or nil.
func (s *Session) Broken() *StateError { return s.broken }

func (s *Session) identify(from Side, f Frame) Kind {
	if f.Type != 0 {
		return Identify(from, f.Type, f.Body, s.Context())
	}
	if from == Frontend {
		return IdentifyUntyped(f.Body)
	}
	if len(s.queue) > 0 && s.queue[0].kind == KindGSSENCRequest {
		return KindGSSENCResponse
	}
	return KindSSLResponse
}

// push appends a request to the queue. Data and Flush that wait for what comes
// before them need not be counted.
func (s *Session) push(r request) {
	if n := len(s.queue); n > 0 && r.kind == s.queue[n-1].kind && (r.kind == KindCopyData || r.kind == KindFlush) {
		return
	}
	c := cap(s.queue)
	s.queue = append(s.queue, r)
	if cap(s.queue) != c {
		s.room = s.queue
	}
}

// pop takes the request at the head from the queue.
func (s *Session) pop() {
	s.queue[0] = request{}
	s.queue = s.queue[1:]
	if len(s.queue) > 0 {
		return
	}
	if cap(s.room) > keepQueue {
		s.room = nil
	}
	s.queue = s.room[:0]
}

// settle takes from the head of the queue what needs no reply, and what a COPY
// in progress consumes.
func (s *Session) settle() {
	for len(s.queue) > 0 {
		switch head := &s.queue[0]; {
		case head.takesData():
			if !s.consume(head) {
				return
			}
		case head.kind == KindFlush || isCopyKind(head.kind):
			s.pop()
		default:
			return
		}
	}
}

func isCopyKind(k Kind) bool { return k == KindCopyData || k == KindCopyDone || k == KindCopyFail }

func endsFlow(k Kind) bool {
	return k == KindSync || k == KindQuery || k == KindFunctionCall || k == KindStartupMessage
}

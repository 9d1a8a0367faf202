package wire

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// FuzzSession tells a session anything: messages of both sides, well-formed,
// cut short, or of no known type. Two bytes of the input make one message.
func FuzzSession(f *testing.F) {
	all := make([]byte, 0, 4*int(kindCount))
	for k := range byte(kindCount) {
		all = append(all, k, 0, k, 1)
	}
	startup := []byte{byte(KindStartupMessage), 0, byte(KindAuthenticationOk), 1, byte(KindReadyForQuery), 1}
	f.Add(all)
	f.Add(slices.Concat(startup, all))
	f.Add(slices.Concat(startup, []byte{byte(KindQuery), 0, byte(KindCopyInResponse), 1, byte(KindCopyData), 0, byte(KindSync), 0,
		byte(KindErrorResponse), 1, byte(KindReadyForQuery), 1, byte(KindReadyForQuery), 1}))
	f.Add(slices.Concat(startup, []byte{byte(KindParse), 0, byte(KindBind), 0, byte(KindClose), 0, byte(KindParse), 0, byte(KindSync), 0,
		byte(KindParseComplete), 1, byte(KindErrorResponse), 1, byte(KindReadyForQuery), 1}))
	f.Fuzz(func(t *testing.T, said []byte) {
		var s Session
		var offset [3]int64
		flow := 0
		said = said[:min(len(said), 2000)] // each message is checked in time that grows with the pipeline
		for i := 0; i+1 < len(said); i += 2 {
			from, frame := anything(t, said[i], said[i+1])
			e, err := s.Message(from, frame)
			if e.From != from || e.Number != i/2+1 || e.Offset != offset[from] || e.Request > e.Number || e.Request < 0 {
				t.Fatalf("event %+v of message %d at %d", e, i/2+1, offset[from])
			}
			if err == nil != (s.Broken() == nil) && err != nil {
				t.Fatalf("%v, and yet none is the first", err)
			}
			if offset[from] += int64(len(frame.Msg)); from == Frontend {
				if e.Flow < flow {
					t.Fatalf("flow %d after %d", e.Flow, flow)
				}
				flow = e.Flow
			}
			checkSession(t, &s, e.Number)
		}
	})
}

// anything makes a message from two bytes: the kind, and in what is wrong with
// it, if anything, and whose it is.
func anything(t *testing.T, kind, how byte) (Side, Frame) {
	from := Frontend
	if how&1 != 0 {
		from = Backend
	}
	k := Kind(kind)
	if k == 0 || k >= kindCount || catalog[k].Envelope == Embedded {
		return from, Frame{Type: kind, Msg: []byte{kind, 0, 0, 0, 4}}
	}
	l := &catalog[k]
	msg := mustAppend(t, variant(k, how>>4))
	f := Frame{Msg: msg, Body: msg[l.Envelope.Header():]}
	if l.Envelope == Typed {
		f.Type = l.Type
	}
	if cut := int(how >> 1 & 7); cut < 4 {
		f.Body = f.Body[:len(f.Body)-min(cut, len(f.Body))]
	}
	return from, f
}

// variant is the example of a message, or another one with other names.
func variant(k Kind, n byte) Message {
	name := [...]string{"", "a", "b"}[n%3]
	switch k {
	case KindStartupMessage:
		if n%2 == 1 {
			return &StartupMessage{Version32, []Parameter{{"user", "ada"}, {"replication", "database"}}}
		}
	case KindQuery:
		return &Query{[...]string{"select", "START_REPLICATION SLOT s LOGICAL 0/0 (proto_version '2')", "BASE_BACKUP"}[n%3]}
	case KindParse:
		return &Parse{name, "select", []uint32{uint32(n)}}
	case KindBind:
		return &Bind{Portal: name, Statement: name, ResultFormats: []Format{1}}
	case KindDescribe:
		return &Describe{Object("SP"[n>>3&1]), name}
	case KindClose:
		return &Close{Object("SP"[n>>3&1]), name}
	case KindExecute:
		return &Execute{Portal: name}
	case KindReadyForQuery:
		return &ReadyForQuery{TxStatus("ITE"[n%3])}
	case KindErrorResponse:
		return &ErrorResponse{[]ResponseField{{FieldSeverity, [...]string{"ERROR", "ERROR", "FATAL"}[n%3]}}}
	case KindCommandComplete:
		return &CommandComplete{[...]string{"SELECT 1", "DEALLOCATE ALL", "DISCARD ALL"}[n%3]}
	case KindCopyData:
		return &CopyData{dataOf([...]string{"x", "log:StreamStart", "log:StreamStop"}[n%3])}
	}
	return Example(k)
}

// checkSession checks what must hold of a session after any message.
func checkSession(t *testing.T, s *Session, seen int) {
	t.Helper()
	if s.Pending() > len(s.queue) || len(s.queue) > seen || s.Ready() && s.Pending() > 0 {
		t.Fatalf("%d pending of %d, ready %t", s.Pending(), len(s.queue), s.Ready())
	}
	for i := 1; i < len(s.queue); i++ {
		if s.queue[i].number <= s.queue[i-1].number || s.queue[i].flow < s.queue[i-1].flow {
			t.Fatalf("requests out of order: %+v", s.queue)
		}
	}
	s.Phase(Frontend)
	s.Phase(Backend)
	for _, n := range []*names{&s.statements, &s.portals} {
		checkNames(t, n)
	}
}

// checkNames counts once more what names keep.
func checkNames(t *testing.T, n *names) {
	t.Helper()
	size := 0
	for key, e := range n.entries {
		if e.key != key {
			t.Fatalf("%q is kept under %q", e.key, key)
		}
		for last := e.number + 1; e != nil; e = e.under {
			if e.number > last {
				t.Fatalf("message %d gave %q what message %d hides", e.number, key, last)
			}
			last = e.number
			if !e.undone {
				size += e.size
			}
		}
	}
	if size != n.size || size > maxKept {
		t.Fatalf("%d bytes are kept, %d are counted", size, n.size)
	}
}

// A model is a server written so that it is plainly right: it answers one
// message after another and knows which one it answers.
type model struct {
	random   *rand.Rand
	in       []sent  // what the frontend has sent and it has not read
	out      []reply // what it has said and nobody has heard
	skipping bool    // up to Sync
	copying  *sent   // whose data it takes
	results  int     // of a Query, after the COPY
}

type sent struct {
	number int
	m      Message
}

type reply struct {
	to int // 0: anybody
	m  Message
}

func (m *model) say(to sent, messages ...Message) {
	for _, msg := range messages {
		if m.random.IntN(12) == 0 {
			m.out = append(m.out, reply{0, &NoticeResponse{}})
		}
		m.out = append(m.out, reply{to.number, msg})
	}
}

var serverError = &ErrorResponse{[]ResponseField{{FieldSeverityNonlocal, "ERROR"}}}

func (m *model) ready(to sent) { m.say(to, &ReadyForQuery{TxIdle}) }

func (m *model) fail(to sent) {
	m.copying = nil
	m.say(to, serverError)
	switch to.m.(type) {
	case *Query, *FunctionCall, *Sync:
		m.ready(to)
	default:
		m.skipping = true
	}
}

// read takes the next message. One in eight requests fails.
func (m *model) read() {
	next := m.in[0]
	m.in = m.in[1:]
	if m.copying != nil {
		m.takeData(next.m)
		return
	}
	switch next.m.(type) {
	case *CopyData, *CopyDone, *CopyFail, *Flush:
		return
	case *Sync:
		m.skipping = false
	}
	switch {
	case m.skipping:
	case m.random.IntN(8) == 0:
		m.fail(next)
	default:
		m.answer(next)
	}
}

func (m *model) answer(to sent) {
	switch msg := to.m.(type) {
	case *Sync:
		m.ready(to)
	case *FunctionCall:
		m.say(to, &FunctionCallResponse{})
		m.ready(to)
	case *Parse:
		m.say(to, &ParseComplete{})
	case *Bind:
		m.say(to, &BindComplete{})
	case *Close:
		m.say(to, &CloseComplete{})
	case *Describe:
		if msg.Object == ObjectStatement {
			m.say(to, &ParameterDescription{})
		}
		m.say(to, &RowDescription{[]Column{{Name: "x"}}})
	case *Execute:
		m.execute(to, msg.Portal == "copy")
	case *Query:
		m.results = 1 + m.random.IntN(3)
		m.statements(to, msg.SQL == "copy")
	}
}

func (m *model) execute(to sent, copies bool) {
	if copies {
		m.say(to, &CopyInResponse{})
		m.copying = &to
		return
	}
	m.say(to, &DataRow{[][]byte{nil}})
	if m.random.IntN(3) == 0 {
		m.say(to, &PortalSuspended{})
	} else {
		m.say(to, &CommandComplete{"SELECT 1"})
	}
}

// statements goes on with a Query; a COPY is its last statement.
func (m *model) statements(to sent, copies bool) {
	for ; m.results > 0; m.results-- {
		switch {
		case m.random.IntN(8) == 0:
			m.fail(to)
			return
		case m.results == 1 && copies:
			m.say(to, &CopyInResponse{})
			m.copying = &to
			return
		case m.random.IntN(3) == 0:
			m.say(to, &CopyOutResponse{}, &CopyData{}, &CopyDone{}, &CommandComplete{"COPY 1"})
		default:
			m.say(to, &RowDescription{[]Column{{Name: "x"}}}, &DataRow{[][]byte{nil}}, &CommandComplete{"SELECT 1"})
		}
	}
	m.ready(to)
}

func (m *model) takeData(msg Message) {
	to := *m.copying
	switch msg.(type) {
	case *CopyData:
		if m.random.IntN(4) == 0 {
			m.fail(to)
		}
	case *CopyFail:
		m.fail(to)
	case *CopyDone:
		m.copying = nil
		m.say(to, &CommandComplete{"COPY 1"})
		if _, simple := to.m.(*Query); simple {
			m.ready(to)
		}
	}
}

// request is what a frontend may send next: one request, or a COPY with its data.
func (m *model) request() []Message {
	copied := []Message{&CopyData{}, &CopyData{}, &CopyDone{}}
	if m.random.IntN(3) == 0 {
		copied[2] = &CopyFail{}
	}
	switch m.random.IntN(12) {
	case 0:
		return append([]Message{&Query{"copy"}}, copied...)
	case 1:
		return append([]Message{&Execute{Portal: "copy"}}, copied...)
	case 2:
		return append([]Message{&Execute{Portal: "copy"}, &Sync{}}, append(copied, &Sync{})...)
	case 3:
		return []Message{&FunctionCall{}}
	case 4:
		return []Message{&Flush{}}
	case 5:
		return []Message{&Parse{Statement: "a"}, &Bind{Portal: "p", Statement: "a"}, &Describe{ObjectPortal, "p"}}
	case 6:
		return []Message{&Close{ObjectStatement, "a"}, &Parse{Statement: "a"}, &Describe{ObjectStatement, "a"}}
	case 7:
		return []Message{&Query{"select"}}
	case 8, 9:
		return []Message{&Execute{Portal: "p"}}
	}
	return []Message{&Sync{}}
}

// The session agrees with the model on every reply, however deep the pipeline
// and however late the replies are heard.
func TestSessionAgainstModel(t *testing.T) {
	for seed := range uint64(3000) {
		againstModel(t, seed)
	}
}

func FuzzSessionAgainstModel(f *testing.F) {
	f.Add(uint64(1 << 40))
	f.Fuzz(againstModel)
}

func againstModel(t *testing.T, seed uint64) {
	s := converse(t, "start")
	m := &model{random: rand.New(rand.NewPCG(seed, 1))}
	depth := 1 + m.random.IntN(30)
	var unsent []Message
	for requests := 100; requests >= 0 || len(m.in)+len(m.out)+len(unsent) > 0; {
		if len(unsent) == 0 && requests >= 0 {
			unsent = m.request()
			if requests == 0 {
				unsent = append(unsent, &Sync{})
			}
			requests--
		}
		switch m.random.IntN(3) {
		case 0:
			if len(unsent) > 0 && len(m.in) < depth {
				m.in = append(m.in, sent{s.number + 1, unsent[0]})
				if _, err := s.Message(Frontend, typedFrame(t, unsent[0])); err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				unsent = unsent[1:]
			}
		case 1:
			if len(m.in) > 0 {
				m.read()
			}
		case 2:
			if len(m.out) > 0 {
				hear(t, s, m.out[0], seed)
				m.out = m.out[1:]
			}
		}
	}
	if !s.Ready() {
		t.Fatalf("seed %d: all was answered, and the session is not ready: %+v", seed, s.queue)
	}
	checkSession(t, s, s.number)
}

func hear(t *testing.T, s *Session, r reply, seed uint64) {
	t.Helper()
	e, err := s.Message(Backend, typedFrame(t, r.m))
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	if r.to != 0 && e.Request != r.to {
		t.Fatalf("seed %d: message %d, %s, answers %d, not %d", seed, e.Number, e.Kind, r.to, e.Request)
	}
}

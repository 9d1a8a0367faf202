package wire

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A conversation is written one line a message:
//
//	SENDER MESSAGE ARGUMENTS | EXPECTATIONS
//
// SENDER is F or B. MESSAGE is a name from the manual, or ? and a type byte
// that the protocol does not have; what ARGUMENTS are says messageOf, and
// without any the message is Example's. EXPECTATIONS, each set apart by a comma:
//
//	is q       gives the request a label
//	to q       the message answers the request with the label; to - for none
//	flow 2     it belongs to the second flow
//	skipped    the backend passes over it; without this word it must not
//	params 23,25; columns a,b; payload logical; streamed
//	! text     it breaks a rule whose text contains this
//
// Without ! a message breaks no rule. A line that begins with = asks the
// session: = ready true; what can be asked is in the table questions.
// A line that is only "start" stands for a startup without a password.
func TestConversation(t *testing.T) {
	converse(t, `
		start
		= ready true
		F Query select a, b from t        | is q, flow 2
		= ready false
		= pending 1
		B RowDescription a b              | to q, flow 2
		B DataRow 2                       | to q, columns a,b
		B CommandComplete SELECT 1        | to q
		B ReadyForQuery I                 | to q, flow 2
		= ready true
		= tx I
		F Query select a from t           | is q, flow 3
		B RowDescription a                | to q
		B DataRow 2                       | to q, ! it has 2 columns where RowDescription has 1
	`)
}

const starting = `
	F StartupMessage 3.0 user=ada
	B AuthenticationOk
	B ParameterStatus server_version 18.1
	B BackendKeyData 4
	B ReadyForQuery I
`

// A talk is a conversation that is being held.
type talk struct {
	t      *testing.T
	s      *Session
	line   string
	labels map[string]int
	seen   int
	bytes  [3]int64
}

// converse holds a conversation and returns the session after it.
func converse(t *testing.T, text string) *Session {
	t.Helper()
	k := &talk{t: t, s: new(Session), labels: map[string]int{"-": 0}}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "start" {
			for s := range strings.Lines(strings.TrimSpace(starting)) {
				k.hold(strings.TrimSpace(s))
			}
		} else if line != "" {
			k.hold(line)
		}
	}
	return k.s
}

func (k *talk) hold(line string) {
	k.t.Helper()
	k.line = line
	if question, ok := strings.CutPrefix(line, "= "); ok {
		k.ask(question)
		return
	}
	said, wants, _ := strings.Cut(line, " | ")
	sender, rest, _ := strings.Cut(strings.TrimSpace(said), " ")
	from := Frontend
	if sender == "B" {
		from = Backend
	}
	name, args, _ := strings.Cut(rest, " ")
	f, err := frameOf(name, strings.TrimSpace(args))
	if err != nil {
		k.t.Fatalf("%s: %v", line, err)
	}
	e, err := k.s.Message(from, f)
	k.seen++
	if e.From != from || e.Number != k.seen || e.Offset != k.bytes[from] {
		k.t.Errorf("%s: event of %v %d at %d, want %v %d at %d", line, e.From, e.Number, e.Offset, from, k.seen, k.bytes[from])
	}
	k.bytes[from] += int64(len(f.Msg))
	k.expect(e, err, strings.TrimSpace(wants))
}

func (k *talk) expect(e Event, err error, wants string) {
	k.t.Helper()
	wants, rule, breaks := strings.Cut(wants, "! ")
	k.expectRule(e, err, rule, breaks)
	skipped, streamed := false, false
	for want := range strings.SplitSeq(wants, ", ") {
		verb, arg, _ := strings.Cut(strings.TrimSpace(strings.TrimSuffix(want, ",")), " ")
		got := arg
		switch verb {
		case "":
		case "is":
			k.labels[arg] = e.Request
			if e.Request != e.Number {
				k.t.Errorf("%s: a request has its own number: %d, not %d", k.line, e.Number, e.Request)
			}
		case "to":
			got = strconv.Itoa(e.Request)
			n, known := k.labels[arg]
			if !known {
				k.t.Fatalf("%s: no such label", k.line)
			}
			arg = strconv.Itoa(n)
		case "flow":
			got = strconv.Itoa(e.Flow)
		case "skipped":
			skipped = true
		case "streamed":
			streamed = true
		case "params":
			got = joined(e.ParamTypes)
		case "columns":
			got = columnNames(e.Columns)
		case "payload":
			got = payloadNames[e.Context.Payload]
		case "kind":
			got = e.Kind.String()
		default:
			k.t.Fatalf("%s: cannot expect %q", k.line, verb)
		}
		if got != arg {
			k.t.Errorf("%s: %s is %s, want %s", k.line, verb, got, arg)
		}
	}
	if e.Skipped != skipped || e.Context.Streamed != streamed {
		k.t.Errorf("%s: skipped %t, streamed %t", k.line, e.Skipped, e.Context.Streamed)
	}
}

// expectRule checks that a message breaks the rule, and that the error says
// which message that is and where.
func (k *talk) expectRule(e Event, err error, rule string, breaks bool) {
	k.t.Helper()
	if err == nil {
		if breaks {
			k.t.Errorf("%s: no rule was broken", k.line)
		}
		return
	}
	broken, ok := errors.AsType[*StateError](err)
	if !ok || !breaks || !strings.Contains(broken.Rule, rule) {
		k.t.Errorf("%s: %v", k.line, err)
		return
	}
	if broken.From != e.From || broken.Number != e.Number || broken.Offset != e.Offset || broken.Message != messageName(e.Kind) {
		k.t.Errorf("%s: the error is about %s of %v %d at %d", k.line, broken.Message, broken.From, broken.Number, broken.Offset)
	}
	if first := k.s.Broken(); first == nil || first.Number > broken.Number {
		k.t.Errorf("%s: the first broken rule is said to be %v", k.line, first)
	}
}

var payloadNames = [...]string{PayloadCopy: "copy", PayloadPhysical: "physical", PayloadLogical: "logical", PayloadBackup: "backup"}

// questions are what a line that begins with = can ask.
var questions = map[string]func(*Session, string) string{
	"ready":    func(s *Session, _ string) string { return strconv.FormatBool(s.Ready()) },
	"over":     func(s *Session, _ string) string { return strconv.FormatBool(s.Over()) },
	"skipping": func(s *Session, _ string) string { return strconv.FormatBool(s.Skipping()) },
	"secret":   func(s *Session, _ string) string { return strconv.FormatBool(s.Encrypted()) },
	"pending":  func(s *Session, _ string) string { return strconv.Itoa(s.Pending()) },
	"version":  func(s *Session, _ string) string { return s.Version().String() },
	"tx":       func(s *Session, _ string) string { return string(rune(s.Status())) },
	"phases": func(s *Session, _ string) string {
		return phaseNames[s.Phase(Frontend)] + " " + phaseNames[s.Phase(Backend)]
	},
	"next p": func(s *Session, _ string) string { return s.Context().Password.String() },
	"setting": func(s *Session, name string) string {
		v, ok := s.Setting(name)
		return fmt.Sprint(v, " ", ok)
	},
	"statement": func(s *Session, name string) string {
		if st := s.Statement(strings.Trim(name, "-")); st != nil {
			return st.SQL + " (" + joined(st.ParamTypes) + ") " + columnNames(st.Columns)
		}
		return "unknown"
	},
	"portal": func(s *Session, name string) string {
		p := s.Portal(strings.Trim(name, "-"))
		switch {
		case p == nil:
			return "unknown"
		case p.Statement == nil:
			return "of nothing known " + columnNames(p.Columns)
		}
		return "of " + p.Statement.SQL + " " + columnNames(p.Columns)
	},
}

var phaseNames = [...]string{PhaseBackend: "backend", PhaseFrontend: "frontend", PhaseStartup: "startup",
	PhaseAnswer: "answer", PhaseBackendAuth: "backend-auth", PhaseFrontendAuth: "frontend-auth"}

// ask asks "verb: answer", or "verb argument: answer" .
func (k *talk) ask(question string) {
	k.t.Helper()
	verb, want, _ := strings.Cut(question, " ")
	arg := ""
	if about, answer, ok := strings.Cut(question, ": "); ok {
		verb, arg, _ = strings.Cut(about, " ")
		want = answer
	}
	if verb == "next" {
		verb = "next p"
	}
	about := questions[verb]
	if about == nil {
		k.t.Fatalf("= %s: cannot be asked", question)
	}
	if got := strings.TrimSpace(about(k.s, arg)); got != want {
		k.t.Errorf("= %s: it is %s", question, got)
	}
}

func joined(oids []uint32) string {
	var text []string
	for _, o := range oids {
		text = append(text, strconv.Itoa(int(o)))
	}
	return strings.Join(text, ",")
}

func columnNames(columns []Column) string {
	var names []string
	for _, c := range columns {
		name := c.Name
		if c.Format == BinaryFormat {
			name += "=binary"
		}
		names = append(names, name)
	}
	return strings.Join(names, ",")
}

// frameOf returns the frame of a message with its arguments.
func frameOf(name, args string) (Frame, error) {
	if typ, unknown := strings.CutPrefix(name, "?"); unknown {
		msg := append([]byte{typ[0], 0, 0, 0, byte(4 + len(args))}, args...)
		return Frame{Type: typ[0], Msg: msg, Body: msg[5:]}, nil
	}
	if i, ok := strings.CutPrefix(name, "!"); ok { // malformed: nothing after the header
		k := kindOf(i)
		msg := []byte{LayoutOf(k).Type, 0, 0, 0, 4}
		return Frame{Type: msg[0], Msg: msg, Body: msg[5:]}, nil
	}
	k := kindOf(name)
	if k == 0 {
		return Frame{}, fmt.Errorf("there is no message %q", name)
	}
	m := Example(k)
	if args != "" {
		m = messageOf(k, args, strings.Fields(args))
	}
	msg, err := m.Append(nil)
	if err != nil {
		return Frame{}, err
	}
	l := LayoutOf(k)
	f := Frame{Msg: msg, Body: msg[l.Envelope.Header():]}
	if l.Envelope == Typed {
		f.Type = l.Type
	}
	return f, nil
}

func kindOf(name string) Kind {
	for k := range kindCount {
		if k > 0 && k.String() == name {
			return k
		}
	}
	return 0
}

// messageOf makes a message from words; - is the empty name.
func messageOf(k Kind, args string, words []string) Message {
	word := func(i int) string {
		if i < len(words) && words[i] != "-" {
			return words[i]
		}
		return ""
	}
	switch k {
	case KindStartupMessage, KindNegotiateProtocolVersion, KindBackendKeyData, KindSSLResponse, KindGSSENCResponse,
		KindAuthenticationSASL, KindSASLInitialResponse, KindParameterStatus:
		return startupOf(k, words)
	case KindQuery:
		return &Query{args}
	case KindParse:
		return &Parse{word(0), strings.Join(words[2:], " "), oidsOf(word(1))}
	case KindBind:
		return &Bind{Portal: word(0), Statement: word(1), ResultFormats: formatsOf(word(2))}
	case KindDescribe:
		return &Describe{Object(words[0][0]), word(1)}
	case KindClose:
		return &Close{Object(words[0][0]), word(1)}
	case KindExecute:
		return &Execute{Portal: word(0)}
	case KindParameterDescription:
		return &ParameterDescription{oidsOf(word(0))}
	case KindRowDescription:
		m := new(RowDescription)
		for i := range words {
			m.Columns = append(m.Columns, Column{Name: words[i], Type: 23})
		}
		return m
	case KindDataRow:
		n, _ := strconv.Atoi(args)
		return &DataRow{make([][]byte, n)}
	case KindCommandComplete:
		return &CommandComplete{args}
	case KindReadyForQuery:
		return &ReadyForQuery{TxStatus(args[0])}
	case KindErrorResponse:
		return &ErrorResponse{[]ResponseField{{FieldSeverityNonlocal, words[0]}, {FieldMessage, args}}}
	case KindCopyData:
		return &CopyData{dataOf(args)}
	}
	return New(k)
}

func startupOf(k Kind, words []string) Message {
	switch k {
	case KindStartupMessage, KindNegotiateProtocolVersion:
		major, minor, _ := strings.Cut(words[0], ".")
		high, _ := strconv.Atoi(major)
		low, _ := strconv.Atoi(minor)
		v := Version(high<<16 | low)
		if k == KindNegotiateProtocolVersion {
			return &NegotiateProtocolVersion{v, words[1:]}
		}
		m := &StartupMessage{Version: v}
		for _, w := range words[1:] {
			name, value, _ := strings.Cut(w, "=")
			m.Parameters = append(m.Parameters, Parameter{name, value})
		}
		return m
	case KindBackendKeyData:
		n, _ := strconv.Atoi(words[0])
		return &BackendKeyData{1, make([]byte, n)}
	case KindSSLResponse:
		return &SSLResponse{words[0][0]}
	case KindGSSENCResponse:
		return &GSSENCResponse{words[0][0]}
	case KindAuthenticationSASL:
		return &AuthenticationSASL{words}
	case KindSASLInitialResponse:
		return &SASLInitialResponse{Mechanism: words[0]}
	}
	return &ParameterStatus{words[0], words[1]}
}

func oidsOf(text string) (oids []uint32) {
	for o := range strings.SplitSeq(text, ",") {
		if n, err := strconv.Atoi(o); err == nil {
			oids = append(oids, uint32(n))
		}
	}
	return oids
}

func formatsOf(text string) (formats []Format) {
	for _, c := range text {
		formats = append(formats, Format(c-'0'))
	}
	return formats
}

// dataOf is the text itself, or after "log:" a piece of log that holds the
// example of a message of pgoutput.
func dataOf(text string) []byte {
	name, ok := strings.CutPrefix(text, "log:")
	if !ok {
		return []byte(text)
	}
	inner, _ := Example(kindOf(name)).Append(nil)
	data, _ := (&XLogData{Data: inner}).Append(nil)
	return data
}

// trial is a conversation with a name.
type trial struct{ name, text string }

func converseAll(t *testing.T, trials []trial) {
	t.Helper()
	for _, c := range trials {
		t.Run(c.name, func(t *testing.T) { converse(t, c.text) })
	}
}

// The error says which message was first out of place: who sent it, its
// number and where it starts among the sender's bytes.
func TestStateErrorPlace(t *testing.T) {
	s := converse(t, `
		start
		F Query select 1
		B RowDescription a
		B BindComplete                    | ! it answers Bind, but the request that awaits its reply is Query (message 6)
		B DataRow 1
		B ParseComplete                   | ! it answers Parse
	`)
	before := 0
	for _, line := range []string{"AuthenticationOk ", "ParameterStatus server_version 18.1", "BackendKeyData 4", "ReadyForQuery I", "RowDescription a"} {
		name, args, _ := strings.Cut(line, " ")
		f, err := frameOf(name, args)
		if err != nil {
			t.Fatal(err)
		}
		before += len(f.Msg)
	}
	got := s.Broken()
	want := StateError{Message: "BindComplete", From: Backend, Number: 8, Offset: int64(before), Rule: got.Rule}
	if *got != want {
		t.Errorf("the first broken rule is %+v, want %+v", *got, want)
	}
	text := fmt.Sprintf("wire: BindComplete from the backend (message 8, byte %d) is out of place: it answers Bind", before)
	if !strings.HasPrefix(got.Error(), text) {
		t.Errorf("it reads %q", got)
	}
}

// The rules are for people: each is lower case, one line, without a full stop.
func TestRulesRead(t *testing.T) {
	for _, c := range slices.Concat(startupTrials, frontendTrials, backendTrials, copyTrials) {
		for line := range strings.Lines(c.text) {
			_, rule, _ := strings.Cut(strings.TrimSpace(line), "! ")
			if strings.HasSuffix(rule, ".") || strings.Contains(rule, "\n") {
				t.Errorf("%s: %q", c.name, rule)
			}
		}
	}
}

// What a session remembers is bounded, whatever it is told.
func TestSessionBounds(t *testing.T) {
	s := converse(t, "start")
	long := strings.Repeat("x", 1<<20)
	for i := range 64 {
		f := typedFrame(t, &Parse{"s" + strconv.Itoa(i), long, nil})
		if _, err := s.Message(Frontend, f); err != nil {
			t.Fatal(err)
		}
	}
	known := 0
	for i := range 64 {
		if s.Statement("s"+strconv.Itoa(i)) != nil {
			known++
		}
	}
	if known != 15 || s.statements.size > maxKept {
		t.Errorf("%d statements of 1 MiB are known, in %d bytes", known, s.statements.size)
	}
	for i := range maxSettings + 10 {
		f := typedFrame(t, &ParameterStatus{"n" + strconv.Itoa(i), "v"})
		if _, err := s.Message(Backend, f); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.settings) != maxSettings {
		t.Errorf("%d settings are kept", len(s.settings))
	}
	if _, err := s.Message(Backend, typedFrame(t, &ParameterStatus{"n7", "w"})); err != nil || s.settings["n7"] != "w" {
		t.Errorf("a known setting is not kept up to date: %q, %v", s.settings["n7"], err)
	}
}

// Statements and portals are counted, too; what is gone makes room.
func TestNamesBound(t *testing.T) {
	s := converse(t, "start")
	for i := range maxNames + 1 {
		s.Message(Frontend, typedFrame(t, &Bind{Portal: strconv.Itoa(i)}))
	}
	if s.Portal("0") == nil || s.Portal(strconv.Itoa(maxNames)) != nil {
		t.Errorf("portals are not bounded by %d", maxNames)
	}
	s.Message(Frontend, typedFrame(t, &Sync{}))
	for range maxNames + 1 {
		s.Message(Backend, typedFrame(t, &BindComplete{}))
	}
	if _, err := s.Message(Backend, typedFrame(t, &ReadyForQuery{TxIdle})); err != nil || len(s.portals.entries) != 0 || s.portals.size != 0 {
		t.Errorf("%d portals, %d bytes outlive the transaction (%v)", len(s.portals.entries), s.portals.size, err)
	}
}

// Messages that await replies are bounded; data and Flush do not count.
func TestPendingBound(t *testing.T) {
	s := converse(t, "start")
	for range 1000 {
		s.Message(Frontend, typedFrame(t, &CopyData{}))
	}
	s.Message(Frontend, typedFrame(t, &Execute{}))
	for range 1000 {
		s.Message(Frontend, typedFrame(t, &CopyData{}))
		s.Message(Frontend, typedFrame(t, &CopyData{}))
	}
	if len(s.queue) != 2 {
		t.Errorf("%d messages are pending", len(s.queue))
	}
	f := typedFrame(t, &Sync{})
	for len(s.queue) < maxPending {
		if _, err := s.Message(Frontend, f); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Message(Frontend, f); err == nil || !strings.Contains(err.Error(), "too many messages await their replies") {
		t.Errorf("one more than %d messages: %v", maxPending, err)
	}
}

// A simple query costs a session no allocation, once it has had some.
func TestSessionAllocations(t *testing.T) {
	s := converse(t, "start")
	var frames []Frame
	for _, m := range []Message{&Query{"insert"}, &CommandComplete{"INSERT 0 1"}, &ReadyForQuery{TxIdle},
		&Execute{}, &Sync{}, &DataRow{[][]byte{nil}}, &CommandComplete{"SELECT 1"}, &ReadyForQuery{TxIdle}} {
		frames = append(frames, typedFrame(t, m))
	}
	n := testing.AllocsPerRun(100, func() {
		for _, f := range frames {
			from := Backend
			if strings.IndexByte("QES", f.Type) >= 0 {
				from = Frontend
			}
			if _, err := s.Message(from, f); err != nil {
				t.Fatal(err)
			}
		}
	})
	if n > 0 {
		t.Errorf("%v allocations for a simple and an extended query", n)
	}
}

func typedFrame(t testing.TB, m Message) Frame {
	t.Helper()
	msg, err := m.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	return Frame{Type: msg[0], Msg: msg, Body: msg[5:]}
}

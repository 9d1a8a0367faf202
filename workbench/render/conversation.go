package render

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/wire"
)

// Message is one message of a conversation, taken apart.
type Message struct {
	wire.Event
	Raw        []byte // the whole message; it must not be changed
	Dissection wire.Dissection
	// Answers is the kind of the frontend message that this one answers; 0
	// when it answers none.
	Answers wire.Kind
	// OutOfPlace is the rule of the conversation that the message breaks, or
	// nil.
	OutOfPlace error
	// Time is when the message was seen; zero when that is not known.
	Time time.Time
	// Since is the time from the request that the message answers; 0 when
	// that is not known.
	Since time.Duration

	guarded bool          // sent by a frontend of which a password or the like is awaited
	formats []wire.Format // of the values, as the request that is answered told
	told    bool          // whether it did
	tables  *tables       // as of this message
}

// Conversation follows one connection and makes a [Message] of each message
// of it. The zero Conversation is at the start of a connection. It is not safe
// for concurrent use.
type Conversation struct {
	session wire.Session
	asked   []asked // in the order of their numbers
	tables  *tables // never changed, but replaced; nil for none
}

// asked is a frontend message whose reply is awaited.
type asked struct {
	number  int
	kind    wire.Kind
	time    time.Time
	formats []wire.Format // of the values that the reply holds
	told    bool          // whether formats is known
}

// maxAsked bounds what is remembered of requests.
const maxAsked = 1 << 16

// Session returns the state of the conversation.
func (c *Conversation) Session() *wire.Session { return &c.session }

// Message takes the next message of a side, seen at a time that may be zero.
// It copies the frame, and the message stays as it is when others follow.
func (c *Conversation) Message(from wire.Side, f wire.Frame, at time.Time) Message {
	f = f.Clone()
	guarded := c.guarded()
	e, err := c.session.Message(from, f)
	e.Columns = slices.Clone(e.Columns)
	m := Message{Event: e, Raw: f.Msg, OutOfPlace: err, Time: at, guarded: guarded}
	m.Dissection = wire.Dissect(e.Kind, from, f.Msg, e.Context)
	c.tables = c.tables.learn(&m)
	m.tables = c.tables
	if from == wire.Frontend {
		c.ask(&m, f)
	} else {
		c.join(&m)
	}
	return m
}

// guarded reports whether a session is about to start: bytes that make no sense
// then may be those of a password or a key.
func (c *Conversation) guarded() bool {
	s := &c.session
	return s.Phase(wire.Frontend) == wire.PhaseFrontendAuth || s.Version() != 0 && s.Status() == 0
}

// ask notes a request, with what it tells about its reply.
func (c *Conversation) ask(m *Message, f wire.Frame) {
	a := asked{number: m.Number, kind: m.Kind, time: m.Time}
	switch m.Kind {
	case wire.KindCopyData, wire.KindCopyDone, wire.KindCopyFail, wire.KindFlush, wire.KindTerminate:
		return // nothing answers it
	case wire.KindQuery:
		a.told = true // text, unless RowDescription says otherwise
	case wire.KindExecute:
		var e wire.Execute
		if e.Parse(f.Body) == nil {
			p := c.session.Portal(e.Portal)
			a.told = p != nil
			if p != nil {
				a.formats = p.Formats
			}
		}
	case wire.KindFunctionCall:
		var call wire.FunctionCall
		if call.Parse(f.Body) == nil {
			a.told, a.formats = true, []wire.Format{call.ResultFormat}
		}
	}
	if len(c.asked) >= maxAsked {
		c.asked = slices.Delete(c.asked, 0, maxAsked/2)
	}
	c.asked = append(c.asked, a)
}

// join finds the request that a message answers.
func (c *Conversation) join(m *Message) {
	i, ok := slices.BinarySearchFunc(c.asked, m.Request, func(a asked, n int) int { return cmp.Compare(a.number, n) })
	if !ok {
		return
	}
	a := &c.asked[i]
	m.Answers, m.formats, m.told = a.kind, a.formats, a.told
	if !m.Time.IsZero() && !a.time.IsZero() {
		m.Since = m.Time.Sub(a.time)
	}
	if m.Kind == wire.KindReadyForQuery {
		c.asked = c.asked[i+1:]
	}
}

// Arrow returns → for a message of the frontend, ← for one of the backend.
func (m *Message) Arrow() string {
	if m.From == wire.Frontend {
		return "→"
	}
	return "←"
}

// Name returns the message's name, with those of the messages inside it.
func (m *Message) Name() string {
	name := "unknown message"
	if m.Kind != 0 {
		name = m.Kind.String()
	}
	for _, k := range m.Dissection.Embedded {
		name += " " + k.String()
	}
	return name
}

// Problems returns what is wrong with the message, one sentence each: that it
// does not fit its layout, and where; that it is out of place, and why.
func (m *Message) Problems() []string {
	var ps []string
	if e := m.Dissection.Err; e != nil {
		place, message := e.Field, ""
		if place == "" {
			place = "the message"
		}
		if !strings.HasSuffix(m.Name(), e.Message) && m.Kind != 0 {
			message = e.Message + " "
		}
		ps = append(ps, fmt.Sprintf("malformed: %s%s at byte %d: %s", message, place, e.Offset, e.Problem))
	}
	switch e, ok := errors.AsType[*wire.StateError](m.OutOfPlace); {
	case ok:
		ps = append(ps, "out of place: "+e.Rule)
	case m.OutOfPlace != nil:
		ps = append(ps, m.OutOfPlace.Error())
	}
	return ps
}

// answer says what the message answers, or "".
func (m *Message) answer() string {
	if m.Answers == 0 {
		return ""
	}
	s := fmt.Sprintf("answers %s (message %d)", m.Answers, m.Request)
	if m.Since > 0 {
		s += " after " + m.Since.Round(time.Microsecond).String()
	}
	return s
}

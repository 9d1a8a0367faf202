package render

import (
	"fmt"
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

	tables *tables
}

// Conversation follows one connection and makes a [Message] of each message
// of it. The zero Conversation is at the start of a connection. It is not safe
// for concurrent use.
type Conversation struct {
	session wire.Session
	asked   map[int]asked // by number
	tables  tables
}

// asked is a frontend message whose reply is awaited.
type asked struct {
	kind wire.Kind
	time time.Time
}

// maxAsked bounds what is remembered of requests.
const maxAsked = 1 << 16

// Session returns the state of the conversation.
func (c *Conversation) Session() *wire.Session { return &c.session }

// Message takes the next message of a side, seen at a time that may be zero.
// It copies the frame.
func (c *Conversation) Message(from wire.Side, f wire.Frame, at time.Time) Message {
	f = f.Clone()
	e, err := c.session.Message(from, f)
	m := Message{Event: e, Raw: f.Msg, OutOfPlace: err, Time: at, tables: &c.tables}
	m.Dissection = wire.Dissect(e.Kind, from, f.Msg, e.Context)
	c.join(&m, f)
	c.tables.learn(&m)
	return m
}

// join finds the request that a message answers.
func (c *Conversation) join(m *Message, f wire.Frame) {
	if m.From == wire.Frontend {
		if c.asked == nil || len(c.asked) >= maxAsked {
			c.asked = map[int]asked{}
		}
		c.asked[m.Number] = asked{m.Kind, m.Time}
		return
	}
	a, ok := c.asked[m.Request]
	if !ok {
		return
	}
	m.Answers = a.kind
	if !m.Time.IsZero() && !a.time.IsZero() {
		m.Since = m.Time.Sub(a.time)
	}
	if m.Kind == wire.KindReadyForQuery {
		for n := range c.asked {
			if n <= m.Request {
				delete(c.asked, n)
			}
		}
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

// Problems returns what is wrong with the message, one sentence each.
func (m *Message) Problems() []string {
	var ps []string
	if e := m.Dissection.Err; e != nil {
		ps = append(ps, e.Error())
	}
	if m.OutOfPlace != nil {
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

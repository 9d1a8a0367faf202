package parley

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"parley/internal/exchange"
	"parley/wire"
)

// call is one statement of one caller on a lane. The caller owns it until it is
// given to a lane and once it is over; in between the lane does, except for
// what the caller set before.
type call struct {
	sql    string
	known  *known
	desc   *description // that bind was made by
	bind   []byte       // a Bind without the name of a statement, then an Execute
	group  bool         // it may share a Sync
	pinned bool         // it must go by the first lane
	wants  bool         // its rows are wanted
	most   int          // bytes of them that are wanted; 0 for as many as may be held
	sole   bool         // it wants the lane for itself, and has no messages

	next, prev *call // in the list of those that wait
	state      callState
	gone       atomic.Bool // nobody wants its reply any more
	inline     bool        // its caller reads, and is told nothing
	st         *statement
	closes     []string // statements that are closed ahead of it
	cold       bool     // it is preparing its statement
	prepared   bool     // and the server has done so
	half       []uint32
	learnt     *description // what the server said, to this call or the one that it relies on
	reply      []byte       // the bodies of its rows, each behind its length
	size       int          // bytes of its rows, those that were dropped included
	tooLarge   bool
	tag        Tag
	written    time.Time
	outcome    callOutcome
	err        error // a *ServerError when refused; why, when lost
	done       chan struct{}
}

// callState is how far a call has come. It is guarded by the lane's mutex.
type callState uint8

const (
	callWaiting   callState = iota // it is not written
	callWritten                    // or is about to be
	callAbandoned                  // it was written, and its caller has gone
	callOver
)

// leave says that the caller has gone. The caller has the lane's lock.
func (c *call) leave() {
	c.state = callAbandoned
	c.gone.Store(true)
}

// callOutcome is how a call ended.
type callOutcome uint8

const (
	outcomeNone    callOutcome = iota
	outcomeDone                // its reply is complete
	outcomeRefused             // the server refused the statement
	outcomeAgain               // it was not run, or may be run again: somewhere else
	outcomeLost                // nobody knows whether it was run
	outcomeGranted             // it has the lane for itself
	outcomeEnded               // its context ended
)

// How large a call's buffers may be that are kept for the next.
const (
	keepBind  = 4 << 10
	keepReply = 16 << 10
)

// reset makes a call ready to be made anew.
func (c *call) reset() {
	bind, reply := c.bind[:0], c.reply[:0]
	if cap(bind) > keepBind {
		bind = nil
	}
	if cap(reply) > keepReply {
		reply = nil
	}
	*c = call{bind: bind, reply: reply, done: c.done}
}

// rewind makes a call ready to be sent again as it is.
func (c *call) rewind() {
	c.state, c.st, c.closes, c.cold, c.prepared = callWaiting, nil, nil, false, false
	c.half, c.learnt, c.reply, c.size, c.tooLarge, c.tag = nil, nil, c.reply[:0], 0, false, Tag{}
}

// make encodes the call's messages.
func (c *call) make(args []any) (err error) {
	o := op{name: "query", sql: c.sql, index: -1, desc: c.desc, formats: c.desc.formats}
	if err = checkArgs(&o, args); err != nil {
		return err
	}
	if c.bind, err = appendBind(c.bind[:0], &o, "", args); err != nil {
		return err
	}
	c.bind = append(c.bind, executeAll...)
	return nil
}

// executeAll is an Execute of the unnamed portal without a limit.
var executeAll = []byte{'E', 0, 0, 0, 9, 0, 0, 0, 0, 0}

// bindHead is how many bytes of a Bind come before the statement's name: type,
// length, and the end of an empty portal name.
const bindHead = 6

// append adds the call's messages to a flight, under a statement's name.
func (c *call) append(dst []byte, name string) []byte {
	size := binary.BigEndian.Uint32(c.bind[1:]) + uint32(len(name))
	dst = append(dst, 'B')
	dst = binary.BigEndian.AppendUint32(dst, size)
	dst = append(dst, 0)
	dst = append(dst, name...)
	return append(dst, c.bind[bindHead:]...)
}

// owe adds what the backend will answer.
func (c *call) owe(q *exchange.Queue[*call]) {
	for range c.closes {
		q.Push(exchange.PartClose, nil, 0)
	}
	width := -1
	if c.cold {
		q.Push(exchange.PartParse, c, 0)
		q.Push(exchange.PartDescribeStatement, c, 0)
	} else if c.st.told {
		width = len(c.st.desc.columns)
	}
	q.Push(exchange.PartBind, c, 0)
	q.Push(exchange.PartExecute, c, width)
}

// take takes a message of the reply.
func (c *call) take(e exchange.Event, p exchange.Part, body []byte, held int) error {
	switch e {
	case exchange.Row:
		c.row(body, held)
	case exchange.Complete:
		return c.complete(body)
	case exchange.Progress:
		c.prepared = c.prepared || p == exchange.PartParse
	case exchange.Params:
		var m wire.ParameterDescription
		if err := m.Parse(body); err != nil {
			return err
		}
		c.half = m.Types
	case exchange.Columns:
		var m wire.RowDescription
		if err := m.Parse(body); err != nil {
			return err
		}
		c.learnt = describe(c.half, m.Columns)
	case exchange.NoColumns:
		c.learnt = describe(c.half, nil)
	case exchange.Empty:
	default:
		return fmt.Errorf("the server began a COPY or suspended a portal, for a statement that is neither")
	}
	return nil
}

// row takes a row, unless nobody wants it or it is too much.
func (c *call) row(body []byte, held int) {
	if c.most > 0 {
		held = min(held, c.most)
	}
	c.size += len(body)
	switch {
	case c.tooLarge || !c.wants:
	case c.gone.Load():
		c.reply = nil
	case len(c.reply)+len(body) > held:
		c.tooLarge, c.reply = true, nil
	default:
		c.reply = binary.BigEndian.AppendUint32(c.reply, uint32(len(body)))
		c.reply = append(c.reply, body...)
	}
}

func (c *call) complete(body []byte) error {
	text, rows, err := wire.ReadTag(body)
	if err != nil {
		return err
	}
	if c.st.tag != string(text) {
		c.st.tag = string(text)
	}
	c.tag = Tag{c.st.tag, rows}
	return nil
}

// deliver gives the rows of a call that is done to a sink.
func (c *call) deliver(into *sink) error {
	d := c.desc
	if c.learnt != nil {
		d = c.learnt
	}
	if err := into.begin(d, c.desc.formats); err != nil {
		return err
	}
	if g, ok := into.taker.(*wholeRows); ok {
		g.rows = c.takeReply()
		return nil
	}
	for b := c.reply; len(b) > 0; {
		n := 4 + int(binary.BigEndian.Uint32(b))
		if err := into.row(b[4:n:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// takeReply returns the rows, and leaves the call a buffer for the next if that
// is what it would keep.
func (c *call) takeReply() held {
	if cap(c.reply) <= keepReply {
		return held{rows: slices.Clone(c.reply)}
	}
	h := held{rows: c.reply}
	c.reply = nil
	return h
}

// callList is a list of calls that wait, in their order. The zero list is empty.
type callList struct {
	first, last *call
	n           int
}

func (l *callList) push(c *call) {
	c.prev, c.next = l.last, nil
	if l.last == nil {
		l.first = c
	} else {
		l.last.next = c
	}
	l.last = c
	l.n++
}

func (l *callList) pushFront(c *call) {
	c.prev, c.next = nil, l.first
	if l.first == nil {
		l.last = c
	} else {
		l.first.prev = c
	}
	l.first = c
	l.n++
}

func (l *callList) remove(c *call) {
	if c.prev == nil {
		l.first = c.next
	} else {
		c.prev.next = c.next
	}
	if c.next == nil {
		l.last = c.prev
	} else {
		c.next.prev = c.prev
	}
	c.prev, c.next = nil, nil
	l.n--
}

// wait returns when the call is over or its context has ended, which it reports.
func (c *call) wait(ctx context.Context) (over bool) {
	if ctx.Done() == nil {
		<-c.done
		return true
	}
	select {
	case <-c.done:
		return true
	case <-ctx.Done():
		return false
	}
}

package exchange

import (
	"encoding/binary"
	"fmt"
	"slices"

	"parley/wire"
)

// Part is a message that the backend answers.
type Part uint8

// The parts.
const (
	PartSync              Part = iota // ReadyForQuery
	PartParse                         // ParseComplete
	PartBind                          // BindComplete
	PartClose                         // CloseComplete
	PartDescribeStatement             // ParameterDescription, then RowDescription or NoData
	PartDescribePortal                // RowDescription or NoData
	PartExecute                       // rows or COPY, then CommandComplete, EmptyQueryResponse or PortalSuspended
	PartQuery                         // what a simple query gives, with its ReadyForQuery
	PartFunction                      // FunctionCallResponse, with its ReadyForQuery
)

// String returns the name of the part's message.
func (p Part) String() string {
	return [...]string{"Sync", "Parse", "Bind", "Close", "Describe", "Describe", "Execute", "Query", "FunctionCall"}[p]
}

// Event is what a message of the backend means to the request it answers.
type Event uint8

// The events.
const (
	// Progress: a part is complete, and there is nothing more to know.
	Progress Event = iota
	// Params: the body of a ParameterDescription.
	Params
	// Columns: the body of a RowDescription.
	Columns
	// NoColumns: NoData came where a RowDescription would stand.
	NoColumns
	// Row: the body of a DataRow.
	Row
	// Complete: the body of a CommandComplete; the part is complete.
	Complete
	// Empty: the query string was empty; the part is complete.
	Empty
	// Suspended: the row limit of an Execute was reached; the part is complete.
	Suspended
	// CopyIn, CopyOut and CopyBoth begin a COPY: the body of the response.
	CopyIn
	CopyOut
	CopyBoth
	// CopyData: a piece of COPY data.
	CopyData
	// CopyDone: the backend has sent all its COPY data.
	CopyDone
	// Result: the body of a FunctionCallResponse.
	Result
	// Failed: the body of an ErrorResponse. What the request still awaited will
	// not come, nor will the replies of the requests behind it up to the Sync.
	Failed
	// Ready: the body of a ReadyForQuery; everything up to the Sync is over.
	Ready
)

// owed is a part that the backend has not answered.
type owed[T any] struct {
	owner T
	part  Part
	step  step
	width int32 // columns of its rows; -1 when not known
}

// step is how far the answer to a part has come.
type step uint8

const (
	stepStart step = iota
	stepParams
	stepRows
	stepCopyIn
	stepCopyOut
	stepCopied
	stepCopyBoth
	stepResult // of a FunctionCall; its commit may still fail
	stepReady  // only ReadyForQuery is missing
)

// Queue is what the backend owes, oldest first, each with its owner. The zero
// Queue owes nothing. It is not safe for concurrent use.
//
// Invariant: owed[head:] awaits answers; nothing before head is used.
type Queue[T any] struct {
	owed  []owed[T]
	head  int
	syncs int // parts that end in a ReadyForQuery
}

// Push adds a part that was sent. width is the number of columns that its rows
// must have, -1 when it is not known.
func (q *Queue[T]) Push(p Part, owner T, width int) {
	q.compact()
	q.owed = append(q.owed, owed[T]{owner: owner, part: p, width: int32(width)})
	if endsGroup(p) {
		q.syncs++
	}
}

// Grow makes room for so many parts more.
func (q *Queue[T]) Grow(n int) {
	q.compact()
	q.owed = slices.Grow(q.owed, n)
}

// keepOwed is how many parts the queue keeps room for when it owes nothing.
const keepOwed = 1024

// compact gives back what was answered, so that a queue which is never empty
// does not grow either.
func (q *Queue[T]) compact() {
	switch {
	case q.head == 0 || q.head < len(q.owed)/2:
	case q.head == len(q.owed) && cap(q.owed) > keepOwed:
		q.owed, q.head = nil, 0
	default:
		n := copy(q.owed, q.owed[q.head:])
		clear(q.owed[n:])
		q.owed, q.head = q.owed[:n], 0
	}
}

func endsGroup(p Part) bool { return p == PartSync || p == PartQuery || p == PartFunction }

// Len returns how many parts await an answer.
func (q *Queue[T]) Len() int { return len(q.owed) - q.head }

// Syncs returns how many ReadyForQuery are to come.
func (q *Queue[T]) Syncs() int { return q.syncs }

// Head returns the owner and the part that the next message answers.
func (q *Queue[T]) Head() (owner T, p Part, ok bool) {
	if q.Len() == 0 {
		return owner, 0, false
	}
	return q.owed[q.head].owner, q.owed[q.head].part, true
}

// CopyingIn reports whether the backend waits for COPY data, and whether the
// statement came by Execute, not by Query.
func (q *Queue[T]) CopyingIn() (waits, extended bool) {
	if q.Len() == 0 {
		return false, false
	}
	o := &q.owed[q.head]
	return o.step == stepCopyIn, o.part == PartExecute
}

// CopyEnded notes that CopyDone or CopyFail was sent for the COPY at the head.
func (q *Queue[T]) CopyEnded() {
	if q.Len() > 0 && q.owed[q.head].step == stepCopyIn {
		q.owed[q.head].step = stepCopied
	}
}

// ProtocolError says that the backend broke the protocol. The connection is of
// no more use.
type ProtocolError struct {
	Message string // what came
	Problem string // why it cannot come
}

// Error returns the message and the problem.
func (e *ProtocolError) Error() string {
	return fmt.Sprintf("the server broke the protocol: %s came, %s", e.Message, e.Problem)
}

func unexpected(typ byte, problem string) error {
	k := wire.Identify(wire.Backend, typ, nil, wire.Context{})
	name := fmt.Sprintf("a message of type %q", typ)
	if k != 0 {
		name = k.String()
	}
	return &ProtocolError{Message: name, Problem: problem}
}

// Answer takes the next message of the backend, which must not be one of those
// that come at any time, and says whose it is and what it means.
func (q *Queue[T]) Answer(typ byte, body []byte) (owner T, e Event, err error) {
	if q.Len() == 0 {
		return owner, 0, unexpected(typ, "and no request awaits a reply")
	}
	o := &q.owed[q.head]
	owner = o.owner
	switch typ {
	case 'E':
		e, err = Failed, q.fail(o)
	case 'Z':
		e, err = Ready, q.ready(o, body)
	case 'D':
		e, err = Row, o.row(body)
	default:
		var done bool
		if e, done, err = o.answer(typ, body); done {
			q.pop()
		}
	}
	return owner, e, err
}

// InRows reports whether rows have begun to come in answer to an Execute of the
// owner, so that any DataRow which comes next is one of them.
func (q *Queue[T]) InRows() bool {
	if q.Len() == 0 {
		return false
	}
	o := &q.owed[q.head]
	return o.part == PartExecute && o.step == stepRows
}

func (q *Queue[T]) pop() {
	if endsGroup(q.owed[q.head].part) {
		q.syncs--
	}
	q.owed[q.head] = owed[T]{}
	q.head++
}

// fail takes an ErrorResponse. A Sync can fail too: it commits.
func (q *Queue[T]) fail(o *owed[T]) error {
	if o.step == stepReady && o.part != PartSync {
		return unexpected('E', "and the request has failed already")
	}
	for !endsGroup(q.owed[q.head].part) {
		if q.pop(); q.Len() == 0 {
			return nil // the Sync is yet to be sent
		}
	}
	q.owed[q.head].step = stepReady
	return nil
}

func (q *Queue[T]) ready(o *owed[T], body []byte) error {
	switch {
	case !endsGroup(o.part):
		return unexpected('Z', "and the reply to "+o.part.String()+" is not complete")
	case o.part == PartQuery && o.step != stepReady && o.step != stepStart, o.part == PartFunction && o.step < stepResult:
		return unexpected('Z', "and the reply to "+o.part.String()+" is not complete")
	case len(body) != 1 || body[0] != 'I' && body[0] != 'T' && body[0] != 'E':
		return unexpected('Z', "with a transaction status that does not exist")
	}
	q.pop()
	return nil
}

func (o *owed[T]) row(body []byte) error {
	switch {
	case o.part == PartExecute && o.step <= stepRows:
		o.step = stepRows
	case o.part != PartQuery || o.step != stepRows:
		return unexpected('D', "where "+o.part.String()+" awaits its reply")
	}
	if len(body) < 2 {
		return unexpected('D', "without its number of columns")
	}
	n := int32(binary.BigEndian.Uint16(body))
	if o.width >= 0 && n != o.width {
		return unexpected('D', fmt.Sprintf("with %d columns where %d were described", n, o.width))
	}
	return nil
}

// answer takes any other message and reports whether the part is complete.
func (o *owed[T]) answer(typ byte, body []byte) (e Event, done bool, err error) {
	switch typ {
	case '1':
		return Progress, true, o.only(typ, PartParse)
	case '2':
		return Progress, true, o.only(typ, PartBind)
	case '3':
		return Progress, true, o.only(typ, PartClose)
	case 't', 'T', 'n':
		return o.describe(typ, body)
	case 'C', 'I', 's':
		return o.complete(typ)
	case 'G', 'H', 'W', 'd', 'c':
		e, err = o.copy(typ)
		return e, false, err
	case 'V':
		err = o.only(typ, PartFunction)
		o.step = stepResult
		return Result, false, err
	}
	return 0, false, unexpected(typ, "which is no reply to "+o.part.String())
}

func (o *owed[T]) only(typ byte, p Part) error {
	if o.part != p || o.step != stepStart {
		return unexpected(typ, "where "+o.part.String()+" awaits its reply")
	}
	return nil
}

func (o *owed[T]) describe(typ byte, body []byte) (e Event, done bool, err error) {
	columns := func() Event {
		if typ == 'n' {
			o.width = 0
			return NoColumns
		}
		if len(body) >= 2 {
			o.width = int32(binary.BigEndian.Uint16(body))
		}
		return Columns
	}
	switch {
	case o.part == PartDescribeStatement && o.step == stepStart && typ == 't':
		o.step = stepParams
		return Params, false, nil
	case o.part == PartDescribeStatement && o.step == stepParams && typ != 't',
		o.part == PartDescribePortal && typ != 't':
		return columns(), true, nil
	case o.part == PartQuery && o.step == stepStart && typ == 'T':
		o.step = stepRows
		return columns(), false, nil
	}
	return 0, false, unexpected(typ, "where "+o.part.String()+" awaits its reply")
}

func (o *owed[T]) complete(typ byte) (e Event, done bool, err error) {
	e = Complete
	if typ == 'I' {
		e = Empty
	}
	switch {
	case o.part != PartExecute && o.part != PartQuery || o.step == stepReady:
		return 0, false, unexpected(typ, "where "+o.part.String()+" awaits its reply")
	case o.step == stepCopyIn || o.step == stepCopyOut || o.step == stepCopyBoth:
		return 0, false, unexpected(typ, "in the middle of a COPY")
	case typ == 's' && o.part == PartExecute && o.step <= stepRows:
		return Suspended, true, nil
	case typ == 's' || typ == 'I' && o.step != stepStart:
		return 0, false, unexpected(typ, "where "+o.part.String()+" awaits its reply")
	}
	o.step, o.width = stepStart, -1
	return e, o.part == PartExecute, nil
}

func (o *owed[T]) copy(typ byte) (Event, error) {
	runs := o.part == PartExecute || o.part == PartQuery
	switch {
	case runs && o.step == stepStart && typ == 'G':
		o.step = stepCopyIn
		return CopyIn, nil
	case runs && o.step == stepStart && typ == 'H':
		o.step = stepCopyOut
		return CopyOut, nil
	case o.part == PartQuery && o.step == stepStart && typ == 'W':
		o.step = stepCopyBoth
		return CopyBoth, nil
	case typ == 'd' && (o.step == stepCopyOut || o.step == stepCopyBoth):
		return CopyData, nil
	case typ == 'c' && o.step == stepCopyOut:
		o.step = stepCopied
		return CopyDone, nil
	case typ == 'c' && o.step == stepCopyBoth:
		o.step = stepStart
		return CopyDone, nil
	}
	return 0, unexpected(typ, "where "+o.part.String()+" awaits its reply")
}

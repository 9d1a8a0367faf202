package wire

import "math"

// CommandComplete ends a statement that succeeded.
type CommandComplete struct {
	Tag string // the command tag: the command and often a number of rows
}

var commandCompleteLayout = Layout{
	Kind: KindCommandComplete, Name: "CommandComplete", From: Backend, Type: 'C',
	Doc: "A statement succeeded. The tag is one word or more for the command; INSERT adds a zero and the number of rows, " +
		"SELECT, UPDATE, DELETE, MERGE, MOVE, FETCH and COPY add the number of rows. CREATE TABLE AS has the tag of SELECT.",
	Fields: []Field{{Name: "tag", Kind: CString, Doc: "the command tag"}},
	new:    func() Message { return new(CommandComplete) },
}

// Kind returns KindCommandComplete.
func (*CommandComplete) Kind() Kind { return KindCommandComplete }

// Append appends the message.
func (m *CommandComplete) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindCommandComplete)
	e.cstring("tag", m.Tag)
	return e.finish()
}

// Parse reads the message from its body.
func (m *CommandComplete) Parse(body []byte) error {
	d := decoder{body: body}
	m.Tag = d.cstring()
	return d.finish(KindCommandComplete)
}

// ReadTag returns the command tag in the body of a CommandComplete, without
// copying it, and the number of rows at its end, or -1 when it ends in none.
func ReadTag(body []byte) (tag []byte, rows int64, err error) {
	d := decoder{body: body}
	tag = d.cstringBytes()
	if err := d.finish(KindCommandComplete); err != nil {
		return nil, -1, err
	}
	return tag, TagRows(tag), nil
}

// TagRows returns the number at the end of a command tag, or -1 when it ends
// in none or in one that an int64 cannot hold.
func TagRows(tag []byte) int64 {
	start := len(tag)
	for start > 0 && '0' <= tag[start-1] && tag[start-1] <= '9' {
		start--
	}
	if start == len(tag) || start == 0 || tag[start-1] != ' ' {
		return -1
	}
	var n int64
	for _, c := range tag[start:] {
		digit := int64(c - '0')
		if n > (math.MaxInt64-digit)/10 {
			return -1
		}
		n = n*10 + digit
	}
	return n
}

// ReadyForQuery ends the reply to a [Sync], a [Query] or a [FunctionCall], and
// the start of a session.
type ReadyForQuery struct {
	Status TxStatus
}

var readyForQueryLayout = Layout{
	Kind: KindReadyForQuery, Name: "ReadyForQuery", From: Backend, Type: 'Z',
	Doc: "The backend is ready for a new cycle: it answers Sync, Query and FunctionCall, and ends the start of a session.",
	Fields: []Field{{Name: "status", Kind: Byte, Doc: "the transaction status", Values: []Named{
		{'I', "idle", "not in a transaction block"},
		{'T', "in transaction", "in a transaction block"},
		{'E', "failed transaction", "in a failed transaction block: statements are refused until it ends"}}}},
	new: func() Message { return new(ReadyForQuery) },
}

// Kind returns KindReadyForQuery.
func (*ReadyForQuery) Kind() Kind { return KindReadyForQuery }

// Append appends the message.
func (m *ReadyForQuery) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindReadyForQuery)
	e.byte(byte(m.Status))
	return e.finish()
}

// Parse reads the message from its body.
func (m *ReadyForQuery) Parse(body []byte) error {
	d := decoder{body: body}
	m.Status = TxStatus(d.byte())
	return d.finish(KindReadyForQuery)
}

// NotificationResponse delivers a NOTIFY to a session that listens. It may
// come at any time.
type NotificationResponse struct {
	ProcessID uint32 // of the backend that notified
	Channel   string
	Payload   string
}

var notificationResponseLayout = Layout{
	Kind: KindNotificationResponse, Name: "NotificationResponse", From: Backend, Type: 'A', Large: true,
	Doc: "A NOTIFY on a channel that the session listens on. It may come at any time.",
	Fields: []Field{
		{Name: "processID", Kind: Int32, Unsigned: true, Role: RolePID, Doc: "the process ID of the backend that notified"},
		{Name: "channel", Kind: CString, Doc: "the name of the channel"},
		{Name: "payload", Kind: CString, Doc: "the payload; empty when there is none"},
	},
	new: func() Message { return new(NotificationResponse) },
}

// Kind returns KindNotificationResponse.
func (*NotificationResponse) Kind() Kind { return KindNotificationResponse }

// Append appends the message.
func (m *NotificationResponse) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindNotificationResponse)
	e.uint32(m.ProcessID)
	e.cstring("channel", m.Channel)
	e.cstring("payload", m.Payload)
	return e.finish()
}

// Parse reads the message from its body.
func (m *NotificationResponse) Parse(body []byte) error {
	d := decoder{body: body}
	m.ProcessID, m.Channel, m.Payload = d.uint32(), d.cstring(), d.cstring()
	return d.finish(KindNotificationResponse)
}

package wire

// The messages that a replication stream carries inside CopyData (manual,
// section "Streaming Replication Protocol", START_REPLICATION).

// XLogData carries a piece of the write-ahead log, or one message of an output
// plug-in.
type XLogData struct {
	Start LSN // where the data starts
	End   LSN // the end of the log on the server
	Clock Micros
	Data  []byte
}

var xLogDataLayout = Layout{
	Kind: KindXLogData, Name: "XLogData", From: Backend, Type: 'w', Envelope: Embedded, Large: true, Since: "PostgreSQL 9.3",
	Doc: "A piece of the write-ahead log, or in logical replication one message of the output plug-in.",
	Fields: []Field{
		{Name: "start", Kind: Int64, Unsigned: true, Role: RoleLSN, Doc: "where the data starts in the log"},
		{Name: "end", Kind: Int64, Unsigned: true, Role: RoleLSN, Doc: "the end of the log on the server at the time"},
		{Name: "clock", Kind: Int64, Role: RoleTime, Doc: "the server's clock when it sent the message, in microseconds since 2000-01-01"},
		{Name: "data", Kind: Rest, Doc: "the log, or a message of the output plug-in"},
	},
	new: func() Message { return new(XLogData) },
}

// Kind returns KindXLogData.
func (*XLogData) Kind() Kind { return KindXLogData }

// Append appends the message.
func (m *XLogData) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindXLogData)
	e.uint64(uint64(m.Start))
	e.uint64(uint64(m.End))
	e.uint64(uint64(m.Clock))
	e.bytes("data", m.Data)
	return e.finish()
}

// Parse reads the message from its body.
func (m *XLogData) Parse(body []byte) error {
	d := decoder{body: body}
	m.Start = LSN(d.uint64())
	m.End = LSN(d.uint64())
	m.Clock = Micros(d.uint64())
	m.Data = d.rest()
	return d.finish(KindXLogData)
}

// PrimaryKeepalive tells a standby how far the log has come.
type PrimaryKeepalive struct {
	End   LSN // the end of the log on the server
	Clock Micros
	Reply bool // a StandbyStatusUpdate is wanted at once
}

var primaryKeepaliveLayout = Layout{
	Kind: KindPrimaryKeepalive, Name: "PrimaryKeepalive", From: Backend, Type: 'k', Envelope: Embedded, Large: true, Since: "PostgreSQL 9.3",
	Doc: "Tells a standby how far the log has come, and may ask it for a status update.",
	Fields: []Field{
		{Name: "end", Kind: Int64, Unsigned: true, Role: RoleLSN, Doc: "the end of the log on the server"},
		{Name: "clock", Kind: Int64, Role: RoleTime, Doc: "the server's clock when it sent the message, in microseconds since 2000-01-01"},
		{Name: "reply", Kind: Bool, Doc: "1 asks for a StandbyStatusUpdate at once, so as not to be taken for dead"},
	},
	new: func() Message { return new(PrimaryKeepalive) },
}

// Kind returns KindPrimaryKeepalive.
func (*PrimaryKeepalive) Kind() Kind { return KindPrimaryKeepalive }

// Append appends the message.
func (m *PrimaryKeepalive) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindPrimaryKeepalive)
	e.uint64(uint64(m.End))
	e.uint64(uint64(m.Clock))
	e.bool(m.Reply)
	return e.finish()
}

// Parse reads the message from its body.
func (m *PrimaryKeepalive) Parse(body []byte) error {
	d := decoder{body: body}
	m.End = LSN(d.uint64())
	m.Clock = Micros(d.uint64())
	m.Reply = d.bool()
	return d.finish(KindPrimaryKeepalive)
}

// StandbyStatusUpdate tells the server how much of the log the standby has. Positions
// are one byte beyond the last.
type StandbyStatusUpdate struct {
	Written LSN
	Flushed LSN
	Applied LSN
	Clock   Micros
	Reply   bool // a PrimaryKeepalive is wanted at once
}

var standbyStatusUpdateLayout = Layout{
	Kind: KindStandbyStatusUpdate, Name: "StandbyStatusUpdate", From: Frontend, Type: 'r', Envelope: Embedded, Large: true, Since: "PostgreSQL 9.3",
	Doc: "Tells the server how much of the log the standby has written, flushed and applied. Positions are the byte after the last.",
	Fields: []Field{
		{Name: "written", Kind: Int64, Unsigned: true, Role: RoleLSN, Doc: "up to where the log was written to disk on the standby"},
		{Name: "flushed", Kind: Int64, Unsigned: true, Role: RoleLSN, Doc: "up to where the log was flushed to disk on the standby"},
		{Name: "applied", Kind: Int64, Unsigned: true, Role: RoleLSN, Doc: "up to where the log was applied on the standby"},
		{Name: "clock", Kind: Int64, Role: RoleTime, Doc: "the client's clock when it sent the message, in microseconds since 2000-01-01"},
		{Name: "reply", Kind: Bool, Doc: "1 asks the server to reply at once, which tests the connection"},
	},
	new: func() Message { return new(StandbyStatusUpdate) },
}

// Kind returns KindStandbyStatusUpdate.
func (*StandbyStatusUpdate) Kind() Kind { return KindStandbyStatusUpdate }

// Append appends the message.
func (m *StandbyStatusUpdate) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindStandbyStatusUpdate)
	e.uint64(uint64(m.Written))
	e.uint64(uint64(m.Flushed))
	e.uint64(uint64(m.Applied))
	e.uint64(uint64(m.Clock))
	e.bool(m.Reply)
	return e.finish()
}

// Parse reads the message from its body.
func (m *StandbyStatusUpdate) Parse(body []byte) error {
	d := decoder{body: body}
	m.Written = LSN(d.uint64())
	m.Flushed = LSN(d.uint64())
	m.Applied = LSN(d.uint64())
	m.Clock = Micros(d.uint64())
	m.Reply = d.bool()
	return d.finish(KindStandbyStatusUpdate)
}

// HotStandbyFeedback tells the server which row versions the standby still needs.
type HotStandbyFeedback struct {
	Clock            Micros
	Xmin             uint32
	XminEpoch        uint32
	CatalogXmin      uint32
	CatalogXminEpoch uint32
}

var hotStandbyFeedbackLayout = Layout{
	Kind: KindHotStandbyFeedback, Name: "HotStandbyFeedback", From: Frontend, Type: 'h', Envelope: Embedded, Large: true, Since: "PostgreSQL 10",
	Doc: "Tells the server which transactions the queries on the standby still need to see. With both transaction ids 0 the feedback ends.",
	Fields: []Field{
		{Name: "clock", Kind: Int64, Role: RoleTime, Doc: "the client's clock when it sent the message, in microseconds since 2000-01-01"},
		{Name: "xmin", Kind: Int32, Unsigned: true, Doc: "the oldest transaction that is still needed, catalogs apart; 0, with catalogXmin 0 too, ends the feedback"},
		{Name: "xminEpoch", Kind: Int32, Unsigned: true, Doc: "the epoch of that transaction id"},
		{Name: "catalogXmin", Kind: Int32, Unsigned: true, Doc: "the oldest transaction that is still needed for the catalogs; 0 for none"},
		{Name: "catalogXminEpoch", Kind: Int32, Unsigned: true, Doc: "the epoch of that transaction id"},
	},
	new: func() Message { return new(HotStandbyFeedback) },
}

// Kind returns KindHotStandbyFeedback.
func (*HotStandbyFeedback) Kind() Kind { return KindHotStandbyFeedback }

// Append appends the message.
func (m *HotStandbyFeedback) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindHotStandbyFeedback)
	e.uint64(uint64(m.Clock))
	e.uint32(m.Xmin)
	e.uint32(m.XminEpoch)
	e.uint32(m.CatalogXmin)
	e.uint32(m.CatalogXminEpoch)
	return e.finish()
}

// Parse reads the message from its body.
func (m *HotStandbyFeedback) Parse(body []byte) error {
	d := decoder{body: body}
	m.Clock = Micros(d.uint64())
	m.Xmin = d.uint32()
	m.XminEpoch = d.uint32()
	m.CatalogXmin = d.uint32()
	m.CatalogXminEpoch = d.uint32()
	return d.finish(KindHotStandbyFeedback)
}

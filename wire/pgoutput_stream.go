package wire

// The messages of pgoutput that stream transactions before they commit (from
// pgoutput 2 on) and those of two-phase commit (from pgoutput 3 on).

// StreamStart begins a piece of a transaction that is still running.
type StreamStart struct {
	XID   uint32
	First bool // the first piece of the transaction
}

var streamStartLayout = Layout{
	Kind: KindStreamStart, Name: "StreamStart", From: Backend, Type: 'S', Envelope: Embedded, Large: true, Since: "pgoutput 2",
	Doc: "A piece of a transaction that is still running begins.",
	Fields: []Field{
		{Name: "xid", Kind: Int32, Unsigned: true, Doc: "the transaction id"},
		{Name: "first", Kind: Bool, Doc: "1 when it is the first piece of the transaction"},
	},
	new: func() Message { return new(StreamStart) },
}

// Kind returns KindStreamStart.
func (*StreamStart) Kind() Kind { return KindStreamStart }

// Append appends the message.
func (m *StreamStart) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindStreamStart)
	e.uint32(m.XID)
	e.bool(m.First)
	return e.finish()
}

// Parse reads the message from its body.
func (m *StreamStart) Parse(body []byte) error {
	d := decoder{body: body}
	m.XID = d.uint32()
	m.First = d.bool()
	return d.finish(KindStreamStart)
}

// StreamStop ends a piece of a transaction that is still running.
type StreamStop struct{}

var streamStopLayout = Layout{
	Kind: KindStreamStop, Name: "StreamStop", From: Backend, Type: 'E', Envelope: Embedded, Large: true, Since: "pgoutput 2",
	Doc: "The piece of the transaction ends.",
	new: func() Message { return new(StreamStop) },
}

// Kind returns KindStreamStop.
func (*StreamStop) Kind() Kind { return KindStreamStop }

// Append appends the message.
func (*StreamStop) Append(dst []byte) ([]byte, error) { return appendEmpty(dst, KindStreamStop) }

// Parse reads the message from its body.
func (*StreamStop) Parse(body []byte) error { return parseEmpty(body, KindStreamStop) }

// StreamCommit says that a streamed transaction committed.
type StreamCommit struct {
	XID        uint32
	Flags      uint8 // unused, 0
	Commit     LSN
	End        LSN
	CommitTime Micros
}

var streamCommitLayout = Layout{
	Kind: KindStreamCommit, Name: "StreamCommit", From: Backend, Type: 'c', Envelope: Embedded, Large: true, Since: "pgoutput 2",
	Doc: "A streamed transaction committed.",
	Fields: []Field{
		{Name: "xid", Kind: Int32, Unsigned: true, Doc: "the transaction id"},
		{Name: "flags", Kind: Int8, Doc: "unused, 0"},
		{Name: "commit", Kind: Int64, Unsigned: true, Role: RoleLSN, Doc: "the position of the commit"},
		{Name: "end", Kind: Int64, Unsigned: true, Role: RoleLSN, Doc: "the position of the end of the transaction"},
		{Name: "commitTime", Kind: Int64, Role: RoleTime, Doc: "when it committed, in microseconds since 2000-01-01"},
	},
	new: func() Message { return new(StreamCommit) },
}

// Kind returns KindStreamCommit.
func (*StreamCommit) Kind() Kind { return KindStreamCommit }

// Append appends the message.
func (m *StreamCommit) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindStreamCommit)
	e.uint32(m.XID)
	e.byte(m.Flags)
	e.uint64(uint64(m.Commit))
	e.uint64(uint64(m.End))
	e.uint64(uint64(m.CommitTime))
	return e.finish()
}

// Parse reads the message from its body.
func (m *StreamCommit) Parse(body []byte) error {
	d := decoder{body: body}
	m.XID = d.uint32()
	m.Flags = d.byte()
	m.Commit = LSN(d.uint64())
	m.End = LSN(d.uint64())
	m.CommitTime = Micros(d.uint64())
	return d.finish(KindStreamCommit)
}

// StreamAbort says that a streamed transaction, or a subtransaction of it,
// was rolled back.
type StreamAbort struct {
	XID    uint32
	SubXID uint32 // the same as XID for the whole transaction
	// Parallel says that the two fields after it are there: pgoutput 4 with
	// streaming = parallel.
	Parallel  bool
	Abort     LSN
	AbortTime Micros
}

var streamAbortLayout = Layout{
	Kind: KindStreamAbort, Name: "StreamAbort", From: Backend, Type: 'A', Envelope: Embedded, Large: true, Since: "pgoutput 2",
	Doc: "A streamed transaction, or a subtransaction of it, was rolled back.",
	Fields: []Field{
		{Name: "xid", Kind: Int32, Unsigned: true, Doc: "the transaction id"},
		{Name: "subXID", Kind: Int32, Unsigned: true, Doc: "the id of the subtransaction; the transaction's own for all of it"},
		{Kind: Group, Optional: true, Doc: "from pgoutput 4 on, with streaming = parallel", Elem: []Field{
			{Name: "abort", Kind: Int64, Unsigned: true, Role: RoleLSN, Doc: "the position of the abort"},
			{Name: "abortTime", Kind: Int64, Role: RoleTime, Doc: "when it was aborted, in microseconds since 2000-01-01"},
		}},
	},
	new: func() Message { return new(StreamAbort) },
}

// Kind returns KindStreamAbort.
func (*StreamAbort) Kind() Kind { return KindStreamAbort }

// Append appends the message.
func (m *StreamAbort) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindStreamAbort)
	e.uint32(m.XID)
	e.uint32(m.SubXID)
	if m.Parallel {
		e.uint64(uint64(m.Abort))
		e.uint64(uint64(m.AbortTime))
	}
	return e.finish()
}

// Parse reads the message from its body.
func (m *StreamAbort) Parse(body []byte) error {
	d := decoder{body: body}
	*m = StreamAbort{XID: d.uint32(), SubXID: d.uint32()}
	if d.off < len(body) {
		m.Parallel, m.Abort, m.AbortTime = true, LSN(d.uint64()), Micros(d.uint64())
	}
	return d.finish(KindStreamAbort)
}

// BeginPrepare begins a prepared transaction.
type BeginPrepare struct {
	Prepare     LSN
	End         LSN
	PrepareTime Micros
	XID         uint32
	GID         string
}

var beginPrepareLayout = Layout{
	Kind: KindBeginPrepare, Name: "BeginPrepare", From: Backend, Type: 'b', Envelope: Embedded, Large: true, Since: "pgoutput 3",
	Doc: "A prepared transaction begins.",
	Fields: []Field{
		{Name: "prepare", Kind: Int64, Unsigned: true, Role: RoleLSN, Doc: "the position of the prepare"},
		{Name: "end", Kind: Int64, Unsigned: true, Role: RoleLSN, Doc: "the position of the end of the prepared transaction"},
		{Name: "prepareTime", Kind: Int64, Role: RoleTime, Doc: "when it was prepared, in microseconds since 2000-01-01"},
		{Name: "xid", Kind: Int32, Unsigned: true, Doc: "the transaction id"},
		{Name: "gid", Kind: CString, Doc: "the name given to the prepared transaction"},
	},
	new: func() Message { return new(BeginPrepare) },
}

// Kind returns KindBeginPrepare.
func (*BeginPrepare) Kind() Kind { return KindBeginPrepare }

// Append appends the message.
func (m *BeginPrepare) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindBeginPrepare)
	e.uint64(uint64(m.Prepare))
	e.uint64(uint64(m.End))
	e.uint64(uint64(m.PrepareTime))
	e.uint32(m.XID)
	e.cstring("gid", m.GID)
	return e.finish()
}

// Parse reads the message from its body.
func (m *BeginPrepare) Parse(body []byte) error {
	d := decoder{body: body}
	m.Prepare = LSN(d.uint64())
	m.End = LSN(d.uint64())
	m.PrepareTime = Micros(d.uint64())
	m.XID = d.uint32()
	m.GID = d.cstring()
	return d.finish(KindBeginPrepare)
}

// Prepare says that the transaction was prepared.
type Prepare struct {
	Flags       uint8 // unused, 0
	Prepare     LSN
	End         LSN
	PrepareTime Micros
	XID         uint32
	GID         string
}

var prepareLayout = Layout{
	Kind: KindPrepare, Name: "Prepare", From: Backend, Type: 'P', Envelope: Embedded, Large: true, Since: "pgoutput 3",
	Doc: "The transaction was prepared.",
	Fields: []Field{
		{Name: "flags", Kind: Int8, Doc: "unused, 0"},
		{Name: "prepare", Kind: Int64, Unsigned: true, Role: RoleLSN, Doc: "the position of the prepare"},
		{Name: "end", Kind: Int64, Unsigned: true, Role: RoleLSN, Doc: "the position of the end of the prepared transaction"},
		{Name: "prepareTime", Kind: Int64, Role: RoleTime, Doc: "when it was prepared, in microseconds since 2000-01-01"},
		{Name: "xid", Kind: Int32, Unsigned: true, Doc: "the transaction id"},
		{Name: "gid", Kind: CString, Doc: "the name given to the prepared transaction"},
	},
	new: func() Message { return new(Prepare) },
}

// Kind returns KindPrepare.
func (*Prepare) Kind() Kind { return KindPrepare }

// Append appends the message.
func (m *Prepare) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindPrepare)
	e.byte(m.Flags)
	e.uint64(uint64(m.Prepare))
	e.uint64(uint64(m.End))
	e.uint64(uint64(m.PrepareTime))
	e.uint32(m.XID)
	e.cstring("gid", m.GID)
	return e.finish()
}

// Parse reads the message from its body.
func (m *Prepare) Parse(body []byte) error {
	d := decoder{body: body}
	m.Flags = d.byte()
	m.Prepare = LSN(d.uint64())
	m.End = LSN(d.uint64())
	m.PrepareTime = Micros(d.uint64())
	m.XID = d.uint32()
	m.GID = d.cstring()
	return d.finish(KindPrepare)
}

// CommitPrepared says that a prepared transaction committed.
type CommitPrepared struct {
	Flags      uint8 // unused, 0
	Commit     LSN
	End        LSN
	CommitTime Micros
	XID        uint32
	GID        string
}

var commitPreparedLayout = Layout{
	Kind: KindCommitPrepared, Name: "CommitPrepared", From: Backend, Type: 'K', Envelope: Embedded, Large: true, Since: "pgoutput 3",
	Doc: "A prepared transaction committed.",
	Fields: []Field{
		{Name: "flags", Kind: Int8, Doc: "unused, 0"},
		{Name: "commit", Kind: Int64, Unsigned: true, Role: RoleLSN, Doc: "the position of the commit"},
		{Name: "end", Kind: Int64, Unsigned: true, Role: RoleLSN, Doc: "the position of the end of the commit"},
		{Name: "commitTime", Kind: Int64, Role: RoleTime, Doc: "when it committed, in microseconds since 2000-01-01"},
		{Name: "xid", Kind: Int32, Unsigned: true, Doc: "the transaction id"},
		{Name: "gid", Kind: CString, Doc: "the name given to the prepared transaction"},
	},
	new: func() Message { return new(CommitPrepared) },
}

// Kind returns KindCommitPrepared.
func (*CommitPrepared) Kind() Kind { return KindCommitPrepared }

// Append appends the message.
func (m *CommitPrepared) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindCommitPrepared)
	e.byte(m.Flags)
	e.uint64(uint64(m.Commit))
	e.uint64(uint64(m.End))
	e.uint64(uint64(m.CommitTime))
	e.uint32(m.XID)
	e.cstring("gid", m.GID)
	return e.finish()
}

// Parse reads the message from its body.
func (m *CommitPrepared) Parse(body []byte) error {
	d := decoder{body: body}
	m.Flags = d.byte()
	m.Commit = LSN(d.uint64())
	m.End = LSN(d.uint64())
	m.CommitTime = Micros(d.uint64())
	m.XID = d.uint32()
	m.GID = d.cstring()
	return d.finish(KindCommitPrepared)
}

// RollbackPrepared says that a prepared transaction was rolled back.
type RollbackPrepared struct {
	Flags        uint8 // unused, 0
	PrepareEnd   LSN
	RollbackEnd  LSN
	PrepareTime  Micros
	RollbackTime Micros
	XID          uint32
	GID          string
}

var rollbackPreparedLayout = Layout{
	Kind: KindRollbackPrepared, Name: "RollbackPrepared", From: Backend, Type: 'r', Envelope: Embedded, Large: true, Since: "pgoutput 3",
	Doc: "A prepared transaction was rolled back.",
	Fields: []Field{
		{Name: "flags", Kind: Int8, Doc: "unused, 0"},
		{Name: "prepareEnd", Kind: Int64, Unsigned: true, Role: RoleLSN, Doc: "the position of the end of the prepared transaction"},
		{Name: "rollbackEnd", Kind: Int64, Unsigned: true, Role: RoleLSN, Doc: "the position of the end of the rollback"},
		{Name: "prepareTime", Kind: Int64, Role: RoleTime, Doc: "when it was prepared, in microseconds since 2000-01-01"},
		{Name: "rollbackTime", Kind: Int64, Role: RoleTime, Doc: "when it was rolled back, in microseconds since 2000-01-01"},
		{Name: "xid", Kind: Int32, Unsigned: true, Doc: "the transaction id"},
		{Name: "gid", Kind: CString, Doc: "the name given to the prepared transaction"},
	},
	new: func() Message { return new(RollbackPrepared) },
}

// Kind returns KindRollbackPrepared.
func (*RollbackPrepared) Kind() Kind { return KindRollbackPrepared }

// Append appends the message.
func (m *RollbackPrepared) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindRollbackPrepared)
	e.byte(m.Flags)
	e.uint64(uint64(m.PrepareEnd))
	e.uint64(uint64(m.RollbackEnd))
	e.uint64(uint64(m.PrepareTime))
	e.uint64(uint64(m.RollbackTime))
	e.uint32(m.XID)
	e.cstring("gid", m.GID)
	return e.finish()
}

// Parse reads the message from its body.
func (m *RollbackPrepared) Parse(body []byte) error {
	d := decoder{body: body}
	m.Flags = d.byte()
	m.PrepareEnd = LSN(d.uint64())
	m.RollbackEnd = LSN(d.uint64())
	m.PrepareTime = Micros(d.uint64())
	m.RollbackTime = Micros(d.uint64())
	m.XID = d.uint32()
	m.GID = d.cstring()
	return d.finish(KindRollbackPrepared)
}

// StreamPrepare says that a streamed transaction was prepared.
type StreamPrepare struct {
	Flags       uint8 // unused, 0
	Prepare     LSN
	End         LSN
	PrepareTime Micros
	XID         uint32
	GID         string
}

var streamPrepareLayout = Layout{
	Kind: KindStreamPrepare, Name: "StreamPrepare", From: Backend, Type: 'p', Envelope: Embedded, Large: true, Since: "pgoutput 3",
	Doc: "A streamed transaction was prepared.",
	Fields: []Field{
		{Name: "flags", Kind: Int8, Doc: "unused, 0"},
		{Name: "prepare", Kind: Int64, Unsigned: true, Role: RoleLSN, Doc: "the position of the prepare"},
		{Name: "end", Kind: Int64, Unsigned: true, Role: RoleLSN, Doc: "the position of the end of the prepared transaction"},
		{Name: "prepareTime", Kind: Int64, Role: RoleTime, Doc: "when it was prepared, in microseconds since 2000-01-01"},
		{Name: "xid", Kind: Int32, Unsigned: true, Doc: "the transaction id"},
		{Name: "gid", Kind: CString, Doc: "the name given to the prepared transaction"},
	},
	new: func() Message { return new(StreamPrepare) },
}

// Kind returns KindStreamPrepare.
func (*StreamPrepare) Kind() Kind { return KindStreamPrepare }

// Append appends the message.
func (m *StreamPrepare) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindStreamPrepare)
	e.byte(m.Flags)
	e.uint64(uint64(m.Prepare))
	e.uint64(uint64(m.End))
	e.uint64(uint64(m.PrepareTime))
	e.uint32(m.XID)
	e.cstring("gid", m.GID)
	return e.finish()
}

// Parse reads the message from its body.
func (m *StreamPrepare) Parse(body []byte) error {
	d := decoder{body: body}
	m.Flags = d.byte()
	m.Prepare = LSN(d.uint64())
	m.End = LSN(d.uint64())
	m.PrepareTime = Micros(d.uint64())
	m.XID = d.uint32()
	m.GID = d.cstring()
	return d.finish(KindStreamPrepare)
}

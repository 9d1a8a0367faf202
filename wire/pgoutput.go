package wire

import "slices"

// The messages of pgoutput, the output plug-in of logical replication, inside
// XLogData (manual, section "Logical Replication Message Formats"). Their
// names in the manual are without the prefix Logical.

// Streamed is the transaction id at the head of the messages between
// [StreamStart] and [StreamStop], where transactions that are still running
// may alternate. Elsewhere it is absent.
type Streamed struct {
	// InStream says that the transaction id is there. Parse needs to be
	// told.
	InStream bool
	XID      uint32
}

var streamedField = Field{Name: "xid", Kind: Int32, Unsigned: true, Streamed: true,
	Doc: "the transaction id; only between Stream Start and Stream Stop"}

func (s *Streamed) append(e *encoder) {
	if s.InStream {
		e.uint32(s.XID)
	}
}

func (s *Streamed) parse(d *decoder) {
	s.XID = 0
	if s.InStream {
		s.XID = d.uint32()
	}
}

func (s *Streamed) context() Context { return Context{Streamed: s.InStream} }

// LogicalBegin begins a transaction.
type LogicalBegin struct {
	Final      LSN // position of the commit
	CommitTime Micros
	XID        uint32
}

var logicalBeginLayout = Layout{
	Kind: KindLogicalBegin, Name: "Begin", From: Backend, Type: 'B', Envelope: Embedded, Large: true, Since: "pgoutput 1",
	Doc: "A transaction begins.",
	Fields: []Field{
		{Name: "final", Kind: Int64, Unsigned: true, Role: RoleLSN, Doc: "the position of the commit"},
		{Name: "commitTime", Kind: Int64, Role: RoleTime, Doc: "when it committed, in microseconds since 2000-01-01"},
		{Name: "xid", Kind: Int32, Unsigned: true, Doc: "the transaction id"},
	},
	new: func() Message { return new(LogicalBegin) },
}

// Kind returns KindLogicalBegin.
func (*LogicalBegin) Kind() Kind { return KindLogicalBegin }

// Append appends the message.
func (m *LogicalBegin) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindLogicalBegin)
	e.uint64(uint64(m.Final))
	e.uint64(uint64(m.CommitTime))
	e.uint32(m.XID)
	return e.finish()
}

// Parse reads the message from its body.
func (m *LogicalBegin) Parse(body []byte) error {
	d := decoder{body: body}
	m.Final = LSN(d.uint64())
	m.CommitTime = Micros(d.uint64())
	m.XID = d.uint32()
	return d.finish(KindLogicalBegin)
}

// LogicalMessage is a message written with pg_logical_emit_message.
type LogicalMessage struct {
	Streamed
	Flags   uint8 // 1: part of a transaction
	LSN     LSN
	Prefix  string
	Content []byte // not nil
}

var logicalMessageLayout = Layout{
	Kind: KindLogicalMessage, Name: "Message", From: Backend, Type: 'M', Envelope: Embedded, Large: true, Since: "pgoutput 1",
	Doc: "A logical decoding message, written with pg_logical_emit_message.",
	Fields: []Field{
		streamedField,
		{Name: "flags", Kind: Int8, Values: []Named{{0, "not transactional", "stands on its own"}, {1, "transactional", "part of the transaction"}}, Doc: "1 when the message is part of a transaction"},
		{Name: "lsn", Kind: Int64, Unsigned: true, Role: RoleLSN, Doc: "the position of the message"},
		{Name: "prefix", Kind: CString, Doc: "the prefix that tells messages apart"},
		{Name: "content", Kind: Value, NotNull: true, Doc: "the content of the message"},
	},
	new: func() Message { return new(LogicalMessage) },
}

// Kind returns KindLogicalMessage.
func (*LogicalMessage) Kind() Kind { return KindLogicalMessage }

// Append appends the message.
func (m *LogicalMessage) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindLogicalMessage)
	m.append(&e)
	e.byte(m.Flags)
	e.uint64(uint64(m.LSN))
	e.cstring("prefix", m.Prefix)
	e.notNull("content", -1, m.Content)
	return e.finish()
}

// Parse reads the message from its body.
func (m *LogicalMessage) Parse(body []byte) error {
	d := decoder{body: body}
	m.parse(&d)
	m.Flags = d.byte()
	m.LSN = LSN(d.uint64())
	m.Prefix = d.cstring()
	m.Content = d.notNull()
	return d.finishIn(KindLogicalMessage, m.context())
}

// LogicalCommit ends a transaction.
type LogicalCommit struct {
	Flags      uint8 // unused, 0
	Commit     LSN
	End        LSN
	CommitTime Micros
}

var logicalCommitLayout = Layout{
	Kind: KindLogicalCommit, Name: "Commit", From: Backend, Type: 'C', Envelope: Embedded, Large: true, Since: "pgoutput 1",
	Doc: "The transaction is complete.",
	Fields: []Field{
		{Name: "flags", Kind: Int8, Doc: "unused, 0"},
		{Name: "commit", Kind: Int64, Unsigned: true, Role: RoleLSN, Doc: "the position of the commit"},
		{Name: "end", Kind: Int64, Unsigned: true, Role: RoleLSN, Doc: "the position of the end of the transaction"},
		{Name: "commitTime", Kind: Int64, Role: RoleTime, Doc: "when it committed, in microseconds since 2000-01-01"},
	},
	new: func() Message { return new(LogicalCommit) },
}

// Kind returns KindLogicalCommit.
func (*LogicalCommit) Kind() Kind { return KindLogicalCommit }

// Append appends the message.
func (m *LogicalCommit) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindLogicalCommit)
	e.byte(m.Flags)
	e.uint64(uint64(m.Commit))
	e.uint64(uint64(m.End))
	e.uint64(uint64(m.CommitTime))
	return e.finish()
}

// Parse reads the message from its body.
func (m *LogicalCommit) Parse(body []byte) error {
	d := decoder{body: body}
	m.Flags = d.byte()
	m.Commit = LSN(d.uint64())
	m.End = LSN(d.uint64())
	m.CommitTime = Micros(d.uint64())
	return d.finish(KindLogicalCommit)
}

// LogicalOrigin says where a replicated transaction came from.
type LogicalOrigin struct {
	Commit LSN
	Name   string
}

var logicalOriginLayout = Layout{
	Kind: KindLogicalOrigin, Name: "Origin", From: Backend, Type: 'O', Envelope: Embedded, Large: true, Since: "pgoutput 1",
	Doc: "Where the transaction came from, when this server got it by replication itself.",
	Fields: []Field{
		{Name: "commit", Kind: Int64, Unsigned: true, Role: RoleLSN, Doc: "the position of the commit on the origin server"},
		{Name: "name", Kind: CString, Doc: "the name of the origin"},
	},
	new: func() Message { return new(LogicalOrigin) },
}

// Kind returns KindLogicalOrigin.
func (*LogicalOrigin) Kind() Kind { return KindLogicalOrigin }

// Append appends the message.
func (m *LogicalOrigin) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindLogicalOrigin)
	e.uint64(uint64(m.Commit))
	e.cstring("name", m.Name)
	return e.finish()
}

// Parse reads the message from its body.
func (m *LogicalOrigin) Parse(body []byte) error {
	d := decoder{body: body}
	m.Commit = LSN(d.uint64())
	m.Name = d.cstring()
	return d.finish(KindLogicalOrigin)
}

// LogicalType names a type that is not built in.
type LogicalType struct {
	Streamed
	OID       uint32
	Namespace string // "" for pg_catalog
	Name      string
}

var logicalTypeLayout = Layout{
	Kind: KindLogicalType, Name: "Type", From: Backend, Type: 'Y', Envelope: Embedded, Large: true, Since: "pgoutput 1",
	Doc: "A type that is not built in, before the first Relation that has a column of it.",
	Fields: []Field{
		streamedField,
		{Name: "oid", Kind: Int32, Unsigned: true, Role: RoleTypeOID, Doc: "the object ID of the type"},
		{Name: "namespace", Kind: CString, Doc: "its schema; empty for pg_catalog"},
		{Name: "name", Kind: CString, Doc: "its name"},
	},
	new: func() Message { return new(LogicalType) },
}

// Kind returns KindLogicalType.
func (*LogicalType) Kind() Kind { return KindLogicalType }

// Append appends the message.
func (m *LogicalType) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindLogicalType)
	m.append(&e)
	e.uint32(m.OID)
	e.cstring("namespace", m.Namespace)
	e.cstring("name", m.Name)
	return e.finish()
}

// Parse reads the message from its body.
func (m *LogicalType) Parse(body []byte) error {
	d := decoder{body: body}
	m.parse(&d)
	m.OID = d.uint32()
	m.Namespace = d.cstring()
	m.Name = d.cstring()
	return d.finishIn(KindLogicalType, m.context())
}

// LogicalRelation describes a table before the first change to it.
type LogicalRelation struct {
	Streamed
	OID       uint32
	Namespace string // "" for pg_catalog
	Name      string
	Identity  byte // replica identity: pg_class.relreplident
	Columns   []RelationColumn
}

// RelationColumn is a column of a [LogicalRelation].
type RelationColumn struct {
	Flags        uint8 // 1: part of the key
	Name         string
	Type         uint32 // OID
	TypeModifier int32
}

// relationColumnSize is the least number of bytes a column takes.
const relationColumnSize = 10

var logicalRelationLayout = Layout{
	Kind: KindLogicalRelation, Name: "Relation", From: Backend, Type: 'R', Envelope: Embedded, Large: true, Since: "pgoutput 1",
	Doc: "A table and its columns, before the first change to it and whenever it has changed.",
	Fields: []Field{
		streamedField,
		{Name: "oid", Kind: Int32, Unsigned: true, Role: RoleOID, Doc: "the object ID of the table"},
		{Name: "namespace", Kind: CString, Doc: "its schema; empty for pg_catalog"},
		{Name: "name", Kind: CString, Doc: "its name"},
		{Name: "identity", Kind: Byte, Doc: "its replica identity (pg_class.relreplident)", Values: []Named{
			{'d', "default", "the primary key"}, {'n', "nothing", "none"}, {'f', "full", "all columns"}, {'i', "index", "an index"}}},
		{Name: "columns", Kind: List16, Doc: "its columns that are published", Elem: []Field{
			{Name: "flags", Kind: Int8, Doc: "1 when the column is part of the key, as all are with the replica identity full", Values: []Named{
				{0, "", "not part of the key"}, {1, "key", "part of the key"}}},
			{Name: "name", Kind: CString, Doc: "the name of the column"},
			{Name: "type", Kind: Int32, Unsigned: true, Role: RoleTypeOID, Doc: "the object ID of its type"},
			{Name: "typeModifier", Kind: Int32, Doc: "the type's modifier (pg_attribute.atttypmod); -1 for none"},
		}},
	},
	new: func() Message { return new(LogicalRelation) },
}

// Kind returns KindLogicalRelation.
func (*LogicalRelation) Kind() Kind { return KindLogicalRelation }

// Append appends the message.
func (m *LogicalRelation) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindLogicalRelation)
	m.append(&e)
	e.uint32(m.OID)
	e.cstring("namespace", m.Namespace)
	e.cstring("name", m.Name)
	e.byte(m.Identity)
	e.count16("columns", len(m.Columns), relationColumnSize)
	for i := range m.Columns {
		c := &m.Columns[i]
		e.byte(c.Flags)
		e.cstringAt("columns[].name", i, c.Name)
		if !e.room("columns", i, 8) {
			break
		}
		e.uint32(c.Type)
		e.int32(c.TypeModifier)
	}
	return e.finish()
}

// Parse reads the message from its body.
func (m *LogicalRelation) Parse(body []byte) error {
	d := decoder{body: body}
	m.parse(&d)
	m.OID, m.Namespace, m.Name, m.Identity = d.uint32(), d.cstring(), d.cstring(), d.byte()
	n := d.count16(relationColumnSize)
	m.Columns = slices.Grow(m.Columns[:0], n)
	for range n {
		m.Columns = append(m.Columns, RelationColumn{d.byte(), d.cstring(), d.uint32(), d.int32()})
	}
	return d.finishIn(KindLogicalRelation, m.context())
}

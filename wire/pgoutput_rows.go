package wire

import "slices"

// The messages of pgoutput that change rows.

// TupleColumn is a column's value in a row that pgoutput sends.
type TupleColumn struct {
	// Status is 'n' for NULL, 'u' for a TOASTed value that did not change
	// and is not sent, 't' for text, 'b' for the type's binary form.
	Status byte
	Value  []byte // nil for 'n' and 'u', else not nil
}

// tupleFields is the manual's TupleData.
var tupleFields = []Field{{Name: "columns", Kind: List16, Doc: "the columns' values", Elem: []Field{
	{Kind: Choice, Doc: "what is sent of the column", Cases: []Case{
		{Tag: 'n', Doc: "NULL"},
		{Tag: 'u', Doc: "unchanged TOASTed value, not sent"},
		{Tag: 't', Doc: "a value as text follows", Fields: []Field{{Name: "value", Kind: Value, NotNull: true, Doc: "the value as text"}}},
		{Tag: 'b', Doc: "a value in binary form follows", Fields: []Field{{Name: "value", Kind: Value, NotNull: true, Doc: "the value in its type's binary form"}}},
	}}}}}

// tuple appends a tag and a row. As in values, nothing is copied for a row that
// cannot be encoded.
func (e *encoder) tuple(field string, tag byte, columns []TupleColumn) {
	e.byte(tag)
	e.count16(field, len(columns), 1)
	size := int64(0)
	for i := range columns {
		size += e.tupleColumnSize(field, i, &columns[i])
		if !e.room(field, i, size) {
			return
		}
	}
	e.buf = slices.Grow(e.buf, int(size))
	for i := range columns {
		c := &columns[i]
		e.byte(c.Status)
		if c.Status == 't' || c.Status == 'b' {
			e.uint32(uint32(len(c.Value)))
			e.buf = append(e.buf, c.Value...)
		}
	}
}

func (e *encoder) tupleColumnSize(field string, i int, c *TupleColumn) int64 {
	switch c.Status {
	case 'n', 'u':
		if c.Value != nil {
			e.fail(field, i, "has a value where its status says that there is none")
		}
		return 1
	case 't', 'b':
		return 5 + int64(len(c.Value))
	}
	e.fail(field, i, "has a status that is none of 'n' 'u' 't' 'b'")
	return 0
}

// notNull is value where NULL cannot be said: nil is an empty value.
func (e *encoder) notNull(field string, index int, v []byte) {
	if v == nil {
		v = []byte{}
	}
	e.value(field, index, v)
}

// tuple reads a row after its tag.
func (d *decoder) tuple(tag byte, into []TupleColumn) []TupleColumn {
	if d.byte() != tag {
		d.bad = true
	}
	n := d.count16(1)
	into = slices.Grow(into[:0], n)
	for range n {
		c := TupleColumn{Status: d.byte()}
		switch c.Status {
		case 't', 'b':
			c.Value = d.notNull()
		case 'n', 'u':
		default:
			d.bad = true
		}
		into = append(into, c)
	}
	return into
}

// peek returns the next byte without passing over it, or 0.
func (d *decoder) peek() byte {
	if d.bad || d.off == len(d.body) {
		return 0
	}
	return d.body[d.off]
}

// LogicalInsert is a row that was inserted.
type LogicalInsert struct {
	Streamed
	Relation uint32 // OID
	New      []TupleColumn
}

var logicalInsertLayout = Layout{
	Kind: KindLogicalInsert, Name: "Insert", From: Backend, Type: 'I', Envelope: Embedded, Large: true, Since: "pgoutput 1",
	Doc: "A row was inserted.",
	Fields: []Field{
		streamedField,
		{Name: "relation", Kind: Int32, Unsigned: true, Role: RoleOID, Doc: "the object ID of the table, as in Relation"},
		{Name: "new", Kind: Choice, Doc: "the new row", Cases: []Case{{Tag: 'N', Doc: "a new row follows", Fields: tupleFields}}},
	},
	new: func() Message { return new(LogicalInsert) },
}

// Kind returns KindLogicalInsert.
func (*LogicalInsert) Kind() Kind { return KindLogicalInsert }

// Append appends the message.
func (m *LogicalInsert) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindLogicalInsert)
	m.append(&e)
	e.uint32(m.Relation)
	e.tuple("new.columns", 'N', m.New)
	return e.finish()
}

// Parse reads the message from its body.
func (m *LogicalInsert) Parse(body []byte) error {
	d := decoder{body: body}
	m.parse(&d)
	m.Relation = d.uint32()
	m.New = d.tuple('N', m.New)
	return d.finishIn(KindLogicalInsert, m.context())
}

// old appends the old row of an Update or a Delete.
func (e *encoder) old(kind byte, columns []TupleColumn, optional bool) {
	switch {
	case kind == 'K' || kind == 'O':
		e.tuple("old.columns", kind, columns)
	case kind != 0 || !optional:
		e.fail("oldKind", -1, "is neither 'K' nor 'O'")
	case len(columns) > 0:
		e.fail("old", -1, "has columns but no kind")
	}
}

func (d *decoder) old(into []TupleColumn, optional bool) (byte, []TupleColumn) {
	k := d.peek()
	if k == 'K' || k == 'O' {
		return k, d.tuple(k, into)
	}
	d.bad = d.bad || !optional
	return 0, into[:0]
}

// LogicalUpdate is a row that was updated.
type LogicalUpdate struct {
	Streamed
	Relation uint32 // OID
	// OldKind is 'K' when Old holds only the key's columns (the others are
	// NULL), 'O' when it is the whole row, 0 when there is no Old.
	OldKind byte
	Old     []TupleColumn
	New     []TupleColumn
}

var logicalUpdateLayout = Layout{
	Kind: KindLogicalUpdate, Name: "Update", From: Backend, Type: 'U', Envelope: Embedded, Large: true, Since: "pgoutput 1",
	Doc: "A row was updated.",
	Fields: []Field{
		streamedField,
		{Name: "relation", Kind: Int32, Unsigned: true, Role: RoleOID, Doc: "the object ID of the table, as in Relation"},
		{Name: "old", Kind: Choice, Optional: true, Doc: "what the row was before, as far as the replica identity calls for it", Cases: []Case{{Tag: 'K', Doc: "the old key follows", Fields: tupleFields}, {Tag: 'O', Doc: "the old row follows", Fields: tupleFields}}},
		{Name: "new", Kind: Choice, Doc: "the new row", Cases: []Case{{Tag: 'N', Doc: "a new row follows", Fields: tupleFields}}},
	},
	new: func() Message { return new(LogicalUpdate) },
}

// Kind returns KindLogicalUpdate.
func (*LogicalUpdate) Kind() Kind { return KindLogicalUpdate }

// Append appends the message.
func (m *LogicalUpdate) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindLogicalUpdate)
	m.append(&e)
	e.uint32(m.Relation)
	e.old(m.OldKind, m.Old, true)
	e.tuple("new.columns", 'N', m.New)
	return e.finish()
}

// Parse reads the message from its body.
func (m *LogicalUpdate) Parse(body []byte) error {
	d := decoder{body: body}
	m.parse(&d)
	m.Relation = d.uint32()
	m.OldKind, m.Old = d.old(m.Old, true)
	m.New = d.tuple('N', m.New)
	return d.finishIn(KindLogicalUpdate, m.context())
}

// LogicalDelete is a row that was deleted.
type LogicalDelete struct {
	Streamed
	Relation uint32 // OID
	// OldKind is 'K' when Old holds only the key's columns (the others are
	// NULL), 'O' when it is the whole row.
	OldKind byte
	Old     []TupleColumn
}

var logicalDeleteLayout = Layout{
	Kind: KindLogicalDelete, Name: "Delete", From: Backend, Type: 'D', Envelope: Embedded, Large: true, Since: "pgoutput 1",
	Doc: "A row was deleted.",
	Fields: []Field{
		streamedField,
		{Name: "relation", Kind: Int32, Unsigned: true, Role: RoleOID, Doc: "the object ID of the table, as in Relation"},
		{Name: "old", Kind: Choice, Doc: "the row that was deleted", Cases: []Case{{Tag: 'K', Doc: "the old key follows", Fields: tupleFields}, {Tag: 'O', Doc: "the old row follows", Fields: tupleFields}}},
	},
	new: func() Message { return new(LogicalDelete) },
}

// Kind returns KindLogicalDelete.
func (*LogicalDelete) Kind() Kind { return KindLogicalDelete }

// Append appends the message.
func (m *LogicalDelete) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindLogicalDelete)
	m.append(&e)
	e.uint32(m.Relation)
	e.old(m.OldKind, m.Old, false)
	return e.finish()
}

// Parse reads the message from its body.
func (m *LogicalDelete) Parse(body []byte) error {
	d := decoder{body: body}
	m.parse(&d)
	m.Relation = d.uint32()
	m.OldKind, m.Old = d.old(m.Old, false)
	return d.finishIn(KindLogicalDelete, m.context())
}

// LogicalTruncate says that tables were truncated.
type LogicalTruncate struct {
	Streamed
	Options   uint8 // 1: CASCADE; 2: RESTART IDENTITY
	Relations []uint32
}

var logicalTruncateLayout = Layout{
	Kind: KindLogicalTruncate, Name: "Truncate", From: Backend, Type: 'T', Envelope: Embedded, Large: true, Since: "pgoutput 1",
	Doc: "Tables were truncated.",
	Fields: []Field{
		streamedField,
		{Name: "relations", Kind: List32, Doc: "the tables",
			Head: []Field{{Name: "options", Kind: Int8, Doc: "1 for CASCADE, 2 for RESTART IDENTITY, 3 for both"}},
			Elem: []Field{{Kind: Int32, Unsigned: true, Role: RoleOID, Doc: "the object ID of a table, as in Relation"}}},
	},
	new: func() Message { return new(LogicalTruncate) },
}

// Kind returns KindLogicalTruncate.
func (*LogicalTruncate) Kind() Kind { return KindLogicalTruncate }

// Append appends the message.
func (m *LogicalTruncate) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindLogicalTruncate)
	m.append(&e)
	e.count32("relations", len(m.Relations), 4)
	if e.room("relations", -1, 1+4*int64(len(m.Relations))) {
		e.byte(m.Options)
		for _, r := range m.Relations {
			e.uint32(r)
		}
	}
	return e.finish()
}

// Parse reads the message from its body.
func (m *LogicalTruncate) Parse(body []byte) error {
	d := decoder{body: body}
	m.parse(&d)
	n := d.count32(4)
	m.Options = d.byte()
	m.Relations = d.uint32s(n, m.Relations)
	return d.finishIn(KindLogicalTruncate, m.context())
}

package wire

import (
	"encoding/binary"
	"slices"
)

// ParameterDescription lists the types of a statement's parameters, in reply
// to a [Describe] of the statement.
type ParameterDescription struct {
	Types []uint32 // type OIDs
}

var parameterDescriptionLayout = Layout{
	Kind: KindParameterDescription, Name: "ParameterDescription", From: Backend, Type: 't', Large: true,
	Doc: "The types of a prepared statement's parameters. RowDescription or NoData follows.",
	Fields: []Field{{Name: "types", Kind: List16, Doc: "the parameters' types", Elem: []Field{
		{Kind: Int32, Unsigned: true, Role: RoleTypeOID, Doc: "the type's object ID"}}}},
	new: func() Message { return new(ParameterDescription) },
}

// Kind returns KindParameterDescription.
func (*ParameterDescription) Kind() Kind { return KindParameterDescription }

// Append appends the message.
func (m *ParameterDescription) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindParameterDescription)
	e.count16("types", len(m.Types), 4)
	if e.problem == "" {
		for _, t := range m.Types {
			e.uint32(t)
		}
	}
	return e.finish()
}

// Parse reads the message from its body.
func (m *ParameterDescription) Parse(body []byte) error {
	d := decoder{body: body}
	m.Types = d.uint32s(d.count16(4), m.Types)
	return d.finish(KindParameterDescription)
}

// Column describes one column of a result.
type Column struct {
	Name         string
	Table        uint32 // OID of the table it comes from; 0 when it is no table's column
	Attribute    int16  // number of the column in that table; 0 when it is no table's column
	Type         uint32 // OID of its type
	TypeSize     int16  // bytes; negative for types of varying size (pg_type.typlen)
	TypeModifier int32  // pg_attribute.atttypmod; -1 for none
	Format       Format // text when the format is not known yet: in reply to a Describe of a statement
}

// columnSize is the least number of bytes a column takes.
const columnSize = 19

// RowDescription describes the columns of the rows that follow.
type RowDescription struct {
	Columns []Column
}

var rowDescriptionLayout = Layout{
	Kind: KindRowDescription, Name: "RowDescription", From: Backend, Type: 'T', Large: true,
	Doc: "The columns of the rows that follow, or that a described statement or portal would return.",
	Fields: []Field{{Name: "columns", Kind: List16, Doc: "the columns", Elem: []Field{
		{Name: "name", Kind: CString, Doc: "the column's name"},
		{Name: "table", Kind: Int32, Unsigned: true, Role: RoleOID, Doc: "the object ID of the table it comes from, or 0"},
		{Name: "attribute", Kind: Int16, Doc: "the number of the column in that table, or 0"},
		{Name: "type", Kind: Int32, Unsigned: true, Role: RoleTypeOID, Doc: "the object ID of the column's type"},
		{Name: "typeSize", Kind: Int16, Doc: "the type's size in bytes (pg_type.typlen); negative when it varies"},
		{Name: "typeModifier", Kind: Int32, Doc: "the type's modifier (pg_attribute.atttypmod); -1 for none"},
		{Name: "format", Kind: Int16, Role: RoleFormat, Values: formatNames,
			Doc: "0 for text, 1 for binary; 0 also where it is not yet known"},
	}}},
	new: func() Message { return new(RowDescription) },
}

// Kind returns KindRowDescription.
func (*RowDescription) Kind() Kind { return KindRowDescription }

// Append appends the message.
func (m *RowDescription) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindRowDescription)
	e.count16("columns", len(m.Columns), columnSize)
	for i := range m.Columns {
		m.Columns[i].append(&e, i)
	}
	return e.finish()
}

func (c *Column) append(e *encoder, i int) {
	e.cstringAt("columns[].name", i, c.Name)
	if !e.room("columns", i, columnSize-1) {
		return
	}
	e.uint32(c.Table)
	e.int16(c.Attribute)
	e.uint32(c.Type)
	e.int16(c.TypeSize)
	e.int32(c.TypeModifier)
	e.int16(int16(c.Format))
}

// Parse reads the message from its body.
func (m *RowDescription) Parse(body []byte) error {
	d := decoder{body: body}
	n := d.count16(columnSize)
	m.Columns = slices.Grow(m.Columns[:0], n)
	for range n {
		name := d.cstringBytes()
		c := d.column()
		c.Name = string(name)
		m.Columns = append(m.Columns, c)
	}
	return d.finish(KindRowDescription)
}

// column reads what follows a column's name.
func (d *decoder) column() Column {
	b := d.take(columnSize - 1)
	if b == nil {
		return Column{}
	}
	return Column{
		Table:        binary.BigEndian.Uint32(b),
		Attribute:    int16(binary.BigEndian.Uint16(b[4:])),
		Type:         binary.BigEndian.Uint32(b[6:]),
		TypeSize:     int16(binary.BigEndian.Uint16(b[10:])),
		TypeModifier: int32(binary.BigEndian.Uint32(b[12:])),
		Format:       Format(binary.BigEndian.Uint16(b[16:])),
	}
}

// ColumnReader reads the columns of a RowDescription one after another,
// straight from the body, without allocating.
type ColumnReader struct {
	d    decoder
	left int
}

// ReadColumns returns a reader of the columns in the body of a RowDescription.
func ReadColumns(body []byte) ColumnReader {
	r := ColumnReader{d: decoder{body: body}}
	r.left = r.d.count16(columnSize)
	return r
}

// Len returns how many columns are left.
func (r *ColumnReader) Len() int { return r.left }

// Next returns the next column with its name, which aliases the body; the
// column's own Name is empty. It returns false after the last column and where
// the body is malformed, which Err tells apart.
func (r *ColumnReader) Next() (name []byte, c Column, ok bool) {
	if r.left == 0 || r.d.bad {
		return nil, Column{}, false
	}
	r.left--
	name = r.d.cstringBytes()
	c = r.d.column()
	return name, c, !r.d.bad
}

// Err returns nil when all columns were read and nothing is left over, else a
// [*SyntaxError].
func (r *ColumnReader) Err() error {
	if r.left == 0 {
		return r.d.finish(KindRowDescription)
	}
	return locate(KindRowDescription, r.d.body, Context{})
}

// DataRow is one row of a result.
type DataRow struct {
	Values [][]byte // nil for NULL
}

var dataRowLayout = Layout{
	Kind: KindDataRow, Name: "DataRow", From: Backend, Type: 'D', Large: true,
	Doc: "One row of a result: a value for each column, in the format that RowDescription or Bind says.",
	Fields: []Field{{Name: "values", Kind: List16, Doc: "the values of the columns",
		Elem: []Field{{Kind: Value, Doc: "the column's value; length -1 for NULL"}}}},
	new: func() Message { return new(DataRow) },
}

// Kind returns KindDataRow.
func (*DataRow) Kind() Kind { return KindDataRow }

// Append appends the message.
func (m *DataRow) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindDataRow)
	e.values("values", m.Values)
	return e.finish()
}

// Parse reads the message from its body.
func (m *DataRow) Parse(body []byte) error {
	d := decoder{body: body}
	m.Values = d.values(m.Values)
	return d.finish(KindDataRow)
}

// RowReader reads the values of a DataRow one after another, straight from the
// body, without allocating.
//
// Invariant: off is beyond the last value returned, and where a malformed value
// was met it stays. Of a body without a count off is beyond the end.
type RowReader struct {
	body []byte
	off  int
	left int
}

// ReadRow returns a reader of the values in the body of a DataRow.
func ReadRow(body []byte) RowReader {
	if len(body) < 2 {
		return RowReader{body: body, off: 2}
	}
	return RowReader{body: body, off: 2, left: int(binary.BigEndian.Uint16(body))}
}

// Len returns how many values are left.
func (r *RowReader) Len() int { return r.left }

// Next returns the next value, which aliases the body: nil for NULL, empty and
// not nil for a value of no bytes. It returns false after the last value and
// where the body is malformed, which Err tells apart.
func (r *RowReader) Next() (value []byte, ok bool) {
	start := r.off + 4
	if r.left == 0 || start > len(r.body) {
		return nil, false
	}
	n := int(int32(binary.BigEndian.Uint32(r.body[r.off:])))
	if n == -1 {
		r.off = start
		r.left--
		return nil, true
	}
	if n < 0 || n > len(r.body)-start {
		return nil, false
	}
	r.off = start + n
	r.left--
	return r.body[start:r.off:r.off], true
}

// Err returns nil when all values were read and nothing is left over, else a
// [*SyntaxError].
func (r *RowReader) Err() error {
	if r.left == 0 && r.off == len(r.body) {
		return nil
	}
	return locate(KindDataRow, r.body, Context{})
}

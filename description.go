package parley

import (
	"slices"

	"parley/wire"
)

// Column is a column of a result.
type Column struct {
	Name         string
	Type         uint32 // OID
	Table        uint32 // OID of the table it is a column of; 0 for none
	Attribute    int16  // number of the column in that table
	TypeSize     int16  // bytes; negative when it varies
	TypeModifier int32  // -1 for none
}

// description is what the server said about a statement. It is shared by the
// connections of a DB, and never changed.
type description struct {
	params  []uint32 // type OIDs
	columns []Column
	formats []wire.Format // to ask for, one for all or one each
}

// describe makes a description, and chooses the formats to ask for: binary
// where it can be read.
func describe(params []uint32, cs []wire.Column) *description {
	d := &description{params: params, columns: make([]Column, len(cs)), formats: make([]wire.Format, len(cs))}
	binary := 0
	for i, c := range cs {
		d.columns[i] = Column{Name: c.Name, Type: c.Type, Table: c.Table, Attribute: c.Attribute,
			TypeSize: c.TypeSize, TypeModifier: c.TypeModifier}
		if readsBinary(c.Type) {
			d.formats[i] = wire.BinaryFormat
			binary++
		}
	}
	switch binary {
	case 0:
		d.formats = nil
	case len(cs):
		d.formats = d.formats[:1]
	}
	return d
}

// same reports whether two descriptions say the same.
func (d *description) same(other *description) bool {
	return d != nil && other != nil && slices.Equal(d.params, other.params) && slices.Equal(d.columns, other.columns)
}

package parley

import (
	"slices"
	"sync/atomic"

	"parley/internal/scan"
	"parley/pgtype"
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

// description is what the server said about a statement, and the plans that
// move its values. It is shared by the connections of a DB, and never changed
// once it is, but for the number of rows.
type description struct {
	params  []uint32 // type OIDs
	columns []Column
	formats []wire.Format // to ask for, one for all or one each

	known   *knowledge // whose types they are; nil with built-in types only
	types   *pgtype.Catalog
	era     int64    // of the types, when they were looked at
	foreign bool     // some of the types are not built in, or may be
	unknown []uint32 // OIDs of types that the catalog lacks
	args    *scan.Params
	asked   plans        // for rows in formats
	asText  plans        // for rows in text
	rows    atomic.Int64 // how many All got the last time, as a hint for the next
}

// counted takes note of how many rows there were.
func (d *description) counted(rows int) {
	if d != nil && d.rows.Load() != int64(rows) {
		d.rows.Store(int64(rows))
	}
}

// plans are how rows of one description in one list of formats are read.
type plans struct {
	rows  *scan.Plans
	dests *scan.Dests
}

// describe makes a description with the types that are built in.
func describe(params []uint32, cs []wire.Column) *description {
	d := &description{params: params, columns: make([]Column, len(cs))}
	for i, c := range cs {
		d.columns[i] = Column{Name: c.Name, Type: c.Type, Table: c.Table, Attribute: c.Attribute,
			TypeSize: c.TypeSize, TypeModifier: c.TypeModifier}
	}
	return d.with(nil)
}

// with returns the description as it is with the types that are known of a
// database. It chooses the formats to ask for: binary where there is such a form.
func (d *description) with(k *knowledge) *description {
	n := &description{params: d.params, columns: d.columns}
	if k != nil {
		n.known, n.types, n.era = k, &k.types, k.era.Load()
	}
	types := n.types
	n.formats = make([]wire.Format, len(d.columns))
	binary := 0
	for i, c := range d.columns {
		if n.look(c.Type); readsBinary(types.Type(c.Type)) {
			n.formats[i] = wire.BinaryFormat
			binary++
		}
	}
	for _, oid := range d.params {
		n.look(oid)
	}
	switch binary {
	case 0:
		n.formats = nil
	case len(d.columns):
		n.formats = n.formats[:1]
	}
	n.args = scan.NewParams(types, typesOf(types, d.params))
	n.asText = n.plan(nil)
	n.asked = n.asText
	if n.formats != nil {
		n.asked = n.plan(n.formats)
	}
	return n
}

// Records tell the types of their fields in each value, and those may be any.
const (
	oidRecord  = 2249
	oidRecords = 2287
)

// look takes note of a type that is not built in.
func (d *description) look(oid uint32) {
	_, builtin := pgtype.ByOID(oid)
	if d.foreign = d.foreign || !builtin || oid == oidRecord || oid == oidRecords; builtin {
		return
	}
	if d.types.Type(oid) == nil && !slices.Contains(d.unknown, oid) {
		d.unknown = append(d.unknown, oid)
	}
}

// readsBinary reports whether values of a type are asked for in binary. Records
// are not: the server refuses that when a field happens to have no binary form,
// and the text, which is what comes at a statement's first use, has no types.
func readsBinary(t *pgtype.Type) bool {
	if t != nil && (t.OID == oidRecord || t.OID == oidRecords) {
		return false
	}
	return pgtype.BinaryForm(t)
}

// plan makes the plans for rows in formats, as a Bind has them.
func (d *description) plan(formats []wire.Format) plans {
	cols := make([]scan.Column, len(d.columns))
	for i, c := range d.columns {
		cols[i] = scan.Column{Name: c.Name, Type: d.types.Type(c.Type), Format: pgtype.Format(formatOf(formats, i))}
	}
	return plans{scan.NewPlans(d.types, cols), scan.NewDests(d.types, cols)}
}

// plans returns the plans for rows in formats.
func (d *description) plans(formats []wire.Format) plans {
	switch {
	case len(formats) == 0:
		return d.asText
	case slices.Equal(formats, d.formats):
		return d.asked
	}
	return d.plan(formats) // what was asked for went by another description
}

// formatOf returns the format of a column, of formats as a Bind has them.
func formatOf(formats []wire.Format, column int) wire.Format {
	switch {
	case len(formats) == 1:
		return formats[0]
	case column >= 0 && column < len(formats):
		return formats[column]
	}
	return wire.TextFormat
}

// outdated takes note that a type is not what it was when it was looked up.
func (d *description) outdated() {
	if d != nil && d.known != nil {
		d.known.outdated(d.era)
	}
}

// same reports whether two descriptions say the same.
func (d *description) same(other *description) bool {
	return d != nil && other != nil && slices.Equal(d.params, other.params) && slices.Equal(d.columns, other.columns)
}

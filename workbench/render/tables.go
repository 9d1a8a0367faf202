package render

import (
	"strings"

	"parley/wire"
)

// tables are the tables that pgoutput described with Relation, so that its
// rows can be shown with names and types.
type tables struct {
	byOID map[uint32]*wire.LogicalRelation
}

// maxTables bounds how many tables are remembered.
const maxTables = 1 << 16

// learn takes what a message says about tables.
func (t *tables) learn(m *Message) {
	data, ok := m.logical(wire.KindLogicalRelation)
	if !ok {
		return
	}
	r := &wire.LogicalRelation{}
	r.InStream = m.Context.Streamed
	if r.Parse(data[1:]) != nil {
		return
	}
	if t.byOID == nil || len(t.byOID) >= maxTables {
		t.byOID = map[uint32]*wire.LogicalRelation{}
	}
	t.byOID[r.OID] = r
}

// logical returns the bytes of the pgoutput message of the kind that a message
// holds.
func (m *Message) logical(k wire.Kind) ([]byte, bool) {
	in := m.Dissection.Embedded
	const header = 5 + 1 + 24 // CopyData, XLogData up to its data
	if len(in) != 2 || in[1] != k || len(m.Raw) <= header {
		return nil, false
	}
	return m.Raw[header:], true
}

// changed returns the table that a message changes a row of, or nil.
func (t *tables) changed(m *Message) *wire.LogicalRelation {
	for _, s := range m.Dissection.Spans {
		if s.Field != nil && s.Field.Role == wire.RoleOID && strings.HasSuffix(s.Name, ".relation") {
			return t.byOID[uint32(s.Int)]
		}
	}
	return nil
}

// note names the table that an OID in a pgoutput message stands for.
func (t *tables) note(m *Message, p *part) string {
	if m.Kind != wire.KindCopyData {
		return ""
	}
	r := t.byOID[uint32(p.Int)]
	if r == nil {
		return ""
	}
	return r.Namespace + "." + r.Name
}

// columnOf returns the column that a path in a pgoutput row stands for.
func (t *tables) columnOf(m *Message, path string) *wire.RelationColumn {
	if t == nil || m.Kind != wire.KindCopyData || !strings.Contains(path, ".columns[") {
		return nil
	}
	r, i := t.changed(m), index(path)
	if r == nil || i < 0 || i >= len(r.Columns) {
		return nil
	}
	return &r.Columns[i]
}

func (t *tables) column(m *Message, path string) string {
	if c := t.columnOf(m, path); c != nil {
		return c.Name
	}
	return ""
}

// typeOf returns the type and format of a value in a pgoutput row.
func (t *tables) typeOf(m *Message, p *part) (uint32, wire.Format) {
	f := wire.TextFormat
	if p.Start > 0 && m.Raw[p.Start-1] == 'b' {
		f = wire.BinaryFormat
	}
	if c := t.columnOf(m, p.Name); c != nil {
		return c.Type, f
	}
	return 0, f
}

package render

import (
	"maps"
	"strings"

	"parley/wire"
)

// tables are the tables that pgoutput described with Relation, so that its
// rows can be shown with names and types. They are never changed: messages keep
// those that were known when they came.
type tables struct {
	byOID map[uint32]*wire.LogicalRelation
}

// maxTables bounds how many tables are remembered.
const maxTables = 1 << 12

// learn returns the tables with what a message says about one.
func (t *tables) learn(m *Message) *tables {
	data, ok := m.logical(wire.KindLogicalRelation)
	if !ok {
		return t
	}
	r := &wire.LogicalRelation{}
	r.InStream = m.Context.Streamed
	if r.Parse(data[1:]) != nil {
		return t
	}
	next := &tables{byOID: map[uint32]*wire.LogicalRelation{r.OID: r}}
	if t != nil && len(t.byOID) < maxTables {
		next.byOID = maps.Clone(t.byOID)
		next.byOID[r.OID] = r
	}
	return next
}

// byID returns the table with the object ID, or nil.
func (t *tables) byID(oid uint32) *wire.LogicalRelation {
	if t == nil {
		return nil
	}
	return t.byOID[oid]
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

// changed returns the table that a pgoutput message changes a row of, or nil.
func (m *Message) changed() *wire.LogicalRelation {
	if m.Kind != wire.KindCopyData {
		return nil
	}
	for _, s := range m.Dissection.Spans {
		if s.Field != nil && s.Field.Role == wire.RoleOID && strings.HasSuffix(s.Name, ".relation") {
			return m.tables.byID(uint32(s.Int))
		}
	}
	return nil
}

// tableNote names the table that an OID in a pgoutput message stands for.
func (m *Message) tableNote(oid int64) string {
	if m.Kind != wire.KindCopyData {
		return ""
	}
	if r := m.tables.byID(uint32(oid)); r != nil {
		return plainName(r.Namespace) + "." + plainName(r.Name)
	}
	return ""
}

package render

import (
	"strings"

	"parley/wire"
)

// joins is what the values of a message are read with: told by the message
// itself, or by the conversation before it.
type joins struct {
	m       *Message
	formats []wire.Format         // of a Bind's parameters, a FunctionCall's arguments
	table   *wire.LogicalRelation // that a pgoutput message changes a row of
}

// joins gathers what the values of a message are read with. Formats are taken
// from the spans, so that a message that is malformed later has them too.
func (m *Message) joins() joins {
	j := joins{m: m, table: m.changed()}
	var list string
	switch m.Kind {
	case wire.KindBind:
		list = "paramFormats["
	case wire.KindFunctionCall:
		list = "argFormats["
	default:
		return j
	}
	for _, s := range m.Dissection.Spans {
		if strings.HasPrefix(s.Name, list) {
			j.formats = append(j.formats, wire.Format(s.Int))
		}
	}
	return j
}

// describe fills in a value whose type the conversation may have told: a
// parameter, a column, an argument or a result of a function.
func (j *joins) describe(p *part) {
	oid, f := j.column(p)
	p.kind, p.column = typeName(oid), j.name(p)
	b := p.valueBytes()
	switch {
	case p.Int < 0:
		p.value, p.text = nil, "NULL"
	case f == wire.TextFormat:
		p.textValue(b)
	default:
		p.binaryValue(oid, b)
	}
}

// textValue shows a value in text format.
func (p *part) textValue(b []byte) {
	if !isText(b) {
		p.bytesValue(b)
		return
	}
	p.value, p.text, p.chunks = string(b), quote(b), len(b) > 0
}

// binaryValue shows a value in binary format.
func (p *part) binaryValue(oid uint32, b []byte) {
	v, ok := decodeBinary(oid, b)
	if !ok {
		p.bytesValue(b)
		if p.kind == "" {
			p.note = "binary; its type was not told"
		}
		return
	}
	p.value, p.text = v.json, v.text
	if s, ok := v.json.(string); ok && len(b) > 0 && strings.HasSuffix(string(b), s) {
		p.chunks, p.skip = true, len(b)-len(s) // a jsonb has its version before the text
	}
}

// bytesValue shows what is no text.
func (p *part) bytesValue(b []byte) { p.value, p.text, p.raw = hexOf(b), "x'"+hexOf(b)+"'", true }

// name returns the name of a value's column, or "".
func (j *joins) name(p *part) string {
	switch i := index(p.Name); {
	case j.m.Kind == wire.KindDataRow && i >= 0 && i < len(j.m.Columns):
		return j.m.Columns[i].Name
	default:
		if c := j.tableColumn(p); c != nil {
			return c.Name
		}
	}
	return ""
}

// column returns the type and the format of a value; 0 for a type that is not
// known.
func (j *joins) column(p *part) (oid uint32, f wire.Format) {
	m, i := j.m, index(p.Name)
	switch m.Kind {
	case wire.KindDataRow:
		if i >= 0 && i < len(m.Columns) {
			return m.Columns[i].Type, m.Columns[i].Format
		}
	case wire.KindBind:
		if i >= 0 && i < len(m.ParamTypes) {
			oid = m.ParamTypes[i]
		}
		return oid, format(j.formats, i)
	case wire.KindFunctionCall:
		return 0, format(j.formats, i)
	case wire.KindCopyData:
		if c := j.tableColumn(p); c != nil {
			oid = c.Type
		}
		return oid, j.tupleFormat(p)
	}
	if m.told {
		return 0, format(m.formats, max(i, 0))
	}
	return 0, guessFormat(p.valueBytes())
}

// tableColumn returns the column that a value in a pgoutput row stands for, or
// nil.
func (j *joins) tableColumn(p *part) *wire.RelationColumn {
	i := index(p.Name)
	if j.table == nil || i < 0 || i >= len(j.table.Columns) || !strings.Contains(p.Name, ".columns[") {
		return nil
	}
	return &j.table.Columns[i]
}

// tupleFormat reads the byte that stands before a value in a pgoutput row.
func (j *joins) tupleFormat(p *part) wire.Format {
	if strings.Contains(p.Name, ".columns[") && j.m.Raw[p.Start-1] == 'b' {
		return wire.BinaryFormat
	}
	return guessFormat(p.valueBytes())
}

// guessFormat takes bytes for text when they are text: the conversation did
// not tell their format.
func guessFormat(b []byte) wire.Format {
	if isText(b) {
		return wire.TextFormat
	}
	return wire.BinaryFormat
}

// format returns the format of the i-th of several values, from a list that
// has none for all text, one for all, or one each.
func format(list []wire.Format, i int) wire.Format {
	switch {
	case len(list) == 1:
		return list[0]
	case i >= 0 && i < len(list):
		return list[i]
	}
	return wire.TextFormat
}

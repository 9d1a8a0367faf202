package render

import (
	"parley/wire"
)

// typed shows a value whose type the conversation may have told: a parameter,
// a column, an argument or a result of a function.
func (m *Message) typed(p *part) {
	if p.Int < 0 {
		p.value, p.text, p.kind, p.column = nil, "NULL", m.typeOf(p), m.columnOf(p)
		return
	}
	oid, f := m.column(p)
	p.kind, p.column = typeName(oid), m.columnOf(p)
	b := p.valueBytes()
	if f == wire.TextFormat {
		p.textValue(b)
		return
	}
	if v, ok := decodeBinary(oid, b); ok {
		p.value, p.text = v.json, v.text
		return
	}
	p.value, p.text = hexOf(b), "x'"+hexOf(b)+"'"
	if p.kind == "" {
		p.note = "binary; its type was not told"
	}
}

// textValue shows a value in text format.
func (p *part) textValue(b []byte) {
	p.value, p.text = string(b), quote(b)
	if !isText(b) {
		p.value, p.text = hexOf(b), "x'"+hexOf(b)+"'"
	}
	p.chunks = len(b) > 0
}

func (m *Message) typeOf(p *part) string {
	oid, _ := m.column(p)
	return typeName(oid)
}

func (m *Message) columnOf(p *part) string {
	if m.Kind == wire.KindDataRow {
		if i := index(p.Name); i >= 0 && i < len(m.Columns) {
			return m.Columns[i].Name
		}
	}
	return m.tables.column(m, p.Name)
}

// column returns the type and the format of a value; 0 for a type that is not
// known.
func (m *Message) column(p *part) (oid uint32, f wire.Format) {
	i := index(p.Name)
	switch m.Kind {
	case wire.KindDataRow:
		if i >= 0 && i < len(m.Columns) {
			return m.Columns[i].Type, m.Columns[i].Format
		}
		return 0, m.guessFormat(p)
	case wire.KindBind:
		var b wire.Bind
		_ = b.Parse(m.Raw[5:]) // a Bind with a value in it that fails later is shown as far as it was read
		if i >= 0 && i < len(m.ParamTypes) {
			oid = m.ParamTypes[i]
		}
		return oid, format(b.ParamFormats, i)
	case wire.KindFunctionCall:
		var c wire.FunctionCall
		_ = c.Parse(m.Raw[5:])
		return 0, format(c.ArgFormats, i)
	case wire.KindCopyData:
		return m.tables.typeOf(m, p)
	}
	return 0, m.guessFormat(p)
}

// guessFormat takes bytes for text when they are text: the conversation did
// not tell their format, as after an Execute without Describe.
func (m *Message) guessFormat(p *part) wire.Format {
	if isText(p.valueBytes()) {
		return wire.TextFormat
	}
	return wire.BinaryFormat
}

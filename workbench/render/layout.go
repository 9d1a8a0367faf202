package render

import (
	"fmt"
	"strings"

	"parley/wire"
)

// FieldRow is a field of a layout, as a row of a table.
type FieldRow struct {
	Depth int    `json:"depth"` // how deep it is inside of lists
	Name  string `json:"name"`
	Type  string `json:"type"` // as the manual writes it: Int32, String, Byte4
	Doc   string `json:"doc"`
}

// FieldRows returns the fields of a message's body, those inside of lists
// after the list.
func FieldRows(l *wire.Layout) []FieldRow { return fieldRows(nil, l.Fields, 0) }

func fieldRows(rows []FieldRow, fs []wire.Field, depth int) []FieldRow {
	for i := range fs {
		f := &fs[i]
		if f.Kind == wire.Group {
			rows = fieldRows(rows, f.Elem, depth)
			continue
		}
		rows = append(rows, FieldRow{depth, rowName(f), rowType(f), rowDoc(f)})
		rows = fieldRows(rows, f.Head, depth)
		if !onlyElement(f) {
			rows = fieldRows(rows, f.Elem, depth+1)
		}
		rows = caseRows(rows, f, depth+1)
	}
	return rows
}

func caseRows(rows []FieldRow, f *wire.Field, depth int) []FieldRow {
	for i := range f.Cases {
		c := &f.Cases[i]
		rows = append(rows, FieldRow{depth, fmt.Sprintf("%q", rune(c.Tag)), "", c.Doc})
		rows = fieldRows(rows, c.Fields, depth+1)
	}
	return rows
}

// onlyElement reports whether a list's elements are one nameless field.
func onlyElement(f *wire.Field) bool {
	return len(f.Elem) == 1 && f.Elem[0].Name == "" && len(f.Elem[0].Cases) == 0
}

func rowName(f *wire.Field) string {
	if f.Name == "" {
		return "each"
	}
	return f.Name
}

func rowType(f *wire.Field) string {
	switch f.Kind {
	case wire.Byte:
		return "Byte1"
	case wire.Bool, wire.Int8:
		return "Int8"
	case wire.Int16:
		return "Int16"
	case wire.Int32:
		return "Int32"
	case wire.Int64:
		return "Int64"
	case wire.Code:
		return fmt.Sprintf("Int32(%d)", f.Value)
	case wire.CString:
		return "String"
	case wire.Fixed:
		return fmt.Sprintf("Byte%d", f.Min)
	case wire.Rest:
		return "Byten"
	case wire.Value:
		return "Int32 n, Byten"
	case wire.List16:
		return "Int16 n, " + elementType(f)
	case wire.List32:
		return "Int32 n, " + elementType(f)
	case wire.Until:
		return elementType(f) + " …, Byte1(0)"
	}
	return "Byte1"
}

func elementType(f *wire.Field) string {
	if onlyElement(f) {
		return rowType(&f.Elem[0]) + "[n]"
	}
	return "group[n]"
}

func rowDoc(f *wire.Field) string {
	doc := f.Doc
	if onlyElement(f) && f.Elem[0].Doc != "" {
		doc += "; each: " + f.Elem[0].Doc
	}
	if f.Streamed || f.Optional {
		doc += " (may be absent)"
	}
	if len(f.Values) == 0 || strings.HasPrefix(f.Doc, "0 ") {
		return doc
	}
	var vs []string
	for _, v := range f.Values {
		vs = append(vs, valueName(f, v))
	}
	return doc + ": " + strings.Join(vs, ", ")
}

func valueName(f *wire.Field, v wire.Named) string {
	name := v.Name
	if name == "" {
		name = v.Doc
	}
	if f.Kind == wire.Byte {
		return fmt.Sprintf("%c %s", rune(v.Value), name)
	}
	return fmt.Sprintf("%d %s", v.Value, name)
}

// Example returns the example of a kind as a message on its own, outside of
// any conversation.
func Example(k wire.Kind) (*Message, error) {
	l := wire.LayoutOf(k)
	raw, err := wire.Example(k).Append(nil)
	if err != nil {
		return nil, err
	}
	from := l.From
	if from == wire.Both {
		from = wire.Frontend
	}
	m := &Message{Event: wire.Event{From: from, Kind: k}, Raw: raw, tables: &tables{}}
	m.Dissection = wire.Dissect(k, from, raw, wire.Context{})
	return m, nil
}

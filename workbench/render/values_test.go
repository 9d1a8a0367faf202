package render_test

import (
	"encoding/binary"
	"math"

	"parley/wire"
)

// micros is a moment as PostgreSQL writes it.
const micros = 825_000_000_123_456

func i64(n int64) []byte   { return binary.BigEndian.AppendUint64(nil, uint64(n)) }
func i32(n int32) []byte   { return binary.BigEndian.AppendUint32(nil, uint32(n)) }
func f64(f float64) []byte { return i64(int64(math.Float64bits(f))) }
func text(s string) []byte { return []byte(s) }
func bin(b ...byte) []byte { return b }
func join(b ...[]byte) (j []byte) {
	for i := range b {
		j = append(j, b[i]...)
	}
	return j
}

// sample is a value of a type in binary form.
type sample struct {
	name  string
	oid   uint32
	value []byte
}

// samples are values of the types that have a meaning here, and of some that
// have none.
func samples() []sample {
	return []sample{
		{"yes", 16, bin(1)}, {"small", 21, bin(0xff, 0xfe)}, {"whole", 23, i32(-42)}, {"big", 20, i64(math.MinInt64)},
		{"oid", 26, bin(0xff, 0xff, 0xff, 0xff)}, {"real", 700, bin(0x3f, 0xc0, 0, 0)}, {"double", 701, f64(math.Pi)},
		{"nan", 701, f64(math.NaN())}, {"words", 25, text("gr\u00fc\u00df \"dich\"\n")}, {"name", 19, text("pg_class")},
		{"json", 114, text(`{"a": 1}`)}, {"jsonb", 3802, text("\x01" + `{"a": 1}`)},
		{"uuid", 2950, bin(0x55, 0x0e, 0x84, 0, 0xe2, 0x9b, 0x41, 0xd4, 0xa7, 0x16, 0x44, 0x66, 0x55, 0x44, 0, 0)},
		{"day", 1082, i32(9556)}, {"moment", 1114, i64(micros)}, {"instant", 1184, i64(micros)},
		{"ever", 1184, i64(math.MaxInt64)}, {"position", 3220, i64(0x16_b374d848)}, {"bytes", 17, bin(0, 1, 0xff)},
		{"number", 1700, bin(0, 2, 0, 0, 0, 0, 0, 2, 0, 3, 0x04, 0xd2)}, {"nothing", 23, nil}, {"short", 23, bin(1, 2)},
		{"mine", 99999, bin(7)}, {"empty", 25, []byte{}}, {"long", 25, text(long(700))}, {"blob", 17, make([]byte, 400)},
	}
}

// values is parameters and columns whose types the conversation tells, in every
// way it can.
func values() []chunk {
	bind := &wire.Bind{Statement: "s1", ParamFormats: []wire.Format{1}, ResultFormats: []wire.Format{1}}
	var types []uint32
	var columns []wire.Column
	for _, s := range samples() {
		types = append(types, s.oid)
		columns = append(columns, wire.Column{Name: s.name, Type: s.oid, TypeSize: -1, TypeModifier: -1})
		bind.Params = append(bind.Params, s.value)
	}
	row := &wire.DataRow{Values: bind.Params}
	two := []wire.Column{{Name: "n", Type: 23, TypeSize: 4, TypeModifier: -1}, {Name: "t", Type: 25, TypeSize: -1, TypeModifier: -1}}
	call := &wire.FunctionCall{Function: 954, ArgFormats: []wire.Format{1, 0}, Args: [][]byte{i32(0), text("x"), nil}, ResultFormat: 1}
	return started(
		front(&wire.Parse{Statement: "s1", SQL: "select " + long(200), ParamTypes: types},
			&wire.Describe{Object: wire.ObjectStatement, Name: "s1"}, bind, &wire.Execute{}, &wire.Sync{}),
		back(&wire.ParseComplete{}, &wire.ParameterDescription{Types: types[:3]}, &wire.RowDescription{Columns: columns[:2]},
			&wire.BindComplete{}),
		back(&wire.DataRow{Values: [][]byte{bin(1), bin(0, 7)}}, &wire.CommandComplete{Tag: "SELECT 1"}, &wire.ReadyForQuery{Status: wire.TxIdle}),
		front(&wire.Bind{Portal: "p", Statement: "s1", Params: [][]byte{text("t"), text("5"), text("x")}, ResultFormats: []wire.Format{0, 1}},
			&wire.Describe{Object: wire.ObjectPortal, Name: "p"}, &wire.Execute{Portal: "p", MaxRows: 1}, &wire.Sync{}),
		back(&wire.BindComplete{}, &wire.RowDescription{Columns: []wire.Column{columns[0], {Name: "small", Type: 21, Format: 1}}},
			&wire.DataRow{Values: [][]byte{text("t"), bin(0, 5)}}, &wire.PortalSuspended{}, &wire.ReadyForQuery{Status: wire.TxIdle}),
		front(&wire.Query{SQL: "select"}),
		back(&wire.RowDescription{Columns: two}, &wire.DataRow{Values: [][]byte{text("1"), nil}},
			&wire.DataRow{Values: [][]byte{nil, text(long(100))}}, &wire.CommandComplete{Tag: "SELECT 2"}, &wire.ReadyForQuery{Status: wire.TxIdle}),
		front(&wire.Bind{Statement: "none", ParamFormats: []wire.Format{1}, Params: [][]byte{i32(1), text("?")}}, &wire.Execute{}, &wire.Sync{}),
		back(&wire.BindComplete{}, row, &wire.CommandComplete{Tag: "SELECT 1"}, &wire.ReadyForQuery{Status: wire.TxIdle}),
		front(call), back(&wire.FunctionCallResponse{Result: i32(3)}, &wire.ReadyForQuery{Status: wire.TxIdle}),
	)
}

// replicating is a logical stream with a transaction in it, and a standby's
// messages.
func replicating() []chunk {
	sql := `START_REPLICATION SLOT "s" LOGICAL 0/0 (proto_version '4', publication_names 'p')`
	log := func(m wire.Message) wire.Message {
		b := encode([]wire.Message{&wire.XLogData{Start: 0x16_b374d848, End: 0x16_b374d900, Clock: micros, Data: encode([]wire.Message{m})}})
		return &wire.CopyData{Data: b}
	}
	inside := func(m wire.Message) wire.Message { return &wire.CopyData{Data: encode([]wire.Message{m})} }
	relation := &wire.LogicalRelation{OID: 16390, Namespace: "public", Name: "people", Identity: 'd', Columns: []wire.RelationColumn{
		{Flags: 1, Name: "id", Type: 23, TypeModifier: -1}, {Name: "name", Type: 25, TypeModifier: -1}, {Name: "born", Type: 1082, TypeModifier: -1}}}
	row := func(c ...wire.TupleColumn) []wire.TupleColumn { return c }
	return []chunk{
		startup(wire.Parameter{Name: "replication", Value: "database"}), back(ready()...),
		front(&wire.Query{SQL: sql}), back(&wire.CopyBothResponse{}),
		back(inside(&wire.PrimaryKeepalive{End: 0x16_b374d848, Clock: micros, Reply: true})),
		front(inside(&wire.StandbyStatusUpdate{Written: 0x16_b374d848, Flushed: 0x16_b374d800, Clock: micros})),
		back(log(&wire.LogicalBegin{Final: 0x16_b374d8c8, CommitTime: micros, XID: 742}), log(relation),
			log(&wire.LogicalInsert{Relation: 16390, New: row(wire.TupleColumn{Status: 'b', Value: i32(7)},
				wire.TupleColumn{Status: 't', Value: text("Ada Lovelace, Countess of")}, wire.TupleColumn{Status: 'n'})}),
			log(&wire.LogicalUpdate{Relation: 16390, New: row(wire.TupleColumn{Status: 't', Value: text("7")},
				wire.TupleColumn{Status: 'u'}, wire.TupleColumn{Status: 'b', Value: i32(-66_833)})}),
			log(&wire.LogicalDelete{Relation: 99, OldKind: 'K', Old: row(wire.TupleColumn{Status: 't', Value: text("7")})}),
			log(&wire.LogicalTruncate{Relations: []uint32{16390}}),
			log(&wire.StreamStart{XID: 743, First: true}), log(&wire.LogicalMessage{Streamed: wire.Streamed{InStream: true, XID: 743},
				Flags: 1, LSN: 0x16_b374d848, Prefix: "app", Content: text("hello")}),
			log(&wire.StreamStop{}), log(&wire.LogicalCommit{Commit: 0x16_b374d8c8, End: 0x16_b374d900, CommitTime: micros})),
		front(&wire.CopyDone{}), back(&wire.CopyDone{}, &wire.CommandComplete{Tag: "COPY 0"}, &wire.ReadyForQuery{Status: wire.TxIdle}),
	}
}

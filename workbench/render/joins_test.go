package render_test

import (
	"strings"
	"testing"
	"time"

	"parley/wire"
	"parley/workbench/render"
)

// lines shows the messages of a conversation that have a name, one line each.
func lines(t *testing.T, chunks []chunk, name string) []string {
	t.Helper()
	var ls []string
	for _, m := range follow(chunks) {
		if m.Kind.String() == name || strings.HasSuffix(m.Name(), " "+name) {
			ls = append(ls, strings.TrimSuffix(show(t, render.Line, []render.Message{m}, render.Options{}), "\n"))
		}
	}
	return ls
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		g, w := "nothing", "nothing"
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w {
			t.Errorf("%d: got  %s\n  want %s", i, g, w)
		}
	}
}

var (
	endSync = &wire.Sync{}
	done    = &wire.ReadyForQuery{Status: wire.TxIdle}
	whole   = wire.Column{Name: "n", Type: 23, TypeSize: 4, TypeModifier: -1}
	word    = wire.Column{Name: "w", Type: 25, TypeSize: -1, TypeModifier: -1}
)

// TestParametersFromParse has the types that Parse named.
func TestParametersFromParse(t *testing.T) {
	c := started(front(&wire.Parse{SQL: "select $1, $2", ParamTypes: []uint32{20, 0}},
		&wire.Bind{ParamFormats: []wire.Format{1, 0}, Params: [][]byte{i64(-7), text("x"), text("more")}}))
	expect(t, lines(t, c, "Bind"), `→ Bind "" "" [binary, text] [int8 -7, "x", "more"] []`)
}

// TestParametersFromDescription has those that the server chose, once it said
// so.
func TestParametersFromDescription(t *testing.T) {
	bind := &wire.Bind{Statement: "s", ParamFormats: []wire.Format{1}, Params: [][]byte{i32(5), nil}}
	c := started(
		front(&wire.Parse{Statement: "s", SQL: "select $1, $2"}, bind, endSync),
		back(&wire.ParseComplete{}, &wire.BindComplete{}, done),
		front(&wire.Describe{Object: wire.ObjectStatement, Name: "s"}, endSync),
		back(&wire.ParameterDescription{Types: []uint32{23, 25}}, &wire.NoData{}, done),
		front(bind, endSync), back(&wire.BindComplete{}, done))
	expect(t, lines(t, c, "Bind"),
		`→ Bind "" "s" [binary] [x'00000005', NULL] []`,
		`→ Bind "" "s" [binary] [int4 5, text NULL] []`)
}

// TestRowsOfQuery has the columns of the RowDescription before them.
func TestRowsOfQuery(t *testing.T) {
	other := whole
	other.Name, other.Type = "big", 20
	c := started(front(&wire.Query{SQL: "fetch 1 from c; select 2"}),
		back(&wire.RowDescription{Columns: []wire.Column{{Name: "n", Type: 23, Format: 1}}}, &wire.DataRow{Values: [][]byte{i32(1)}},
			&wire.CommandComplete{Tag: "FETCH 1"}, &wire.RowDescription{Columns: []wire.Column{other, word}},
			&wire.DataRow{Values: [][]byte{text("2"), nil}}, &wire.CommandComplete{Tag: "SELECT 1"}, done))
	expect(t, lines(t, c, "DataRow"), `← DataRow [n=1]`, `← DataRow [big="2", w=NULL]`)
}

// TestRowsOfStatement has the columns of the statement's description with the
// formats of Bind.
func TestRowsOfStatement(t *testing.T) {
	c := started(
		front(&wire.Parse{Statement: "s", SQL: "select"}, &wire.Describe{Object: wire.ObjectStatement, Name: "s"}, endSync),
		back(&wire.ParseComplete{}, &wire.ParameterDescription{}, &wire.RowDescription{Columns: []wire.Column{whole, word}}, done),
		front(&wire.Bind{Statement: "s", ResultFormats: []wire.Format{1, 0}}, &wire.Execute{}, endSync),
		back(&wire.BindComplete{}, &wire.DataRow{Values: [][]byte{i32(9), text("nine")}}, &wire.CommandComplete{Tag: "SELECT 1"}, done))
	expect(t, lines(t, c, "DataRow"), `← DataRow [n=9, w="nine"]`)
}

// TestRowsOfPortal has the columns of the portal's description.
func TestRowsOfPortal(t *testing.T) {
	binary := whole
	binary.Format = 1
	c := started(
		front(&wire.Parse{SQL: "select"}, &wire.Bind{Portal: "p", ResultFormats: []wire.Format{1}},
			&wire.Describe{Object: wire.ObjectPortal, Name: "p"}, &wire.Execute{Portal: "p"}, endSync),
		back(&wire.ParseComplete{}, &wire.BindComplete{}, &wire.RowDescription{Columns: []wire.Column{binary}},
			&wire.DataRow{Values: [][]byte{i32(-1)}}, &wire.CommandComplete{Tag: "SELECT 1"}, done))
	expect(t, lines(t, c, "DataRow"), `← DataRow [n=-1]`)
}

// TestRowsWithoutDescription has the formats of Bind at least: 1 in text is a
// character, 0x31 in binary a byte of no known meaning.
func TestRowsWithoutDescription(t *testing.T) {
	row := &wire.DataRow{Values: [][]byte{text("1"), text("1")}}
	c := started(
		front(&wire.Parse{SQL: "select"}, &wire.Bind{}, &wire.Execute{}, &wire.Bind{ResultFormats: []wire.Format{0, 1}}, &wire.Execute{}, endSync),
		back(&wire.ParseComplete{}, &wire.BindComplete{}, row, &wire.CommandComplete{Tag: "SELECT 1"},
			&wire.BindComplete{}, row, &wire.CommandComplete{Tag: "SELECT 1"}, done))
	expect(t, lines(t, c, "DataRow"), `← DataRow ["1", "1"]`, `← DataRow ["1", x'31']`)
}

// TestFunctionResult has the format that the call asked for.
func TestFunctionResult(t *testing.T) {
	call := func(f wire.Format) chunk {
		return front(&wire.FunctionCall{Function: 1, ArgFormats: []wire.Format{1}, Args: [][]byte{text("1")}, ResultFormat: f})
	}
	reply := back(&wire.FunctionCallResponse{Result: text("1111")}, done)
	c := started(call(1), reply, call(0), reply)
	expect(t, lines(t, c, "FunctionCallResponse"), `← FunctionCallResponse x'31313131'`, `← FunctionCallResponse "1111"`)
	expect(t, lines(t, c, "FunctionCall"), `→ FunctionCall 1 [binary] [x'31'] binary`, `→ FunctionCall 1 [binary] [x'31'] text`)
}

// TestRowsOfRelation has the columns of the Relation that came before, not of
// one that comes later, however late they are shown.
func TestRowsOfRelation(t *testing.T) {
	c := replicating()[:4]
	relation := func(column string) wire.Message {
		return &wire.LogicalRelation{OID: 7, Name: "t", Identity: 'd', Columns: []wire.RelationColumn{{Name: column, Type: 23}}}
	}
	insert := &wire.LogicalInsert{Relation: 7, New: []wire.TupleColumn{{Status: 'b', Value: i32(3)}}}
	for _, m := range []wire.Message{insert, relation("a"), insert, relation("b"), insert} {
		data := encode([]wire.Message{&wire.XLogData{Data: encode([]wire.Message{m})}})
		c = append(c, back(&wire.CopyData{Data: data}))
	}
	const head = "← CopyData XLogData Insert 0/0 0/0 2000-01-01 00:00:00Z 7 N "
	expect(t, lines(t, c, "Insert"), head+"[b x'00000003']", head+"[b a=3]", head+"[b b=3]")
}

// TestAnswers joins replies with their requests, and measures the time between.
func TestAnswers(t *testing.T) {
	ms := follow(started(
		front(&wire.Parse{SQL: "select"}, &wire.Bind{}, &wire.Execute{}, endSync),
		back(&wire.ParseComplete{}, &wire.NoticeResponse{}, &wire.BindComplete{}, &wire.NotificationResponse{}, &wire.EmptyQueryResponse{}, done)))
	for i, want := range []struct {
		answers wire.Kind
		since   time.Duration
	}{
		{wire.KindParse, 4}, {wire.KindBind, 4}, {wire.KindBind, 5}, {0, 0}, {wire.KindExecute, 6}, {wire.KindSync, 6},
	} {
		m := ms[9+i]
		if m.Answers != want.answers || m.Since != want.since*time.Millisecond {
			t.Errorf("%s answers %v after %v, want %v after %d ms", m.Name(), m.Answers, m.Since, want.answers, want.since)
		}
	}
}

// TestAnswersAfterCopy holds that data does not push the request out of memory.
func TestAnswersAfterCopy(t *testing.T) {
	var c render.Conversation
	feed(&c, started(front(&wire.Query{SQL: "copy t from stdin"}), back(&wire.CopyInResponse{})))
	data := front(&wire.CopyData{Data: []byte("x\n")})
	for range 100_000 {
		c.Message(wire.Frontend, frameOf(wire.LayoutOf(wire.KindCopyData), data.bytes), time.Time{})
	}
	feed(&c, []chunk{front(&wire.CopyDone{})})
	m := c.Message(wire.Backend, frameOf(wire.LayoutOf(wire.KindCommandComplete), back(&wire.CommandComplete{Tag: "COPY 100000"}).bytes), time.Time{})
	if m.Answers != wire.KindQuery {
		t.Errorf("CommandComplete answers %v", m.Answers)
	}
}

// TestManyValues holds that the work is in proportion to the values.
func TestManyValues(t *testing.T) {
	bind := &wire.Bind{Params: make([][]byte, 60_000), ParamFormats: []wire.Format{1}}
	began := time.Now()
	show(t, render.Line, follow(started(front(bind))), render.Options{})
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("60000 parameters took %v", took)
	}
}

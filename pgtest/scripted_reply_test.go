package pgtest

import (
	"strings"
	"testing"
	"testing/synctest"

	"parley/wire"
)

func TestScriptedReplySimple(t *testing.T) {
	dialogue(t, func(p *Peer) {
		p.Login(Login{})
		p.Send(&wire.Query{SQL: "begin; select"})
		p.Expect(Done("BEGIN"), Columns("a", "b"), Row(1, nil), Row("x", true), Done("SELECT 2"), Ready(wire.TxActive))
		p.Send(&wire.Query{SQL: "oops"})
		p.Expect(Failure("42601", "syntax error"), Ready(wire.TxFailed))
		p.Send(&wire.Query{SQL: "rollback"})
		p.Expect(Done("ROLLBACK"), Ready(wire.TxIdle))
		p.Send(&wire.Query{SQL: ""})
		p.Expect(&wire.EmptyQueryResponse{}, Ready(0))
		p.Send(&wire.Query{SQL: "half"})
		p.Expect(Columns("a"), Row(1), Failure("22012", "division by zero"), Ready(0))
	}, func(p *Peer) {
		p.Accept(Welcome{})
		for _, results := range [][]Result{
			{Tag("BEGIN"), Table([]string{"a", "b"}, []any{1, nil}, []any{"x", true})},
			{Refusal("42601", "syntax error"), Tag("NEVER")},
			{Tag("ROLLBACK")},
			{{}},
			{{Columns: Columns("a").Columns, Rows: []*wire.DataRow{Row(1)}, Error: Failure("22012", "division by zero")}},
		} {
			p.ExpectKinds(wire.KindQuery)
			p.Reply(results...)
		}
	})
}

func flight(sql string, max int32) []wire.Message {
	return []wire.Message{&wire.Parse{SQL: sql, ParamTypes: []uint32{23}}, &wire.Describe{Object: 'S'},
		&wire.Bind{Params: [][]byte{[]byte("7")}}, &wire.Describe{Object: 'P'}, &wire.Execute{MaxRows: max}}
}

func TestScriptedReplyExtended(t *testing.T) {
	columns := []wire.Message{&wire.ParseComplete{}, &wire.ParameterDescription{Types: []uint32{23}}, Columns("x"), &wire.BindComplete{}, Columns("x")}
	dialogue(t, func(p *Peer) {
		p.Login(Login{})
		p.Send(append(flight("one", 0), &wire.Sync{})...)
		p.Expect(append(columns, Row(1), Row(2), Row(3), Done("SELECT 3"), Ready(0))...)

		p.Send(append(flight("portal", 2), &wire.Execute{}, &wire.Close{Object: 'S'}, &wire.Sync{})...)
		p.Expect(append(columns, Row(1), Row(2), &wire.PortalSuspended{}, Row(3), Done("SELECT 1"), &wire.CloseComplete{}, Ready(0))...)

		p.Send(append(flight("error", 0), &wire.Execute{}, &wire.Sync{}, &wire.Parse{SQL: "after"}, &wire.Sync{})...)
		p.Expect(&wire.ParseComplete{}, &wire.ParameterDescription{Types: []uint32{23}}, &wire.NoData{}, &wire.BindComplete{}, &wire.NoData{},
			Failure("22012", "no"), Ready(0), &wire.ParseComplete{}, Ready(0))

		p.Send(append(flight("error", 0), &wire.Flush{}, &wire.Execute{})...)
		p.Until(wire.KindErrorResponse)
		p.Send(&wire.Execute{}, &wire.Sync{})
		p.Expect(Ready(0))

		p.Send(&wire.Parse{SQL: "flushed"}, &wire.Flush{})
		p.Expect(&wire.ParseComplete{})
		p.Send(&wire.Sync{})
		p.Expect(Ready(0))
	}, func(p *Peer) {
		p.Accept(Welcome{})
		three := Table([]string{"x"}, []any{1}, []any{2}, []any{3})
		p.ExpectKinds(wire.KindParse, wire.KindDescribe, wire.KindBind, wire.KindDescribe, wire.KindExecute, wire.KindSync)
		p.Reply(three)
		p.Until(wire.KindSync)
		p.Reply(three)
		p.Until(wire.KindSync)
		p.Until(wire.KindSync)
		p.Reply(Refusal("22012", "no"))
		p.Until(wire.KindFlush)
		p.Reply(Refusal("22012", "no"))
		p.Until(wire.KindSync)
		p.Reply()
		p.ExpectKinds(wire.KindParse, wire.KindFlush)
		p.Reply()
		p.ExpectKinds(wire.KindSync)
		p.Reply()
	})
}

// A server in one function, for both protocols.
func TestScriptedRespond(t *testing.T) {
	dialogue(t, func(p *Peer) {
		p.Login(Login{})
		p.Send(&wire.Query{SQL: "simple"})
		p.Expect(Columns("sql", "param"), Row("simple", nil), Done("SELECT 1"), Ready(0))
		p.Send(append(flight("extended", 0), &wire.Sync{})...)
		p.Until(wire.KindDataRow)
		p.Expect(Done("SELECT 1"), Ready(0))
		p.Send(&wire.Parse{Statement: "s", SQL: "prepared"}, &wire.Sync{})
		p.Until(wire.KindReadyForQuery)
		p.Send(&wire.Bind{Statement: "s", Params: [][]byte{[]byte("8")}}, &wire.Execute{}, &wire.Sync{})
		p.Expect(&wire.BindComplete{}, Row("prepared", "8"), Done("SELECT 1"), Ready(0))
		p.Send(&wire.Bind{Statement: "nowhere"}, &wire.Execute{}, &wire.Sync{})
		p.Expect(&wire.BindComplete{}, Failure("XX000", "the script has no result for this Execute"), Ready(0))
		p.Send(&wire.FunctionCall{})
		p.Expect(Failure("0A000", "the scripted server does not answer FunctionCall"), Ready(0))
		p.Send(&wire.Terminate{})
	}, func(p *Peer) {
		p.Accept(Welcome{})
		p.Respond(func(r Request) Result {
			var param any
			if r.Bind != nil {
				param = r.Bind.Params[0]
			}
			return Table([]string{"sql", "param"}, []any{r.SQL, param})
		})
	})
}

func TestScriptedReplyNumbers(t *testing.T) {
	for want, script := range map[string]func(*Peer){
		"1 result left": func(p *Peer) { p.Reply(Tag("A"), Tag("B")) },
		"":              func(p *Peer) { p.Reply() }, // an error for the client
	} {
		synctest.Test(t, func(t *testing.T) {
			err := against(t, PeerConfig{}, func(p *Peer) {
				p.Accept(Welcome{})
				p.ExpectKinds(wire.KindBind, wire.KindExecute, wire.KindSync)
				script(p)
			}, func(p *Peer) {
				p.Login(Login{})
				p.Send(&wire.Bind{}, &wire.Execute{}, &wire.Sync{})
				p.Until(wire.KindReadyForQuery)
			})
			if want != "" {
				wantProblem(t, err, want)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestScriptedCopy(t *testing.T) {
	dialogue(t, func(p *Peer) {
		p.Login(Login{})
		p.Send(&wire.Query{SQL: "copy in"})
		p.Expect(&wire.CopyInResponse{Columns: make([]wire.Format, 2)})
		p.Send(&wire.CopyData{Data: []byte("1\ta\n2")}, &wire.Flush{}, &wire.CopyData{Data: []byte("\tb\n")}, &wire.CopyDone{})
		p.Expect(Done("COPY 2"), Ready(0))
		p.Send(&wire.Query{SQL: "copy in"})
		p.ExpectKinds(wire.KindCopyInResponse)
		p.Send(&wire.CopyFail{Reason: "changed my mind"})
		p.Expect(Failure("57014", "changed my mind"), Ready(0))
		p.Send(&wire.Query{SQL: "copy out"})
		p.Expect(&wire.CopyOutResponse{Columns: make([]wire.Format, 1)}, &wire.CopyData{Data: []byte("1\n")},
			&wire.CopyData{Data: []byte("2\n")}, &wire.CopyDone{}, Done("COPY 2"), Ready(0))
	}, func(p *Peer) {
		p.Accept(Welcome{})
		p.ExpectKinds(wire.KindQuery)
		if data, ok := p.CopyIn(2); !ok || string(data) != "1\ta\n2\tb\n" {
			t.Errorf("CopyIn = %q, %v", data, ok)
		}
		p.Reply(Tag("COPY 2"))
		p.ExpectKinds(wire.KindQuery)
		reason, ok := p.CopyIn(2)
		if ok {
			t.Error("CopyFail is success")
		}
		p.Reply(Refusal("57014", string(reason)))
		p.ExpectKinds(wire.KindQuery)
		p.CopyOut(1, "1", "2\n")
		p.Reply(Tag("COPY 2"))
	})
}

func TestScriptedRows(t *testing.T) {
	m := Row(nil, "", "a", []byte{0}, 7, 1.5, true)
	want := []string{"NULL", "", "a", "\x00", "7", "1.5", "true"}
	for i, v := range m.Values {
		got := string(v)
		if v == nil {
			got = "NULL"
		}
		if got != want[i] {
			t.Errorf("value %d is %q, want %q", i, got, want[i])
		}
	}
	all := wire.Example(wire.KindErrorResponse).(*wire.ErrorResponse).Fields
	if f := Fatal("57P01", "m", all...); len(f.Fields) != 4+len(all) || !strings.HasPrefix(f.Get(wire.FieldSeverity), "FATAL") {
		t.Errorf("the error has the fields %v", f.Fields)
	}
}

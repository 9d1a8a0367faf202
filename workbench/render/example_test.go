package render_test

import (
	"fmt"
	"os"
	"time"

	"parley/wire"
	"parley/workbench/render"
)

// exchange is a statement with a binary parameter, and its reply.
func exchange() []render.Message {
	var c render.Conversation
	var ms []render.Message
	hear := func(from wire.Side, sent ...wire.Message) {
		var b wire.Buffer
		for _, m := range sent {
			bytes, err := m.Append(nil)
			if err != nil {
				return
			}
			b.Write(bytes)
			if f, ok, err := b.Next(c.Session().Phase(from)); ok && err == nil {
				ms = append(ms, c.Message(from, f, time.Time{}))
			}
		}
	}
	hear(wire.Frontend, &wire.StartupMessage{Version: wire.Version30, Parameters: []wire.Parameter{{Name: "user", Value: "ada"}}})
	hear(wire.Backend, &wire.AuthenticationOk{}, &wire.BackendKeyData{ProcessID: 4711, Key: []byte("\x00\x01\xe2\x40")},
		&wire.ReadyForQuery{Status: wire.TxIdle})
	hear(wire.Frontend, &wire.Parse{Statement: "s1", SQL: "select $1 + 1 as n", ParamTypes: []uint32{23}},
		&wire.Bind{Statement: "s1", ParamFormats: []wire.Format{wire.BinaryFormat}, Params: [][]byte{{0, 0, 0, 41}}},
		&wire.Describe{Object: wire.ObjectPortal}, &wire.Execute{}, &wire.Sync{})
	hear(wire.Backend, &wire.ParseComplete{}, &wire.BindComplete{},
		&wire.RowDescription{Columns: []wire.Column{{Name: "n", Type: 23, TypeSize: 4, TypeModifier: -1}}},
		&wire.DataRow{Values: [][]byte{[]byte("42")}}, &wire.CommandComplete{Tag: "SELECT 1"}, &wire.ReadyForQuery{Status: wire.TxIdle})
	return ms
}

func ExampleHex() {
	for _, m := range exchange()[5:6] {
		if err := render.Hex(os.Stdout, &m, render.Options{}); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// → Bind                                   25 bytes
	//   42                                    type                 'B'
	//   00 00 00 18                           length               24
	//   00                                    portal               "" (the unnamed portal)
	//   73 31 00                              statement            "s1"
	//   00 01                                 paramFormats.count   1
	//   00 01                                 paramFormats[0]      binary
	//   00 01                                 params.count         1
	//   00 00 00 04  00 00 00 29              params[0]            int4 41
	//   00 00                                 resultFormats.count  0
}

func ExampleLine() {
	for _, m := range exchange() {
		if err := render.Line(os.Stdout, &m, render.Options{}); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// → StartupMessage protocol 3.0 ["user" "ada"]
	// ← AuthenticationOk
	// ← BackendKeyData 4711 (masked)
	// ← ReadyForQuery I
	// → Parse "s1" "select $1 + 1 as n" [int4]
	// → Bind "" "s1" [binary] [int4 41] []
	// → Describe P ""
	// → Execute "" 0
	// → Sync
	// ← ParseComplete
	// ← BindComplete
	// ← RowDescription ["n" 0 0 int4 4 -1 text]
	// ← DataRow [n="42"]
	// ← CommandComplete "SELECT 1"
	// ← ReadyForQuery I
}

func ExampleTrace() {
	for _, m := range exchange()[2:6] {
		if err := render.Trace(os.Stdout, &m, render.Options{Secrets: true}); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// B	12	BackendKeyData	 4711 123456
	// B	5	ReadyForQuery	 I
	// F	32	Parse	 "s1" "select $1 + 1 as n" 1 23
	// F	24	Bind	 "" "s1" 1 1 1 4 '\x00\x00\x00)' 0
}

func ExampleTrace_regress() {
	for _, m := range exchange()[2:5] {
		if err := render.Trace(os.Stdout, &m, render.Options{Secrets: true, Regress: true}); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// B	12	BackendKeyData	 NNNN NNNN
	// B	5	ReadyForQuery	 I
	// F	32	Parse	 "s1" "select $1 + 1 as n" 1 NNNN
}

func ExampleJSON() {
	m := exchange()[3]
	if err := render.JSON(os.Stdout, &m, render.Options{}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"number":4,"from":"backend","message":"ReadyForQuery","offset":22,"size":6,"flow":1,"answers":{"number":1,"message":"StartupMessage"},"hex":"5a0000000549","spans":[{"name":"type","start":0,"end":1,"value":"Z"},{"name":"length","start":1,"end":5,"value":5},{"name":"status","start":5,"end":6,"value":"I","note":"not in a transaction block"}]}
}

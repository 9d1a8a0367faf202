package wire_test

import (
	"fmt"

	"parley/wire"
)

// Three messages in one buffer: run the prepared statement s1 with the
// parameters 42, in binary, and NULL.
func ExampleBind_Append() {
	bind := wire.Bind{
		Statement:     "s1",
		ParamFormats:  []wire.Format{wire.BinaryFormat},
		Params:        [][]byte{{0, 0, 0, 42}, nil},
		ResultFormats: []wire.Format{wire.TextFormat},
	}
	var buf []byte
	for _, m := range []wire.Message{&bind, &wire.Execute{}, &wire.Sync{}} {
		var err error
		if buf, err = m.Append(buf); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Printf("% x\n", buf)
	// Output:
	// 42 00 00 00 1e 00 73 31 00 00 01 00 01 00 02 00 00 00 04 00 00 00 2a ff ff ff ff 00 01 00 00 45 00 00 00 09 00 00 00 00 00 53 00 00 00 04
}

// What cannot be said on the wire is refused, with the field's name and never
// its value.
func ExampleEncodeError() {
	_, err := (&wire.Query{SQL: "select 1\x00"}).Append(nil)
	fmt.Println(err)
	// Output:
	// wire: cannot encode Query: sql contains a NUL byte
}

// Every byte of a message has a name, also where the message breaks off.
func ExampleDissect() {
	msg := []byte("P\x00\x00\x00\x14s1\x00select $1\x00\x00\x02\x00")
	d := wire.Dissect(wire.KindParse, wire.Frontend, msg, wire.Context{})
	for _, s := range d.Spans {
		fmt.Printf("%2d-%2d %-10s %q\n", s.Start, s.End, s.Name, msg[s.Start:s.End])
	}
	fmt.Println(d.Err)
	// Output:
	//  0- 1 type       "P"
	//  1- 5 length     "\x00\x00\x00\x14"
	//  5- 8 statement  "s1\x00"
	//  8-18 sql        "select $1\x00"
	// 18-21 unread     "\x00\x02\x00"
	// wire: malformed Parse: paramTypes at byte 18 of 21: has 2 elements of at least 8 bytes together, 1 left
}

// A row is read value by value, without building anything.
func ExampleRowReader() {
	body := []byte("\x00\x03\x00\x00\x00\x0242\xff\xff\xff\xff\x00\x00\x00\x00")
	row := wire.ReadRow(body)
	for {
		v, ok := row.Next()
		if !ok {
			break
		}
		fmt.Printf("%q NULL: %v\n", v, v == nil)
	}
	fmt.Println("error:", row.Err())
	// Output:
	// "42" NULL: false
	// "" NULL: true
	// "" NULL: false
	// error: <nil>
}

// The layout of a message is data, and documents it.
func ExampleLayoutByName() {
	for _, f := range wire.LayoutByName("Execute").Fields {
		fmt.Printf("%s: %s\n", f.Name, f.Doc)
	}
	// Output:
	// portal: the name of the portal; empty for the unnamed portal
	// maxRows: how many rows to return before PortalSuspended; 0 for no limit
}

// The type byte p means four things; what the server asked for decides.
func ExampleIdentify() {
	c := wire.Context{Password: wire.KindSASLResponse}
	fmt.Println(wire.Identify(wire.Frontend, 'p', nil, c))
	fmt.Println(wire.Identify(wire.Backend, 'R', []byte{0, 0, 0, 10, 0}, c))
	// Output:
	// SASLResponse
	// AuthenticationSASL
}

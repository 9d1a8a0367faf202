package pgtest_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"testing"

	"parley/pgtest"
)

// A test of the connection to a real server.
func ExampleStart() {
	_ = func(t *testing.T) {
		server := pgtest.Start(t, pgtest.Config{Version: 17, Settings: map[string]string{"wal_level": "logical"}})
		conn, err := net.Dial("unix", server.Socket())
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
	}
}

func ExampleRun() {
	server, err := pgtest.Run(context.Background(), pgtest.Config{TCP: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	conn, err := net.Dial("tcp", server.TCPAddr())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer conn.Close()
	// The request for TLS: its length, and the code 80877103.
	conn.Write([]byte{0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f})
	answer := make([]byte, 1)
	io.ReadFull(conn, answer)
	fmt.Printf("%s\n", answer)
	// Output: N
}

// The server's answer ends in the middle.
func ExamplePipe() {
	client, server := pgtest.Pipe(pgtest.PipeConfig{
		ToClient: pgtest.Faults{Break: pgtest.Cut, At: 5},
	})
	server.Write([]byte("hello, client"))
	answer, err := io.ReadAll(client)
	fmt.Printf("%s %v\n", bytes.ToUpper(answer), err)
	// Output: HELLO <nil>
}

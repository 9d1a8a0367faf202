// Package memory is a connection without a kernel: what a client writes is
// answered at once, from bytes made beforehand, by the very goroutine that
// writes. What is left of a statement's time is the client's own.
package memory

import (
	"encoding/binary"
	"net"
	"os"
	"strconv"
	"time"

	"parley/wire"
)

// Conn answers a client that selects one value by key: an int4 gives an int8,
// which is Value. It understands the messages of the extended protocol that this
// takes, whatever they say, and serves one goroutine at a time, which must not
// read before it has written.
type Conn struct {
	replies replies
	greeted bool
	out     []byte // what is yet to be read is out[read:]
	read    int
	binary  bool // what the last Bind asked for
}

// Value is what every statement returns.
const Value = 42

// replies are what each message is answered with.
type replies struct {
	greeting, parsed, bound, statement, portal, row, text, closed, ready []byte
}

// New returns a connection that waits for a StartupMessage.
func New() (*Conn, error) {
	column := wire.Column{Name: "balance", Type: 20, TypeSize: 8, TypeModifier: -1}
	inBinary := column
	inBinary.Format = wire.BinaryFormat
	var r replies
	for _, m := range []struct {
		to       *[]byte
		messages []wire.Message
	}{
		{&r.greeting, []wire.Message{&wire.AuthenticationOk{}, &wire.ParameterStatus{Name: "server_version", Value: "18.0"},
			&wire.ParameterStatus{Name: "client_encoding", Value: "UTF8"}, &wire.ParameterStatus{Name: "standard_conforming_strings", Value: "on"},
			&wire.BackendKeyData{ProcessID: 1, Key: []byte{1, 2, 3, 4}}, &wire.ReadyForQuery{Status: wire.TxIdle}}},
		{&r.parsed, []wire.Message{&wire.ParseComplete{}}},
		{&r.bound, []wire.Message{&wire.BindComplete{}}},
		{&r.statement, []wire.Message{&wire.ParameterDescription{Types: []uint32{23}}, &wire.RowDescription{Columns: []wire.Column{column}}}},
		{&r.portal, []wire.Message{&wire.RowDescription{Columns: []wire.Column{inBinary}}}},
		{&r.row, []wire.Message{&wire.DataRow{Values: [][]byte{binary.BigEndian.AppendUint64(nil, Value)}}, &wire.CommandComplete{Tag: "SELECT 1"}}},
		{&r.text, []wire.Message{&wire.DataRow{Values: [][]byte{strconv.AppendInt(nil, Value, 10)}}, &wire.CommandComplete{Tag: "SELECT 1"}}},
		{&r.closed, []wire.Message{&wire.CloseComplete{}}},
		{&r.ready, []wire.Message{&wire.ReadyForQuery{Status: wire.TxIdle}}},
	} {
		for _, message := range m.messages {
			var err error
			if *m.to, err = message.Append(*m.to); err != nil {
				return nil, err
			}
		}
	}
	return &Conn{replies: r}, nil
}

// Write takes whole messages and answers them.
func (c *Conn) Write(b []byte) (int, error) {
	if c.read == len(c.out) {
		c.out, c.read = c.out[:0], 0
	}
	size := len(b)
	if !c.greeted {
		c.greeted = true
		c.out = append(c.out, c.replies.greeting...)
		return size, nil
	}
	for len(b) >= 5 {
		n := min(len(b), 1+int(binary.BigEndian.Uint32(b[1:])))
		c.answer(b[:n])
		b = b[n:]
	}
	return size, nil
}

func (c *Conn) answer(message []byte) {
	r := &c.replies
	switch message[0] {
	case 'P':
		c.out = append(c.out, r.parsed...)
	case 'B':
		c.binary = message[len(message)-1] == 1 // its last code of a format; 0 also when there is none
		c.out = append(c.out, r.bound...)
	case 'D':
		if message[5] == 'S' {
			c.out = append(c.out, r.statement...)
		} else {
			c.out = append(c.out, r.portal...)
		}
	case 'E':
		if c.binary {
			c.out = append(c.out, r.row...)
		} else {
			c.out = append(c.out, r.text...)
		}
	case 'C':
		c.out = append(c.out, r.closed...)
	case 'S':
		c.out = append(c.out, r.ready...)
	}
}

// Read gives what was answered. When there is nothing, it fails as if a deadline
// had passed, rather than wait for ever.
func (c *Conn) Read(b []byte) (int, error) {
	if c.read == len(c.out) {
		return 0, os.ErrDeadlineExceeded
	}
	n := copy(b, c.out[c.read:])
	c.read += n
	return n, nil
}

// Close does nothing.
func (c *Conn) Close() error { return nil }

// LocalAddr is a name.
func (c *Conn) LocalAddr() net.Addr { return &net.UnixAddr{Name: "client", Net: "unix"} }

// RemoteAddr is a name.
func (c *Conn) RemoteAddr() net.Addr { return &net.UnixAddr{Name: "server", Net: "unix"} }

// SetDeadline does nothing.
func (c *Conn) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing.
func (c *Conn) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing.
func (c *Conn) SetWriteDeadline(time.Time) error { return nil }

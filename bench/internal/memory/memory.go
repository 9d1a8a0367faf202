// Package memory is a connection without a kernel: what a client writes is
// answered at once, from bytes made beforehand, by the very goroutine that
// writes. What is left of a statement's time is the client's own.
package memory

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"slices"
	"time"

	"parley/pgtype"
	"parley/wire"
)

// Conn answers every statement with one result. It understands the messages of
// the extended protocol that this takes, whatever they say, and serves one
// goroutine at a time, which must not read before it has written.
type Conn struct {
	replies replies
	greeted bool
	out     [][]byte // what is yet to be read
	binary  bool     // what the last Bind asked for
}

// Value is what every statement returns with New.
const Value = 42

// replies are what each message is answered with.
type replies struct {
	greeting, parsed, bound, statement, portal, row, text, closed, ready []byte
}

// New returns a connection that waits for a StartupMessage, to a server where an
// int4 gives an int8, which is Value.
func New() (*Conn, error) {
	return NewResult([]uint32{23}, Result{
		Columns: []wire.Column{{Name: "balance", Type: 20, TypeSize: 8, TypeModifier: -1}},
		Rows:    [][][]byte{{binary.BigEndian.AppendUint64(nil, Value)}},
	})
}

// Result is what a statement returns.
type Result struct {
	Columns []wire.Column
	Rows    [][][]byte // in binary
}

// messages returns the rows, in binary or as text, and what ends them.
func (r Result) messages(text bool) ([]wire.Message, error) {
	var all []wire.Message
	for _, row := range r.Rows {
		values := slices.Clone(row)
		for i := range values {
			if !text {
				break
			}
			var builtin *pgtype.Catalog
			var err error
			if values[i], err = pgtype.AppendText(nil, builtin.Type(r.Columns[i].Type), pgtype.Binary, values[i]); err != nil {
				return nil, err
			}
		}
		all = append(all, &wire.DataRow{Values: values})
	}
	return append(all, &wire.CommandComplete{Tag: fmt.Sprintf("SELECT %d", len(r.Rows))}), nil
}

// NewResult is New for another result, with parameters of the types.
func NewResult(params []uint32, result Result) (*Conn, error) {
	inBinary := slices.Clone(result.Columns)
	for i := range inBinary {
		inBinary[i].Format = wire.BinaryFormat
	}
	rows, err := result.messages(false)
	if err != nil {
		return nil, err
	}
	texts, err := result.messages(true)
	if err != nil {
		return nil, err
	}
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
		{&r.statement, []wire.Message{&wire.ParameterDescription{Types: params}, &wire.RowDescription{Columns: result.Columns}}},
		{&r.portal, []wire.Message{&wire.RowDescription{Columns: inBinary}}},
		{&r.row, rows},
		{&r.text, texts},
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
	size := len(b)
	if !c.greeted {
		c.greeted = true
		c.out = append(c.out, c.replies.greeting)
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
		c.out = append(c.out, r.parsed)
	case 'B':
		c.binary = message[len(message)-1] == 1 // its last code of a format; 0 also when there is none
		c.out = append(c.out, r.bound)
	case 'D':
		if message[5] == 'S' {
			c.out = append(c.out, r.statement)
		} else {
			c.out = append(c.out, r.portal)
		}
	case 'E':
		if c.binary {
			c.out = append(c.out, r.row)
		} else {
			c.out = append(c.out, r.text)
		}
	case 'C':
		c.out = append(c.out, r.closed)
	case 'S':
		c.out = append(c.out, r.ready)
	}
}

// Read gives what was answered. When there is nothing, it fails as if a deadline
// had passed, rather than wait for ever.
func (c *Conn) Read(b []byte) (int, error) {
	if len(c.out) == 0 {
		return 0, os.ErrDeadlineExceeded
	}
	n := 0
	for i := range c.out {
		k := copy(b[n:], c.out[i])
		n += k
		if c.out[i] = c.out[i][k:]; len(c.out[i]) > 0 {
			c.out = append(c.out[:0], c.out[i:]...)
			return n, nil
		}
	}
	c.out = c.out[:0]
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

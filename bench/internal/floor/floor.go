// Package floor is what PostgreSQL costs a Go program at the very least: bytes
// that were made beforehand, a raw connection, as little framing as there can
// be, values decoded by hand. It checks next to nothing and is good for nothing
// but to be compared with.
package floor

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
)

// Conn is a connection with a read buffer.
type Conn struct {
	net  net.Conn
	buf  []byte
	r, w int // what is unread is buf[r:w]
}

// Connect opens a session of a server that trusts everybody.
func Connect(ctx context.Context, dial func(ctx context.Context, network, address string) (net.Conn, error),
	network, address, user, database string) (*Conn, error) {
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	nc, err := dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c := &Conn{net: nc, buf: make([]byte, 64<<10)}
	hello := binary.BigEndian.AppendUint32(make([]byte, 4), 3<<16)
	hello = fmt.Appendf(hello, "user\x00%s\x00database\x00%s\x00\x00", user, database)
	binary.BigEndian.PutUint32(hello, uint32(len(hello)))
	if err := c.Write(hello); err != nil {
		return nil, errors.Join(err, nc.Close())
	}
	if err := c.Drain(); err != nil {
		return nil, errors.Join(err, nc.Close())
	}
	return c, nil
}

// Close ends the session.
func (c *Conn) Close() {
	_, _ = c.net.Write([]byte{'X', 0, 0, 0, 4})
	_ = c.net.Close()
}

// Write sends bytes.
func (c *Conn) Write(b []byte) error {
	_, err := c.net.Write(b)
	return err
}

// Next returns the next message's type and body, which is valid until the next
// call. An ErrorResponse is an error.
func (c *Conn) Next() (typ byte, body []byte, err error) {
	for {
		if b := c.buf[c.r:c.w]; len(b) >= 5 {
			if n := int(binary.BigEndian.Uint32(b[1:])) + 1; n <= len(b) {
				c.r += n
				if b[0] == 'E' {
					return 0, nil, fmt.Errorf("floor: the server says %q", b[5:n])
				}
				return b[0], b[5:n], nil
			}
		}
		if err := c.fill(); err != nil {
			return 0, nil, err
		}
	}
}

// fill reads once, after making room.
func (c *Conn) fill() error {
	if c.r == c.w {
		c.r, c.w = 0, 0
	} else if c.r > 0 {
		c.w = copy(c.buf, c.buf[c.r:c.w])
		c.r = 0
	}
	if c.w == len(c.buf) {
		c.buf = append(c.buf, make([]byte, len(c.buf))...)
	}
	n, err := c.net.Read(c.buf[c.w:])
	c.w += n
	if n > 0 {
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

// Drain reads up to ReadyForQuery.
func (c *Conn) Drain() error {
	for {
		if typ, _, err := c.Next(); err != nil || typ == 'Z' {
			return err
		}
	}
}

// Rows writes a request and calls a function with the body of each DataRow of
// its reply.
func (c *Conn) Rows(request []byte, each func(row []byte)) error {
	if err := c.Write(request); err != nil {
		return err
	}
	for {
		typ, body, err := c.Next()
		switch {
		case err != nil:
			return err
		case typ == 'D':
			each(body)
		case typ == 'Z':
			return nil
		}
	}
}

// Run writes a request and reads its reply.
func (c *Conn) Run(request []byte) error {
	if err := c.Write(request); err != nil {
		return err
	}
	return c.Drain()
}

package harness

import (
	"context"
	"net"
	"sync/atomic"
)

// Tally counts the exchanges of connections: how often a read brought something
// after a write.
type Tally struct {
	exchanges atomic.Int64
}

// Exchanges returns how many there were so far.
func (t *Tally) Exchanges() int64 { return t.exchanges.Load() }

// Dial opens a connection whose exchanges are counted.
func (t *Tally) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &countedConn{Conn: conn, tally: t}, nil
}

type countedConn struct {
	net.Conn
	tally *Tally
	wrote atomic.Bool
}

func (c *countedConn) Write(b []byte) (int, error) {
	c.wrote.Store(true)
	return c.Conn.Write(b)
}

func (c *countedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 && c.wrote.Swap(false) {
		c.tally.exchanges.Add(1)
	}
	return n, err
}

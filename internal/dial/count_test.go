package dial

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
)

// counter counts the exchanges of the connections that it makes: how many times
// something was written after something was read, or at the start.
type counter struct {
	exchanges, conns atomic.Int32
}

func (c *counter) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c.conns.Add(1)
	return &countedConn{Conn: conn, counter: c}, nil
}

type countedConn struct {
	net.Conn
	counter *counter
	mu      sync.Mutex // guards the following field
	writing bool       // the last thing that happened was a write
}

func (c *countedConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	if !c.writing {
		c.counter.exchanges.Add(1)
	}
	c.writing = true
	c.mu.Unlock()
	return c.Conn.Write(b)
}

func (c *countedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.mu.Lock()
	c.writing = false
	c.mu.Unlock()
	return n, err
}

package pgtest

import (
	"net"
	"time"
)

// Close closes this end. What it wrote can still be read at the other end;
// what it had not read is lost. Whoever waits in this end gets net.ErrClosed.
func (c *PipeConn) Close() error {
	c.pipe.mu.Lock()
	defer c.pipe.mu.Unlock()
	if c.closed {
		return c.failure("close", net.ErrClosed)
	}
	c.closed = true
	c.out.ended = true
	c.in.shut = true
	c.in.discard()
	c.pipe.changed.Broadcast()
	return nil
}

// CloseWrite ends this end's direction alone: the other end reads io.EOF after
// what was written, and may go on writing.
func (c *PipeConn) CloseWrite() error {
	c.pipe.mu.Lock()
	defer c.pipe.mu.Unlock()
	if c.closed {
		return c.failure("close", net.ErrClosed)
	}
	c.out.ended = true
	c.out.shut = true
	c.pipe.changed.Broadcast()
	return nil
}

// Reset breaks the connection now: what is under way is lost, and everything
// at both ends fails with a connection reset.
func (c *PipeConn) Reset() {
	c.pipe.mu.Lock()
	defer c.pipe.mu.Unlock()
	c.pipe.broken = true
	c.in.discard()
	c.out.discard()
	c.pipe.changed.Broadcast()
}

// Buffered is how many bytes were written to this end and not read yet, those
// still under way included.
func (c *PipeConn) Buffered() int {
	c.pipe.mu.Lock()
	defer c.pipe.mu.Unlock()
	return c.in.held
}

// Stats is what this end did so far.
func (c *PipeConn) Stats() PipeStats {
	c.pipe.mu.Lock()
	defer c.pipe.mu.Unlock()
	return c.stats
}

// SetDeadline sets both deadlines; the zero time removes them. A deadline in
// the past fails what waits now and what comes later, until it is changed.
func (c *PipeConn) SetDeadline(t time.Time) error { return c.setDeadlines(&t, &t) }

// SetReadDeadline is SetDeadline for reading.
func (c *PipeConn) SetReadDeadline(t time.Time) error { return c.setDeadlines(&t, nil) }

// SetWriteDeadline is SetDeadline for writing.
func (c *PipeConn) SetWriteDeadline(t time.Time) error { return c.setDeadlines(nil, &t) }

func (c *PipeConn) setDeadlines(read, write *time.Time) error {
	c.pipe.mu.Lock()
	defer c.pipe.mu.Unlock()
	if c.closed {
		return c.failure("set", net.ErrClosed)
	}
	if read != nil {
		c.readDeadline = *read
	}
	if write != nil {
		c.writeDeadline = *write
	}
	c.pipe.changed.Broadcast()
	return nil
}

// LocalAddr is the name of this end: client or server.
func (c *PipeConn) LocalAddr() net.Addr { return pipeAddr(c.name) }

// RemoteAddr is the name of the other end.
func (c *PipeConn) RemoteAddr() net.Addr {
	if c.name == "client" {
		return pipeAddr("server")
	}
	return pipeAddr("client")
}

// pipeAddr is the name of an end.
type pipeAddr string

func (pipeAddr) Network() string  { return "pipe" }
func (a pipeAddr) String() string { return string(a) }

func (c *PipeConn) failure(op string, err error) error {
	return &net.OpError{Op: op, Net: "pipe", Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}

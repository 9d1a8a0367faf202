package pgtest

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// PipeConfig says how a pipe behaves. The zero value is a pipe without faults.
type PipeConfig struct {
	// Buffer is how many bytes each direction holds before a write blocks.
	// 0: 64 KB, about what a socket holds. Negative: no bound.
	Buffer int

	// Seed chooses the lengths of short reads and writes: the same seed and
	// the same calls give the same lengths.
	Seed uint64

	// ToServer is what befalls the bytes that the client writes, ToClient
	// those that the server writes.
	ToServer, ToClient Faults
}

// Faults is what befalls one direction of a pipe.
type Faults struct {
	// Latency is the time from a write to the moment its bytes can be read.
	Latency time.Duration

	// ShortReads makes a Read return a random part of what it could.
	ShortReads bool

	// ShortWrites cuts each Write into random pieces; a Read returns bytes of
	// one piece only, as if each had come in a packet of its own.
	ShortWrites bool

	// Break ends the direction after At bytes. NoBreak: it lasts.
	Break Break
	At    int64
}

// Break is how a direction of a pipe ends.
type Break uint8

const (
	// NoBreak: the direction lasts until an end closes it.
	NoBreak Break = iota

	// Cut: the reader gets At bytes and io.EOF. What is written beyond them
	// is accepted and lost, as the writer of a cut wire cannot know. The other
	// direction goes on.
	Cut

	// Reset: the connection breaks as soon as At bytes have been written.
	// Everything later fails at both ends with a connection reset, but for
	// reading what had been written before, in either direction.
	Reset
)

const defaultPipeBuffer = 64 << 10

// Pipe returns the two ends of a connection in memory. In contrast to
// net.Pipe, writes do not wait for reads until a buffer is full, and faults can
// be had. It works in the bubbles of testing/synctest: whoever waits in it is
// durably blocked, and latency and deadlines pass with the bubble's clock. Use
// a pipe in the bubble that it was made in.
//
// The ends behave like those of a Unix socket: after one is closed the other
// reads what was written, then io.EOF; its writes fail with EPIPE. Errors are
// *net.OpError around os.ErrDeadlineExceeded, net.ErrClosed, syscall.EPIPE or
// syscall.ECONNRESET.
func Pipe(c PipeConfig) (client, server *PipeConn) {
	p := &pipe{}
	p.changed.L = &p.mu
	toServer, toClient := newFlow(c, c.ToServer, 1), newFlow(c, c.ToClient, 2)
	p.broken = toServer.resets() || toClient.resets()
	client = &PipeConn{pipe: p, name: "client", in: toClient, out: toServer}
	server = &PipeConn{pipe: p, name: "server", in: toServer, out: toClient}
	return client, server
}

// pipe is what both ends share.
type pipe struct {
	mu      sync.Mutex // guards both flows and both ends; never held while waiting
	changed sync.Cond  // broadcast after every change of theirs, and when a time has come
	broken  bool       // reset
}

// wake makes everybody who waits look again.
func (p *pipe) wake() {
	p.mu.Lock()
	p.changed.Broadcast()
	p.mu.Unlock()
}

// wait gives up mu until something changes, or until the earlier of two times
// (zero: never).
func (p *pipe) wait(a, b time.Time) {
	if at := earlier(a, b); !at.IsZero() {
		t := time.AfterFunc(time.Until(at), p.wake)
		defer t.Stop()
	}
	p.changed.Wait()
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// passed reports whether a deadline is over. A deadline that is not in the
// future has passed: a timer that fires at it finds so.
func passed(deadline time.Time) bool {
	return !deadline.IsZero() && !time.Now().Before(deadline)
}

// PipeConn is one end of a pipe, a net.Conn. Its methods may be used by several
// goroutines at once.
type PipeConn struct {
	pipe    *pipe
	name    string
	in, out *flow

	// pipe.mu guards the following fields.
	closed, writing             bool
	readDeadline, writeDeadline time.Time
	stats                       PipeStats
}

var _ net.Conn = (*PipeConn)(nil)

// PipeStats counts what one end did: exchange counts can be asserted where
// times cannot.
type PipeStats struct {
	Reads, Writes           int   // calls that moved bytes
	BytesRead, BytesWritten int64 // lost bytes beyond a Cut count as written
}

// Read reads what has arrived, at least one byte, and waits for it.
func (c *PipeConn) Read(b []byte) (int, error) {
	c.pipe.mu.Lock()
	defer c.pipe.mu.Unlock()
	for {
		switch {
		case c.closed:
			return 0, c.failure("read", net.ErrClosed)
		case passed(c.readDeadline):
			return 0, c.failure("read", os.ErrDeadlineExceeded)
		case len(b) == 0:
			return 0, nil
		}
		if n := c.in.take(b); n > 0 {
			c.stats.Reads++
			c.stats.BytesRead += int64(n)
			c.pipe.changed.Broadcast()
			return n, nil
		}
		if c.in.empty() {
			switch {
			case c.pipe.broken:
				return 0, c.failure("read", os.NewSyscallError("read", syscall.ECONNRESET))
			case c.in.ended:
				return 0, io.EOF
			}
		}
		c.pipe.wait(c.readDeadline, c.in.arrival())
	}
}

// Write writes all of b, waiting while the pipe is full. It returns less than
// len(b) only with an error. Writes of several goroutines are not mixed.
func (c *PipeConn) Write(b []byte) (int, error) {
	c.pipe.mu.Lock()
	defer c.pipe.mu.Unlock()
	for c.writing && c.refusal() == nil {
		c.pipe.wait(c.writeDeadline, time.Time{})
	}
	if err := c.refusal(); err != nil {
		return 0, c.failure("write", err)
	}
	c.writing = true
	n, err := c.write(b)
	c.writing = false
	c.pipe.changed.Broadcast()
	if n > 0 {
		c.stats.Writes++
		c.stats.BytesWritten += int64(n)
	}
	if err != nil {
		return n, c.failure("write", err)
	}
	return n, nil
}

func (c *PipeConn) write(b []byte) (n int, err error) {
	for {
		k := c.out.put(b[n:])
		n += k
		c.pipe.broken = c.pipe.broken || c.out.resets()
		if k > 0 || c.pipe.broken { // two writers that move nothing must not keep each other awake
			c.pipe.changed.Broadcast()
		}
		if n == len(b) {
			return n, nil
		}
		if k == 0 && !c.pipe.broken {
			c.pipe.wait(c.writeDeadline, time.Time{})
		}
		if err := c.refusal(); err != nil {
			return n, err
		}
	}
}

// refusal is why nothing can be written now, nil if something can.
func (c *PipeConn) refusal() error {
	switch {
	case c.closed:
		return net.ErrClosed
	case passed(c.writeDeadline):
		return os.ErrDeadlineExceeded
	case c.pipe.broken:
		return os.NewSyscallError("write", syscall.ECONNRESET)
	case c.out.shut:
		return os.NewSyscallError("write", syscall.EPIPE)
	}
	return nil
}

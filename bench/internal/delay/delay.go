// Package delay puts a network between a client and a server on one machine:
// what is sent arrives a fixed time later, in both directions, in order, and as
// fast as ever.
//
// Time is kept by one goroutine with a timer of the operating system: those of
// the Go runtime are late by up to a millisecond when it has nothing else to do.
package delay

import (
	"context"
	"net"
	"sync"
	"time"
)

// Each direction of a connection holds at most maxChunks chunks of at most
// chunkSize bytes; then it reads no more, as a network whose window is full.
const (
	chunkSize = 64 << 10
	maxChunks = 64
)

// Proxy is the network.
type Proxy struct {
	listener net.Listener
	dial     func(context.Context) (net.Conn, error)
	latency  time.Duration
	clock    *clock
	ctx      context.Context
	cancel   context.CancelFunc
	wg       sync.WaitGroup
}

// Listen serves a listener, which it closes: each connection is joined to one
// that dial opens. The latency is that of each direction.
func Listen(l net.Listener, latency time.Duration, dial func(context.Context) (net.Conn, error)) (*Proxy, error) {
	clock, err := newClock()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &Proxy{listener: l, dial: dial, latency: latency, clock: clock, ctx: ctx, cancel: cancel}
	p.wg.Go(p.clock.run)
	p.wg.Go(p.accept)
	return p, nil
}

// Close ends the proxy and all connections.
func (p *Proxy) Close() error {
	p.cancel()
	err := p.listener.Close()
	p.clock.stop()
	p.wg.Wait()
	return err
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.wg.Go(func() { p.join(client) })
	}
}

// join serves one connection.
func (p *Proxy) join(client net.Conn) {
	server, err := p.dial(p.ctx)
	if err != nil {
		_ = client.Close()
		return
	}
	stop := context.AfterFunc(p.ctx, func() {
		_ = client.Close()
		_ = server.Close()
	})
	defer stop()
	var wg sync.WaitGroup
	for _, d := range [2]*direction{{from: client, to: server}, {from: server, to: client}} {
		d.queue = make(chan *chunk, maxChunks)
		d.free = make(chan *chunk, maxChunks)
		wg.Go(func() { d.read(p) })
		wg.Go(func() { d.write() })
	}
	wg.Wait()
	_ = client.Close()
	_ = server.Close()
}

// direction is one way of a connection. The reader puts what arrives into the
// queue; the writer waits until its time has come.
type direction struct {
	from, to net.Conn
	queue    chan *chunk
	free     chan *chunk // to be used again
}

type chunk struct {
	buf  []byte
	n    int
	ripe chan struct{} // gets a value when the chunk is due
}

func (d *direction) read(p *Proxy) {
	defer close(d.queue)
	for {
		c := d.chunk()
		n, err := d.from.Read(c.buf)
		if n > 0 {
			c.n = n
			p.clock.after(time.Now().Add(p.latency), c.ripe)
			d.queue <- c
		}
		if err != nil {
			return
		}
	}
}

func (d *direction) chunk() *chunk {
	select {
	case c := <-d.free:
		return c
	default:
		return &chunk{buf: make([]byte, chunkSize), ripe: make(chan struct{}, 1)}
	}
}

// write writes what is due. After an error it only makes room.
func (d *direction) write() {
	var failed error
	for c := range d.queue {
		<-c.ripe
		if failed == nil {
			_, failed = d.to.Write(c.buf[:c.n])
		}
		select {
		case d.free <- c:
		default:
		}
	}
	if failed != nil {
		_ = d.from.Close()
	}
	if half, ok := d.to.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}

// clock rings alarms at their time. As every chunk is delayed by as much as the
// others, those that come later are due later, and a queue will do.
type clock struct {
	mu      sync.Mutex
	queue   []alarm
	stopped bool

	wake  chan struct{} // the queue is no longer empty, or the clock has stopped
	timer *timer        // owned by run
}

type alarm struct {
	at time.Time
	ch chan<- struct{} // has room for one value
}

func newClock() (*clock, error) {
	t, err := newTimer()
	return &clock{wake: make(chan struct{}, 1), timer: t}, err
}

// after has a channel get a value at a time.
func (c *clock) after(at time.Time, ch chan<- struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		ch <- struct{}{}
		return
	}
	c.queue = append(c.queue, alarm{at, ch})
	if len(c.queue) == 1 {
		c.stir()
	}
}

func (c *clock) stir() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *clock) stop() {
	c.mu.Lock()
	c.stopped = true
	c.mu.Unlock()
	c.stir()
}

func (c *clock) run() {
	defer c.timer.close()
	for {
		wait, idle, stopped := c.ring(time.Now())
		switch {
		case stopped:
			return
		case idle:
			<-c.wake
		default:
			c.timer.sleep(wait)
		}
	}
}

// ring rings what is due, and returns how long to wait for the next.
func (c *clock) ring(now time.Time) (wait time.Duration, idle, stopped bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	due := 0
	for due < len(c.queue) && (c.stopped || !c.queue[due].at.After(now)) {
		c.queue[due].ch <- struct{}{}
		due++
	}
	c.queue = append(c.queue[:0], c.queue[due:]...)
	if len(c.queue) == 0 {
		return 0, true, c.stopped
	}
	return c.queue[0].at.Sub(now), false, c.stopped
}

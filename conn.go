package parley

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"parley/internal/exchange"
	"parley/wire"
)

// Conn is a connection with a session of its own: its transaction, its
// settings, its temporary tables. It serves one goroutine at a time; a call that
// comes while another is at work fails with [ErrBusy]. Close may be called at
// any time, by any goroutine.
type Conn struct {
	config  *Config
	session session

	mu     sync.Mutex // guards the following
	busy   string     // what the connection is at work on; "" for nothing
	closed bool

	// The following fields belong to whoever is busy.
	line     *exchange.Line
	queue    exchange.Queue[*op]
	out      []byte // the request being made
	parts    []part // of the request being made
	status   wire.TxStatus
	settings map[string]string
	cache    cache
	begin    string // BEGIN that travels with the next statement
	notes    []Notification
	lost     int // notifications dropped because nobody took them
}

// session is what a connection is beside its two directions.
type session struct {
	processID uint32
	version   wire.Version
	cancel    func(context.Context) error // sends a CancelRequest, returns when the server has taken it
	encrypted bool
}

// part is a message of the request being made that will be answered.
type part struct {
	kind  exchange.Part
	op    *op
	width int
}

// op is a request on its way.
type op struct {
	name  string // what it is, for errors
	sql   string
	index int // in a batch, else -1
	stmt  *statement
	cold  bool // the statement is being prepared with it
	err   *ServerError
	tag   Tag
}

// newConn takes over a connection that is ready for queries.
func newConn(config *Config, s session, line *exchange.Line, settings map[string]string, status wire.TxStatus) *Conn {
	c := &Conn{config: config, session: s, line: line, settings: settings, status: status}
	c.cache.init(config)
	line.Async = c.async
	line.Held = config.maxHeld()
	return c
}

// enter makes the connection busy.
func (c *Conn) enter(ctx context.Context, what string) error {
	if ctx.Err() != nil {
		return &OpError{Op: what, Err: context.Cause(ctx)}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return &OpError{Op: what, Err: ErrClosed}
	case c.busy != "":
		return &OpError{Op: what, Err: fmt.Errorf("%w: with %s", ErrBusy, c.busy)}
	case c.line.Broken() != nil:
		return &OpError{Op: what, Err: fmt.Errorf("%w: %w", ErrClosed, c.line.Broken())}
	}
	c.busy = what
	return nil
}

// leave makes the connection free.
func (c *Conn) leave() {
	c.mu.Lock()
	c.busy = ""
	c.mu.Unlock()
}

// Close ends the session and closes the connection. A statement that is under
// way fails. Closing twice does nothing.
func (c *Conn) Close() error {
	c.mu.Lock()
	closed, idle := c.closed, c.busy == ""
	c.closed = true
	c.mu.Unlock()
	if closed {
		return nil
	}
	conn := c.line.Conn()
	if idle && c.line.Broken() == nil {
		if bye, err := (&wire.Terminate{}).Append(nil); err == nil {
			_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
			_, _ = conn.Write(bye)
		}
	}
	return conn.Close()
}

// Alive reports whether the connection can still be used, as far as is known
// without asking the server.
func (c *Conn) Alive() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.closed && c.line.Broken() == nil
}

// ProcessID returns the process id of the session's backend.
func (c *Conn) ProcessID() uint32 { return c.session.processID }

// Protocol returns the version of the protocol that was agreed on, "3.0" or
// "3.2".
func (c *Conn) Protocol() string { return c.session.version.String() }

// Encrypted reports whether the connection is encrypted.
func (c *Conn) Encrypted() bool { return c.session.encrypted }

// Setting returns a setting that the server reports, such as server_version or
// TimeZone, as it last told it.
func (c *Conn) Setting(name string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.settings[name]
	return v, ok
}

// async takes the messages that belong to no request.
func (c *Conn) async(typ byte, body []byte) error {
	switch typ {
	case 'N':
		return c.notice(body)
	case 'S':
		var m wire.ParameterStatus
		if err := m.Parse(body); err != nil {
			return err
		}
		c.mu.Lock()
		c.settings[m.Name] = m.Value
		c.mu.Unlock()
		return nil
	}
	return c.notified(body)
}

func (c *Conn) notice(body []byte) error {
	e, err := parseServerError(body)
	if err != nil || c.config.Notice == nil {
		return err
	}
	if o, _, ok := c.queue.Head(); ok && o != nil {
		e.SQL = o.sql
		e.Index = o.index
	}
	c.config.Notice(c, (*Notice)(e))
	return nil
}

// Notice is a NoticeResponse: a word of the server beside the reply.
type Notice ServerError

// String returns severity, message and SQLSTATE.
func (n *Notice) String() string { return (*ServerError)(n).Error() }

// send writes the request that was made. What it is answered with is owed from
// then on.
func (c *Conn) send(o *op) error {
	for _, p := range c.parts {
		c.queue.Push(p.kind, p.op, p.width)
	}
	c.parts = c.parts[:0]
	n, err := c.line.Write(c.out)
	c.recycle()
	if err != nil {
		return &OpError{Op: o.name, Sent: n > 0, Err: err}
	}
	return nil
}

// maxRecycled is the size of a request whose buffer is kept for the next.
const maxRecycled = 64 << 10

func (c *Conn) recycle() {
	if cap(c.out) > maxRecycled {
		c.out = nil
	}
	c.out = c.out[:0]
}

// dropRequest forgets the request being made.
func (c *Conn) dropRequest() {
	c.parts = c.parts[:0]
	c.recycle()
}

// answer is a message of a reply.
type answer struct {
	op    *op
	part  exchange.Part
	event exchange.Event
	body  []byte // valid until the next one is read
}

// read returns the next message of a reply.
func (c *Conn) read() (answer, error) {
	f, err := c.line.Read()
	if err != nil {
		return answer{}, err
	}
	_, p, _ := c.queue.Head()
	o, e, err := c.queue.Answer(f.Type, f.Body)
	if err != nil {
		if fatal := c.fatal(f); fatal != nil {
			return answer{}, c.line.Break(fatal)
		}
		return answer{}, c.line.Break(err)
	}
	switch e {
	case exchange.Ready:
		c.status = wire.TxStatus(f.Body[0])
	case exchange.Failed:
		return answer{o, p, e, f.Body}, c.failed(o, f.Body)
	}
	return answer{o, p, e, f.Body}, nil
}

// fatal returns the error that the server ended the session with between
// requests, or nil.
func (c *Conn) fatal(f wire.Frame) error {
	if f.Type != 'E' {
		return nil
	}
	e, err := parseServerError(f.Body)
	if err != nil || !e.Fatal() {
		return nil
	}
	return e
}

// failed keeps what the server says of a request.
func (c *Conn) failed(o *op, body []byte) error {
	e, err := parseServerError(body)
	if err != nil {
		return c.line.Break(err)
	}
	if o != nil {
		e.SQL, e.Index = o.sql, o.index
		if o.err == nil {
			o.err = e
		}
	}
	if e.Fatal() {
		return c.line.Break(e)
	}
	return nil
}

// wrap makes an error of a request that was sent.
func (c *Conn) wrap(o *op, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*ServerError](err); ok {
		return e
	}
	if _, ok := errors.AsType[*OpError](err); ok {
		return err
	}
	return &OpError{Op: o.name, Sent: true, Err: err}
}

package parley

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
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
	shared  *knowledge

	mu     sync.Mutex // guards the following
	busy   string     // what the connection is at work on; "" for nothing
	closed bool

	// The following fields belong to whoever is busy.
	line     *exchange.Line // also Break, Broken and Conn, which are anybody's
	queue    exchange.Queue[*op]
	out      []byte // the request being made
	parts    []part // of the request being made
	status   wire.TxStatus
	settings map[string]string
	cache    cache
	path     searchPath
	begin    string // BEGIN that travels with the next statement
	undo     bool   // and ROLLBACK ahead of it, of the same BEGIN sent in vain
	tx       *Tx    // the transaction that was begun last
	notes    []Notification
	noteSize int // bytes of notes
	rescuing bool
	dirty    bool // the session is not what it was after connecting
	styled   bool // text of dates or intervals is not as values are read
	tracing  tracing
	portals  int  // that were named
	rows     Rows // of a result that is wanted whole

	stuckOnce atomic.Bool // stuck has sent a cancellation that is not absorbed
	lost      int         // notifications dropped because nobody took them
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
	desc  *description // that its messages were made by; nil when the statement was not known
	cold  bool         // the statement is being prepared with it
	done  bool         // its reply is complete; kept in batches only
	inTx  bool         // it runs within a transaction
	begin string       // the BEGIN that travelled with it, "" if the transaction was begun before
	err   *ServerError
	tag   Tag

	formats  []wire.Format // that its Bind asked for
	failedAt exchange.Part // what was being answered when err came
	cursor   *cursor       // when its rows are fetched in portions
	follower *op           // the request that it travels ahead of and that fails with it
}

// newConn takes over a connection that is ready for queries.
func newConn(config *Config, s session, line *exchange.Line, settings map[string]string, status wire.TxStatus) *Conn {
	c := &Conn{config: config, session: s, shared: &knowledge{}, line: line, settings: settings, status: status}
	c.cache.init(config)
	c.settled()
	c.restyled()
	line.Async = c.async
	line.Stuck = c.stuck
	line.Held = config.maxHeld()
	line.Patience = max(config.cancelTimeout(), 0)
	line.Limit(config.maxMessage())
	if t := config.Trace; t != nil && t.Message != nil {
		line.Message = c.traceMessage
	}
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
	case c.line.Broken() != nil:
		return &OpError{Op: what, Err: fmt.Errorf("%w: %w", ErrClosed, ended(c.line.Broken()))}
	case c.busy != "":
		return &OpError{Op: what, Err: fmt.Errorf("%w: with %s", ErrBusy, c.busy)}
	}
	c.busy = what
	c.tracing.ctx = ctx
	return nil
}

// What of the read buffer is kept for the next call, where growing it again is
// cheap beside what comes; and for none in sight.
const (
	keepRead = 16 << 20
	keepIdle = 64 << 10
)

// leave makes the connection free.
func (c *Conn) leave() {
	c.line.Unwatch()
	c.line.Trim(keepRead)
	reply, done := c.traceEnd()
	c.mu.Lock()
	c.busy = ""
	c.mu.Unlock()
	if done != nil {
		done(reply)
	}
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
	if idle && c.line.Broken() == nil {
		conn := c.line.Conn()
		if bye, err := (&wire.Terminate{}).Append(nil); err == nil {
			_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
			_, _ = conn.Write(bye)
		}
		_ = conn.Close()
	}
	_ = c.line.Break(ErrClosed)
	return nil
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

// address returns where the connection goes to, "" if that is not known.
func (c *Conn) address() string {
	if a := c.line.Conn().RemoteAddr(); a != nil {
		return a.String()
	}
	return ""
}

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
		return c.reported(m.Name, m.Value)
	}
	return c.notified(body)
}

// maxSettings is how many settings a server may report: PostgreSQL has less
// than twenty, extensions add a few.
const maxSettings = 1000

func (c *Conn) reported(name, value string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	old, known := c.settings[name]
	if !known && len(c.settings) >= maxSettings {
		return fmt.Errorf("the server reports more than %d settings", maxSettings)
	}
	if old != value && name != standbySetting {
		c.dirty = true
	}
	c.settings[name] = value
	switch name {
	case pathSetting:
		c.moved(value)
	case "DateStyle", "IntervalStyle":
		c.restyled()
	}
	return nil
}

// restyled finds out whether the text of dates and intervals is to be avoided,
// which comes at a statement's first use: a style that is not the usual one leaves
// open what is the day and what the month. Whoever calls has what guards settings.
func (c *Conn) restyled() {
	date, interval := c.settings["DateStyle"], c.settings["IntervalStyle"]
	c.styled = date != "" && !strings.HasPrefix(date, "ISO") || interval != "" && interval != "postgres"
}

func (c *Conn) notice(body []byte) error {
	sql, index := "", -1
	if o, _, ok := c.queue.Head(); ok && o != nil {
		sql, index = o.sql, o.index
	}
	return c.noticed(body, func(*ServerError) (string, int) { return sql, index })
}

// noticed tells of a notice, and of the statement that it belongs to.
func (c *Conn) noticed(body []byte, whose func(*ServerError) (sql string, index int)) error {
	e, err := parseServerError(body)
	if err != nil || c.config.Notice == nil {
		return err
	}
	e.SQL, e.Index = whose(e)
	returned := false
	defer c.panicked(&returned)
	c.config.Notice(c, (*Notice)(e))
	returned = true
	return nil
}

var errPanicked = errors.New("a function of the caller did not return")

// panicked closes the connection when a function of the caller has panicked, or
// has ended its goroutine, in the middle of a reply.
func (c *Conn) panicked(returned *bool) {
	if !*returned {
		_ = c.line.Break(errPanicked)
	}
}

// Notice is a NoticeResponse: a word of the server beside the reply.
type Notice ServerError

// String returns severity, message and SQLSTATE.
func (n *Notice) String() string { return (*ServerError)(n).Error() }

// send writes the request that was made. What it is answered with is owed from
// then on.
func (c *Conn) send(o *op) error {
	c.traceBegin(o)
	c.queue.Grow(len(c.parts))
	for _, p := range c.parts {
		c.queue.Push(p.kind, p.op, p.width)
	}
	n, err := c.line.Write(c.out)
	c.recycle()
	if err != nil {
		return &OpError{Op: o.name, Sent: n > 0, Err: ended(err)}
	}
	return nil
}

// How large a request may be, in bytes and in parts, whose buffers are kept for
// the next.
const (
	maxRecycled      = 64 << 10
	maxRecycledParts = 1 << 10
)

// recycle forgets the request that was made.
func (c *Conn) recycle() {
	if cap(c.out) > maxRecycled {
		c.out = nil
	}
	c.out = c.out[:0]
	clear(c.parts)
	if cap(c.parts) > maxRecycledParts {
		c.parts = nil
	}
	c.parts = c.parts[:0]
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
	if c.stuckOnce.Load() && !c.rescuing {
		return answer{}, exchange.ErrInterrupted
	}
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
		c.path.ready(&c.cache, c.status)
	case exchange.Failed:
		return answer{o, p, e, f.Body}, c.failed(o, p, f.Body)
	}
	return answer{o, p, e, f.Body}, nil
}

// fatal returns the error that the server ended the session with between
// requests, or nil.
func (c *Conn) fatal(f exchange.Message) error {
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
func (c *Conn) failed(o *op, p exchange.Part, body []byte) error {
	e, err := parseServerError(body)
	if err != nil {
		return c.line.Break(err)
	}
	if o != nil {
		e.SQL, e.Index = o.sql, o.index
		for ; o != nil && o.err == nil; o = o.follower {
			o.err, o.failedAt = e, p
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
	if e, ok := err.(*ServerError); ok && !e.Fatal() {
		return e
	}
	if _, ok := err.(*OpError); ok {
		return err
	}
	return &OpError{Op: o.name, Sent: true, Err: ended(err)}
}

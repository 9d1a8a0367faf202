package parley

import (
	"context"
	"log/slog"
	"time"

	"parley/wire"
)

// Trace is told what a connection does, as Config.Trace. Each function may be
// nil; a nil Trace costs nothing. The functions are called by the goroutine that
// uses the connection, must not use the connection themselves, and must be safe
// for concurrent use where several connections share the Trace.
type Trace struct {
	// Connect is called before a connection is made, and the function that it
	// returns, unless nil, when that is done or has failed.
	Connect func(ctx context.Context) func(TraceConnected)

	// Request is called when the first byte of a request is about to be sent,
	// and the function that it returns, unless nil, when the connection is
	// free again: its reply is complete, or the connection is lost. What fails
	// before anything is sent is not told.
	Request func(ctx context.Context, r TraceRequest) func(TraceReply)

	// Wait is called when a call on a DB begins to wait for a connection of its
	// own, and the function that it returns, unless nil, when it has one or has
	// given up. A connection that is free is not waited for.
	Wait func(ctx context.Context) func(TraceWaited)

	// Message is called with each message that is sent or was received, from
	// the first request on. It sees parameters and results, so what it writes
	// is as secret as they are; passwords are not among them.
	Message func(m TraceMessage)
}

// TraceConnected is the outcome of connecting.
type TraceConnected struct {
	Duration  time.Duration
	ProcessID uint32 // of the backend; 0 when it failed
	Err       error  // nil, or what Connect returns
}

// TraceRequest is a request that is about to be sent.
type TraceRequest struct {
	Op        string // what it is: query, batch, copy, script, prepare, …
	SQL       string // its text, without the values of parameters; "" for a batch
	ProcessID uint32 // of the backend
}

// TraceReply is the end of a request.
type TraceReply struct {
	Duration  time.Duration // since the request began, rows that were read in between included
	Exchanges int           // how many times a write was followed by a read that waited for it
	Tag       Tag           // of the last statement, if it succeeded
	Err       error         // nil; a *ServerError; the cause of the context; why the connection was lost

	// Waited is how much of Duration had passed when the request was written:
	// on a lane, the time behind the requests of other callers.
	Waited time.Duration
	// Lane says that the request was made on a lane of a DB. Then its beginning
	// is when it was given to the lane, and Exchanges is not counted.
	Lane bool
}

// TraceWaited is the end of waiting for a connection of a DB.
type TraceWaited struct {
	Duration time.Duration
	Err      error // nil when a connection was got
}

// TraceMessage is a message as it goes over the connection, inside TLS.
type TraceMessage struct {
	FromServer bool
	Bytes      []byte // the whole message, valid during the call; package wire reads it
	ProcessID  uint32 // of the backend
}

// tracing is a request that a Trace was told of.
type tracing struct {
	ctx       context.Context
	op        *op
	began     time.Time
	exchanges int
	done      func(TraceReply)
	outcome   *ending // as far as the call has told it
}

// ending is what a call returned.
type ending struct {
	tag Tag
	err error
}

// traceBegin tells of a request, once for each time the connection is busy.
func (c *Conn) traceBegin(o *op) {
	t := c.config.Trace
	if t == nil || t.Request == nil || c.tracing.done != nil {
		return
	}
	r := TraceRequest{Op: o.name, SQL: o.sql, ProcessID: c.session.processID}
	if o.index >= 0 {
		r.SQL = ""
	}
	c.tracing.op, c.tracing.began, c.tracing.exchanges = o, time.Now(), c.line.Exchanges
	returned := false
	defer c.panicked(&returned)
	c.tracing.done = t.Request(c.tracing.ctx, r)
	returned = true
}

// traceOutcome takes note of what a call is about to return.
func (c *Conn) traceOutcome(tag Tag, err error) {
	if c.tracing.done == nil {
		return
	}
	if e, ok := err.(*OpError); ok {
		err = e.Err
	}
	c.tracing.outcome = &ending{tag, err}
}

// traceEnd returns what is to be told once the connection is free again, and
// whom; nobody if nil.
func (c *Conn) traceEnd() (r TraceReply, done func(TraceReply)) {
	t := c.tracing
	c.tracing = tracing{}
	if t.done == nil {
		return r, nil
	}
	r = TraceReply{Duration: time.Since(t.began), Exchanges: c.line.Exchanges - t.exchanges, Tag: t.op.tag}
	switch {
	case t.outcome != nil:
		r.Tag, r.Err = t.outcome.tag, t.outcome.err
	case t.op.err != nil:
		r.Err = t.op.err
	case t.ctx.Err() != nil:
		r.Err = context.Cause(t.ctx)
	case c.line.Broken() != nil:
		r.Err = c.line.Broken()
	}
	return r, t.done
}

// traced runs a call on a lane and tells the trace of it.
func (r *run) traced(ctx context.Context, l *lane, c *call) (callOutcome, error) {
	t := r.db.config.Trace
	if t == nil || t.Request == nil {
		return l.do(ctx, c)
	}
	began := time.Now()
	done := t.Request(ctx, TraceRequest{Op: "query", SQL: r.sql, ProcessID: l.conn.session.processID})
	out, err := l.do(ctx, c)
	if done == nil {
		return out, err
	}
	reply := TraceReply{Lane: true, Duration: time.Since(began), Err: err}
	if e, ok := err.(*OpError); ok {
		reply.Err = e.Err
	}
	if out != outcomeEnded { // else the lane may still have the call
		reply.Tag = c.tag
		if !c.written.IsZero() {
			reply.Waited = c.written.Sub(began)
		}
	}
	done(reply)
	return out, err
}

// traceMessage tells of messages, one by one.
func (c *Conn) traceMessage(from wire.Side, b []byte) {
	returned := false
	defer c.panicked(&returned)
	for len(b) >= 5 {
		n := 1 + int64(b[1])<<24 + int64(b[2])<<16 + int64(b[3])<<8 + int64(b[4])
		if n < 5 || n > int64(len(b)) {
			n = int64(len(b))
		}
		c.config.Trace.Message(TraceMessage{FromServer: from == wire.Backend, Bytes: b[:n:n], ProcessID: c.session.processID})
		b = b[n:]
	}
	returned = true
}

// SlogTrace returns a Trace that logs connections, requests and waits for a
// connection: at the level given when all went well, at slog.LevelWarn when not.
// The text of statements is logged, the values of parameters are not, except those
// that the server's own errors tell. For OpenTelemetry see parley/compat/telemetry.
func SlogTrace(log *slog.Logger, level slog.Level) *Trace {
	write := func(ctx context.Context, err error, what string, attrs ...slog.Attr) {
		l := level
		if err != nil {
			l = max(l, slog.LevelWarn)
			attrs = append(attrs, slog.String("error", err.Error()))
		}
		log.LogAttrs(ctx, l, what, attrs...)
	}
	return &Trace{
		Connect: func(ctx context.Context) func(TraceConnected) {
			return func(c TraceConnected) {
				write(ctx, c.Err, "postgresql connect", slog.Duration("duration", c.Duration), slog.Uint64("backend", uint64(c.ProcessID)))
			}
		},
		Request: func(ctx context.Context, q TraceRequest) func(TraceReply) {
			return func(r TraceReply) {
				write(ctx, r.Err, "postgresql "+q.Op, slog.String("sql", q.SQL), slog.Duration("duration", r.Duration), slog.Duration("waited", r.Waited),
					slog.String("tag", r.Tag.String()), slog.Int("exchanges", r.Exchanges), slog.Uint64("backend", uint64(q.ProcessID)))
			}
		},
		Wait: func(ctx context.Context) func(TraceWaited) {
			return func(w TraceWaited) {
				write(ctx, w.Err, "postgresql wait for a connection", slog.Duration("duration", w.Duration))
			}
		},
	}
}

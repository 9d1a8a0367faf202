package parley

import (
	"context"
	"errors"
	"fmt"
	"io"

	"parley/internal/exchange"
	"parley/internal/sqltext"
	"parley/wire"
)

// CopyFrom runs a COPY … FROM STDIN and sends it what r gives, in whatever
// format the statement names. When r fails, the COPY fails and nothing is
// stored; its error is returned. When the server fails the COPY, reading ends
// early. A context that ends is noticed between two reads of r.
func (c *Conn) CopyFrom(ctx context.Context, r io.Reader, sql string) (Tag, error) {
	o := &op{name: "copy", sql: sql, index: -1}
	in := &copyIn{c: c, ctx: ctx, from: r}
	err := c.simple(ctx, o, in.take)
	if in.err != nil && (err == nil || o.err != nil) {
		err = in.err
	}
	if err == nil && !in.began {
		err = fmt.Errorf("copy: the statement is no COPY … FROM STDIN; it was run, and its tag is %q", o.tag)
	}
	return o.tag, err
}

// CopyTo runs a COPY … TO STDOUT and writes its data to w. When w fails, the
// COPY is cancelled and its error is returned.
func (c *Conn) CopyTo(ctx context.Context, w io.Writer, sql string) (Tag, error) {
	o := &op{name: "copy", sql: sql, index: -1}
	out := &copyOut{c: c, to: w}
	err := c.simple(ctx, o, out.take)
	if out.err != nil && (err == nil || o.err != nil) {
		err = out.err
	}
	if err == nil && !out.began {
		err = fmt.Errorf("copy: the statement is no COPY … TO STDOUT; it was run, and its tag is %q", o.tag)
	}
	return o.tag, err
}

// errStop is what a handler returns to end a statement early.
var errStop = errors.New("stop")

// simple runs a text over the simple query protocol, and gives each message of
// the reply to a handler. When the handler returns errStop, the statement is
// cancelled and the connection goes on.
func (c *Conn) simple(ctx context.Context, o *op, handle func(answer) error) error {
	if err := c.enter(ctx, o.name); err != nil {
		return err
	}
	defer c.leave()
	err := c.runSimple(ctx, o, handle)
	c.traceOutcome(o.tag, err)
	return err
}

// runSimple is simple for a connection that was entered.
func (c *Conn) runSimple(ctx context.Context, o *op, handle func(answer) error) error {
	c.dirty = c.dirty || sqltext.LeavesTraces(o.sql)
	c.path.touched = c.path.touched || !c.path.reported && sqltext.MovesPath(o.sql)
	c.line.Watch(ctx)
	if err := c.beginFirst(ctx); err != nil {
		return err
	}
	c.owe(exchange.PartQuery, o, -1)
	if err := c.add(&wire.Query{SQL: o.sql}); err != nil {
		c.recycle()
		return err
	}
	err := c.send(o)
	if err == nil {
		err = c.finish(ctx, o, handle)
	}
	if err == nil && o.err != nil {
		err = o.err
	}
	return err
}

// beginFirst sends a BEGIN that should travel ahead of a statement, where it
// cannot: what follows must not run when it fails.
func (c *Conn) beginFirst(ctx context.Context) error {
	if c.begin == "" {
		return nil
	}
	o := &op{name: "begin", sql: c.begin, index: -1}
	if err := c.dispatch(o, o, func() error { return c.addSync(o) }); err != nil {
		return err
	}
	if err := c.finish(ctx, o, c.take); err != nil {
		return err
	}
	if o.err != nil {
		return o.err
	}
	return nil
}

// stop ends a statement whose handler wants no more of it.
func (c *Conn) stop(ctx context.Context, o *op) error {
	c.line.Unwatch()
	if err := c.rescue(ctx); err != nil {
		return c.wrap(o, c.line.Break(err))
	}
	o.err = nil // that it was cancelled
	return nil
}

// copyOut takes the data of a COPY.
type copyOut struct {
	c     *Conn
	to    io.Writer
	began bool
	err   error // of to
}

func (out *copyOut) take(a answer) error {
	switch a.event {
	case exchange.CopyOut:
		out.began = true
	case exchange.CopyData:
		returned := false
		defer out.c.panicked(&returned)
		_, out.err = out.to.Write(a.body)
		returned = true
		if out.err != nil {
			return errStop
		}
	}
	return out.c.take(a)
}

// copyIn sends the data of a COPY.
type copyIn struct {
	c     *Conn
	ctx   context.Context
	from  io.Reader
	began bool
	err   error // of from, or the end of ctx
}

// gaveUp is the error of a COPY that was failed as its context had ended. The
// server may have said so before the context's end has interrupted anything.
func gaveUp(ctx context.Context) error {
	return &OpError{Op: "copy", Sent: true, Err: context.Cause(ctx)}
}

func (in *copyIn) take(a answer) error {
	if a.event != exchange.CopyIn || in.began {
		return in.c.take(a)
	}
	in.began = true
	return in.send()
}

// copyChunk is how many bytes of data go into one CopyData.
const copyChunk = 64 << 10

// send sends data until there is no more, or until the server has failed the
// COPY.
func (in *copyIn) send() error {
	line := in.c.line
	line.Beside()
	defer line.Alone()
	buf := make([]byte, 5+copyChunk)
	for !line.Arrived() {
		n, err := in.read(buf[5:])
		if in.ctx.Err() != nil {
			in.err = gaveUp(in.ctx)
			return in.c.refuseCopy("the client gave up")
		}
		if n > 0 {
			size := n + 4
			copy(buf, []byte{'d', byte(size >> 24), byte(size >> 16), byte(size >> 8), byte(size)})
			if _, err := line.Write(buf[:5+n]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			in.err = err
			return in.c.refuseCopy("the client could not read its data")
		}
	}
	return in.c.endCopy(&wire.CopyDone{}) // one that has failed passes over it
}

// read fills a buffer with data, as long as the context has not ended and the
// server has not failed the COPY.
func (in *copyIn) read(p []byte) (n int, err error) {
	returned := false
	defer in.c.panicked(&returned)
	for n < len(p) && err == nil && in.ctx.Err() == nil && !in.c.line.Arrived() {
		var m int
		m, err = in.from.Read(p[n:])
		n += m
	}
	returned = true
	return n, err
}

// refuseCopy fails a COPY that waits for data.
func (c *Conn) refuseCopy(reason string) error {
	if waits, _ := c.queue.CopyingIn(); !waits {
		return nil
	}
	return c.endCopy(&wire.CopyFail{Reason: reason})
}

// endCopy ends the data of a COPY that waits for some. In the extended protocol
// the server has passed over the Sync behind the statement, as it does with any
// while it waits for data, so that another is due.
func (c *Conn) endCopy(m wire.Message) error {
	_, extended := c.queue.CopyingIn()
	c.queue.CopyEnded()
	out, err := m.Append(nil)
	if err == nil && extended {
		out, err = (&wire.Sync{}).Append(out)
	}
	if err != nil {
		return err
	}
	_, err = c.line.Write(out)
	return err
}

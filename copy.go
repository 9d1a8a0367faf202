package parley

import (
	"context"
	"errors"
	"fmt"
	"io"

	"parley/internal/exchange"
	"parley/wire"
)

// CopyFrom runs a COPY … FROM STDIN and sends it what r gives, in whatever
// format the statement names. When r fails, the COPY fails and nothing is
// stored; its error is returned.
func (c *Conn) CopyFrom(ctx context.Context, r io.Reader, sql string) (Tag, error) {
	o := &op{name: "copy", sql: sql, index: -1}
	in := &copyIn{c: c, op: o, ctx: ctx, from: r}
	err := c.simple(ctx, o, in.take)
	if in.err != nil && (err == nil || o.err != nil) {
		err = in.err
	}
	if err == nil && !in.began {
		err = fmt.Errorf("copy: the statement is no COPY … FROM STDIN; its tag is %q", o.tag)
	}
	return o.tag, err
}

// CopyTo runs a COPY … TO STDOUT and writes its data to w. When w fails, the
// COPY is cancelled and its error is returned.
func (c *Conn) CopyTo(ctx context.Context, w io.Writer, sql string) (Tag, error) {
	o := &op{name: "copy", sql: sql, index: -1}
	began := false
	var failed error
	err := c.simple(ctx, o, func(a answer) error {
		switch a.event {
		case exchange.CopyOut:
			began = true
		case exchange.CopyData:
			if _, failed = w.Write(a.body); failed != nil {
				return errStop
			}
		}
		return c.take(a)
	})
	if failed != nil {
		return o.tag, failed
	}
	if err == nil && !began {
		err = fmt.Errorf("copy: the statement is no COPY … TO STDOUT; its tag is %q", o.tag)
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
	if err := c.beginFirst(ctx); err != nil {
		return err
	}
	c.owe(exchange.PartQuery, o, -1)
	if err := c.add(&wire.Query{SQL: o.sql}); err != nil {
		c.dropRequest()
		return err
	}
	watch := c.line.Watch(ctx)
	err := c.send(o)
	if err == nil {
		err = c.follow(ctx, o, handle)
	}
	if watch.Stop() {
		c.line.Resume(zeroTime)
	}
	if err == nil && o.err != nil {
		err = o.err
	}
	return err
}

// beginFirst sends what should travel ahead of a statement, where it cannot.
func (c *Conn) beginFirst(ctx context.Context) error {
	if c.begin == "" && len(c.cache.dropped) == 0 {
		return nil
	}
	o := &op{name: "begin", index: -1}
	err := c.addPreface()
	if err == nil {
		err = c.addSync(o)
	}
	if err != nil {
		c.dropRequest()
		return err
	}
	c.prefaceSent()
	if err := c.send(o); err != nil {
		return err
	}
	if err := c.finish(ctx, o); err != nil {
		return err
	}
	if o.err != nil {
		return o.err
	}
	return nil
}

// follow reads a whole reply.
func (c *Conn) follow(ctx context.Context, o *op, handle func(answer) error) error {
	for c.queue.Len() > 0 {
		a, err := c.read()
		if errors.Is(err, exchange.ErrInterrupted) {
			return c.interrupted(ctx, o)
		}
		if err != nil {
			return c.wrap(o, err)
		}
		switch err := handle(a); {
		case err == errStop:
			if err := c.rescue(ctx, o); err != nil {
				return c.wrap(o, c.line.Break(err))
			}
			o.err = nil
			return nil
		case err != nil:
			return c.wrap(o, err)
		}
	}
	return nil
}

// copyIn sends the data of a COPY.
type copyIn struct {
	c     *Conn
	op    *op
	ctx   context.Context
	from  io.Reader
	began bool
	err   error // of from
}

func (in *copyIn) take(a answer) error {
	if a.event != exchange.CopyIn {
		return in.c.take(a)
	}
	if in.began {
		return in.c.refuseCopy()
	}
	in.began = true
	return in.send()
}

// copyChunk is how many bytes of data go into one CopyData.
const copyChunk = 64 << 10

// send sends data until there is no more, or until the server has failed the
// COPY.
func (in *copyIn) send() error {
	c := in.c
	buf := make([]byte, 5+copyChunk)
	for {
		n, err := io.ReadFull(in.from, buf[5:])
		if n > 0 {
			buf[0] = 'd'
			size := n + 4
			buf[1], buf[2], buf[3], buf[4] = byte(size>>24), byte(size>>16), byte(size>>8), byte(size)
			if _, err := c.line.Write(buf[:5+n]); err != nil {
				return err
			}
		}
		switch {
		case in.ctx.Err() != nil:
			return c.refuseCopy()
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			return c.endCopy(&wire.CopyDone{})
		case err != nil:
			in.err = err
			return c.refuseCopy()
		case c.line.Arrived():
			return c.endCopy(&wire.CopyDone{}) // the server has failed it, and passes over the rest
		}
	}
}

// refuseCopy fails a COPY that waits for data.
func (c *Conn) refuseCopy() error {
	return c.endCopy(&wire.CopyFail{Reason: "the client gave up"})
}

func (c *Conn) endCopy(m wire.Message) error {
	out, err := m.Append(nil)
	if err != nil {
		return err
	}
	c.queue.CopyEnded()
	_, err = c.line.Write(out)
	return err
}

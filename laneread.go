package parley

import (
	"context"
	"fmt"
	"time"

	"parley/internal/exchange"
	"parley/wire"
)

// fatalError says that the server ended the session and said so.
type fatalError struct{ err *ServerError }

func (e *fatalError) Error() string { return e.err.Error() }

// serve reads what is in the air until the caller's call is over, which it
// returns. Whoever calls it has the turn.
func (l *lane) serve(ctx context.Context, own *call) (callOutcome, error) {
	for {
		l.mu.Lock()
		over := own.state == callOver || len(l.air) == 0
		var g *group
		if !over {
			g = l.air[0]
		}
		l.mu.Unlock()
		if over {
			break
		}
		switch err := l.read(g); {
		case err == nil:
			l.land(g)
		case err == exchange.ErrInterrupted && ctx.Err() != nil:
			return l.giveUp(ctx, own)
		case err != exchange.ErrInterrupted:
			l.die(err)
		}
	}
	l.conn.line.Unwatch()
	out, err := own.outcome, own.err
	l.leave()
	return out, err
}

// serveAll reads until nothing is in the air.
func (l *lane) serveAll(context.Context) {
	for {
		l.mu.Lock()
		var g *group
		if len(l.air) > 0 {
			g = l.air[0]
		}
		l.mu.Unlock()
		if g == nil {
			break
		}
		switch err := l.read(g); {
		case err == nil:
			l.land(g)
		case err != exchange.ErrInterrupted:
			l.die(err)
		}
	}
	l.leave()
}

// giveUp hands the turn on, as the context of the caller who has it has ended.
func (l *lane) giveUp(ctx context.Context, own *call) (callOutcome, error) {
	l.conn.line.Unwatch()
	l.mu.Lock()
	state := own.state
	out, err := own.outcome, own.err
	switch state {
	case callWaiting:
		l.waiting.remove(own)
		l.load.Add(-1)
		own.state = callOver
	case callWritten:
		own.leave()
		own.reply = nil // whoever has the turn may
		l.cancelHead(ctx)
	}
	l.mu.Unlock()
	l.owner.spawn(l.serveAll)
	if state == callOver {
		return out, err
	}
	return outcomeEnded, &OpError{Op: "query", Sent: state == callWritten, Err: context.Cause(ctx)}
}

// read reads the reply to a group, or goes on with it.
func (l *lane) read(g *group) error {
	if !g.started {
		g.started = true
		for _, c := range g.calls {
			c.owe(&l.queue)
		}
		l.queue.Push(exchange.PartSync, nil, 0)
	}
	l.heard = g
	held := l.conn.config.maxHeld()
	for {
		f, err := l.conn.line.Read()
		if err != nil {
			return err
		}
		_, part, _ := l.queue.Head()
		c, e, err := l.queue.Answer(f.Type, f.Body)
		if err != nil {
			if fatal := l.conn.fatal(f); fatal != nil {
				return l.fatal(fatal.(*ServerError))
			}
			return l.conn.line.Break(err)
		}
		switch {
		case e == exchange.Ready:
			if f.Body[0] != byte(wire.TxIdle) {
				return l.conn.line.Break(fmt.Errorf("the server is in a transaction after a single statement"))
			}
			return nil
		case e == exchange.Failed:
			if err := l.failed(g, c, part, f.Body); err != nil {
				return err
			}
		case c != nil:
			if err := c.take(e, part, f.Body, held); err != nil {
				return l.conn.line.Break(err)
			}
		}
		g.answered = true
	}
}

// whose returns the text of the statement that a notice belongs to, "" where that
// is not certain. The server says how long a statement took, and what else it
// would write to its log, when it has answered it: that may be about the one
// before. What comes with the end of the transaction is about any of the group.
func (l *lane) whose(e *ServerError) string {
	c, part, _ := l.queue.Head()
	late := e.Severity == "LOG" || e.Severity == "DEBUG"
	switch {
	case len(l.heard.calls) == 1:
		return l.heard.calls[0].sql
	case c == nil, late && part != exchange.PartExecute:
		return ""
	}
	return c.sql
}

func (l *lane) fatal(e *ServerError) error {
	_ = l.conn.line.Break(e)
	return &fatalError{e}
}

// failed keeps why a group failed.
func (l *lane) failed(g *group, c *call, part exchange.Part, body []byte) error {
	e, err := parseServerError(body)
	switch {
	case err != nil:
		return l.conn.line.Break(err)
	case e.Fatal():
		return l.fatal(e)
	}
	g.failed, g.failedAt, g.blame = e, part, c
	return nil
}

// land ends a group whose reply is complete: its calls are told, or, when it has
// failed and had several, are run again alone.
func (l *lane) land(g *group) {
	now := time.Now()
	l.measure(g, now)
	l.mu.Lock()
	if l.err != nil {
		l.mu.Unlock()
		return
	}
	l.air = l.air[:copy(l.air, l.air[1:])]
	l.inAir -= g.bytes
	l.aloft -= len(g.calls)
	if g.last {
		l.flights--
	}
	l.headAt, l.idleAt = now, now
	if g.barrier {
		l.frozen = false
	}
	l.stuck.Store(l.frozen)
	l.settle(g)
	l.adapt(g)
	if g.failed != nil && len(g.calls) > 1 {
		l.again(g)
	} else {
		l.end(g)
	}
	leaves := l.leaves && !l.retired
	l.cancelHead(l.owner.db.ctx)
	f := l.cut()
	l.mu.Unlock()
	if leaves {
		l.retire()
	}
	for _, c := range g.calls {
		if c != nil {
			c.done <- struct{}{}
		}
	}
	l.mu.Lock()
	l.recycle(g)
	l.mu.Unlock()
	if f.groups > 0 {
		l.launch(f)
	}
}

// settle makes the cache what the server has: what was not prepared after all is
// dropped from it. What was learnt is kept.
func (l *lane) settle(g *group) {
	k := &l.conn.cache
	for _, c := range g.calls {
		switch {
		case !c.cold:
			if g.failed != nil && g.failedAt == exchange.PartBind && isStale(g.failed) && k.get(c.sql) == c.st {
				k.remove(c.sql)
			}
			if c.st.desc != c.desc {
				c.learnt = c.st.desc // what an earlier call prepared is not what was expected
			}
		case c.learnt != nil:
			c.learnt = l.conn.shared.learn(c.sql, c.learnt)
			c.st.desc, c.st.told = c.learnt, true
		case !c.prepared:
			k.dropped = append(k.dropped, c.closes...) // which were perhaps passed over
			c.st.parsed = false
			if k.get(c.sql) == c.st {
				k.remove(c.sql)
			}
		}
	}
}

// again has the members of a failed group run alone, each with a Sync of its
// own, before anything else: the server has undone all of it.
func (l *lane) again(g *group) {
	for i := len(g.calls) - 1; i >= 0; i-- {
		c := g.calls[i]
		g.calls[i] = nil
		if c.state == callAbandoned {
			c.state = callOver
			l.load.Add(-1)
			continue
		}
		c.rewind()
		c.group = false
		l.waiting.pushFront(c)
	}
	l.owner.stats.retries.Add(int64(len(g.calls)))
}

// end ends the calls of a group.
func (l *lane) end(g *group) {
	for i, c := range g.calls {
		l.load.Add(-1)
		silent := c.state == callAbandoned || c.inline
		c.state, c.outcome = callOver, outcomeDone
		if g.failed != nil {
			l.refuse(c, g)
		}
		if silent {
			g.calls[i] = nil // nobody waits to be told
		}
	}
}

// refuse ends a call that failed alone. One that was made by what is not so any
// more is made again.
func (l *lane) refuse(c *call, g *group) {
	e := g.failed
	o := op{sql: c.sql, desc: c.desc, cold: c.cold, err: e, failedAt: g.failedAt}
	if o.stale() {
		l.conn.shared.forget(c.sql, c.desc)
		c.outcome, c.err = outcomeAgain, e
		return
	}
	if e.goneType() {
		c.desc.outdated()
	}
	e.SQL = c.sql
	c.outcome, c.err = outcomeRefused, e
	if l.owner.db.demoted(e) {
		c.outcome = outcomeAgain // it was not run, and another server may take it
		l.leaves = true
	}
}

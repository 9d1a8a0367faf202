package parley

import (
	"context"
	"errors"

	"parley/internal/exchange"
	"parley/wire"
)

// add appends a message to the request being made.
func (c *Conn) add(m wire.Message) error {
	var err error
	c.out, err = m.Append(c.out)
	return err
}

// owe notes that a message of the request being made will be answered.
func (c *Conn) owe(p exchange.Part, o *op, width int) {
	c.parts = append(c.parts, part{p, o, width})
}

// addSync ends a group of the request being made.
func (c *Conn) addSync(o *op) error {
	c.owe(exchange.PartSync, o, 0)
	return c.add(&wire.Sync{})
}

// addPreface makes what travels ahead of a statement: Close for statements that
// the cache has dropped, BEGIN for a transaction that has not begun, and ROLLBACK
// ahead of that where it is begun once more. When one of those fails, so does
// the statement.
func (c *Conn) addPreface(ahead *op) error {
	for _, name := range c.cache.dropped {
		if err := c.add(&wire.Close{Object: wire.ObjectStatement, Name: name}); err != nil {
			return err
		}
		c.owe(exchange.PartClose, nil, 0)
	}
	if c.begin == "" {
		return nil
	}
	if c.undo {
		if err := c.addUnnamed(&op{name: "rollback", sql: "rollback", index: -1, follower: ahead}); err != nil {
			return err
		}
	}
	return c.addUnnamed(&op{name: "begin", sql: c.begin, index: -1, follower: ahead})
}

// again makes a request once more that failed for want of a statement, with the
// BEGIN that travelled with it, if one did: the transaction that it began has
// done nothing else, so it is rolled back and begun anew in the same flight.
func (c *Conn) again(begin string, attempt func() error) error {
	c.begin, c.undo = begin, begin != ""
	err := attempt()
	c.begin, c.undo = "", false // if they were not sent, the transaction stays as it is: failed
	return err
}

// inTx reports whether what is sent now runs within a transaction that was
// begun.
func (c *Conn) inTx() bool { return c.begin != "" || c.status != wire.TxIdle }

// addUnnamed makes the messages of a statement without parameters whose rows
// nobody wants.
func (c *Conn) addUnnamed(o *op) error {
	if err := c.add(&wire.Parse{SQL: o.sql}); err != nil {
		return err
	}
	c.owe(exchange.PartParse, o, 0)
	if err := c.add(&wire.Bind{}); err != nil {
		return err
	}
	c.owe(exchange.PartBind, o, 0)
	return c.addExecute(o, -1)
}

func (c *Conn) addExecute(o *op, width int) error {
	c.owe(exchange.PartExecute, o, width)
	return c.add(&wire.Execute{Portal: o.portal(), MaxRows: o.limit()})
}

// addStatement makes the messages that run a statement. One that is hot has
// been described, so its rows can be asked for in the best formats and their
// width is known; one that is cold is prepared and described along the way, or
// was so just before in the same flight. Unless another connection has told what
// it is like, its rows come as text.
func (c *Conn) addStatement(o *op, args []any, prepare bool) error {
	if err := checkArgs(o, args); err != nil {
		return err
	}
	width := -1
	if o.cold && prepare {
		if err := c.addParse(o); err != nil {
			return err
		}
	}
	if o.desc != nil {
		o.formats = o.desc.formats
	}
	if !o.cold {
		width = len(o.desc.columns)
	}
	if err := c.addBind(o, args); err != nil {
		return err
	}
	return c.addExecute(o, width)
}

// addParse makes the messages that prepare a statement and describe it.
func (c *Conn) addParse(o *op) error {
	st := o.stmt
	types := st.guess
	if o.desc != nil {
		types = o.desc.params // so that they are what the arguments are written as
	}
	if err := c.add(&wire.Parse{Statement: st.name, SQL: st.sql, ParamTypes: types}); err != nil {
		return err
	}
	c.owe(exchange.PartParse, o, 0)
	if err := c.add(&wire.Describe{Object: wire.ObjectStatement, Name: st.name}); err != nil {
		return err
	}
	c.owe(exchange.PartDescribeStatement, o, 0)
	return nil
}

// dispatch makes a request with a function and sends it. What travels ahead
// comes first. A request that cannot be made is not sent.
func (c *Conn) dispatch(o *op, ahead *op, make func() error) error {
	err := c.addPreface(ahead)
	if err == nil {
		err = make()
	}
	if err != nil {
		c.recycle()
		return err
	}
	c.cache.dropped = c.cache.dropped[:0]
	c.begin, c.undo = "", false
	return c.send(o)
}

// learn takes what a reply says about a statement that is being prepared.
func (c *Conn) learn(a answer) error {
	st := a.op.stmt
	if st == nil {
		return nil
	}
	switch {
	case a.part == exchange.PartParse:
		c.cache.prepared(st)
	case a.event == exchange.Params:
		var m wire.ParameterDescription
		if err := m.Parse(a.body); err != nil {
			return c.line.Break(err)
		}
		st.half = m.Types
	case a.event == exchange.Columns && a.part == exchange.PartDescribeStatement:
		var m wire.RowDescription
		if err := m.Parse(a.body); err != nil {
			return c.line.Break(err)
		}
		c.described(st, m.Columns)
	case a.event == exchange.NoColumns && a.part == exchange.PartDescribeStatement:
		c.described(st, nil)
	}
	return nil
}

// described keeps what the server said about a statement.
func (c *Conn) described(st *statement, cs []wire.Column) {
	st.desc, st.told = c.tell(st.sql, st.path, describe(st.half, cs)), true
	st.half = nil
}

// tagged keeps the command tag of a reply. One that is the same as the last
// time is not copied again.
func (c *Conn) tagged(o *op, body []byte) error {
	text, rows, err := wire.ReadTag(body)
	if err != nil {
		return c.line.Break(err)
	}
	if st := o.stmt; st != nil {
		if st.tag != string(text) {
			st.tag = string(text)
		}
		o.tag = Tag{st.tag, rows}
	} else {
		o.tag = Tag{string(text), rows}
	}
	switch o.tag.text {
	case "DISCARD ALL", "DEALLOCATE ALL":
		c.cache.forget()
	}
	if o.tag.text == "ROLLBACK" && c.path.undoable { // perhaps to a savepoint
		c.path.touched = true
	}
	c.soils(o)
	return nil
}

// finish reads up to the ReadyForQuery that ends the request.
func (c *Conn) finish(ctx context.Context, o *op, take func(answer) error) error {
	for c.queue.Len() > 0 {
		a, err := c.read()
		if err == nil {
			err = take(a)
		}
		if err == exchange.ErrInterrupted {
			return c.interrupted(ctx, o)
		}
		if err == errStop {
			return c.stop(ctx, o)
		}
		if err != nil {
			return c.wrap(o, err)
		}
	}
	return nil
}

// take takes a message whose rows nobody wants.
func (c *Conn) take(a answer) error {
	switch a.event {
	case exchange.Complete:
		return c.tagged(a.op, a.body)
	case exchange.CopyIn:
		return c.refuseCopy("only CopyFrom sends data")
	case exchange.Suspended:
		if a.op == nil || a.op.cursor == nil {
			return c.line.Break(errors.New("the server suspended a portal that was to run to its end"))
		}
		a.op.cursor.suspended = true
	case exchange.CopyBoth:
		return c.line.Break(errors.New("the server began to stream, which only replication does"))
	case exchange.Progress, exchange.Params, exchange.Columns, exchange.NoColumns:
		if a.op != nil {
			return c.learn(a)
		}
	}
	return nil
}

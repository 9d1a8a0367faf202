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

// addSync ends the request being made.
func (c *Conn) addSync(o *op) error {
	c.owe(exchange.PartSync, o, 0)
	return c.add(&wire.Sync{})
}

// addPreface makes what travels ahead of the next statement: Close for
// statements that the cache has dropped, BEGIN for a transaction that has not
// begun.
func (c *Conn) addPreface() error {
	for _, name := range c.cache.dropped {
		if err := c.add(&wire.Close{Object: wire.ObjectStatement, Name: name}); err != nil {
			return err
		}
		c.owe(exchange.PartClose, nil, 0)
	}
	if c.begin == "" {
		return nil
	}
	o := &op{name: "begin", sql: c.begin, index: -1}
	return c.addUnnamed(o)
}

// prefaceSent notes that what travelled ahead is on its way.
func (c *Conn) prefaceSent() {
	c.cache.dropped = c.cache.dropped[:0]
	c.begin = ""
}

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
	if err := c.add(&wire.Execute{}); err != nil {
		return err
	}
	c.owe(exchange.PartExecute, o, -1)
	return nil
}

// addStatement makes the messages that run a statement: Bind and Execute when it
// is prepared, with Parse and Describe before them when it is not.
func (c *Conn) addStatement(o *op, args []any, maxRows int32) error {
	if err := c.checkArgs(o, args); err != nil {
		return err
	}
	st := o.stmt
	if o.cold {
		if err := c.addParse(o); err != nil {
			return err
		}
	}
	if err := c.addBind(st, args); err != nil {
		return err
	}
	c.owe(exchange.PartBind, o, 0)
	width := -1
	if st.described {
		width = len(st.columns)
	}
	if err := c.add(&wire.Execute{MaxRows: maxRows}); err != nil {
		return err
	}
	c.owe(exchange.PartExecute, o, width)
	return nil
}

func (c *Conn) addParse(o *op) error {
	st := o.stmt
	if err := c.add(&wire.Parse{Statement: st.name, SQL: st.sql, ParamTypes: st.params}); err != nil {
		return err
	}
	c.owe(exchange.PartParse, o, 0)
	if st.described {
		return nil
	}
	if err := c.add(&wire.Describe{Object: wire.ObjectStatement, Name: st.name}); err != nil {
		return err
	}
	c.owe(exchange.PartDescribeStatement, o, 0)
	return nil
}

// learn takes what a reply says about a statement that is being prepared.
func (c *Conn) learn(a answer) error {
	st := a.op.stmt
	if st == nil {
		return nil
	}
	switch {
	case a.part == exchange.PartParse:
		st.parsed = true
	case a.event == exchange.Params:
		var m wire.ParameterDescription
		if err := m.Parse(a.body); err != nil {
			return c.line.Break(err)
		}
		st.params = m.Types
	case a.event == exchange.Columns && a.part == exchange.PartDescribeStatement:
		var m wire.RowDescription
		if err := m.Parse(a.body); err != nil {
			return c.line.Break(err)
		}
		st.describe(m.Columns)
	case a.event == exchange.NoColumns && a.part == exchange.PartDescribeStatement:
		st.describe(nil)
	}
	return nil
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
	case "DISCARD ALL", "DEALLOCATE ALL", "DEALLOCATE":
		c.cache.forget()
	}
	return nil
}

var errTooManyResults = errors.New("the text holds more than one statement; Script runs several")

// finish reads up to the ReadyForQuery that ends the request, and returns what
// went wrong in it.
func (c *Conn) finish(ctx context.Context, o *op) error {
	for c.queue.Len() > 0 {
		a, err := c.read()
		if errors.Is(err, exchange.ErrInterrupted) {
			return c.interrupted(ctx, o)
		}
		if err != nil {
			return c.wrap(o, err)
		}
		if err := c.take(a); err != nil {
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
		return c.refuseCopy()
	case exchange.Progress, exchange.Params, exchange.Columns, exchange.NoColumns:
		if a.op != nil {
			return c.learn(a)
		}
	}
	return nil
}

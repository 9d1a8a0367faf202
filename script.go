package parley

import (
	"context"
	"fmt"

	"parley/internal/exchange"
	"parley/wire"
)

// Result is what one statement of a script gave.
type Result struct {
	Columns []Column   // nil when it returns no rows
	Rows    [][]string // as text; see Null
	Null    [][]bool   // which values are NULL
	Tag     Tag        // the zero Tag for an empty statement
}

// Script runs a text of several statements, separated by semicolons, and
// returns what each of them gave, as text. It takes no arguments. Unless the
// text says otherwise, all of it is one transaction. The results of the
// statements before one that fails are returned beside the error, which tells
// its number, from 0.
//
// It is meant for migrations and the like; results are held in memory, at most
// Config.MaxHeld bytes of them, beyond which the script is cancelled.
func (c *Conn) Script(ctx context.Context, sql string) ([]Result, error) {
	o := &op{name: "script", sql: sql, index: -1}
	s := &script{c: c, op: o}
	err := c.simple(ctx, o, s.take)
	if s.held > c.config.maxHeld() && err == nil {
		err = &OpError{Op: o.name, Sent: true, Err: fmt.Errorf("the results have more than %d bytes (Config.MaxHeld)", c.config.maxHeld())}
	}
	if e, ok := err.(*ServerError); ok && (len(s.results) > 0 || e.Position == 0) { // else none of the text may have been understood
		err = fmt.Errorf("statement %d of the script: %w", len(s.results), err)
	}
	return s.results, err
}

// script is a script on its way.
type script struct {
	c       *Conn
	op      *op
	results []Result
	at      Result
	held    int // bytes of all results
}

func (s *script) take(a answer) error {
	switch a.event {
	case exchange.Columns:
		return s.columns(a.body)
	case exchange.Row:
		if s.held += len(a.body); s.held > s.c.config.maxHeld() {
			return errStop
		}
		return s.row(a.body)
	case exchange.Empty:
		s.next()
		return nil
	}
	err := s.c.take(a)
	if a.event == exchange.Complete {
		s.at.Tag = s.op.tag
		s.next()
	}
	return err
}

func (s *script) next() {
	s.results = append(s.results, s.at)
	s.at = Result{}
}

func (s *script) columns(body []byte) error {
	var m wire.RowDescription
	if err := m.Parse(body); err != nil {
		return s.c.line.Break(err)
	}
	s.at.Columns = describe(nil, m.Columns).columns
	return nil
}

func (s *script) row(body []byte) error {
	row := make([]string, 0, len(s.at.Columns))
	null := make([]bool, 0, len(s.at.Columns))
	r := wire.ReadRow(body)
	for v, ok := r.Next(); ok; v, ok = r.Next() {
		row, null = append(row, string(v)), append(null, v == nil)
	}
	if err := r.Err(); err != nil {
		return s.c.line.Break(err)
	}
	s.at.Rows, s.at.Null = append(s.at.Rows, row), append(s.at.Null, null)
	return nil
}

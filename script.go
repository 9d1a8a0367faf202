package parley

import (
	"context"

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
// statements before one that fails are returned beside the error.
//
// It is meant for migrations and the like; results are held in memory.
func (c *Conn) Script(ctx context.Context, sql string) ([]Result, error) {
	o := &op{name: "script", sql: sql, index: -1}
	var results []Result
	var at Result
	err := c.simple(ctx, o, func(a answer) error {
		switch a.event {
		case exchange.Columns:
			return c.scriptColumns(&at, a.body)
		case exchange.Row:
			return c.scriptRow(&at, a.body)
		case exchange.Empty:
			results = append(results, at)
			at = Result{}
			return nil
		}
		err := c.take(a)
		if a.event == exchange.Complete {
			at.Tag = o.tag
			results = append(results, at)
			at = Result{}
		}
		return err
	})
	return results, err
}

func (c *Conn) scriptColumns(at *Result, body []byte) error {
	var m wire.RowDescription
	if err := m.Parse(body); err != nil {
		return c.line.Break(err)
	}
	st := &statement{}
	st.describe(m.Columns)
	at.Columns = st.columns
	return nil
}

func (c *Conn) scriptRow(at *Result, body []byte) error {
	row := make([]string, 0, len(at.Columns))
	null := make([]bool, 0, len(at.Columns))
	r := wire.ReadRow(body)
	for v, ok := r.Next(); ok; v, ok = r.Next() {
		row, null = append(row, string(v)), append(null, v == nil)
	}
	if err := r.Err(); err != nil {
		return c.line.Break(err)
	}
	at.Rows, at.Null = append(at.Rows, row), append(at.Null, null)
	return nil
}

// Package canned plays a recorded result to whoever asks, as a server that has
// nothing else to do: what a client needs to read rows is left.
package canned

import (
	"context"
	"fmt"
	"slices"

	"parley/bench/internal/floor"
	"parley/wire"
)

// Recording is a result as a server sent it, in both formats.
type Recording struct {
	columns []wire.Column
	text    [][]byte // bodies of DataRows
	binary  [][]byte
}

// Record runs a statement on a server and keeps its rows.
func Record(ctx context.Context, c *floor.Conn, sql string) (*Recording, error) {
	r := &Recording{}
	if err := c.Prepare("canned", sql); err != nil {
		return nil, err
	}
	if err := r.describe(c); err != nil {
		return nil, err
	}
	for format, rows := range map[byte]*[][]byte{0: &r.text, 1: &r.binary} {
		request := floor.AppendSync(floor.AppendExecute(floor.AppendBind(nil, "canned", format)))
		if err := c.Rows(request, func(row []byte) { *rows = append(*rows, slices.Clone(row)) }); err != nil {
			return nil, err
		}
	}
	if len(r.text) != len(r.binary) || len(r.text) == 0 {
		return nil, fmt.Errorf("canned: %d rows as text, %d in binary", len(r.text), len(r.binary))
	}
	return r, ctx.Err()
}

func (r *Recording) describe(c *floor.Conn) error {
	if err := c.Write(floor.AppendSync(floor.AppendDescribe(nil, "canned"))); err != nil {
		return err
	}
	for {
		typ, body, err := c.Next()
		switch {
		case err != nil:
			return err
		case typ == 'T':
			var m wire.RowDescription
			if err := m.Parse(body); err != nil {
				return err
			}
			r.columns = m.Columns
		case typ == 'Z':
			return nil
		}
	}
}

// Rows returns how many rows were recorded.
func (r *Recording) Rows() int { return len(r.binary) }

// Binary returns the rows in binary, as the bodies of DataRows.
func (r *Recording) Binary() [][]byte { return r.binary }

// in returns the columns' description in the formats that a Bind asked for.
func (r *Recording) in(formats []wire.Format) []wire.Column {
	columns := slices.Clone(r.columns)
	for i := range columns {
		columns[i].Format = formatOf(formats, i)
	}
	return columns
}

// formatOf reads a list of formats as Bind does: none is text, one is for all.
func formatOf(formats []wire.Format, i int) wire.Format {
	switch {
	case len(formats) == 1:
		return formats[0]
	case i < len(formats):
		return formats[i]
	}
	return wire.TextFormat
}

// block returns all rows as messages, in the formats that a Bind asked for.
func (r *Recording) block(formats []wire.Format) ([]byte, error) {
	var out []byte
	var text, binary wire.DataRow
	for i := range r.text {
		if err := text.Parse(r.text[i]); err != nil {
			return nil, err
		}
		if err := binary.Parse(r.binary[i]); err != nil {
			return nil, err
		}
		for j := range text.Values {
			if formatOf(formats, j) == wire.BinaryFormat {
				text.Values[j] = binary.Values[j]
			}
		}
		var err error
		if out, err = text.Append(out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

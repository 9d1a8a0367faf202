package sqldriver

import (
	"database/sql/driver"
	"fmt"
	"io"
	"reflect"
	"slices"

	"parley"
)

// rows are the rows of one statement.
type rows struct {
	columns
	r      *parley.Rows
	ahead  bool      // r is at the row that Next gives next
	known  bool      // the following was made, which needs the columns' formats
	quick  []decode  // of each column, nil for those that are scanned
	values []value   // what the others are scanned into
	dest   []any     // pointers to them; empty when there are none
	few    [8]decode // for quick
}

// value takes a value as database/sql knows it.
type value struct{ v driver.Value }

// Scan takes it.
func (v *value) Scan(src any) error {
	v.v = src
	return nil
}

// newRows returns the rows of a statement that has not failed before the first of
// them.
func newRows(r *parley.Rows) (*rows, error) {
	ahead := r.Next()
	if err := r.Err(); err != nil && !ahead {
		return nil, err
	}
	return &rows{r: r, ahead: ahead, columns: r.Columns()}, nil
}

// prepare chooses how each column is read.
func (r *rows) prepare() {
	r.known, r.quick = true, r.few[:min(len(r.columns), len(r.few))]
	if len(r.columns) > len(r.few) {
		r.quick = make([]decode, len(r.columns))
	}
	for i, c := range r.columns {
		if r.r.Format(i) == 1 {
			r.quick[i] = decodes[c.Type]
		} else {
			r.quick[i] = decodeText(c.Type)
		}
		if r.quick[i] == nil && r.dest == nil {
			r.values, r.dest = make([]value, len(r.columns)), make([]any, len(r.columns))
		}
		if r.quick[i] == nil {
			r.dest[i] = &r.values[i]
		}
	}
}

// Next gives the next row. Byte slices are the caller's to keep.
func (r *rows) Next(dest []driver.Value) error {
	ahead := r.ahead
	r.ahead = false
	if !ahead && !r.r.Next() {
		if err := r.r.Err(); err != nil {
			return err
		}
		return io.EOF
	}
	if !r.known {
		r.prepare()
	}
	if r.dest != nil {
		if err := r.r.Scan(r.dest...); err != nil {
			return err
		}
	}
	raw := r.r.Raw()
	if raw == nil && len(dest) > 0 {
		return r.r.Err() // the row is not as it was described
	}
	for i, decode := range r.quick {
		switch {
		case decode == nil:
			dest[i] = r.values[i].v
		case raw[i] == nil:
			dest[i] = nil
		default:
			v, err := decode(raw[i])
			if err != nil {
				return fmt.Errorf("column %q: %w", r.columns[i].Name, err)
			}
			dest[i] = v
		}
	}
	return nil
}

// Close ends the reading. A statement can fail behind its last row, as by a
// constraint that is checked at the end of its transaction, and whoever wants one
// row does not call Next again: so Close tells.
func (r *rows) Close() error { return r.r.Close() }

// resultRows are the rows of several statements.
type resultRows struct {
	results []parley.Result // that at hand first
	row     int
}

// newResultRows returns those of statements that return rows, of which there may
// be none.
func newResultRows(results []parley.Result) *resultRows {
	results = slices.DeleteFunc(results, func(r parley.Result) bool { return r.Columns == nil })
	return &resultRows{results: results}
}

// Columns returns the names of the columns of the result at hand.
func (r *resultRows) Columns() []string {
	if len(r.results) == 0 {
		return nil
	}
	return columns(r.results[0].Columns).Columns()
}

// Next gives the next row of the result at hand.
func (r *resultRows) Next(dest []driver.Value) error {
	if len(r.results) == 0 || r.row == len(r.results[0].Rows) {
		return io.EOF
	}
	at := r.results[0]
	for i, text := range at.Rows[r.row] {
		if dest[i] = nil; at.Null[r.row][i] {
			continue
		}
		v, err := fromText(at.Columns[i].Type, text)
		if err != nil {
			return err
		}
		dest[i] = v
	}
	r.row++
	return nil
}

// HasNextResultSet reports whether another result follows.
func (r *resultRows) HasNextResultSet() bool { return len(r.results) > 1 }

// NextResultSet moves to it.
func (r *resultRows) NextResultSet() error {
	if !r.HasNextResultSet() {
		return io.EOF
	}
	r.results, r.row = r.results[1:], 0
	return nil
}

// Close drops what is left.
func (r *resultRows) Close() error {
	r.results = nil
	return nil
}

// ColumnTypeDatabaseTypeName returns the name of a column's type in upper case.
func (r *resultRows) ColumnTypeDatabaseTypeName(i int) string {
	return columns(r.results[0].Columns).ColumnTypeDatabaseTypeName(i)
}

// ColumnTypeScanType returns the Go type that a column's values have.
func (r *resultRows) ColumnTypeScanType(i int) reflect.Type {
	return columns(r.results[0].Columns).ColumnTypeScanType(i)
}

package sqldriver

import (
	"database/sql/driver"
	"io"
	"reflect"

	"parley"
)

// rows are the rows of one statement.
type rows struct {
	columns
	r      *parley.Rows
	values []value
	dest   []any // pointers to the values
}

// value takes a value as database/sql knows it.
type value struct{ v driver.Value }

// Scan takes it.
func (v *value) Scan(src any) error {
	v.v = src
	return nil
}

func newRows(r *parley.Rows) *rows {
	own := &rows{r: r, columns: r.Columns()}
	own.values, own.dest = make([]value, len(own.columns)), make([]any, len(own.columns))
	for i := range own.values {
		own.dest[i] = &own.values[i]
	}
	return own
}

// Next gives the next row. Byte slices are the caller's to keep.
func (r *rows) Next(dest []driver.Value) error {
	if !r.r.Next() {
		if err := r.r.Err(); err != nil {
			return err
		}
		return io.EOF
	}
	if err := r.r.Scan(r.dest...); err != nil {
		return err
	}
	for i, v := range r.values {
		dest[i] = v.v
	}
	return nil
}

// Close ends the reading. What the statement failed with was told by Next.
func (r *rows) Close() error {
	err := r.r.Close()
	if err == r.r.Err() {
		return nil
	}
	return err
}

// resultRows are the rows of several statements.
type resultRows struct {
	results []parley.Result // that at hand first
	row     int
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

package sqldriver

import (
	"context"
	"database/sql/driver"
	"errors"

	"parley"
)

// stmt is a statement that was described. Its text is what counts: whatever runs
// it finds it prepared, or prepares it with its use.
type stmt struct {
	c      *Conn
	query  string
	params int
}

// NumInput returns the number of parameters.
func (s *stmt) NumInput() int { return s.params }

// Close does nothing: statements are kept by their use.
func (s *stmt) Close() error { return nil }

// ExecContext runs the statement and drops its rows.
func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return s.c.ExecContext(ctx, s.query, args)
}

// QueryContext runs the statement and returns its rows.
func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return s.c.QueryContext(ctx, s.query, args)
}

// CheckNamedValue is that of the connection.
func (s *stmt) CheckNamedValue(v *driver.NamedValue) error { return s.c.CheckNamedValue(v) }

// Exec is ExecContext without a context.
func (s *stmt) Exec(args []driver.Value) (driver.Result, error) {
	return s.ExecContext(noContext(), named(args))
}

// Query is QueryContext without a context.
func (s *stmt) Query(args []driver.Value) (driver.Rows, error) {
	return s.QueryContext(noContext(), named(args))
}

// noContext is the context of methods that have none, which database/sql keeps for
// drivers of old.
func noContext() context.Context { return context.Background() }

func named(args []driver.Value) []driver.NamedValue {
	all := make([]driver.NamedValue, len(args))
	for i, v := range args {
		all[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return all
}

// result is what a statement without rows gave.
type result parley.Tag

// lastOf returns what the last statement of a script gave.
func lastOf(results []parley.Result) result {
	for i := len(results) - 1; i >= 0; i-- {
		if results[i].Tag != (parley.Tag{}) {
			return result(results[i].Tag)
		}
	}
	return result{}
}

// RowsAffected returns how many rows the command tag tells of.
func (r result) RowsAffected() (int64, error) { return parley.Tag(r).Rows(), nil }

// LastInsertId fails: PostgreSQL has no such thing.
func (r result) LastInsertId() (int64, error) {
	return 0, errors.New("PostgreSQL does not tell the last id; use INSERT … RETURNING with QueryRow")
}

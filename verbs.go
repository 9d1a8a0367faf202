package parley

import (
	"cmp"
	"context"
	"iter"
	"reflect"
	"slices"

	"parley/internal/scan"
)

// One runs a statement and returns its only row: [ErrNoRows] when there is none,
// [ErrTooManyRows] when there are more.
//
// T is a struct, whose fields the columns go into by their names; a map with
// string keys, or []any; or, when there is one column, whatever its value goes
// into. A column goes into the field whose tag `db:"…"` is its name, else the
// one with its name, without regard to case and underscores; fields of embedded
// structs count as Go counts them, and those with the tag `db:"-"` not at all. An
// embedded pointer to a struct is nil when all of its columns are NULL, as after
// an outer join. A column without a field and a field without a column are
// errors; see [Lenient] and [ByPosition].
func One[T any](ctx context.Context, q Queryer, sql string, args ...any) (T, error) {
	var none T
	s := sink{typ: reflect.TypeFor[T](), mode: modeOf(q)}
	err := s.run(ctx, q, sql, args)
	if s.cell == nil {
		return none, cmp.Or(err, ErrNoRows)
	}
	at := scan.At[T](s.cell.Value)
	v := *at
	*at = none
	s.plan.Free(s.cell)
	switch {
	case err != nil:
		return none, err
	case s.n == 0:
		return none, ErrNoRows
	}
	return v, nil
}

// All runs a statement and returns its rows, each read as [One] reads it; an
// empty slice that is not nil when there are none. Strings, byte slices and
// slices of numbers share memory with those of neighbouring rows, so that one of
// them may keep up to 64 KB of others alive.
func All[T any](ctx context.Context, q Queryer, sql string, args ...any) ([]T, error) {
	rows := all[T]{mode: modeOf(q)}
	s := sink{taker: &rows}
	if err := s.run(ctx, q, sql, args); err != nil {
		return nil, err
	}
	list := rows.list()
	s.desc.counted(len(list))
	return list, nil
}

// Each runs a statement and returns its rows one after another, each read as
// [One] reads it. The statement is run when the loop begins, and closed when it is
// left. After an error there are no more rows. Memory is shared as in [All].
func Each[T any](ctx context.Context, q Queryer, sql string, args ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		rows := q.Query(ctx, sql, args...)
		defer func() { _ = rows.Close() }() // what it says is of no interest to who leaves
		var none T
		v := new(T) // one for all rows, which is copied
		var plan *scan.Row
		for rows.Next() {
			var err error
			if plan == nil {
				plan, err = rows.plan(reflect.TypeFor[T](), modeOf(q))
			}
			if err == nil {
				err = rows.read(plan, scan.PointerTo(v))
			}
			if err != nil {
				yield(none, err)
				return
			}
			if !yield(*v, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(none, err)
		}
	}
}

// Lenient returns a Queryer for the generic verbs that passes over columns
// without a field and leaves fields without a column as they are. Of columns with
// one name the first counts.
func Lenient(q Queryer) Queryer { return modal{q, modeOf(q) | scan.Lenient} }

// ByPosition returns a Queryer for the generic verbs that reads columns into the
// fields of a struct in their order, whatever their names.
func ByPosition(q Queryer) Queryer { return modal{q, modeOf(q) | scan.ByPosition} }

// modal is a Queryer with a mode.
type modal struct {
	Queryer
	mode scan.Mode
}

func modeOf(q Queryer) scan.Mode {
	if m, ok := q.(modal); ok {
		return m.mode
	}
	return scan.Strict
}

// run runs a statement whose rows go into the sink. A plain read whose types were
// changed since they were looked up is run again.
func (s *sink) run(ctx context.Context, q Queryer, sql string, args []any) error {
	if m, ok := q.(modal); ok {
		q = m.Queryer
	}
	err := s.from(ctx, q, sql, args)
	if isStaleType(err) {
		if s.desc.outdated(); harmless(sql) {
			err = s.from(ctx, q, sql, args)
		}
	}
	return valueError(err)
}

// from runs a statement. The cases are the same, but through an interface nobody
// could tell that neither the arguments nor the sink are kept, and both would have
// to be allocated.
func (s *sink) from(ctx context.Context, q Queryer, sql string, args []any) (err error) {
	switch q := q.(type) {
	case *DB:
		_, err = q.collect(ctx, sql, args, s)
	case *Conn:
		_, err = q.collect(ctx, sql, args, s)
	case *Tx:
		_, err = q.collect(ctx, sql, args, s)
	default: // something that one of them is embedded in
		kept := *s
		_, err = q.collect(ctx, sql, slices.Clone(args), &kept)
		*s = kept
	}
	return err
}

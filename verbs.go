package parley

import (
	"context"
	"iter"
	"reflect"
	"slices"

	"parley/internal/scan"
	"parley/wire"
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
	s := one[T]{source: source{mode: modeOf(q), memory: scan.Memory{Alone: true}}}
	if err := s.run(ctx, q, &s, sql, args); err != nil {
		var none T
		return none, err
	}
	if s.n == 0 {
		return s.value, ErrNoRows
	}
	return s.value, nil
}

// All runs a statement and returns its rows, each read as [One] reads it; an
// empty slice that is not nil when there are none. Strings and byte slices share
// memory with those of neighbouring rows, so that one of them may keep up to 64
// KB of others alive.
func All[T any](ctx context.Context, q Queryer, sql string, args ...any) ([]T, error) {
	s := all[T]{source: source{mode: modeOf(q)}}
	if err := s.run(ctx, q, &s, sql, args); err != nil {
		return nil, err
	}
	return s.list(), nil
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

// source is what sinks have in common: how they read a row.
type source struct {
	mode   scan.Mode
	desc   *description
	plan   *scan.Row
	memory scan.Memory
}

// run runs a statement whose rows go into a sink. A plain read whose types were
// changed since they were looked up is run again.
func (s *source) run(ctx context.Context, q Queryer, into sink, sql string, args []any) error {
	if m, ok := q.(modal); ok {
		q = m.Queryer
	}
	_, err := q.collect(ctx, sql, args, into)
	if isStaleType(err) {
		if s.desc.outdated(); harmless(sql) {
			_, err = q.collect(ctx, sql, args, into)
		}
	}
	return valueError(err)
}

func (s *source) plans(d *description, formats []wire.Format, typ reflect.Type) (err error) {
	s.desc = d
	s.plan, err = d.plans(formats).rows.Row(typ, s.mode)
	return err
}

// one is a sink for one row.
type one[T any] struct {
	source
	n     int
	value T
}

func (s *one[T]) begin(d *description, formats []wire.Format) error {
	s.n = 0
	return s.plans(d, formats, reflect.TypeFor[T]())
}

func (s *one[T]) row(body []byte) error {
	if s.n++; s.n > 1 {
		return ErrTooManyRows
	}
	return s.plan.Read(&s.memory, body, scan.PointerTo(&s.value))
}

// all is a sink for many rows. They are gathered in blocks and brought together
// once, at the end: a slice that grows is copied several times.
//
// Invariant: the blocks in full are full, and rows[len:] has never been written.
type all[T any] struct {
	source
	full [][]T
	rows []T
}

// How many rows blocks have.
const (
	firstBlock = 8
	lastBlock  = 8192
)

func (s *all[T]) begin(d *description, formats []wire.Format) error {
	s.full, s.rows = nil, nil
	return s.plans(d, formats, reflect.TypeFor[T]())
}

func (s *all[T]) row(body []byte) error {
	n := len(s.rows)
	if n == cap(s.rows) {
		if n > 0 {
			s.full = append(s.full, s.rows)
		}
		s.rows, n = make([]T, 0, min(max(firstBlock, 2*n), lastBlock)), 0
	}
	s.rows = s.rows[:n+1]
	return s.plan.Read(&s.memory, body, scan.PointerTo(&s.rows[n]))
}

// list returns all rows in one slice.
func (s *all[T]) list() []T {
	if s.full == nil {
		if s.rows == nil {
			return []T{}
		}
		return s.rows
	}
	return slices.Concat(append(s.full, s.rows)...)
}

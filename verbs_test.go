package parley

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	"parley/pgtest"
	"parley/pgtype"
)

func TestVerbs(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	c := connectRaw(t, server, Config{})
	for range 3 {
		checkVerbs(t, c)
		err := c.Tx(t.Context(), TxOptions{}, func(tx *Tx) error {
			checkVerbs(t, tx)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	checkAlive(t, c)
	db := openDB(t, server, Config{})
	for range 3 {
		checkVerbs(t, db)
	}
	own, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	checkVerbs(t, own)
	if err := own.Close(); err != nil {
		t.Error(err)
	}
}

func checkVerbs(t *testing.T, q Queryer) {
	t.Helper()
	ctx := t.Context()
	if n, err := One[int64](ctx, q, "select count(*) from generate_series(1, $1::int)", 7); n != 7 || err != nil {
		t.Errorf("One: %d, %v", n, err)
	}
	if u, err := One[usual](ctx, q, usualSQL, 1); u != u.row(1) || err != nil {
		t.Errorf("One: %+v, %v", u, err)
	}
	if _, err := One[usual](ctx, q, usualSQL, 0); err != ErrNoRows {
		t.Errorf("no row: %v", err)
	}
	if u, err := One[usual](ctx, q, usualSQL, 2); err != ErrTooManyRows || u != (usual{}) {
		t.Errorf("two rows: %+v, %v", u, err)
	}
	if m, err := One[map[string]any](ctx, q, "select 1 as a, null::text as b"); err != nil || !reflect.DeepEqual(m, map[string]any{"a": int32(1), "b": nil}) {
		t.Errorf("One: %v, %v", m, err)
	}
	us, err := All[usual](ctx, q, usualSQL, 100)
	if len(us) != 100 || us[99] != us[0].row(100) || err != nil {
		t.Errorf("All: %d rows, %v", len(us), err)
	}
	if us, err := All[usual](ctx, q, usualSQL, 0); us == nil || len(us) != 0 || err != nil {
		t.Errorf("All of none: %#v, %v", us, err)
	}
	n := 0
	for u, err := range Each[usual](ctx, q, usualSQL, 100) {
		if n++; u != u.row(n) || err != nil {
			t.Errorf("Each: %+v, %v", u, err)
		}
	}
	for s, err := range Each[string](ctx, q, "select 'x' || g from generate_series(1, 100000) g") {
		if n++; s != "x1" || err != nil {
			t.Errorf("Each: %v, %v", s, err)
		}
		break
	}
	if n != 101 {
		t.Errorf("Each: %d rows", n)
	}
}

// What goes wrong is told by each verb, and the connection goes on.
func TestVerbsFail(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	type two struct{ A, B int }
	verbs := map[string]func(ctx context.Context, q Queryer, sql string, args ...any) error{
		"One": func(ctx context.Context, q Queryer, sql string, args ...any) error {
			_, err := One[two](ctx, q, sql, args...)
			return err
		},
		"All": func(ctx context.Context, q Queryer, sql string, args ...any) error {
			_, err := All[two](ctx, q, sql, args...)
			return err
		},
		"Each": func(ctx context.Context, q Queryer, sql string, args ...any) (last error) {
			for _, err := range Each[two](ctx, q, sql, args...) {
				last = err
			}
			return last
		},
	}
	for name, verb := range verbs {
		for range 2 {
			err := verb(t.Context(), c, "select 1 as a, 2 as c")
			if f, ok := errors.AsType[*FieldsError](err); !ok || !slices.Equal(f.Columns, []string{"c"}) || !slices.Equal(f.Fields, []string{"B"}) {
				t.Errorf("%s: %v", name, err)
			}
			err = verb(t.Context(), c, "select 1 as a, null::int as b")
			if e, ok := errors.AsType[*ColumnError](err); !ok || e.Column != "b" {
				t.Errorf("%s: %v", name, err)
			}
			err = verb(t.Context(), c, "select 1 as a, 'x' as b")
			if e, ok := errors.AsType[*ColumnError](err); !ok || e.Type != "text" {
				t.Errorf("%s: %v", name, err)
			}
			wantCode(t, verb(t.Context(), c, "select 1 as a, 1 / $1::int as b", 0), "22012")
			wantText(t, verb(t.Context(), c, "select $1::int", "a", "b"), "")
			if e, ok := errors.AsType[*ArgumentError](verb(t.Context(), c, "select $1::text", "\x00")); !ok || e.Index != 1 {
				t.Errorf("%s: %v", name, e)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := verb(ctx, c, "select 1"); !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", name, err)
			}
			checkAlive(t, c)
		}
	}
}

func TestModes(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	type two struct{ A, B int }
	for range 2 {
		if v, err := One[two](t.Context(), Lenient(c), "select 1 as a, 2 as c, 3 as a"); v != (two{1, 0}) || err != nil {
			t.Errorf("%v, %v", v, err)
		}
		if v, err := All[two](t.Context(), ByPosition(c), "select 1, 2"); !slices.Equal(v, []two{{1, 2}}) || err != nil {
			t.Errorf("%v, %v", v, err)
		}
		for v, err := range Each[two](t.Context(), ByPosition(Lenient(c)), "select 1, 2, 3") {
			if v != (two{1, 2}) || err != nil {
				t.Errorf("%v, %v", v, err)
			}
		}
	}
}

// A result that is wanted whole costs a fixed number of allocations, and one
// that is read row by row those of its strings, which share chunks.
func TestAllocationsOfVerbs(t *testing.T) {
	if underRace {
		t.Log("the race detector allocates too")
		return
	}
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	ctx := context.WithoutCancel(t.Context()) // one that can end costs a few more
	const rows = 1000
	var v usual
	for _, w := range []struct {
		name string
		most float64
		run  func() error
	}{
		{"All", 0.1 * rows, func() error { _, err := All[usual](ctx, c, usualSQL, rows); return err }},
		{"Each", 0.1 * rows, func() error {
			for _, err := range Each[usual](ctx, c, usualSQL, rows) {
				if err != nil {
					return err
				}
			}
			return nil
		}},
		{"Scan", 0.1 * rows, func() error {
			r := c.Query(ctx, usualSQL, rows)
			for r.Next() {
				if err := r.Scan(&v.ID, &v.Name, &v.At, &v.Amount, &v.Active, &v.Version); err != nil {
					return err
				}
			}
			return r.Err()
		}},
	} {
		if err := w.run(); err != nil {
			t.Fatal(err)
		}
		got := testing.AllocsPerRun(10, func() {
			if err := w.run(); err != nil {
				t.Fatal(err)
			}
		})
		t.Logf("%s: %.1f allocations", w.name, got)
		if got > w.most {
			t.Errorf("%s: %.1f allocations, want %.0f at most", w.name, got, w.most)
		}
	}
}

// A record is read as text each time: what its fields are is not known before it
// comes, and one of them may have no binary form.
func TestRecordsAreTheSameEachTime(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	for range 3 {
		if got, err := One[string](t.Context(), c, "select row('=r/postgres'::aclitem, 1)"); err != nil || got != "(=r/postgres,1)" {
			t.Errorf("got %q, %v", got, err)
		}
		got, err := One[any](t.Context(), c, "select row(1, 'x'::text, null)")
		r, ok := got.(pgtype.Record)
		if err != nil || !ok || len(r) != 3 || r[0].Value != "1" || r[1].Value != "x" || r[2].Value != nil {
			t.Errorf("got %#v, %v", got, err)
		}
	}
}

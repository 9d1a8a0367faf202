package parley

import (
	"context"
	"testing"

	"parley/pgtest"
)

// A hot statement costs no allocation but those of its caller: an argument that
// does not fit into an interface, a string that is the result.
func TestAllocationsOfHotStatements(t *testing.T) {
	if underRace {
		t.Log("the race detector allocates too")
		return
	}
	server := pgtest.Start(t, pgtest.Config{})
	c := connectRaw(t, server, Config{})
	db := openDB(t, server, Config{})
	ctx := context.WithoutCancel(t.Context()) // one that can end costs a few more
	small, large, text := 7, 1<<30, "some text"
	type pair struct {
		A int64
		B string
	}
	within := func(f func(q Queryer)) {
		f(c)
		f(db)
		if err := c.Tx(ctx, TxOptions{}, func(tx *Tx) error { f(tx); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	const number = "select $1::int8"
	for _, w := range []struct {
		name, sql string
		most      float64
		run       func(q Queryer, sql string) error
	}{
		{"One", number, 0, func(q Queryer, sql string) error { _, err := One[int64](ctx, q, sql, small); return err }},
		{"One of a large number", number, 1, func(q Queryer, sql string) error { _, err := One[int64](ctx, q, sql, large); return err }},
		{"One of two numbers", "select $1::int8 + $2::int8", 2, func(q Queryer, sql string) error { _, err := One[int64](ctx, q, sql, large, large); return err }},
		{"One of a text", "select $1::text", 2, func(q Queryer, sql string) error { _, err := One[string](ctx, q, sql, text); return err }},
		{"One of a struct", "select $1::int8 as a, $2::text as b", 3, func(q Queryer, sql string) error { _, err := One[pair](ctx, q, sql, large, text); return err }},
		{"One of a pointer", number, 3, func(q Queryer, sql string) error { _, err := One[*int64](ctx, q, sql, &large); return err }},
		{"Exec", number, 1, func(q Queryer, sql string) error { _, err := q.Exec(ctx, sql, small); return err }},
		{"All", number, 3, func(q Queryer, sql string) error { _, err := All[int64](ctx, q, sql, large); return err }},
	} {
		within(func(q Queryer) {
			for range 3 { // the first is read as text
				db.quick(w.sql) // or it goes by a connection of its own
				if err := w.run(q, w.sql); err != nil {
					t.Fatal(err)
				}
			}
			got := testing.AllocsPerRun(100, func() {
				db.quick(w.sql)
				if err := w.run(q, w.sql); err != nil {
					t.Fatal(err)
				}
			})
			if got > w.most {
				t.Errorf("%s on a %T: %.1f allocations, want %.0f at most", w.name, q, got, w.most)
			}
		})
	}
}

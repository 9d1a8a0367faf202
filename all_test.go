package parley

import (
	"encoding/binary"
	"testing"

	"parley/pgtest"
	"parley/wire"
)

// gathered has an all take n rows with the numbers from 0, and returns its list.
func gathered(t *testing.T, d *description, n int) []int64 {
	t.Helper()
	var s all[int64]
	if err := s.begin(d, d.formats); err != nil {
		t.Fatal(err)
	}
	row := []byte{0, 1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0}
	for i := range n {
		binary.BigEndian.PutUint64(row[6:], uint64(i))
		if err := s.row(row); err != nil {
			t.Fatal(err)
		}
	}
	list := s.list()
	if list == nil || len(list) != n {
		t.Fatalf("%d rows of %d, or nil", len(list), n)
	}
	for i, v := range list {
		if v != int64(i) {
			t.Fatalf("%d instead of row %d of %d", v, i, n)
		}
	}
	if n > firstBlock && cap(list) > 2*n+1 {
		t.Errorf("room for %d rows is kept for %d", cap(list), n)
	}
	return list
}

func numbers() *description {
	return describe(nil, []wire.Column{{Name: "n", Type: 20, TypeSize: 8, TypeModifier: -1}})
}

// Whatever was expected, all rows are there.
func TestAllGathersAllRows(t *testing.T) {
	counts := []int{0, 1, 2, 7, 8, 9, 23, 24, 25, 63, 64, 65, 100, 1000, 8192, 16376, 16377, 30_000, 100_000}
	for _, expected := range counts {
		for _, n := range counts {
			d := numbers()
			d.counted(expected)
			gathered(t, d, n)
		}
	}
}

// A result that is as large as the last one is put where it stays; one that is
// not costs what it would have cost anyway.
func TestAllExpectsWhatCameLast(t *testing.T) {
	const n = 100_000
	d := numbers()
	first := testing.AllocsPerRun(3, func() { gathered(t, d, n) })
	d.counted(n)
	next := testing.AllocsPerRun(3, func() { gathered(t, d, n) })
	if next >= first || next > 16 {
		t.Errorf("%v allocations, then %v", first, next)
	}
	if list := gathered(t, d, n+n/20); cap(list) > n+n/16 {
		t.Errorf("a few more rows were copied into room for %d", cap(list))
	}
	var s all[int64]
	if err := s.begin(d, d.formats); err != nil {
		t.Fatal(err)
	}
	for got := range n {
		if s.rows = s.rows[:cap(s.rows)]; s.have+len(s.rows) > trust*max(got, 1) {
			t.Fatalf("room for %d rows when there were %d", s.have+len(s.rows), got)
		}
		if got >= s.have+len(s.rows) {
			s.grow()
		}
	}
}

// The count comes from the rows of the very statement.
func TestAllCounts(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	c := connectRaw(t, server, Config{})
	db := openDB(t, server, Config{})
	for _, q := range []Queryer{c, db} {
		for _, n := range []int{10, 300, 5, 0, 20_000, 20_100} {
			list, err := All[int](t.Context(), q, "select generate_series(1, $1::int)", n)
			if err != nil || len(list) != n || list == nil || n > 0 && list[n-1] != n {
				t.Errorf("%d of %d rows, %v", len(list), n, err)
			}
		}
	}
	st := c.cache.get("select generate_series(1, $1::int)")
	if st == nil || st.desc.rows.Load() != 20_100 {
		t.Error("the rows were not counted")
	}
	type wide struct {
		N    int
		Rest [1 << 16]byte `db:"-"` // larger than what is copied at one go
	}
	for range 2 {
		if list, err := All[wide](t.Context(), c, "select generate_series(1, 50) as n"); err != nil || len(list) != 50 || list[49].N != 50 {
			t.Errorf("%d rows, %v", len(list), err)
		}
	}
}

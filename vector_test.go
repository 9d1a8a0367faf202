package parley

import (
	"errors"
	"os"
	"reflect"
	"testing"

	"parley/pgtest"
	"parley/pgtype"
)

// startVectors starts a server that has pgvector.
func startVectors(t *testing.T) *Conn {
	t.Helper()
	server, err := pgtest.Run(t.Context(), pgtest.Config{Version: 18, Extensions: []string{"pgvector"}, Setup: []string{"create extension vector"}})
	if errors.Is(err, pgtest.ErrNoExtension) && os.Getenv("PARLEY_CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return connectRaw(t, server, Config{})
}

type (
	plainItem struct {
		ID  int
		V   []float32
		H   []float32
		All [][]float32
	}
	typedItem struct {
		ID  int
		V   pgtype.Vector
		H   *pgtype.HalfVector
		S   *pgtype.SparseVector
		All []pgtype.Vector
	}
)

const itemTable = "create temporary table items (id int, v vector(3), h halfvec, s sparsevec, \"all\" vector[])"

var typedItems = []typedItem{
	{1, pgtype.Vector{1, -2.5, 1e-30}, &pgtype.HalfVector{0.5, 65504}, &pgtype.SparseVector{Dim: 9, Indices: []int32{0, 8}, Values: []float32{1, -1}}, []pgtype.Vector{{1}, {2, 3}}},
	{2, pgtype.Vector{0, 0, 0}, nil, nil, []pgtype.Vector{}},
}

// Rows with vectors come back as they went, by every way in and out.
func TestVectors(t *testing.T) {
	c, ctx := startVectors(t), t.Context()
	if _, err := c.Exec(ctx, itemTable); err != nil {
		t.Fatal(err)
	}
	for _, w := range typedItems {
		if _, err := c.Exec(ctx, "insert into items values ($1, $2, $3, $4, $5)", w.ID, w.V, w.H, w.S, w.All); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := CopyIn(ctx, c, "items", all2(typedItems)); err != nil || n != 2 {
		t.Fatalf("CopyIn: %d, %v", n, err)
	}
	want := []typedItem{typedItems[0], typedItems[0], typedItems[1], typedItems[1]}
	for use := range 2 {
		got, err := All[typedItem](ctx, c, "select * from items order by id")
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("All, use %d: %+v, %v", use, got, err)
		}
	}
	var out []typedItem
	for row, err := range CopyOut[typedItem](ctx, c, "select * from items order by id") {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, row)
	}
	if !reflect.DeepEqual(out, want) {
		t.Errorf("CopyOut: %+v", out)
	}
	near, err := One[int](ctx, c, "select id from items order by v <-> $1 limit 1", pgtype.Vector{0, 0, 1})
	if err != nil || near != 2 {
		t.Errorf("the nearest is %d, %v", near, err)
	}
}

// The same with plain slices.
func TestVectorsAsSlices(t *testing.T) {
	c, ctx := startVectors(t), t.Context()
	if _, err := c.Exec(ctx, "create temporary table items (id int, v vector(3), h halfvec, \"all\" vector[])"); err != nil {
		t.Fatal(err)
	}
	items := []plainItem{{1, []float32{1, 2, 3}, []float32{0.5}, [][]float32{{1}, {2, 3}}}, {2, []float32{4, 5, 6}, nil, [][]float32{}}}
	for _, w := range items {
		if _, err := c.Exec(ctx, "insert into items values ($1, $2, $3, $4)", w.ID, w.V, w.H, w.All); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := CopyIn(ctx, c, "items", all2(items)); err != nil || n != 2 {
		t.Fatalf("CopyIn: %d, %v", n, err)
	}
	want := []plainItem{items[0], items[0], items[1], items[1]}
	for use := range 2 {
		got, err := All[plainItem](ctx, c, "select * from items order by id")
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("All, use %d: %+v, %v", use, got, err)
		}
		anys, err := One[[]any](ctx, c, "select v, h, array[v] from items where id = 1 limit 1")
		if want := []any{pgtype.Vector{1, 2, 3}, pgtype.HalfVector{0.5}, []any{pgtype.Vector{1, 2, 3}}}; err != nil || !reflect.DeepEqual(anys, want) {
			t.Errorf("any, use %d: %#v, %v", use, anys, err)
		}
		if _, err := One[[]float64](ctx, c, "select '[1]'::vector"); err == nil {
			t.Errorf("a vector is read into []float64, use %d", use)
		}
	}
}

package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"net"
	"testing"

	"parley/bench/internal/harness"
	"parley/bench/internal/memory"
	"parley/wire"
)

// value appends one in binary.
func four(n int) []byte       { return binary.BigEndian.AppendUint32(nil, uint32(n)) }
func eight(n int) []byte      { return binary.BigEndian.AppendUint64(nil, uint64(n)) }
func double(f float64) []byte { return binary.BigEndian.AppendUint64(nil, math.Float64bits(f)) }

// array is an array of one dimension in binary.
func array(oid int, elems ...[]byte) (b []byte) {
	for _, n := range []int{1, 0, oid, len(elems), 1} {
		b = append(b, four(n)...)
	}
	for _, e := range elems {
		b = append(append(b, four(len(e))...), e...)
	}
	return b
}

// memoryRows is how many rows there are in memory.
const memoryRows = 1000

func result(types []uint32, row func(g int) [][]byte) memory.Result {
	var r memory.Result
	for i, oid := range types {
		name := fmt.Sprintf("c%d", i)
		if len(types) == 6 {
			name = []string{"id", "name", "created", "score", "active", "rank"}[i]
		}
		r.Columns = append(r.Columns, wire.Column{Name: name, Type: oid, TypeSize: -1, TypeModifier: -1})
	}
	for g := range memoryRows {
		r.Rows = append(r.Rows, row(g+1))
	}
	return r
}

func sixResult() memory.Result {
	return result([]uint32{20, 25, 1184, 701, 16, 23}, func(g int) [][]byte {
		return [][]byte{eight(g), fmt.Appendf(nil, "the name of %d", g), eight(631152000123456 + g*60e6), double(float64(g) / 4), {byte(g % 2)}, four(g % 1000)}
	})
}

func wideResult() memory.Result {
	var types []uint32
	for range 10 {
		types = append(types, 23, 25, 23, 25, 701)
	}
	return result(types, func(g int) (row [][]byte) {
		for i := range 10 {
			row = append(row, four(g+i), fmt.Appendf(nil, "text %d", g+i), four(g+i), fmt.Appendf(nil, "more text %d", g+i), double(float64(g)/float64(i+1)))
		}
		return row
	})
}

func arraysResult() memory.Result {
	return result([]uint32{1007, 1022, 1009}, func(g int) [][]byte {
		var ints, floats [][]byte
		for i := range 10 {
			ints, floats = append(ints, four(g+i)), append(floats, double(float64(g)/float64(i+1)))
		}
		return [][]byte{array(23, ints...), array(701, floats...),
			array(25, []byte("red"), []byte("green"), []byte("blue"), fmt.Appendf(nil, "text %d", g), fmt.Appendf(nil, "more text %d", g))}
	})
}

func jsonResult() memory.Result {
	return result([]uint32{3802}, func(g int) [][]byte {
		return [][]byte{fmt.Appendf([]byte{1}, `{"id": %d, "name": "the name of %d", "tags": ["a", "b", "c"], "score": %v, "active": %v}`, g, g, float64(g)/4, g%2 == 0)}
	})
}

// BenchmarkMemoryRows is what 1,000 rows cost the client alone.
func BenchmarkMemoryRows(b *testing.B) {
	var s six
	for _, w := range []struct {
		name      string
		result    memory.Result
		variables []any
	}{
		{"six", sixResult(), []any{&s.ID, &s.Name, &s.Created, &s.Score, &s.Active, &s.Rank}},
		{"wide", wideResult(), wideVariables(harness.Case{}, "")},
		{"arrays", arraysResult(), arrayVariables(harness.Case{}, "")},
		{"document", jsonResult(), []any{new(document)}},
	} {
		for _, c := range []struct {
			name string
			open opener[scan]
		}{{"parley", openParleyScan}, {"pgx", openPgxScan}} {
			b.Run(w.name+"/"+c.name, func(b *testing.B) {
				read, close, err := c.open(context.WithoutCancel(b.Context()), serving(w.result))
				benchmarkRows(b, err, close, func(ctx context.Context) (int, error) { return read(ctx, "select", w.variables...) })
			})
		}
	}
	for _, c := range []struct {
		name string
		open opener[func(context.Context, string) ([]six, error)]
	}{{"parley", openParleyStructs}, {"pgx", openPgxStructs}} {
		b.Run("structs/"+c.name, func(b *testing.B) {
			all, close, err := c.open(context.WithoutCancel(b.Context()), serving(sixResult()))
			benchmarkRows(b, err, close, func(ctx context.Context) (int, error) {
				rows, err := all(ctx, "select")
				return len(rows), err
			})
		})
	}
}

func serving(r memory.Result) target {
	t := inMemory()
	t.dial = func(context.Context, string, string) (net.Conn, error) { return memory.NewResult(nil, r) }
	return t
}

func benchmarkRows(b *testing.B, err error, close func(), read func(ctx context.Context) (int, error)) {
	ctx := context.WithoutCancel(b.Context())
	for range 2 { // the first may be text
		n := 0
		if err == nil {
			n, err = read(ctx)
		}
		if err != nil || n != memoryRows {
			b.Fatal(n, err)
		}
	}
	defer close()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := read(ctx); err != nil {
			b.Fatal(err)
		}
	}
}

package main

import (
	"context"
	"fmt"
	"net"
	"testing"

	"parley/bench/internal/floor"
	"parley/bench/internal/memory"
)

// inMemory is a target whose connections answer from memory.
func inMemory() target {
	return target{
		dsn:  "host=/nowhere user=postgres dbname=postgres sslmode=disable",
		dial: func(context.Context, string, string) (net.Conn, error) { return memory.New() },
	}
}

func openFloorMemory(ctx context.Context, t target) (point, func(), error) {
	c, err := floor.Connect(ctx, t.dial, "unix", "", "postgres", "postgres")
	if err != nil {
		return nil, nil, err
	}
	p := c.Point("point")
	return func(_ context.Context, id int32) (int64, error) { return p.Get(id) }, c.Close, nil
}

var memoryContestants = []struct {
	name string
	open opener[point]
}{
	{"floor", openFloorMemory},
	{"parley", openParleyPoint},
	{"pgx", openPgxPoint},
	{"pgxpool", openPgxPoolPoint(1)},
	{"pq", openPreparedPoint(pqStandard, 1)},
}

func TestMemoryAnswersEverybody(t *testing.T) {
	for _, c := range memoryContestants {
		get, close, err := c.open(t.Context(), inMemory())
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for range 3 {
			if value, err := get(t.Context(), 1); err != nil || value != memory.Value {
				t.Errorf("%s: %d, %v", c.name, value, err)
			}
		}
		close()
	}
}

// BenchmarkMemory is what a statement costs the client alone, without a kernel
// and without a server: the place to look for waste with -cpuprofile.
func BenchmarkMemory(b *testing.B) {
	ctx := context.WithoutCancel(b.Context())
	for _, c := range memoryContestants {
		b.Run(c.name, func(b *testing.B) {
			get, close, err := c.open(ctx, inMemory())
			if err != nil {
				b.Fatal(err)
			}
			defer close()
			b.ReportAllocs()
			for id := int32(1000); b.Loop(); id++ {
				if _, err := get(ctx, id); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkMemoryBatch is the same for batches of 100 statements.
func BenchmarkMemoryBatch(b *testing.B) {
	ctx := context.WithoutCancel(b.Context())
	for _, c := range []struct {
		name string
		open opener[runBatch]
	}{{"parley", openParleyBatch}, {"pgx", openPgxBatch}} {
		b.Run(c.name, func(b *testing.B) {
			run, close, err := c.open(ctx, inMemory())
			if err != nil {
				b.Fatal(err)
			}
			defer close()
			b.ReportAllocs()
			ids := make([]int32, 100)
			for i := range ids {
				ids[i] = int32(i) + 1000
			}
			for b.Loop() {
				if sum, err := run(ctx, ids); err != nil || sum != int64(len(ids))*memory.Value {
					b.Fatal(sum, err)
				}
			}
		})
	}
}

// BenchmarkMemoryCold is the same for statements that were never run before.
func BenchmarkMemoryCold(b *testing.B) {
	ctx := context.WithoutCancel(b.Context())
	for _, c := range []struct {
		name string
		open opener[queryCold]
	}{{"parley", openParleyCold}, {"pgx", openPgxCold}} {
		b.Run(c.name, func(b *testing.B) {
			query, close, err := c.open(ctx, inMemory())
			if err != nil {
				b.Fatal(err)
			}
			defer close()
			b.ReportAllocs()
			for n := int32(1000); b.Loop(); n++ {
				if _, err := query(ctx, fmt.Sprintf("%s -- %d", pointSQL, n), n); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

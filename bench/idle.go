package main

import (
	"context"
	"runtime"

	"parley/bench/internal/harness"
)

// idle are connections that nobody uses at the moment.
type idle struct{ env *env }

const idleConns = 1000

// Info describes it.
func (w idle) Info() harness.Info {
	return harness.Info{
		Name: "idle",
		What: "1,000 idle connections of a pool, each of which was used once: heap held and goroutines",
		Unit: "connection",
		Main: harness.Bytes,
		Goals: []harness.Goal{
			{Metric: harness.Bytes, AtMost: 16 << 10},
			{Metric: harness.Goroutines, AtMost: 0.5},
		},
	}
}

// Cases returns the only one.
func (w idle) Cases() []harness.Case {
	return []harness.Case{{Params: harness.Params{"conns": idleConns}}}
}

// Contestants returns the connectors.
func (w idle) Contestants(harness.Case) []harness.Contestant {
	return []harness.Contestant{w.contestant("parley", openParleyIdle), w.contestant("pgx", openPgxIdle)}
}

// pool is a handle; take gets a connection of it, uses it once, and returns how
// to give it back.
type pool struct {
	take  func(ctx context.Context) (giveBack func(), err error)
	close func()
}

func (w idle) contestant(name string, open func(context.Context, target) (*pool, error)) harness.Contestant {
	return harness.Contestant{Name: name, Outside: true, Open: w.env.reach(func(ctx context.Context, t target) (*trial, error) {
		if err := w.env.wantPoints(ctx); err != nil {
			return nil, err
		}
		return &trial{func(ctx context.Context, m *harness.Meter) error {
			return measureIdle(ctx, m, func() (*pool, error) { return open(ctx, t) })
		}, func() {}}, nil
	})}
}

func measureIdle(ctx context.Context, m *harness.Meter, open func() (*pool, error)) error {
	heap, goroutines := held()
	p, err := open()
	if err != nil {
		return err
	}
	defer p.close()
	if err := p.fill(ctx); err != nil {
		return err
	}
	heapThen, goroutinesThen := held()
	m.Set(harness.Bytes, float64(heapThen-heap)/idleConns)
	m.Set(harness.Goroutines, float64(goroutinesThen-goroutines)/idleConns)
	return nil
}

// fill takes all connections, and gives them back.
func (p *pool) fill(ctx context.Context) error {
	taken := make([]func(), 0, idleConns)
	defer func() {
		for _, giveBack := range taken {
			giveBack()
		}
	}()
	for range idleConns {
		giveBack, err := p.take(ctx)
		if err != nil {
			return err
		}
		taken = append(taken, giveBack)
	}
	return nil
}

// held returns the bytes of heap in use, and the goroutines.
func held() (heap int64, goroutines int) {
	runtime.GC()
	runtime.GC() // what the first has freed is swept by the second
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc), runtime.NumGoroutine()
}

func openPgxIdle(ctx context.Context, t target) (*pool, error) {
	db, err := pgxPool(ctx, t, idleConns)
	if err != nil {
		return nil, err
	}
	return &pool{func(ctx context.Context) (func(), error) {
		c, err := db.Acquire(ctx)
		if err != nil {
			return nil, err
		}
		var ids ids
		return c.Release, checked(ctx, pgxPoint(c), &ids)
	}, db.Close}, nil
}

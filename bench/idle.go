package main

import (
	"context"
	"runtime"

	"github.com/jackc/pgx/v5"

	"parley/bench/internal/harness"
)

// idle are connections that nobody uses at the moment.
type idle struct{ env *env }

const idleConns = 1000

// Info describes it.
func (w idle) Info() harness.Info {
	return harness.Info{
		Name: "idle",
		What: "1,000 connections, each of which was used once: heap held and goroutines",
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

// hold opens a connection, uses it once, and returns how to close it.
type hold func(ctx context.Context) (close func(), err error)

func (w idle) contestant(name string, open func(target) (hold, error)) harness.Contestant {
	return harness.Contestant{Name: name, Outside: true, Open: w.env.reach(func(ctx context.Context, t target) (*trial, error) {
		if err := w.env.wantPoints(ctx); err != nil {
			return nil, err
		}
		one, err := open(t)
		if err != nil {
			return nil, err
		}
		return &trial{func(ctx context.Context, m *harness.Meter) error { return measureIdle(ctx, m, one) }, func() {}}, nil
	})}
}

func measureIdle(ctx context.Context, m *harness.Meter, one hold) error {
	closers := make([]func(), 0, idleConns)
	defer func() {
		for _, close := range closers {
			close()
		}
	}()
	heap, goroutines := held()
	for range idleConns {
		close, err := one(ctx)
		if err != nil {
			return err
		}
		closers = append(closers, close)
	}
	heapThen, goroutinesThen := held()
	m.Set(harness.Bytes, float64(heapThen-heap)/idleConns)
	m.Set(harness.Goroutines, float64(goroutinesThen-goroutines)/idleConns)
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

func openPgxIdle(t target) (hold, error) {
	config, err := pgxConfig(t)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (func(), error) {
		c, err := pgx.ConnectConfig(ctx, config)
		if err != nil {
			return nil, err
		}
		var ids ids
		return func() { _ = c.Close(ctx) }, checked(ctx, pgxPoint(c), &ids)
	}, nil
}

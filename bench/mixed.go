package main

import (
	"context"

	"parley/bench/internal/harness"
)

// mixed are many goroutines that read through one handle, and now and then run
// a statement that takes long.
type mixed struct{ env *env }

const (
	mixedConns = 16
	slowSQL    = "select pg_sleep(0.05)"
)

// Info describes it.
func (w mixed) Info() harness.Info {
	return harness.Info{
		Name:  "mixed",
		What:  "64 goroutines select one value by key 95 times in 100, else run a statement of 50 ms; 16 connections each; what is measured are the fast ones",
		Unit:  "fast statement",
		Main:  harness.WallP99,
		Goals: []harness.Goal{{Metric: harness.WallP99, Against: "pgx", AtMost: 0.5}},
	}
}

// Cases returns the only one.
func (w mixed) Cases() []harness.Case {
	return []harness.Case{{N: 64, Params: harness.Params{"goroutines": 64, "conns": mixedConns}}}
}

// Contestants returns a handle each.
func (w mixed) Contestants(c harness.Case) []harness.Contestant {
	return []harness.Contestant{w.crowd("parley", c.N, openParleyMixed), w.crowd("pgx", c.N, openPgxMixed)}
}

// mixture is what the goroutines do.
type mixture struct {
	fast point
	slow func(ctx context.Context) error
}

func (w mixed) crowd(name string, goroutines int, open opener[mixture]) harness.Contestant {
	return harness.Contestant{Name: name, Open: w.env.reach(func(ctx context.Context, t target) (*trial, error) {
		if err := w.env.wantPoints(ctx); err != nil {
			return nil, err
		}
		do, close, err := open(ctx, t)
		if err != nil {
			return nil, err
		}
		return &trial{func(ctx context.Context, m *harness.Meter) error {
			return m.Crowd(goroutines, func(i int) func() (int, error) {
				ids := ids(i * 7919)
				return func() (int, error) {
					if ids.next(100) <= 5 {
						return 0, do.slow(ctx)
					}
					return 1, checked(ctx, do.fast, &ids)
				}
			})
		}, close}, nil
	})}
}

func openPgxMixed(ctx context.Context, t target) (mixture, func(), error) {
	p, err := pgxPool(ctx, t, mixedConns)
	if err != nil {
		return mixture{}, nil, err
	}
	return mixture{pgxPoint(p), func(ctx context.Context) error {
		_, err := p.Exec(ctx, slowSQL)
		return err
	}}, p.Close, nil
}

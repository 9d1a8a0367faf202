package main

import (
	"context"
	"fmt"

	"parley/bench/internal/floor"
	"parley/bench/internal/harness"
)

// cold is the first use of a statement on a connection. Each is a new text; the
// caches of statements drop the old ones along the way.
type cold struct{ env *env }

// Info describes it.
func (w cold) Info() harness.Info {
	return harness.Info{
		Name:   "cold",
		What:   "one caller selects one value by key with a statement that is new to the connection",
		Unit:   "statement",
		Main:   harness.CPU,
		Slices: 8,
		Goals: []harness.Goal{
			{Metric: harness.Exchanges, AtMost: 1},
			{Metric: harness.CPU, Against: "pgx", AtMost: 0.6},
			{Metric: harness.WallP50, Against: "pgx", AtMost: 0.6},
		},
	}
}

// Cases returns the only one.
func (w cold) Cases() []harness.Case { return []harness.Case{{}} }

// Contestants returns the callers.
func (w cold) Contestants(harness.Case) []harness.Contestant {
	return []harness.Contestant{
		w.contestant("floor", w.openFloor),
		w.contestant("parley", openParleyCold),
		w.contestant("pgx", openPgxCold),
	}
}

// queryCold runs a text that was never run before, with one parameter.
type queryCold func(ctx context.Context, sql string, id int32) (int64, error)

func (w cold) contestant(name string, open opener[queryCold]) harness.Contestant {
	return harness.Contestant{Name: name, Open: w.env.reach(func(ctx context.Context, t target) (*trial, error) {
		if err := w.env.wantPoints(ctx); err != nil {
			return nil, err
		}
		query, close, err := open(ctx, t)
		if err != nil {
			return nil, err
		}
		n := int32(0)
		return &trial{func(ctx context.Context, m *harness.Meter) error {
			return m.Loop(func() error {
				n++
				id := n%pointRows + 1
				value, err := query(ctx, fmt.Sprintf("%s -- %d", pointSQL, n), id)
				if err == nil && value != int64(id)*7 {
					err = fmt.Errorf("point %d is %d", id, value)
				}
				return err
			})
		}, close}, nil
	})}
}

func (w cold) openFloor(ctx context.Context, t target) (queryCold, func(), error) {
	c, err := w.env.floor(ctx, t.dial)
	if err != nil {
		return nil, nil, err
	}
	var request []byte
	return func(_ context.Context, sql string, id int32) (value int64, err error) {
		request = floor.AppendClose(request[:0], "cold")
		request = floor.AppendDescribe(floor.AppendParse(request, "cold", sql), "cold")
		request = floor.AppendSync(floor.AppendExecute(floor.AppendBind(request, "cold", 1, floor.Int4(id))))
		err = c.Rows(request, func(row []byte) { value = floor.Int8(row) })
		return value, err
	}, c.Close, nil
}

func openPgxCold(ctx context.Context, t target) (queryCold, func(), error) {
	c, close, err := pgxConnect(ctx, t)
	return func(ctx context.Context, sql string, id int32) (value int64, err error) {
		err = c.QueryRow(ctx, sql, id).Scan(&value)
		return value, err
	}, close, err
}

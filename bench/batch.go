package main

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/jackc/pgx/v5"

	"parley/bench/internal/floor"
	"parley/bench/internal/harness"
)

// batch is many statements in one flight.
type batch struct{ env *env }

const batchSize = 1000

// Info describes it.
func (w batch) Info() harness.Info {
	return harness.Info{
		Name:  "batch",
		What:  "1,000 selects of one value by key in one batch",
		Unit:  "statement",
		Main:  harness.CPU,
		Goals: []harness.Goal{{Metric: harness.CPU, Against: "pgx", AtMost: 0.6}},
	}
}

// Cases returns the only one.
func (w batch) Cases() []harness.Case { return []harness.Case{{}} }

// Contestants returns the callers.
func (w batch) Contestants(harness.Case) []harness.Contestant {
	return []harness.Contestant{
		w.contestant("floor", w.env.openFloorBatch),
		w.contestant("parley", openParleyBatch),
		w.contestant("pgx", openPgxBatch),
	}
}

// runBatch selects points, and returns the sum of their values.
type runBatch func(ctx context.Context, ids []int32) (sum int64, err error)

func (w batch) contestant(name string, open opener[runBatch]) harness.Contestant {
	return harness.Contestant{Name: name, Open: w.env.reach(func(ctx context.Context, t target) (*trial, error) {
		if err := w.env.wantPoints(ctx); err != nil {
			return nil, err
		}
		run, close, err := open(ctx, t)
		if err != nil {
			return nil, err
		}
		var ids ids
		keys := make([]int32, batchSize)
		return &trial{func(ctx context.Context, m *harness.Meter) error {
			times := m.Scale(50)
			return m.Once(times*batchSize, func() error {
				for range times {
					if err := oneBatch(ctx, run, keys, &ids); err != nil {
						return err
					}
				}
				return nil
			})
		}, close}, nil
	})}
}

func oneBatch(ctx context.Context, run runBatch, keys []int32, ids *ids) error {
	want := int64(0)
	for i := range keys {
		keys[i] = ids.next(pointRows)
		want += int64(keys[i]) * 7
	}
	sum, err := run(ctx, keys)
	if err == nil && sum != want {
		err = fmt.Errorf("the sum is %d instead of %d", sum, want)
	}
	return err
}

// openFloorBatch makes the statements of a batch by hand.
func (e *env) openFloorBatch(ctx context.Context, t target) (runBatch, func(), error) {
	c, err := e.floor(ctx, t.dial)
	if err != nil {
		return nil, nil, err
	}
	if err := c.Prepare("point", pointSQL); err != nil {
		c.Close()
		return nil, nil, err
	}
	var request []byte
	param := make([]byte, 4)
	return func(_ context.Context, ids []int32) (sum int64, err error) {
		request = request[:0]
		for _, id := range ids {
			binary.BigEndian.PutUint32(param, uint32(id))
			request = floor.AppendExecute(floor.AppendBind(request, "point", 1, param))
		}
		request = floor.AppendSync(request)
		err = c.Rows(request, func(row []byte) { sum += floor.Int8(row) })
		return sum, err
	}, c.Close, nil
}

func openPgxBatch(ctx context.Context, t target) (runBatch, func(), error) {
	c, close, err := pgxConnect(ctx, t)
	return func(ctx context.Context, ids []int32) (sum int64, err error) {
		var b pgx.Batch
		var value int64
		take := func(row pgx.Row) error {
			err := row.Scan(&value)
			sum += value
			return err
		}
		for _, id := range ids {
			b.Queue(pointSQL, id).QueryRow(take)
		}
		err = c.SendBatch(ctx, &b).Close()
		return sum, err
	}, close, err
}

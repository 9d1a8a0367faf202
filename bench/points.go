package main

import (
	"context"
	"fmt"

	"parley/bench/internal/harness"
)

// The table that points are selected from.
const (
	pointSQL  = "select balance from points where id = $1"
	pointRows = 100_000
)

func (e *env) wantPoints(ctx context.Context) error {
	return e.want(ctx, "points", fmt.Sprintf(
		"create table points as select g::int4 as id, g::int8 * 7 as balance, repeat('x', 80) as filler from generate_series(1, %d) g;"+
			"alter table points add primary key (id)", pointRows))
}

// checked selects a point and looks whether it is the right one.
func checked(ctx context.Context, get point, ids *ids) error {
	id := ids.next(pointRows)
	value, err := get(ctx, id)
	if err == nil && value != int64(id)*7 {
		err = fmt.Errorf("point %d is %d", id, value)
	}
	return err
}

// caller is a contestant in which one caller selects points.
func (e *env) caller(name string, open opener[point]) harness.Contestant {
	return harness.Contestant{Name: name, Open: e.reach(func(ctx context.Context, t target) (*trial, error) {
		if err := e.wantPoints(ctx); err != nil {
			return nil, err
		}
		get, close, err := open(ctx, t)
		if err != nil {
			return nil, err
		}
		var ids ids
		return &trial{func(ctx context.Context, m *harness.Meter) error {
			return m.Loop(func() error { return checked(ctx, get, &ids) })
		}, close}, nil
	})}
}

// crowd is a contestant in which many goroutines select points.
func (e *env) crowd(name string, params harness.Params, goroutines int, open opener[point]) harness.Contestant {
	return harness.Contestant{Name: name, Params: params, Open: e.reach(func(ctx context.Context, t target) (*trial, error) {
		return e.openCrowd(ctx, t, goroutines, open)
	})}
}

func (e *env) openCrowd(ctx context.Context, t target, goroutines int, open opener[point]) (*trial, error) {
	if err := e.wantPoints(ctx); err != nil {
		return nil, err
	}
	get, close, err := open(ctx, t)
	if err != nil {
		return nil, err
	}
	return &trial{func(ctx context.Context, m *harness.Meter) error {
		return m.Crowd(goroutines, func(i int) func() (int, error) {
			ids := ids(i * 7919)
			return func() (int, error) { return 1, checked(ctx, get, &ids) }
		})
	}, close}, nil
}

// openFloorPoint is the floor's way to select one.
func (e *env) openFloorPoint(ctx context.Context, t target) (point, func(), error) {
	c, err := e.floor(ctx, t.dial)
	if err != nil {
		return nil, nil, err
	}
	if err := c.Prepare("point", pointSQL); err != nil {
		c.Close()
		return nil, nil, err
	}
	p := c.Point("point")
	return func(_ context.Context, id int32) (int64, error) { return p.Get(id) }, c.Close, nil
}

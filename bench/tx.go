package main

import (
	"context"

	"github.com/jackc/pgx/v5"

	"parley/bench/internal/floor"
	"parley/bench/internal/harness"
)

// tx is a transaction of one statement.
type tx struct{ env *env }

// Info describes it.
func (w tx) Info() harness.Info {
	return harness.Info{
		Name:   "tx",
		What:   "one caller begins a transaction, selects one value by key, commits",
		Unit:   "transaction",
		Main:   harness.CPU,
		Slices: 8,
		Goals: []harness.Goal{
			{Metric: harness.Exchanges, AtMost: 2},
			{Metric: harness.CPU, Against: "pgx", AtMost: 0.75},
			{Metric: harness.WallP50, Against: "pgx", AtMost: 0.75},
		},
	}
}

// Cases returns the one, and it again where client and server are put.
func (w tx) Cases() []harness.Case {
	return []harness.Case{
		{},
		{Name: "1cpu", Params: harness.Params{"cpus": 1}, CPUs: harness.Together},
		{Name: "2cpu", Params: harness.Params{"cpus": 2}, CPUs: harness.Apart},
	}
}

// Contestants returns the callers: to them a transaction is a slow point.
func (w tx) Contestants(harness.Case) []harness.Contestant {
	return []harness.Contestant{
		w.env.caller("floor", w.openFloor),
		w.env.caller("parley", openParleyTx),
		w.env.caller("pgx", openPgxTx),
		w.env.caller("pgx-stdlib", openStandardTx),
	}
}

func (w tx) openFloor(ctx context.Context, t target) (point, func(), error) {
	c, err := w.env.floor(ctx, t.dial)
	if err != nil {
		return nil, nil, err
	}
	for name, sql := range map[string]string{"begin": "begin", "commit": "commit", "point": pointSQL} {
		if err := c.Prepare(name, sql); err != nil {
			c.Close()
			return nil, nil, err
		}
	}
	begin := floor.AppendExecute(floor.AppendBind(nil, "begin", 1))
	commit := floor.Query("commit")
	request := make([]byte, 0, 256)
	return func(_ context.Context, id int32) (value int64, err error) {
		request = append(request[:0], begin...)
		request = floor.AppendSync(floor.AppendExecute(floor.AppendBind(request, "point", 1, floor.Int4(id))))
		if err = c.Rows(request, func(row []byte) { value = floor.Int8(row) }); err == nil {
			err = c.Run(commit)
		}
		return value, err
	}, c.Close, nil
}

func openPgxTx(ctx context.Context, t target) (point, func(), error) {
	c, close, err := pgxConnect(ctx, t)
	return func(ctx context.Context, id int32) (value int64, err error) {
		err = pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error { return tx.QueryRow(ctx, pointSQL, id).Scan(&value) })
		return value, err
	}, close, err
}

func openStandardTx(ctx context.Context, t target) (point, func(), error) {
	db, err := pgxStandard(t, 1)
	if err != nil {
		return nil, nil, err
	}
	return func(ctx context.Context, id int32) (value int64, err error) {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return 0, err
		}
		defer func() { _ = tx.Rollback() }()
		if err := tx.QueryRowContext(ctx, pointSQL, id).Scan(&value); err != nil {
			return 0, err
		}
		return value, tx.Commit()
	}, func() { _ = db.Close() }, nil
}

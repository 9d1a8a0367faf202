package main

import (
	"context"

	"parley/bench/internal/harness"
)

// manyWrites are many goroutines that insert through one handle.
type manyWrites struct{ env *env }

const insertSQL = "insert into entries (author, body) values ($1, $2)"

const pgbenchInsert = `\set id random(1, 100000)
insert into entries (author, body) values (:id, 'a line of text that somebody wrote');
`

const entryBody = "a line of text that somebody wrote"

// Info describes it.
func (w manyWrites) Info() harness.Info {
	return harness.Info{
		Name: "many-writes",
		What: "many goroutines insert one row each time, with fsync on, through one handle: Parley with GroupWrites, pgx with the best of pools of 2 to 64 connections",
		Unit: "statement",
		Main: harness.Throughput,
		Goals: []harness.Goal{
			{Case: "64", Metric: harness.Throughput, Against: "pgx", AtLeast: 4},
			{Case: "1024", Metric: harness.Throughput, Against: "pgx", AtLeast: 8},
		},
	}
}

// Cases returns the sizes of the crowd.
func (w manyWrites) Cases() []harness.Case { return crowdCases(64, 1024) }

// Contestants returns a handle in several sizes each.
func (w manyWrites) Contestants(c harness.Case) []harness.Contestant {
	all := []harness.Contestant{w.crowd("parley", nil, c.N, openParleyInsert)}
	for _, size := range poolSizes {
		all = append(all, w.crowd("pgx", harness.Params{"conns": size}, c.N, openPgxInsert(size)))
	}
	return append(all, w.env.pgbench(pgbenchInsert, 16, 64)...)
}

// insert inserts one row.
type insert func(ctx context.Context, author int32) error

func (w manyWrites) crowd(name string, params harness.Params, goroutines int, open opener[insert]) harness.Contestant {
	return harness.Contestant{Name: name, Params: params, Open: w.env.reach(func(ctx context.Context, t target) (*trial, error) {
		if err := w.env.exec(ctx, "drop table if exists entries; create table entries (id int8 generated always as identity primary key,"+
			" author int4 not null, body text not null)"); err != nil {
			return nil, err
		}
		do, close, err := open(ctx, t)
		if err != nil {
			return nil, err
		}
		return &trial{func(ctx context.Context, m *harness.Meter) error {
			return m.Crowd(goroutines, func(i int) func() (int, error) {
				return func() (int, error) { return 1, do(ctx, int32(i)) }
			})
		}, close}, nil
	})}
}

func openPgxInsert(size int) opener[insert] {
	return func(ctx context.Context, t target) (insert, func(), error) {
		p, err := pgxPool(ctx, t, size)
		if err != nil {
			return nil, nil, err
		}
		return func(ctx context.Context, author int32) error {
			_, err := p.Exec(ctx, insertSQL, author, entryBody)
			return err
		}, p.Close, nil
	}
}

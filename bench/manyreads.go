package main

import (
	"context"
	"strconv"
	"time"

	"parley/bench/internal/harness"
)

// poolSizes are those among which pgxpool's best is looked for.
var poolSizes = []int{2, 4, 8, 16, 32, 64}

// pgbenchScript is the same as selecting a point.
const pgbenchScript = `\set id random(1, 100000)
select balance from points where id = :id;
`

// crowdCases returns a case for each number of goroutines.
func crowdCases(goroutines ...int) []harness.Case {
	var all []harness.Case
	for _, n := range goroutines {
		all = append(all, harness.Case{Name: strconv.Itoa(n), N: n, Params: harness.Params{"goroutines": n}})
	}
	return all
}

// manyReads are many goroutines that read through one handle.
type manyReads struct{ env *env }

// Info describes it.
func (w manyReads) Info() harness.Info {
	least := func(name, against string, ratio float64) harness.Goal {
		return harness.Goal{Case: name, Metric: harness.Throughput, Against: against, AtLeast: ratio}
	}
	return harness.Info{
		Name: "many-reads",
		What: "many goroutines select one value by key through one handle; pgx with the best of pools of 2 to 64 connections, pgbench with the best number of clients; floor: flights made by hand over 1, 2 or 4 connections, for nobody",
		Unit: "statement",
		Main: harness.Throughput,
		Goals: []harness.Goal{
			least("1", "pgx", 1), least("16", "pgx", 2), least("64", "pgx", 3), least("256", "pgx", 6), least("1024", "pgx", 6),
			least("256", "pgbench", 3),
		},
	}
}

// Cases returns the sizes of the crowd.
func (w manyReads) Cases() []harness.Case { return crowdCases(1, 16, 64, 256, 1024) }

// Contestants returns a handle in several sizes each.
func (w manyReads) Contestants(c harness.Case) []harness.Contestant {
	all := append(w.flights(c.N), parleyCrowd(w.env, c.N)...)
	for _, size := range poolSizes {
		all = append(all, w.env.crowd("pgx", harness.Params{"conns": size}, c.N, openPgxPoolPoint(size)))
	}
	if c.N == 256 {
		all = append(all, w.env.pgbench(pgbenchScript, 4, 16, 32, 64)...)
	}
	return all
}

// flights are what the server can do at most for so many callers: as many
// statements in the air, in flights over a few connections that end with one
// Sync each, made and read by hand, and nobody to hand the values to.
func (w manyReads) flights(callers int) []harness.Contestant {
	var all []harness.Contestant
	for _, conns := range lanes {
		if conns > callers {
			break
		}
		all = append(all, harness.Contestant{Name: "floor", Params: harness.Params{"conns": conns},
			Open: w.env.reach(func(ctx context.Context, t target) (*trial, error) {
				return w.openFlights(ctx, t, conns, min(callers/conns, 128))
			})})
	}
	return all
}

func (w manyReads) openFlights(ctx context.Context, t target, conns, size int) (*trial, error) {
	if err := w.env.wantPoints(ctx); err != nil {
		return nil, err
	}
	runs := make([]runBatch, conns)
	closers := make([]func(), 0, conns)
	all := &trial{close: func() {
		for _, close := range closers {
			close()
		}
	}}
	for i := range runs {
		run, close, err := w.env.openFloorBatch(ctx, t)
		if err != nil {
			all.close()
			return nil, err
		}
		runs[i], closers = run, append(closers, close)
	}
	all.run = func(ctx context.Context, m *harness.Meter) error {
		return m.Crowd(conns, func(i int) func() (int, error) {
			ids, keys := ids(i*7919), make([]int32, size)
			return func() (int, error) { return size, oneBatch(ctx, runs[i], keys, &ids) }
		})
	}
	return all, nil
}

// latency is that of the network in "many-reads-1ms", in each direction.
const latency = time.Millisecond

// farReads is manyReads over a network.
type farReads struct{ env *env }

// Info describes it.
func (w farReads) Info() harness.Info {
	var goals []harness.Goal
	for _, g := range []struct {
		name       string
		four, many float64
	}{{"64", 12, 2.5}, {"256", 35, 7}, {"1024", 65, 12}} {
		goals = append(goals, harness.Goal{Case: g.name, Metric: harness.Throughput, Against: "pgx", AtLeast: g.four},
			harness.Goal{Case: g.name, Metric: harness.Throughput, Against: "pgx-32", AtLeast: g.many})
	}
	return harness.Info{
		Name:  "many-reads-1ms",
		What:  "the same over a network with 1 ms of delay in each direction, with 4 connections each (pgx-32: pgxpool with 32); the network is in this process, so CPU time says nothing",
		Unit:  "statement",
		Main:  harness.Throughput,
		Goals: goals,
	}
}

// Cases returns the sizes of the crowd.
func (w farReads) Cases() []harness.Case { return crowdCases(64, 256, 1024) }

// Contestants returns a handle each, and pgx another one.
func (w farReads) Contestants(c harness.Case) []harness.Contestant {
	return []harness.Contestant{
		w.crowd("parley", 4, c.N, openParleyDBPoint(4)),
		w.crowd("pgx", 4, c.N, openPgxPoolPoint(4)),
		w.crowd("pgx-32", 32, c.N, openPgxPoolPoint(32)),
	}
}

func (w farReads) crowd(name string, conns, goroutines int, open opener[point]) harness.Contestant {
	return harness.Contestant{Name: name, Params: harness.Params{"conns": conns},
		Open: func(ctx context.Context, dial harness.Dial) (harness.Trial, error) {
			dsn, err := w.env.delayedDSN(ctx, latency)
			if err != nil {
				return nil, err
			}
			return opened(w.env.openCrowd(ctx, target{dsn, dial}, goroutines, open))
		}}
}

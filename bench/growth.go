package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"parley/bench/internal/harness"
)

// growth shows how the cost of one thing grows with the number of things: each
// of its workloads is a curve, whose metric per thing should stay as it is.
type growth struct {
	env         *env
	info        harness.Info
	sizes       []int
	param       string
	cpus        harness.Placement
	contestants func(w growth, n int) []harness.Contestant
}

// growths returns the curves.
func growths(e *env) []harness.Workload {
	return []harness.Workload{
		growth{e, harness.Info{Name: "growth-rows", Unit: "row", Main: harness.CPU,
			What: "rows of six columns into variables, in results of 1,000 to 10,000,000 rows"},
			[]int{1e3, 1e4, 1e5, 1e6, 1e7}, "rows", harness.Anywhere, growth.rows},
		growth{e, harness.Info{Name: "growth-columns", Unit: "value", Main: harness.CPU,
			What: "100,000 int4 values into variables, in rows of 1 to 200 columns"},
			[]int{1, 2, 5, 10, 20, 50, 100, 200}, "columns", harness.Anywhere, growth.columns},
		growth{e, harness.Info{Name: "growth-goroutines", Unit: "statement", Main: harness.CPU,
			What: "1 to 10,000 goroutines select one value by key through one handle; pgx with 8 connections"},
			[]int{1, 10, 100, 1000, 10000}, "goroutines", harness.Anywhere, growth.goroutines},
		growth{e, harness.Info{Name: "growth-cache", Unit: "statement", Main: harness.CPU,
			What: "one caller runs 1 to 10,000 statements in turn, all of which are kept prepared; client and server on one CPU"},
			[]int{1, 10, 100, 1000, 10000}, "statements", harness.Together, growth.cache},
	}
}

// Info describes it.
func (w growth) Info() harness.Info { return w.info }

// Cases returns the points of the curve.
func (w growth) Cases() []harness.Case {
	var all []harness.Case
	for _, n := range w.sizes {
		all = append(all, harness.Case{Name: strconv.Itoa(n), N: n, Params: harness.Params{w.param: n}, CPUs: w.cpus})
	}
	return all
}

// Contestants returns Parley and pgx.
func (w growth) Contestants(c harness.Case) []harness.Contestant { return w.contestants(w, c.N) }

func (w growth) rows(n int) []harness.Contestant {
	return []harness.Contestant{w.rowsOf("parley", n, openParleyScan), w.rowsOf("pgx", n, openPgxScan)}
}

func (w growth) rowsOf(name string, n int, open opener[scan]) harness.Contestant {
	return w.scanner(name, n, open, w.env.wantMillion, func(rows int) string {
		if rows <= million {
			return sixSQL(rows)
		}
		return strings.Replace(sixSQL(rows), "from million", fmt.Sprintf("from generate_series(1, %d), million", n/million), 1)
	}, func() []any {
		var row six
		return []any{&row.ID, &row.Name, &row.Created, &row.Score, &row.Active, &row.Rank}
	}, 1)
}

func (w growth) columns(n int) []harness.Contestant {
	return []harness.Contestant{w.columnsOf("parley", n, openParleyScan), w.columnsOf("pgx", n, openPgxScan)}
}

func (w growth) columnsOf(name string, n int, open opener[scan]) harness.Contestant {
	return w.scanner(name, 100_000/n, open, func(context.Context) error { return nil }, func(rows int) string {
		return fmt.Sprintf("select %s from generate_series(1, %d) g", strings.Join(slicesRepeat("g", n), ", "), rows)
	}, func() []any {
		variables := make([]any, n)
		for i := range variables {
			variables[i] = new(int32)
		}
		return variables
	}, n)
}

func slicesRepeat(s string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = s
	}
	return all
}

// scanner reads a number of rows into variables; the metrics are per value, of
// which each row has some.
func (w growth) scanner(name string, rows int, open opener[scan], prepare func(context.Context) error,
	sql func(rows int) string, variables func() []any, values int) harness.Contestant {
	return harness.Contestant{Name: name, Open: w.env.reach(func(ctx context.Context, t target) (*trial, error) {
		if err := prepare(ctx); err != nil {
			return nil, err
		}
		scan, close, err := open(ctx, t)
		if err != nil {
			return nil, err
		}
		return &trial{func(ctx context.Context, m *harness.Meter) error {
			n := m.Scale(rows)
			text, vars := sql(n), variables()
			times := max(1, 20_000/n) // a short result is read several times
			return m.Once(times*n*values, func() error {
				for range times {
					if got, err := scan(ctx, text, vars...); err != nil || got != n {
						return fmt.Errorf("%d rows instead of %d: %w", got, n, err)
					}
				}
				return nil
			})
		}, close}, nil
	})}
}

func (w growth) goroutines(n int) []harness.Contestant {
	return append(parleyCrowd(w.env, n), w.env.crowd("pgx", harness.Params{"conns": 8}, n, openPgxPoolPoint(8)))
}

func (w growth) cache(n int) []harness.Contestant {
	return []harness.Contestant{w.cacheOf("parley", n, openParleyCached(n)), w.cacheOf("pgx", n, openPgxCached(n))}
}

// cacheOf runs statements of different texts in turn.
func (w growth) cacheOf(name string, n int, open opener[queryCold]) harness.Contestant {
	return harness.Contestant{Name: name, Open: w.env.reach(func(ctx context.Context, t target) (*trial, error) {
		if err := w.env.wantPoints(ctx); err != nil {
			return nil, err
		}
		query, close, err := open(ctx, t)
		if err != nil {
			return nil, err
		}
		texts := make([]string, n)
		for i := range texts {
			texts[i] = fmt.Sprintf("%s -- %d", pointSQL, i)
			if _, err := query(ctx, texts[i], 1); err != nil {
				close()
				return nil, err
			}
		}
		next := 0
		return &trial{func(ctx context.Context, m *harness.Meter) error {
			return m.Loop(func() error {
				next++
				id := int32(next%pointRows) + 1
				value, err := query(ctx, texts[next%n], id)
				if err == nil && value != int64(id)*7 {
					err = fmt.Errorf("point %d is %d", id, value)
				}
				return err
			})
		}, close}, nil
	})}
}

func openPgxCached(n int) opener[queryCold] {
	return func(ctx context.Context, t target) (queryCold, func(), error) {
		config, err := pgxConfig(t)
		if err != nil {
			return nil, nil, err
		}
		config.StatementCacheCapacity = n
		c, err := pgx.ConnectConfig(ctx, config)
		if err != nil {
			return nil, nil, err
		}
		return func(ctx context.Context, sql string, id int32) (value int64, err error) {
			err = c.QueryRow(ctx, sql, id).Scan(&value)
			return value, err
		}, func() { _ = c.Close(ctx) }, nil
	}
}

package main

import (
	"context"

	"parley/bench/internal/floor"
	"parley/bench/internal/harness"
)

// structs is a large result read into a slice of structs.
type structs struct{ env *env }

// Info describes it.
func (w structs) Info() harness.Info {
	return harness.Info{
		Name: "structs",
		What: "1,000,000 rows of six columns into a slice of structs; pgx with CollectRows(RowToStructByName)",
		Unit: "row",
		Main: harness.CPU,
		Goals: []harness.Goal{
			{Metric: harness.CPU, Against: "floor", AtMost: 2},
			{Metric: harness.CPU, Against: "pgx", AtMost: 0.33},
			{Metric: harness.Allocs, AtMost: 0.1},
		},
	}
}

// Cases returns the only one.
func (w structs) Cases() []harness.Case { return []harness.Case{{}} }

// Contestants returns the readers.
func (w structs) Contestants(harness.Case) []harness.Contestant {
	e := w.env
	return []harness.Contestant{
		e.reader("floor", million, e.openFloorSix(floorIntoStructs)),
		e.reader("parley", million, intoStructs(openParleyStructs)),
		e.reader("pgx", million, intoStructs(openPgxStructs)),
	}
}

func floorIntoStructs(c *floor.Conn, request []byte) (n int, last six, err error) {
	var rows floor.Rows
	err = c.Rows(request, rows.Add)
	all := rows.All()
	if len(all) > 0 {
		last = all[len(all)-1]
	}
	return len(all), last, err
}

func openPgxStructs(ctx context.Context, t target) (func(context.Context, string) ([]six, error), func(), error) {
	c, close, err := pgxConnect(ctx, t)
	return func(ctx context.Context, sql string) ([]six, error) { return pgxStructs(ctx, c, sql) }, close, err
}

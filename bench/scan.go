package main

import (
	"parley/bench/internal/floor"
	"parley/bench/internal/harness"
)

// scanning is a large result read into variables.
type scanning struct{ env *env }

// Info describes it.
func (w scanning) Info() harness.Info {
	return harness.Info{
		Name: "scan",
		What: "1,000,000 rows of six columns (int8, text, timestamptz, float8, bool, int4) into variables",
		Unit: "row",
		Main: harness.CPU,
		Goals: []harness.Goal{
			{Metric: harness.CPU, Against: "floor", AtMost: 1.25},
			{Metric: harness.CPU, Against: "pgx", AtMost: 0.5},
		},
	}
}

// Cases returns the only one.
func (w scanning) Cases() []harness.Case { return []harness.Case{{}} }

// Contestants returns the readers.
func (w scanning) Contestants(harness.Case) []harness.Contestant {
	e := w.env
	return []harness.Contestant{
		e.reader("floor", million, e.openFloorSix(floorIntoVariables)),
		e.reader("parley", million, intoVariables(openParleyScan)),
		e.reader("pgx", million, intoVariables(openPgxScan)),
		e.reader("pgx-stdlib", million, intoVariables(openStandardScan(pgxStandard))),
		e.reader("pq", million, intoVariables(openStandardScan(pqStandard))),
	}
}

func floorIntoVariables(c *floor.Conn, request []byte) (n int, last six, err error) {
	err = c.Rows(request, func(row []byte) {
		last.Decode(row)
		n++
	})
	return n, last, err
}

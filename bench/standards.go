package main

import "parley/bench/internal/harness"

// stdsqlRTT is rtt through database/sql.
type stdsqlRTT struct{ env *env }

const noDriver = "there is no database/sql driver yet"

// Info describes it.
func (w stdsqlRTT) Info() harness.Info {
	return harness.Info{
		Name:   "stdsql-rtt",
		What:   "one caller selects one value by key through database/sql, with a statement that was prepared: by the driver's cache, or (prepared) by the caller",
		Unit:   "statement",
		Main:   harness.CPU,
		Slices: 8,
		Goals:  []harness.Goal{{Metric: harness.CPU, Against: "pgx-stdlib", AtMost: 0.85}},
	}
}

// Cases returns the two ways.
func (w stdsqlRTT) Cases() []harness.Case {
	return []harness.Case{
		{Name: "query", Params: harness.Params{"how": "query"}},
		{Name: "prepared", Params: harness.Params{"how": "prepared"}},
	}
}

// Contestants returns the callers. lib/pq keeps no statements by itself.
func (w stdsqlRTT) Contestants(c harness.Case) []harness.Contestant {
	e := w.env
	if c.Name == "query" {
		return []harness.Contestant{absent("parley", noDriver), e.caller("pgx-stdlib", openStandardPoint(pgxStandard, 1))}
	}
	return []harness.Contestant{
		absent("parley", noDriver),
		e.caller("pgx-stdlib", openPreparedPoint(pgxStandard, 1)),
		e.caller("pq", openPreparedPoint(pqStandard, 1)),
	}
}

// stdsqlScan is scan through database/sql.
type stdsqlScan struct{ env *env }

// Info describes it.
func (w stdsqlScan) Info() harness.Info {
	return harness.Info{
		Name:  "stdsql-scan",
		What:  "1,000,000 rows of six columns into variables through database/sql",
		Unit:  "row",
		Main:  harness.CPU,
		Goals: []harness.Goal{{Metric: harness.CPU, Against: "pgx-stdlib", AtMost: 0.7}},
	}
}

// Cases returns the only one.
func (w stdsqlScan) Cases() []harness.Case { return []harness.Case{{}} }

// Contestants returns the readers.
func (w stdsqlScan) Contestants(harness.Case) []harness.Contestant {
	e := w.env
	return []harness.Contestant{
		absent("parley", noDriver),
		e.reader("pgx-stdlib", million, intoVariables(openStandardScan(pgxStandard))),
		e.reader("pq", million, intoVariables(openStandardScan(pqStandard))),
	}
}

package main

import "parley/bench/internal/harness"

// stdsqlRTT is rtt through database/sql.
type stdsqlRTT struct{ env *env }

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
		return []harness.Contestant{e.caller("parley", openStandardPoint(parleyStandard, 1)), e.caller("pgx-stdlib", openStandardPoint(pgxStandard, 1))}
	}
	return []harness.Contestant{
		e.caller("parley", openPreparedPoint(parleyStandard, 1)),
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
		e.reader("parley", million, intoVariables(openStandardScan(parleyStandard))),
		e.reader("pgx-stdlib", million, intoVariables(openStandardScan(pgxStandard))),
		e.reader("pq", million, intoVariables(openStandardScan(pqStandard))),
	}
}

// stdsqlReads is manyReads through database/sql.
type stdsqlReads struct{ env *env }

// Info describes it.
func (w stdsqlReads) Info() harness.Info {
	return harness.Info{
		Name: "stdsql-many-reads",
		What: "many goroutines select one value by key through one *sql.DB; pgx-stdlib and lib/pq (with a statement that the caller prepared) with the best of pools of 2 to 64 connections",
		Unit: "statement",
		Main: harness.Throughput,
	}
}

// Cases returns the sizes of the crowd.
func (w stdsqlReads) Cases() []harness.Case { return crowdCases(16, 256) }

// Contestants returns a handle in several sizes each. Parley's handles of
// database/sql are no connections, so there are as many as goroutines.
func (w stdsqlReads) Contestants(c harness.Case) []harness.Contestant {
	all := []harness.Contestant{w.env.crowd("parley", nil, c.N, openStandardPoint(parleyStandard, c.N))}
	for _, size := range poolSizes {
		conns := harness.Params{"conns": size}
		all = append(all, w.env.crowd("pgx-stdlib", conns, c.N, openStandardPoint(pgxStandard, size)),
			w.env.crowd("pq", conns, c.N, openPreparedPoint(pqStandard, size)))
	}
	return all
}

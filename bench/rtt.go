package main

import "parley/bench/internal/harness"

// rtt is what a single caller waits for a single row.
type rtt struct{ env *env }

// Info describes it.
func (w rtt) Info() harness.Info {
	return harness.Info{
		Name:   "rtt",
		What:   "one caller selects one value by key with a statement that was used before: on a connection, and on what shares connections",
		Unit:   "statement",
		Main:   harness.CPU,
		Slices: 8,
		Goals: []harness.Goal{
			{Metric: harness.WallP50, Against: "floor", AtMost: 1.10},
			{Metric: harness.CPU, Against: "floor", AtMost: 1.15},
			{Metric: harness.CPU, Against: "pgx", AtMost: 0.75},
			{Metric: harness.Allocs, AtMost: 1},
		},
	}
}

// Cases returns the two kinds of handle, and both again where client and server
// are put, instead of where the kernel likes them. On one CPU every ratio is
// nearer to 1, as all pay the same for switching between the two.
func (w rtt) Cases() []harness.Case {
	return []harness.Case{
		{Name: "conn", Params: harness.Params{"handle": "conn"}},
		{Name: "db", Params: harness.Params{"handle": "db"}},
		{Name: "conn-1cpu", Params: harness.Params{"handle": "conn", "cpus": 1}, CPUs: harness.Together},
		{Name: "db-1cpu", Params: harness.Params{"handle": "db", "cpus": 1}, CPUs: harness.Together},
		{Name: "conn-2cpu", Params: harness.Params{"handle": "conn", "cpus": 2}, CPUs: harness.Apart},
		{Name: "db-2cpu", Params: harness.Params{"handle": "db", "cpus": 2}, CPUs: harness.Apart},
	}
}

// Contestants returns the callers.
func (w rtt) Contestants(c harness.Case) []harness.Contestant {
	e := w.env
	if c.Params["handle"] == "conn" {
		return []harness.Contestant{
			e.caller("floor", e.openFloorPoint),
			e.caller("parley", openParleyPoint),
			e.caller("pgx", openPgxPoint),
		}
	}
	return []harness.Contestant{
		e.caller("floor", e.openFloorPoint),
		e.caller("parley", openParleyDBPoint(0)),
		e.caller("pgx", openPgxPoolPoint(1)),
		e.caller("pgx-stdlib", openStandardPoint(pgxStandard, 1)),
		e.caller("pq", openPreparedPoint(pqStandard, 1)),
	}
}

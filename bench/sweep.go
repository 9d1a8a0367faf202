package main

import (
	"context"
	"fmt"

	"parley/bench/internal/harness"
)

// sweep is what the defaults of lanes were chosen by: reads of a crowd, with
// every combination of sizes. It is not run unless it is named.
type sweep struct{ env *env }

// Info describes it.
func (w sweep) Info() harness.Info {
	return harness.Info{Name: "sweep", Unit: "statement", Main: harness.Throughput, Named: true,
		What: "many-reads of 1 to 1024 goroutines, over 1 to 8 lanes with 1 to 8 flights in the air and groups of up to 32, 128 or 512"}
}

// Cases returns the combinations: goroutines-lanes-flights-group.
func (w sweep) Cases() []harness.Case {
	var all []harness.Case
	for _, n := range []int{1, 16, 64, 256, 1024} {
		for _, lanes := range []int{1, 2, 4, 8} {
			for _, flights := range []int{1, 2, 3, 8} {
				all = append(all, sweepCase(n, lanes, flights, 128))
			}
		}
		for _, group := range []int{8, 32, 512} {
			all = append(all, sweepCase(n, 2, 3, group))
		}
	}
	return all
}

func sweepCase(n, lanes, flights, group int) harness.Case {
	return harness.Case{Name: fmt.Sprintf("%d-%d-%d-%d", n, lanes, flights, group), N: n,
		Params: harness.Params{"goroutines": n, "lanes": lanes, "flights": flights, "group": group}}
}

// Contestants returns a DB of the case's sizes.
func (w sweep) Contestants(c harness.Case) []harness.Contestant {
	open := func(ctx context.Context, t target) (point, func(), error) {
		config := t.parley()
		config.Lanes, config.Flights, config.MaxGroup = c.Params["lanes"].(int), c.Params["flights"].(int), c.Params["group"].(int)
		db, close, err := parleyOpen(ctx, config)
		return parleyPoint(db), close, err
	}
	return []harness.Contestant{w.env.crowd("parley", nil, c.N, open)}
}

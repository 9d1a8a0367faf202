package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"parley/bench/internal/harness"
)

const hardRows = 100_000

// hard is a result of values that take some work, read into variables.
type hard struct {
	env       *env
	name      string
	what      string
	columns   string // of the table, made of g
	cases     []harness.Case
	variables func(c harness.Case, contestant string) []any
}

// hards returns the workloads of this kind.
func hards(e *env) []harness.Workload {
	return []harness.Workload{
		hard{e, "wide", "100,000 rows of 50 columns (20 int4, 20 text, 10 float8) into variables", wideColumns(), []harness.Case{{}}, wideVariables},
		hard{e, "numeric", "100,000 rows of two numerics, of 8 and of 30 digits, each into the driver's own type", numericColumns, []harness.Case{{}}, numericVariables},
		hard{e, "arrays", "100,000 rows of int4[10], float8[10] and text[5] into slices", arrayColumns, []harness.Case{{}}, arrayVariables},
		hard{e, "json", "100,000 rows of a jsonb object of 5 members into json.RawMessage, and into a struct", jsonColumns,
			[]harness.Case{{Name: "raw", Params: harness.Params{"into": "raw"}}, {Name: "struct", Params: harness.Params{"into": "struct"}}}, jsonVariables},
	}
}

// Info describes it.
func (w hard) Info() harness.Info {
	return harness.Info{Name: w.name, What: w.what, Unit: "row", Main: harness.CPU,
		Goals: []harness.Goal{{Metric: harness.CPU, Against: "pgx", AtMost: 0.6}}}
}

// Cases returns one, or several.
func (w hard) Cases() []harness.Case { return w.cases }

// Contestants returns the readers. What database/sql cannot scan is left out.
func (w hard) Contestants(c harness.Case) []harness.Contestant {
	all := []harness.Contestant{w.reader(c, "parley", openParleyScan), w.reader(c, "pgx", openPgxScan)}
	if w.name == "wide" {
		all = append(all, w.reader(c, "pgx-stdlib", openStandardScan(pgxStandard)), w.reader(c, "pq", openStandardScan(pqStandard)))
	}
	return all
}

func (w hard) reader(c harness.Case, name string, open opener[scan]) harness.Contestant {
	return harness.Contestant{Name: name, Open: w.env.reach(func(ctx context.Context, t target) (*trial, error) {
		table := "hard_" + w.name
		if err := w.env.want(ctx, table, fmt.Sprintf("create unlogged table %s as select %s from generate_series(1, %d) g",
			table, w.columns, hardRows)); err != nil {
			return nil, err
		}
		scan, close, err := open(ctx, t)
		if err != nil {
			return nil, err
		}
		variables := w.variables(c, name)
		return &trial{func(ctx context.Context, m *harness.Meter) error {
			n := m.Scale(hardRows)
			return m.Once(n, func() error {
				rows, err := scan(ctx, fmt.Sprintf("select * from %s limit %d", table, n), variables...)
				if err == nil && rows != n {
					err = fmt.Errorf("%d rows instead of %d", rows, n)
				}
				return err
			})
		}, close}, nil
	})}
}

func wideColumns() string {
	var columns []string
	for i := range 10 {
		columns = append(columns, fmt.Sprintf("g+%d as a%d, 'text '||g+%d as b%d, g+%d as c%d, 'more text '||g+%d as d%d, g/%d.0::float8 as e%d",
			i, i, i, i, i, i, i, i, i+1, i))
	}
	return strings.Join(columns, ", ")
}

func wideVariables(harness.Case, string) []any {
	var all []any
	for range 10 {
		all = append(all, new(int32), new(string), new(int32), new(string), new(float64))
	}
	return all
}

const numericColumns = "(g * 12.3456)::numeric(12, 4) as price, g * 98765432109876543.210987654321::numeric as large"

func numericVariables(_ harness.Case, contestant string) []any {
	if contestant == "parley" {
		return parleyNumerics()
	}
	return []any{new(pgtype.Numeric), new(pgtype.Numeric)}
}

const arrayColumns = "array(select g + i from generate_series(1, 10) i) as ints, array(select g / i::float8 from generate_series(1, 10) i) as floats," +
	" array['red', 'green', 'blue', 'text ' || g, 'more text ' || g] as texts"

func arrayVariables(harness.Case, string) []any {
	return []any{new([]int32), new([]float64), new([]string)}
}

const jsonColumns = `jsonb_build_object('id', g, 'name', 'the name of ' || g, 'active', g % 2 = 0, 'score', g / 4.0, 'tags', jsonb_build_array('a', 'b', 'c')) as document`

// document is what the objects are.
type document struct {
	ID     int      `json:"id"`
	Name   string   `json:"name"`
	Active bool     `json:"active"`
	Score  float64  `json:"score"`
	Tags   []string `json:"tags"`
}

func jsonVariables(c harness.Case, _ string) []any {
	if c.Name == "raw" {
		return []any{new(json.RawMessage)}
	}
	return []any{new(document)}
}

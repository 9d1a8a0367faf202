package harness

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
)

// order is how metrics are printed.
var order = []Metric{WallP50, WallP99, Wall, CPU, Throughput, Allocs, Bytes, Exchanges, Goroutines}

// Print writes results for a person to read.
func Print(w io.Writer, results []*Result) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', tabwriter.AlignRight)
	last := ""
	for _, r := range results {
		if r.Case() != last {
			fmt.Fprintf(t, "%s\t", r.Case())
			for _, m := range order {
				fmt.Fprintf(t, "%s\t", m)
			}
			fmt.Fprint(t, "ratios\t\n")
		}
		last = r.Case()
		fmt.Fprintf(t, "%s\t", r.label())
		for _, m := range order {
			if v, ok := r.Metrics[m]; ok {
				fmt.Fprintf(t, "%.6g\t", v)
			} else {
				fmt.Fprint(t, "\t")
			}
		}
		for _, base := range baselines {
			if v, ok := r.Ratios[base]; ok {
				fmt.Fprintf(t, "%.2f × %s  ", v, base)
			}
		}
		fmt.Fprint(t, "\t\n")
	}
	return t.Flush()
}

// label names the contestant and what distinguishes it from others.
func (r *Result) label() string {
	if n, ok := r.Params["conns"]; ok {
		return fmt.Sprintf("%s (%v)", r.Contestant, n)
	}
	if how, ok := r.Params["how"]; ok {
		return fmt.Sprintf("%s (%v)", r.Contestant, how)
	}
	return r.Contestant
}

// String says what is to be reached.
func (g Goal) String() string {
	what := string(g.Metric)
	if g.Case != "" {
		what = g.Case + ": " + what
	}
	bound := fmt.Sprintf(" ≤ %g", g.AtMost)
	if g.AtLeast != 0 {
		bound = fmt.Sprintf(" ≥ %g", g.AtLeast)
	}
	if g.Against != "" {
		bound += " × " + g.Against
	}
	return what + bound
}

// reached returns what a case's results say of the goal.
func (g Goal) reached(of []*Result) (float64, bool) {
	for _, r := range of {
		if r.Contestant != "parley" {
			continue
		}
		if g.Against == "" {
			v, ok := r.Metrics[g.Metric]
			return v, ok
		}
		return ratio(of, r, g.Against, g.Metric)
	}
	return 0, false
}

// Table writes the goals and what was reached as a table in Markdown.
func Table(w io.Writer, infos []Info, results []*Result) error {
	byCase := map[string][]*Result{}
	var cases []string
	for _, r := range results {
		if byCase[r.Case()] == nil {
			cases = append(cases, r.Case())
		}
		byCase[r.Case()] = append(byCase[r.Case()], r)
	}
	fmt.Fprint(w, "| workload | asked for | reached | |\n|---|---|---|---|\n")
	for _, info := range infos {
		for _, name := range cases {
			of := byCase[name]
			if of[0].Workload != info.Name {
				continue
			}
			for _, g := range info.Goals {
				if g.For(of[0].kase) {
					if _, err := fmt.Fprint(w, g.row(name, of)); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

func (g Goal) row(name string, of []*Result) string {
	g.Case = ""
	v, ok := g.reached(of)
	switch {
	case !ok:
		return fmt.Sprintf("| `%s` | %s | | not measured |\n", name, g)
	case g.Met(v):
		return fmt.Sprintf("| `%s` | %s | %.3g | |\n", name, g, v)
	}
	return fmt.Sprintf("| `%s` | %s | %.3g | missed |\n", name, g, v)
}

// Decode reads results that Encode has written. The workloads tell which case
// each is of.
func Decode(r io.Reader, all []Workload) ([]*Result, error) {
	var results []*Result
	for d := json.NewDecoder(r); ; {
		var result Result
		err := d.Decode(&result)
		if errors.Is(err, io.EOF) {
			return results, nil
		}
		if err != nil {
			return nil, fmt.Errorf("results: number %d: %w", len(results)+1, err)
		}
		result.kase = result.findCase(all)
		results = append(results, &result)
	}
}

// findCase finds the case whose params the result has; of several, the one with
// the most.
func (r *Result) findCase(all []Workload) (found Case) {
	for _, w := range all {
		if w.Info().Name != r.Workload {
			continue
		}
		for _, c := range w.Cases() {
			if c.Params.within(r.Params) && len(c.Params) >= len(found.Params) {
				found = c
			}
		}
	}
	return found
}

// within reports whether all of p is in q, as JSON shows it.
func (p Params) within(q Params) bool {
	for name := range p {
		a, _ := json.Marshal(p[name])
		b, _ := json.Marshal(q[name]) // a number that was read is a float64
		if !bytes.Equal(a, b) {
			return false
		}
	}
	return true
}

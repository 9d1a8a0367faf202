package harness

import (
	"encoding/json"
	"io"
	"maps"
	"math"
)

// Result is what one contestant reached in one case: a line of JSON.
type Result struct {
	Workload   string             `json:"workload"`
	Contestant string             `json:"contestant"`
	Params     Params             `json:"params"`
	Metrics    map[Metric]float64 `json:"metrics"` // medians; what was not measured is left out
	Ratios     map[string]float64 `json:"ratios"`  // of the main metric, to the other contestants that are measured against

	kase Case
}

// Case returns the workload and the case, as they are named on the command line.
func (r *Result) Case() string { return path(r.Workload, r.kase.Name) }

func path(workload, name string) string {
	if name == "" {
		return workload
	}
	return workload + "/" + name
}

// Encode writes the result as a line of JSON.
func (r *Result) Encode(w io.Writer) error { return json.NewEncoder(w).Encode(r) }

// baselines are whom ratios are told to.
var baselines = []string{"floor", "pgx", "pgx-stdlib", "pgbench"}

// setRatios compares each result of a case with the baselines among them.
func setRatios(results []*Result, main Metric) {
	for _, base := range baselines {
		for _, r := range results {
			if v, ok := ratio(results, r, base, main); ok && r.Contestant != base {
				r.Ratios[base] = round(v)
			}
		}
	}
}

// ratio returns a result's metric in terms of that of a contestant.
func ratio(results []*Result, r *Result, base string, m Metric) (float64, bool) {
	v, ok := r.Metrics[m]
	for _, b := range results {
		if w, has := b.Metrics[m]; ok && has && w != 0 && b.Contestant == base {
			return v / w, true
		}
	}
	return 0, false
}

// medians returns the median of each metric that was measured in repetitions.
func medians(repetitions []map[Metric]float64) map[Metric]float64 {
	all := map[Metric][]float64{}
	for _, values := range repetitions {
		for m, v := range values {
			all[m] = append(all[m], v)
		}
	}
	out := map[Metric]float64{}
	for m := range maps.Keys(all) {
		if v := median(all[m]); !math.IsNaN(v) {
			out[m] = round(v)
		}
	}
	return out
}

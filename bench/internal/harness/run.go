package harness

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"time"
)

// Config says how to measure.
type Config struct {
	Repetitions int           // of each contestant; 0: 5
	Duration    time.Duration // of a repetition that goes on and on; 0: 300 ms
	Limit       time.Duration // of a workload: repetitions are left out beyond it; 0: 50 s
	Only        []string      // contestants; empty: all
	Log         func(format string, args ...any)

	// Place puts this process and the server where a case wants them. It returns
	// how to undo that. Nil: the kernel chooses.
	Place func(context.Context, Placement) (undo func(), err error)
}

func (c *Config) fill() {
	if c.Repetitions <= 0 {
		c.Repetitions = 5
	}
	if c.Duration <= 0 {
		c.Duration = 300 * time.Millisecond
	}
	if c.Limit <= 0 {
		c.Limit = 50 * time.Second
	}
	if c.Log == nil {
		c.Log = func(string, ...any) {}
	}
}

// Selected reports whether a case is meant by one of the patterns: the name of a
// workload, or that and the name of a case. Both may have wildcards; no pattern
// means all.
func Selected(patterns []string, workload string, c Case) bool {
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(p string) bool {
		w, name, some := strings.Cut(p, "/")
		hit, _ := filepath.Match(w, workload)
		if hit && some {
			hit, _ = filepath.Match(name, c.Name)
		}
		return hit
	})
}

// Run measures the selected cases of a workload, and yields the results of each.
func Run(ctx context.Context, c Config, w Workload, patterns []string, yield func([]*Result) error) error {
	c.fill()
	var cases []Case
	for _, k := range w.Cases() {
		if Selected(patterns, w.Info().Name, k) {
			cases = append(cases, k)
		}
	}
	end := time.Now().Add(c.Limit)
	for i, k := range cases {
		share := time.Until(end) / time.Duration(len(cases)-i)
		r := runner{Config: c, info: w.Info(), kase: k, end: time.Now().Add(share), meter: newMeter()}
		results, err := r.place(ctx, w.Contestants(k))
		if err != nil {
			return fmt.Errorf("%s: %w", path(w.Info().Name, k.Name), err)
		}
		if err := yield(results); err != nil {
			return err
		}
	}
	return nil
}

// runner measures one case.
type runner struct {
	Config
	info  Info
	kase  Case
	end   time.Time // when to begin no further repetition
	meter *Meter
}

// entrant is a contestant that takes part, with the variant that speaks for it.
type entrant struct {
	Contestant
	trial       Trial
	repetitions []map[Metric]float64
}

// place runs the case on the CPUs that it should have.
func (r *runner) place(ctx context.Context, all []Contestant) ([]*Result, error) {
	if r.kase.CPUs != Anywhere && r.Place != nil {
		undo, err := r.Place(ctx, r.kase.CPUs)
		if err != nil {
			return nil, err
		}
		defer undo()
	}
	return r.run(ctx, all)
}

func (r *runner) run(ctx context.Context, all []Contestant) ([]*Result, error) {
	entrants, err := r.enter(ctx, all)
	defer func() {
		for _, e := range entrants {
			e.trial.Close()
		}
	}()
	if err != nil {
		return nil, err
	}
	slices := max(1, r.info.Slices)
	turns := r.Repetitions * slices
	for i := range turns {
		if i > 0 && time.Now().After(r.end) {
			r.Log("%s: %d of %d turns, for want of time", path(r.info.Name, r.kase.Name), i, turns)
			break
		}
		for _, e := range entrants {
			if err := r.turn(ctx, e, i); err != nil {
				return nil, err
			}
		}
	}
	return r.results(ctx, entrants)
}

// turn does one repetition of an entrant, or one slice of it.
func (r *runner) turn(ctx context.Context, e *entrant, i int) error {
	if r.info.Slices > 0 && i > 0 {
		t, err := r.open(ctx, e.Contestant, nil)
		if err != nil {
			return err
		}
		e.trial.Close()
		e.trial = t
	}
	if err := r.repeat(ctx, e.Contestant, e.trial, r.Duration/time.Duration(max(1, r.info.Slices)), false, nil); err != nil {
		return err
	}
	e.repetitions = append(e.repetitions, maps.Clone(r.meter.values))
	return nil
}

// enter opens the contestants, each in its best variant.
func (r *runner) enter(ctx context.Context, all []Contestant) (entrants []*entrant, err error) {
	for len(all) > 0 {
		name := all[0].Name
		variants := 1
		for variants < len(all) && all[variants].Name == name {
			variants++
		}
		group := all[:variants]
		all = all[variants:]
		if len(r.Only) > 0 && !slices.Contains(r.Only, name) {
			continue
		}
		if group[0].Absent != "" {
			r.Log("%s: %s is absent: %s", path(r.info.Name, r.kase.Name), name, group[0].Absent)
			continue
		}
		e, err := r.best(ctx, group)
		if err != nil {
			return entrants, err
		}
		entrants = append(entrants, e)
	}
	return entrants, nil
}

// best opens each variant, warms it up, and keeps the one that does best in a
// short repetition.
func (r *runner) best(ctx context.Context, variants []Contestant) (*entrant, error) {
	var kept *entrant
	var best float64
	for _, v := range variants {
		t, err := r.open(ctx, v, nil)
		if err != nil {
			return kept, err
		}
		if len(variants) > 1 {
			if err := r.repeat(ctx, v, t, min(r.Duration, 250*time.Millisecond), false, nil); err != nil {
				t.Close()
				return kept, err
			}
		}
		value := r.meter.values[r.info.Main]
		if kept != nil && !r.info.Main.better(value, best) {
			t.Close()
			continue
		}
		if kept != nil {
			kept.trial.Close()
		}
		kept, best = &entrant{Contestant: v, trial: t}, value
	}
	return kept, nil
}

// open opens a contestant and warms it up.
func (r *runner) open(ctx context.Context, c Contestant, dial Dial) (Trial, error) {
	t, err := c.Open(ctx, dial)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Name, err)
	}
	if c.Outside {
		return t, nil
	}
	if err := r.repeat(ctx, c, t, 50*time.Millisecond, true, nil); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// repeat does one repetition, under a profiler's label.
func (r *runner) repeat(ctx context.Context, c Contestant, t Trial, budget time.Duration, brief bool, tally *Tally) error {
	r.meter.start(budget, brief, tally)
	var err error
	phase := "measured"
	if brief {
		phase = "warming"
	}
	pprof.Do(ctx, pprof.Labels("contestant", c.Name, "phase", phase), func(ctx context.Context) {
		err = r.meter.repeat(ctx, t)
	})
	if err != nil {
		return fmt.Errorf("%s %v: %w", c.Name, c.Params, err)
	}
	return nil
}

// results makes the results of all entrants, once their exchanges are counted.
func (r *runner) results(ctx context.Context, entrants []*entrant) ([]*Result, error) {
	var out []*Result
	for _, e := range entrants {
		metrics := medians(e.repetitions)
		n, ok, err := r.countExchanges(ctx, e.Contestant)
		if err != nil {
			return nil, err
		}
		if ok {
			metrics[Exchanges] = round(n)
		}
		out = append(out, &Result{Workload: r.info.Name, Contestant: e.Name, Params: r.kase.Params.and(e.Params),
			Metrics: metrics, Ratios: map[string]float64{}, kase: r.kase})
	}
	setRatios(out, r.info.Main)
	return out, nil
}

// countExchanges does a repetition over connections that count. ok is false when
// the contestant brings its own.
func (r *runner) countExchanges(ctx context.Context, c Contestant) (n float64, ok bool, err error) {
	if c.Outside {
		return 0, false, nil
	}
	var tally Tally
	t, err := r.open(ctx, c, tally.Dial)
	if err != nil {
		return 0, false, err
	}
	defer t.Close()
	err = r.repeat(ctx, c, t, min(r.Duration, 100*time.Millisecond), true, &tally)
	return r.meter.values[Exchanges], tally.Exchanges() > 0, err
}

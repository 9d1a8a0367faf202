package main

import (
	"cmp"
	"errors"
	"fmt"
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"parley/bench/internal/harness"
)

// drawSweep draws throughput against goroutines: a line for each number of
// lanes, and dashed ones for other numbers of flights and for pgx's best pool.
func drawSweep(file string, results []*harness.Result) error {
	p := plot.New()
	p.Title.Text = "Point selects of many goroutines"
	p.X.Label.Text, p.Y.Label.Text = "goroutines", "statements a second, in thousands"
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, plot.ConstantTicks(ticks(1, 16, 64, 256, 1024))
	p.Y.Min = 0
	p.Legend.Top, p.Legend.Left = true, true
	lines := 0
	for i, l := range []struct {
		name                   string
		lanes, flights, groups int
		dashed                 bool
	}{
		{"1 lane", 1, 3, 128, false}, {"2 lanes", 2, 3, 128, false}, {"4 lanes", 4, 3, 128, false}, {"8 lanes", 8, 3, 128, false},
		{"2 lanes, 1 flight", 2, 1, 128, true}, {"2 lanes, 8 flights", 2, 8, 128, true}, {"2 lanes, groups of 8", 2, 3, 8, true},
	} {
		points := pick(results, func(r *harness.Result) bool {
			return r.Workload == "sweep" && number(r, "lanes") == l.lanes && number(r, "flights") == l.flights && number(r, "group") == l.groups
		})
		lines += len(points)
		if err := addLine(p, l.name, points, i, l.dashed); err != nil {
			return err
		}
	}
	if lines == 0 {
		return errors.New("draw: there is no sweep among the results; measure one with -run sweep -json")
	}
	pgx := pick(results, func(r *harness.Result) bool { return r.Workload == "many-reads" && r.Contestant == "pgx" })
	if err := addLine(p, "pgx, its best pool", pgx, 7, true); err != nil {
		return err
	}
	return p.Save(18*vg.Centimeter, 12*vg.Centimeter, file)
}

func ticks(values ...float64) []plot.Tick {
	var all []plot.Tick
	for _, v := range values {
		all = append(all, plot.Tick{Value: v, Label: fmt.Sprint(v)})
	}
	return all
}

// number returns a parameter, which JSON has made a float64.
func number(r *harness.Result, name string) int {
	switch v := r.Params[name].(type) {
	case int:
		return v
	case float64:
		return int(v)
	}
	return 0
}

// pick returns the throughput of the results that are wanted, by goroutines.
func pick(results []*harness.Result, want func(*harness.Result) bool) plotter.XYs {
	var points plotter.XYs
	for _, r := range results {
		if want(r) {
			points = append(points, plotter.XY{X: float64(number(r, "goroutines")), Y: r.Metrics[harness.Throughput] / 1000})
		}
	}
	slices.SortFunc(points, func(a, b plotter.XY) int { return cmp.Compare(a.X, b.X) })
	return points
}

var colours = []color.RGBA{{31, 119, 180, 255}, {214, 39, 40, 255}, {44, 160, 44, 255}, {148, 103, 189, 255},
	{255, 127, 14, 255}, {140, 86, 75, 255}, {227, 119, 194, 255}, {90, 90, 90, 255}}

func addLine(p *plot.Plot, name string, points plotter.XYs, colour int, dashed bool) error {
	if len(points) == 0 {
		return nil
	}
	line, err := plotter.NewLine(points)
	if err != nil {
		return err
	}
	line.Color, line.Width = colours[colour], vg.Points(1.5)
	if dashed {
		line.Dashes = []vg.Length{vg.Points(4), vg.Points(3)}
	}
	p.Add(line)
	p.Legend.Add(name, line)
	return nil
}

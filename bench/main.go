// Command bench measures Parley beside its peers, on a server of its own.
//
//	go run . -list               what there is to measure
//	go run . -run rtt            one workload
//	go run . -run many-reads/256 one case of one
//	go run . -json               a JSON object for each result, a line each
//	go run . -md                 a table of what was asked for and what was reached
//
// See RESULTS.md for how to read what comes out.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/pprof"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"parley/bench/internal/harness"
)

// options are the command line's.
type options struct {
	list, json, md bool
	patterns, only string
	from, plot     string
	profile        string
	config         harness.Config
}

func parse(args []string, stderr io.Writer) (*options, error) {
	var o options
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.BoolVar(&o.list, "list", false, "list the workloads and their goals, and measure nothing")
	f.StringVar(&o.patterns, "run", "", "measure only these: names such as rtt or many-reads/256, separated by commas, with wildcards")
	f.StringVar(&o.only, "contestant", "", "let only these take part, separated by commas")
	f.BoolVar(&o.json, "json", false, "write each result as a JSON object in a line")
	f.BoolVar(&o.md, "md", false, "write the goals and what was reached as a Markdown table")
	f.StringVar(&o.from, "from", "", "measure nothing: read results from a file that -json has written")
	f.StringVar(&o.plot, "plot", "", "draw the sweep among the results that -from reads into an SVG file")
	f.IntVar(&o.config.Repetitions, "reps", 5, "measured repetitions of each contestant")
	f.DurationVar(&o.config.Duration, "duration", 300*time.Millisecond, "how long a repetition lasts that goes on and on")
	f.DurationVar(&o.config.Limit, "limit", 50*time.Second, "how long a workload may take: repetitions are left out beyond it")
	f.StringVar(&o.profile, "cpuprofile", "", "write a CPU profile, with the labels contestant and phase, to a file")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("bench: %q is no flag", f.Arg(0))
	}
	o.config.Only = split(o.only)
	return &o, nil
}

func split(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

// workloads are all there are, in the order in which they are run.
func workloads(e *env) []harness.Workload {
	all := []harness.Workload{rtt{e}, cold{e}, tx{e}, scanning{e}, structs{e}}
	all = append(all, hards(e)...)
	all = append(all, &replay{env: e}, manyReads{e}, manyWrites{e}, farReads{e}, mixed{e}, batch{e}, copyIn{e}, copyOut{e},
		stdsqlRTT{e}, stdsqlScan{e}, stdsqlReads{e}, connect{e}, idle{e})
	return append(append(all, growths(e)...), sweep{e})
}

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	e := newEnv()
	defer func() { _ = e.close() }()
	all := workloads(e)
	if o.list {
		list(stdout, all, split(o.patterns))
		return nil
	}
	closeOnSignal(e)
	stop, err := profile(o.profile)
	if err != nil {
		return err
	}
	defer stop()
	o.config.Log = func(format string, args ...any) { fmt.Fprintf(stderr, format+"\n", args...) }
	o.config.Place = e.place
	return o.measure(all, stdout, stderr)
}

// closeOnSignal ends the server when the user has had enough. The contexts that
// contestants get never end, as watching one costs something.
func closeOnSignal(e *env) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		_ = e.close()
		os.Exit(130)
	}()
}

func profile(file string) (stop func(), err error) {
	if file == "" {
		return func() {}, nil
	}
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close()
	}, nil
}

// list writes what there is.
func list(w io.Writer, all []harness.Workload, patterns []string) {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	defer func() { _ = t.Flush() }()
	for _, work := range all {
		info := work.Info()
		var cases []string
		for _, c := range work.Cases() {
			if harness.Selected(patterns, info.Name, c) {
				cases = append(cases, c.Name)
			}
		}
		if len(cases) == 0 {
			continue
		}
		fmt.Fprintf(t, "%s\t%s\n", info.Name, info.What)
		if cases[0] != "" {
			fmt.Fprintf(t, "\tcases: %s\n", strings.Join(cases, " "))
		}
		fmt.Fprintf(t, "\tper %s; compared by %s\n", info.Unit, info.Main)
		for _, g := range info.Goals {
			fmt.Fprintf(t, "\tgoal: %s\n", g)
		}
	}
}

// measure runs what was asked for, or reads it, and writes it.
func (o *options) measure(all []harness.Workload, stdout, stderr io.Writer) error {
	var results []*harness.Result
	yield := func(of []*harness.Result) error {
		results = append(results, of...)
		switch {
		case o.json:
			for _, r := range of {
				if err := r.Encode(stdout); err != nil {
					return err
				}
			}
		case o.md:
		default:
			return harness.Print(stdout, of)
		}
		return nil
	}
	if o.from != "" {
		return o.read(all, stdout)
	}
	patterns := split(o.patterns)
	for _, w := range all {
		if w.Info().Named && len(patterns) == 0 {
			continue
		}
		began := time.Now()
		before := len(results)
		if err := harness.Run(context.Background(), o.config, w, patterns, yield); err != nil {
			return err
		}
		if len(results) > before {
			fmt.Fprintf(stderr, "%s took %.0f s\n", w.Info().Name, time.Since(began).Seconds())
		}
	}
	if o.md {
		return table(stdout, all, results)
	}
	return nil
}

// read writes the table, or the results, of an earlier run.
func (o *options) read(all []harness.Workload, stdout io.Writer) error {
	f, err := os.Open(o.from)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	results, err := harness.Decode(bufio.NewReader(f), all)
	switch {
	case err != nil:
		return err
	case o.plot != "":
		return drawSweep(o.plot, results)
	case o.md:
		return table(stdout, all, results)
	}
	return harness.Print(stdout, results)
}

func table(w io.Writer, all []harness.Workload, results []*harness.Result) error {
	var infos []harness.Info
	for _, work := range all {
		infos = append(infos, work.Info())
	}
	return harness.Table(w, infos, results)
}

package harness

import (
	"context"
	"maps"
	"net"
)

// Workload is one line of the bench.
type Workload interface {
	Info() Info
	// Cases returns its cases; one without a name stands for the workload.
	Cases() []Case
	// Contestants returns who takes part in a case. Those of one name are its
	// variants.
	Contestants(Case) []Contestant
}

// Info describes a workload.
type Info struct {
	Name  string
	What  string // what is done, in a sentence
	Unit  string // what metrics are per: "statement", "row"
	Main  Metric // the one that ratios compare and variants compete in
	Goals []Goal

	// Named says that the workload is only run when it is named.
	Named bool

	// Slices cuts each repetition into so many shorter ones, each over a
	// connection of its own: for a client and a server that wait for each other
	// all the time, whom the kernel can place on one CPU or on two, and keeps
	// there. 0: none.
	Slices int
}

// Params are what distinguishes a case or a variant, as the results show it.
type Params map[string]any

// and returns both together.
func (p Params) and(q Params) Params {
	both := maps.Clone(p)
	if both == nil {
		both = Params{}
	}
	maps.Copy(both, q)
	return both
}

// Case is one size or kind of a workload.
type Case struct {
	Name   string
	Params Params
	N      int // the size, where it is one

	CPUs Placement
}

// Placement says on which CPUs client and server run. Where the kernel places
// two processes that wait for each other changes a round trip more than any
// client can.
type Placement uint8

// The placements.
const (
	Anywhere Placement = iota // as the kernel likes
	Together                  // on one CPU
	Apart                     // each on a CPU of its own, if there are two
)

// Dial opens a connection.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// Contestant is one variant of a contestant.
type Contestant struct {
	Name   string
	Params Params
	// Open connects and prepares. dial is nil, or what must be used to connect.
	Open func(ctx context.Context, dial Dial) (Trial, error)
	// Outside says that it is a program of its own, which needs no warming up
	// and whose exchanges cannot be counted.
	Outside bool
	// Absent says why it does not take part; Open is nil then.
	Absent string
}

// Trial is a variant that is ready to run.
type Trial interface {
	// Run does one repetition, and has the meter measure it.
	Run(ctx context.Context, m *Meter) error
	Close()
}

// Metric names a metric in the results.
type Metric string

// The metrics. Times are in nanoseconds. All but the throughput, which is in
// operations a second, and the quantiles are averages over the operations of a
// repetition.
const (
	WallP50    Metric = "wall_p50_ns" // of single operations
	WallP99    Metric = "wall_p99_ns"
	Wall       Metric = "wall_ns"
	CPU        Metric = "cpu_ns"
	Throughput Metric = "throughput"
	Allocs     Metric = "allocs"
	Bytes      Metric = "bytes" // allocated; of "idle": held
	Exchanges  Metric = "exchanges"
	Goroutines Metric = "goroutines" // of "idle" only
)

// better reports whether a is the better value of the metric.
func (m Metric) better(a, b float64) bool {
	if m == Throughput {
		return a > b
	}
	return a < b
}

// Goal is what Parley should reach in a workload. Exactly one of AtMost and
// AtLeast is set.
type Goal struct {
	Case    string // "": each
	Metric  Metric
	Against string // a contestant; "": the value itself
	AtMost  float64
	AtLeast float64
}

// For reports whether the goal is to be reached in a case. Those on one CPU are
// there to be looked at.
func (g Goal) For(c Case) bool {
	return c.CPUs != Together && (g.Case == "" || g.Case == c.Name)
}

// Met reports whether a value or ratio reaches the goal.
func (g Goal) Met(v float64) bool {
	if g.AtLeast != 0 {
		return v >= g.AtLeast
	}
	return v <= g.AtMost
}

package harness

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Meter measures one repetition. It belongs to the goroutine that runs the
// trial, which calls exactly one of Once, Loop and Crowd, or Set.
type Meter struct {
	budget time.Duration // how long Loop and Crowd go on
	brief  bool          // the repetition is for warming up or for counting
	values map[Metric]float64
	single histogram // durations of single operations

	began    time.Time
	cpu      time.Duration
	mallocs  uint64
	bytes    uint64
	tally    *Tally // nil: exchanges are not counted
	exchange int64
}

// newMeter returns a meter, to be used for one repetition after another.
func newMeter() *Meter { return &Meter{values: map[Metric]float64{}} }

// start makes the meter ready for a repetition.
func (m *Meter) start(budget time.Duration, brief bool, tally *Tally) {
	m.budget, m.brief, m.tally = budget, brief, tally
	clear(m.values)
	m.single.reset()
}

// Scale returns how many operations to do at once: n, or less when the
// repetition is not for measuring time.
func (m *Meter) Scale(n int) int {
	if m.brief {
		return max(1, n/50)
	}
	return n
}

// Budget returns how long the repetition should take.
func (m *Meter) Budget() time.Duration { return m.budget }

// Set sets a metric that is measured in a way of its own.
func (m *Meter) Set(metric Metric, value float64) { m.values[metric] = value }

// Once measures a function that does so many operations at one go.
func (m *Meter) Once(operations int, do func() error) error {
	m.begin()
	err := do()
	m.end(operations)
	return err
}

// Loop measures an operation that one caller does again and again.
func (m *Meter) Loop(do func() error) error {
	m.begin()
	done := 0
	last := m.began
	for {
		if err := do(); err != nil {
			return err
		}
		done++
		now := time.Now()
		m.single.add(now.Sub(last))
		if last = now; now.Sub(m.began) >= m.budget {
			break
		}
	}
	m.end(done)
	m.quantiles()
	return nil
}

// Crowd measures what n goroutines do again and again, each with a function of
// its own, which returns how many operations it has done. When there were none,
// nothing is timed. Each does it once beforehand, all together, so that making
// goroutines and their stacks is not part of it.
func (m *Meter) Crowd(n int, worker func(i int) func() (operations int, err error)) error {
	workers := make([]func() (int, error), n)
	for i := range workers {
		workers[i] = worker(i)
	}
	var total atomic.Int64
	var failed failure
	var warm, wg sync.WaitGroup
	start := make(chan struct{})
	warm.Add(n)
	for _, do := range workers {
		wg.Go(func() {
			if _, err := do(); err != nil {
				failed.set(err)
			}
			warm.Done()
			<-start
			total.Add(m.work(do, &failed))
		})
	}
	warm.Wait()
	m.begin()
	close(start)
	wg.Wait()
	m.end(int(total.Load()))
	m.quantiles()
	return failed.err
}

// work does an operation until the time is over or somebody's has failed.
func (m *Meter) work(do func() (int, error), failed *failure) (done int64) {
	for last := time.Now(); last.Sub(m.began) < m.budget && !failed.is.Load(); {
		operations, err := do()
		if err != nil {
			failed.set(err)
			return done
		}
		now := time.Now()
		if operations > 0 {
			m.single.add(now.Sub(last))
			done += int64(operations)
		}
		last = now
	}
	return done
}

// failure is the first error of many goroutines.
type failure struct {
	once sync.Once
	is   atomic.Bool
	err  error // after is
}

func (f *failure) set(err error) {
	f.once.Do(func() {
		f.err = err
		f.is.Store(true)
	})
}

// begin reads all counters; the clocks last, as reading the others takes time.
func (m *Meter) begin() {
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	m.mallocs, m.bytes = s.Mallocs, s.TotalAlloc
	if m.tally != nil {
		m.exchange = m.tally.Exchanges()
	}
	m.cpu, _ = cpuTime()
	m.began = time.Now()
}

// end reads them again, the clocks first.
func (m *Meter) end(operations int) {
	wall := time.Since(m.began)
	cpu, known := cpuTime()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	if operations == 0 {
		return
	}
	n := float64(operations)
	m.values[Wall] = float64(wall) / n
	m.values[Throughput] = n / wall.Seconds()
	if known {
		m.values[CPU] = float64(cpu-m.cpu) / n
	}
	m.values[Allocs] = float64(s.Mallocs-m.mallocs) / n
	m.values[Bytes] = float64(s.TotalAlloc-m.bytes) / n
	if m.tally != nil {
		m.values[Exchanges] = float64(m.tally.Exchanges()-m.exchange) / n
	}
}

func (m *Meter) quantiles() {
	if v, ok := m.single.quantile(0.5); ok {
		m.values[WallP50] = v
	}
	if v, ok := m.single.quantile(0.99); ok {
		m.values[WallP99] = v
	}
}

var errNothing = errors.New("no operation was done")

// repeat runs a trial once.
func (m *Meter) repeat(ctx context.Context, t Trial) error {
	runtime.GC() // what the one before left must not be this one's to clean up
	if err := t.Run(ctx, m); err != nil {
		return err
	}
	if len(m.values) == 0 {
		return errNothing
	}
	return nil
}

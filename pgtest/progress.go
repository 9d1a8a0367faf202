package pgtest

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// Progress tells what is being done, for a line or a bar.
type Progress struct {
	// Step is what kind of work this is: "notice" (something to know, no
	// work), "wait", "fetch", "unpack", "install", "initdb", "start".
	Step string
	// What is one line for a person, without a full stop.
	What string
	// Done and Total count bytes. Total is 0 when nobody knows it, and an
	// estimate while fetching: draw at most a full bar.
	Done, Total int64
	// Elapsed is the time since the step began.
	Elapsed time.Duration
	// Finished marks the last report of a step; Err is why it failed, if so.
	Finished bool
	Err      error
	// Long marks a step that takes long or changes the machine: worth telling
	// even when nobody asked.
	Long bool
}

// String is the report as one line.
func (p Progress) String() string {
	s := p.What
	if p.Step == "notice" {
		return s
	}
	if p.Done > 0 {
		s += fmt.Sprintf(": %.1f MB", float64(p.Done)/1e6)
		if p.Total > 0 {
			s += fmt.Sprintf(" of %.1f MB", float64(p.Total)/1e6)
		}
	}
	if p.Elapsed >= 100*time.Millisecond {
		s += fmt.Sprintf(" (%.1f s)", p.Elapsed.Seconds())
	}
	switch {
	case p.Err != nil:
		s += ", failed"
	case p.Finished:
		s += ", done"
	}
	return s
}

// ProgressLines returns a Config.Progress that writes each step to w as lines:
// when it begins, every two seconds while it lasts, and when it ends. It may be
// used by several goroutines at once.
func ProgressLines(w io.Writer) func(Progress) {
	return progressLines(w, false)
}

// defaultProgress is Config.Progress when nil: only what is worth an interruption.
var defaultProgress = progressLines(os.Stderr, true)

func progressLines(w io.Writer, onlyLong bool) func(Progress) {
	var mu sync.Mutex // keeps lines whole, guards last
	last := map[string]time.Duration{}
	return func(p Progress) {
		if onlyLong && !p.Long {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		at, seen := last[p.What]
		if seen && !p.Finished && p.Elapsed-at < 2*time.Second {
			return
		}
		last[p.What] = p.Elapsed
		if p.Finished {
			delete(last, p.What)
		}
		fmt.Fprintln(w, "pgtest:", p)
	}
}

// reporter hands progress to a function; the zero reporter uses the default.
type reporter struct{ to func(Progress) }

func (r reporter) report(p Progress) {
	if r.to == nil {
		defaultProgress(p)
		return
	}
	r.to(p)
}

// noticed keeps the default progress from saying the same for each server.
var noticed sync.Map // text -> true

// notice tells something that is worth knowing and no work.
func (r reporter) notice(format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	if r.to == nil {
		if _, said := noticed.LoadOrStore(what, true); said {
			return
		}
	}
	r.report(Progress{Step: "notice", What: what, Finished: true, Long: true})
}

// task is one step while it lasts; one goroutine owns it.
type task struct {
	r     reporter
	p     Progress
	since time.Time
}

// begin reports the start of a step. It must be ended.
func (r reporter) begin(step string, long bool, format string, args ...any) *task {
	t := &task{r: r, p: Progress{Step: step, What: fmt.Sprintf(format, args...), Long: long}, since: time.Now()}
	r.report(t.p)
	return t
}

// at reports how many bytes are done.
func (t *task) at(done, total int64) {
	t.p.Done, t.p.Total, t.p.Elapsed = done, total, time.Since(t.since)
	t.r.report(t.p)
}

// end reports the end of the step.
func (t *task) end(err error) {
	t.p.Finished, t.p.Err, t.p.Elapsed = true, err, time.Since(t.since)
	t.r.report(t.p)
}

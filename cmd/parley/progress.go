package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"parley/pgtest"
)

// progress returns what tells a person how far the work of getting a server
// has come: a bar on a terminal, else a line for what takes long.
func progress(w io.Writer) func(pgtest.Progress) {
	if isTerminal(w) {
		b := &bars{w: w}
		return b.report
	}
	lines := pgtest.ProgressLines(prefixed{w})
	return func(p pgtest.Progress) {
		if p.Long {
			lines(p)
		}
	}
}

// prefixed puts "parley:" before each line, in place of pgtest's own prefix.
type prefixed struct{ w io.Writer }

func (p prefixed) Write(line []byte) (int, error) {
	const own = "pgtest: "
	text := line
	if len(text) > len(own) && string(text[:len(own)]) == own {
		text = text[len(own):]
	}
	if _, err := fmt.Fprintf(p.w, "parley: %s", text); err != nil {
		return 0, err
	}
	return len(line), nil
}

// bars draws one bar at a time.
type bars struct {
	w io.Writer

	mu   sync.Mutex // guards the following
	what string
	bar  *progressbar.ProgressBar
}

func (b *bars) report(p pgtest.Progress) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p.Step == "notice" {
		fmt.Fprintln(b.w, "parley:", p.What)
		return
	}
	if p.What != b.what {
		b.begin(p)
	}
	if p.Total > 0 {
		b.bar.ChangeMax64(p.Total)
	}
	_ = b.bar.Set64(min(p.Done, max(p.Total, 1)))
	if p.Finished {
		b.end()
	}
}

func (b *bars) begin(p pgtest.Progress) {
	b.end()
	total := p.Total
	if total == 0 {
		total = -1
	}
	b.what = p.What
	b.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(b.w), progressbar.OptionSetDescription("parley: "+p.What),
		progressbar.OptionShowBytes(p.Total > 0), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetWidth(24), progressbar.OptionClearOnFinish(), progressbar.OptionSetRenderBlankState(true))
}

func (b *bars) end() {
	if b.bar != nil {
		_ = b.bar.Clear()
		b.bar, b.what = nil, ""
	}
}

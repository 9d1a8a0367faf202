package pgtest

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestProgressString(t *testing.T) {
	for want, p := range map[string]Progress{
		"fetching":                            {What: "fetching"},
		"fetching: 1.5 MB of 24.0 MB (2.5 s)": {What: "fetching", Done: 1_500_000, Total: 24_000_000, Elapsed: 2500 * time.Millisecond},
		"fetching: 1.5 MB (1.0 s), done":      {What: "fetching", Done: 1_500_000, Elapsed: time.Second, Finished: true},
		"fetching, failed":                    {What: "fetching", Finished: true, Err: errors.New("no")},
		"using 15":                            {Step: "notice", What: "using 15", Finished: true},
	} {
		if got := p.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A step has a line when it begins, at most one each two seconds, and one at its end.
func TestProgressLines(t *testing.T) {
	var b strings.Builder
	tell := ProgressLines(&b)
	for second := range 6 {
		tell(Progress{What: "fetching", Elapsed: time.Duration(second) * time.Second})
	}
	tell(Progress{What: "fetching", Elapsed: 6 * time.Second, Finished: true})
	const want = "pgtest: fetching\npgtest: fetching (2.0 s)\npgtest: fetching (4.0 s)\npgtest: fetching (6.0 s), done\n"
	if got := b.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// Without a Progress of the caller's own, only what takes long is told.
func TestProgressDefault(t *testing.T) {
	var b strings.Builder
	r := reporter{to: progressLines(&b, true)}
	r.begin("start", false, "starting").end(nil)
	r.begin("fetch", true, "fetching").end(nil)
	r.notice("using %d", 15)
	if got, want := b.String(), "pgtest: fetching\npgtest: fetching, done\npgtest: using 15\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestTask(t *testing.T) {
	var seen []Progress
	r := reporter{to: func(p Progress) { seen = append(seen, p) }}
	task := r.begin("fetch", true, "fetching %d", 18)
	task.at(5, 10)
	why := errors.New("no")
	task.end(why)
	if len(seen) != 3 {
		t.Fatalf("%d reports, want 3: %v", len(seen), seen)
	}
	if p := seen[0]; p.Step != "fetch" || p.What != "fetching 18" || p.Finished || !p.Long {
		t.Errorf("the first report is %+v", p)
	}
	if p := seen[2]; !p.Finished || p.Err != why || p.Done != 5 || p.Total != 10 || p.Elapsed <= 0 {
		t.Errorf("the last report is %+v", p)
	}
}

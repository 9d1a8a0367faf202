package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// play is a workload whose contestants do nothing but note their turns.
type play struct {
	turns *[]string
	who   []Contestant
}

func (p play) Info() Info {
	return Info{Name: "play", Unit: "turn", Main: Throughput, Slices: 2, Goals: []Goal{
		{Metric: Throughput, Against: "pgx", AtLeast: 2},
		{Metric: Allocs, AtMost: 1},
		{Case: "other", Metric: Wall, AtMost: 1},
	}}
}

func (p play) Cases() []Case {
	return []Case{{Name: "7", N: 7, Params: Params{"goroutines": 7}}, {Name: "1e7", N: 1e7, Params: Params{"goroutines": 10_000_000}, CPUs: Together}}
}

func (p play) Contestants(Case) []Contestant { return p.who }

// player sets its throughput to a value.
type player struct {
	name  string
	speed float64
	turns *[]string
}

func (p player) Run(_ context.Context, m *Meter) error {
	if !m.brief {
		*p.turns = append(*p.turns, p.name)
	}
	m.Set(Throughput, p.speed)
	m.Set(Allocs, 3)
	return nil
}

func (p player) Close() { *p.turns = append(*p.turns, "close "+p.name) }

func newPlay() play {
	turns := &[]string{}
	enter := func(name string, conns int, speed float64) Contestant {
		return Contestant{Name: name, Params: Params{"conns": conns}, Open: func(context.Context, Dial) (Trial, error) {
			return player{fmt.Sprint(name, conns), speed, turns}, nil
		}}
	}
	return play{turns, []Contestant{
		enter("parley", 1, 300),
		enter("pgx", 2, 50), enter("pgx", 4, 100), enter("pgx", 8, 70),
		{Name: "pq", Absent: "it is out"},
	}}
}

func TestContestantsTakeTurnsInTheirBestVariant(t *testing.T) {
	p := newPlay()
	var results []*Result
	var log []string
	config := Config{Repetitions: 2, Duration: time.Millisecond, Log: func(f string, a ...any) { log = append(log, fmt.Sprintf(f, a...)) }}
	if err := Run(t.Context(), config, p, []string{"play/7"}, func(r []*Result) error { results = r; return nil }); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(*p.turns, ", ")
	first := "parley1, pgx4, "
	slice := "close parley1, parley1, close pgx4, pgx4, " // over new connections
	want := "pgx2, pgx4, close pgx2, pgx8, close pgx8, " + first + strings.Repeat(slice, 3) + "close parley1, close pgx4, close parley1, close pgx4"
	if got != want {
		t.Errorf("the turns were\n%s, not\n%s", got, want)
	}
	if len(results) != 2 || results[1].Contestant != "pgx" || results[1].Params["conns"] != 4 {
		t.Errorf("the results are %+v", results)
	}
	if want := []string{"play/7: pq is absent: it is out"}; !slices.Equal(log, want) {
		t.Errorf("the log is %q", log)
	}
}

func TestTheJSONLine(t *testing.T) {
	p := newPlay()
	var out bytes.Buffer
	if err := Run(t.Context(), Config{Repetitions: 1}, p, []string{"play/7"}, func(r []*Result) error { return r[0].Encode(&out) }); err != nil {
		t.Fatal(err)
	}
	want := `{"workload":"play","contestant":"parley","params":{"conns":1,"goroutines":7},` +
		`"metrics":{"allocs":3,"throughput":300},"ratios":{"pgx":3}}` + "\n"
	if out.String() != want {
		t.Errorf("the line is\n%s, not\n%s", out.String(), want)
	}
	if !json.Valid(out.Bytes()) {
		t.Error("which is no JSON")
	}
}

func TestWhatWasWrittenCanBeReadAgain(t *testing.T) {
	p := newPlay()
	var text bytes.Buffer
	var written []*Result
	if err := Run(t.Context(), Config{Repetitions: 1}, p, nil, func(of []*Result) error {
		written = append(written, of...)
		for _, r := range of {
			if err := r.Encode(&text); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	read, err := Decode(&text, []Workload{p})
	if err != nil {
		t.Fatal(err)
	}
	var before, after bytes.Buffer
	if err := Table(&before, []Info{p.Info()}, written); err != nil {
		t.Fatal(err)
	}
	if err := Table(&after, []Info{p.Info()}, read); err != nil {
		t.Fatal(err)
	}
	for i, r := range read {
		if r.Case() != written[i].Case() {
			t.Errorf("%s is read as %s", written[i].Case(), r.Case())
		}
	}
	if before.String() != after.String() || len(read) != len(written) {
		t.Errorf("the table was\n%s and is\n%s", before.String(), after.String())
	}
	if !reflect.DeepEqual(written[0].Metrics, read[0].Metrics) {
		t.Errorf("metrics were %v and are %v", written[0].Metrics, read[0].Metrics)
	}
	want := "| `play/7` | throughput ≥ 2 × pgx | 3 | |\n| `play/7` | allocs ≤ 1 | 3 | missed |\n"
	if got := before.String(); !strings.HasSuffix(got, want) {
		t.Errorf("the table is\n%s", got)
	}
}

func TestDecodeSaysWhichLineIsWrong(t *testing.T) {
	_, err := Decode(strings.NewReader(`{"workload":"play"}`+"\n{"), []Workload{newPlay()})
	if err == nil || !strings.Contains(err.Error(), "number 2") {
		t.Errorf("the error is %v", err)
	}
}

func TestSelected(t *testing.T) {
	for pattern, want := range map[string]bool{
		"many-reads": true, "many-reads/256": true, "many-*": true, "many-reads/2*": true,
		"many": false, "many-reads/25": false, "many-reads-1ms": false, "/256": false, "many-reads/": false,
	} {
		if got := Selected([]string{"rtt", pattern}, "many-reads", Case{Name: "256"}); got != want {
			t.Errorf("%q selects it: %v", pattern, got)
		}
	}
	if !Selected(nil, "many-reads", Case{}) {
		t.Error("without a pattern it is not selected")
	}
}

func TestAFailureNamesTheContestant(t *testing.T) {
	p := newPlay()
	p.who[1].Open = func(context.Context, Dial) (Trial, error) { return nil, errTest }
	err := Run(t.Context(), Config{}, p, nil, func([]*Result) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "play/7: pgx: ") {
		t.Errorf("the error is %v", err)
	}
	if got := strings.Join(*p.turns, ", "); got != "close parley1" {
		t.Errorf("who was open was not closed: %s", got)
	}
}

func TestTimeIsLimited(t *testing.T) {
	p := newPlay()
	p.who = p.who[:1]
	if err := Run(t.Context(), Config{Limit: 1}, p, []string{"play/7"}, func([]*Result) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(*p.turns, ", "); got != "parley1, close parley1, close parley1" {
		t.Errorf("the turns were %s", got)
	}
}

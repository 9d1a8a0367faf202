package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"parley/bench/internal/harness"
)

// asked are the workloads that the bench must have.
const asked = "rtt cold tx scan structs wide numeric arrays json replay many-reads many-writes many-reads-1ms mixed batch copyin copyout" +
	" stdsql-rtt stdsql-scan stdsql-many-reads connect idle growth-rows growth-columns growth-goroutines growth-cache sweep"

func TestAllThatWasAskedForIsThere(t *testing.T) {
	var names []string
	for _, w := range workloads(newEnv()) {
		info := w.Info()
		names = append(names, info.Name)
		if info.What == "" || info.Unit == "" || info.Main == "" || len(w.Cases()) == 0 {
			t.Errorf("%s is not described: %+v", info.Name, info)
		}
		for _, g := range info.Goals {
			if (g.AtMost == 0) == (g.AtLeast == 0) {
				t.Errorf("%s: a goal must have one bound: %v", info.Name, g)
			}
			hit := false
			for _, c := range w.Cases() {
				hit = hit || g.For(c)
			}
			if !hit {
				t.Errorf("%s: a goal of no case: %v", info.Name, g)
			}
		}
	}
	if got := strings.Join(names, " "); got != asked {
		t.Errorf("there are\n%s, not\n%s", got, asked)
	}
}

func TestList(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{"-list", "-run", "many-reads,rtt/conn"}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"many-reads ", "cases: 1 16 64 256 1024\n", "goal: 256: throughput ≥ 6 × pgx", "cases: conn\n", "per statement; compared by cpu_ns"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the list does not have %q:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "many-writes") {
		t.Error("what was not asked for is listed")
	}
}

func TestWrongFlags(t *testing.T) {
	for _, args := range [][]string{{"-nonsense"}, {"rtt"}, {"-duration", "fast"}} {
		if err := run(args, io.Discard, io.Discard); err == nil {
			t.Errorf("%q is accepted", args)
		}
	}
}

// TestMeasure runs a workload of each kind on a real server, in a hurry, with the
// floor and pgx, so that it says whether the bench works, not whether Parley does.
func TestMeasure(t *testing.T) {
	var out, log bytes.Buffer
	err := run([]string{"-json", "-reps", "1", "-duration", "5ms", "-contestant", "floor,pgx", "-run", "rtt/conn,cold,tx,batch,many-reads/16"}, &out, &log)
	if err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	seen := map[string]harness.Result{}
	for s := bufio.NewScanner(&out); s.Scan(); {
		var r harness.Result
		if err := json.Unmarshal(s.Bytes(), &r); err != nil {
			t.Fatalf("%v in %s", err, s.Text())
		}
		seen[r.Workload+" "+r.Contestant] = r
	}
	for who := range strings.SplitSeq("rtt floor,rtt pgx,cold floor,cold pgx,tx floor,tx pgx,batch floor,batch pgx,many-reads floor,many-reads pgx", ",") {
		r, ok := seen[who]
		if !ok {
			t.Errorf("there is no result of %s", who)
			continue
		}
		for _, m := range []harness.Metric{harness.Wall, harness.CPU, harness.Throughput, harness.Exchanges} {
			if r.Metrics[m] <= 0 {
				t.Errorf("%s: %s is %v", who, m, r.Metrics[m])
			}
		}
	}
	for who, want := range map[string]float64{"rtt floor": 1, "rtt pgx": 1, "cold floor": 1, "tx floor": 2, "tx pgx": 3} {
		if got := seen[who].Metrics[harness.Exchanges]; got < want*0.98 || got > want*1.02 {
			t.Errorf("%s needs %v exchanges, not %v", who, got, want)
		}
	}
	if ratio := seen["rtt pgx"].Ratios["floor"]; ratio <= 0 {
		t.Errorf("the ratio of pgx to the floor is %v", ratio)
	}
}

func TestTheNetworkDelaysStatements(t *testing.T) {
	e := newEnv()
	defer func() {
		if err := e.close(); err != nil {
			t.Error(err)
		}
	}()
	if err := e.wantPoints(t.Context()); err != nil {
		t.Fatal(err)
	}
	dsn, err := e.delayedDSN(t.Context(), latency)
	if err != nil {
		t.Fatal(err)
	}
	get, close, err := openPgxPoint(t.Context(), target{dsn: dsn})
	if err != nil {
		t.Fatal(err)
	}
	defer close()
	for range 5 {
		began := time.Now()
		if value, err := get(t.Context(), 6); err != nil || value != 42 {
			t.Fatalf("%d, %v", value, err)
		}
		if took := time.Since(began); took < 2*latency {
			t.Errorf("a statement took %v over a network with a latency of %v", took, latency)
		}
	}
}

package parley

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/wire"
)

// lanesSimulated is how many seeds TestLanesSimulation plays, unless the
// variable PARLEY_SIMULATIONS says otherwise.
const lanesSimulated = 1500

// Many callers share lanes to model servers, over connections that go wrong in
// every way, with contexts that end at any moment. Whatever happens: a result is
// that of its caller, an error too; a write that succeeded is stored once, one
// that was not sent never, and no write twice; nobody hangs; and after Close no
// goroutine is left.
func TestLanesSimulation(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("PARLEY_SIMULATIONS"))
	if err != nil {
		n = lanesSimulated
	}
	if testing.Short() {
		n /= 10
	}
	first, _ := strconv.ParseUint(os.Getenv("PARLEY_SEED"), 10, 64)
	for seed := first; seed < first+uint64(n); seed++ {
		synctest.Test(t, func(t *testing.T) { simulateLanes(t, seed) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func simulateLanes(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 5))
	w := newWorld(seed)
	w.based = r.IntN(2) == 0
	config := Config{
		ConnString:       modelString,
		Dial:             w.dial,
		Lanes:            1 + r.IntN(3),
		MaxConns:         1 + r.IntN(3),
		Grouping:         Grouping(r.IntN(3)),
		StatementCache:   []int{0, -1, 2}[r.IntN(3)],
		CancelTimeout:    time.Duration(100+r.IntN(2000)) * time.Millisecond,
		ReconnectTimeout: time.Duration(r.IntN(3000)) * time.Millisecond,
		Notice:           w.heard,
		AfterConnect:     w.afterConnect(),
		MaxHeld:          []int{0, 2000}[r.IntN(2)],
		MinIdle:          r.IntN(2),
		MaxLifetime:      []time.Duration{0, time.Second}[r.IntN(2)],
		MaxIdleTime:      []time.Duration{0, time.Second}[r.IntN(2)],
	}
	db, err := OpenConfig(t.Context(), config)
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	faulty := r.IntN(3) > 0
	w.setFaulty(faulty)
	var wg sync.WaitGroup
	fates := make([][]fate, 1+r.IntN(12))
	for i := range fates {
		c := &simulatedCaller{t: t, db: db, world: w, r: rand.New(rand.NewPCG(seed, uint64(100+i))), name: fmt.Sprintf("%d/%d", seed, i)}
		wg.Go(func() { fates[i] = c.run(5 + c.r.IntN(20)) })
	}
	closesEarly := r.IntN(10) == 0
	if closesEarly {
		<-time.After(time.Duration(r.IntN(100)) * time.Millisecond)
		_ = db.Close()
	}
	defer overdue(t, db, seed)()
	wg.Wait()
	if !closesEarly {
		w.setFaulty(false)
		quiet(t, db, seed, faulty)
		complete(t, db, seed)
	}
	_ = db.Close()
	synctest.Wait()
	w.hangUp()
	w.judge(t, seed, fates)
}

// fate is what a caller was told of a write.
type fate struct {
	marker string
	err    error
	fails  bool // it cannot be stored
}

// judge compares what callers were told with what was stored.
func (w *world) judge(t *testing.T, seed uint64, fates [][]fate) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.problems {
		t.Errorf("seed %d: %s", seed, p)
	}
	for _, list := range fates {
		for _, f := range list {
			n := w.stored[f.marker]
			sent := false
			if e, ok := errors.AsType[*OpError](f.err); ok {
				sent = e.Sent
			}
			switch {
			case n > 1:
				t.Errorf("seed %d: %s was stored %d times", seed, f.marker, n)
			case f.err == nil && n != 1:
				t.Errorf("seed %d: %s was acknowledged and is not stored", seed, f.marker)
			case f.fails && n != 0:
				t.Errorf("seed %d: %s was stored, which fails", seed, f.marker)
			case f.err != nil && !sent && n != 0:
				t.Errorf("seed %d: %s is stored, and its caller was told that it was not sent: %v", seed, f.marker, f.err)
			}
		}
	}
}

// simulatedCaller is one caller.
type simulatedCaller struct {
	t     *testing.T
	db    *DB
	world *world
	r     *rand.Rand
	name  string
	fates []fate
}

func (s *simulatedCaller) run(n int) []fate {
	for i := range n {
		if s.r.IntN(4) == 0 {
			<-time.After(time.Duration(s.r.IntN(3000)) * time.Microsecond)
		}
		s.step(fmt.Sprintf("%s/%d", s.name, i))
	}
	return s.fates
}

// step runs one statement, under a context that may end at any moment.
func (s *simulatedCaller) step(marker string) {
	ctx, stop := s.t.Context(), context.CancelFunc(func() {})
	if s.r.IntN(2) == 0 {
		ctx, stop = context.WithTimeout(ctx, s.moment())
	}
	defer stop()
	began := time.Now()
	v := s.r.IntN(3)
	switch s.r.IntN(15) {
	case 11:
		s.read(ctx, "select $1 from echo -- "+marker, marker, 1) // which nobody has run before
	case 12, 13:
		s.beside(ctx, marker)
	case 14:
		if s.r.IntN(2) == 0 {
			s.contend(marker)
		} else {
			s.contendForLane(marker)
		}
	case 8:
		s.read(ctx, fmt.Sprintf("select $1 from shape %d", v), marker, 1)
	case 9:
		s.beside(ctx, marker)
	case 10:
		s.disturb()
	case 0, 1, 2:
		s.read(ctx, fmt.Sprintf("select $1 from echo %d", v), marker, 1)
	case 3:
		s.read(ctx, fmt.Sprintf("select $1 from big %d", v), marker, 200)
	case 4:
		s.read(ctx, "select $1 from slow", marker, 1)
	case 5:
		_, err := s.db.Exec(ctx, "select $1 from fail", marker)
		s.check(err, true)
	case 6:
		_, err := s.db.Exec(ctx, fmt.Sprintf("insert into log values ($1) -- %d", v), marker)
		s.check(err, false)
		s.fates = append(s.fates, fate{marker, err, false})
	case 7:
		if s.r.IntN(3) > 0 {
			return
		}
		_, err := s.db.Exec(ctx, "insert into late values ($1)", marker)
		s.check(err, true)
		s.fates = append(s.fates, fate{marker, err, true})
	}
	if took := time.Since(began); took > 20*time.Second {
		s.t.Errorf("%s: a call took %v", marker, took)
	}
}

// disturb changes what others rely on.
func (s *simulatedCaller) disturb() {
	if s.r.IntN(2) == 0 {
		s.world.reshape()
		return
	}
	if all := *s.db.lanes.all.Load(); len(all) > 0 {
		all[s.r.IntN(len(all))].retire() // as for its age
	}
}

// textRows is a taker that expects rows of one value, in each of its columns.
type textRows struct {
	want    string
	rows    int
	bad     string
	columns int
}

func (x *textRows) begin(d *description, _ []wire.Format) error {
	x.rows, x.columns = 0, len(d.columns)
	return nil
}

func (x *textRows) row(body []byte) error {
	r := wire.ReadRow(body)
	n := 0
	for v, ok := r.Next(); ok; v, ok = r.Next() {
		if n++; string(v) != x.want {
			x.bad = string(v)
		}
	}
	if n != x.columns {
		x.bad = fmt.Sprintf("%d columns where %d were described", n, x.columns)
	}
	x.rows++
	return nil
}

func (s *simulatedCaller) read(ctx context.Context, sql, marker string, rows int) {
	x := textRows{want: marker}
	tag, err := s.db.collect(ctx, sql, []any{marker}, &sink{taker: &x})
	s.check(err, false)
	if x.bad != "" || err == nil && (x.rows != rows || tag.Rows() != int64(rows)) {
		s.t.Errorf("%s: %d rows, one of them %q, %v", marker, x.rows, x.bad, err)
	}
}

// check checks an error: that of the server is only for those who fail, or whose
// statement may be refused.
func (s *simulatedCaller) check(err error, fails bool, refusals ...string) {
	e, ok := errors.AsType[*ServerError](err)
	op, _ := errors.AsType[*OpError](err)
	_, connect := errors.AsType[*ConnectError](err)
	switch {
	case err == nil && fails:
		s.t.Errorf("%s: a statement that fails has succeeded", s.name)
	case ok && slices.Contains(refusals, e.Code):
	case ok && !e.Fatal() && (!fails || e.Code != "22000" && e.Code != "23503"):
		s.t.Errorf("%s: the error of somebody else: %v, of %q", s.name, err, e.SQL)
	case err != nil && !ok && op == nil && !connect:
		s.t.Errorf("%s: an error of no kind: %v", s.name, err)
	}
}

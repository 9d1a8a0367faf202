package parley

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/exchange"
	"parley/pgtest"
	"parley/wire"
)

// simulations is how many seeds TestSimulation plays.
const simulations = 3000

// A caller does one thing after another over a connection that goes wrong in
// every way, against a model of a server. Whatever happens, a result belongs to
// its request, and the connection is either usable or closed.
func TestSimulation(t *testing.T) {
	n := uint64(simulations)
	if testing.Short() {
		n /= 10
	}
	processors := []int{1, 2, 3, 8} // each schedules differently
	for i, p := range processors {
		t.Run(fmt.Sprint(p, " processors"), func(t *testing.T) {
			before := runtime.GOMAXPROCS(p)
			defer runtime.GOMAXPROCS(before)
			for seed := uint64(i); seed < n && !t.Failed(); seed += uint64(len(processors)) {
				synctest.Test(t, func(t *testing.T) { simulate(t, seed) })
			}
		})
	}
}

func simulate(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 3))
	faults := func() pgtest.Faults {
		f := pgtest.Faults{ShortReads: r.IntN(2) == 0, ShortWrites: r.IntN(2) == 0}
		if r.IntN(2) == 0 {
			f.Latency = time.Duration(r.IntN(3)) * time.Millisecond
		}
		if r.IntN(3) == 0 {
			f.Break, f.At = []pgtest.Break{pgtest.Cut, pgtest.Reset}[r.IntN(2)], int64(r.IntN(6000))
		}
		return f
	}
	pipe := pgtest.PipeConfig{Buffer: 4096 << r.IntN(5), Seed: seed, ToServer: faults(), ToClient: faults()}
	near, far := pgtest.Pipe(pipe)
	m := newModel(t, far, seed)
	config := &Config{StatementCache: []int{0, -1, 2}[r.IntN(3)], CancelTimeout: time.Duration(50+r.IntN(1000)) * time.Millisecond,
		MaxNotifications: []int{0, 3}[r.IntN(2)]}
	c := newConn(config, session{cancel: m.cancel(r.IntN(8) == 0)}, exchange.NewLine(near, &wire.Buffer{}), map[string]string{}, wire.TxIdle)
	var wg sync.WaitGroup
	wg.Go(m.serve)
	s := &simulated{t: t, c: c, r: r, seed: seed}
	for range 1 + r.IntN(20) {
		if s.step(); t.Failed() {
			break
		}
	}
	s.rest()
	alive := c.Alive()
	if unharmed := pipe.ToServer.Break == 0 && pipe.ToClient.Break == 0 && config.CancelTimeout > 500*time.Millisecond; unharmed && !alive && !s.closed {
		s.errorf("the connection was lost for no reason: %v", c.line.Broken())
	}
	_ = c.Close()
	_ = far.Close()
	wg.Wait()
	if got := s.noted + len(c.notes) + c.lost; alive && got != m.notes {
		s.errorf("%d notifications came, %d were sent", got, m.notes)
	}
	for name, sql := range m.statements {
		if st := c.cache.get(sql); alive && name != "" && (st == nil || st.name != name) && !slices.Contains(c.cache.dropped, name) {
			s.errorf("statement %q, %q, was forgotten", name, sql)
		}
	}
}

// simulated is the caller.
type simulated struct {
	t       *testing.T
	c       *Conn
	r       *rand.Rand
	seed    uint64
	next    int             // marker
	used    []string        // statements with rows, to be used again
	closed  bool            // on purpose
	noted   int             // notifications that came or were told to be lost
	sent    map[string]bool // texts of this step
	codes   []string        // that a statement of this step may fail with
	another bool            // a statement of this transaction has run
}

func (s *simulated) errorf(format string, args ...any) {
	s.t.Helper()
	s.t.Errorf("seed %d: "+format, append([]any{s.seed}, args...)...)
}

// step does one thing, under a context that may end at any moment.
func (s *simulated) step() {
	ctx, stop := s.t.Context(), context.CancelFunc(func() {})
	if s.r.IntN(2) == 0 {
		ctx, stop = context.WithTimeout(ctx, time.Duration(s.r.IntN(20_000))*time.Microsecond)
	}
	defer stop()
	s.sent, s.codes = map[string]bool{}, []string{"22000"}
	began := time.Now()
	acts := []func(context.Context) error{s.short, s.short, s.long, s.exec, s.batch, s.batch, s.tx, s.tx, s.closeRows, s.prepared,
		s.script, s.copyIn, s.copyOut, s.wait, s.forget, s.wrongVerb, s.close}
	s.check(acts[s.r.IntN(len(acts))](ctx), time.Since(began))
}

func (s *simulated) short(ctx context.Context) error { return s.query(ctx, s.c, s.marker(0, 10)) }
func (s *simulated) long(ctx context.Context) error  { return s.query(ctx, s.c, s.marker(1000, 2)) }
func (s *simulated) exec(ctx context.Context) error {
	_, err := s.c.Exec(ctx, s.marker(5, 5))
	return err
}

// marker returns a SELECT with a marker of its own, or, so that some are hot,
// one that was used before; it returns up to so many rows.
func (s *simulated) marker(sleep, rows int) string {
	if len(s.used) > 0 && s.r.IntN(2) == 0 {
		sql := s.used[s.r.IntN(len(s.used))]
		s.sent[sql] = true
		return sql
	}
	sql := s.text("select", sleep, rows)
	s.used = append(s.used, sql)
	return sql
}

// text returns a new statement.
func (s *simulated) text(verb string, sleep, n int) string {
	s.next++
	word := "ok"
	if s.r.IntN(6) == 0 {
		word = []string{"parse", "bind", "execute"}[s.r.IntN(3)] // where it fails
	}
	sql := fmt.Sprintf("%s %d %d %d %s", verb, s.next, s.r.IntN(n+1), s.r.IntN(sleep+1), word)
	s.sent[sql] = true
	return sql
}

// query runs a statement and checks that the rows are its own.
func (s *simulated) query(ctx context.Context, on queryer, sql string) error {
	return s.all(on.Query(ctx, sql), sql)
}

func (s *simulated) all(rows *Rows, sql string) error {
	n := 0
	for rows.Next() {
		s.owns(rows.Raw(), sql, n)
		n++
	}
	if want, _ := strconv.Atoi(strings.Fields(sql)[2]); rows.Err() == nil && n != want {
		s.errorf("%d rows, want %d", n, want)
	}
	return rows.Err()
}

func (s *simulated) owns(raw [][]byte, sql string, n int) {
	if len(raw) != 2 || string(raw[0]) != sql || string(raw[1]) != strconv.Itoa(n) {
		s.errorf("row %d of %q is %q", n, sql, raw)
	}
}

func (s *simulated) closeRows(ctx context.Context) error {
	rows := s.c.Query(ctx, s.marker(0, 300))
	rows.Next()
	return rows.Close()
}

func (s *simulated) batch(ctx context.Context) error {
	s.codes = append(s.codes, "26000") // where it is not safe to send it again
	b := Batch{Separate: s.r.IntN(2) == 0}
	for range s.r.IntN(6) {
		if s.r.IntN(12) == 0 {
			b.Exec("deallocate all")
			continue
		}
		sql, n := s.marker(2, 20), 0
		b.Query(func(i *Item) error {
			s.owns(i.Raw(), sql, n)
			n++
			return nil
		}, sql)
	}
	results, err := s.c.Run(ctx, &b)
	for i, r := range results {
		want := "DEALLOCATE ALL"
		if w := strings.Fields(b.items[i].sql); w[0] == "select" {
			want = "SELECT " + w[2]
		}
		if r.Err == nil && r.Tag.String() != want {
			s.errorf("statement %d has the tag %q, want %q", i, r.Tag, want)
		}
	}
	return err
}

// close sometimes closes the connection in the middle of a statement.
func (s *simulated) close(ctx context.Context) error {
	if s.r.IntN(4) > 0 {
		return nil
	}
	s.closed = true
	after := time.AfterFunc(time.Duration(s.r.IntN(5))*time.Millisecond, func() { _ = s.c.Close() })
	defer after.Stop()
	return s.query(ctx, s.c, s.marker(20, 10))
}

// check checks what a call left behind.
func (s *simulated) check(err error, took time.Duration) {
	if limit := 10 * time.Second; took > limit {
		s.errorf("a call took %v", took)
	}
	alive := s.c.Alive()
	e, isServer := errors.AsType[*ServerError](err)
	expected := errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errTide) ||
		errors.Is(err, ErrRolledBack) || errors.Is(err, ErrTxLost) // an error of a savepoint is passed over
	switch {
	case isServer && (!slices.Contains(s.codes, e.Code) || !s.sent[e.SQL]):
		s.errorf("the error of somebody else: %v, of %q", err, e.SQL)
	case alive && err != nil && !isServer && !expected:
		s.errorf("%v, and yet the connection is alive", err)
	case alive && (s.c.queue.Len() > 0 || s.c.busy != "" || len(s.c.parts) > 0 || len(s.c.out) > 0 || s.c.status != 'I' || s.c.begin != ""):
		s.errorf("the connection is not at rest: %d parts owed, busy with %q, status %q", s.c.queue.Len(), s.c.busy, s.c.status)
	}
}

// rest checks that a connection that is alive works, and lets the last
// notifications come.
func (s *simulated) rest() {
	<-time.After(time.Second)
	for range 2 {
		if err := s.query(s.t.Context(), s.c, "select 77 3 0 ok"); err != nil && s.c.Alive() {
			s.errorf("a connection that is alive: %v", err)
		}
	}
}

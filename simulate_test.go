package parley

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
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
	n := simulations
	if testing.Short() {
		n /= 10
	}
	for seed := range uint64(n) {
		synctest.Test(t, func(t *testing.T) { simulate(t, seed) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
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
	m := &model{t: t, conn: far, r: rand.New(rand.NewPCG(seed, 4)), cancelled: make(chan struct{}, 1), statements: map[string]string{}}
	config := &Config{StatementCache: []int{0, -1, 2}[r.IntN(3)], CancelTimeout: time.Duration(50+r.IntN(1000)) * time.Millisecond}
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
		t.Errorf("seed %d: the connection was lost for no reason: %v", seed, c.line.Broken())
	}
	_ = c.Close()
	_ = far.Close()
	wg.Wait()
	for name, sql := range m.statements {
		if st := c.cache.get(sql); alive && name != "" && (st == nil || st.name != name) && !slices.Contains(c.cache.dropped, name) {
			t.Errorf("seed %d: statement %q, %q, was forgotten", seed, name, sql)
		}
	}
}

// simulated is the caller.
type simulated struct {
	t      *testing.T
	c      *Conn
	r      *rand.Rand
	seed   uint64
	next   int  // marker
	closed bool // on purpose
}

// step does one thing, under a context that may end at any moment.
func (s *simulated) step() {
	ctx, stop := s.t.Context(), context.CancelFunc(func() {})
	if s.r.IntN(2) == 0 {
		ctx, stop = context.WithTimeout(ctx, time.Duration(s.r.IntN(20_000))*time.Microsecond)
	}
	defer stop()
	began := time.Now()
	var err error
	switch s.r.IntN(8) {
	case 0, 1:
		err = s.query(ctx, s.c, s.marker(0, 10))
	case 2:
		err = s.query(ctx, s.c, s.marker(1000, 2))
	case 3:
		_, err = s.c.Exec(ctx, s.marker(5, 5))
	case 4:
		err = s.batch(ctx)
	case 5:
		err = s.c.Tx(ctx, TxOptions{}, func(tx *Tx) error {
			for range s.r.IntN(4) {
				if err := s.query(ctx, tx, s.marker(0, 10)); err != nil {
					return err
				}
			}
			return nil
		})
	case 6:
		rows := s.c.Query(ctx, s.marker(0, 300))
		rows.Next()
		err = rows.Close()
	case 7:
		err = s.close(ctx)
	}
	s.check(err, time.Since(began))
}

// marker returns a statement with a marker of its own, or, so that some are hot,
// one of a few that were used before; it returns up to so many rows.
func (s *simulated) marker(sleep, rows int) string {
	s.next++
	n := s.next
	if s.r.IntN(2) == 0 {
		n = -s.r.IntN(4)
	}
	word := "ok"
	if s.r.IntN(6) == 0 {
		word = []string{"parse", "bind", "execute"}[s.r.IntN(3)] // where it fails
	}
	return fmt.Sprintf("select %d %d %d %s", n, s.r.IntN(rows+1), s.r.IntN(sleep+1), word)
}

// query runs a statement and checks that the rows are its own.
func (s *simulated) query(ctx context.Context, on queryer, sql string) error {
	rows := on.Query(ctx, sql)
	n := 0
	for rows.Next() {
		s.owns(rows.Raw(), sql, n)
		n++
	}
	if want, _ := strconv.Atoi(strings.Fields(sql)[2]); rows.Err() == nil && n != want {
		s.t.Errorf("seed %d: %d rows, want %d", s.seed, n, want)
	}
	return rows.Err()
}

func (s *simulated) owns(raw [][]byte, sql string, n int) {
	if len(raw) != 2 || string(raw[0]) != sql || string(raw[1]) != strconv.Itoa(n) {
		s.t.Errorf("seed %d: row %d of %q is %q", s.seed, n, sql, raw)
	}
}

func (s *simulated) batch(ctx context.Context) error {
	b := Batch{Separate: s.r.IntN(2) == 0}
	for range s.r.IntN(6) {
		sql, n := s.marker(2, 20), 0
		b.Query(func(i *Item) error {
			s.owns(i.Raw(), sql, n)
			n++
			return nil
		}, sql)
	}
	results, err := s.c.Run(ctx, &b)
	for i, r := range results {
		if want := "SELECT " + strings.Fields(b.items[i].sql)[2]; r.Err == nil && r.Tag.String() != want {
			s.t.Errorf("seed %d: statement %d has the tag %q, want %q", s.seed, i, r.Tag, want)
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
		s.t.Errorf("seed %d: a call took %v", s.seed, took)
	}
	alive := s.c.Alive()
	switch e, isServer := errors.AsType[*ServerError](err); {
	case isServer && (e.Code != "22000" || !strings.HasPrefix(e.SQL, "select")):
		s.t.Errorf("seed %d: the error of somebody else: %v, of %q", s.seed, err, e.SQL)
	case alive && err != nil && !isServer && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, ErrRolledBack):
		s.t.Errorf("seed %d: %v, and yet the connection is alive", s.seed, err)
	case alive && (s.c.queue.Len() > 0 || s.c.busy != "" || len(s.c.parts) > 0 || len(s.c.out) > 0 || s.c.status != 'I' || s.c.begin != ""):
		s.t.Errorf("seed %d: the connection is not at rest: %d parts owed, busy with %q, status %q", s.seed, s.c.queue.Len(), s.c.busy, s.c.status)
	}
}

// rest checks that a connection that is alive works.
func (s *simulated) rest() {
	for range 2 {
		if err := s.query(s.t.Context(), s.c, "select 77 3 0 ok"); err != nil && s.c.Alive() {
			s.t.Errorf("seed %d: a connection that is alive: %v", s.seed, err)
		}
	}
}

// model is a small server. A statement "select N R S WORD" returns R rows that
// hold its text, after S milliseconds, or fails at the message that WORD says.
type model struct {
	t          *testing.T
	conn       net.Conn
	r          *rand.Rand
	in         wire.Buffer
	cancelled  chan struct{}
	statements map[string]string
	sql        string // bound
	status     wire.TxStatus
	failed     bool // until Sync
}

// cancel returns what a CancelRequest does: one that is late hits what comes
// next, as with the real thing, unless the client waits.
func (m *model) cancel(slow bool) func(context.Context) error {
	return func(ctx context.Context) error {
		if slow {
			select {
			case <-time.After(30 * time.Millisecond):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		select {
		case m.cancelled <- struct{}{}:
		default:
		}
		return nil
	}
}

func (m *model) serve() {
	defer m.conn.Close()
	m.status = wire.TxIdle
	for {
		f, err := m.in.ReadFrame(m.conn, wire.PhaseFrontend)
		if err != nil || f.Type == 'X' || !m.answer(f) {
			return
		}
	}
}

func (m *model) send(msgs ...wire.Message) bool {
	var out []byte
	for _, msg := range msgs {
		var err error
		if out, err = msg.Append(out); err != nil {
			m.t.Error(err)
			return false
		}
	}
	_, err := m.conn.Write(out)
	return err == nil
}

func (m *model) fail(code string) bool {
	m.failed = true
	if m.status == wire.TxActive {
		m.status = wire.TxFailed
	}
	return m.send(pgtest.Failure(code, "as it should"))
}

// answer answers a message, and reports whether to go on.
func (m *model) answer(f wire.Frame) bool {
	if f.Type == 'S' {
		m.failed = false
		select {
		case <-m.cancelled: // it came late, and finds a backend that waits
		default:
		}
		return m.send(&wire.ReadyForQuery{Status: m.status})
	}
	if m.failed {
		return true
	}
	switch f.Type {
	case 'P':
		return m.parse(f.Body)
	case 'D':
		return m.send(&wire.ParameterDescription{}, pgtest.Columns("sql", "number"))
	case 'B':
		return m.bind(f.Body)
	case 'E':
		return m.execute()
	case 'C':
		var c wire.Close
		if err := c.Parse(f.Body); err != nil {
			m.t.Error(err)
		}
		delete(m.statements, c.Name)
		return m.send(&wire.CloseComplete{})
	case 'Q':
		return m.simple(f.Body)
	}
	m.t.Errorf("the client sent a message of type %q", f.Type)
	return false
}

func (m *model) word(sql string) string {
	return strings.Fields(sql)[max(0, len(strings.Fields(sql))-1)]
}

func (m *model) parse(body []byte) bool {
	var p wire.Parse
	if err := p.Parse(body); err != nil {
		m.t.Error(err)
	}
	if _, taken := m.statements[p.Statement]; taken && p.Statement != "" {
		m.t.Errorf("statement %q is prepared twice", p.Statement)
	}
	if m.word(p.SQL) == "parse" {
		return m.fail("22000")
	}
	m.statements[p.Statement] = p.SQL
	return m.send(&wire.ParseComplete{})
}

func (m *model) bind(body []byte) bool {
	var b wire.Bind
	if err := b.Parse(body); err != nil {
		m.t.Error(err)
	}
	sql, ok := m.statements[b.Statement]
	switch {
	case !ok:
		m.t.Errorf("statement %q is bound, which is not prepared", b.Statement)
		return m.fail("26000")
	case m.word(sql) == "bind" || m.status == wire.TxFailed && !strings.HasPrefix(sql, "rollback"):
		return m.fail("22000")
	}
	m.sql = sql
	return m.send(&wire.BindComplete{})
}

func (m *model) execute() bool {
	switch word, _, _ := strings.Cut(m.sql, " "); word {
	case "begin":
		m.status = wire.TxActive
		return m.send(pgtest.Done("BEGIN"))
	case "commit", "rollback":
		m.status = wire.TxIdle
		return m.send(pgtest.Done(strings.ToUpper(word)))
	}
	w := strings.Fields(m.sql)
	rows, _ := strconv.Atoi(w[2])
	sleep, _ := strconv.Atoi(w[3])
	if !m.sleep(time.Duration(sleep) * time.Millisecond) {
		return m.fail("57014")
	}
	for i := range rows {
		if i == rows/2 && w[4] == "execute" {
			return m.fail("22000")
		}
		if !m.send(pgtest.Row(m.sql, i)) {
			return false
		}
	}
	if w[4] == "execute" {
		return m.fail("22000")
	}
	return m.send(pgtest.Done("SELECT " + w[2]))
}

// sleep waits, and reports whether nobody cancelled it.
func (m *model) sleep(d time.Duration) bool {
	if m.r.IntN(3) == 0 {
		d += time.Duration(m.r.IntN(3)) * time.Millisecond
	}
	select {
	case <-m.cancelled:
		return false
	case <-time.After(d):
		return true
	}
}

func (m *model) simple(body []byte) bool {
	var q wire.Query
	if err := q.Parse(body); err != nil {
		m.t.Error(err)
	}
	return m.send(pgtest.Done("ROLLBACK"), pgtest.Done("RELEASE"), &wire.ReadyForQuery{Status: m.status})
}

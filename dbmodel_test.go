package parley

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"parley/pgtest"
	"parley/wire"
)

// world is a small database that many sessions of model servers share. A write
// counts when its transaction ends, as it does in PostgreSQL.
type world struct {
	mu       sync.Mutex // guards the following
	r        *rand.Rand
	stored   map[string]int // markers that were committed, and how often
	sessions map[uint32]*backend
	next     uint32
	faulty   bool // connections break
	isDown   bool // there are no servers
	slowDial time.Duration
	mute     map[uint32]bool // sessions that say nothing more
	lag      time.Duration   // until a CancelRequest is taken
	problems []string
	near     []*closeCounter
	running  sync.WaitGroup
	dials    atomic.Int64
	shape    int  // of the table shape: it has so many columns more than one
	based    bool // every session begins with the setting base
	deadly   deadly
	miscount string        // how statements that have a name fail: 42P05, 26000
	tap      chan struct{} // lets a row of the table drip go; set while nothing runs
}

func newWorld(seed uint64) *world {
	return &world{r: rand.New(rand.NewPCG(seed, 6)), stored: map[string]int{}, sessions: map[uint32]*backend{}}
}

// modelString is a connection string that needs nothing of the machine.
const modelString = "host=127.0.0.1 sslmode=disable user=u dbname=d connect_timeout=3 passfile=/nowhere servicefile=/nowhere"

// down takes all servers down, or brings them back.
func (w *world) down(isDown bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.isDown = isDown
	if isDown {
		for _, b := range w.sessions {
			_ = b.conn.Close()
		}
	}
}

// silence makes those who serve the lanes now say nothing more.
func (w *world) silence(db *DB) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mute = map[uint32]bool{}
	for _, l := range *db.lanes.all.Load() {
		w.mute[l.conn.ProcessID()] = true
	}
}

// silent reports whether a session says nothing more.
func (b *backend) silent() bool {
	b.world.mu.Lock()
	defer b.world.mu.Unlock()
	return b.world.mute[b.id]
}

// closeCounter is the client's end of a connection.
type closeCounter struct {
	net.Conn
	closed atomic.Bool
	tears  atomic.Int64 // if it is not 0: so many bytes are written, then a part of a write
	begun  atomic.Bool  // something was written
	world  *world
}

// Write fails once in its middle, and can be tried again, where the connection
// tears.
func (c *closeCounter) Write(b []byte) (int, error) {
	if c.begun.Swap(true) && c.world.howDeadly() == unwritten {
		return 0, errors.New("no buffer space available")
	}
	left := c.tears.Load()
	if left == 0 || int64(len(b)) <= left {
		if left != 0 {
			c.tears.Store(max(1, left-int64(len(b))))
		}
		return c.Conn.Write(b)
	}
	c.tears.Store(0)
	n, err := c.Conn.Write(b[:left])
	if err == nil {
		err = errors.New("no buffer space available")
	}
	return n, err
}

func (c *closeCounter) Close() error {
	c.closed.Store(true)
	return c.Conn.Close()
}

// hangUp ends all connections, and reports those that the client has left open.
func (w *world) hangUp() {
	defer w.running.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, c := range w.near {
		if !c.closed.Load() {
			w.problems = append(w.problems, fmt.Sprintf("connection %d was left open", i+1))
		}
		_ = c.Conn.Close()
	}
	for _, b := range w.sessions {
		_ = b.conn.Close()
	}
}

func (w *world) problem(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.problems = append(w.problems, fmt.Sprintf(format, args...))
}

// random returns a number below n.
func (w *world) random(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.r.IntN(n)
}

func (w *world) faults() pgtest.Faults {
	f := pgtest.Faults{ShortReads: w.random(2) == 0, ShortWrites: w.random(2) == 0}
	if w.random(3) == 0 {
		f.Latency = time.Duration(w.random(3)) * time.Millisecond
	}
	if w.faulty && w.random(3) == 0 {
		f.Break, f.At = []pgtest.Break{pgtest.Cut, pgtest.Reset}[w.random(2)], int64(300+w.random(4000))
	}
	return f
}

// dial is a connection to a new backend.
func (w *world) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	w.dials.Add(1)
	w.mu.Lock()
	faulty, isDown, slow := w.faulty, w.isDown, w.slowDial
	w.mu.Unlock()
	if slow > 0 {
		select {
		case <-time.After(slow):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	if isDown || faulty && w.random(12) == 0 {
		return nil, fmt.Errorf("connection refused")
	}
	near, far := pgtest.Pipe(pgtest.PipeConfig{Buffer: 4096 << w.random(4), Seed: uint64(w.random(1 << 30)), ToServer: w.faults(), ToClient: w.faults()})
	w.mu.Lock()
	w.next++
	b := &backend{world: w, id: w.next, conn: far, r: rand.New(rand.NewPCG(uint64(w.next), w.r.Uint64())),
		cancelled: make(chan struct{}, 1), killed: make(chan struct{}), statements: map[string]string{}, shapes: map[string]int{}, fatal: w.faulty, status: wire.TxIdle}
	w.sessions[b.id] = b
	c := &closeCounter{Conn: near, world: w}
	if w.faulty && w.r.IntN(4) == 0 {
		c.tears.Store(int64(300 + w.r.IntN(4000)))
	}
	w.near = append(w.near, c)
	w.mu.Unlock()
	w.running.Go(b.serve)
	return c, nil
}

// backend is a session of the model server. It knows these statements, whose
// text may have more words behind:
//
//	select $1 from echo            returns its argument
//	select $1 from big             returns it many times
//	select $1 from slow            sleeps first
//	select $1 from drip            returns long rows, one by one
//	select $1 from shape           returns its argument in each of one or two columns
//	select $1 from fail            fails
//	select $1 from trap            begins a transaction, which no server does
//	insert into log values ($1)    stores it
//	insert into late values ($1)   fails when the transaction ends
//
// and those of sessions and transactions that control has.
type backend struct {
	world      *world
	id         uint32
	conn       net.Conn
	r          *rand.Rand
	in         wire.Buffer
	out        []byte // sent at Sync, as a server with a buffer does, or before
	cancelled  chan struct{}
	killed     chan struct{}
	fatal      bool
	statements map[string]string
	shapes     map[string]int // of the table shape, when they were prepared
	shape      int            // of what was bound
	locked     int            // the shape in this transaction, once it was looked at
	sql, arg   string
	pending    []string // stored in the transaction
	late       bool     // the transaction cannot be committed
	failed     bool     // until Sync
	status     wire.TxStatus
	user       string  // whose transaction it is
	left       remains // what is in the session
	before     remains // what was before the transaction
}

func (b *backend) serve() {
	defer b.conn.Close()
	if !b.greet() {
		return
	}
	for {
		f, err := b.in.ReadFrame(b.conn, wire.PhaseFrontend)
		if err != nil || f.Type == 'X' {
			return
		}
		if b.silent() {
			_, _ = io.Copy(io.Discard, b.conn)
			return
		}
		if b.fatal && b.r.IntN(400) == 0 || b.dies(f.Type) {
			b.die()
			return
		}
		if !b.answer(f) {
			return
		}
	}
}

// die ends the session as an administrator does, with a word or without.
func (b *backend) die() {
	if told := b.world.howDeadly(); told == withWords || told == peacefully && b.r.IntN(2) == 0 {
		b.say(pgtest.Fatal("57P01", "terminating connection"))
		b.flush()
	}
}

func (b *backend) greet() bool {
	f, err := b.in.ReadFrame(b.conn, wire.PhaseStartup)
	if err != nil {
		return false
	}
	if len(f.Body) >= 8 && binary.BigEndian.Uint32(f.Body) == 80877102 {
		b.world.mu.Lock()
		lag := b.world.lag
		b.world.mu.Unlock()
		if b.fatal && b.r.IntN(4) == 0 {
			lag = time.Duration(b.r.IntN(3000)) * time.Millisecond
		}
		<-time.After(lag)
		b.world.cancel(binary.BigEndian.Uint32(f.Body[4:]))
		return false
	}
	b.say(&wire.AuthenticationOk{}, &wire.ParameterStatus{Name: "server_version", Value: "18.0"}, &wire.ParameterStatus{Name: "TimeZone", Value: "0"},
		&wire.ParameterStatus{Name: "in_hot_standby", Value: "off"}, &wire.ParameterStatus{Name: "default_transaction_read_only", Value: "off"},
		&wire.BackendKeyData{ProcessID: b.id, Key: []byte{1, 2, 3, 4}}, &wire.ReadyForQuery{Status: wire.TxIdle})
	return b.flush()
}

// cancel cancels what a session does, or what it does next if the cancellation
// is late.
func (w *world) cancel(id uint32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if b := w.sessions[id]; b != nil {
		select {
		case b.cancelled <- struct{}{}:
		default:
		}
	}
}

func (b *backend) say(msgs ...wire.Message) {
	for _, m := range msgs {
		out, err := m.Append(b.out)
		if err != nil {
			b.world.problem("%v", err)
			return
		}
		b.out = out
	}
	if len(b.out) > 2000 && b.r.IntN(2) == 0 {
		b.flush()
	}
}

func (b *backend) flush() bool {
	_, err := b.conn.Write(b.out)
	b.out = b.out[:0]
	return err == nil
}

func (b *backend) fail(code string) {
	b.spoil()
	b.say(pgtest.Failure(code, "as it should"))
}

func (b *backend) answer(f wire.Frame) bool {
	switch {
	case f.Type == 'S':
		return b.sync()
	case b.failed:
		return true
	}
	switch f.Type {
	case 'P':
		var p wire.Parse
		b.parsed(p.Parse(f.Body))
		if _, taken := b.statements[p.Statement]; taken && p.Statement != "" {
			b.world.problem("statement %q is prepared twice", p.Statement)
		}
		switch code := b.world.miscounts(); {
		case b.spoiled(p.SQL):
			b.fail("25P02")
			return true
		case p.Statement != "" && code == "42P05":
			b.fail(code)
			return true
		}
		b.statements[p.Statement], b.shapes[p.Statement] = p.SQL, b.columns()
		b.say(&wire.ParseComplete{})
	case 'D':
		var d wire.Describe
		b.parsed(d.Parse(f.Body))
		b.describe(d.Name)
	case 'B':
		b.bind(f.Body)
	case 'E':
		return b.execute()
	case 'C':
		var c wire.Close
		b.parsed(c.Parse(f.Body))
		delete(b.statements, c.Name)
		b.say(&wire.CloseComplete{})
	default:
		b.world.problem("the client sent a message of type %q", f.Type)
		return false
	}
	return true
}

func (b *backend) parsed(err error) {
	if err != nil {
		b.world.problem("%v", err)
	}
}

// columns returns how many columns the table shape has.
func (w *world) columns() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return 1 + w.shape
}

// columns returns that for a transaction, which locks the table.
func (b *backend) columns() int {
	if b.locked == 0 {
		b.locked = b.world.columns()
	}
	return b.locked
}

// reshape changes it for the transactions to come.
func (w *world) reshape() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.shape = 1 - w.shape
}

// shaped reports whether a statement reads the table shape.
func shaped(sql string) bool { return strings.HasPrefix(sql, "select $1 from shape") }

func (b *backend) describe(name string) {
	if controls(b.statements[name]) {
		b.say(&wire.ParameterDescription{}, &wire.NoData{})
		return
	}
	b.say(&wire.ParameterDescription{Types: []uint32{25}})
	switch sql := b.statements[name]; {
	case strings.HasPrefix(sql, "insert"):
		b.say(&wire.NoData{})
	case shaped(sql) && b.shapes[name] == 2:
		b.say(pgtest.Columns("a", "b"))
	default:
		b.say(pgtest.Columns("a"))
	}
}

func (b *backend) bind(body []byte) {
	var m wire.Bind
	b.parsed(m.Parse(body))
	sql, ok := b.statements[m.Statement]
	if !ok || m.Statement != "" && b.world.miscounts() == "26000" {
		b.fail("26000")
		return
	}
	b.shape = b.shapes[m.Statement]
	switch {
	case b.spoiled(sql):
		b.fail("25P02")
		return
	case shaped(sql) && len(m.ResultFormats) > 1 && len(m.ResultFormats) != b.shape:
		b.fail("08P01")
		return
	case shaped(sql) && b.shape != b.columns():
		b.spoil()
		b.say(&wire.ErrorResponse{Fields: []wire.ResponseField{{Code: 'S', Value: "ERROR"}, {Code: 'V', Value: "ERROR"},
			{Code: 'C', Value: "0A000"}, {Code: 'M', Value: "cached plan must not change result type"}, {Code: 'R', Value: "RevalidateCachedQuery"}}})
		return
	}
	b.sql, b.arg = sql, ""
	if len(m.Params) > 0 {
		b.arg = string(m.Params[0])
	}
	b.say(&wire.BindComplete{})
}

func (b *backend) execute() bool {
	if b.r.IntN(30) == 0 {
		b.say(pgtest.Notice(b.sql))
	}
	b.owned()
	if b.r.IntN(300) == 0 && !controls(b.sql) { // as by a function that sets it
		b.setZone(b.left.zone + 1)
		if strings.HasSuffix(b.sql, own) {
			b.left.mark = owner(b.arg)
		}
	}
	switch w := strings.Fields(b.sql); {
	case controls(b.sql):
		b.control(w)
	case w[0] == "insert":
		b.pending = append(b.pending, b.arg)
		b.late = b.late || w[2] == "late"
		b.say(pgtest.Done("INSERT 0 1"))
	case w[3] == "fail":
		b.fail("22000")
	case w[3] == "trap":
		b.status = wire.TxActive
		b.say(pgtest.Row(b.arg), pgtest.Done("SELECT 1"))
	case w[3] == "lock":
		b.left.lock = owner(b.arg)
		b.say(pgtest.Row(b.arg), pgtest.Done("SELECT 1"))
	case w[3] == "drip":
		return b.drip()
	case w[3] == "slow":
		if !b.flush() {
			return false
		}
		select {
		case <-b.cancelled:
			b.fail("57014")
			return true
		case <-time.After(time.Duration(b.r.IntN(60)) * time.Millisecond):
		}
		fallthrough
	default:
		n := 1
		if w[3] == "big" {
			n = 200
		}
		row := []any{b.arg}
		if shaped(b.sql) && b.shape == 2 {
			row = append(row, b.arg)
		}
		for range n {
			b.say(pgtest.Row(row...))
		}
		b.say(pgtest.Done(fmt.Sprint("SELECT ", n)))
	}
	return true
}

// sync ends the transaction: what it stored counts, unless it cannot be
// committed.
func (b *backend) sync() bool {
	select {
	case <-b.cancelled: // it came late, and finds a backend that waits
	default:
	}
	if b.status == wire.TxIdle {
		if b.late && !b.failed {
			b.fail("23503")
		}
		b.commit()
	}
	b.failed = false
	if b.r.IntN(300) == 0 { // as a pooler that gives us another backend
		clear(b.statements)
	}
	if b.fatal && b.r.IntN(300) == 0 {
		switch b.r.IntN(3) {
		case 0: // a pooler says that it has lost the server
			b.out = b.out[:0]
			b.say(pgtest.Fatal("08P01", "server conn crashed"))
			b.flush()
		case 1: // the server was to wait for a standby
			b.say(pgtest.Fatal("57P01", "terminating connection"))
			b.flush()
		}
		return false // committed, and nobody is told
	}
	b.say(&wire.ReadyForQuery{Status: b.status})
	return b.flush()
}

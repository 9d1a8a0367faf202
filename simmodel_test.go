package parley

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/pgtest"
	"parley/wire"
)

// model is a small server. Its statements are
//
//	select N R S WORD   R rows that hold its text, after S milliseconds
//	copyout N R S WORD  R pieces of COPY data that hold its text
//	copyin N R S WORD   takes COPY data, which must be a [tide]
//	notify N R S WORD   R notifications when it is over, and one S milliseconds later
//	forget N R S WORD   drops all prepared statements without a word
//
// beside those of transactions and DEALLOCATE ALL. WORD is where it fails:
// parse, bind or execute; or else ok.
type model struct {
	t          *testing.T
	seed       uint64
	conn       net.Conn
	r          *rand.Rand
	in         wire.Buffer
	cancelled  chan struct{}
	statements map[string]string
	missing    map[string]bool // names of statements that were dropped or could not be prepared
	portals    map[string]*portal
	status     wire.TxStatus
	failed     bool // until Sync
	queued     int  // notifications for the end of the transaction

	later sync.WaitGroup // notifications that are to come
	gone  chan struct{}  // closed when it serves no longer
	turn  chan struct{}  // holds a token while somebody writes
	notes int            // sent; owned by whoever has the token
}

// portal is a statement that runs.
type portal struct {
	sql   string
	words []string
	at    int // rows that were sent
}

func newModel(t *testing.T, conn net.Conn, seed uint64) *model {
	return &model{t: t, seed: seed, conn: conn, r: rand.New(rand.NewPCG(seed, 4)), cancelled: make(chan struct{}, 1), statements: map[string]string{},
		missing: map[string]bool{}, portals: map[string]*portal{}, status: wire.TxIdle, gone: make(chan struct{}), turn: make(chan struct{}, 1)}
}

func (m *model) errorf(format string, args ...any) {
	m.t.Errorf("seed %d: the model: "+format, append([]any{m.seed}, args...)...)
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
	defer m.later.Wait()
	defer close(m.gone)
	defer m.conn.Close()
	for {
		f, err := m.in.ReadFrame(m.conn, wire.PhaseFrontend)
		if err != nil || f.Type == 'X' || !m.answer(f) {
			return
		}
	}
}

// send writes messages, and now and then one that belongs to no request.
func (m *model) send(msgs ...wire.Message) bool {
	switch m.r.IntN(40) {
	case 0:
		msgs = append([]wire.Message{pgtest.Notice("by the way")}, msgs...)
	case 1:
		msgs = append([]wire.Message{&wire.ParameterStatus{Name: "TimeZone", Value: strconv.Itoa(m.r.IntN(100))}}, msgs...)
	}
	m.turn <- struct{}{}
	defer func() { <-m.turn }()
	return m.write(msgs...)
}

func (m *model) write(msgs ...wire.Message) bool {
	var out []byte
	for _, msg := range msgs {
		var err error
		if out, err = msg.Append(out); err != nil {
			m.errorf("%v", err)
			return false
		}
	}
	_, err := m.conn.Write(out)
	return err == nil
}

// notify sends a notification; they are numbered in the order they are sent in.
func (m *model) notify() {
	m.turn <- struct{}{}
	defer func() { <-m.turn }()
	if m.write(&wire.NotificationResponse{Channel: "c", Payload: strconv.Itoa(m.notes + 1)}) {
		m.notes++
	}
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
	switch {
	case f.Type == 'S':
		return m.ready()
	case f.Type == 'd' || f.Type == 'c' || f.Type == 'f', m.failed:
		return true // of a COPY that has failed
	}
	switch f.Type {
	case 'P':
		return m.parse(f.Body)
	case 'D':
		return m.describe(f.Body)
	case 'B':
		return m.bind(f.Body)
	case 'E':
		var e wire.Execute
		p := m.portals[m.took(&e, f.Body, &e.Portal)]
		return p != nil && m.run(p, int(e.MaxRows), true)
	case 'C':
		return m.close(f.Body)
	case 'Q':
		return m.simple(f.Body)
	}
	m.errorf("the client sent a message of type %q", f.Type)
	return false
}

// took parses a message, and returns the field of it that is asked for.
func (m *model) took(msg wire.Message, body []byte, field *string) string {
	if err := msg.Parse(body); err != nil {
		m.errorf("%v", err)
	}
	return *field
}

// ready ends a group.
func (m *model) ready() bool {
	m.failed = false
	select {
	case <-m.cancelled: // it came late, and finds a backend that waits
	default:
	}
	if m.status == wire.TxIdle {
		clear(m.portals)
		for ; m.queued > 0; m.queued-- {
			m.notify()
		}
	}
	return m.send(&wire.ReadyForQuery{Status: m.status})
}

// spoiled reports whether the transaction has failed and the statement does not
// end it.
func (m *model) spoiled(sql string) bool {
	return m.status == wire.TxFailed && !strings.HasPrefix(sql, "rollback") && sql != "commit"
}

func lastWord(sql string) string { return sql[strings.LastIndexByte(sql, ' ')+1:] }

func (m *model) parse(body []byte) bool {
	var p wire.Parse
	m.took(&p, body, &p.SQL)
	m.missing[p.Statement] = true
	if _, taken := m.statements[p.Statement]; taken && p.Statement != "" {
		m.errorf("statement %q is prepared twice", p.Statement)
	}
	switch {
	case m.spoiled(p.SQL):
		return m.fail("25P02")
	case lastWord(p.SQL) == "parse":
		return m.fail("22000")
	}
	m.statements[p.Statement] = p.SQL
	return m.send(&wire.ParseComplete{})
}

func (m *model) describe(body []byte) bool {
	var d wire.Describe
	sql := m.statements[m.took(&d, body, &d.Name)]
	if strings.HasPrefix(sql, "select") {
		return m.send(&wire.ParameterDescription{}, pgtest.Columns("sql", "number"))
	}
	return m.send(&wire.ParameterDescription{}, &wire.NoData{})
}

func (m *model) bind(body []byte) bool {
	var b wire.Bind
	sql, ok := m.statements[m.took(&b, body, &b.Statement)]
	switch {
	case m.status == wire.TxFailed && !ok && m.missing[b.Statement], m.spoiled(sql):
		return m.fail("25P02")
	case !ok:
		if !m.missing[b.Statement] {
			m.errorf("statement %q is bound, which is not prepared", b.Statement)
		}
		return m.fail("26000")
	case lastWord(sql) == "bind":
		return m.fail("22000")
	}
	m.portals[b.Portal] = &portal{sql: sql, words: strings.Fields(sql)}
	return m.send(&wire.BindComplete{})
}

func (m *model) close(body []byte) bool {
	var c wire.Close
	if name := m.took(&c, body, &c.Name); c.Object == wire.ObjectPortal {
		delete(m.portals, name)
	} else {
		delete(m.statements, name)
	}
	return m.send(&wire.CloseComplete{})
}

// simple answers a text of statements.
func (m *model) simple(body []byte) bool {
	var q wire.Query
	for sql := range strings.SplitSeq(m.took(&q, body, &q.SQL), "; ") {
		word := lastWord(sql)
		var ok bool
		switch {
		case m.spoiled(sql):
			ok = m.fail("25P02")
		case word == "parse" || word == "bind":
			ok = m.fail("22000")
		case strings.HasPrefix(sql, "select") && !m.send(pgtest.Columns("sql", "number")):
			return false
		default:
			ok = m.run(&portal{sql: sql, words: strings.Fields(sql)}, 0, false)
		}
		if !ok {
			return false
		}
		if m.failed {
			break
		}
	}
	return m.ready()
}

// run runs a statement, up to so many rows (0: all).
func (m *model) run(p *portal, most int, extended bool) bool {
	switch tag := strings.ToUpper(p.words[0]); p.words[0] {
	case "begin":
		if lastWord(p.sql) == "deferrable" {
			return m.fail("22000")
		}
		m.status = wire.TxActive
		return m.send(pgtest.Done(tag))
	case "commit", "rollback", "savepoint", "release":
		switch {
		case len(p.words) == 1 && m.status == wire.TxFailed:
			tag, m.status = "ROLLBACK", wire.TxIdle
		case len(p.words) == 1:
			m.status = wire.TxIdle
		case tag == "ROLLBACK":
			m.status = wire.TxActive
		}
		return m.send(pgtest.Done(tag))
	case "deallocate":
		m.forget()
		return m.send(pgtest.Done("DEALLOCATE ALL"))
	}
	return m.numbered(p, most, extended)
}

func (m *model) forget() {
	for name := range m.statements {
		m.missing[name] = true
	}
	clear(m.statements)
}

// numbered runs one of the statements with numbers.
func (m *model) numbered(p *portal, most int, extended bool) bool {
	n, _ := strconv.Atoi(p.words[2])
	sleep, _ := strconv.Atoi(p.words[3])
	fails := p.words[4] == "execute"
	if p.at == 0 && p.words[0] != "notify" && !m.sleep(time.Duration(sleep)*time.Millisecond) {
		return m.fail("57014")
	}
	switch p.words[0] {
	case "select":
		return m.rows(p, n, most, fails)
	case "copyout":
		return m.copyOut(p, n, fails)
	case "copyin":
		return m.copyIn(fails)
	}
	if fails {
		return m.fail("22000")
	}
	if p.words[0] == "forget" {
		m.forget()
		return m.send(pgtest.Done("SELECT 0"))
	}
	m.queued += n
	m.later.Go(func() {
		select {
		case <-time.After(time.Duration(sleep) * time.Millisecond):
			m.notify()
		case <-m.gone:
		}
	})
	return m.send(pgtest.Done("NOTIFY"))
}

func (m *model) rows(p *portal, n, most int, fails bool) bool {
	for from := p.at; p.at < n; p.at++ {
		switch {
		case fails && p.at == n/2:
			return m.fail("22000")
		case most > 0 && p.at-from == most:
			return m.send(&wire.PortalSuspended{})
		case !m.send(pgtest.Row(p.sql, p.at)):
			return false
		}
	}
	if fails {
		return m.fail("22000")
	}
	return m.send(pgtest.Done(fmt.Sprint("SELECT ", n)))
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

func (m *model) copyOut(p *portal, n int, fails bool) bool {
	if !m.send(&wire.CopyOutResponse{}) {
		return false
	}
	for i := range n {
		if fails && i == n/2 {
			return m.fail("22000")
		}
		if !m.send(&wire.CopyData{Data: fmt.Appendf(nil, "%s %d\n", p.sql, i)}) {
			return false
		}
	}
	if fails {
		return m.fail("22000")
	}
	return m.send(&wire.CopyDone{}, pgtest.Done(fmt.Sprint("COPY ", n)))
}

// copyIn takes the data of a COPY. While it lasts, Sync is passed over.
func (m *model) copyIn(fails bool) bool {
	if !m.send(&wire.CopyInResponse{}) {
		return false
	}
	for got := 0; ; {
		f, err := m.in.ReadFrame(m.conn, wire.PhaseFrontend)
		if err != nil {
			return false
		}
		select {
		case <-m.cancelled:
			return m.fail("57014")
		default:
		}
		switch f.Type {
		case 'd':
			for i, b := range f.Body {
				if b != tideByte(got+i) {
					m.errorf("byte %d of the data is %q", got+i, b)
					return false
				}
			}
			if got += len(f.Body); fails {
				return m.fail("22000")
			}
		case 'c':
			return m.send(pgtest.Done(fmt.Sprint("COPY ", got)))
		case 'f':
			return m.fail("57014")
		case 'S', 'H':
		default:
			m.errorf("a message of type %q came in the middle of a COPY", f.Type)
			return false
		}
	}
}

package wire_test

import (
	"bytes"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/pgtest"
	"parley/wire"
)

// A line is a connection to a real server. Every byte of both sides goes
// through a Buffer and a Session, and every message is dissected, parsed and
// encoded again.
type line struct {
	t        *testing.T
	conn     net.Conn
	session  *wire.Session
	sent     wire.Buffer
	heard    wire.Buffer
	embedded map[wire.Kind]int // what CopyData carried
	leaving  bool              // the server may be gone: what cannot be sent does not matter
}

// The first conversation shows how the others are written: what is sent, and
// what must come back. A line of what is seen is the request that the message
// answers, by its place in the flight ("-" for none, "*" for any), its kind,
// and what identifies it: a tag, a status, an SQLSTATE. A kind with a star
// comes any number of times.
func TestRealConversation(t *testing.T) {
	c := begin(t, pgtest.Start(t, pgtest.Config{}))
	n := c.send(&wire.Query{SQL: "select 1 as one; select 1/0; select 2"})
	c.sees(n, "0 RowDescription", "0 DataRow", "0 CommandComplete SELECT 1", "0 ErrorResponse 22012", "0 ReadyForQuery I")
	c.send(&wire.Terminate{})
	c.ends()
}

// dial opens a connection that nothing was said on.
func dial(t *testing.T, server *pgtest.Server) *line {
	t.Helper()
	network, address := "unix", server.Socket()
	if address == "" {
		network, address = "tcp", server.TCPAddr()
	}
	conn, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	c := &line{t: t, conn: conn, session: new(wire.Session), embedded: map[wire.Kind]int{}}
	c.soon()
	return c
}

// soon bounds what is written and read next, by what it takes on the slowest of
// machines.
func (c *line) soon() {
	c.t.Helper()
	if err := c.conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		c.t.Fatal(err)
	}
}

// begin opens a session of the superuser, with more parameters if wanted.
func begin(t *testing.T, server *pgtest.Server, more ...wire.Parameter) *line {
	t.Helper()
	c := dial(t, server)
	parameters := append([]wire.Parameter{{Name: "user", Value: server.User()}, {Name: "database", Value: server.Database()}}, more...)
	n := c.send(&wire.StartupMessage{Version: wire.Version30, Parameters: parameters})
	c.sees(n, "0 AuthenticationOk", "0 ParameterStatus*", "0 BackendKeyData", "0 ReadyForQuery I")
	return c
}

// send sends messages in one write, and returns their numbers.
func (c *line) send(messages ...wire.Message) (numbers []int) {
	c.t.Helper()
	var flight []byte
	for _, m := range messages {
		var err error
		if flight, err = m.Append(flight); err != nil {
			c.t.Fatal(err)
		}
	}
	c.sent.Write(flight)
	for range messages {
		f, ok, err := c.sent.Next(c.session.Phase(wire.Frontend))
		if !ok || err != nil {
			c.t.Fatalf("what was sent is no message: %t, %v", ok, err)
		}
		numbers = append(numbers, c.take(wire.Frontend, f).Number)
	}
	c.soon()
	if _, err := c.conn.Write(flight); err != nil && !c.leaving {
		c.t.Fatal(err)
	}
	return numbers
}

// take shows a message to the session, and to everything else that reads.
func (c *line) take(from wire.Side, f wire.Frame) wire.Event {
	c.t.Helper()
	e, err := c.session.Message(from, f)
	if err != nil {
		c.t.Fatalf("%v\n%q", err, f.Msg)
	}
	d := wire.Dissect(e.Kind, from, f.Msg, e.Context)
	if d.Err != nil {
		c.t.Errorf("%v\n%q", d.Err, f.Msg)
	}
	at := 0
	for _, s := range d.Spans {
		if s.Start != at || s.End < s.Start {
			c.t.Errorf("%s: span %s from %d to %d, after %d", e.Kind, s.Name, s.Start, s.End, at)
		}
		at = s.End
	}
	if at != len(f.Msg) {
		c.t.Errorf("%s: %d of %d bytes have a name", e.Kind, at, len(f.Msg))
	}
	for _, k := range d.Embedded {
		c.embedded[k]++
	}
	m := wire.New(e.Kind)
	if err := m.Parse(f.Body); err != nil {
		c.t.Errorf("%v", err)
	}
	if again, err := m.Append(nil); err != nil || !bytes.Equal(again, f.Msg) {
		c.t.Errorf("%s: encoded again it is %q, %v, not %q", e.Kind, again, err, f.Msg)
	}
	return e
}

// read returns the next message of the server.
func (c *line) read() (wire.Frame, error) {
	c.t.Helper()
	c.soon()
	return c.heard.ReadFrame(c.conn, c.session.Phase(wire.Backend))
}

// hear returns the next message of the server.
func (c *line) hear() (wire.Event, wire.Message) {
	c.t.Helper()
	f, err := c.read()
	if err != nil {
		c.t.Fatalf("read: %v", err)
	}
	e := c.take(wire.Backend, f)
	m := wire.New(e.Kind)
	if err := m.Parse(bytes.Clone(f.Body)); err != nil {
		c.t.Fatal(err)
	}
	return e, m
}

// sees hears messages and compares them with what is wanted. It returns the last.
func (c *line) sees(numbers []int, want ...string) (last wire.Message) {
	c.t.Helper()
	for len(want) > 0 {
		e, m := c.hear()
		last = m
		for strings.HasSuffix(want[0], "*") && !like(e, m, numbers, strings.TrimSuffix(want[0], "*")) {
			if want = want[1:]; len(want) == 0 {
				c.t.Fatalf("heard %s too much", told(e, m, numbers))
			}
		}
		if strings.HasSuffix(want[0], "*") {
			continue
		}
		if !like(e, m, numbers, want[0]) {
			c.t.Fatalf("heard %.300s, want %s", told(e, m, numbers), want[0])
		}
		want = want[1:]
	}
	return last
}

func like(e wire.Event, m wire.Message, numbers []int, want string) bool {
	got := told(e, m, numbers)
	if rest, any := strings.CutPrefix(want, "* "); any {
		_, got, _ = strings.Cut(got, " ")
		want = rest
	}
	return got == want || strings.HasPrefix(got, want+" ")
}

// told is a message as sees writes it.
func told(e wire.Event, m wire.Message, numbers []int) string {
	to := "-"
	if i := slices.Index(numbers, e.Request); i >= 0 {
		to = fmt.Sprint(i)
	} else if e.Request != 0 {
		to = fmt.Sprintf("message:%d", e.Request)
	}
	what := ""
	switch m := m.(type) {
	case *wire.CommandComplete:
		what = m.Tag
	case *wire.ReadyForQuery:
		what = string(rune(m.Status))
	case *wire.ErrorResponse:
		what = m.Get(wire.FieldSQLState)
	case *wire.NotificationResponse:
		what = m.Channel + " " + m.Payload
	case *wire.ParameterStatus:
		what = m.Name + " " + m.Value
	}
	return strings.TrimSuffix(to+" "+e.Kind.String()+" "+what, " ")
}

// does runs a simple query that returns no rows.
func (c *line) does(sql string) {
	c.t.Helper()
	n := c.send(&wire.Query{SQL: sql})
	c.sees(n, "0 NoticeResponse*", "0 CommandComplete*", "0 ReadyForQuery")
}

// asks returns the values of the only row of a query's result.
func (c *line) asks(sql string) (values []string) {
	c.t.Helper()
	n := c.send(&wire.Query{SQL: sql})
	c.sees(n, "0 RowDescription")
	row, ok := c.sees(n, "0 DataRow").(*wire.DataRow)
	if !ok {
		c.t.Fatal("no row")
	}
	for _, v := range row.Values {
		values = append(values, string(v))
	}
	c.sees(n, "0 CommandComplete", "0 ParameterStatus*", "0 ReadyForQuery")
	return values
}

// until asks again and again, until the answer is the one wanted.
func (c *line) until(sql, want string) {
	c.t.Helper()
	for end := time.Now().Add(2 * time.Minute); c.asks(sql)[0] != want; c.asks("select pg_sleep(0.01)") {
		if time.Now().After(end) {
			c.t.Fatalf("waited in vain for %q from %s", want, sql)
		}
	}
}

// idle checks that nothing is left to come.
func (c *line) idle() {
	c.t.Helper()
	if !c.session.Ready() || c.session.Pending() != 0 || c.session.Skipping() || len(c.heard.Unread()) > 0 {
		c.t.Fatalf("ready %t, %d pending, skipping %t, %d bytes unread", c.session.Ready(), c.session.Pending(),
			c.session.Skipping(), len(c.heard.Unread()))
	}
}

// ends checks that the server closes the connection and says no more.
func (c *line) ends() {
	c.t.Helper()
	if f, err := c.read(); err == nil {
		c.t.Fatalf("heard %q after the end", f.Msg)
	}
	if !c.session.Over() {
		c.t.Error("the session does not know that it is over")
	}
}

// Short forms of the messages that flights are made of.

func parse(name, sql string) wire.Message { return &wire.Parse{Statement: name, SQL: sql} }
func query(sql string) wire.Message       { return &wire.Query{SQL: sql} }
func bind(portal, statement string, params ...string) wire.Message {
	m := &wire.Bind{Portal: portal, Statement: statement}
	for _, p := range params {
		m.Params = append(m.Params, []byte(p))
	}
	return m
}
func execute(portal string, rows int32) wire.Message {
	return &wire.Execute{Portal: portal, MaxRows: rows}
}
func describe(o wire.Object, name string) wire.Message {
	return &wire.Describe{Object: o, Name: name}
}
func closing(o wire.Object, name string) wire.Message { return &wire.Close{Object: o, Name: name} }
func data(text string) wire.Message                   { return &wire.CopyData{Data: []byte(text)} }

var (
	sync     = &wire.Sync{}
	flush    = &wire.Flush{}
	copyDone = &wire.CopyDone{}
)

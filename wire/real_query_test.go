package wire_test

import (
	"slices"
	"strings"
	"testing"

	"parley/pgtest"
	"parley/wire"
)

func TestRealExtended(t *testing.T) {
	c := begin(t, pgtest.Start(t, pgtest.Config{}))
	n := c.send(parse("a", "select $1::int4 + n as sum from generate_series(1, 3) n"), describe('S', "a"),
		bind("", "a", "10"), describe('P', ""), execute("", 0), closing('P', ""), sync)
	c.sees(n, "0 ParseComplete", "1 ParameterDescription", "1 RowDescription", "2 BindComplete", "3 RowDescription",
		"4 DataRow", "4 DataRow", "4 DataRow", "4 CommandComplete SELECT 3", "5 CloseComplete", "6 ReadyForQuery I")
	st := c.session.Statement("a")
	if st == nil || !slices.Equal(st.ParamTypes, []uint32{23}) || len(st.Columns) != 1 || st.Columns[0].Name != "sum" {
		t.Errorf("the statement is %+v", st)
	}

	// An error in each kind of message, with flights behind it.
	for _, wrong := range []wire.Message{parse("b", "selekt"), parse("a", "select 'twice'"), bind("", "nowhere"), bind("", "a"),
		describe('S', "nowhere"), describe('P', "nowhere"), execute("nowhere", 0)} {
		n = c.send(bind("p", "a", "1"), wrong, execute("p", 0), closing('S', "a"), sync, bind("", "a", "2"), execute("", 1), sync)
		c.sees(n, "0 BindComplete", "1 ErrorResponse", "4 ReadyForQuery I",
			"5 BindComplete", "6 DataRow", "6 PortalSuspended", "7 ReadyForQuery I")
		if c.session.Statement("a") != st {
			t.Errorf("after an error in %s statement a is %+v", wrong.Kind(), c.session.Statement("a"))
		}
	}
	c.idle()

	// What is not there can be closed, an empty query run, Sync sent alone.
	n = c.send(closing('S', "nowhere"), closing('P', "nowhere"), parse("", ""), bind("", ""), describe('P', ""), execute("", 0), flush)
	c.sees(n, "0 CloseComplete", "1 CloseComplete", "2 ParseComplete", "3 BindComplete", "4 NoData", "5 EmptyQueryResponse")
	n = c.send(sync, sync, flush, query(" ; "), sync)
	c.sees(n, "0 ReadyForQuery I", "1 ReadyForQuery I", "3 EmptyQueryResponse", "3 ReadyForQuery I", "4 ReadyForQuery I")
	c.idle()
}

// An error is skipped over up to Sync, also when what follows is sent later,
// and also over a Query.
func TestRealSkip(t *testing.T) {
	c := begin(t, pgtest.Start(t, pgtest.Config{}))
	n := c.send(parse("", "selekt"), flush)
	c.sees(n, "0 ErrorResponse 42601")
	if !c.session.Skipping() {
		t.Error("the session does not skip")
	}
	n = c.send(parse("", "select 1"), query("select 1"), &wire.FunctionCall{Function: 177}, sync, query("select 2"))
	c.sees(n, "3 ReadyForQuery I", "4 RowDescription", "4 DataRow", "4 CommandComplete SELECT 1", "4 ReadyForQuery I")
	n = c.send(parse("", "selekt"), query("select 1"), sync)
	c.sees(n, "0 ErrorResponse", "2 ReadyForQuery I")
	c.idle()
}

// A timeout that strikes while the server waits for more of a series fails the
// next message, whatever that is.
func TestRealTimeoutInSeries(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	c, clock := begin(t, server), begin(t, server)
	c.does("set statement_timeout = 1000")
	for _, flight := range [][]wire.Message{{sync, query("")}, {execute("", 0), sync, query("")}} {
		n := c.send(parse("", "select 1"), flush)
		c.sees(n, "0 ParseComplete")
		clock.asks("select pg_sleep(1.1)")
		n = c.send(flight...)
		c.sees(n, "0 ErrorResponse 57014", "* ReadyForQuery I", "* EmptyQueryResponse", "* ReadyForQuery I")
		c.idle()
	}
}

func TestRealPortals(t *testing.T) {
	c := begin(t, pgtest.Start(t, pgtest.Config{}))
	n := c.send(query("begin"), parse("s", "select generate_series(1, 5) as n"), bind("p", "s"), execute("p", 2), sync)
	c.sees(n, "0 CommandComplete BEGIN", "0 ReadyForQuery T", "1 ParseComplete", "2 BindComplete",
		"3 DataRow", "3 DataRow", "3 PortalSuspended", "4 ReadyForQuery T")
	n = c.send(describe('P', "p"), execute("p", 2), describe('S', "s"), sync)
	c.sees(n, "0 RowDescription", "1 DataRow", "1 DataRow", "1 PortalSuspended", "2 ParameterDescription", "2 RowDescription", "3 ReadyForQuery T")

	// The portal outlives its statement.
	n = c.send(closing('S', "s"), execute("p", 0), execute("p", 0), sync)
	c.sees(n, "0 CloseComplete", "1 DataRow", "1 CommandComplete SELECT 1", "2 CommandComplete SELECT 0", "3 ReadyForQuery T")
	if c.session.Portal("p") == nil || c.session.Statement("s") != nil {
		t.Errorf("portal %+v, statement %+v", c.session.Portal("p"), c.session.Statement("s"))
	}

	// A cursor is a portal, and one that holds outlives the transaction.
	n = c.send(query("declare c cursor with hold for select generate_series(1, 3) as n"), describe('P', "c"), execute("c", 1), sync)
	c.sees(n, "0 CommandComplete DECLARE CURSOR", "0 ReadyForQuery T", "1 RowDescription", "2 DataRow", "2 PortalSuspended", "3 ReadyForQuery T")
	n = c.send(query("commit"), execute("c", 0), execute("p", 0), sync)
	c.sees(n, "0 CommandComplete COMMIT", "0 ReadyForQuery I", "1 DataRow", "1 DataRow", "1 CommandComplete SELECT 2",
		"2 ErrorResponse 34000", "3 ReadyForQuery I")
	if c.session.Portal("p") != nil {
		t.Error("portal p outlives its transaction")
	}
}

// What the session believes of statements is what the server knows: after
// each flight every name is described.
func TestRealNames(t *testing.T) {
	c := begin(t, pgtest.Start(t, pgtest.Config{}))
	long := strings.Repeat("n", 63)
	for _, flight := range [][]wire.Message{
		{parse("", "select 1"), parse("a", "select 1"), parse(long+"x", "select 1"), sync},
		{parse("", "selekt"), sync},
		{parse("", "select 1"), sync},
		{bind("", "nowhere"), parse("", "select 2"), parse("b", "select 2"), closing('S', "a"), sync},
		{query("select 1")},
		{parse("", "select 1"), closing('S', "a"), parse("a", "select 2"), sync},
		{closing('S', "a"), parse("a", "selekt"), sync},
		{parse("a", "select 3"), parse("d", "deallocate all"), bind("", "d"), execute("", 0), parse("b", "select 2"), sync},
		{parse("a", "select 3"), sync},
		{query("discard all"), parse("c", "select 1"), sync},
		{parse("c", "select 'again'"), sync},
	} {
		c.send(flight...)
		for c.session.Pending() > 0 {
			c.hear()
		}
		for _, name := range []string{"", "a", "b", "c", "d", long, long + "y"} {
			known := c.session.Statement(name) != nil
			n := c.send(describe('S', name), sync)
			if known {
				c.sees(n, "0 ParameterDescription", "* RowDescription", "1 ReadyForQuery I")
			} else {
				c.sees(n, "0 ErrorResponse 26000", "1 ReadyForQuery I")
			}
		}
	}
}

func TestRealFunctionCall(t *testing.T) {
	c := begin(t, pgtest.Start(t, pgtest.Config{}))
	two := [][]byte{{0, 0, 0, 2}, {0, 0, 0, 40}}
	plus := &wire.FunctionCall{Function: 177, ArgFormats: []wire.Format{1}, Args: two, ResultFormat: 1} // int4pl
	n := c.send(plus)
	if got, ok := c.sees(n, "0 FunctionCallResponse").(*wire.FunctionCallResponse); !ok || !slices.Equal(got.Result, []byte{0, 0, 0, 42}) {
		t.Errorf("2 + 40 is %+v", got)
	}
	c.sees(n, "0 ReadyForQuery I")
	n = c.send(&wire.FunctionCall{Function: 1}, parse("", "select 1"), plus, bind("", ""), execute("", 0), sync)
	c.sees(n, "0 ErrorResponse", "0 ReadyForQuery I", "1 ParseComplete", "2 FunctionCallResponse", "2 ReadyForQuery I",
		"3 BindComplete", "4 DataRow", "4 CommandComplete SELECT 1", "5 ReadyForQuery I")
	c.idle()
}

// A constraint that is checked at the end fails at the end: at Sync, after the
// result of a Query, after the result of a function.
func TestRealDeferred(t *testing.T) {
	c := begin(t, pgtest.Start(t, pgtest.Config{}))
	c.does("create table parent (id int primary key); " +
		"create table child (id int references parent deferrable initially deferred); " +
		"create function break_it() returns int language sql volatile as 'insert into child values (7); select 1'")
	n := c.send(parse("", "insert into child values (1)"), bind("", ""), execute("", 0), sync, query("select 1"))
	c.sees(n, "0 ParseComplete", "1 BindComplete", "2 CommandComplete INSERT 0 1", "3 ErrorResponse 23503", "3 ReadyForQuery I",
		"4 RowDescription", "4 DataRow", "4 CommandComplete SELECT 1", "4 ReadyForQuery I")
	n = c.send(query("begin; insert into child values (1); commit; select 1"))
	c.sees(n, "0 CommandComplete BEGIN", "0 CommandComplete INSERT 0 1", "0 ErrorResponse 23503", "0 ReadyForQuery I")
	oid := c.asks("select 'break_it'::regproc::oid")[0]
	function := uint32(0)
	for _, digit := range oid {
		function = 10*function + uint32(digit-'0')
	}
	n = c.send(&wire.FunctionCall{Function: function}, query("select 1"))
	c.sees(n, "0 FunctionCallResponse", "0 ErrorResponse 23503", "0 ReadyForQuery I",
		"1 RowDescription", "1 DataRow", "1 CommandComplete SELECT 1", "1 ReadyForQuery I")
	c.idle()
}

func TestRealTransactionStatus(t *testing.T) {
	c := begin(t, pgtest.Start(t, pgtest.Config{}))
	n := c.send(query("begin"), query("selekt"), query("select 1"), parse("", "select 1"), sync, query("rollback"))
	c.sees(n, "0 CommandComplete BEGIN", "0 ReadyForQuery T", "1 ErrorResponse 42601", "1 ReadyForQuery E",
		"2 ErrorResponse 25P02", "2 ReadyForQuery E", "3 ErrorResponse 25P02", "4 ReadyForQuery E",
		"5 CommandComplete ROLLBACK", "5 ReadyForQuery I")
	if c.session.Status() != wire.TxIdle {
		t.Errorf("the status is %s", c.session.Status())
	}
}

// Messages that nobody asked for: notices, notifications, settings.
func TestRealAsynchronous(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	c, other := begin(t, server), begin(t, server)
	c.does("listen news")
	other.does("notify news, 'first'")
	c.sees(nil, "- NotificationResponse news first")
	n := c.send(query("notify news, 'mine'"))
	c.sees(n, "0 CommandComplete NOTIFY", "- NotificationResponse news mine", "0 ReadyForQuery I")
	n = c.send(query("begin"), query("notify news, 'later'; drop table if exists nowhere; set application_name = 'parley'"), query("commit"))
	c.sees(n, "0 CommandComplete BEGIN", "0 ReadyForQuery T", "1 CommandComplete NOTIFY", "1 NoticeResponse", "1 CommandComplete DROP TABLE",
		"1 CommandComplete SET", "1 ParameterStatus application_name parley", "1 ReadyForQuery T",
		"2 CommandComplete COMMIT", "- NotificationResponse news later", "2 ReadyForQuery I")
	if name, ok := c.session.Setting("application_name"); !ok || name != "parley" {
		t.Errorf("application_name is %q, %t", name, ok)
	}
	c.idle()
}

// A cancel request is a connection of its own, and has no reply but its effect.
func TestRealCancel(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	watcher := begin(t, server)
	for _, v := range []wire.Version{wire.Version30, wire.Version32} {
		c := dial(t, server)
		n := c.send(&wire.StartupMessage{Version: v, Parameters: []wire.Parameter{{Name: "user", Value: server.User()}}})
		key, ok := c.sees(n, "0 NegotiateProtocolVersion*", "0 AuthenticationOk", "0 ParameterStatus*", "0 BackendKeyData").(*wire.BackendKeyData)
		if !ok {
			t.Fatal("no key")
		}
		c.sees(n, "0 ReadyForQuery I")
		n = c.send(query("select pg_sleep(60)"), query("select 1"))
		watcher.until("select count(*) from pg_stat_activity where wait_event = 'PgSleep'", "1")
		canceller := dial(t, server)
		canceller.send(&wire.CancelRequest{ProcessID: key.ProcessID, Key: key.Key})
		canceller.ends()
		c.sees(n, "0 RowDescription", "0 ErrorResponse 57014", "0 ReadyForQuery I", "1 RowDescription", "1 DataRow", "1 CommandComplete SELECT 1", "1 ReadyForQuery I")
		c.idle()
	}
}

// A session that somebody else ends: at idle, and amid a reply.
func TestRealFatal(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	boss := begin(t, server)
	for _, sql := range []string{"", "select pg_sleep(60)"} {
		c := begin(t, server)
		pid := c.asks("select pg_backend_pid()")[0]
		if sql == "" {
			boss.asks("select pg_terminate_backend(" + pid + ")")
			c.sees(nil, "- ErrorResponse 57P01")
		} else {
			n := c.send(query(sql))
			boss.until("select count(*) from pg_stat_activity where wait_event = 'PgSleep'", "1")
			boss.asks("select pg_terminate_backend(" + pid + ")")
			c.sees(n, "0 RowDescription*", "0 ErrorResponse 57P01")
		}
		c.ends()
	}
}

// A message of a type that there is not ends the session.
func TestRealUnknownMessage(t *testing.T) {
	c := begin(t, pgtest.Start(t, pgtest.Config{}))
	msg := []byte{'z', 0, 0, 0, 4}
	if _, err := c.session.Message(wire.Frontend, wire.Frame{Type: 'z', Msg: msg, Body: msg[5:]}); err == nil {
		t.Error("the session knows a message of type z")
	}
	if _, err := c.conn.Write(msg); err != nil {
		t.Fatal(err)
	}
	c.sees(nil, "- ErrorResponse 08P01")
	c.ends()
}

package wire_test

import (
	"testing"

	"parley/pgtest"
	"parley/wire"
)

// copier is a session with a table t, and a table refused whose trigger fails
// before any data is read.
func copier(t *testing.T) *line {
	t.Helper()
	c := begin(t, pgtest.Start(t, pgtest.Config{}))
	c.does("create table t (n int); create table refused (n int); " +
		"create function refuse() returns trigger language plpgsql as 'begin raise exception ''no''; end'; " +
		"create trigger no before insert on refused for each statement execute function refuse()")
	return c
}

func TestRealCopyInSimple(t *testing.T) {
	c := copier(t)
	n := c.send(query("copy t from stdin"))
	c.sees(n, "0 CopyInResponse")
	m := c.send(data("1\n2"), data("\n3\n"), flush, sync, copyDone)
	if len(m) != 5 {
		t.Fatal(m)
	}
	c.sees(n, "0 CommandComplete COPY 3", "0 ReadyForQuery I")

	// Sent ahead, with more statements and queries behind it.
	n = c.send(query("copy t from stdin; select 1; copy t from stdin"), data("4\n"), copyDone, data("5\n"), copyDone, query("select 2"))
	c.sees(n, "0 CopyInResponse", "0 CommandComplete COPY 1", "0 RowDescription", "0 DataRow", "0 CommandComplete SELECT 1",
		"0 CopyInResponse", "0 CommandComplete COPY 1", "0 ReadyForQuery I",
		"5 RowDescription", "5 DataRow", "5 CommandComplete SELECT 1", "5 ReadyForQuery I")
	c.idle()
}

func TestRealCopyInFails(t *testing.T) {
	c := copier(t)
	for name, f := range map[string]struct {
		flight []wire.Message
		want   []string
	}{
		"given up": {
			[]wire.Message{query("copy t from stdin; select 1"), data("1\n"), &wire.CopyFail{Reason: "enough"}, query("")},
			[]string{"0 CopyInResponse", "0 ErrorResponse 57014", "0 ReadyForQuery I", "3 EmptyQueryResponse", "3 ReadyForQuery I"}},
		"bad data": {
			[]wire.Message{query("copy t from stdin"), data("x\n"), data("2\n"), copyDone, query("")},
			[]string{"0 CopyInResponse", "0 ErrorResponse 22P02", "0 ReadyForQuery I", "4 EmptyQueryResponse", "4 ReadyForQuery I"}},
		"no such table": {
			[]wire.Message{query("copy nowhere from stdin"), data("1\n"), copyDone, query("")},
			[]string{"0 ErrorResponse 42P01", "0 ReadyForQuery I", "3 EmptyQueryResponse", "3 ReadyForQuery I"}},
		"refused": {
			[]wire.Message{query("copy refused from stdin"), data("1\n"), copyDone, query("")},
			[]string{"0 CopyInResponse", "0 ErrorResponse P0001", "0 ReadyForQuery I", "3 EmptyQueryResponse", "3 ReadyForQuery I"}},
		"extended, bad data": {
			[]wire.Message{parse("", "copy t from stdin"), bind("", ""), execute("", 0), data("x\n"), data("1\n"), copyDone, sync, query("")},
			[]string{"0 ParseComplete", "1 BindComplete", "2 CopyInResponse", "2 ErrorResponse 22P02", "6 ReadyForQuery I",
				"7 EmptyQueryResponse", "7 ReadyForQuery I"}},
		"extended, given up, Sync sent ahead": {
			[]wire.Message{parse("", "copy t from stdin"), bind("", ""), execute("", 0), sync, &wire.CopyFail{Reason: "enough"}, sync, query("")},
			[]string{"0 ParseComplete", "1 BindComplete", "2 CopyInResponse", "2 ErrorResponse 57014", "5 ReadyForQuery I",
				"6 EmptyQueryResponse", "6 ReadyForQuery I"}},
		"extended, no such table, Sync sent ahead": {
			[]wire.Message{parse("", "copy nowhere from stdin"), bind("", ""), execute("", 0), sync, data("1\n"), copyDone, sync, query("")},
			[]string{"0 ParseComplete", "1 BindComplete", "2 ErrorResponse 42P01", "3 ReadyForQuery I", "6 ReadyForQuery I",
				"7 EmptyQueryResponse", "7 ReadyForQuery I"}},
		"extended, refused, Sync sent ahead": { // which Sync is answered first cannot be known
			[]wire.Message{parse("", "copy refused from stdin"), bind("", ""), execute("", 0), sync, data("1\n"), copyDone, sync, query("")},
			[]string{"0 ParseComplete", "1 BindComplete", "2 CopyInResponse", "2 ErrorResponse P0001", "* ReadyForQuery I", "* ReadyForQuery I",
				"7 EmptyQueryResponse", "7 ReadyForQuery I"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.t = t
			n := c.send(f.flight...)
			c.sees(n, f.want...)
			c.idle()
		})
	}
}

// Data that comes after the error breaks no rule, and the session goes on.
func TestRealCopyInStray(t *testing.T) {
	c := copier(t)
	n := c.send(query("copy t from stdin"))
	c.sees(n, "0 CopyInResponse")
	c.send(data("x\n"), data("y\n"))
	c.sees(n, "0 ErrorResponse 22P02")
	c.send(data("z\n"))
	c.sees(n, "0 ReadyForQuery I")
	c.send(data("z\n"), copyDone)
	n = c.send(query(""))
	c.sees(n, "0 EmptyQueryResponse", "0 ReadyForQuery I")

	n = c.send(parse("", "copy t from stdin"), bind("", ""), execute("", 0), sync)
	c.sees(n, "0 ParseComplete", "1 BindComplete", "2 CopyInResponse")
	c.send(data("x\n"), data("y\n"))
	c.sees(n, "2 ErrorResponse 22P02")
	n = c.send(data("z\n"), copyDone, sync)
	c.sees(n, "2 ReadyForQuery I")
	c.idle()
}

// The way that libpq runs a COPY by the extended protocol: Sync before the
// data, and again after.
func TestRealCopyInExtended(t *testing.T) {
	c := copier(t)
	n := c.send(parse("", "copy t from stdin"), bind("", ""), describe('P', ""), execute("", 0), sync)
	c.sees(n, "0 ParseComplete", "1 BindComplete", "2 NoData", "3 CopyInResponse")
	m := c.send(data("1\n"), copyDone, sync)
	c.sees(n, "3 CommandComplete COPY 1")
	c.sees(m, "2 ReadyForQuery I")

	n = c.send(parse("", "copy t from stdin"), bind("", ""), execute("", 0), sync, flush, data("1\n"), copyDone,
		bind("", ""), execute("", 0), data("2\n"), copyDone, sync)
	c.sees(n, "0 ParseComplete", "1 BindComplete", "2 CopyInResponse", "2 CommandComplete COPY 1",
		"7 BindComplete", "8 CopyInResponse", "8 CommandComplete COPY 1", "11 ReadyForQuery I")
	if got := c.asks("select count(*) from t")[0]; got != "3" {
		t.Errorf("%s rows", got)
	}
}

// What may not come during a COPY makes the server end the session.
func TestRealCopyInBroken(t *testing.T) {
	c := copier(t)
	n := c.send(query("copy t from stdin"))
	c.sees(n, "0 CopyInResponse")
	msg, err := (&wire.Query{SQL: "select 1"}).Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.session.Message(wire.Frontend, wire.Frame{Type: 'Q', Msg: msg, Body: msg[5:]}); err == nil {
		t.Error("the session has nothing against it")
	}
	if _, err := c.conn.Write(msg); err != nil {
		t.Fatal(err)
	}
	c.sees(n, "0 ErrorResponse 08P01", "0 ErrorResponse 08P01")
	c.ends()
}

func TestRealCopyOut(t *testing.T) {
	c := copier(t)
	n := c.send(query("copy (select generate_series(1, 3)) to stdout; select 1"), sync,
		parse("", "copy (select 1 / (3 - n) from generate_series(1, 3) n) to stdout (format binary)"), bind("", ""), execute("", 0), sync,
		query("copy (select 1 / (3 - n) from generate_series(1, 3) n) to stdout; select 1"), query(""))
	c.sees(n, "0 CopyOutResponse", "0 CopyData", "0 CopyData", "0 CopyData", "0 CopyDone", "0 CommandComplete COPY 3",
		"0 RowDescription", "0 DataRow", "0 CommandComplete SELECT 1", "0 ReadyForQuery I", "1 ReadyForQuery I",
		"2 ParseComplete", "3 BindComplete", "4 CopyOutResponse", "4 CopyData*", "4 ErrorResponse 22012", "5 ReadyForQuery I",
		"6 CopyOutResponse", "6 CopyData*", "6 ErrorResponse 22012", "6 ReadyForQuery I", "7 EmptyQueryResponse", "7 ReadyForQuery I")
	c.idle()
}

package wire_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"parley/pgtest"
	"parley/wire"
)

// publisher is a server with a publication, and a session on it.
func publisher(t *testing.T) (*pgtest.Server, *line) {
	t.Helper()
	server := pgtest.Start(t, pgtest.Config{Settings: map[string]string{
		"wal_level": "logical", "max_wal_senders": "4", "max_replication_slots": "8", "wal_sender_timeout": "0",
		"max_prepared_transactions": "4", "logical_decoding_work_mem": "64kB",
		"synchronous_commit": "on"}})
	c := begin(t, server)
	c.does("create type mood as enum ('happy', 'sad'); " +
		"create table pupil (id int primary key, name text, feels mood); alter table pupil replica identity full; " +
		"create table class (id int primary key); create publication news for all tables")
	return server, c
}

// streamer begins a replication connection.
func streamer(t *testing.T, server *pgtest.Server, replication string) *line {
	t.Helper()
	return begin(t, server, wire.Parameter{Name: "replication", Value: replication})
}

var pupilWork = []string{
	"insert into pupil values (1, 'ada', 'happy'), (2, null, 'sad')",
	"update pupil set name = 'bob' where id = 2",
	"delete from pupil where id = 1; select pg_logical_emit_message(true, 'note', 'inside')",
	"insert into class values (1); truncate pupil, class",
	"begin; insert into pupil select n, repeat('x', 100), 'sad' from generate_series(1, 5000) n; " +
		"savepoint s; insert into pupil select n, repeat('y', 100), 'sad' from generate_series(5001, 9000) n; rollback to s; " +
		"select pg_logical_emit_message(true, 'note', 'in a stream'); commit",
	"begin; insert into pupil select n, repeat('x', 100), 'sad' from generate_series(10001, 15000) n; rollback",
}

var pupilKinds = []wire.Kind{wire.KindXLogData, wire.KindLogicalBegin, wire.KindLogicalCommit, wire.KindLogicalRelation,
	wire.KindLogicalType, wire.KindLogicalInsert, wire.KindLogicalUpdate, wire.KindLogicalDelete, wire.KindLogicalTruncate,
	wire.KindLogicalMessage}

// Each version of pgoutput, as far as the server has it.
func TestRealLogical(t *testing.T) {
	server, c := publisher(t)
	for v, since := range map[int]int{1: 140000, 2: 140000, 3: 150000, 4: 160000} {
		if server.VersionNum() < since {
			continue
		}
		t.Run(fmt.Sprintf("version %d", v), func(t *testing.T) {
			c.t = t
			options := fmt.Sprintf("proto_version '%d', publication_names 'news', messages 'true'", v)
			want := slices.Clone(pupilKinds)
			switch {
			case v == 1:
				options += ", binary 'true'"
			case v < 4:
				options += ", streaming 'on'"
			default:
				options += ", streaming 'parallel'"
			}
			if v > 1 {
				want = append(want, wire.KindStreamStart, wire.KindStreamStop, wire.KindStreamCommit, wire.KindStreamAbort)
			}
			work := slices.Clone(pupilWork)
			if v > 2 {
				options += ", two_phase 'on'"
				work = append(work, "begin; insert into pupil values (20001); prepare transaction 'small'", "commit prepared 'small'",
					"begin; insert into pupil values (20002); prepare transaction 'undone'", "rollback prepared 'undone'",
					"begin; insert into pupil select n, repeat('x', 100) from generate_series(30001, 35000) n; prepare transaction 'large'",
					"commit prepared 'large'")
				want = append(want, wire.KindBeginPrepare, wire.KindPrepare, wire.KindCommitPrepared, wire.KindRollbackPrepared,
					wire.KindStreamPrepare)
			}
			c.does("truncate pupil, class")
			s := streamer(t, server, "database")
			slot := fmt.Sprintf("slot%d", v)
			c.asks(fmt.Sprintf("select pg_create_logical_replication_slot('%s', 'pgoutput', false, %t)", slot, v > 2))
			for _, sql := range work {
				c.working(sql)
			}
			s.stream(fmt.Sprintf("START_REPLICATION SLOT %s LOGICAL 0/0 (%s)", slot, options), c)
			for _, k := range want {
				if s.embedded[k] == 0 {
					t.Errorf("no %s came: %v", k, s.embedded)
				}
			}
			c.asks("select pg_drop_replication_slot('" + slot + "')")
		})
	}
}

// working runs a query and does not mind what it returns.
func (c *line) working(sql string) {
	c.t.Helper()
	n := c.send(query(sql))
	for c.session.Pending() > 0 {
		if e, m := c.hear(); e.Kind == wire.KindErrorResponse {
			c.t.Fatalf("%s: %s", sql, told(e, m, n))
		}
	}
}

// stream streams up to where the log is now, then ends in order.
func (c *line) stream(sql string, other *line) {
	c.t.Helper()
	const more = "select pg_logical_emit_message(true, 'end', 'of the test')"
	other.asks(more)
	end := other.asks("select pg_current_wal_insert_lsn()")[0]
	other.asks(more) // so that the log goes beyond the end
	n := c.send(query(sql))
	c.sees(n, "0 CopyBothResponse")
	c.send(status(0))
	for reached := wire.LSN(0); reached < lsn(end); {
		e, m := c.hear()
		if e.Kind != wire.KindCopyData || e.Request != n[0] {
			c.t.Fatalf("heard %s", told(e, m, n))
		}
		reached = max(reached, c.position(m.(*wire.CopyData).Data))
	}
	c.send(status(lsn(end)), copyDone)
	c.sees(n, "0 CopyData*", "0 CopyDone", "0 CopyData*", "0 CommandComplete*", "0 ReadyForQuery I")
	c.idle()
}

// position is how far a message says the log was sent. A keepalive that asks
// for a reply gets one.
func (c *line) position(data []byte) wire.LSN {
	c.t.Helper()
	var keepalive wire.PrimaryKeepalive
	var piece wire.XLogData
	switch {
	case data[0] == 'w' && piece.Parse(data[1:]) == nil:
		return piece.Start
	case data[0] == 'k' && keepalive.Parse(data[1:]) == nil:
		if keepalive.Reply {
			c.send(status(keepalive.End))
		}
		return keepalive.End
	}
	c.t.Fatalf("heard %q", data)
	return 0
}

func status(at wire.LSN) wire.Message {
	inner, _ := (&wire.StandbyStatusUpdate{Written: at, Flushed: at, Applied: at, Reply: true}).Append(nil)
	return &wire.CopyData{Data: inner}
}

func lsn(text string) wire.LSN {
	var high, low uint32
	fmt.Sscanf(text, "%X/%X", &high, &low)
	return wire.LSN(high)<<32 | wire.LSN(low)
}

func TestRealPhysical(t *testing.T) {
	server, c := publisher(t)
	s := streamer(t, server, "true")
	n := s.send(query("IDENTIFY_SYSTEM"), query("SHOW server_version"))
	s.sees(n, "0 RowDescription", "0 DataRow", "0 CommandComplete IDENTIFY_SYSTEM", "0 ReadyForQuery I",
		"1 RowDescription", "1 DataRow", "1 CommandComplete SHOW", "1 ReadyForQuery I")
	start := c.asks("select pg_current_wal_lsn()")[0]
	c.working("insert into class select generate_series(1, 10000)")
	s.stream("START_REPLICATION PHYSICAL "+start+" TIMELINE 1", c)
	if s.embedded[wire.KindXLogData] == 0 || s.embedded[wire.KindStandbyStatusUpdate] == 0 {
		t.Errorf("what came is %v", s.embedded)
	}

	// What the command cannot do, and what a replication connection cannot.
	n = s.send(query("START_REPLICATION PHYSICAL FFFF/0 TIMELINE 1"), query("START_REPLICATION SLOT nowhere PHYSICAL 0/0"))
	s.sees(n, "0 CopyBothResponse*", "0 ErrorResponse", "0 ReadyForQuery I", "1 ErrorResponse", "1 ReadyForQuery I")
	n = s.send(parse("", "select 1"), bind("", ""), sync)
	s.sees(n, "0 ErrorResponse 08P01", "2 ReadyForQuery I")
	n = s.send(&wire.FunctionCall{Function: 177}, query("IDENTIFY_SYSTEM"))
	s.sees(n, "0 ErrorResponse 08P01", "0 ReadyForQuery I", "1 RowDescription", "1 DataRow", "1 CommandComplete IDENTIFY_SYSTEM", "1 ReadyForQuery I")
	s.idle()
}

// Terminate amid a stream ends it, with whatever is on its way.
func TestRealStreamTerminated(t *testing.T) {
	server, c := publisher(t)
	s := streamer(t, server, "true")
	n := s.send(query("START_REPLICATION PHYSICAL " + c.asks("select pg_current_wal_lsn()")[0]))
	s.sees(n, "0 CopyBothResponse")
	s.send(&wire.Terminate{})
	for {
		f, err := s.read()
		if err != nil {
			break
		}
		s.take(wire.Backend, f)
	}
	s.ends()
}

// A server that shuts down ends a stream without CopyDone, and other sessions
// with an error.
func TestRealShutdown(t *testing.T) {
	server, c := publisher(t)
	s := streamer(t, server, "true")
	at := c.asks("select pg_current_wal_lsn()")[0]
	n := s.send(query("START_REPLICATION PHYSICAL " + at))
	s.sees(n, "0 CopyBothResponse")
	// Up to here a walsender that is told to stop dies as other backends do.
	c.until("select count(*) from pg_stat_replication where state = 'streaming'", "1")
	s.leaving = true
	stopped := make(chan error, 1)
	ctx := t.Context()
	go func() { stopped <- server.Stop(ctx, pgtest.Fast) }()
	for {
		e, m := s.hear()
		if e.Kind == wire.KindCommandComplete {
			if got := told(e, m, n); got != "0 CommandComplete COPY 0" {
				t.Errorf("heard %s", got)
			}
			break
		}
		if e.Kind != wire.KindCopyData {
			t.Fatalf("heard %s", told(e, m, n))
		}
		s.send(status(s.position(m.(*wire.CopyData).Data)))
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	c.sees(nil, "- ErrorResponse 57P01")
	c.ends()
}

// A base backup: results and archives, one after another.
func TestRealBaseBackup(t *testing.T) {
	server, _ := publisher(t)
	s := streamer(t, server, "true")
	fifteen := server.VersionNum() >= 150000
	sql := "BASE_BACKUP LABEL 'x' PROGRESS FAST NOWAIT MANIFEST 'yes'"
	if fifteen {
		sql = "BASE_BACKUP (LABEL 'x', PROGRESS, CHECKPOINT 'fast', WAIT false, MANIFEST 'yes')"
	}
	n := s.send(query(sql), query("IDENTIFY_SYSTEM"))
	s.sees(n, "0 NoticeResponse*", "0 RowDescription", "0 DataRow", "0 CommandComplete SELECT",
		"0 RowDescription", "0 DataRow", "0 CommandComplete SELECT", "0 CopyOutResponse", "0 CopyData*", "0 CopyDone")
	if !fifteen {
		s.sees(n, "0 CopyOutResponse", "0 CopyData*", "0 CopyDone") // the manifest
	}
	s.sees(n, "0 NoticeResponse*", "0 RowDescription", "0 DataRow", "0 CommandComplete SELECT", "0 CommandComplete BASE_BACKUP", "0 ReadyForQuery I",
		"1 RowDescription", "1 DataRow", "1 CommandComplete IDENTIFY_SYSTEM", "1 ReadyForQuery I")
	s.idle()
	for _, k := range []wire.Kind{wire.KindNewArchive, wire.KindManifest, wire.KindArchiveData, wire.KindProgressReport} {
		if (s.embedded[k] > 0) != fifteen {
			t.Errorf("%d times %s came: %v", s.embedded[k], k, s.embedded)
		}
	}
}

// A timeline that ended: after the stream the server says where the next one
// begins. A server that recovers from its own log is on timeline 2.
func TestRealTimelineSwitch(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{Files: map[string][]byte{"recovery.signal": nil},
		Settings: map[string]string{"restore_command": "false"}})
	begin(t, server).until("select pg_is_in_recovery()", "f")
	s := streamer(t, server, "true")
	n := s.send(query("TIMELINE_HISTORY 2"))
	s.sees(n, "0 RowDescription")
	history := s.sees(n, "0 DataRow").(*wire.DataRow)
	s.sees(n, "0 CommandComplete TIMELINE_HISTORY", "0 ReadyForQuery I")
	ended := lsn(strings.Fields(string(history.Values[1]))[1])

	n = s.send(query(fmt.Sprintf("START_REPLICATION PHYSICAL %s TIMELINE 1", ended&^(16<<20-1))))
	s.sees(n, "0 CopyBothResponse", "0 CopyData*", "0 CopyDone")
	s.send(copyDone)
	s.sees(n, "0 RowDescription")
	row := s.sees(n, "0 DataRow").(*wire.DataRow)
	if len(row.Values) != 2 || string(row.Values[0]) != "2" || lsn(string(row.Values[1])) != ended {
		t.Errorf("the next timeline is %q", row.Values)
	}
	s.sees(n, "0 CommandComplete START_STREAMING", "0 CommandComplete START_REPLICATION", "0 ReadyForQuery I")
	n = s.send(query("IDENTIFY_SYSTEM"))
	s.sees(n, "0 RowDescription", "0 DataRow", "0 CommandComplete IDENTIFY_SYSTEM", "0 ReadyForQuery I")
	s.idle()
}

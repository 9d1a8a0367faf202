package wire

import "testing"

var copyTrials = []trial{
	{"in, simple", `
		start
		F Query copy t from stdin        | is q, flow 2
		B CopyInResponse                 | to q
		F CopyData 1                     | flow 2
		F CopyData 2                     | flow 2
		F CopyDone                       | flow 2
		B CommandComplete COPY 2         | to q
		B ReadyForQuery I                | to q, flow 2
		F Query                          | flow 3
	`},
	{"in, extended, with Sync sent ahead", `
		start
		F Parse - - copy t from stdin
		F Bind - -
		F Execute -                      | is e, flow 2
		F Sync                           | flow 2
		B ParseComplete
		B BindComplete
		B CopyInResponse                 | to e
		= pending 0
		F CopyData 1                     | flow 2
		F Flush                          | flow 2
		F CopyDone                       | flow 2
		F Sync                           | is s, flow 2
		B CommandComplete COPY 1         | to e
		B ReadyForQuery I                | to s, flow 2
		= ready true
		F Query                          | flow 3
	`},
	{"in, everything in one flight", `
		start
		F Parse - - copy t from stdin
		F Bind - -
		F Execute -                      | is e
		F CopyData 1
		F CopyData 2
		F CopyDone
		F Sync                           | is s
		F Query next                     | is q
		B ParseComplete
		B BindComplete
		B CopyInResponse
		B CommandComplete COPY 2         | to e
		B ReadyForQuery I                | to s
		B CommandComplete                | to q
		B ReadyForQuery I                | to q
	`},
	{"in, two in one Query, sent ahead", `
		start
		F Query copy a from stdin; copy b from stdin; select | is q
		F CopyData 1
		F CopyDone
		F CopyData 2
		F CopyFail
		B CopyInResponse
		B CommandComplete COPY 1
		B CopyInResponse
		B ErrorResponse ERROR            | to q
		B ReadyForQuery I                | to q
		= ready true
	`},
	{"in, failed in its midst, simple", `
		start
		F Query copy t from stdin        | is q
		B CopyInResponse
		F CopyData bad
		B ErrorResponse ERROR            | to q
		F CopyData useless               | skipped, flow 2
		B ReadyForQuery I                | to q
		F CopyData useless               | skipped, flow 2
		F CopyDone                       | skipped
		= ready true
		F Query                          | is q, flow 3
		B CommandComplete                | to q
		B ReadyForQuery I                | to q
	`},
	{"in, failed in its midst, extended", `
		start
		F Execute -                      | is e
		B CopyInResponse
		F CopyData bad
		B ErrorResponse ERROR            | to e
		F CopyData useless               | skipped
		F CopyDone                       | skipped
		F Sync                           | is s
		B ReadyForQuery I                | to s
	`},
	{"in, failed after its end, with another one behind it", `
		start
		F Execute -                      | is e1
		F CopyData bad
		F CopyDone
		F Sync                           | is s1
		F Execute -                      | is e2
		F CopyData 1
		F CopyDone
		F Sync                           | is s2
		B CopyInResponse                 | to e1
		B ErrorResponse ERROR            | to e1
		B ReadyForQuery I                | to s1
		B CopyInResponse                 | to e2
		B CommandComplete COPY 1         | to e2
		B ReadyForQuery I                | to s2
	`},
	{"in, failed before it began, with Sync sent ahead", `
		start
		F Execute -                      | is e
		F Sync                           | is s1
		F CopyData 1
		F CopyDone
		F Sync                           | is s2
		B ErrorResponse ERROR            | to e
		B ReadyForQuery I                | to s1
		B ReadyForQuery I                | to s2
		= ready true
	`},
	{"in, failed before it began, simple, with data sent ahead", `
		start
		F Query copy nowhere from stdin  | is q1
		F CopyData 1
		F CopyDone
		F Query                          | is q2
		B ErrorResponse ERROR            | to q1
		B ReadyForQuery I                | to q1
		B CommandComplete                | to q2
		B ReadyForQuery I                | to q2
	`},
	{"in, given up", `
		start
		F Query copy t from stdin
		B CopyInResponse
		F CopyFail
		B CommandComplete COPY 0         | ! the frontend has sent CopyFail, which only an error can answer
		B ErrorResponse ERROR
		B ReadyForQuery I
	`},
	{"in, given up, extended", `
		start
		F Execute -
		F Sync
		B CopyInResponse
		F CopyFail
		F Sync                           | is s
		B ErrorResponse ERROR
		B ReadyForQuery I                | to s
		= ready true
	`},
	{"in, a Sync that came too late to be data", `
		start
		F Execute -
		F CopyData bad
		F Sync                           | is s
		B CopyInResponse
		B ErrorResponse ERROR
		= skipping true
		B ReadyForQuery I                | to s
		= skipping false
		= ready true
		B ReadyForQuery I                | ! no request awaits a reply
	`},
	{"in, a Sync that came too late, simple, and a query after it", `
		start
		F Query copy t from stdin        | is q1
		B CopyInResponse
		F CopyData bad
		F Sync                           | is s
		B ErrorResponse ERROR            | to q1
		B ReadyForQuery I                | to q1
		F Query                          | is q2
		B ReadyForQuery I                | to s
		B CommandComplete                | to q2
		B ReadyForQuery I                | to q2
		B ReadyForQuery I                | ! no request awaits a reply
	`},
	{"in, failed before it read the Sync sent ahead", `
		start
		F Execute -                      | is e
		F Sync                           | is s1
		B CopyInResponse                 | to e
		F CopyData 1
		F CopyDone
		F Sync                           | is s2
		B ErrorResponse ERROR            | to e
		B ReadyForQuery I
		B ReadyForQuery I
		= ready true
		B ReadyForQuery I                | ! no request awaits a reply
	`},
	{"in, a Sync that was data after all", `
		start
		F Query copy t from stdin        | is q1
		B CopyInResponse
		F Sync
		F CopyData bad
		B ErrorResponse ERROR
		B ReadyForQuery I                | to q1
		F Query                          | is q2
		B CommandComplete                | to q2
		B ReadyForQuery I                | to q2
		B ReadyForQuery I                | ! no request awaits a reply
	`},
	{"in, with other messages", `
		start
		F Query copy t from stdin
		B CopyInResponse
		B CommandComplete COPY 0         | ! the COPY is not complete: CopyDone is missing
		B ReadyForQuery I                | ! the reply to Query (message 6) is not complete
		B CopyData x                     | ! no COPY to the frontend is under way
		B RowDescription x               | ! the statement before it has begun to reply
		B CopyInResponse                 | ! the statement before it has begun to reply
		B CopyBothResponse               | ! the statement before it has begun to reply
		F Query                          | ! while the backend takes COPY data only CopyData, CopyDone, CopyFail, Flush, Sync and Terminate can be sent
		B ErrorResponse ERROR
		B ErrorResponse FATAL
	`},
	{"in, with Terminate", `
		start
		F Query copy t from stdin
		B CopyInResponse
		F CopyData 1
		F Terminate
		B ErrorResponse ERROR
		B ErrorResponse FATAL
	`},
	{"out", `
		start
		F Query copy t to stdout         | is q
		F Query next                     | is n
		B CopyOutResponse                | to q
		B CopyData 1                     | to q, payload copy
		B CommandComplete COPY 1         | ! the COPY is not complete: CopyDone is missing
		B NotificationResponse           | to -
		B CopyDone                       | to q
		B CopyData 2                     | ! the backend has ended its data with CopyDone
		B CopyDone                       | ! the backend has ended its data with CopyDone
		B CopyOutResponse                | ! the statement before it has begun to reply
		B CommandComplete COPY 1         | to q
		B ReadyForQuery I                | to q
		B CommandComplete                | to n
		B ReadyForQuery I                | to n
	`},
	{"out, extended", `
		start
		F Execute -                      | is e
		F Sync                           | is s
		B CopyOutResponse
		B CopyData 1                     | to e
		B CopyDone                       | to e
		B CommandComplete COPY 1         | to e
		B ReadyForQuery I                | to s
	`},
	{"out, failed in its midst", `
		start
		F Query copy t to stdout; next   | is q
		B CopyOutResponse
		B CopyData 1
		B ErrorResponse ERROR            | to q
		B ReadyForQuery I
		F Execute -                      | is e
		F Bind - -
		F Sync                           | is s
		B CopyOutResponse
		B CopyData 1
		B ErrorResponse ERROR            | to e
		B ReadyForQuery I                | to s
	`},
	{"data that nobody asked for", `
		start
		F CopyData x                     | skipped
		F CopyDone                       | skipped
		F CopyFail                       | skipped
		F Query                          | is q
		F CopyData x
		B CommandComplete                | to q
		B ReadyForQuery I                | to q
		= ready true
	`},
}

const (
	streaming = `
		F StartupMessage 3.0 user=ada replication=database
		B AuthenticationOk
		B ParameterStatus server_version 18beta1
		B ReadyForQuery I
	`
	old = `
		F StartupMessage 3.0 user=ada replication=1
		B AuthenticationOk
		B ParameterStatus server_version 14.9
		B ReadyForQuery I
	`
)

var streamTrials = []trial{
	{"logical, with a transaction in pieces", streaming + `
		F Query start_replication slot s logical 0/0 (proto_version '2', publication_names 'p') | is q
		B CopyBothResponse               | to q
		B CopyData log:Begin      | to q, payload logical
		F CopyData r                     | payload logical
		B CopyData log:StreamStart       | payload logical
		B CopyData log:Relation   | payload logical, streamed
		F CopyData r                     | payload logical, streamed
		B CopyData k                     | payload logical, streamed
		B CopyData log:StreamStop        | payload logical, streamed
		B CopyData log:StreamCommit      | payload logical
		F CopyDone
		B CopyData log:Begin      | to q
		B CopyDone                       | to q
		B CommandComplete COPY 0         | to q
		B ReadyForQuery I                | to q
		= ready true
	`},
	{"what comes after both ends", streaming + `
		F Query START_REPLICATION SLOT s LOGICAL 0/0 (proto_version '1') | is q
		B CopyBothResponse
		F CopyDone
		B CopyDone                       | to q
		B CopyData log:Insert            | to q, payload logical
		B CopyDone                       | ! the backend has ended its data with CopyDone
		B CommandComplete COPY 0         | to q
		B CopyData log:Insert            | ! no COPY to the frontend is under way
		B CommandComplete START_REPLICATION | to q
		B ReadyForQuery I                | to q
		= ready true
	`},
	{"another plug-in", streaming + `
		F Query START_REPLICATION SLOT s LOGICAL 0/0
		B CopyBothResponse
		B CopyData log:StreamStart       | payload physical
		B CopyData log:Begin      | payload physical
	`},
	{"physical, at the end of a timeline", streaming + `
		F Query START_REPLICATION 0/0 TIMELINE 1 | is q
		B CopyBothResponse               | to q
		B CopyData w                     | payload physical
		B CopyDone                       | to q
		B CopyData w                     | ! the backend has ended its data with CopyDone
		B RowDescription x               | ! the statement before it has begun to reply, and CommandComplete is missing
		F CopyData r                     | flow 2
		F CopyDone                       | flow 2
		B RowDescription next_tli next_tli_startpos | to q
		B DataRow 2                      | to q
		B CommandComplete START_STREAMING | to q
		B CommandComplete START_REPLICATION | to q
		B ReadyForQuery I                | to q
	`},
	{"a server that shuts down", streaming + `
		F Query START_REPLICATION 0/0    | is q
		B CopyBothResponse
		B CopyData w
		B CommandComplete COPY 0         | to q
		B ErrorResponse FATAL
	`},
	{"an error amid the stream", streaming + `
		F Query START_REPLICATION 0/0    | is q
		B CopyBothResponse
		B ErrorResponse ERROR            | to q
		F CopyData r                     | skipped
		B ReadyForQuery I                | to q
		F CopyDone                       | skipped
		F Sync                           | is s
		B ReadyForQuery I                | to s
	`},
	{"what the frontend may not send", streaming + `
		F Query START_REPLICATION 0/0
		B CopyBothResponse
		F Sync                           | ! while data is copied both ways only CopyData, CopyDone and Terminate can be sent
	`},
	{"CopyFail in a stream", streaming + `
		F Query START_REPLICATION 0/0
		B CopyBothResponse
		F CopyFail                       | ! while data is copied both ways only CopyData, CopyDone and Terminate can be sent
	`},
	{"data after its end", streaming + `
		F Query START_REPLICATION 0/0
		B CopyBothResponse
		F CopyData r
		F CopyDone
		F CopyData r                     | ! the frontend has ended its data with CopyDone
	`},
	{"a query sent behind the end", streaming + `
		F Query START_REPLICATION 0/0    | is q
		B CopyBothResponse
		F CopyDone
		F Query IDENTIFY_SYSTEM          | is i
		B CopyData w                     | to q
		B CopyDone                       | to q
		B CommandComplete START_REPLICATION
		B ReadyForQuery I
		B RowDescription systemid        | to i
		B DataRow 1
		B CommandComplete IDENTIFY_SYSTEM
		B ReadyForQuery I                | to i
	`},
	{"Terminate amid the stream", streaming + `
		F Query START_REPLICATION 0/0    | is q
		B CopyBothResponse
		F Terminate
		B CopyData w                     | to q
		= over true
	`},
	{"both ways outside of replication", `
		start
		F Query START_REPLICATION 0/0
		B CopyBothResponse               | ! only START_REPLICATION copies both ways, in a Query of a replication connection
	`},
	{"a base backup", streaming + `
		F Query BASE_BACKUP (LABEL 'x')  | is q
		B RowDescription recptr tli
		B DataRow 2
		B CommandComplete SELECT
		B RowDescription spcoid spclocation size
		B DataRow 3
		B CommandComplete SELECT
		B CopyOutResponse
		B CopyData n                     | to q, payload backup
		B CopyDone
		B RowDescription recptr tli      | to q
		B DataRow 2
		B CommandComplete SELECT
		B CommandComplete BASE_BACKUP
		B ReadyForQuery I                | to q
	`},
	{"a base backup before PostgreSQL 15", old + `
		F Query BASE_BACKUP              | is q
		B RowDescription recptr tli
		B DataRow 2
		B CommandComplete SELECT
		B CopyOutResponse
		B CopyData n                     | payload copy
		B CopyDone
		B CopyOutResponse                | to q
		B CopyData m                     | payload copy
		B CopyDone
		B RowDescription recptr tli
		B DataRow 2
		B CommandComplete SELECT
		B CommandComplete BASE_BACKUP
		B ReadyForQuery I                | to q
	`},
	{"SQL in a replication connection", streaming + `
		F Query copy proto_version to stdout
		B CopyOutResponse
		B CopyData S                     | payload copy
	`},
	{"no command", streaming + `
		F Query -- ;
		B EmptyQueryResponse
		B ReadyForQuery I
	`},
	{"a command that cannot be read", streaming + `
		F !Query
		B ErrorResponse ERROR
		B ReadyForQuery I
	`},
}

func TestCopy(t *testing.T)   { converseAll(t, copyTrials) }
func TestStream(t *testing.T) { converseAll(t, streamTrials) }

// What CopyData will carry is read off the command.
func TestPayload(t *testing.T) {
	for sql, want := range map[string]Payload{
		"":                PayloadCopy,
		"IDENTIFY_SYSTEM": PayloadCopy,
		"START_REPLICATION SLOT s LOGICAL 0/0 (proto_version '1')":                         PayloadLogical,
		"start_replication slot s logical 0/0 (\"proto_version\" '4', binary)":             PayloadLogical,
		"START_REPLICATION SLOT s LOGICAL 0/0 (publication_names 'p',\nproto_version '1')": PayloadLogical,
		"START_REPLICATION SLOT s LOGICAL 0/0 (format 'json')":                             PayloadPhysical,
		"START_REPLICATION SLOT s PHYSICAL 0/0":                                            PayloadPhysical,
		"BASE_BACKUP":                                                                      PayloadBackup,
		"base_backup ( label )":                                                            PayloadBackup,
	} {
		s := converse(t, streaming)
		if got := s.payload(append([]byte(sql), 0)); got != want {
			t.Errorf("%s: %s, want %s", sql, payloadNames[got], payloadNames[want])
		}
	}
}

func TestServerMajor(t *testing.T) {
	for version, want := range map[string]int{"": 0, "18.1": 18, "9.6.24": 9, "18beta1": 18, "devel": 0, "99999999999999999999": 9999} {
		if got := serverMajor(version); got != want {
			t.Errorf("%q: %d, want %d", version, got, want)
		}
	}
}

// A COPY of many pieces, sent before anything came back, is followed in time
// that does not grow with what is pending.
func TestLongPipeline(t *testing.T) {
	s := converse(t, "start")
	const flights = 20000
	for range flights {
		for _, m := range []Message{&Bind{}, &Execute{}, &CopyData{}, &CopyDone{}, &Sync{}} {
			if _, err := s.Message(Frontend, typedFrame(t, m)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if s.Pending() != flights {
		t.Fatalf("%d flights are pending", s.Pending())
	}
	for range flights {
		for _, m := range []Message{&BindComplete{}, &CopyInResponse{}, &CommandComplete{"COPY 1"}, &ReadyForQuery{TxIdle}} {
			if _, err := s.Message(Backend, typedFrame(t, m)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !s.Ready() || s.portals.size != 0 || cap(s.room) > keepQueue {
		t.Errorf("ready %t; kept are %d bytes of portals, %d requests", s.Ready(), s.portals.size, cap(s.room))
	}
}

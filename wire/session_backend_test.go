package wire

import "testing"

var backendTrials = []trial{
	{"several statements, an error among them", `
		start
		F Query a; b; c                  | is q
		B CommandComplete INSERT 0 1     | to q
		B RowDescription x               | to q
		B DataRow 1                      | to q, columns x
		B CommandComplete SELECT 1       | to q
		B RowDescription y z             | to q
		B DataRow 2                      | to q, columns y,z
		B ErrorResponse ERROR            | to q
		B ReadyForQuery I                | to q
		= ready true
	`},
	{"after an error only ReadyForQuery", `
		start
		F Query
		B ErrorResponse ERROR
		B ErrorResponse ERROR            | ! Query (message 6) has failed already: only ReadyForQuery can come
		B RowDescription x               | ! Query (message 6) has failed: only ReadyForQuery can come
		B DataRow 1                      | ! Query (message 6) has failed
		B CommandComplete                | ! Query (message 6) has failed
		B CopyInResponse                 | ! Query (message 6) has failed
		B ReadyForQuery I
	`},
	{"a result that is not complete", `
		start
		F Query
		B ReadyForQuery I                | ! the reply to Query (message 6) is not complete
		B DataRow 1                      | ! no RowDescription came before it
		B RowDescription x
		B RowDescription x               | ! the statement before it has begun to reply, and CommandComplete is missing
		B EmptyQueryResponse             | ! the statement has begun to reply with something else
		B ReadyForQuery I                | ! the reply to Query (message 6) is not complete
		B CommandComplete SELECT 0
		B ReadyForQuery I
	`},
	{"an empty query", `
		start
		F Query ;
		B EmptyQueryResponse
		B CommandComplete                | ! the reply to Query (message 6) is complete: only ReadyForQuery or an error can come
		B ReadyForQuery I
		F Query a
		B CommandComplete
		B EmptyQueryResponse             | ! the statement has begun to reply with something else
	`},
	{"an empty statement", `
		start
		F Execute -                      | is e
		F Sync
		B EmptyQueryResponse             | to e
		B ReadyForQuery I
	`},
	{"an extended query", `
		start
		F Parse - 23 select $1           | is p
		F Describe S -                   | is ds
		F Bind - -                       | is b
		F Describe P -                   | is dp
		F Execute -                      | is e1
		F Execute -                      | is e2
		F Close P -                      | is c
		F Sync                           | is s
		= pending 1
		B ParseComplete                  | to p
		B ParameterDescription 23        | to ds
		B RowDescription x               | to ds
		B BindComplete                   | to b
		B RowDescription x               | to dp
		B DataRow 1                      | to e1
		B PortalSuspended                | to e1
		B DataRow 1                      | to e2
		B CommandComplete SELECT 1       | to e2
		B CloseComplete                  | to c
		B ReadyForQuery I                | to s
		= pending 0
	`},
	{"a suspended portal, described between", `
		start
		F Query begin
		B CommandComplete BEGIN
		B ReadyForQuery T
		= tx T
		F Parse - - select
		F Bind p -
		F Execute p                      | is e
		F Sync
		B ParseComplete
		B BindComplete
		B DataRow 1                      | to e
		B PortalSuspended                | to e
		B ReadyForQuery T
		F Describe P p
		F Execute p                      | is e
		F Sync
		B RowDescription x
		B DataRow 1                      | to e, columns x
		B PortalSuspended                | to e
		B ReadyForQuery T
		F Execute p                      | is e, columns x
		F Sync
		B CommandComplete SELECT 0       | to e
		B ReadyForQuery T
	`},
	{"a suspended Query", `
		start
		F Query
		B PortalSuspended                | ! it answers Execute, but the request that awaits its reply is Query
	`},
	{"replies to something else", `
		start
		F Parse a - select               | is p
		F Sync
		B BindComplete                   | to p, ! it answers Bind, but the request that awaits its reply is Parse (message 6)
		B CloseComplete                  | ! it answers Close
		B NoData                         | ! it answers Describe,
		B ParameterDescription           | ! it answers Describe,
		B RowDescription                 | ! it answers Describe or Query
		B DataRow                        | ! it answers Execute or Query
		B CommandComplete                | ! it answers Execute or Query
		B PortalSuspended                | ! it answers Execute or Query
		B EmptyQueryResponse             | ! it answers Execute or Query
		B CopyInResponse                 | ! it answers Execute or Query
		B CopyOutResponse                | ! it answers Execute or Query
		B CopyData x                     | ! no COPY to the frontend is under way
		B CopyDone                       | ! no COPY to the frontend is under way
		B FunctionCallResponse           | ! it answers FunctionCall
		B ReadyForQuery I                | ! it answers Sync, Query or FunctionCall
		B ParseComplete
		B ParseComplete                  | ! it answers Parse, but the request that awaits its reply is Sync (message 7)
		B ReadyForQuery I
		B ReadyForQuery I                | to -, ! no request awaits a reply
		B ParseComplete                  | to -, ! no request awaits a reply
		B ErrorResponse ERROR            | ! no request awaits a reply, and the error is not fatal
	`},
	{"replies to Describe", `
		start
		F Describe S a
		B RowDescription x               | ! a Describe of a statement is first answered with ParameterDescription
		B NoData                         | ! a Describe of a statement is first answered with ParameterDescription
		B ParameterDescription
		B ParameterDescription           | ! it is the first reply to a Describe of a statement, and only to that
		B NoData
		F Describe P -
		B ParameterDescription           | ! it is the first reply to a Describe of a statement, and only to that
		B NoData
		= ready true
	`},
	{"malformed replies are let pass", `
		start
		F Describe S a
		F Describe P p
		F Query
		F Execute -
		F Sync
		B !ParameterDescription
		B !RowDescription
		B !RowDescription
		B !RowDescription
		B !DataRow
		B !CommandComplete
		B !ReadyForQuery
		B !ParameterStatus
		B !DataRow
		B !CommandComplete
		B !ErrorResponse
		B !ReadyForQuery
		= ready true
	`},
	{"an error that answers Sync", `
		start
		F Parse - - insert
		F Bind - -
		F Execute -
		F Sync                           | is s
		F Parse a - select               | is p
		B ParseComplete
		B BindComplete
		B CommandComplete INSERT 0 1
		B ErrorResponse ERROR            | to s
		= skipping false
		B ErrorResponse ERROR            | ! Sync (message 9) has failed already
		B ReadyForQuery I                | to s
		B ParseComplete                  | to p
	`},
	{"an error after the last result", `
		start
		F Query insert                   | is q
		B CommandComplete INSERT 0 1
		B ErrorResponse ERROR            | to q
		B ReadyForQuery I
	`},
	{"function calls", `
		start
		F FunctionCall                   | is f
		B RowDescription                 | ! it answers Describe or Query, but the request that awaits its reply is FunctionCall
		B ReadyForQuery I                | ! the reply to FunctionCall (message 6) is not complete
		B FunctionCallResponse           | to f
		B FunctionCallResponse           | ! the reply to FunctionCall (message 6) is complete
		B ReadyForQuery I                | to f
		F FunctionCall                   | is f
		B ErrorResponse ERROR            | to f
		B FunctionCallResponse           | ! FunctionCall (message 12) has failed
		B ReadyForQuery I                | to f
		F FunctionCall                   | is f
		B FunctionCallResponse
		B ErrorResponse ERROR            | to f
		B ReadyForQuery I
		= ready true
	`},
	{"a function call amid a series", `
		start
		F Parse a - select
		F FunctionCall                   | is f
		F Bind - a                       | is b
		F Sync                           | is s
		B ParseComplete
		B FunctionCallResponse           | to f
		B ReadyForQuery I                | to f
		B BindComplete                   | to b
		B ReadyForQuery I                | to s
	`},
	{"an error that nothing is the reason of", `
		start
		F Parse a - select               | is p
		F Flush
		B ParseComplete                  | to p
		B ErrorResponse ERROR            | to -, ! no request awaits a reply, and the error is not fatal
		= skipping false
	`},
	{"asynchronous messages anywhere", `
		start
		B NoticeResponse                 | to -
		B NotificationResponse           | to -
		B ParameterStatus TimeZone UTC   | to -
		F Query a                        | is q
		B NoticeResponse                 | to q
		B RowDescription x
		B NotificationResponse           | to -, flow 0
		B DataRow 1
		B ParameterStatus a b            | to q
		B CommandComplete
		B NoticeResponse                 | to q
		B ReadyForQuery I
		F Parse a - x                    | is p
		B NoticeResponse                 | to p
		B ErrorResponse ERROR
		B NoticeResponse                 | to -
		B ParameterStatus a c            | to -
		F Sync
		B NotificationResponse           | to -
		B ReadyForQuery I
		= setting a: c true
	`},
	{"transaction status", `
		start
		= tx I
		F Query begin
		B CommandComplete BEGIN
		B ReadyForQuery T
		= tx T
		F Query broken
		B ErrorResponse ERROR
		B ReadyForQuery E
		= tx E
		F Query rollback
		B CommandComplete ROLLBACK
		B ReadyForQuery I
		= tx I
	`},
	{"a deep pipeline", `
		start
		F Query 1                        | is a
		F Query 2                        | is b
		F Execute -                      | is c
		F Sync                           | is d
		F Query 3                        | is e
		= pending 4
		B CommandComplete                | to a
		B ReadyForQuery I                | to a
		B ErrorResponse ERROR            | to b
		B ReadyForQuery I                | to b
		B ErrorResponse ERROR            | to c
		B ReadyForQuery I                | to d
		= pending 1
		B EmptyQueryResponse             | to e
		B ReadyForQuery I                | to e
		= ready true
	`},
}

func TestBackend(t *testing.T) { converseAll(t, backendTrials) }

// The severity that is never translated decides; servers before 9.6 have only
// the other one.
func TestIsFatal(t *testing.T) {
	for _, c := range []struct {
		fields []ResponseField
		want   bool
	}{
		{nil, false},
		{[]ResponseField{{FieldSeverity, "FATAL"}}, true},
		{[]ResponseField{{FieldSeverity, "PANIC"}}, true},
		{[]ResponseField{{FieldSeverity, "FATALE"}}, false},
		{[]ResponseField{{FieldSeverity, "SCHWERWIEGEND"}, {FieldSeverityNonlocal, "FATAL"}}, true},
		{[]ResponseField{{FieldSeverity, "FATAL"}, {FieldSeverityNonlocal, "ERROR"}}, false},
	} {
		if got := isFatal(&ErrorResponse{c.fields}); got != c.want {
			t.Errorf("%v: %t", c.fields, got)
		}
	}
}

// Columns that were told once are not copied for each Execute.
func TestColumnsAreShared(t *testing.T) {
	s := converse(t, `
		start
		F Parse a - select
		F Describe S a
		F Sync
		B ParseComplete
		B ParameterDescription
		B RowDescription x y
		B ReadyForQuery I
		F Bind p a 1
	`)
	f := typedFrame(t, &Execute{Portal: "p"})
	first, _ := s.Message(Frontend, f)
	second, _ := s.Message(Frontend, f)
	if len(first.Columns) != 2 || &first.Columns[0] != &second.Columns[0] {
		t.Errorf("%v and %v", first.Columns, second.Columns)
	}
	if s.Statement("a").Columns[0].Format != TextFormat {
		t.Error("a Bind has changed the statement")
	}
}

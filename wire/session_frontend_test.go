package wire

import "testing"

var frontendTrials = []trial{
	{"after Terminate", `
		start
		F Terminate                      | flow 2
		= over true
		= ready false
		F Query                          | ! the frontend has ended the session with Terminate
		B CommandComplete                | ! the frontend has ended the session with Terminate
		B ReadyForQuery I                | ! it answers Sync, Query or FunctionCall, but the request that awaits its reply is Terminate
	`},
	{"what crosses Terminate", `
		start
		F Terminate
		B NoticeResponse
		B NotificationResponse
		B ParameterStatus a b
		B ErrorResponse FATAL
	`},
	{"Terminate in a pipeline", `
		start
		F Query select 1                 | is q
		F Terminate
		= pending 1
		B RowDescription a               | to q
		B DataRow 1                      | to q
		B CommandComplete SELECT 1       | to q
		B ReadyForQuery I                | to q
		= ready false
		F Sync                           | ! the frontend has ended the session with Terminate
	`},
	{"Terminate after an error", `
		start
		F Parse a - select
		B ErrorResponse ERROR
		= skipping true
		F Terminate
		= over true
	`},
	{"Terminate in the same flight as an error", `
		start
		F Parse a - select               | is p
		F Terminate
		B ErrorResponse ERROR            | to p
		= skipping false
	`},
	{"after a fatal error", `
		start
		B ErrorResponse FATAL            | to -
		= over true
		= ready false
		F Query                          | skipped
		F Terminate                      | skipped
		F ?z                             | skipped
		B NoticeResponse                 | ! the backend has ended the session with an ErrorResponse
		B ReadyForQuery I                | ! the backend has ended the session with an ErrorResponse
	`},
	{"a panic amid a reply", `
		start
		F Query                          | is q
		B ErrorResponse PANIC            | to q
		= over true
	`},
	{"unknown messages", `
		start
		F ?z                             | ! the protocol has no such message, and the backend ends the session
		B ErrorResponse FATAL
	`},
	{"unknown from the backend", `
		start
		B ?z                             | ! the protocol has no such message
	`},
	{"malformed messages are the backend's to refuse", `
		start
		F !Parse                         | is p
		B ErrorResponse ERROR            | to p
		F Sync                           | is s
		B ReadyForQuery I                | to s
		F !Bind
		F !Execute                       | is e
		F Sync
		B BindComplete
		B ErrorResponse ERROR            | to e
		B ReadyForQuery I
	`},
	{"Describe and Close of what there is not", `
		start
		F Describe X a                   | ! it must name a statement (S) or a portal (P)
		F Close X a                      | ! it must name a statement (S) or a portal (P)
		F !Describe                      | ! it must name a statement (S) or a portal (P)
	`},
	{"Flush has no reply", `
		start
		F Parse a - select               | is p, flow 2
		F Flush                          | flow 2
		F Flush                          | flow 2
		B ParseComplete                  | to p
		F Flush                          | flow 2
		F Sync                           | is s, flow 2
		B ReadyForQuery I                | to s, flow 2
		= ready true
	`},
	{"flows", `
		start
		F Parse a - select               | flow 2
		F Bind - a                       | flow 2
		F Sync                           | flow 2
		F Query                          | flow 3
		F FunctionCall                   | flow 4
		F Parse b - select               | flow 5
		F Sync                           | flow 5
		F Sync                           | flow 6
		= pending 5
		B ParseComplete                  | flow 2
		B BindComplete                   | flow 2
		B ReadyForQuery I                | flow 2
		B EmptyQueryResponse             | flow 3
		B ReadyForQuery I                | flow 3
		B FunctionCallResponse           | flow 4
		B ReadyForQuery I                | flow 4
		B ParseComplete                  | flow 5
		B ReadyForQuery I                | flow 5
		B ReadyForQuery I                | flow 6
		= ready true
	`},
	{"a flow whose Query is passed over goes on", `
		start
		F Parse a - select               | flow 2
		F Query select 1                 | flow 2
		B ErrorResponse ERROR            | flow 2
		= skipping true
		F Query select 2                 | flow 2, skipped
		F FunctionCall                   | flow 2, skipped
		F Sync                           | flow 2, is s
		B ReadyForQuery I                | flow 2, to s
		F Query                          | flow 3
	`},
	{"skip until Sync", `
		start
		F Parse a - select
		F Bind - a                       | is b
		F Execute -
		F Sync                           | is s
		F Parse c - select               | is p
		B ParseComplete
		B ErrorResponse ERROR            | to b
		= skipping false
		B ReadyForQuery I                | to s
		B ParseComplete                  | to p
	`},
	{"skip what is still to be sent", `
		start
		F Parse a - select               | is p
		B ErrorResponse ERROR            | to p
		= skipping true
		= ready false
		F Bind - a                       | skipped
		F Describe P -                   | skipped
		F Execute -                      | skipped
		F Close S a                      | skipped
		F Flush                          | skipped
		F CopyData x                     | skipped
		F Sync                           | is s
		= skipping false
		B ReadyForQuery I                | to s
		= ready true
	`},
}

var namesTrials = []trial{
	{"types of a Bind", `
		start
		F Parse a 23,25 select $1, $2
		F Bind - a                       | params 23,25
		F Describe S a
		F Sync
		B ParseComplete
		B BindComplete
		B ParameterDescription 23,1043
		B RowDescription x y
		B ReadyForQuery I
		= statement a: select $1, $2 (23,1043) x,y
		F Bind - a                       | params 23,1043
		= portal -: of select $1, $2
	`},
	{"columns of an Execute", `
		start
		F Parse a - select
		F Describe S a
		F Sync
		B ParseComplete
		B ParameterDescription
		B RowDescription x y
		B ReadyForQuery I
		F Bind - a 01
		F Execute -                      | columns x,y=binary
		F Bind p a 1
		F Execute p                      | columns x=binary,y=binary
		F Bind q a
		F Execute q                      | columns x,y
		F Sync
		B BindComplete
		B DataRow 2                      | columns x,y=binary
		B DataRow 3                      | ! it has 3 columns where RowDescription has 2
		B CommandComplete SELECT 1
	`},
	{"described in the same flight", `
		start
		F Parse - - select
		F Bind - -
		F Describe P -
		F Execute -                      | is e, columns 
		F Sync
		B ParseComplete
		B BindComplete
		B RowDescription x
		B DataRow 1                      | to e, columns x
		B CommandComplete SELECT 1       | to e
		B ReadyForQuery I
	`},
	{"nothing to describe", `
		start
		F Parse a - insert
		F Describe S a
		F Sync
		B ParseComplete
		B ParameterDescription
		B NoData
		B ReadyForQuery I
		= statement a: insert (23,25)
	`},
	{"a Parse that fails leaves what there was", `
		start
		F Parse a - one
		F Sync
		B ParseComplete
		B ReadyForQuery I
		F Parse a - two
		= statement a: two ()
		F Sync
		B ErrorResponse ERROR
		= statement a: one ()
		B ReadyForQuery I
		= statement a: one ()
	`},
	{"Close and Parse of one name, after an error", `
		start
		F Parse a - one
		F Sync
		B ParseComplete
		B ReadyForQuery I
		F Execute -
		F Close S a
		= statement a: unknown
		F Parse a - two
		= statement a: two ()
		F Parse a - three
		F Sync
		B ErrorResponse ERROR
		= statement a: one ()
	`},
	{"Close and Parse of one name", `
		start
		F Parse a - one
		F Close S a
		F Parse a - two
		F Sync
		B ParseComplete
		= statement a: two ()
		B CloseComplete
		B ParseComplete
		B ReadyForQuery I
		= statement a: two ()
		F Close S a
		F Close S b
		F Sync
		B CloseComplete
		B CloseComplete
		B ReadyForQuery I
		= statement a: unknown
	`},
	{"what comes after the failed one, in a later flight", `
		start
		F Parse a - one
		F Sync
		F Parse a - two
		F Sync
		B ErrorResponse ERROR
		= statement a: two ()
		B ReadyForQuery I
		B ErrorResponse ERROR
		= statement a: unknown
		B ReadyForQuery I
	`},
	{"the unnamed statement goes when its successor fails", `
		start
		F Parse - - one
		F Sync
		B ParseComplete
		B ReadyForQuery I
		F Parse - - two
		F Sync
		B ErrorResponse ERROR
		= statement -: unknown
		B ReadyForQuery I
	`},
	{"but stays when the successor was passed over", `
		start
		F Parse - - one
		F Sync
		B ParseComplete
		B ReadyForQuery I
		F Parse a - broken
		F Parse - - two
		F Bind - -
		F Query select 1
		F Sync
		B ErrorResponse ERROR
		= statement -: one ()
		= portal -: unknown
	`},
	{"a simple query takes the unnamed ones", `
		start
		F Parse - - one
		F Parse a - two
		F Bind - -
		F Bind p a
		F Sync
		F Query begin
		= statement -: unknown
		= statement a: two ()
		= portal -: unknown
		= portal p: of two
	`},
	{"portals end with the transaction", `
		start
		F Query begin
		B CommandComplete BEGIN
		B ReadyForQuery T
		F Parse a - one
		F Bind p a
		F Execute p
		F Sync
		F Bind q a
		B ParseComplete
		B BindComplete
		B PortalSuspended
		B ReadyForQuery T
		= portal p: of one
		F Sync
		B BindComplete
		B ReadyForQuery I
		= portal p: unknown
		= portal q: unknown
		= statement a: one ()
	`},
	{"but not those sent ahead", `
		start
		F Parse a - one
		F Bind p a
		F Sync
		F Bind q a
		B ParseComplete
		B BindComplete
		B ReadyForQuery I
		= portal p: unknown
		= portal q: of one
		F Describe P q
		F Sync
		B BindComplete
		B RowDescription x
		= portal q: of one x
		B ReadyForQuery I
		= portal q: unknown
	`},
	{"a portal outlives its statement", `
		start
		F Parse a - one
		F Bind p a
		F Close S a
		F Describe P p
		F Close P p
		= portal p: unknown
		F Sync
		B ParseComplete
		B BindComplete
		B CloseComplete
		B RowDescription x
		B CloseComplete
		B ReadyForQuery I
	`},
	{"a cursor that SQL has declared", `
		start
		F Query begin; declare c cursor for select
		B CommandComplete BEGIN
		B CommandComplete DECLARE CURSOR
		B ReadyForQuery T
		F Describe P c
		F Sync
		B RowDescription x
		B ReadyForQuery T
		F Execute c                      | columns x
		= portal c: of nothing known x
	`},
	{"DEALLOCATE ALL", `
		start
		F Parse a - one
		F Parse d - deallocate all
		F Bind - d
		F Execute -
		F Parse b - two
		F Sync
		B ParseComplete
		B ParseComplete
		B BindComplete
		B CommandComplete DEALLOCATE ALL
		= statement a: unknown
		= statement d: unknown
		= statement b: two ()
		B ParseComplete
		B ReadyForQuery I
		= statement b: two ()
	`},
	{"DEALLOCATE ALL leaves the unnamed statement", `
		start
		F Parse a - one
		F Parse - - deallocate all
		F Bind - -
		F Execute -
		F Parse - - broken
		F Sync
		B ParseComplete
		B ParseComplete
		B BindComplete
		B CommandComplete DEALLOCATE ALL
		= statement a: unknown
		= statement -: broken ()
		B ErrorResponse ERROR
		= statement -: unknown
		B ReadyForQuery I
		F Parse - - deallocate all
		F Bind - -
		F Execute -
		F Sync
		B ParseComplete
		B BindComplete
		B CommandComplete DEALLOCATE ALL
		B ReadyForQuery I
		= statement -: deallocate all ()
	`},
	{"DISCARD ALL", `
		start
		F Parse a - one
		F Sync
		B ParseComplete
		B ReadyForQuery I
		F Query discard all
		F Parse a - two
		B CommandComplete DISCARD ALL
		= statement a: two ()
		B ReadyForQuery I
		F Sync
		B ErrorResponse ERROR
		= statement a: unknown
	`},
	{"names are as long as PostgreSQL takes them", `
		start
		F Parse abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabc-one - one
		= statement abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabc-two: one ()
		= statement abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijab: unknown
	`},
	{"a Bind of a statement that is not known", `
		start
		F Bind p a                       | params 
		= portal p: of nothing known
		F Execute p                      | columns 
		F Describe S a
		F Sync
		B BindComplete
		B DataRow 7
		B CommandComplete SELECT 1
		B ParameterDescription 23
		B RowDescription x
		B ReadyForQuery I
	`},
}

func TestFrontend(t *testing.T) { converseAll(t, frontendTrials) }
func TestNames(t *testing.T)    { converseAll(t, namesTrials) }

// After any conversation that was answered to its end, what is kept is what
// is known: nothing underneath, and the size adds up.
func TestNamesAddUp(t *testing.T) {
	for _, c := range namesTrials {
		s := converse(t, c.text)
		for _, n := range []*names{&s.statements, &s.portals} {
			size := 0
			for _, e := range n.entries {
				for ; e != nil; e = e.under {
					if !e.undone {
						size += e.size
					}
				}
			}
			if size != n.size {
				t.Errorf("%s: %d bytes are kept, %d are counted", c.name, size, n.size)
			}
		}
	}
}

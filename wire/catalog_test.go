package wire

import (
	"slices"
	"strings"
	"testing"
)

// A manualEntry is a message as the manual lists it.
type manualEntry struct {
	name string // in the manual
	from string // F, B, or F & B
	typ  byte   // 0 for none
}

// manualMessages are all of the section "Message Formats" of the PostgreSQL 18
// manual, in its order.
var manualMessages = []manualEntry{
	{"AuthenticationOk", "B", 'R'},
	{"AuthenticationKerberosV5", "B", 'R'},
	{"AuthenticationCleartextPassword", "B", 'R'},
	{"AuthenticationMD5Password", "B", 'R'},
	{"AuthenticationGSS", "B", 'R'},
	{"AuthenticationGSSContinue", "B", 'R'},
	{"AuthenticationSSPI", "B", 'R'},
	{"AuthenticationSASL", "B", 'R'},
	{"AuthenticationSASLContinue", "B", 'R'},
	{"AuthenticationSASLFinal", "B", 'R'},
	{"BackendKeyData", "B", 'K'},
	{"Bind", "F", 'B'},
	{"BindComplete", "B", '2'},
	{"CancelRequest", "F", 0},
	{"Close", "F", 'C'},
	{"CloseComplete", "B", '3'},
	{"CommandComplete", "B", 'C'},
	{"CopyData", "F & B", 'd'},
	{"CopyDone", "F & B", 'c'},
	{"CopyFail", "F", 'f'},
	{"CopyInResponse", "B", 'G'},
	{"CopyOutResponse", "B", 'H'},
	{"CopyBothResponse", "B", 'W'},
	{"DataRow", "B", 'D'},
	{"Describe", "F", 'D'},
	{"EmptyQueryResponse", "B", 'I'},
	{"ErrorResponse", "B", 'E'},
	{"Execute", "F", 'E'},
	{"Flush", "F", 'H'},
	{"FunctionCall", "F", 'F'},
	{"FunctionCallResponse", "B", 'V'},
	{"GSSENCRequest", "F", 0},
	{"GSSResponse", "F", 'p'},
	{"NegotiateProtocolVersion", "B", 'v'},
	{"NoData", "B", 'n'},
	{"NoticeResponse", "B", 'N'},
	{"NotificationResponse", "B", 'A'},
	{"ParameterDescription", "B", 't'},
	{"ParameterStatus", "B", 'S'},
	{"Parse", "F", 'P'},
	{"ParseComplete", "B", '1'},
	{"PasswordMessage", "F", 'p'},
	{"PortalSuspended", "B", 's'},
	{"Query", "F", 'Q'},
	{"ReadyForQuery", "B", 'Z'},
	{"RowDescription", "B", 'T'},
	{"SASLInitialResponse", "F", 'p'},
	{"SASLResponse", "F", 'p'},
	{"SSLRequest", "F", 0},
	{"StartupMessage", "F", 0},
	{"Sync", "F", 'S'},
	{"Terminate", "F", 'X'},
}

// manualAnswers are the two replies of one byte, which the manual describes
// under "SSL Session Encryption" and "GSSAPI Session Encryption" without a name.
var manualAnswers = []manualEntry{
	{"SSLResponse", "B", 0},
	{"GSSENCResponse", "B", 0},
}

// manualReplication are those of START_REPLICATION and BASE_BACKUP, section
// "Streaming Replication Protocol", with the names that the catalog gives them.
var manualReplication = []struct {
	manualEntry
	called string
}{
	{manualEntry{"XLogData", "B", 'w'}, "XLogData"},
	{manualEntry{"Primary keepalive message", "B", 'k'}, "PrimaryKeepalive"},
	{manualEntry{"Standby status update", "F", 'r'}, "StandbyStatusUpdate"},
	{manualEntry{"Hot standby feedback message", "F", 'h'}, "HotStandbyFeedback"},
	{manualEntry{"new archive", "B", 'n'}, "NewArchive"},
	{manualEntry{"manifest", "B", 'm'}, "Manifest"},
	{manualEntry{"archive or manifest data", "B", 'd'}, "ArchiveData"},
	{manualEntry{"progress report", "B", 'p'}, "ProgressReport"},
}

// manualLogical are those of the section "Logical Replication Message Formats".
var manualLogical = []struct {
	manualEntry
	since  string
	stream bool // has a transaction id only in a stream
}{
	{manualEntry{"Begin", "B", 'B'}, "pgoutput 1", false},
	{manualEntry{"Message", "B", 'M'}, "pgoutput 1", true},
	{manualEntry{"Commit", "B", 'C'}, "pgoutput 1", false},
	{manualEntry{"Origin", "B", 'O'}, "pgoutput 1", false},
	{manualEntry{"Relation", "B", 'R'}, "pgoutput 1", true},
	{manualEntry{"Type", "B", 'Y'}, "pgoutput 1", true},
	{manualEntry{"Insert", "B", 'I'}, "pgoutput 1", true},
	{manualEntry{"Update", "B", 'U'}, "pgoutput 1", true},
	{manualEntry{"Delete", "B", 'D'}, "pgoutput 1", true},
	{manualEntry{"Truncate", "B", 'T'}, "pgoutput 1", true},
	{manualEntry{"Stream Start", "B", 'S'}, "pgoutput 2", false},
	{manualEntry{"Stream Stop", "B", 'E'}, "pgoutput 2", false},
	{manualEntry{"Stream Commit", "B", 'c'}, "pgoutput 2", false},
	{manualEntry{"Stream Abort", "B", 'A'}, "pgoutput 2", false},
	{manualEntry{"Begin Prepare", "B", 'b'}, "pgoutput 3", false},
	{manualEntry{"Prepare", "B", 'P'}, "pgoutput 3", false},
	{manualEntry{"Commit Prepared", "B", 'K'}, "pgoutput 3", false},
	{manualEntry{"Rollback Prepared", "B", 'r'}, "pgoutput 3", false},
	{manualEntry{"Stream Prepare", "B", 'p'}, "pgoutput 3", false},
}

func checkEntry(t *testing.T, e manualEntry, name string, envelopes ...Envelope) *Layout {
	t.Helper()
	l := LayoutByName(name)
	if l == nil {
		t.Fatalf("the manual's %s is missing", e.name)
	}
	from := map[string]Side{"F": Frontend, "B": Backend, "F & B": Both}[e.from]
	if l.From != from || l.Type != e.typ || !slices.Contains(envelopes, l.Envelope) {
		t.Errorf("%s: from %v, type %q, envelope %d; the manual has %v, %q", name, l.From, l.Type, l.Envelope, from, e.typ)
	}
	return l
}

// The catalog has all messages of the manual, as the manual says, and no other.
func TestManual(t *testing.T) {
	for _, e := range manualMessages {
		l := checkEntry(t, e, e.name, Typed, Untyped)
		if (l.Envelope == Untyped) != (e.typ == 0) {
			t.Errorf("%s: the type byte and the envelope do not fit", e.name)
		}
	}
	for _, e := range manualAnswers {
		checkEntry(t, e, e.name, Bare)
	}
	for _, e := range manualReplication {
		checkEntry(t, e.manualEntry, e.called, Embedded)
	}
	for _, e := range manualLogical {
		l := checkEntry(t, e.manualEntry, strings.ReplaceAll(e.name, " ", ""), Embedded)
		if l.Since != e.since || hasStreamed(l.Kind) != e.stream {
			t.Errorf("%s: since %s, transaction id %v", e.name, l.Since, hasStreamed(l.Kind))
		}
	}
	all := len(manualMessages) + len(manualAnswers) + len(manualReplication) + len(manualLogical)
	if n := len(slices.Collect(Layouts())); n != all {
		t.Errorf("%d messages, the manual has %d", n, all)
	}
	if len(manualMessages) != 52 {
		t.Errorf("the list of the manual has %d entries, and had 52", len(manualMessages))
	}
}

// A type byte has one meaning for each sender and place, but for R and p.
func TestTypeBytes(t *testing.T) {
	type place struct {
		from     Side
		envelope string
		typ      byte
	}
	seen := make(map[place][]string)
	for l := range Layouts() {
		for _, from := range []Side{Frontend, Backend} {
			if l.From&from == 0 || l.Type == 0 {
				continue
			}
			p := place{from, "typed", l.Type}
			switch {
			case l.Kind >= KindLogicalBegin:
				p.envelope = "in XLogData"
			case l.Kind >= KindNewArchive:
				p.envelope = "in a backup"
			case l.Kind >= KindXLogData:
				p.envelope = "in CopyData"
			}
			seen[p] = append(seen[p], l.Name)
		}
	}
	for p, names := range seen {
		switch {
		case p == place{Backend, "typed", 'R'} && len(names) == 10:
		case p == place{Frontend, "typed", 'p'} && len(names) == 4:
		case len(names) != 1:
			t.Errorf("%v: %v", p, names)
		}
	}
}

// What the lookups by type byte find are the messages with that byte, for all
// bytes there are.
func TestKindsByType(t *testing.T) {
	tables := map[string]*[256]Kind{"frontend": frontendKinds, "backend": backendKinds, "standby": standbyKinds,
		"walsender": walsenderKinds, "backup": backupKinds, "logical": logicalKinds}
	want := map[string]string{
		"frontend": "BCDEFHPQSXcdf", "backend": "123ACDEGHIKNSTVWZcdnstv", "standby": "hr",
		"walsender": "kw", "backup": "dmnp", "logical": "ABCDEIKMOPRSTUYbcpr",
	}
	for name, table := range tables {
		var types []byte
		for typ, k := range table {
			if k == 0 {
				continue
			}
			types = append(types, byte(typ))
			if LayoutOf(k).Type != byte(typ) {
				t.Errorf("%s: %q is found as %v", name, byte(typ), k)
			}
		}
		if string(types) != want[name] {
			t.Errorf("%s: types %s, want %s", name, types, want[name])
		}
	}
}

// Who may be long: the types that PostgreSQL's server and libpq accept beyond
// their limits for short messages, and what has a limit of its own.
func TestLarge(t *testing.T) {
	const (
		server = "BFPQdp"   // postgres.c: PQ_LARGE_MESSAGE_LIMIT; p has PG_MAX_AUTH_TOKEN_LENGTH
		libpq  = "ADENTVdt" // fe-protocol3.c: VALID_LONG_MESSAGE_TYPE
	)
	for l := range Layouts() {
		want := l.Envelope == Embedded
		if l.Envelope == Typed && l.From&Frontend != 0 {
			want = strings.IndexByte(server, l.Type) >= 0
		}
		if l.Envelope == Typed && l.From&Backend != 0 {
			want = want || strings.IndexByte(libpq, l.Type) >= 0
		}
		if l.Large != want {
			t.Errorf("%s: Large is %v", l.Name, l.Large)
		}
	}
}

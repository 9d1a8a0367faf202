package render_test

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"parley/pgtest"
	"parley/wire"
	"parley/workbench/render"
)

// The flags of PQsetTraceFlags.
const (
	suppressTimestamps = 1
	regressMode        = 2
)

// TestTraceIsThatOfLibpq runs the real libpq through a relay and compares what
// its PQtrace wrote with what Trace makes of the bytes.
func TestTraceIsThatOfLibpq(t *testing.T) {
	pq := newLibpq(t)
	server := pgtest.Start(t, pgtest.Config{
		Version: 18,
		HBA: []string{"local all scram scram-sha-256", "local all hash md5", "local all clear password",
			"local replication all trust", "local all all trust"},
		Setup: []string{
			"create role scram login password 'correct horse'",
			"create role clear login password 'battery staple'",
			"set password_encryption = 'md5'",
			"create role hash login password 'tr0ub4dor'",
		},
	})
	seen := map[wire.Kind]bool{}
	dial := func() (net.Conn, error) { return net.Dial("unix", server.Socket()) }
	for _, c := range []struct{ name, scenario, conninfo string }{
		{"simple", "simple", ""},
		{"extended", "extended", ""},
		{"cursor", "cursor", ""},
		{"pipeline", "pipeline", ""},
		{"copy", "copy", ""},
		{"notify", "notify", ""},
		{"fastpath", "fastpath", ""},
		{"replication", "replication", "replication=true"},
		{"logical", "connect", "replication=database"},
		{"protocol 3.2", "notify", "max_protocol_version=3.2"},
		{"grease", "connect", "min_protocol_version=3.2 max_protocol_version=latest"},
		{"refused encryption", "connect", "sslmode=prefer"},
		{"scram", "connect", "user=scram password='correct horse'"},
		{"scram wrong", "connect", "user=scram password=wrong"},
		{"md5", "connect", "user=hash password=tr0ub4dor"},
		{"clear", "connect", "user=clear password='battery staple'"},
		{"clear wrong", "connect", "user=clear password=wrong"},
		{"no database", "connect", "dbname=none"},
		{"options", "connect", "options='-c geqo=off -c statement_timeout=1min' application_name='it\\'s'"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conninfo := c.conninfo
			if !strings.Contains(conninfo, "sslmode") {
				conninfo += " sslmode=disable"
			}
			for _, flags := range []int{0, suppressTimestamps, suppressTimestamps | regressMode} {
				r := newRelay(t, dial)
				trace, complaint := pq.trace(t, c.scenario, flags, r.conninfo("user=postgres dbname=postgres "+conninfo))
				if trace == "" {
					t.Fatalf("libpq wrote no trace: %s", complaint)
				}
				frontend, backend := r.sent()
				compareTrace(t, trace, flags, frontend, backend, seen)
			}
		})
	}
	compareScripted(t, pq, seen)
	for _, k := range traced {
		if !seen[k] && !t.Failed() {
			t.Errorf("no scenario had a %s", k)
		}
	}
}

// traced are the messages that the scenarios must have.
var traced = []wire.Kind{
	wire.KindStartupMessage, wire.KindNegotiateProtocolVersion, wire.KindBackendKeyData,
	wire.KindAuthenticationCleartextPassword, wire.KindAuthenticationMD5Password, wire.KindAuthenticationSASL,
	wire.KindAuthenticationSASLContinue, wire.KindAuthenticationSASLFinal, wire.KindPasswordMessage,
	wire.KindSASLInitialResponse, wire.KindSASLResponse, wire.KindQuery, wire.KindParse, wire.KindBind,
	wire.KindDescribe, wire.KindExecute, wire.KindClose, wire.KindFlush, wire.KindSync, wire.KindTerminate,
	wire.KindParseComplete, wire.KindBindComplete, wire.KindCloseComplete, wire.KindParameterDescription,
	wire.KindRowDescription, wire.KindNoData, wire.KindDataRow, wire.KindCommandComplete,
	wire.KindEmptyQueryResponse, wire.KindReadyForQuery, wire.KindErrorResponse, wire.KindNoticeResponse,
	wire.KindNotificationResponse, wire.KindParameterStatus, wire.KindFunctionCall, wire.KindFunctionCallResponse,
	wire.KindCopyInResponse, wire.KindCopyOutResponse, wire.KindCopyBothResponse, wire.KindCopyData,
	wire.KindCopyDone, wire.KindCopyFail,
}

// compareScripted compares what PostgreSQL 18 does not send to a client of 18.
func compareScripted(t *testing.T, pq libpq, seen map[wire.Kind]bool) {
	ready := []wire.Message{
		&wire.AuthenticationOk{}, &wire.BackendKeyData{ProcessID: 1 << 31, Key: []byte("\x80abc")},
		&wire.ReadyForQuery{Status: wire.TxIdle},
	}
	for _, c := range []struct {
		name, conninfo string
		sends          []wire.Message
	}{
		{"older server", "max_protocol_version=3.2",
			append([]wire.Message{&wire.NegotiateProtocolVersion{Version: wire.Version30}}, ready...)},
		{"empty parameter", "", append(ready, &wire.ParameterStatus{})},
		{"empty notice", "", append(ready, &wire.NoticeResponse{})},
		{"other mechanism", "password=secret", []wire.Message{
			&wire.AuthenticationSASL{Mechanisms: []string{"OTHER", "SCRAM-SHA-256"}},
			&wire.ErrorResponse{Fields: []wire.ResponseField{{Code: 'S', Value: "FATAL"}, {Code: 'M', Value: ""}}}}},
	} {
		t.Run("scripted/"+c.name, func(t *testing.T) {
			for _, flags := range []int{0, suppressTimestamps, suppressTimestamps | regressMode} {
				r := newRelay(t, func() (net.Conn, error) { return scripted(t, c.sends), nil })
				trace, _ := pq.trace(t, "connect", flags, r.conninfo("user=u sslmode=disable "+c.conninfo))
				frontend, backend := r.sent()
				compareTrace(t, trace, flags, frontend, backend, seen)
			}
		})
	}
}

// scripted is a server that answers the first bytes it gets with the messages,
// and then reads on until the client leaves.
func scripted(t *testing.T, ms []wire.Message) net.Conn {
	t.Helper()
	var answer []byte
	for _, m := range ms {
		var err error
		if answer, err = m.Append(answer); err != nil {
			t.Fatal(err)
		}
	}
	near, far := net.Pipe()
	go func() {
		defer far.Close()
		var first [1]byte
		far.Read(first[:]) // an end is found out by the next
		go far.Write(answer)
		io.Copy(io.Discard, far)
	}()
	return near
}

// compareTrace takes the messages of both sides in the order of the trace, and
// fails at the first that is written in another way.
func compareTrace(t *testing.T, trace string, flags int, frontend, backend []byte, seen map[wire.Kind]bool) {
	t.Helper()
	var c render.Conversation
	var sent [3]wire.Buffer // by wire.Side
	sent[wire.Frontend].Write(frontend)
	sent[wire.Backend].Write(backend)
	o := render.Options{Secrets: true, Regress: flags&regressMode != 0, Timestamps: flags&suppressTimestamps == 0}
	for rest := trace; rest != ""; {
		at := traceTimeOf(t, rest, o)
		side := wire.Backend
		if strings.HasPrefix(rest[strings.IndexAny(rest, "FB"):], "F") {
			side = wire.Frontend
		}
		f, ok, err := sent[side].Next(c.Session().Phase(side))
		if err != nil || !ok {
			t.Fatalf("flags %d: no more messages of the %s (%v), but libpq wrote:\n%.400s", flags, side, err, rest)
		}
		m := c.Message(side, f, at)
		var b strings.Builder
		if err := render.Trace(&b, &m, o); err != nil {
			t.Fatal(err)
		}
		if m.Kind == wire.KindAuthenticationOk {
			continue // libpq knows how to write it, but does not
		}
		if !strings.HasPrefix(rest, b.String()) {
			t.Fatalf("flags %d, %s:\ngot  %q\nwant %.400q", flags, m.Name(), b.String(), rest)
		}
		if m.OutOfPlace != nil {
			t.Errorf("flags %d: %v", flags, m.OutOfPlace)
		}
		rest = rest[b.Len():]
		seen[m.Kind] = true
	}
	for _, side := range []wire.Side{wire.Frontend, wire.Backend} {
		if n := len(sent[side].Unread()); n > 0 {
			t.Errorf("flags %d: %d bytes of the %s are not in the trace, from %.60q", flags, n, side, sent[side].Unread())
		}
	}
}

// traceTimeOf reads the time at the start of a line.
func traceTimeOf(t *testing.T, line string, o render.Options) time.Time {
	t.Helper()
	if !o.Timestamps {
		return time.Time{}
	}
	s, _, _ := strings.Cut(line, "\t")
	at, err := time.Parse("2006-01-02 15:04:05.000000", s)
	if err != nil {
		t.Fatalf("the trace does not begin with a time: %.80q", line)
	}
	return at
}

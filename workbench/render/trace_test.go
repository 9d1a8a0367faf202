package render_test

import (
	"strings"
	"testing"
	"time"

	"parley/wire"
	"parley/workbench/render"
)

// TestTrace is what libpq does with messages that it is hard to make a server
// or libpq itself send. See TestTraceIsThatOfLibpq for all others.
func TestTrace(t *testing.T) {
	for _, c := range []struct {
		name  string
		chunk chunk
		want  string
	}{
		{"kerberos", back(&wire.AuthenticationKerberosV5{}), "B\t8\tUnknown authentication message 2\n"},
		{"unknown authentication", chunk{wire.Backend, []byte("R\x00\x00\x00\x0a\xff\xff\xff\xff!!")},
			"B\t10\tUnknown authentication message -1\nmismatched message length: consumed 8, expected 10\n"},
		{"ok", back(&wire.AuthenticationOk{}), "B\t8\tAuthenticationOk\n"},
		{"sspi", back(&wire.AuthenticationSSPI{}), "B\t8\tAuthenticationSSPI\n"},
		{"no data", back(&wire.AuthenticationSASLFinal{}), "B\t8\tAuthenticationSASLFinal\t ''\n"},
		{"no mechanisms", back(&wire.AuthenticationSASL{}), "B\t9\tAuthenticationSASL\t \"\"\n"},
	} {
		ms := follow([]chunk{startup(), c.chunk})
		if got := show(t, render.Trace, ms[1:], render.Options{Secrets: true}); got != c.want {
			t.Errorf("%s:\ngot  %q\nwant %q", c.name, got, c.want)
		}
	}
}

// TestTraceOfSession is the same, in a session that has started.
func TestTraceOfSession(t *testing.T) {
	for _, c := range []struct {
		name  string
		chunk chunk
		want  string
	}{
		{"unknown", chunk{wire.Backend, []byte("Y\x00\x00\x00\x07abc")}, "B\t7\tUnknown message: 59\nmismatched message length: consumed 4, expected 7\n"},
		{"suspended", back(&wire.PortalSuspended{}), "B\t4\tPortalSuspended\n"},
		{"empty data", front(&wire.CopyData{}), "F\t4\tCopyData\t ''\n"},
		{"trailing", chunk{wire.Frontend, []byte("S\x00\x00\x00\x05\x00")}, "F\t5\tSync\nmismatched message length: consumed 4, expected 5\n"},
		{"cut", chunk{wire.Frontend, []byte("E\x00\x00\x00\x06\x00\x01")}, "F\t6\tExecute\t \"\"\nmismatched message length: consumed 5, expected 6\n"},
		{"large numbers", front(&wire.Parse{ParamTypes: []uint32{1<<32 - 1}}), "F\t12\tParse\t \"\" \"\" 1 -1\n"},
		{"small numbers", back(&wire.RowDescription{Columns: []wire.Column{{Name: "n", TypeSize: -1, Format: -1}}}),
			"B\t26\tRowDescription\t 1 \"n\" 0 0 0 65535 0 65535\n"},
		{"bytes", back(&wire.ReadyForQuery{Status: 0x80}), "B\t5\tReadyForQuery\t \\x80\n"},
		{"quotes", front(&wire.Query{SQL: "say \"it's\"\n\xff"}), "F\t17\tQuery\t \"say \"it's\"\n\xff\"\n"},
	} {
		ms := follow(started(c.chunk))
		if got := show(t, render.Trace, ms[len(ms)-1:], render.Options{}); got != c.want {
			t.Errorf("%s:\ngot  %q\nwant %q", c.name, got, c.want)
		}
	}
}

// TestTraceTime writes six digits always, in the location of the time, and none
// where the time is not known.
func TestTraceTime(t *testing.T) {
	var c render.Conversation
	at := time.Date(2026, 3, 1, 23, 59, 59, 999, time.FixedZone("", 3600))
	sync := frameOf(wire.LayoutOf(wire.KindSync), encode([]wire.Message{&wire.Sync{}}))
	o := render.Options{Timestamps: true}
	got := show(t, render.Trace, []render.Message{c.Message(wire.Frontend, sync, at), c.Message(wire.Frontend, sync, time.Time{})}, o)
	if want := "2026-03-01 23:59:59.000000\tF\t4\tSync\nF\t4\tSync\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestTraceRegress masks what differs from run to run.
func TestTraceRegress(t *testing.T) {
	ms := follow(failures())
	got := show(t, render.Trace, ms, render.Options{Regress: true})
	for _, want := range []string{
		"B\t12\tBackendKeyData\t NNNN NNNN\n", "B\t10\tParameterDescription\t 1 NNNN\n", "\"?column?\" NNNN 0 NNNN 4 -1 0\n",
		`F "SSSS" L "SSSS" R "SSSS"`, "B\tNN\tErrorResponse\t S \"ERROR\"", "B\tNN\tNoticeResponse\t", "NotificationResponse\t NNNN \"news\"",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in:\n%s", want, got)
		}
	}
}

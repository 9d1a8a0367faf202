package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"parley/wire"
)

// recorder is a test that may fail: what it would print is kept.
type recorder struct {
	testing.TB // the real one; not used for what is recorded
	mu         sync.Mutex
	output     bytes.Buffer
	failures   int
	cleanups   []func()
}

var errLeft = errors.New("the recorded test was left")

// record runs a test that may fail, with its cleanups, and returns what it
// printed.
func record(t *testing.T, test func(testing.TB)) (r *recorder) {
	r = &recorder{TB: t}
	defer func() {
		for _, f := range slices.Backward(r.cleanups) {
			f()
		}
	}()
	defer func() {
		if x := recover(); x != nil && x != errLeft {
			panic(x)
		}
	}()
	test(r)
	return r
}

func (r *recorder) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.output.Write(b)
}

func (r *recorder) Fail() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures++
}

func (r *recorder) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.output.String()
}

func (r *recorder) Output() io.Writer        { return r }
func (r *recorder) Helper()                  {}
func (r *recorder) FailNow()                 { r.Fail(); panic(errLeft) }
func (r *recorder) Failed() bool             { return r.failures > 0 }
func (r *recorder) Cleanup(f func())         { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Context() context.Context { return r.TB.Context() }

func (r *recorder) Errorf(format string, args ...any) {
	fmt.Fprintf(r, format+"\n", args...)
	r.Fail()
}

func (r *recorder) Fatalf(format string, args ...any) {
	fmt.Fprintf(r, format+"\n", args...)
	r.FailNow()
}

// lineNumbers are different in each version of this file.
var lineNumbers = regexp.MustCompile(`\.go:\d+`)

// wantOutput compares what a recorded test printed, with * for line numbers.
func wantOutput(t *testing.T, r *recorder, want string) {
	t.Helper()
	got := lineNumbers.ReplaceAllString(r.text(), ".go:*")
	if strings.TrimSpace(got) != strings.TrimSpace(want) {
		t.Errorf("the test printed\n%s\nwant\n%s", got, want)
	}
	if r.failures == 0 {
		t.Error("the test did not fail")
	}
}

// A failure tells the place, what was expected, and everything that came since
// the last match.
func TestScriptedReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := record(t, func(rt testing.TB) {
			near, far := Pipe(PipeConfig{})
			Play(t, far, PeerConfig{}, func(p *Peer) {
				p.ExpectKinds(wire.KindStartupMessage)
				p.Send(&wire.AuthenticationOk{}, Ready(0))
				p.ExpectKinds(wire.KindQuery)
				p.Send(Columns("id"), Notice("look out"), Row(nil), Done("SELECT 1"), Ready(0))
			})
			p := NewPeer(rt, near, PeerConfig{Side: wire.Frontend})
			p.Login(Login{})
			p.Send(&wire.Query{SQL: "select"})
			p.ExpectKinds(wire.KindRowDescription)
			p.Expect(Row("ada"))
			rt.Errorf("the script went on")
		})
		wantOutput(t, r, `
scripted_report_test.go:*, called from scripted_report_test.go:*, called from scripted_report_test.go:*: the scripted frontend failed
  expected: DataRow values[0]="ada"
  but:      values[0] is NULL, not "ada"
  since the last match:
    < NoticeResponse S="NOTICE" V="NOTICE" C="00000" M="look out"
    < DataRow values[0]=NULL
  then bytes that were not read: 43 00 00 00 0d 53 45 4c 45 43 54 20 31 00 5a 00 00 00 05 49
  before that:
    > StartupMessage version=3.0 user="postgres"
    < AuthenticationOk
    < ReadyForQuery status=I
    > Query sql="select"
    < RowDescription columns[0].name="id" columns[0].table=0 columns[0].attribute=0 columns[0].type=25 columns[0].typeSize=-1 columns[0].typeModifier=-1 columns[0].format=0
`)
	})
}

// A script that a server runs fails the test from its own goroutine.
func TestScriptedReportFromServer(t *testing.T) {
	r := record(t, func(rt testing.TB) {
		s := Serve(rt, ServeConfig{Network: "tcp"}, func(p *Peer) {
			p.Accept(Welcome{})
			p.Expect(Like(&wire.Query{SQL: "select 1"}))
		})
		conn, err := s.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		Converse(conn, PeerConfig{Side: wire.Frontend}, func(p *Peer) {
			p.Login(Login{})
			p.Send(&wire.Query{SQL: "select 2"})
			p.ExpectEnd()
		})
		if err := s.Close(); err == nil || !strings.Contains(err.Error(), "select 1") {
			t.Errorf("Close returns %v", err)
		}
	})
	for _, want := range []string{"scripted_report_test.go:", "the scripted backend failed", `expected: like Query sql="select 1"`,
		`but:      SQL is "select 2", not "select 1"`, "since the last match:\n    > Query sql=\"select 2\""} {
		if !strings.Contains(r.text(), want) {
			t.Errorf("the report is\n%s\nwithout %q", r.text(), want)
		}
	}
	if strings.Count(r.text(), "the scripted backend failed") != 1 || r.failures != 1 {
		t.Errorf("there are %d failures:\n%s", r.failures, r.text())
	}
}

// A script that is not done when its test ends has failed; a loop that waits for
// more has not.
func TestScriptedReportAtTheEnd(t *testing.T) {
	for name, c := range map[string]struct {
		script func(*Peer)
		want   string
	}{
		"expecting": {func(p *Peer) { p.Expect(&wire.Sync{}) }, "expected: Sync\n  but:      the test has ended before\n"},
		"looping":   {func(p *Peer) { p.Respond(nil) }, ""},
		"stalling":  {func(p *Peer) { p.Wait(nil) }, ""},
		"cancel":    {func(p *Peer) { p.AwaitCancel() }, "expected: a CancelRequest for this session\n"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := Pipe(PipeConfig{})
				r := record(t, func(rt testing.TB) {
					Play(rt, far, PeerConfig{Timeout: -1}, func(p *Peer) {
						p.Accept(Welcome{})
						c.script(p)
					})
					p := NewPeer(t, near, PeerConfig{Side: wire.Frontend})
					p.Login(Login{})
				})
				if (r.failures > 0) != (c.want != "") || !strings.Contains(r.text(), c.want) {
					t.Errorf("the test printed %q, want %q", r.text(), c.want)
				}
			})
		})
	}
}

// Secrets do not get into a report.
func TestScriptedReportKeepsSecrets(t *testing.T) {
	const password, key = "correct horse", "staple"
	synctest.Test(t, func(t *testing.T) {
		near, far := Pipe(PipeConfig{})
		done := make(chan error, 1)
		go func() {
			done <- Converse(far, PeerConfig{}, func(p *Peer) {
				p.Accept(Welcome{Auth: AuthCleartext, Password: password, Key: []byte(key)})
				p.Expect(&wire.Sync{})
			})
		}()
		err := Converse(near, PeerConfig{Side: wire.Frontend}, func(p *Peer) {
			p.Login(Login{Password: password})
			p.Expect(&wire.BackendKeyData{ProcessID: 1, Key: []byte("other")})
		})
		for _, text := range []string{(<-done).Error(), err.Error()} {
			if strings.Contains(text, password) || strings.Contains(text, key) {
				t.Errorf("a report holds a secret:\n%s", text)
			}
		}
	})
}

// A long conversation is remembered by its end.
func TestScriptedLongConversation(t *testing.T) {
	var c conversation
	for i := range 1000 {
		m := Row(i, strings.Repeat("x", 10_000))
		b, _ := m.Append(nil)
		c.add(wire.Event{From: wire.Backend, Kind: m.Kind()}, wire.Frame{Msg: b})
		if i == 990 {
			c.match()
		}
	}
	before, since := c.lines()
	if len(before) != 1+maxBefore || before[0] != "... 979 messages" {
		t.Errorf("before the match: %d lines, the first %q", len(before), before[0])
	}
	if len(since) != 9 || !strings.HasPrefix(since[0], `< DataRow values[0]="991"`) || len(since[0]) > maxLine+50 {
		t.Errorf("since the match: %q", since)
	}
	if len(c.spoken) > 2*maxKept {
		t.Errorf("%d messages are kept", len(c.spoken))
	}
}

// Every message of the protocol has a line.
func TestScriptedLines(t *testing.T) {
	for l := range wire.Layouts() {
		m := wire.Example(l.Kind)
		from := l.From
		if from == wire.Both {
			from = wire.Backend
		}
		line := describeMessage(m, from)
		if !strings.HasPrefix(line, l.Name) || strings.Contains(line, "malformed") {
			t.Errorf("%s: %s", l.Name, line)
		}
	}
	for want, m := range map[string]wire.Message{
		`BackendKeyData processID=1 key=(4 bytes)`:                  &wire.BackendKeyData{ProcessID: 1, Key: []byte("1234")},
		`PasswordMessage password=(6 bytes)`:                        &wire.PasswordMessage{Password: "horse"},
		`ParameterStatus name="TimeZone" value="UTC"`:               &wire.ParameterStatus{Name: "TimeZone", Value: "UTC"},
		`ErrorResponse S="ERROR" V="ERROR" C="42P01" M="no" H="so"`: Failure("42P01", "no", wire.ResponseField{Code: 'H', Value: "so"}),
		`Describe object=P name="p"`:                                &wire.Describe{Object: 'P', Name: "p"},
		`SSLResponse answer=S`:                                      &wire.SSLResponse{Answer: 'S'},
		`like Parse statement="" sql="x"`:                           Like(&wire.Parse{SQL: "x"}),
		`NegotiateProtocolVersion version=3.0 options[0]="_pq_.x"`:  &wire.NegotiateProtocolVersion{Version: wire.Version30, Options: []string{"_pq_.x"}},
		`like BackendKeyData`:                                       Like(&wire.BackendKeyData{}),
		`StartupMessage version=3.2 user="a"`:                       &wire.StartupMessage{Version: wire.Version32, Parameters: []wire.Parameter{{Name: "user", Value: "a"}}},
		`CopyData data="a\tb\n"`:                                    &wire.CopyData{Data: []byte("a\tb\n")},
	} {
		if got := describeMessage(m, wire.Backend); got != want {
			t.Errorf("the line is\n%s\nwant\n%s", got, want)
		}
	}
}

package pgtest

import (
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"parley/wire"
)

// PeerError is the failure of a script.
type PeerError struct {
	Place    string    // where in the script: the file and line, and those that it was called from
	Side     wire.Side // who the peer was
	Want     string    // what was expected, or to be done
	Problem  string    // what was wrong, field by field where it is a message; may be empty
	Since    []string  // what came and went since the last match, a message in each line
	Before   []string  // the end of the conversation before that
	LeftOver []byte    // bytes that came and were not read, the first of them
	Err      error     // the cause; may be nil
}

// Error returns the failure in several lines. Passwords, keys and messages of
// SASL are not in it, only their sizes.
func (e *PeerError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: the scripted %s failed\n", e.Place, e.Side)
	fmt.Fprintf(&b, "  expected: %s\n", e.Want)
	if problem := e.problem(); problem != "" {
		fmt.Fprintf(&b, "  but:      %s\n", problem)
	}
	list(&b, "  since the last match:", e.Since)
	if len(e.LeftOver) > 0 {
		fmt.Fprintf(&b, "  then bytes that were not read: % x\n", e.LeftOver)
	}
	if len(e.Before) > 0 {
		list(&b, "  before that:", e.Before)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Unwrap returns the cause.
func (e *PeerError) Unwrap() error { return e.Err }

func (e *PeerError) problem() string {
	switch {
	case e.Err == nil:
		return e.Problem
	case e.Problem == "":
		return causeText(e.Err)
	}
	return e.Problem + ": " + causeText(e.Err)
}

func causeText(err error) string {
	switch {
	case err == io.EOF:
		return "the other side closed the connection"
	case err == io.ErrUnexpectedEOF:
		return "the other side closed the connection inside of a message"
	case isTimeout(err):
		return "nothing came in time: " + err.Error()
	}
	return err.Error()
}

func list(b *strings.Builder, title string, lines []string) {
	fmt.Fprintln(b, title)
	if len(lines) == 0 {
		fmt.Fprintln(b, "    nothing")
	}
	for _, l := range lines {
		fmt.Fprintln(b, "    "+l)
	}
}

// writeReport prints a failure as part of the test's output. The place is the
// script's, which t.Errorf would not find.
func writeReport(t testing.TB, e *PeerError) {
	fmt.Fprintln(t.Output(), e.Error())
}

// fail ends the peer.
func (p *Peer) fail(want, problem string, err error) {
	if p.err != nil {
		return
	}
	if p.opening && p.gaveUp(err) {
		p.stop(errPeerClosed)
		return
	}
	if isTimeout(err) && p.ending() {
		problem, err = "the test has ended before", nil
	}
	e := &PeerError{Place: scriptPlace(), Side: p.config.Side, Want: want, Problem: problem, Err: err}
	e.Before, e.Since = p.conversation.lines()
	e.LeftOver = append(e.LeftOver, p.in.Unread()[:min(maxLeftOver, len(p.in.Unread()))]...)
	p.err = e
	p.close()
	if p.report != nil {
		p.report(e)
	}
}

// gaveUp reports whether an error says that the other side did not want to go on.
func (p *Peer) gaveUp(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return err != nil && p.isEnd(err) || ok && op.Op == "remote error" // an alert of TLS
}

const (
	maxLeftOver = 64
	maxPlaces   = 4
)

// scriptPlace finds the line of the script: the innermost frame that is not in
// this package's own part, and its callers up to the goroutine's first.
func scriptPlace() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	var places []string
	for more := true; more && len(places) < maxPlaces; {
		var f runtime.Frame
		f, more = frames.Next()
		at := filepath.Base(f.File) + ":" + strconv.Itoa(f.Line)
		if isScript(f) && (len(places) == 0 || places[len(places)-1] != at) {
			places = append(places, at)
		}
	}
	if len(places) == 0 {
		return "unknown place"
	}
	return strings.Join(places, ", called from ")
}

// isScript reports whether a frame is neither this package's own nor part of
// what runs tests and goroutines.
func isScript(f runtime.Frame) bool {
	file := filepath.Base(f.File)
	if f.File == "" || strings.HasPrefix(file, "scripted") && !strings.HasSuffix(file, "_test.go") {
		return false
	}
	for _, library := range []string{"testing.", "testing/", "runtime.", "sync.", "internal/", "main.main"} {
		if strings.HasPrefix(f.Function, library) {
			return false
		}
	}
	return true
}

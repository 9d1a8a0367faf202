package pgtest

import (
	"bytes"
	"strings"

	"parley/wire"
)

// Request is a statement that a client wants to have run.
type Request struct {
	SQL string
	// Bind holds the parameters; nil in the simple protocol, and where the
	// client only asks what a statement would return.
	Bind *wire.Bind
}

// Reply answers all requests that came since the last Reply or ReadyForQuery,
// as a server would: each statement that is run with the next of the results,
// everything else as it deserves. A Query is answered with all results that are
// left but for those that later requests need, at least one. An error makes it
// skip to the next Sync.
//
//	p.ExpectKinds(wire.KindParse, wire.KindBind, wire.KindExecute, wire.KindSync)
//	p.Reply(pgtest.Tag("INSERT 0 1"))
func (p *Peer) Reply(results ...Result) {
	if p.over() {
		return
	}
	requests := p.pending
	p.pending = nil
	runs := 0
	for _, m := range requests {
		if k := m.Kind(); k == wire.KindQuery || k == wire.KindExecute {
			runs++
		}
	}
	r := replier{peer: p}
	r.results = func(m wire.Message) []*Result {
		n := min(1, len(results))
		if m.Kind() == wire.KindDescribe {
			return pointers(results[:n])
		}
		if m.Kind() == wire.KindQuery {
			n = max(n, len(results)-(runs-1))
		}
		runs--
		next := pointers(results[:n])
		results = results[n:]
		return next
	}
	for _, m := range requests {
		r.request(m)
	}
	r.flush()
	if len(results) > 0 && p.OK() {
		p.fail("a request for each result", plural(len(results), "result")+" left", nil)
	}
	p.pending = nil
}

func pointers(results []Result) []*Result {
	var ps []*Result
	for i := range results {
		ps = append(ps, &results[i])
	}
	return ps
}

// Respond answers every request, until the client says Terminate or hangs up,
// as [Peer.Reply] does, with the results that answer returns.
//
//	p.Respond(func(r pgtest.Request) pgtest.Result { return pgtest.Tag("SELECT 0") })
func (p *Peer) Respond(answer func(Request) Result) {
	r := replier{peer: p}
	r.results = func(m wire.Message) []*Result {
		q, ok := p.asked(m)
		if !ok {
			return nil
		}
		result := answer(q)
		return []*Result{&result}
	}
	for m := range p.Messages() {
		r.request(m)
		p.pending = nil
	}
}

// asked is what a message wants to have run, or described.
func (p *Peer) asked(m wire.Message) (r Request, ok bool) {
	switch m := m.(type) {
	case *wire.Query:
		return Request{SQL: m.SQL}, true
	case *wire.Execute:
		r, ok = p.portals[m.Portal]
	case *wire.Describe:
		if m.Object == wire.ObjectPortal {
			r, ok = p.portals[m.Name]
		} else if s := p.statements[m.Name]; s != nil {
			return Request{SQL: s.SQL}, true
		}
	}
	return r, ok
}

// CopyIn asks the client for the data of a COPY of so many columns, in text
// format, and returns it. When the client gives up with CopyFail, ok is false and
// data is its reason. The reply to the statement itself is the script's to send.
func (p *Peer) CopyIn(columns int) (data []byte, ok bool) {
	p.Send(&wire.CopyInResponse{Columns: make([]wire.Format, columns)})
	var all bytes.Buffer
	for {
		m, ok := p.next("CopyData, CopyDone or CopyFail")
		if !ok {
			return all.Bytes(), false
		}
		p.conversation.match()
		switch m := m.(type) {
		case *wire.CopyData:
			all.Write(m.Data)
		case *wire.CopyDone:
			return all.Bytes(), true
		case *wire.CopyFail:
			return []byte(m.Reason), false
		case *wire.Flush, *wire.Sync: // "ignored by the backend in copy-in mode"
		default:
			p.fail("CopyData, CopyDone or CopyFail", m.Kind().String()+" came", nil)
		}
	}
}

// CopyOut sends the lines of a COPY in text format, each in a message of its
// own, and CopyDone. A line without a line feed gets one. The reply to the
// statement itself is the script's to send.
func (p *Peer) CopyOut(columns int, lines ...string) {
	ms := []wire.Message{&wire.CopyOutResponse{Columns: make([]wire.Format, columns)}}
	for _, l := range lines {
		ms = append(ms, &wire.CopyData{Data: []byte(strings.TrimSuffix(l, "\n") + "\n")})
	}
	p.Send(append(ms, &wire.CopyDone{})...)
}

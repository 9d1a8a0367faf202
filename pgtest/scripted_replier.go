package pgtest

import (
	"strings"

	"parley/wire"
)

// replier answers requests one after another. As PostgreSQL does, it holds
// replies back until a Flush, or the end of a cycle.
type replier struct {
	peer    *Peer
	results func(wire.Message) []*Result // what a Query, Execute or Describe is answered with
	held    []wire.Message
}

// isRequest reports whether a message asks for a reply, or for a flush.
func isRequest(k wire.Kind) bool {
	switch k {
	case wire.KindQuery, wire.KindParse, wire.KindBind, wire.KindDescribe, wire.KindExecute, wire.KindClose,
		wire.KindFlush, wire.KindSync, wire.KindFunctionCall:
		return true
	}
	return false
}

func (r *replier) hold(ms ...wire.Message) { r.held = append(r.held, ms...) }

func (r *replier) flush() {
	if len(r.held) > 0 {
		r.peer.Send(r.held...)
		r.held = nil
	}
}

// request answers one message.
func (r *replier) request(m wire.Message) {
	if r.peer.skipping && m.Kind() != wire.KindSync {
		return
	}
	switch m := m.(type) {
	case *wire.Query:
		r.query(m)
	case *wire.Parse:
		r.parse(m)
	case *wire.Bind:
		r.bind(m)
	case *wire.Close:
		r.hold(&wire.CloseComplete{})
	case *wire.Describe:
		r.describe(m)
	case *wire.Execute:
		r.execute(m)
	case *wire.Flush:
		r.flush()
	case *wire.Sync:
		r.peer.skipping = false
		r.ready()
	default:
		r.fail(Failure("0A000", "the scripted server does not answer "+m.Kind().String()))
		r.ready()
	}
}

func (r *replier) parse(m *wire.Parse) {
	if r.peer.statements == nil {
		r.peer.statements = map[string]*wire.Parse{}
	}
	r.peer.statements[m.Statement] = m
	r.hold(&wire.ParseComplete{})
}

func (r *replier) bind(m *wire.Bind) {
	if r.peer.portals == nil {
		r.peer.portals = map[string]Request{}
	}
	delete(r.peer.portals, m.Portal)
	delete(r.peer.suspended, m.Portal)
	if s := r.peer.statements[m.Statement]; s != nil {
		r.peer.portals[m.Portal] = Request{SQL: s.SQL, Bind: m}
	}
	r.hold(&wire.BindComplete{})
}

func (r *replier) ready() {
	r.hold(Ready(r.peer.status))
	r.flush()
}

func (r *replier) query(m *wire.Query) {
	results := r.results(m)
	if len(results) == 0 {
		r.fail(r.none(m))
	}
	for _, x := range results {
		if x.Columns != nil {
			r.hold(x.description())
		}
		r.rows(x.Rows)
		r.complete(x)
		if x.Error != nil {
			break
		}
	}
	r.peer.skipping = false // that is for the extended protocol
	r.ready()
}

func (r *replier) rows(rows []*wire.DataRow) {
	for _, row := range rows {
		r.hold(row)
	}
}

// none is the error for a request without a result.
func (r *replier) none(m wire.Message) *wire.ErrorResponse {
	return Failure("XX000", "the script has no result for this "+m.Kind().String())
}

func (r *replier) describe(m *wire.Describe) {
	results := r.results(m)
	if len(results) == 0 {
		r.fail(r.none(m))
		return
	}
	x := results[0]
	if m.Object == wire.ObjectStatement {
		types := x.ParamTypes
		if s := r.peer.statements[m.Name]; types == nil && s != nil {
			types = s.ParamTypes
		}
		r.hold(&wire.ParameterDescription{Types: types})
	}
	if x.Error != nil && x.Columns == nil && m.Object == wire.ObjectStatement {
		r.hold(&wire.NoData{}) // the error comes when it is run
		return
	}
	r.hold(x.description())
}

// execute answers with as many rows as are asked for; the rest waits for the
// next Execute of the portal.
func (r *replier) execute(m *wire.Execute) {
	x := r.peer.suspended[m.Portal]
	if x == nil {
		results := r.results(m)
		if len(results) == 0 {
			r.fail(r.none(m))
			return
		}
		x = results[0]
	}
	delete(r.peer.suspended, m.Portal)
	if n := int(m.MaxRows); n > 0 && n < len(x.Rows) {
		rest := *x
		rest.Rows = x.Rows[n:]
		if r.peer.suspended == nil {
			r.peer.suspended = map[string]*Result{}
		}
		r.peer.suspended[m.Portal] = &rest
		r.rows(x.Rows[:n])
		r.hold(&wire.PortalSuspended{})
		return
	}
	r.rows(x.Rows)
	r.complete(x)
}

// complete ends a result, and follows the transaction by its command tag.
func (r *replier) complete(x *Result) {
	if x.Error != nil {
		r.fail(x.Error)
		return
	}
	r.hold(x.end())
	word, _, _ := strings.Cut(x.Tag, " ")
	switch word {
	case "BEGIN", "START":
		r.peer.status = wire.TxActive
	case "COMMIT", "ROLLBACK":
		r.peer.status = wire.TxIdle
	}
}

func (r *replier) fail(m *wire.ErrorResponse) {
	r.hold(m)
	r.flush() // PostgreSQL does not hold errors back
	r.peer.skipping = true
	if r.peer.status == wire.TxActive {
		r.peer.status = wire.TxFailed
	}
}

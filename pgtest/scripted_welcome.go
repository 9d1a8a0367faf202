package pgtest

import (
	"crypto/rand"
	"crypto/tls"
	"slices"
	"strings"

	"parley/wire"
)

// Welcome is how a scripted server lets a client in. The zero value asks for no
// password, speaks no TLS and looks like PostgreSQL 18.
type Welcome struct {
	// TLS is what an SSLRequest, or a client that begins with TLS at once, is
	// answered with. Nil: no TLS.
	TLS *tls.Config

	// Auth is how the client must prove itself, by Password or Token.
	Auth     Auth
	Password string
	Token    string // the bearer token of AuthOAuth

	// Mechanisms are the SASL mechanisms that are offered. Nil: those that
	// fit Auth, with channel binding inside TLS.
	Mechanisms []string
	// Salt, Iterations and Nonce are the server's part of SCRAM; Salt's first
	// four bytes are the salt of MD5. Zero: random, 4096, random.
	Salt       []byte
	Iterations int
	Nonce      string

	// Newest is the newest protocol version spoken. 0: 3.2. A client that
	// asks for a newer one gets NegotiateProtocolVersion.
	Newest wire.Version
	// Options are the protocol options ("_pq_." and so on) that are known.
	Options []string

	// Settings are sent beside PostgreSQL's own, or in place of those of the
	// same name.
	Settings []wire.Parameter

	// ProcessID and Key are the client's key for CancelRequest. 0: the number
	// of the connection. Nil: 4 random bytes, or 32 from protocol 3.2 on.
	ProcessID uint32
	Key       []byte
	// NoKey leaves BackendKeyData out.
	NoKey bool
}

// Accept lets a client in: [Peer.AcceptStartup], [Peer.Authenticate] and
// [Peer.Greet]. It reports whether a session has begun. When it has not, the
// script is over: the connection brought a CancelRequest, which its server has
// noted; the client hung up, or refused the certificate; it could not prove
// itself, and was told so; or something failed. Only the last is a failure.
func (p *Peer) Accept(w Welcome) bool {
	if !p.AcceptStartup(w) || !p.Authenticate(w) {
		return false
	}
	p.Greet(w)
	return p.OK()
}

// Startup returns the StartupMessage that AcceptStartup took, or an empty one.
func (p *Peer) Startup() *wire.StartupMessage { return &p.startup }

// User returns the user that the StartupMessage named.
func (p *Peer) User() string {
	user, _ := p.startup.Get("user")
	return user
}

// AcceptStartup answers requests for encryption, and takes the StartupMessage.
// It sends NegotiateProtocolVersion where that is due, and refuses versions
// other than 3. Its result is that of [Peer.Accept].
func (p *Peer) AcceptStartup(w Welcome) bool {
	p.opening = true
	defer func() { p.opening = false }()
	p.acceptDirectTLS(w)
	for {
		m, ok := p.next("StartupMessage, SSLRequest, GSSENCRequest or CancelRequest")
		if !ok {
			return false
		}
		p.conversation.match()
		switch m := m.(type) {
		case *wire.SSLRequest:
			p.answerSSL(w)
		case *wire.GSSENCRequest:
			p.Send(&wire.GSSENCResponse{Answer: 'N'})
		case *wire.CancelRequest:
			p.host.noteCancel(m)
			p.Close()
			return false
		case *wire.StartupMessage:
			p.startup = *m
			return p.negotiate(w)
		}
	}
}

func (p *Peer) answerSSL(w Welcome) {
	if w.TLS == nil {
		p.Send(&wire.SSLResponse{Answer: 'N'})
		return
	}
	p.Send(&wire.SSLResponse{Answer: 'S'})
	p.StartTLS(w.TLS)
}

// negotiate answers versions and options that are not known.
func (p *Peer) negotiate(w Welcome) bool {
	newest := w.Newest
	if newest == 0 {
		newest = wire.Version32
	}
	asked := p.startup.Version
	if asked.Major() != newest.Major() {
		p.refuse("0A000", "unsupported frontend protocol "+asked.String()+": server supports 3.0 to "+newest.String())
		return false
	}
	var unknown []string
	for _, o := range p.startup.Parameters {
		if strings.HasPrefix(o.Name, "_pq_.") && !slices.Contains(w.Options, o.Name) {
			unknown = append(unknown, o.Name)
		}
	}
	if asked > newest || len(unknown) > 0 {
		p.Send(&wire.NegotiateProtocolVersion{Version: min(asked, newest), Options: unknown})
	}
	return p.OK()
}

// refuse ends the session with a fatal error, as a server does.
func (p *Peer) refuse(code, message string) {
	p.Send(Fatal(code, message))
	p.Close()
}

// Greet begins a session whose client is authenticated: ParameterStatus for
// each setting, BackendKeyData, ReadyForQuery.
func (p *Peer) Greet(w Welcome) {
	var ms []wire.Message
	for _, s := range p.settings(w) {
		ms = append(ms, &wire.ParameterStatus{Name: s.Name, Value: s.Value})
	}
	if !w.NoKey {
		ms = append(ms, p.keyData(w))
	}
	p.Send(append(ms, Ready(wire.TxIdle))...)
	p.conversation.match()
}

func (p *Peer) keyData(w Welcome) *wire.BackendKeyData {
	m := &wire.BackendKeyData{ProcessID: w.ProcessID, Key: w.Key}
	if m.ProcessID == 0 {
		m.ProcessID = p.number
	}
	if m.Key == nil {
		m.Key = make([]byte, wire.MinCancelKey)
		if p.session.Version() >= wire.Version32 {
			m.Key = make([]byte, 32)
		}
		rand.Read(m.Key) // never fails
	}
	return m
}

// settings are those that PostgreSQL 18 reports, with what the client asked
// for, and the script's.
func (p *Peer) settings(w Welcome) []wire.Parameter {
	asked := func(name, value string) wire.Parameter {
		if v, ok := p.startup.Get(name); ok {
			value = v
		}
		return wire.Parameter{Name: name, Value: value}
	}
	list := []wire.Parameter{
		{Name: "in_hot_standby", Value: "off"},
		{Name: "integer_datetimes", Value: "on"},
		asked("TimeZone", "UTC"),
		asked("IntervalStyle", "postgres"),
		{Name: "is_superuser", Value: "off"},
		asked("application_name", ""),
		{Name: "default_transaction_read_only", Value: "off"},
		{Name: "scram_iterations", Value: "4096"},
		asked("DateStyle", "ISO, MDY"),
		asked("search_path", `"$user", public`),
		{Name: "standard_conforming_strings", Value: "on"},
		{Name: "session_authorization", Value: p.User()},
		asked("client_encoding", "UTF8"),
		{Name: "server_version", Value: "18.0"},
		{Name: "server_encoding", Value: "UTF8"},
	}
	for _, s := range w.Settings {
		list = withSetting(list, s)
	}
	return list
}

func withSetting(list []wire.Parameter, s wire.Parameter) []wire.Parameter {
	for i := range list {
		if list[i].Name == s.Name {
			list[i] = s
			return list
		}
	}
	return append(list, s)
}

// AwaitCancel waits until the server notes a CancelRequest for this session, and
// reports whether one came within the peer's Timeout; if not, the script has
// failed.
func (p *Peer) AwaitCancel() bool {
	if p.over() {
		return false
	}
	if p.host == nil || p.key.Key == nil {
		p.fail("a CancelRequest", "the peer has no server that notes them, or sent no BackendKeyData", nil)
		return false
	}
	for {
		came, change := p.host.cancelled(&p.key)
		if came {
			return true
		}
		if !p.await(change) {
			p.fail("a CancelRequest for this session", "none came in time", nil)
			return false
		}
	}
}

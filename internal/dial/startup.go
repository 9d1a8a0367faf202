package dial

import (
	"context"
	"crypto/tls"
	"fmt"

	"parley/internal/conninfo"
	"parley/wire"
)

// maxAuthMessages is how many messages a server may send before
// AuthenticationOk. SCRAM takes three; GSSAPI a few more.
const maxAuthMessages = 32

// login is one conversation, from the startup packet to the session. It
// belongs to one goroutine.
type login struct {
	ctx    context.Context // within connect_timeout
	parent context.Context // without it
	config *conninfo.Config
	set    *Settings
	host   *conninfo.Host
	stream *stream
	oauth  *oauthState // of the whole search
	tls    *tlsState   // nil in plain text

	version    wire.Version
	negotiated bool                // NegotiateProtocolVersion came
	asked      bool                // an authentication request came, AuthenticationOk included
	method     conninfo.AuthMethod // what the server asked for, 0 before that
	finished   bool                // this side did all that the method asks for
	bound      bool                // the exchange was bound to the server's certificate
	sasl       mechanism           // nil unless SASL was asked for
	gss        GSSExchange         // nil unless GSSAPI was asked for
}

// tlsState is what is known about the encryption of one connection.
type tlsState struct {
	state     tls.ConnectionState
	certAsked bool // the server asked for a client certificate
	certSent  bool // and got one
}

// startup sends the startup packet and answers what comes, up to
// AuthenticationOk. Its errors are failures.
func (l *login) startup() error {
	defer l.close()
	if err := l.stream.send(l.startupMessage()); err != nil {
		return fatal(StageStartup, err)
	}
	for range maxAuthMessages {
		f, err := l.stream.receive(wire.PhaseBackendAuth)
		if err != nil {
			return l.lost(err)
		}
		switch f.Type {
		case 'E':
			return l.refused(f.Body)
		case 'v':
			if err := l.negotiate(f.Body); err != nil {
				return fatal(StageStartup, err)
			}
		case 'R':
			done, err := l.authenticate(f.Body)
			if done || err != nil {
				return err
			}
		}
	}
	return fatal(StageAuth, fmt.Errorf("the server sent %d messages and no end to authentication", maxAuthMessages))
}

// close releases what authentication holds.
func (l *login) close() {
	if l.gss != nil {
		_ = l.gss.Close()
		l.gss = nil
	}
}

// stage is that of what is going on before AuthenticationOk.
func (l *login) stage() Stage {
	if l.asked {
		return StageAuth
	}
	return StageStartup
}

// lost is the failure when nothing more can be read.
func (l *login) lost(err error) error {
	if l.oauth.wants() {
		// The server need not send the error that RFC 7628 asks for.
		return &failure{StageAuth, outcomeToken, err}
	}
	return fatal(l.stage(), err)
}

// startupMessage has the settings in libpq's order.
func (l *login) startupMessage() *wire.StartupMessage {
	l.version = wire.Version(l.config.MaxProtocol)
	m := &wire.StartupMessage{Version: l.version}
	add := func(name, value string) {
		m.Parameters = append(m.Parameters, wire.Parameter{Name: name, Value: value})
	}
	add("user", l.config.User)
	add("database", l.config.Database)
	for _, s := range l.config.Startup {
		add(s.Name, s.Value)
	}
	if l.set.Grease {
		m.Version = greaseVersion
		add(greaseOption, "")
	}
	return m
}

// sqlstateNotNow is cannot_connect_now: the server is starting up, shutting
// down or recovering.
const sqlstateNotNow = "57P03"

// refused is the failure for an ErrorResponse before AuthenticationOk.
func (l *login) refused(body []byte) error {
	e := new(ServerError)
	if err := e.Response.Parse(body); err != nil {
		return fatal(l.stage(), err)
	}
	switch {
	case l.oauth.wants():
		return &failure{StageAuth, outcomeToken, e}
	case l.oauth.rejected() != nil:
		return &failure{StageAuth, outcomeRefused, fmt.Errorf("%w: %w", l.oauth.rejected(), e)}
	case e.SQLState() == sqlstateNotNow:
		return &failure{l.stage(), outcomeNotNow, e}
	}
	return &failure{l.stage(), outcomeRefused, e}
}

package dial

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"

	"parley/internal/conninfo"
	"parley/internal/scram"
	"parley/wire"
)

// ErrNoPassword is found by errors.Is when the server asked for a password and
// the configuration has none for this host.
var ErrNoPassword = errors.New("the server asks for a password, and none is given")

// request says how one authentication request is answered.
type request struct {
	method conninfo.AuthMethod // for require_auth; 0 when the mechanism decides
	begins bool                // it begins an exchange, which a server may do once
	sasl   bool                // it can be part of an exchange with channel binding
	answer func(*login, wire.Message) error
}

// requests is every authentication request that can be answered.
var requests = map[wire.Kind]request{
	wire.KindAuthenticationCleartextPassword: {conninfo.AuthPassword, true, false, (*login).cleartext},
	wire.KindAuthenticationMD5Password:       {conninfo.AuthMD5, true, false, (*login).md5},
	wire.KindAuthenticationSASL:              {0, true, true, (*login).saslBegin},
	wire.KindAuthenticationSASLContinue:      {0, false, true, (*login).saslContinue},
	wire.KindAuthenticationSASLFinal:         {0, false, true, (*login).saslFinal},
	wire.KindAuthenticationGSS:               {conninfo.AuthGSS, true, false, (*login).gssBegin},
	wire.KindAuthenticationSSPI:              {conninfo.AuthSSPI, true, false, (*login).gssBegin},
	wire.KindAuthenticationGSSContinue:       {0, false, false, (*login).gssContinue},
}

// authenticate answers one authentication request, and reports whether it was
// AuthenticationOk. Its errors are failures.
func (l *login) authenticate(body []byte) (done bool, err error) {
	l.asked = true
	kind := wire.Identify(wire.Backend, 'R', body, wire.Context{})
	if kind == 0 {
		return false, fatal(StageAuth, fmt.Errorf("the server asks for authentication method %d, which is not supported", binary.BigEndian.Uint32(body)))
	}
	m := wire.New(kind)
	if err := m.Parse(body); err != nil {
		return false, fatal(StageAuth, err)
	}
	if kind == wire.KindAuthenticationOk {
		if err := l.accepted(); err != nil {
			return false, fatal(StageAuth, err)
		}
		return true, nil
	}
	r, known := requests[kind]
	if !known {
		return false, fatal(StageAuth, fmt.Errorf("the server asks for %v, which is not supported", kind))
	}
	if err := l.expected(r); err != nil {
		return false, fatal(StageAuth, err)
	}
	if err := r.answer(l, m); err != nil {
		return false, asFailure(StageAuth, ended(l.ctx, err))
	}
	return false, nil
}

// expected decides whether a request may come at all: require_auth,
// channel_binding, and one exchange per connection.
func (l *login) expected(r request) error {
	switch {
	case l.config.ChannelBinding == conninfo.Require && !r.sasl:
		return errors.New("channel_binding=require, but the server asks for a method without it")
	case r.begins && l.method != 0:
		return errors.New("the server asks to authenticate twice")
	case r.method != 0:
		if err := l.allowed(r.method); err != nil {
			return err
		}
		l.method = r.method
	}
	return nil
}

// allowed holds a method against require_auth.
func (l *login) allowed(m conninfo.AuthMethod) error {
	if l.config.RequireAuth.Allows(m) {
		return nil
	}
	return fmt.Errorf("the server asks for %v authentication, which require_auth=%v does not allow", m, l.config.RequireAuth)
}

// accepted decides whether AuthenticationOk can be believed.
func (l *login) accepted() error {
	if l.set.Grease && !l.negotiated {
		return errors.New("the server did not negotiate the protocol, though it was asked for a version that does not exist")
	}
	switch {
	case l.method != 0 && !l.finished:
		return fmt.Errorf("the server did not complete the %v authentication that it began", l.method)
	case l.method == 0 && !l.config.RequireAuth.Allows(conninfo.AuthNone):
		return fmt.Errorf("the server did not ask for authentication, and require_auth=%v does not allow that", l.config.RequireAuth)
	case l.config.ChannelBinding == conninfo.Require && !l.bound:
		return errors.New("channel_binding=require, but the server accepted this side without it")
	case l.config.SSLCertMode != conninfo.Require:
	case l.tls == nil || !l.tls.certAsked:
		return errors.New("sslcertmode=require, but the server did not ask for a client certificate")
	case !l.tls.certSent:
		return errors.New("sslcertmode=require, but there was no client certificate to send")
	}
	if l.method == 0 {
		l.method = conninfo.AuthNone
	}
	return nil
}

// cleartext sends the password as it is.
func (l *login) cleartext(wire.Message) error {
	password, err := l.password()
	if err != nil {
		return err
	}
	return l.sendPassword(password)
}

// md5 sends the password hashed.
func (l *login) md5(m wire.Message) error {
	password, err := l.password()
	if err != nil {
		return err
	}
	hash := m.(*wire.AuthenticationMD5Password)
	return l.sendPassword(scram.MD5Password(l.config.User, password, hash.Salt))
}

// password returns the password of this login, which is never empty.
func (l *login) password() (string, error) {
	text := string(l.host.Password)
	if f := l.set.Password; f != nil {
		var err error
		text, err = f(l.ctx, PasswordRequest{Host: cmp.Or(l.host.Name, l.host.Addr), Port: l.host.Port, User: l.config.User, Database: l.config.Database})
		if err != nil {
			return "", fmt.Errorf("cannot obtain the password: %w", ended(l.ctx, err))
		}
	}
	if text == "" {
		return "", ErrNoPassword
	}
	return text, nil
}

func (l *login) sendPassword(text string) error {
	l.finished = true
	return l.stream.send(&wire.PasswordMessage{Password: text})
}

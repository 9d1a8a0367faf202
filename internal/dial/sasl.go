package dial

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"parley/internal/conninfo"
	"parley/internal/scram"
	"parley/wire"
)

// mechOAuth is the mechanism of RFC 7628.
const mechOAuth = "OAUTHBEARER"

// mechanism is this side of one SASL exchange.
type mechanism interface {
	name() string
	first() ([]byte, error)           // the initial response
	next(data []byte) ([]byte, error) // the answer to a challenge
	final(data []byte) error          // the server's last word
	done() (finished, bound bool)     // whether AuthenticationOk may follow
}

func (l *login) saslBegin(m wire.Message) error {
	offered := m.(*wire.AuthenticationSASL).Mechanisms
	flag, oauth, err := l.choose(offered)
	if err != nil {
		return err
	}
	l.method = conninfo.AuthSCRAM
	if oauth {
		l.method = conninfo.AuthOAuth
	}
	if err := l.allowed(l.method); err != nil {
		return err
	}
	if oauth {
		l.sasl = &oauthExchange{login: l}
	} else if l.sasl, err = l.newScram(flag); err != nil {
		return err
	}
	data, err := l.sasl.first()
	if err != nil {
		return err
	}
	l.finished, l.bound = l.sasl.done()
	return l.stream.send(&wire.SASLInitialResponse{Mechanism: l.sasl.name(), Data: data})
}

// choose picks a mechanism as libpq does: SCRAM-SHA-256-PLUS where it can be
// used, else the first in the server's list that is known.
func (l *login) choose(offered []string) (flag scram.Flag, oauth bool, err error) {
	if l.config.ChannelBinding == conninfo.Require && l.tls == nil {
		return 0, false, errors.New("channel_binding=require, but the connection is not encrypted by TLS")
	}
	bearer := slices.Index(offered, mechOAuth)
	plain := slices.Index(offered, scram.SHA256)
	flag, err = scram.Choose(offered, l.tls != nil, policies[l.config.ChannelBinding])
	if e, ok := errors.AsType[*scram.Error](err); ok && e.Reason == scram.NoMechanism && bearer >= 0 {
		return 0, true, nil
	}
	if err != nil {
		return 0, false, err
	}
	return flag, bearer >= 0 && flag != scram.Bound && bearer < plain, nil
}

var policies = [...]scram.Policy{
	conninfo.Disable: scram.Disable, conninfo.Prefer: scram.Prefer, conninfo.Require: scram.Require,
}

func (l *login) saslContinue(m wire.Message) error {
	if l.sasl == nil {
		return errors.New("the server continues a SASL exchange that was not begun")
	}
	data, err := l.sasl.next(m.(*wire.AuthenticationSASLContinue).Data)
	if err != nil {
		return err
	}
	l.finished, l.bound = l.sasl.done()
	return l.stream.send(&wire.SASLResponse{Data: data})
}

func (l *login) saslFinal(m wire.Message) error {
	if l.sasl == nil {
		return errors.New("the server ends a SASL exchange that was not begun")
	}
	err := l.sasl.final(m.(*wire.AuthenticationSASLFinal).Data)
	l.finished, l.bound = l.sasl.done()
	return err
}

// scramExchange is SCRAM-SHA-256, with or without channel binding.
type scramExchange struct {
	login  *login
	client *scram.Client
	key    saltKey
}

func (l *login) newScram(flag scram.Flag) (*scramExchange, error) {
	x := &scramExchange{login: l}
	c := scram.ClientConfig{Password: string(l.host.Password), Flag: flag, MaxIterations: l.set.maxIterations()}
	c.ClientKey, c.ServerKey = scramKey(l.config.ScramClientKey), scramKey(l.config.ScramServerKey)
	var err error
	if c.ClientKey == nil || c.ServerKey == nil {
		if c.Password, err = l.password(); err != nil {
			return nil, err
		}
	}
	if flag == scram.Bound {
		if c.Binding, err = scram.EndPoint(l.tls.state.PeerCertificates[0]); err != nil {
			return nil, err
		}
	}
	if cache := l.set.SaltedPasswords; cache != nil && c.Password != "" {
		x.key = cache.key(l.config.User, l.host, c.Password)
		c.Salted = cache.get(x.key)
	}
	x.client, err = scram.NewClient(c)
	return x, err
}

// scramKey returns a key of the connection string, or nil. They are 32 bytes
// or none, by conninfo.
func scramKey(text conninfo.Secret) *scram.Key {
	if text == "" {
		return nil
	}
	k := new(scram.Key)
	copy(k[:], text)
	return k
}

func (x *scramExchange) name() string           { return x.client.Mechanism() }
func (x *scramExchange) first() ([]byte, error) { return x.client.First() }

func (x *scramExchange) next(data []byte) ([]byte, error) {
	ctx := x.login.ctx
	return x.client.Final(data, func() error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return nil
	})
}

func (x *scramExchange) final(data []byte) error {
	if err := x.client.Verify(data); err != nil {
		return fmt.Errorf("the server could not prove itself: %w", err)
	}
	if salted, ok := x.client.Salted(); ok && x.login.set.SaltedPasswords != nil {
		x.login.set.SaltedPasswords.put(x.key, salted)
	}
	return nil
}

func (x *scramExchange) done() (finished, bound bool) {
	return x.client.Verified(), x.client.Bound()
}

package main

import (
	"errors"
	"fmt"
	"slices"

	"parley/internal/scram"
	"parley/wire"
	"parley/workbench/render"
)

// authenticate answers what the server asks until AuthenticationOk.
func (d *demo) authenticate() error {
	var client *scram.Client
	for {
		m, err := d.receive()
		if err != nil {
			return err
		}
		switch m.Kind {
		case wire.KindAuthenticationOk:
			return nil
		case wire.KindErrorResponse:
			return startError(m)
		case wire.KindNoticeResponse, wire.KindNegotiateProtocolVersion:
		case wire.KindAuthenticationCleartextPassword, wire.KindAuthenticationMD5Password:
			err = d.password(m)
		case wire.KindAuthenticationSASL:
			client, err = d.sasl(m)
		case wire.KindAuthenticationSASLContinue, wire.KindAuthenticationSASLFinal:
			err = d.proceed(client, m)
		default:
			err = fmt.Errorf("the server asks for %s, which the demo does not know", m.Name())
		}
		if err != nil {
			return err
		}
	}
}

// startError explains why the server refused the session.
func startError(m *render.Message) error {
	err := serverError(m)
	var e wire.ErrorResponse
	if e.Parse(m.Raw[5:]) == nil && e.Get(wire.FieldSQLState) == "28000" {
		return &hintError{err, "the server may demand TLS, which the demo does not speak, or know no such user"}
	}
	return err
}

var errNoPassword = &hintError{errors.New("the server asks for a password"),
	"give it in the connection string, in PGPASSWORD or in the password file"}

func (d *demo) password(m *render.Message) error {
	if d.to.password == "" {
		return errNoPassword
	}
	answer := d.to.password
	if m.Kind == wire.KindAuthenticationMD5Password {
		var salt wire.AuthenticationMD5Password
		if err := salt.Parse(m.Raw[5:]); err != nil {
			return err
		}
		answer = scram.MD5Password(d.to.user, d.to.password, salt.Salt)
	}
	return d.send(&wire.PasswordMessage{Password: answer})
}

// sasl begins SCRAM-SHA-256, the one mechanism that needs no TLS.
func (d *demo) sasl(m *render.Message) (*scram.Client, error) {
	if d.to.password == "" {
		return nil, errNoPassword
	}
	var offer wire.AuthenticationSASL
	if err := offer.Parse(m.Raw[5:]); err != nil {
		return nil, err
	}
	if !slices.Contains(offer.Mechanisms, scram.SHA256) {
		return nil, fmt.Errorf("the server offers %q, of which the demo knows none without TLS", offer.Mechanisms)
	}
	client, err := scram.NewClient(scram.ClientConfig{Password: d.to.password})
	if err != nil {
		return nil, err
	}
	first, err := client.First()
	if err != nil {
		return nil, err
	}
	return client, d.send(&wire.SASLInitialResponse{Mechanism: scram.SHA256, Data: first})
}

func (d *demo) proceed(client *scram.Client, m *render.Message) error {
	if client == nil {
		return fmt.Errorf("the server sent %s out of turn", m.Name())
	}
	if m.Kind == wire.KindAuthenticationSASLFinal {
		return client.Verify(m.Raw[9:])
	}
	final, err := client.Final(m.Raw[9:], nil)
	if err != nil {
		return err
	}
	return d.send(&wire.SASLResponse{Data: final})
}

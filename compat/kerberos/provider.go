// Package kerberos authenticates Parley by Kerberos, with the pure Go client
// github.com/jcmturner/gokrb5. It shows what a [parley.GSSProvider] has to do,
// and is tested against MIT's KDC and a PostgreSQL built with GSSAPI, beside libpq.
//
//	client := client.NewWithPassword("ada", "EXAMPLE.ORG", password, conf)
//	config.GSS = &kerberos.Provider{Client: client}
//
// A principal is a user of the realm or a service, such as
// postgres/db.example.org@EXAMPLE.ORG. A ticket is what the realm's KDC gives a
// principal to show to a service; a session key comes with it. A token is what
// is sent inside GSSResponse and AuthenticationGSSContinue (RFC 4121).
package kerberos

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/gssapi"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	"parley"
)

// Provider is a [parley.GSSProvider]. It may be used by many connections at once.
//
// The client's credentials are a password, a keytab or a ticket cache: it logs in
// to its realm when it must, and keeps the tickets that it got. Its Config should
// be as the system's krb5.conf; unlike libpq's, the name of the host is never
// canonicalized, so the service principal is GSSRequest.Service/GSSRequest.Host.
type Provider struct {
	Client *client.Client

	turn sync.Mutex // of logging in
}

// established is what the KDC gave for a connection.
type established struct {
	ticket messages.Ticket
	key    types.EncryptionKey
	deleg  []byte // a KRB-CRED message; nil without delegation
	err    error
}

// Begin gets a ticket for the service. Its end does not wait for a KDC that
// does not answer: gokrb5 gives up by itself, after 5 seconds for each KDC.
//
// A server that asks for SSPI gets the same tokens, as from libpq outside Windows.
func (p *Provider) Begin(ctx context.Context, r parley.GSSRequest) (parley.GSSExchange, error) {
	got := make(chan established, 1)
	go func() { got <- p.ticket(r) }()
	select {
	case e := <-got:
		if e.err != nil {
			return nil, e.err
		}
		return &exchange{established: e, client: p.Client}, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for the KDC: %w", context.Cause(ctx))
	}
}

func (p *Provider) ticket(r parley.GSSRequest) (e established) {
	p.turn.Lock()
	defer p.turn.Unlock()
	if e.err = p.Client.AffirmLogin(); e.err != nil {
		return e
	}
	if e.ticket, e.key, e.err = p.Client.GetServiceTicket(r.Service + "/" + r.Host); e.err != nil || !r.Delegate {
		return e
	}
	// As with libpq, a ticket that may not be forwarded is no reason to fail.
	if cred, err := forward(p.Client, e.key); err == nil {
		e.deleg = cred
	}
	return e
}

// exchange is one mutual authentication: an AP-REQ goes, an AP-REP comes.
type exchange struct {
	established
	client *client.Client
	sent   types.Authenticator
	begun  bool
}

// Step makes the token to send first, and then checks the server's.
func (x *exchange) Step(_ context.Context, input []byte) (output []byte, done bool, err error) {
	if !x.begun {
		x.begun = true
		output, err = x.request()
		return output, false, err
	}
	return nil, true, x.reply(input)
}

// Close forgets the keys.
func (x *exchange) Close() error {
	x.established = established{}
	return nil
}

// request makes the initial token (RFC 4121 section 4.1).
func (x *exchange) request() ([]byte, error) {
	auth, err := types.NewAuthenticator(x.client.Credentials.Domain(), x.client.Credentials.CName())
	if err != nil {
		return nil, err
	}
	auth.Cksum = checksum(x.deleg)
	x.sent = auth
	req, err := messages.NewAPReq(x.ticket, x.key, auth)
	if err != nil {
		return nil, err
	}
	types.SetFlag(&req.APOptions, optionMutual)
	body, err := req.Marshal()
	if err != nil {
		return nil, err
	}
	return frame(tokenRequest, body)
}

var errStep = errors.New("the server's token is not one of Kerberos")

// reply checks that the server could read the ticket: it answers with the time
// of the authenticator, under the session key (RFC 4120 section 3.2.5).
func (x *exchange) reply(input []byte) error {
	kind, body, ok := unframe(input)
	switch {
	case !ok:
		return errStep
	case kind == tokenError:
		var e messages.KRBError
		if err := e.Unmarshal(body); err != nil {
			return errStep
		}
		return fmt.Errorf("the server refuses the ticket: %w", e)
	case kind != tokenReply:
		return errStep
	}
	var rep messages.APRep
	if err := rep.Unmarshal(body); err != nil {
		return errStep
	}
	part, err := x.open(rep)
	if err != nil {
		return err
	}
	if part.CTime.Unix() != x.sent.CTime.Unix() || part.Cusec != x.sent.Cusec {
		return errors.New("the server did not prove itself: it answers another request")
	}
	return nil
}

// flagsSent are the context's: without mutual authentication the server would
// answer nothing.
func flagsSent(delegate bool) (flags uint32) {
	if delegate {
		flags |= gssapi.ContextFlagDeleg
	}
	return flags | gssapi.ContextFlagMutual
}

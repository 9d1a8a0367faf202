package dial

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"parley/internal/conninfo"
)

// TokenRequest says which token a [TokenProvider] is to obtain. It prints
// without the secret.
type TokenRequest struct {
	Issuer       string // the issuer's identifier, exactly as the discovery document must have it
	Discovery    string // the address of the discovery document
	Scope        string // oauth_scope, else what the server asks for; may be empty
	ClientID     string
	ClientSecret conninfo.Secret
	CAFile       string // oauth_ca_file: PEM, for the issuer only; "" for the system's roots
	User         string // the role to log in as
	Host         string // the server, as errors name it
}

// oauthState is what is known about bearer tokens during one search, which may
// take two connections: one to learn where tokens come from, one to use one.
// It belongs to the goroutine of the search.
type oauthState struct {
	token     string // "" until there is one
	issuer    string // "" until the first exchange
	discovery string // "" until the connection string or the server said so
	scope     string
	wanted    bool  // the present connection is to be followed by one with a token
	retried   bool  // that has been done
	refusal   error // why the server did not take the token; nil until it said so
}

// begin forgets what was true of the last connection only.
func (o *oauthState) begin() { o.wanted, o.refusal = false, nil }

func (o *oauthState) wants() bool     { return o.wanted }
func (o *oauthState) rejected() error { return o.refusal }

// setUp finds issuer and, if it can, the discovery document.
func (o *oauthState) setUp(c *conninfo.Config) error {
	if o.issuer != "" {
		return nil
	}
	if c.OAuthIssuer == "" || c.OAuthClientID == "" {
		return errors.New("the server asks for OAuth, and oauth_issuer and oauth_client_id are not both given")
	}
	o.scope = c.OAuthScope
	if !isWellKnown(c.OAuthIssuer) {
		o.issuer = c.OAuthIssuer
		return nil
	}
	issuer, err := issuerOf(c.OAuthIssuer)
	o.issuer, o.discovery = issuer, c.OAuthIssuer
	return err
}

// bearer is what a token may consist of (RFC 6750 section 2.1). Anything else
// could end the field that it is sent in.
var bearer = regexp.MustCompile(`^[A-Za-z0-9\-._~+/]+=*$`)

// fetch asks the provider for a token.
func (o *oauthState) fetch(ctx context.Context, c *conninfo.Config, set *Settings, h *conninfo.Host) error {
	if set.Tokens == nil {
		return errors.New("the server asks for a bearer token, and the program has no provider for tokens")
	}
	got, err := set.Tokens.Token(ctx, TokenRequest{
		Issuer: o.issuer, Discovery: o.discovery, Scope: o.scope, ClientID: c.OAuthClientID, ClientSecret: c.OAuthClientSecret,
		CAFile: c.OAuthCAFile, User: c.User, Host: h.String(),
	})
	if err != nil {
		return fmt.Errorf("cannot obtain a bearer token: %w", ended(ctx, err))
	}
	if !bearer.MatchString(got) {
		return fmt.Errorf("the provider returned %d bytes that are no bearer token", len(got))
	}
	o.token = got
	return nil
}

// retry prepares the second connection.
func (o *oauthState) retry(ctx context.Context, s *search, h *conninfo.Host) error {
	if o.retried {
		return errors.New("the server asked where its tokens come from a second time")
	}
	o.retried = true
	if o.token != "" {
		return nil
	}
	return o.fetch(ctx, s.config, s.set, h)
}

// tokenPatience is how long a server is kept waiting for a token; it ends the
// connection after authentication_timeout, a minute by default.
const tokenPatience = 10 * time.Second

// oauthExchange is OAUTHBEARER (RFC 7628 section 3). State outlives it in
// oauthState.
type oauthExchange struct {
	login *login
	sent  bool // a token
	over  bool // the server sent its one message
}

const (
	gs2None = "n,,"  // no channel binding, no authorization identity
	kvsep   = "\x01" // between the fields, and the answer to an error
)

func (x *oauthExchange) name() string { return mechOAuth }

// first returns the token, obtaining it if it is known where. Otherwise an
// empty one, to which the server answers where to obtain it.
func (x *oauthExchange) first() ([]byte, error) {
	l := x.login
	o := l.oauth
	if err := o.setUp(l.config); err != nil {
		return nil, err
	}
	if o.token == "" && o.discovery != "" {
		begun := time.Now()
		if err := o.fetch(l.parent, l.config, l.set, l.host); err != nil {
			return nil, fatal(StageAuth, err)
		}
		if time.Since(begun) > tokenPatience || l.ctx.Err() != nil {
			return nil, &failure{StageAuth, outcomeToken, errors.New("the server was not kept waiting for the token")}
		}
	}
	if o.token == "" {
		return []byte(gs2None + kvsep + "auth=" + kvsep + kvsep), nil
	}
	x.sent = true
	return []byte(gs2None + kvsep + "auth=Bearer " + o.token + kvsep + kvsep), nil
}

// next takes the server's error. The dummy message that it returns makes the
// server end the exchange.
func (x *oauthExchange) next(data []byte) ([]byte, error) {
	if x.over {
		return nil, errors.New("the server went on with OAuth after its error")
	}
	x.over = true
	o := x.login.oauth
	if err := o.learn(data); err != nil {
		return nil, err
	}
	switch {
	case x.sent:
		o.refusal = errors.New("the server does not accept the bearer token")
	case o.discovery == "":
		return nil, errors.New("the server asks for OAuth and does not say where its tokens come from; oauth_issuer can be the address of a discovery document")
	default:
		o.wanted = true
	}
	return []byte(kvsep), nil
}

func (x *oauthExchange) final([]byte) error {
	return errors.New("the server ended OAuth with data, which OAUTHBEARER does not have")
}

func (x *oauthExchange) done() (finished, bound bool) { return x.sent && !x.over, false }

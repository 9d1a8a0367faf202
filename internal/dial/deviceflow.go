package dial

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// DevicePrompt is what a person needs to log in on any device with a browser.
type DevicePrompt struct {
	VerificationURI         string // where to go
	UserCode                string // what to type there
	VerificationURIComplete string // both in one, for a QR code; may be empty
	ExpiresIn               time.Duration
}

// DeviceFlow is a [TokenProvider] that obtains tokens by the device
// authorization grant (RFC 8628), as libpq does by itself. It may be used by
// many goroutines at once; each call asks the person anew.
type DeviceFlow struct {
	// Prompt shows the person where to log in. It should return at once.
	Prompt func(ctx context.Context, p DevicePrompt) error
	// Transport carries the requests to the issuer. Nil: one that trusts
	// oauth_ca_file, or the system's roots.
	Transport http.RoundTripper
}

// The bounds of the wait between two questions (RFC 8628 section 3.5).
const (
	defaultInterval = 5 * time.Second
	slowDownStep    = 5 * time.Second
	maxInterval     = time.Hour
)

// endpoints is what the discovery document says.
type endpoints struct {
	token, device string
}

// Token asks the issuer for a device code, has the person told, and waits
// until the person has agreed, the code has expired, or ctx is done.
func (d *DeviceFlow) Token(ctx context.Context, r TokenRequest) (string, error) {
	if d.Prompt == nil {
		return "", errors.New("DeviceFlow.Prompt is not set, so nobody could be told where to log in")
	}
	c, err := newIssuerClient(d.Transport, r)
	if err != nil {
		return "", err
	}
	defer c.close()
	e, err := c.discover(ctx)
	if err != nil {
		return "", err
	}
	code, err := c.authorize(ctx, e)
	if err != nil {
		return "", err
	}
	if err := d.Prompt(ctx, code.prompt); err != nil {
		return "", fmt.Errorf("telling the person where to log in: %w", err)
	}
	return c.poll(ctx, e, code)
}

// deviceCode is the answer to a device authorization request.
type deviceCode struct {
	code     string
	interval time.Duration
	prompt   DevicePrompt
}

// discover reads the discovery document and checks that it is the issuer's.
func (c *issuerClient) discover(ctx context.Context) (e endpoints, err error) {
	status, m, err := c.do(ctx, c.request.Discovery, nil)
	if err != nil {
		return e, fmt.Errorf("discovery document of %q: %w", c.request.Issuer, err)
	}
	issuer, err1 := m.text("issuer")
	token, err2 := m.text("token_endpoint")
	device, err3 := m.text("device_authorization_endpoint")
	switch err := errors.Join(err1, err2, err3); {
	case err != nil:
		return e, fmt.Errorf("discovery document of %q: %w", c.request.Issuer, err)
	case status != http.StatusOK:
		return e, fmt.Errorf("discovery document of %q: HTTP status %d", c.request.Issuer, status)
	case issuer != c.request.Issuer:
		return e, fmt.Errorf("the discovery document is that of issuer %q, and oauth_issuer is %q", printable(issuer), c.request.Issuer)
	case device == "":
		return e, fmt.Errorf("issuer %q has no device authorization", c.request.Issuer)
	}
	for _, address := range []string{token, device} {
		if _, err := secureRest(address); err != nil {
			return e, fmt.Errorf("the address %q of issuer %q %w", printable(address), c.request.Issuer, err)
		}
	}
	return endpoints{token, device}, nil
}

// authorize begins the flow.
func (c *issuerClient) authorize(ctx context.Context, e endpoints) (*deviceCode, error) {
	form := url.Values{}
	if c.request.Scope != "" {
		form.Set("scope", c.request.Scope)
	}
	status, m, err := c.do(ctx, e.device, form)
	if err != nil {
		return nil, fmt.Errorf("device authorization: %w", err)
	}
	if status != http.StatusOK {
		return nil, fmt.Errorf("device authorization: %w", m.refusal(status))
	}
	code, err1 := m.text("device_code")
	user, err2 := m.text("user_code")
	where, err3 := m.text("verification_uri")
	if where == "" && err3 == nil {
		where, err3 = m.text("verification_url") // as Google has it
	}
	complete, err4 := m.text("verification_uri_complete")
	expires, err5 := m.seconds("expires_in", 0)
	interval, err6 := m.seconds("interval", int(defaultInterval/time.Second))
	if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil {
		return nil, fmt.Errorf("device authorization: %w", err)
	}
	if code == "" || user == "" || where == "" {
		return nil, errors.New("device authorization: a field is missing in the answer")
	}
	return &deviceCode{code, min(max(time.Duration(interval)*time.Second, time.Second), maxInterval),
		DevicePrompt{printable(where), printable(user), printable(complete), time.Duration(expires) * time.Second}}, nil
}

// poll asks for the token again and again, as often as the issuer likes.
func (c *issuerClient) poll(ctx context.Context, e endpoints, code *deviceCode) (string, error) {
	if d := code.prompt.ExpiresIn; d > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, d, errors.New("the code has expired before anybody logged in with it"))
		defer cancel()
	}
	form := url.Values{"device_code": {code.code}, "grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}}
	for {
		if err := pause(ctx, code.interval); err != nil {
			return "", err
		}
		status, m, err := c.do(ctx, e.token, form)
		if err != nil {
			return "", fmt.Errorf("waiting for the token: %w", ended(ctx, err))
		}
		if status == http.StatusOK {
			return m.accessToken()
		}
		switch reason, _ := m.text("error"); reason {
		case "authorization_pending":
		case "slow_down":
			code.interval = min(code.interval+slowDownStep, maxInterval)
		default:
			return "", fmt.Errorf("waiting for the token: %w", m.refusal(status))
		}
	}
}

// pause waits.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (m object) accessToken() (string, error) {
	got, err1 := m.text("access_token")
	kind, err2 := m.text("token_type")
	if err := errors.Join(err1, err2); err != nil {
		return "", err
	}
	if got == "" || !strings.EqualFold(kind, "bearer") {
		return "", errors.New("the issuer's answer has no bearer token")
	}
	return got, nil
}

// refusal is the error in an answer (RFC 6749 section 5.2).
func (m object) refusal(status int) error {
	reason, err1 := m.text("error")
	more, err2 := m.text("error_description")
	switch {
	case reason == "" || err1 != nil || err2 != nil:
		return fmt.Errorf("HTTP status %d", status)
	case more == "":
		return errors.New(printable(reason))
	}
	return fmt.Errorf("%s: %s", printable(reason), printable(more))
}

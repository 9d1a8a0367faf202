package dial

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// Limits of an issuer's answers.
const (
	maxIssuerBytes   = 256 << 10 // of one answer, as in libpq
	maxIssuerNesting = 16
	issuerTimeout    = time.Minute // for one request
)

// issuerClient speaks to the issuer of tokens, over HTTPS only.
type issuerClient struct {
	request TokenRequest
	client  *http.Client
	close   func()
}

func newIssuerClient(transport http.RoundTripper, r TokenRequest) (*issuerClient, error) {
	c := &issuerClient{request: r, close: func() {}}
	if transport == nil {
		config := &tls.Config{MinVersion: tls.VersionTLS12}
		if r.CAFile != "" {
			text, err := os.ReadFile(r.CAFile)
			if err != nil {
				return nil, fmt.Errorf("oauth_ca_file: %w", err)
			}
			config.RootCAs = x509.NewCertPool()
			if !config.RootCAs.AppendCertsFromPEM(text) {
				return nil, fmt.Errorf("oauth_ca_file: there is no certificate in %q", r.CAFile)
			}
		}
		// Without keep-alive, so that nothing stays behind.
		t := &http.Transport{TLSClientConfig: config, Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}
		transport, c.close = t, t.CloseIdleConnections
	}
	c.client = &http.Client{Transport: transport, Timeout: issuerTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return c, nil
}

// do asks for a document, or with a form sends the form on behalf of the
// client. The answer must be a JSON object.
func (c *issuerClient) do(ctx context.Context, address string, form url.Values) (status int, m object, err error) {
	if _, err := secureRest(address); err != nil {
		return 0, nil, fmt.Errorf("the address %q %w", printable(address), err)
	}
	q, err := c.newRequest(ctx, address, form)
	if err != nil {
		return 0, nil, err
	}
	answer, err := c.client.Do(q)
	if err != nil {
		return 0, nil, ended(ctx, err)
	}
	defer func() { _ = answer.Body.Close() }()
	if kind, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return 0, nil, fmt.Errorf("HTTP status %d, and the answer is not JSON", answer.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxIssuerBytes+1))
	if err != nil {
		return 0, nil, ended(ctx, err)
	}
	if len(text) > maxIssuerBytes {
		return 0, nil, fmt.Errorf("the answer is longer than %d bytes", maxIssuerBytes)
	}
	m, err = parseObject(text, maxIssuerNesting)
	return answer.StatusCode, m, err
}

// newRequest makes a request. The client names itself in the form, or if it
// has a secret in the Authorization header (RFC 6749 section 2.3.1).
func (c *issuerClient) newRequest(ctx context.Context, address string, form url.Values) (*http.Request, error) {
	if form == nil {
		return http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	}
	if c.request.ClientSecret == "" {
		form.Set("client_id", c.request.ClientID)
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, errors.New("the issuer's address is malformed")
	}
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if c.request.ClientSecret != "" {
		q.SetBasicAuth(url.QueryEscape(c.request.ClientID), url.QueryEscape(string(c.request.ClientSecret)))
	}
	return q, nil
}

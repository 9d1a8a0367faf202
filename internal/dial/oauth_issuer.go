package dial

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// maxNesting is how deep the JSON of a database server may be.
const maxNesting = 8

// learn reads the server's error (RFC 7628 section 3.2.2): why it has no use
// for the token, and where one can be had.
func (o *oauthState) learn(data []byte) error {
	m, err := parseObject(data, maxNesting)
	if err != nil {
		return fmt.Errorf("the server's OAuth error: %w", err)
	}
	status, err1 := m.text("status")
	scope, err2 := m.text("scope")
	discovery, err3 := m.text("openid-configuration")
	if err := errors.Join(err1, err2, err3); err != nil {
		return fmt.Errorf("the server's OAuth error: %w", err)
	}
	if discovery != "" {
		if err := o.discover(discovery); err != nil {
			return err
		}
	}
	if o.scope == "" {
		o.scope = scope
	}
	switch status {
	case "invalid_token":
		return nil
	case "":
		return errors.New("the server's OAuth error has no status")
	}
	return fmt.Errorf("the server does not accept the bearer token: %s", printable(status))
}

// discover takes the address of a discovery document from the server. It must
// belong to the issuer that the user named, byte for byte: a server could
// otherwise send the user, and the token, anywhere (RFC 9207 section 2.4).
func (o *oauthState) discover(address string) error {
	issuer, err := issuerOf(address)
	switch {
	case err != nil:
		return err
	case issuer != o.issuer:
		return fmt.Errorf("the server's tokens come from %q, and oauth_issuer is %q", issuer, o.issuer)
	case o.discovery != "" && o.discovery != address:
		return fmt.Errorf("the server names the discovery document %q, and before it was %q", printable(address), o.discovery)
	}
	o.discovery = address
	return nil
}

const wellKnown = "/.well-known/"

// wellKnownNames are the two discovery documents that exist: OpenID Connect
// Discovery 1.0 and RFC 8414.
var wellKnownNames = []string{"openid-configuration", "oauth-authorization-server"}

func isWellKnown(address string) bool { return strings.Contains(address, wellKnown) }

// issuerOf returns the issuer that a discovery document belongs to: its address
// without the well-known part, which stands at the end (OpenID) or before the
// path (RFC 8615).
func issuerOf(address string) (string, error) {
	wrong := func(problem string) (string, error) {
		return "", fmt.Errorf("the address %q of an OAuth discovery document %s", printable(address), problem)
	}
	rest, err := secureRest(address)
	switch {
	case err != nil:
		return wrong(err.Error())
	case strings.ContainsAny(rest, "?#"):
		return wrong("has a query or a fragment")
	case !isWellKnown(rest):
		return wrong("has no " + wellKnown)
	}
	before, after, _ := strings.Cut(rest, wellKnown)
	name, path, more := strings.Cut(after, "/")
	switch {
	case !slices.Contains(wellKnownNames, name):
		return wrong("has an unknown name after " + wellKnown)
	case more && strings.Contains(before, "/"):
		return wrong("has its well-known part in the middle")
	}
	issuer := strings.TrimSuffix(address, rest) + before
	if more {
		issuer += "/" + path
	}
	return issuer, nil
}

// secureRest returns what follows "https://".
func secureRest(address string) (string, error) {
	scheme, rest, ok := strings.Cut(address, "://")
	switch {
	case ok && strings.EqualFold(scheme, "https"):
		return rest, nil
	case ok && strings.EqualFold(scheme, "http") && insecureAllowed():
		return rest, nil
	}
	return "", errors.New("does not begin with https://")
}

// insecureAllowed tells whether libpq's variable for debugging allows plain
// HTTP: "UNSAFE", or from version 19 on a list that contains http.
func insecureAllowed() bool {
	value := os.Getenv("PGOAUTHDEBUG")
	list, ok := strings.CutPrefix(value, "UNSAFE:")
	return value == "UNSAFE" || ok && slices.Contains(strings.Split(list, ","), "http")
}

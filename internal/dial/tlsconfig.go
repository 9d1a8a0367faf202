package dial

import (
	"crypto/tls"
	"path/filepath"
	"strings"

	"parley/internal/conninfo"
)

// tlsVersions are the bounds of the connection string; TLSUnset leaves them to
// the base configuration.
var tlsVersions = [...]uint16{
	conninfo.TLS10: tls.VersionTLS10, conninfo.TLS11: tls.VersionTLS11,
	conninfo.TLS12: tls.VersionTLS12, conninfo.TLS13: tls.VersionTLS13,
}

// newTLSConfig makes the configuration for one connection. Verification is
// done by a verifier and not by package tls, because sslmode asks for less than
// that, or for something else.
func newTLSConfig(c *conninfo.Config, base *tls.Config, h *conninfo.Host, t *tlsState) (*tls.Config, error) {
	config := &tls.Config{}
	if base != nil {
		config = base.Clone()
	}
	v, err := newVerifier(c, config, h)
	if err != nil {
		return nil, err
	}
	if err := clientCertificate(c, config, t); err != nil {
		return nil, err
	}
	config.NextProtos = []string{alpn}
	if c.SSLMin != conninfo.TLSUnset {
		config.MinVersion = tlsVersions[c.SSLMin]
	}
	if c.SSLMax != conninfo.TLSUnset {
		config.MaxVersion = tlsVersions[c.SSLMax]
	}
	if config.ServerName == "" {
		config.ServerName = serverName(c, h)
	} else if !c.SSLSNI {
		config.ServerName = ""
	}
	config.InsecureSkipVerify = true
	after := config.VerifyConnection
	config.VerifyConnection = func(s tls.ConnectionState) error {
		if err := v.verify(s); err != nil || after == nil {
			return err
		}
		return after(s)
	}
	return config, nil
}

// serverName is what is sent as Server Name Indication: the host, unless it is
// an address (RFC 6066) or sslsni is off.
func serverName(c *conninfo.Config, h *conninfo.Host) string {
	numeric := strings.Trim(h.Name, "0123456789.") == "" || strings.Contains(h.Name, ":")
	if !c.SSLSNI || numeric {
		return ""
	}
	return h.Name
}

// defaultFile is the name of a file in the user's directory, "" without one.
func defaultFile(c *conninfo.Config, name string) string {
	if c.SSLDir == "" {
		return ""
	}
	return filepath.Join(c.SSLDir, name)
}

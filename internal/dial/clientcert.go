package dial

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"syscall"

	"parley/internal/conninfo"
)

// clientCertificate gives the configuration a certificate to show when the
// server asks for one, and notes in t whether it did. As in libpq it is shown
// whatever authorities the server names.
func clientCertificate(c *conninfo.Config, config *tls.Config, t *tlsState) error {
	get, err := certificateSource(c, config)
	if err != nil {
		return err
	}
	config.Certificates = nil
	config.GetClientCertificate = func(info *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		t.certAsked = true
		cert, err := get(info)
		if err != nil {
			return nil, err
		}
		t.certSent = len(cert.Certificate) > 0
		return cert, nil
	}
	return nil
}

type certificateFunc = func(*tls.CertificateRequestInfo) (*tls.Certificate, error)

func always(cert *tls.Certificate) certificateFunc {
	return func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return cert, nil }
}

// certificateSource is what the connection string names, else what the program
// supplies, else the default file if there is one.
func certificateSource(c *conninfo.Config, config *tls.Config) (certificateFunc, error) {
	none := always(new(tls.Certificate))
	file := c.SSLCert
	switch {
	case c.SSLCertMode == conninfo.Disable:
		return none, nil
	case file == "" && config.GetClientCertificate != nil:
		return config.GetClientCertificate, nil
	case file == "" && len(config.Certificates) > 0:
		return always(&config.Certificates[0]), nil
	case file == "":
		file = defaultFile(c, "postgresql.crt")
	}
	if file == "" {
		return none, nil
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return none, nil
	}
	if err != nil {
		return nil, fmt.Errorf("client certificate: %w", err)
	}
	cert, err := loadCertificate(c, file, text)
	if err != nil {
		return nil, err
	}
	return always(cert), nil
}

// loadCertificate reads a certificate, with those that led to it if the file is
// PEM, and its key.
func loadCertificate(c *conninfo.Config, file string, text []byte) (*tls.Certificate, error) {
	chain, err := certificates(text)
	if err != nil {
		leaf, derErr := x509.ParseCertificate(text)
		if derErr != nil {
			return nil, fmt.Errorf("client certificate file %q: %w", file, err)
		}
		chain = []*x509.Certificate{leaf}
	}
	key, err := loadKey(c)
	if err != nil {
		return nil, err
	}
	public, ok := key.Public().(interface{ Equal(x crypto.PublicKey) bool })
	if !ok || !public.Equal(chain[0].PublicKey) {
		return nil, fmt.Errorf("the client certificate in %q does not belong to the private key", file)
	}
	cert := &tls.Certificate{PrivateKey: key, Leaf: chain[0]}
	for _, x := range chain {
		cert.Certificate = append(cert.Certificate, x.Raw)
	}
	return cert, nil
}

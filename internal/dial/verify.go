package dial

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"time"

	"parley/internal/conninfo"
)

// rootSystem is the value of sslrootcert that stands for the roots of the
// system.
const rootSystem = "system"

// verifier decides whether a server's certificate is good enough.
type verifier struct {
	roots         *x509.CertPool // nil: nothing is verified
	intermediates []*x509.Certificate
	lists         *revocations // nil: nothing is known to be revoked
	name          string       // what the certificate must be for; "" when that does not matter
	now           func() time.Time
}

// noRootError says that there is nothing to verify by.
type noRootError struct {
	mode conninfo.SSLMode
	file string // "" when there is no home directory to look in
}

// Error returns the text.
func (e *noRootError) Error() string {
	if e.file == "" {
		return fmt.Sprintf("sslmode=%v needs a root certificate, and there is no home directory to look for root.crt in", e.mode)
	}
	return fmt.Sprintf("sslmode=%v needs a root certificate, and %q does not exist", e.mode, e.file)
}

// newVerifier finds the roots. As in libpq the chain is verified whenever there
// are any, also with sslmode=require and below; the modes verify-ca and
// verify-full cannot do without.
func newVerifier(c *conninfo.Config, config *tls.Config, h *conninfo.Host) (*verifier, error) {
	v := &verifier{now: config.Time}
	if v.now == nil {
		v.now = time.Now
	}
	if c.SSLMode == conninfo.SSLVerifyFull {
		v.name = config.ServerName
		if v.name == "" {
			v.name = h.Name
		}
		if v.name == "" {
			return nil, errors.New("sslmode=verify-full needs a host name to verify, and only hostaddr is given")
		}
	}
	if err := v.loadRoots(c, config); err != nil || v.roots == nil {
		return v, err
	}
	var err error
	v.lists, err = loadRevocations(c)
	return v, err
}

func (v *verifier) loadRoots(c *conninfo.Config, config *tls.Config) (err error) {
	file := c.SSLRootCert
	switch {
	case file == rootSystem:
		v.roots, err = x509.SystemCertPool()
		return err
	case file == "" && config.RootCAs != nil:
		v.roots = config.RootCAs
		return nil
	case file == "":
		file = defaultFile(c, "root.crt")
	}
	text, err := []byte(nil), os.ErrNotExist
	if file != "" {
		text, err = os.ReadFile(file)
	}
	switch {
	case err == nil:
		return v.addRoots(file, text)
	case c.SSLMode < conninfo.SSLVerifyCA && errors.Is(err, os.ErrNotExist):
		return nil
	case errors.Is(err, os.ErrNotExist):
		return &noRootError{c.SSLMode, file}
	}
	return fmt.Errorf("root certificate: %w", err)
}

// addRoots takes the certificates of a PEM file. Like OpenSSL it trusts those
// that are signed by themselves, and uses the others to get there.
func (v *verifier) addRoots(file string, text []byte) error {
	certs, err := certificates(text)
	if err != nil {
		return fmt.Errorf("root certificate file %q: %w", file, err)
	}
	v.roots = x509.NewCertPool()
	for _, cert := range certs {
		if bytes.Equal(cert.RawIssuer, cert.RawSubject) {
			v.roots.AddCert(cert)
		} else {
			v.intermediates = append(v.intermediates, cert)
		}
	}
	return nil
}

// certificates returns the certificates in PEM text, at least one.
func certificates(text []byte) (certs []*x509.Certificate, err error) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" && block.Type != "TRUSTED CERTIFICATE" && block.Type != "X509 CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		certs = append(certs, cert)
	}
	if len(certs) == 0 {
		return nil, errors.New("there is no certificate in it")
	}
	return certs, nil
}

// verify is called by package tls at the end of the server's part of each
// handshake.
func (v *verifier) verify(s tls.ConnectionState) error {
	if len(s.PeerCertificates) == 0 {
		return errors.New("the server sent no certificate")
	}
	leaf := s.PeerCertificates[0]
	if v.roots != nil {
		if err := v.verifyChain(leaf, s.PeerCertificates[1:]); err != nil {
			return err
		}
	}
	if v.name == "" {
		return nil
	}
	return matchHost(leaf, v.name)
}

func (v *verifier) verifyChain(leaf *x509.Certificate, sent []*x509.Certificate) error {
	o := x509.VerifyOptions{Roots: v.roots, Intermediates: x509.NewCertPool(), CurrentTime: v.now()}
	for _, certs := range [][]*x509.Certificate{sent, v.intermediates} {
		for _, cert := range certs {
			o.Intermediates.AddCert(cert)
		}
	}
	chains, err := leaf.Verify(o)
	if err != nil {
		return &tls.CertificateVerificationError{UnverifiedCertificates: append([]*x509.Certificate{leaf}, sent...), Err: err}
	}
	if v.lists == nil {
		return nil
	}
	for _, chain := range chains {
		if err = v.lists.check(chain, o.CurrentTime); err == nil {
			return nil
		}
	}
	return err
}

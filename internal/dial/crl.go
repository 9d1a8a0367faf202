package dial

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"parley/internal/conninfo"
)

// revocations are the certificate revocation lists of one connection.
type revocations struct {
	lists []*x509.RevocationList
}

// hashName is how OpenSSL names the lists in a directory: by a hash of the
// issuer's name, and a number.
var hashName = regexp.MustCompile(`^[0-9a-f]{8}\.r[0-9]+$`)

// loadRevocations reads sslcrl and sslcrldir, or without them the user's
// root.crl. It returns nil when there is nothing to check by: no directory is
// named, and the file does not exist.
func loadRevocations(c *conninfo.Config) (*revocations, error) {
	file, dir := c.SSLCRL, c.SSLCRLDir
	if file == "" && dir == "" {
		file = defaultFile(c, "root.crl")
	}
	if file == "" && dir == "" {
		return nil, nil
	}
	r := new(revocations)
	if file != "" {
		err := r.read(file)
		if errors.Is(err, os.ErrNotExist) {
			return nil, nil // as libpq, even when there is a directory
		}
		if err != nil {
			return nil, err
		}
	}
	if dir == "" {
		return r, nil
	}
	return r, r.readDir(dir)
}

// readDir reads a directory. One that does not exist has no lists, so that
// every certificate lacks one, as with OpenSSL.
func (r *revocations) readDir(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("sslcrldir: %w", err)
	}
	for _, e := range entries {
		if !hashName.MatchString(e.Name()) {
			continue
		}
		if err := r.read(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

func (r *revocations) read(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("certificate revocation list: %w", err)
	}
	found := false
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "X509 CRL" {
			continue
		}
		list, err := x509.ParseRevocationList(block.Bytes)
		if err != nil {
			return fmt.Errorf("certificate revocation list %q: %w", file, err)
		}
		r.lists, found = append(r.lists, list), true
	}
	if !found {
		return fmt.Errorf("there is no certificate revocation list in %q", file)
	}
	return nil
}

// check looks for every certificate of a chain, the root included, in a list
// of its issuer, which has to be there and in force.
func (r *revocations) check(chain []*x509.Certificate, now time.Time) error {
	for i, cert := range chain {
		issuer := chain[min(i+1, len(chain)-1)]
		if err := r.checkOne(cert, issuer, now); err != nil {
			return fmt.Errorf("certificate of %q: %w", cert.Subject, err)
		}
	}
	return nil
}

func (r *revocations) checkOne(cert, issuer *x509.Certificate, now time.Time) error {
	err := errors.New("there is no certificate revocation list of its issuer")
	for _, list := range r.lists {
		if !bytes.Equal(list.RawIssuer, cert.RawIssuer) || list.CheckSignatureFrom(issuer) != nil {
			continue
		}
		if err = usable(list, now); err != nil {
			continue
		}
		for _, entry := range list.RevokedCertificateEntries {
			if entry.SerialNumber.Cmp(cert.SerialNumber) == 0 {
				return errors.New("it has been revoked")
			}
		}
		return nil
	}
	return err
}

// usable tells whether a list is in force and has nothing in it that must be
// understood and is not.
func usable(list *x509.RevocationList, now time.Time) error {
	switch {
	case now.Before(list.ThisUpdate):
		return errors.New("the certificate revocation list of its issuer is not in force yet")
	case !list.NextUpdate.IsZero() && now.After(list.NextUpdate):
		return errors.New("the certificate revocation list of its issuer has expired")
	}
	for _, x := range list.Extensions {
		if x.Critical {
			return fmt.Errorf("the certificate revocation list of its issuer has the unknown critical extension %v", x.Id)
		}
	}
	return nil
}

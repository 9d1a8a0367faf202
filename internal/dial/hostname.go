package dial

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// matchHost decides as libpq does whether a certificate is for a host. It
// differs from RFC 6125, and so from package x509: the common name counts when
// there is no alternative name of the host's kind, an address may also be
// written out in a DNS name, and a wildcard stands for one label, which may
// belong to a top-level domain.
func matchHost(cert *x509.Certificate, host string) error {
	addr, numeric := hostAddress(host)
	for _, name := range cert.DNSNames {
		if strings.IndexByte(name, 0) >= 0 {
			return errors.New("a name in the server's certificate contains a zero byte")
		}
		if matchName(name, host) {
			return nil
		}
	}
	for _, ip := range cert.IPAddresses {
		if numeric && bytes.Equal(ip, addr.AsSlice()) {
			return nil
		}
	}
	sameKind := len(cert.DNSNames)
	if numeric {
		sameKind = len(cert.IPAddresses)
	}
	common, named := commonName(cert)
	if sameKind == 0 && named {
		if strings.IndexByte(common, 0) >= 0 {
			return errors.New("the common name in the server's certificate contains a zero byte")
		}
		if matchName(common, host) {
			return nil
		}
	}
	return mismatch(cert, host, sameKind == 0 && named, common)
}

func mismatch(cert *x509.Certificate, host string, useCommon bool, common string) error {
	names := append([]string(nil), cert.DNSNames...)
	for _, ip := range cert.IPAddresses {
		names = append(names, ip.String())
	}
	if useCommon {
		names = append(names, common)
	}
	switch len(names) {
	case 0:
		return errors.New("the server's certificate names no host")
	case 1:
		return fmt.Errorf("the server's certificate is for %q, not for %q", names[0], host)
	}
	return fmt.Errorf("the server's certificate is for %q and %d more, not for %q", names[0], len(names)-1, host)
}

// matchName compares a name of a certificate with the host, without regard to
// case. A leading "*." stands for one label.
func matchName(pattern, host string) bool {
	if equalFold(pattern, host) {
		return true
	}
	if len(pattern) < 3 || !strings.HasPrefix(pattern, "*.") {
		return false
	}
	dot := strings.IndexByte(host, '.')
	return dot > 0 && equalFold(pattern[1:], host[dot:])
}

// equalFold is about ASCII only: DNS knows no other case.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// commonName returns the first common name of the subject; package pkix keeps
// the last.
func commonName(cert *x509.Certificate) (string, bool) {
	for _, a := range cert.Subject.Names {
		if a.Type.Equal(asn1.ObjectIdentifier{2, 5, 4, 3}) {
			text, ok := a.Value.(string)
			return text, ok
		}
	}
	return "", false
}

// hostAddress reads a host as an address, with the old forms of IPv4 as well.
func hostAddress(host string) (netip.Addr, bool) {
	if addr, ok := parseIPv4(host); ok {
		return addr, true
	}
	addr, err := netip.ParseAddr(host)
	return addr, err == nil && addr.Is6() && addr.Zone() == ""
}

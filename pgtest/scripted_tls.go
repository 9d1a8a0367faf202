package pgtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"slices"
	"time"

	"parley/internal/scram"
	"parley/wire"
)

// StartTLS goes on inside TLS: as the server for a backend, as the client for a
// frontend. What answers the SSLRequest is not part of it. Bytes of the other
// side that came before its handshake are a failure.
func (p *Peer) StartTLS(c *tls.Config) {
	if p.over() {
		return
	}
	if n := len(p.in.Unread()); n > 0 {
		p.fail("a TLS handshake", plural(n, "byte")+" came before it", nil)
		return
	}
	p.handshake(c, p.Conn())
}

func (p *Peer) handshake(c *tls.Config, conn net.Conn) {
	var inside *tls.Conn
	if p.config.Side == wire.Backend {
		inside = tls.Server(conn, c)
		p.binding = bindingOf(c)
	} else {
		inside = tls.Client(conn, c)
	}
	p.arm()
	if err := inside.Handshake(); err != nil {
		p.fail("a TLS handshake", "", err)
		return
	}
	p.mu.Lock()
	p.conn = inside
	p.mu.Unlock()
}

// recordHandshake is the first byte of TLS; no message of PostgreSQL that opens
// a connection begins so.
const recordHandshake = 0x16

// acceptDirectTLS goes on inside TLS if the client begins with it, as libpq does
// with sslnegotiation=direct.
func (p *Peer) acceptDirectTLS(w Welcome) {
	if w.TLS == nil || p.over() {
		return
	}
	p.arm()
	if len(p.in.Unread()) == 0 {
		if _, err := p.in.Fill(p.Conn()); err != nil {
			p.fail("the first message", "", err)
			return
		}
	}
	if p.in.Unread()[0] != recordHandshake {
		return
	}
	c := w.TLS.Clone()
	c.NextProtos = []string{"postgresql"} // required: manual, section "SSL Session Encryption"
	ahead := &readAhead{p.Conn(), slices.Clone(p.in.Unread())}
	p.in.Discard()
	p.handshake(c, ahead)
}

// bindingOf returns the channel binding of the certificate that the server
// shows, or nil when it has none.
func bindingOf(c *tls.Config) []byte {
	if len(c.Certificates) == 0 || len(c.Certificates[0].Certificate) == 0 {
		return nil
	}
	leaf, err := x509.ParseCertificate(c.Certificates[0].Certificate[0])
	if err != nil {
		return nil
	}
	binding, err := scram.EndPoint(leaf)
	if err != nil {
		return nil
	}
	return binding
}

// SelfSigned makes a certificate for a test's server, valid for the hosts (names
// or addresses) and at any time of this century. Its Leaf, put into a pool, is
// what a client needs to trust it.
func SelfSigned(hosts ...string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "scripted PostgreSQL"},
		NotBefore:             time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), // bubbles begin in 2000
		NotAfter:              time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, err
}

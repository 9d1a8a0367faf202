package dial

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// authority is a certificate with its key that can sign others.
type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// issued is a certificate for one end.
type issued struct {
	cert *x509.Certificate
	key  crypto.Signer
	with []*x509.Certificate // sent along
}

// rsaKey is made once: it takes a while.
var rsaKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func newKey(tb testing.TB, kind string) crypto.Signer {
	tb.Helper()
	var key crypto.Signer
	var err error
	switch kind {
	case "rsa":
		key, err = rsaKey()
	case "ed25519":
		_, key, err = ed25519.GenerateKey(rand.Reader)
	case "p384":
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	default:
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

var serials = struct {
	sync.Mutex
	last int64
}{}

// template is a certificate that is valid today.
func template(commonName string) *x509.Certificate {
	serials.Lock()
	defer serials.Unlock()
	serials.last++
	return &x509.Certificate{
		SerialNumber: big.NewInt(serials.last),
		Subject:      pkix.Name{CommonName: commonName},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
	}
}

// sign makes a certificate for a key; a nil authority signs with the key itself.
func sign(tb testing.TB, t *x509.Certificate, key crypto.Signer, by *authority) *x509.Certificate {
	tb.Helper()
	if by == nil {
		by = &authority{t, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, by.cert, key.Public(), by.key)
	if err != nil {
		tb.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		tb.Fatal(err)
	}
	return cert
}

func newAuthority(tb testing.TB, name, keyKind string, by *authority) *authority {
	t := template(name)
	t.IsCA, t.BasicConstraintsValid = true, true
	t.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	key := newKey(tb, keyKind)
	return &authority{sign(tb, t, key, by), key}
}

// issue makes a certificate for a server or a client.
func (a *authority) issue(tb testing.TB, keyKind string, change func(*x509.Certificate)) issued {
	t := template("")
	t.KeyUsage = x509.KeyUsageDigitalSignature
	change(t)
	key := newKey(tb, keyKind)
	return issued{cert: sign(tb, t, key, a), key: key}
}

func dns(names ...string) func(*x509.Certificate) {
	return func(t *x509.Certificate) { t.DNSNames = names }
}

func common(name string) func(*x509.Certificate) {
	return func(t *x509.Certificate) { t.Subject.CommonName = name }
}

func address(ips ...string) func(*x509.Certificate) {
	return func(t *x509.Certificate) {
		for _, ip := range ips {
			t.IPAddresses = append(t.IPAddresses, net.ParseIP(ip))
		}
	}
}

// revoke makes a list of an authority.
func (a *authority) revoke(tb testing.TB, until time.Time, certs ...*x509.Certificate) []byte {
	tb.Helper()
	list := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: until}
	for _, c := range certs {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: c.SerialNumber, RevocationTime: time.Now().Add(-time.Minute)})
	}
	der, err := x509.CreateRevocationList(rand.Reader, list, a.cert, a.key)
	if err != nil {
		tb.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})
}

func certPEM(certs ...*x509.Certificate) (text []byte) {
	for _, c := range certs {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return text
}

func (i issued) certPEM() []byte { return certPEM(append([]*x509.Certificate{i.cert}, i.with...)...) }

func keyPEM(tb testing.TB, key crypto.Signer) []byte {
	tb.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		tb.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// write puts files, readable by this user alone, into a new directory.
func write(tb testing.TB, files map[string][]byte) (dir string) {
	tb.Helper()
	dir = tb.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	return dir
}

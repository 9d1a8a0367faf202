package scram

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"testing"
	"time"
)

// keys for the certificates of this file, made once.
var (
	rsaKey, _        = rsa.GenerateKey(rand.Reader, 2048)
	ecdsaKey, _      = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, ed25519Key, _ = ed25519.GenerateKey(rand.Reader)
)

// newCertificate makes a self-signed certificate with a real signature.
func newCertificate(tb testing.TB, key crypto.Signer, algorithm x509.SignatureAlgorithm) *x509.Certificate {
	tb.Helper()
	template := &x509.Certificate{
		SerialNumber:       big.NewInt(1),
		Subject:            pkix.Name{CommonName: "db.example"},
		NotBefore:          time.Unix(1_700_000_000, 0),
		NotAfter:           time.Unix(2_000_000_000, 0),
		SignatureAlgorithm: algorithm,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		tb.Fatalf("%s: %v", algorithm, err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		tb.Fatal(err)
	}
	return cert
}

func sha256Of(b []byte) []byte { s := sha256.Sum256(b); return s[:] }
func sha384Of(b []byte) []byte { s := sha512.Sum384(b); return s[:] }
func sha512Of(b []byte) []byte { s := sha512.Sum512(b); return s[:] }

func TestEndPoint(t *testing.T) {
	for _, tt := range []struct {
		key       crypto.Signer
		algorithm x509.SignatureAlgorithm
		want      func([]byte) []byte
	}{
		{rsaKey, x509.SHA1WithRSA, sha256Of},
		{rsaKey, x509.SHA256WithRSA, sha256Of},
		{rsaKey, x509.SHA384WithRSA, sha384Of},
		{rsaKey, x509.SHA512WithRSA, sha512Of},
		{rsaKey, x509.SHA256WithRSAPSS, sha256Of},
		{rsaKey, x509.SHA384WithRSAPSS, sha384Of},
		{rsaKey, x509.SHA512WithRSAPSS, sha512Of},
		{ecdsaKey, x509.ECDSAWithSHA1, sha256Of},
		{ecdsaKey, x509.ECDSAWithSHA256, sha256Of},
		{ecdsaKey, x509.ECDSAWithSHA384, sha384Of},
		{ecdsaKey, x509.ECDSAWithSHA512, sha512Of},
	} {
		cert := newCertificate(t, tt.key, tt.algorithm)
		got, err := EndPoint(cert)
		if err != nil || !bytes.Equal(got, tt.want(cert.Raw)) {
			t.Errorf("%s: got %x, %v, want %x", tt.algorithm, got, err, tt.want(cert.Raw))
		}
	}
}

func TestEndPointUndefined(t *testing.T) {
	_, err := EndPoint(newCertificate(t, ed25519Key, x509.PureEd25519))
	if err == nil || reasonOf(t, err) != NoDigest {
		t.Errorf("Ed25519: got %v", err)
	}
	if _, err := EndPoint(&x509.Certificate{}); err == nil || reasonOf(t, err) != BadCertificate {
		t.Errorf("empty certificate: got %v", err)
	}
	cert := newCertificate(t, ecdsaKey, x509.ECDSAWithSHA256)
	if _, err := EndPoint(&x509.Certificate{Raw: append(bytes.Clone(cert.Raw), 0)}); err == nil || reasonOf(t, err) != BadCertificate {
		t.Errorf("trailing byte: got %v", err)
	}
}

// shell returns a certificate in DER whose outside names an algorithm and whose
// inside is empty: what the standard library will not sign, but others do.
func shell(t *testing.T, algorithm asn1.ObjectIdentifier, parameters any) []byte {
	t.Helper()
	id := pkix.AlgorithmIdentifier{Algorithm: algorithm}
	if parameters != nil {
		der, err := asn1.Marshal(parameters)
		if err != nil {
			t.Fatal(err)
		}
		id.Parameters.FullBytes = der
	}
	der, err := asn1.Marshal(struct {
		TBS       struct{}
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}{Algorithm: id})
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// TestCertificateDigest names algorithms by their identifiers and digests by
// the size of their sums and by package.
func TestCertificateDigest(t *testing.T) {
	abc := []byte("abc")
	hash := func(h crypto.Hash) []byte { s := h.New(); s.Write(abc); return s.Sum(nil) }
	for _, tt := range []struct {
		name string
		oid  asn1.ObjectIdentifier
		want crypto.Hash
	}{
		{"md5WithRSA", asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 4}, crypto.SHA256},
		{"sha1WithRSA", asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 5}, crypto.SHA256},
		{"sha224WithRSA", asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 14}, crypto.SHA224},
		{"sha512-224WithRSA", asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 15}, crypto.SHA512_224},
		{"sha512-256WithRSA", asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 16}, crypto.SHA512_256},
		{"dsa-with-sha1", asn1.ObjectIdentifier{1, 2, 840, 10040, 4, 3}, crypto.SHA256},
		{"dsa-with-sha256", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 2}, crypto.SHA256},
		{"ecdsa-with-SHA224", asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 1}, crypto.SHA224},
		{"ecdsa-with-sha3-256", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 10}, crypto.SHA3_256},
		{"rsa-with-sha3-224", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 13}, crypto.SHA3_224},
		{"rsa-with-sha3-384", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 15}, crypto.SHA3_384},
		{"rsa-with-sha3-512", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 16}, crypto.SHA3_512},
	} {
		digest, reason := certificateDigest(shell(t, tt.oid, nil))
		if reason != "" || !bytes.Equal(digest(abc), hash(tt.want)) {
			t.Errorf("%s: not %s, reason %q", tt.name, tt.want, reason)
		}
	}
	for name, oid := range map[string]asn1.ObjectIdentifier{
		"Ed25519":   {1, 3, 101, 112},
		"Ed448":     {1, 3, 101, 113},
		"ML-DSA-65": {2, 16, 840, 1, 101, 3, 4, 3, 18},
		"unknown":   {1, 2, 3, 4},
	} {
		if _, reason := certificateDigest(shell(t, oid, nil)); reason != NoDigest {
			t.Errorf("%s: reason %q", name, reason)
		}
	}
}

func TestPSSDigest(t *testing.T) {
	type params struct {
		Hash pkix.AlgorithmIdentifier `asn1:"explicit,tag:0,optional"`
		Salt int                      `asn1:"explicit,tag:2,optional"`
	}
	oid := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}
	with := func(arc ...int) params {
		return params{Hash: pkix.AlgorithmIdentifier{Algorithm: append(asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2}, arc...)}, Salt: 48}
	}
	for _, tt := range []struct {
		name       string
		parameters any
		size       int
		reason     Reason
	}{
		{"no parameters", nil, 32, ""},
		{"all defaults", struct{}{}, 32, ""},
		{"only a salt length", params{Salt: 20}, 32, ""},
		{"sha1", params{Hash: pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}}}, 32, ""},
		{"sha224", with(4), 28, ""},
		{"sha256 with a salt of 48", with(1), 32, ""},
		{"sha384", with(2), 48, ""},
		{"sha512", with(3), 64, ""},
		{"sha3-384", with(9), 48, ""},
		{"shake128", with(11), 0, NoDigest},
		{"not a sequence", 7, 0, BadCertificate},
	} {
		digest, reason := certificateDigest(shell(t, oid, tt.parameters))
		if reason != tt.reason || reason == "" && len(digest(nil)) != tt.size {
			t.Errorf("%s: reason %q, want %q and %d bytes", tt.name, reason, tt.reason, tt.size)
		}
	}
}

// TestBoundExchange goes through SCRAM-SHA-256-PLUS with one certificate, and
// fails with another that has the same name.
func TestBoundExchange(t *testing.T) {
	ours := newCertificate(t, ecdsaKey, x509.ECDSAWithSHA384)
	theirs := newCertificate(t, rsaKey, x509.SHA384WithRSAPSS)
	serverBinding, err := EndPoint(ours)
	if err != nil {
		t.Fatal(err)
	}
	for cert, want := range map[*x509.Certificate]Reason{ours: "", theirs: BindingMismatch} {
		binding, err := EndPoint(cert)
		if err != nil {
			t.Fatal(err)
		}
		client := mustClient(t, ClientConfig{Password: "pencil", Flag: Bound, Binding: binding})
		server := mustServer(t, ServerConfig{Secret: mustSecret(t, "pencil"), Mechanism: client.Mechanism(), Binding: serverBinding})
		_, err = converse(t, client, server)
		if want == "" && (err != nil || !client.Bound()) || want != "" && reasonOf(t, err) != want {
			t.Errorf("error %v, bound %v, want reason %q", err, client.Bound(), want)
		}
	}
}

func FuzzEndPoint(f *testing.F) {
	f.Add(newCertificate(f, ecdsaKey, x509.ECDSAWithSHA256).Raw)
	f.Add(newCertificate(f, rsaKey, x509.SHA256WithRSAPSS).Raw)
	f.Fuzz(func(t *testing.T, der []byte) {
		binding, err := EndPoint(&x509.Certificate{Raw: der})
		if (err == nil) != (len(binding) >= 28) {
			t.Fatalf("%d bytes with error %v", len(binding), err)
		}
	})
}

package scram

import (
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
)

// EndPoint returns the tls-server-end-point channel binding of a server
// certificate (RFC 5929 section 4.1): the hash of the certificate, by the
// digest of the certificate's signature, or by SHA-256 when that digest is MD5
// or SHA-1. For RSA-PSS the digest stands in the parameters.
//
// A signature algorithm without a digest of its own, as Ed25519 and ML-DSA,
// has no such binding; the error is then an [*Error] with the reason
// [NoDigest]. libpq fails the connection in that case unless channel_binding is
// disable, and so should a caller: going on unbound would let an impostor turn
// binding off by his choice of certificate (CVE-2026-54291 in pgjdbc).
func EndPoint(cert *x509.Certificate) ([]byte, error) {
	digest, reason := certificateDigest(cert.Raw)
	if reason != "" {
		return nil, &Error{Message: certificate, Reason: reason}
	}
	return digest(cert.Raw), nil
}

// certificateDigest finds the digest for a certificate in DER. It reads the
// algorithm from the bytes, since x509.SignatureAlgorithm lacks SHA-224, SHA-3
// and RSA-PSS with unusual parameters.
func certificateDigest(der []byte) (digest, Reason) {
	var cert struct {
		TBS       asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	if rest, err := asn1.Unmarshal(der, &cert); err != nil || len(rest) != 0 {
		return nil, BadCertificate
	}
	if cert.Algorithm.Algorithm.String() == rsaPSS {
		return pssDigest(cert.Algorithm.Parameters)
	}
	return lookUp(signatureDigests, cert.Algorithm.Algorithm)
}

// pssDigest reads RSASSA-PSS-params of RFC 4055 section 3.1, whose first,
// optional element is the digest. Everything is SHA-1 by default.
func pssDigest(parameters asn1.RawValue) (digest, Reason) {
	if len(parameters.FullBytes) == 0 {
		return sum256, ""
	}
	var params struct {
		Hash    pkix.AlgorithmIdentifier `asn1:"explicit,tag:0,optional"`
		MGF     asn1.RawValue            `asn1:"explicit,tag:1,optional"`
		Salt    int                      `asn1:"explicit,tag:2,optional,default:20"`
		Trailer int                      `asn1:"explicit,tag:3,optional,default:1"`
	}
	if rest, err := asn1.Unmarshal(parameters.FullBytes, &params); err != nil || len(rest) != 0 {
		return nil, BadCertificate
	}
	if params.Hash.Algorithm == nil {
		return sum256, ""
	}
	return lookUp(plainDigests, params.Hash.Algorithm)
}

func lookUp(table map[string]digest, algorithm asn1.ObjectIdentifier) (digest, Reason) {
	if d := table[algorithm.String()]; d != nil {
		return d, ""
	}
	return nil, NoDigest
}

// A digest hashes a certificate.
type digest func([]byte) []byte

func sum224(b []byte) []byte     { h := sha256.Sum224(b); return h[:] }
func sum256(b []byte) []byte     { h := sha256.Sum256(b); return h[:] }
func sum384(b []byte) []byte     { h := sha512.Sum384(b); return h[:] }
func sum512(b []byte) []byte     { h := sha512.Sum512(b); return h[:] }
func sum512x224(b []byte) []byte { h := sha512.Sum512_224(b); return h[:] }
func sum512x256(b []byte) []byte { h := sha512.Sum512_256(b); return h[:] }
func sum3x224(b []byte) []byte   { h := sha3.Sum224(b); return h[:] }
func sum3x256(b []byte) []byte   { h := sha3.Sum256(b); return h[:] }
func sum3x384(b []byte) []byte   { h := sha3.Sum384(b); return h[:] }
func sum3x512(b []byte) []byte   { h := sha3.Sum512(b); return h[:] }

const rsaPSS = "1.2.840.113549.1.1.10" // id-RSASSA-PSS, RFC 4055

// signatureDigests maps signature algorithms to what tls-server-end-point uses.
var signatureDigests = map[string]digest{
	"1.2.840.113549.1.1.4":    sum256,     // md5WithRSAEncryption, RFC 3279
	"1.2.840.113549.1.1.5":    sum256,     // sha1WithRSAEncryption
	"1.3.14.3.2.29":           sum256,     // sha1WithRSASignature, an old name for the same
	"1.2.840.113549.1.1.14":   sum224,     // sha224WithRSAEncryption, RFC 4055
	"1.2.840.113549.1.1.11":   sum256,     // sha256WithRSAEncryption
	"1.2.840.113549.1.1.12":   sum384,     // sha384WithRSAEncryption
	"1.2.840.113549.1.1.13":   sum512,     // sha512WithRSAEncryption
	"1.2.840.113549.1.1.15":   sum512x224, // sha512-224WithRSAEncryption, RFC 8017
	"1.2.840.113549.1.1.16":   sum512x256, // sha512-256WithRSAEncryption
	"1.2.840.10040.4.3":       sum256,     // dsa-with-sha1, RFC 3279
	"2.16.840.1.101.3.4.3.1":  sum224,     // dsa-with-sha224, RFC 5758
	"2.16.840.1.101.3.4.3.2":  sum256,     // dsa-with-sha256
	"2.16.840.1.101.3.4.3.3":  sum384,     // dsa-with-sha384
	"2.16.840.1.101.3.4.3.4":  sum512,     // dsa-with-sha512
	"1.2.840.10045.4.1":       sum256,     // ecdsa-with-SHA1, RFC 3279
	"1.2.840.10045.4.3.1":     sum224,     // ecdsa-with-SHA224, RFC 5758
	"1.2.840.10045.4.3.2":     sum256,     // ecdsa-with-SHA256
	"1.2.840.10045.4.3.3":     sum384,     // ecdsa-with-SHA384
	"1.2.840.10045.4.3.4":     sum512,     // ecdsa-with-SHA512
	"2.16.840.1.101.3.4.3.9":  sum3x224,   // ecdsa-with-sha3-224, NIST CSOR
	"2.16.840.1.101.3.4.3.10": sum3x256,   // ecdsa-with-sha3-256
	"2.16.840.1.101.3.4.3.11": sum3x384,   // ecdsa-with-sha3-384
	"2.16.840.1.101.3.4.3.12": sum3x512,   // ecdsa-with-sha3-512
	"2.16.840.1.101.3.4.3.13": sum3x224,   // rsassa-pkcs1-v1_5-with-sha3-224
	"2.16.840.1.101.3.4.3.14": sum3x256,   // rsassa-pkcs1-v1_5-with-sha3-256
	"2.16.840.1.101.3.4.3.15": sum3x384,   // rsassa-pkcs1-v1_5-with-sha3-384
	"2.16.840.1.101.3.4.3.16": sum3x512,   // rsassa-pkcs1-v1_5-with-sha3-512
}

// plainDigests maps digests, as RSA-PSS names them, likewise.
var plainDigests = map[string]digest{
	"1.2.840.113549.2.5":      sum256, // md5
	"1.3.14.3.2.26":           sum256, // sha1
	"2.16.840.1.101.3.4.2.1":  sum256,
	"2.16.840.1.101.3.4.2.2":  sum384,
	"2.16.840.1.101.3.4.2.3":  sum512,
	"2.16.840.1.101.3.4.2.4":  sum224,
	"2.16.840.1.101.3.4.2.5":  sum512x224,
	"2.16.840.1.101.3.4.2.6":  sum512x256,
	"2.16.840.1.101.3.4.2.7":  sum3x224,
	"2.16.840.1.101.3.4.2.8":  sum3x256,
	"2.16.840.1.101.3.4.2.9":  sum3x384,
	"2.16.840.1.101.3.4.2.10": sum3x512,
}

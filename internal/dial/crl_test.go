package dial

import (
	"crypto/sha1"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/pgtest"
)

// TestRevocation compares what is made of lists in files and directories with
// libpq.
func TestRevocation(t *testing.T) {
	t.Parallel()
	o := findOracle(t)
	root := newAuthority(t, "root", "", nil)
	middle := newAuthority(t, "intermediate", "", root)
	good, bad := middle.issue(t, "", dns(hostName)), middle.issue(t, "", dns(hostName))
	good.with, bad.with = []*x509.Certificate{middle.cert}, []*x509.Certificate{middle.cert}
	tomorrow, past := time.Now().Add(24*time.Hour), time.Now().Add(-time.Minute)
	fake := newAuthority(t, "intermediate", "", root)
	rootList, middleList := root.revoke(t, tomorrow), middle.revoke(t, tomorrow, bad.cert)
	dir := write(t, map[string][]byte{
		"root.crt":    certPEM(root.cert),
		"full.crl":    append(append([]byte(nil), rootList...), middleList...),
		"root.crl":    rootList,
		"middle.crl":  middleList,
		"expired.crl": append(append([]byte(nil), rootList...), middle.revoke(t, past)...),
		"fake.crl":    append(append([]byte(nil), rootList...), fake.revoke(t, tomorrow)...),
		"revoked.crl": append(root.revoke(t, tomorrow, middle.cert), middle.revoke(t, tomorrow)...),
	})
	hashed, empty := t.TempDir(), t.TempDir()
	for name, text := range map[string][]byte{"root": rootList, "intermediate": middleList} {
		if err := os.WriteFile(filepath.Join(hashed, hashOf(t, name)+".r0"), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	options := []string{"", "sslcrl=" + filepath.Join(dir, "missing.crl"), "sslcrldir=" + hashed, "sslcrldir=" + empty,
		"sslcrldir=" + filepath.Join(dir, "missing"), "sslcrldir=" + hashed + " sslcrl=" + filepath.Join(dir, "missing.crl"),
		"sslcrldir=" + hashed + " sslcrl=" + filepath.Join(dir, "root.crl")}
	for _, name := range []string{"full", "root", "middle", "expired", "fake", "revoked"} {
		options = append(options, "sslcrl="+filepath.Join(dir, name+".crl"))
	}
	server := startTLS(t, pgtest.Config{}, good)
	home := t.TempDir()
	for name, cert := range map[string]issued{"good": good, "revoked": bad} {
		server.show(t, cert)
		seen := make(map[string]int)
		for _, option := range options {
			dsn := server.dsn(hostName, "sslmode=verify-full sslrootcert="+filepath.Join(dir, "root.crt")+" "+option)
			seen[o.same(t, dsn, home)]++
		}
		if seen["tls"] < 3 || seen["fails"] < 3 {
			t.Errorf("%s: the cases are one-sided: %v", name, seen)
		}
	}
}

// hashOf is the name that OpenSSL looks for in a directory of lists: the start
// of a hash of the issuer's name in canonical form.
func hashOf(t *testing.T, commonName string) string {
	t.Helper()
	type attribute struct {
		Type  asn1.ObjectIdentifier
		Value string `asn1:"utf8"`
	}
	set, err := asn1.MarshalWithParams([]attribute{{asn1.ObjectIdentifier{2, 5, 4, 3}, strings.ToLower(commonName)}}, "set")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha1.Sum(set)
	return hex.EncodeToString([]byte{sum[3], sum[2], sum[1], sum[0]})
}

// TestHashOf holds hashOf to OpenSSL where that is installed; without it the
// comparison with libpq proves the same.
func TestHashOf(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		return
	}
	file := filepath.Join(write(t, map[string][]byte{"c": certPEM(newAuthority(t, "Some Name", "", nil).cert)}), "c")
	out, err := exec.CommandContext(t.Context(), openssl, "x509", "-in", file, "-noout", "-subject_hash").Output()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := hashOf(t, "Some Name"), strings.TrimSpace(string(out)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestRevocationFilesThatAreNone differs from libpq, which checks nothing then.
func TestRevocationFilesThatAreNone(t *testing.T) {
	root := newAuthority(t, "root", "", nil)
	dir := write(t, map[string][]byte{"root.crt": certPEM(root.cert), "none.crl": []byte("nothing"), "broken.crl": []byte("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n")})
	for _, name := range []string{"none.crl", "broken.crl", "root.crt"} {
		c := resolve(t, "host=x sslmode=verify-ca sslcrl="+filepath.Join(dir, name))
		if _, err := loadRevocations(c); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

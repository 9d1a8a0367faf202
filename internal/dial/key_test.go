package dial

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func derOf(tb testing.TB, key crypto.Signer) []byte {
	block, _ := pem.Decode(keyPEM(tb, key))
	return block.Bytes
}

const keyPhrase = "open sesame"

// oldEncrypted is a key as OpenSSL wrote it before PKCS#8.
func oldEncrypted(t *testing.T, key *rsa.PrivateKey) []byte {
	t.Helper()
	//lint:ignore SA1019 the point of the test
	block, err := x509.EncryptPEMBlock(rand.Reader, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key), []byte(keyPhrase), x509.PEMCipherAES256)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(block)
}

func TestParseKey(t *testing.T) {
	rsaSigner := newKey(t, "rsa").(*rsa.PrivateKey)
	ec := newKey(t, "").(*ecdsa.PrivateKey)
	ecDER, err := x509.MarshalECPrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	ecPEM := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: ecDER})
	params := pem.EncodeToMemory(&pem.Block{Type: "EC PARAMETERS", Bytes: []byte{6, 8, 42, 134, 72, 206, 61, 3, 1, 7}})
	for name, c := range map[string]struct {
		text   []byte
		phrase string
		ok     bool
	}{
		"pkcs8":              {keyPEM(t, rsaSigner), "", true},
		"pkcs8, not needed":  {keyPEM(t, rsaSigner), keyPhrase, true},
		"ed25519":            {keyPEM(t, newKey(t, "ed25519")), "", true},
		"pkcs1":              {pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(rsaSigner)}), "", true},
		"sec1":               {ecPEM, "", true},
		"after other blocks": {append(params, ecPEM...), "", true},
		"der pkcs8":          {derOf(t, ec), "", true},
		"der sec1":           {ecDER, "", true},
		"old encrypted":      {oldEncrypted(t, rsaSigner), keyPhrase, true},
		"old, wrong":         {oldEncrypted(t, rsaSigner), "another phrase", false},
		"old, none":          {oldEncrypted(t, rsaSigner), "", false},
		"empty":              {nil, "", false},
		"text":               {[]byte("not a key"), "", false},
		"broken":             {pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte{1, 2, 3}}), "", false},
		"broken, encrypted":  {pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte{1, 2, 3}}), keyPhrase, false},
	} {
		key, err := parseKey(c.text, []byte(c.phrase))
		if (err == nil) != c.ok || c.ok && key == nil {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && c.phrase != "" && strings.Contains(err.Error(), c.phrase) {
			t.Errorf("%s: the pass phrase is in %v", name, err)
		}
	}
}

// TestEncryptedKeys has OpenSSL encrypt a key in all its ways, and compares
// with libpq what can be done with it.
func TestEncryptedKeys(t *testing.T) {
	t.Parallel()
	o := findOracle(t)
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("PARLEY_CI") != "" {
			t.Fatal("openssl is missing, and PARLEY_CI is set")
		}
		t.Skip("openssl is missing: nobody to encrypt keys")
	}
	root := newAuthority(t, "root", "", nil)
	server := certServer(t, root)
	mine := root.issue(t, "rsa", common(server.User()))
	dir := write(t, map[string][]byte{"c.crt": mine.certPEM(), "plain.key": keyPEM(t, mine.key), "old.key": oldEncrypted(t, mine.key.(*rsa.PrivateKey))})
	home := t.TempDir()
	ways := map[string][]string{
		"default": nil, "aes128": {"-v2", "aes-128-cbc"}, "aes256 sha512": {"-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512"},
		"aes256 sha1": {"-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA1"}, "3des": {"-v2", "des3"}, "scrypt": {"-scrypt"}, "old": nil,
	}
	for name, args := range ways {
		file := filepath.Join(dir, "old.key")
		if name != "old" {
			file = filepath.Join(dir, strings.ReplaceAll(name, " ", "-")+".key")
			all := append([]string{"pkcs8", "-topk8", "-in", filepath.Join(dir, "plain.key"), "-out", file, "-passout", "pass:" + keyPhrase}, args...)
			if out, err := exec.CommandContext(t.Context(), openssl, all...).CombinedOutput(); err != nil {
				t.Fatalf("%s: %s %v", name, out, err)
			}
			if err := os.Chmod(file, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for phrase, want := range map[string]string{keyPhrase: "tls", "wrong": "fails"} {
			dsn := server.dsn(hostName, "sslmode=require sslcert="+filepath.Join(dir, "c.crt")+" sslkey="+file+" sslpassword='"+phrase+"'")
			if got := o.same(t, dsn, home); got != want {
				t.Errorf("%s with %q: %s", name, phrase, got)
			}
		}
	}
	_, err = connect(t, server.dsn(hostName, "sslmode=require sslcert="+filepath.Join(dir, "c.crt")+" sslkey="+filepath.Join(dir, "old.key")), isolated(t), Settings{})
	if !errors.Is(err, errKeyEncrypted) {
		t.Errorf("without sslpassword: %v", err)
	}
}

package dial

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"

	"parley/internal/conninfo"
)

// errKeyEncrypted says that a key needs sslpassword.
var errKeyEncrypted = errors.New("the key is encrypted and sslpassword is not given")

// loadKey reads the private key of the client certificate: sslkey, or the
// user's postgresql.key.
func loadKey(c *conninfo.Config) (crypto.Signer, error) {
	file := c.SSLKey
	if file == "" {
		file = defaultFile(c, "postgresql.key")
	}
	if file == "" {
		return nil, errors.New("there is a client certificate, but no private key and no home directory to look for one in")
	}
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, os.ErrNotExist) && strings.Contains(file, ":"):
		return nil, fmt.Errorf("private key: %w (keys in a hardware engine are not supported)", err)
	case err != nil:
		return nil, fmt.Errorf("there is a client certificate, but not its private key: %w", err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("private key file %q is not a regular file", file)
	case keyExposed(info):
		return nil, fmt.Errorf("private key file %q has group or world access; its permissions must be 0600 or less, or 0640 or less if root owns it", file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	key, err := parseKey(text, []byte(c.SSLPassword))
	if err != nil {
		return nil, fmt.Errorf("private key file %q: %w", file, err)
	}
	return key, nil
}

// parseKey reads a key in PEM, else in DER.
func parseKey(text, passphrase []byte) (crypto.Signer, error) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if strings.HasSuffix(block.Type, "PRIVATE KEY") {
			return parseBlock(block, passphrase)
		}
	}
	if key, err := parseDER(text); err == nil {
		return key, nil
	}
	return nil, errors.New("there is no private key in it")
}

func parseBlock(block *pem.Block, passphrase []byte) (crypto.Signer, error) {
	decrypt := decryption(block)
	if decrypt == nil {
		return parseDER(block.Bytes)
	}
	if len(passphrase) == 0 {
		return nil, errKeyEncrypted
	}
	der, err := decrypt(passphrase)
	if err != nil {
		return nil, err
	}
	key, err := parseDER(der)
	if err != nil {
		return nil, errWrongPhrase // one wrong phrase in 256 leaves a padding that looks right
	}
	return key, nil
}

// decryption returns how a key is decrypted, or nil when it is not encrypted.
func decryption(block *pem.Block) func(passphrase []byte) ([]byte, error) {
	if block.Type == "ENCRYPTED PRIVATE KEY" {
		return func(passphrase []byte) ([]byte, error) { return decryptPKCS8(block.Bytes, passphrase) }
	}
	//lint:ignore SA1019 old keys are encrypted this way, and libpq reads them; it is weak, but the user's choice
	if !x509.IsEncryptedPEMBlock(block) {
		return nil
	}
	return func(passphrase []byte) ([]byte, error) {
		//lint:ignore SA1019 as above
		der, err := x509.DecryptPEMBlock(block, passphrase)
		if err != nil {
			return nil, errWrongPhrase
		}
		return der, nil
	}
}

// parseDER tries the three encodings of a private key that is not encrypted.
func parseDER(der []byte) (crypto.Signer, error) {
	if key, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return signer(key)
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	key, err := x509.ParseECPrivateKey(der)
	if err != nil {
		return nil, errors.New("the key is in none of the encodings PKCS#8, PKCS#1 and SEC 1")
	}
	return key, nil
}

func signer(key any) (crypto.Signer, error) {
	s, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("keys of type %T cannot sign", key)
	}
	return s, nil
}

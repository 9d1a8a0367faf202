package scram

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
)

// A Key is 32 bytes that are, or lead to, a credential. It prints as
// "redacted" under every fmt verb and in JSON; key[:] is the way to its bytes.
type Key [sha256.Size]byte

// ParseKey reads a key from base64, the form of libpq's scram_client_key and
// scram_server_key. The error is an [*Error].
func ParseKey(text string) (Key, error) {
	decoded, ok := decodeBase64(text)
	switch {
	case !ok:
		return Key{}, &Error{Message: configuration, Reason: BadBase64}
	case len(decoded) != len(Key{}):
		return Key{}, &Error{Message: configuration, Reason: BadKeyLength}
	}
	return Key(decoded), nil
}

// Base64 returns the form that ParseKey reads.
func (k Key) Base64() string { return encodeBase64(k[:]) }

// Format keeps the key out of every fmt verb.
func (k Key) Format(f fmt.State, _ rune) { io.WriteString(f, "redacted") }

// MarshalText keeps the key out of JSON and of logs. It never fails.
func (k Key) MarshalText() ([]byte, error) { return []byte("redacted"), nil }

// Keys are the two halves of a credential (RFC 5802 section 3). Together they
// replace the password on the client's side for as long as the server keeps the
// salt and iteration count they were made with.
type Keys struct {
	Client Key // HMAC(SaltedPassword, "Client Key"): proves the client
	Server Key // HMAC(SaltedPassword, "Server Key"): proves the server
}

// Stored returns the StoredKey, which is all that a server keeps of a client
// key: H(ClientKey) (RFC 5802 section 3).
func (k Keys) Stored() Key { return sha256.Sum256(k.Client[:]) }

// sign returns HMAC-SHA-256 of text under key.
func sign(key Key, text string) (sum Key) {
	mac := hmac.New(sha256.New, key[:])
	io.WriteString(mac, text)
	mac.Sum(sum[:0])
	return sum
}

// xor returns a XOR b.
func xor(a, b Key) (sum Key) {
	subtle.XORBytes(sum[:], a[:], b[:])
	return sum
}

// equal compares in constant time.
func equal(a, b Key) bool { return subtle.ConstantTimeCompare(a[:], b[:]) == 1 }

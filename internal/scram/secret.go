package scram

import (
	"crypto/rand"
	"crypto/sha256"
	"strconv"
	"strings"
)

// What PostgreSQL uses for a new secret.
const (
	// DefaultIterations is the iteration count of a new secret, and the lowest
	// that RFC 7677 section 4 recommends.
	DefaultIterations = 4096
	// SaltSize is the size of a new salt, in bytes.
	SaltSize = 16
)

// A Secret is what a server keeps of a password, pg_authid.rolpassword in
// PostgreSQL (RFC 5803 has the same contents in another form). It proves
// passwords but does not contain one; with the ServerKey a thief could pose as
// the server.
type Secret struct {
	Iterations int
	Salt       []byte
	StoredKey  Key
	ServerKey  Key
}

// NewSecret makes a secret from a password. A nil salt means 16 random bytes, 0
// iterations mean 4096. The check is that of [NewSaltedPassword], and so is the
// error.
func NewSecret(password string, salt []byte, iterations int, check func() error) (Secret, error) {
	if salt == nil {
		salt = make([]byte, SaltSize)
		rand.Read(salt) // never fails
	}
	if iterations == 0 {
		iterations = DefaultIterations
	}
	salted, err := NewSaltedPassword(password, salt, iterations, check)
	if err != nil {
		return Secret{}, err
	}
	return salted.Secret(), nil
}

// Secret returns what a server needs to know of s.
func (s SaltedPassword) Secret() Secret {
	keys := s.Keys()
	return Secret{Iterations: s.iterations, Salt: s.Salt(), StoredKey: keys.Stored(), ServerKey: keys.Server}
}

// ParseSecret reads the form in which PostgreSQL stores a secret:
//
//	SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>
//
// The error is an [*Error]; its letter is that of the corresponding attribute,
// or 0 for the form as a whole.
func ParseSecret(text string) (Secret, error) {
	var s Secret
	refuse := func(letter byte, reason Reason) (Secret, error) {
		return Secret{}, &Error{Message: storedSecret, Attr: letter, Reason: reason}
	}
	if len(text) > maxMessage {
		return refuse(0, TooLong)
	}
	scheme, rest, _ := strings.Cut(text, "$")
	if scheme != SHA256 {
		return refuse(0, UnsupportedMechanism)
	}
	parameters, keys, ok1 := strings.Cut(rest, "$")
	iterations, salt, ok2 := strings.Cut(parameters, ":")
	stored, server, ok3 := strings.Cut(keys, ":")
	if !ok1 || !ok2 || !ok3 {
		return refuse(0, Missing)
	}
	var ok bool
	if s.Iterations, ok = parseIterations(iterations); !ok {
		return refuse('i', BadIterations)
	}
	if s.Salt, ok = decodeBase64(salt); !ok || len(s.Salt) == 0 {
		return refuse('s', BadBase64)
	}
	for i, text := range []string{stored, server} {
		key, err := ParseKey(text)
		if err != nil {
			return refuse(0, err.(*Error).Reason)
		}
		*[]*Key{&s.StoredKey, &s.ServerKey}[i] = key
	}
	return s, nil
}

// Encode returns the form that ParseSecret reads and PostgreSQL's CREATE ROLE
// ... PASSWORD accepts in place of a password.
func (s Secret) Encode() string {
	return SHA256 + "$" + strconv.Itoa(s.Iterations) + ":" + encodeBase64(s.Salt) +
		"$" + s.StoredKey.Base64() + ":" + s.ServerKey.Base64()
}

// Matches reports whether a password in clear is the one that s was made from.
// It costs a derivation; check may stop it, and its error is the only one.
func (s Secret) Matches(password string, check func() error) (bool, error) {
	salted, err := NewSaltedPassword(password, s.Salt, s.Iterations, check)
	if err != nil {
		return false, err
	}
	// Either key would do; PostgreSQL compares the server key.
	return equal(salted.Keys().Server, s.ServerKey), nil
}

// MockSecret returns a secret for a user who does not exist, so that the first
// answer does not tell (RFC 5802 section 9 leaves this open; PostgreSQL does
// the same with pg_control's mock_authentication_nonce). The salt follows from
// the user and from a seed that the server must keep to itself and across
// restarts. No password matches; set [ServerConfig.Doomed] too.
func MockSecret(user string, seed []byte) Secret {
	salt := sha256.Sum256(append([]byte(user), seed...))
	return Secret{Iterations: DefaultIterations, Salt: salt[:SaltSize]}
}

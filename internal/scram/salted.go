package scram

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
)

// checkEvery is how many iterations pass between two calls of the check
// function: well under a millisecond of work.
const checkEvery = 1024

// A SaltedPassword is the SaltedPassword of RFC 5802 section 3 with the salt
// and the iteration count it was made for. Making one is the slow step of an
// exchange; a caller that keeps it under user, salt and iterations pays once
// and not at each connection. It opens the account as the password does, and
// belongs to the password it was made from: whoever changes the password must
// forget it.
//
// The zero SaltedPassword fits nothing. Values are immutable and safe for
// concurrent use.
type SaltedPassword struct {
	salt       string
	iterations int
	key        Key
}

// NewSaltedPassword runs SASLprep and PBKDF2 (RFC 5802 section 2.2, Hi) over a
// password. Unless check is nil it is called at the beginning, every 1024
// iterations and at the end; when it returns an error the derivation stops and
// returns that, wrapped. A closure over context.Cause makes a good check. Iterations below 1 count as 1. The only
// errors are those of check.
func NewSaltedPassword(password string, salt []byte, iterations int, check func() error) (SaltedPassword, error) {
	s := SaltedPassword{salt: string(salt), iterations: max(iterations, 1)}
	err := hi(&s.key, Prepare(password), salt, s.iterations, check)
	if err != nil {
		return SaltedPassword{}, fmt.Errorf("scram: deriving the salted password: %w", err)
	}
	return s, nil
}

// hi is PBKDF2 with HMAC-SHA-256 and one block of output:
//
//	U1 = HMAC(password, salt + INT(1)), Un = HMAC(password, Un-1)
//	result = U1 XOR U2 XOR ... XOR Ui
//
// The HMAC keeps its padded key hashed between resets, so an iteration costs
// two compressions of SHA-256, as in crypto/pbkdf2, which cannot be stopped.
func hi(result *Key, password string, salt []byte, iterations int, check func() error) error {
	mac := hmac.New(sha256.New, []byte(password))
	mac.Write(salt)
	mac.Write([]byte{0, 0, 0, 1})
	u := mac.Sum(make([]byte, 0, sha256.Size))
	copy(result[:], u)
	for done := 1; ; {
		if check != nil {
			if err := check(); err != nil {
				return err
			}
		}
		if done >= iterations {
			return nil
		}
		for stop := min(iterations, done+checkEvery); done < stop; done++ {
			mac.Reset()
			mac.Write(u)
			u = mac.Sum(u[:0])
			subtle.XORBytes(result[:], result[:], u)
		}
	}
}

// Fits reports whether s was made for this salt and iteration count.
func (s SaltedPassword) Fits(salt []byte, iterations int) bool {
	return s.iterations != 0 && s.iterations == iterations && s.salt == string(salt)
}

// Salt returns a copy of the salt.
func (s SaltedPassword) Salt() []byte { return []byte(s.salt) }

// Iterations returns the iteration count, 0 for the zero SaltedPassword.
func (s SaltedPassword) Iterations() int { return s.iterations }

// Keys derives the client key and the server key (RFC 5802 section 3).
func (s SaltedPassword) Keys() Keys {
	return Keys{Client: sign(s.key, "Client Key"), Server: sign(s.key, "Server Key")}
}

// Format keeps the key out of every fmt verb.
func (s SaltedPassword) Format(f fmt.State, _ rune) {
	io.WriteString(f, "scram.SaltedPassword{redacted}")
}

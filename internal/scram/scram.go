// Package scram is SCRAM-SHA-256 and SCRAM-SHA-256-PLUS as PostgreSQL speaks
// them, for both sides of the conversation. It reads and writes no socket:
// messages go in, messages come out, and whoever owns the connection carries
// them in SASLInitialResponse, SASLContinue, SASLResponse and SASLFinal.
//
// The rules are those of RFC 5802 (SCRAM), RFC 7677 (SHA-256), RFC 5929
// (tls-server-end-point) and RFC 4013 (SASLprep), with what PostgreSQL does
// differently: the user name inside the exchange is empty, because the startup
// packet already named the user, and a password that SASLprep refuses is used
// as its raw bytes.
//
// # Terminology
//
// The four messages have the names of RFC 5802 section 7:
//
//		client-first-message   n,,n=,r=<nonce>
//		server-first-message   r=<longer nonce>,s=<salt>,i=<iterations>
//		client-final-message   c=<binding>,r=<longer nonce>,p=<proof>
//		server-final-message   v=<server signature>   or   e=<error>
//
//	  - An attribute is one letter, an equals sign and a value; commas separate
//	    attributes.
//	  - The flag is the first byte of the exchange: what the client says about
//	    channel binding ([Flag]). The header is the flag with all that precedes
//	    the first attribute of the message proper.
//	  - The binding is the hash of the server's certificate ([EndPoint]).
//	  - The salted password is what PBKDF2 makes of a password, and the only
//	    expensive step ([SaltedPassword]). Client key, stored key and server key
//	    follow from it ([Keys]).
//	  - The secret is what a server keeps for a user, in place of a password
//	    ([Secret]).
//	  - The proof shows that the client has the client key; the server signature
//	    shows that the server has the server key.
//
// # Use
//
// A [Client] goes through First, Final and Verify; a [Server] through First and
// Final. An exchange belongs to one goroutine, and after an error it is over.
// No error, and no value of this package under any fmt verb, contains a
// password, a key or a proof; [Trace] is the one way to see them.
package scram

import "slices"

// Mechanism names, as they stand in AuthenticationSASL (RFC 7677 section 3,
// RFC 5802 section 4).
const (
	SHA256     = "SCRAM-SHA-256"
	SHA256Plus = "SCRAM-SHA-256-PLUS"
)

// A Flag is the gs2-cbind-flag of RFC 5802 section 7: what the client says
// about channel binding before anything else. The zero Flag means [Unbound].
type Flag byte

const (
	// Unbound: the client does not bind the channel, by ability or by choice.
	Unbound Flag = 'n'
	// NotOffered: the client would bind, but saw no mechanism for it. A server
	// that did offer one knows that somebody in between removed the offer.
	NotOffered Flag = 'y'
	// Bound: the client binds, by tls-server-end-point.
	Bound Flag = 'p'
)

// Mechanism returns the name of the mechanism that a client with flag f
// selects.
func (f Flag) Mechanism() string {
	if f == Bound {
		return SHA256Plus
	}
	return SHA256
}

// A Policy is the channel_binding setting of a connection string. The zero
// Policy is [Prefer], as in libpq.
type Policy uint8

const (
	Prefer  Policy = iota // bind when the server offers it over TLS
	Disable               // never bind
	Require               // bind or fail
)

// Choose decides what a client says about channel binding, from the mechanisms
// that the server offered and from whether the connection is encrypted by TLS.
// It follows libpq (pg_SASL_init) to the letter:
//
//   - an offer to bind on a connection without TLS is an error, whatever the
//     policy, since only someone in between could have made it;
//   - over TLS the offer is taken unless the policy is [Disable];
//   - over TLS without the offer the client says [NotOffered], so that the
//     server can notice a removed offer (RFC 5802 section 6).
//
// The error is an [*Error] about the mechanism list.
func Choose(offered []string, tls bool, policy Policy) (Flag, error) {
	plus := slices.Contains(offered, SHA256Plus)
	switch {
	case plus && !tls:
		return 0, &Error{Message: mechanismList, Reason: PlusWithoutTLS}
	case plus && policy != Disable:
		return Bound, nil
	case policy == Require:
		return 0, &Error{Message: mechanismList, Reason: PlusNotOffered}
	case !slices.Contains(offered, SHA256):
		return 0, &Error{Message: mechanismList, Reason: NoMechanism}
	case tls && policy != Disable:
		return NotOffered, nil
	}
	return Unbound, nil
}

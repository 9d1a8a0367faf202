package scram

import (
	"fmt"
	"strconv"
)

// What an Error is about: a message by its name in RFC 5802 section 7, or one
// of the inputs that precede the exchange.
const (
	clientFirst   = "client-first-message"
	serverFirst   = "server-first-message"
	clientFinal   = "client-final-message"
	serverFinal   = "server-final-message"
	mechanismList = "mechanism list"
	configuration = "configuration"
	storedSecret  = "stored secret"
	certificate   = "server certificate"
)

// A Reason says what is wrong, in a fixed text that callers may compare.
type Reason string

// Reasons for refusing a message, in the order in which they are looked for.
const (
	OutOfOrder         Reason = "not expected at this point of the exchange"
	Empty              Reason = "is empty"
	TooLong            Reason = "is longer than 2048 bytes"
	BadText            Reason = "contains a zero byte or invalid UTF-8"
	Missing            Reason = "is missing"
	NotAnAttribute     Reason = "not of the form letter=value"
	Unexpected         Reason = "another attribute stands in its place"
	Repeated           Reason = "not allowed here"
	MandatoryExtension Reason = "a mandatory extension that is not supported"
	BadBase64          Reason = "not valid base64"
	BadNonce           Reason = "nonce is not printable ASCII"
	NonceMismatch      Reason = "nonce does not extend the one that was sent"
	BadUserName        Reason = "user name has an equals sign that is neither =2C nor =3D"
	AuthorizationID    Reason = "authorization identity is not supported"
	BadIterations      Reason = "not a positive decimal number"
	TooManyIterations  Reason = "iteration count is over the limit"
	BadKeyLength       Reason = "not 32 bytes long"
)

// Reasons that concern channel binding.
const (
	PlusWithoutTLS     Reason = "server offered SCRAM-SHA-256-PLUS over a connection that is not encrypted by TLS"
	PlusNotOffered     Reason = "channel binding is required, but the server did not offer SCRAM-SHA-256-PLUS"
	NoMechanism        Reason = "server offered neither SCRAM-SHA-256 nor SCRAM-SHA-256-PLUS"
	BadFlag            Reason = "channel binding flag is not n, y or p"
	FlagMismatch       Reason = "channel binding flag does not fit the selected mechanism"
	BindingType        Reason = "channel binding type is not tls-server-end-point"
	BindingRemoved     Reason = "client believes that channel binding was not offered, but it was"
	BindingUnavailable Reason = "channel binding was selected, but there is no certificate hash to bind to"
	BindingMismatch    Reason = "channel binding does not match"
	NoDigest           Reason = "signature algorithm names no digest, so tls-server-end-point is undefined"
	BadCertificate     Reason = "not a certificate"
)

// Reasons that end an exchange whose messages were all well formed, and those
// that keep one from starting.
const (
	InvalidProof         Reason = "client proof is wrong"
	SignatureMismatch    Reason = "server signature is wrong: the server does not know the password"
	NoCredentials        Reason = "neither a password nor both keys were given"
	UnsupportedMechanism Reason = "mechanism is not SCRAM-SHA-256"
)

// An Error is a refusal by this side: of a message from the peer, or of what
// the caller supplied. It never contains a value that was received or a secret
// of ours, only names and numbers.
type Error struct {
	Message string // what was refused, "server-first-message" and so on
	Attr    byte   // the attribute's letter, or 0
	Offset  int    // where that attribute begins in the message, in bytes
	Reason  Reason
	Detail  string // numbers that belong to the reason, or ""
}

// Error returns the text, of the form
//
//	scram: server-first-message: attribute i at byte 70: iteration count is over the limit (200000 > 100000)
func (e *Error) Error() string {
	text := "scram: " + e.Message
	if e.Attr != 0 {
		text += fmt.Sprintf(": attribute %c at byte %d", e.Attr, e.Offset)
	}
	text += ": " + string(e.Reason)
	if e.Detail != "" {
		text += " (" + e.Detail + ")"
	}
	return text
}

// ServerErrorValue returns the server-error-value of RFC 5802 section 7 that a
// server sends after "e=" for this error.
func (e *Error) ServerErrorValue() string {
	switch e.Reason {
	case BadBase64, BadText:
		return "invalid-encoding"
	case MandatoryExtension:
		return "extensions-not-supported"
	case InvalidProof:
		return "invalid-proof"
	case BindingMismatch, FlagMismatch:
		return "channel-bindings-dont-match"
	case BindingRemoved:
		return "server-does-support-channel-binding"
	case BindingUnavailable:
		return "channel-binding-not-supported"
	case BindingType:
		return "unsupported-channel-binding-type"
	case BadUserName:
		return "invalid-username-encoding"
	}
	return "other-error"
}

// A RefusedError is the peer's refusal: a server-final-message with e= in it
// (RFC 5802 section 7). PostgreSQL itself reports a wrong password by an
// ErrorResponse instead; poolers and proxies may use this form.
type RefusedError struct {
	Value string // as the server sent it; printable ASCII only, at most 64 bytes
}

// Error returns the text.
func (e *RefusedError) Error() string {
	return "scram: server refused: " + strconv.Quote(e.Value)
}

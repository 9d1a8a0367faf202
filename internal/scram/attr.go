package scram

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// maxMessage bounds one message in either direction. libpq gives up on an
// authentication request of 2000 bytes and PostgreSQL on a SASL message of
// 1024, so nothing that works elsewhere is refused here.
const maxMessage = 2048

// attributes reads one message from left to right.
//
//	0 <= next <= len(text)+1; next == len(text)+1 means that nothing is left
//
// Nothing being left differs from an empty attribute being left, which is what
// follows a trailing comma.
type attributes struct {
	message string // for errors
	text    string
	next    int // where the next attribute begins
}

// newAttributes checks what holds for a whole message: RFC 5802 section 7
// allows any UTF-8 except NUL.
func newAttributes(message string, text []byte) (attributes, error) {
	a := attributes{message: message, text: string(text[:min(len(text), maxMessage)])}
	switch {
	case len(text) == 0:
		return a, a.refuse(0, Empty)
	case len(text) > maxMessage:
		return a, a.refuse(0, TooLong)
	case !utf8.ValidString(a.text) || strings.IndexByte(a.text, 0) >= 0:
		return a, a.refuse(0, BadText)
	}
	return a, nil
}

// refuse makes an error about the attribute that stands at a.next.
func (a *attributes) refuse(letter byte, reason Reason) error {
	return a.refuseAt(a.next, letter, reason)
}

// refuseAt makes an error about the attribute at the given offset.
func (a *attributes) refuseAt(offset int, letter byte, reason Reason) error {
	return &Error{Message: a.message, Attr: letter, Offset: min(offset, len(a.text)), Reason: reason}
}

// done reports whether every attribute was taken.
func (a *attributes) done() bool { return a.next > len(a.text) }

// rest returns what has not been taken.
func (a *attributes) rest() string { return a.text[min(a.next, len(a.text)):] }

// peek returns the letter of the next attribute, or 0.
func (a *attributes) peek() byte {
	if rest := a.rest(); rest != "" {
		return rest[0]
	}
	return 0
}

// segment takes everything up to the next comma.
func (a *attributes) segment() string {
	segment, _, _ := strings.Cut(a.rest(), ",")
	a.next += len(segment) + 1
	return segment
}

// take takes the next attribute, which must have the given letter.
func (a *attributes) take(letter byte) (string, error) {
	switch found := a.peek(); {
	case found == 0:
		return "", a.refuse(letter, Missing)
	case found == 'm':
		// RFC 5802 section 5.1: "m: This attribute is reserved for future
		// extensibility. [...] its presence in a client or a server message
		// MUST cause authentication failure".
		return "", a.refuse('m', MandatoryExtension)
	case found != letter:
		return "", a.refuse(letter, Unexpected)
	}
	start := a.next
	segment := a.segment()
	if len(segment) < 2 || segment[1] != '=' {
		return "", a.refuseAt(start, letter, NotAnAttribute)
	}
	return segment[2:], nil
}

// takeBase64 takes the next attribute and decodes its value, which must not be
// empty.
func (a *attributes) takeBase64(letter byte) ([]byte, error) {
	start := a.next
	value, err := a.take(letter)
	if err != nil {
		return nil, err
	}
	if value == "" {
		return nil, a.refuseAt(start, letter, Empty)
	}
	decoded, ok := decodeBase64(value)
	if !ok {
		return nil, a.refuseAt(start, letter, BadBase64)
	}
	return decoded, nil
}

// takeKey takes the next attribute, which holds 32 bytes in base64.
func (a *attributes) takeKey(letter byte) (Key, error) {
	start := a.next
	decoded, err := a.takeBase64(letter)
	if err != nil {
		return Key{}, err
	}
	if len(decoded) != len(Key{}) {
		return Key{}, a.refuseAt(start, letter, BadKeyLength)
	}
	return Key(decoded), nil
}

// takeNonce takes the nonce, which RFC 5802 section 7 restricts to printable
// characters other than the comma.
func (a *attributes) takeNonce() (string, error) {
	start := a.next
	nonce, err := a.take('r')
	if err != nil {
		return "", err
	}
	if nonce == "" {
		return "", a.refuseAt(start, 'r', Empty)
	}
	if !printable(nonce) {
		return "", a.refuseAt(start, 'r', BadNonce)
	}
	return nonce, nil
}

// skipExtensions takes optional extensions until the attribute named stop, or
// until the end when stop is 0. RFC 5802 section 5.1: "unknown optional
// extensions [...] MUST be ignored". A letter that has a meaning elsewhere is
// no extension.
func (a *attributes) skipExtensions(stop byte) error {
	for !a.done() && (stop == 0 || a.peek() != stop) {
		start, letter := a.next, a.peek()
		switch {
		case letter == 'm':
			return a.refuse('m', MandatoryExtension)
		case letter != 0 && strings.IndexByte("anrcsipve", letter) >= 0:
			return a.refuse(letter, Repeated)
		case letter|0x20 < 'a' || letter|0x20 > 'z':
			return a.refuse(0, NotAnAttribute)
		}
		if segment := a.segment(); len(segment) < 3 || segment[1] != '=' {
			return a.refuseAt(start, letter, NotAnAttribute)
		}
	}
	return nil
}

// printable reports whether s consists of the printable characters of RFC 5802
// section 7: %x21-2B / %x2D-7E.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] < 0x21 || s[i] > 0x7e || s[i] == ',' {
			return false
		}
	}
	return true
}

// decodeBase64 decodes the base64 of RFC 5802 section 7. The decoder of the
// standard library skips line ends; the grammar has none.
func decodeBase64(value string) ([]byte, bool) {
	if !printable(value) {
		return nil, false
	}
	decoded, err := base64.StdEncoding.Strict().DecodeString(value)
	return decoded, err == nil
}

// encodeBase64 is the inverse of decodeBase64.
func encodeBase64(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

package scram

import (
	"strconv"
	"strings"
)

// bindingType is the only channel binding type that PostgreSQL has (RFC 5929
// section 4).
const bindingType = "tls-server-end-point"

// ClientFirst is a client-first-message (RFC 5802 section 7).
type ClientFirst struct {
	Flag  Flag
	User  string // without its =2C and =3D escapes; PostgreSQL ignores it
	Nonce string // the client's half
	Bare  string // the message without its header; what AuthMessage contains
}

// ParseClientFirst reads a client-first-message. The error is an [*Error].
func ParseClientFirst(text []byte) (ClientFirst, error) {
	var m ClientFirst
	a, err := newAttributes(clientFirst, text)
	if err != nil {
		return m, err
	}
	if m.Flag, err = takeHeader(&a); err != nil {
		return m, err
	}
	m.Bare = a.rest()
	start := a.next
	user, err := a.take('n')
	if err != nil {
		return m, err
	}
	var ok bool
	if m.User, ok = unescapeUser(user); !ok {
		return m, a.refuseAt(start, 'n', BadUserName)
	}
	if m.Nonce, err = a.takeNonce(); err != nil {
		return m, err
	}
	return m, a.skipExtensions(0)
}

// takeHeader takes the gs2-header: the flag, and the authorization identity
// that PostgreSQL does not support.
func takeHeader(a *attributes) (Flag, error) {
	flag := Flag(a.peek())
	value := a.segment()
	switch {
	case flag == Bound && strings.HasPrefix(value, "p="):
		if value[2:] != bindingType {
			return 0, a.refuseAt(0, 'p', BindingType)
		}
	case value != "n" && value != "y":
		return 0, a.refuseAt(0, 0, BadFlag)
	}
	if a.done() {
		return 0, a.refuse('n', Missing)
	}
	if a.peek() == 'a' {
		return 0, a.refuse('a', AuthorizationID)
	}
	start := a.next
	if a.segment() != "" {
		return 0, a.refuseAt(start, 'a', Unexpected)
	}
	return flag, nil
}

// Header returns the gs2-header: "n,,", "y,," or "p=tls-server-end-point,,".
func (f Flag) Header() string {
	switch f {
	case Bound:
		return "p=" + bindingType + ",,"
	case NotOffered:
		return "y,,"
	}
	return "n,,"
}

// Text returns the message; Bare need not be set.
func (m ClientFirst) Text() string { return m.Flag.Header() + m.bare() }

func (m ClientFirst) bare() string { return "n=" + userEscapes.Replace(m.User) + ",r=" + m.Nonce }

var userEscapes = strings.NewReplacer("=", "=3D", ",", "=2C")

// unescapeUser undoes userEscapes. RFC 5802 section 5.1: "If the server
// receives a username that contains '=' not followed by either '2C' or '3D',
// then the server MUST fail the authentication."
func unescapeUser(s string) (string, bool) {
	var user strings.Builder
	for {
		before, after, found := strings.Cut(s, "=")
		user.WriteString(before)
		switch {
		case !found:
			return user.String(), true
		case strings.HasPrefix(after, "2C"):
			user.WriteByte(',')
		case strings.HasPrefix(after, "3D"):
			user.WriteByte('=')
		default:
			return "", false
		}
		s = after[2:]
	}
}

// ServerFirst is a server-first-message (RFC 5802 section 7).
type ServerFirst struct {
	Nonce      string // the client's half and the server's half
	Salt       []byte
	Iterations int // at least 1, at most the greatest int32, as in PostgreSQL

	iterationsAt int // offset of i=, for errors about its value
}

// ParseServerFirst reads a server-first-message. It does not know the client's
// nonce and imposes no limit on the iterations; [Client.Final] does both. The
// error is an [*Error].
func ParseServerFirst(text []byte) (ServerFirst, error) {
	var m ServerFirst
	a, err := newAttributes(serverFirst, text)
	if err != nil {
		return m, err
	}
	if m.Nonce, err = a.takeNonce(); err != nil {
		return m, err
	}
	if m.Salt, err = a.takeBase64('s'); err != nil {
		return m, err
	}
	m.iterationsAt = a.next
	value, err := a.take('i')
	if err != nil {
		return m, err
	}
	var ok bool
	if m.Iterations, ok = parseIterations(value); !ok {
		return m, a.refuseAt(m.iterationsAt, 'i', BadIterations)
	}
	return m, a.skipExtensions(0)
}

// parseIterations reads a posit-number (RFC 5802 section 7): digits, of which
// the first is not 0.
func parseIterations(value string) (int, bool) {
	if value == "" || value[0] < '1' || value[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseInt(value, 10, 32)
	return int(n), err == nil
}

// Text returns the message.
func (m ServerFirst) Text() string {
	return "r=" + m.Nonce + ",s=" + encodeBase64(m.Salt) + ",i=" + strconv.Itoa(m.Iterations)
}

// ClientFinal is a client-final-message (RFC 5802 section 7).
type ClientFinal struct {
	Binding      []byte // the header again, followed by the channel binding data
	Nonce        string
	Proof        Key
	WithoutProof string // the message up to the comma before p=; what AuthMessage contains
}

// ParseClientFinal reads a client-final-message. The error is an [*Error].
func ParseClientFinal(text []byte) (ClientFinal, error) {
	var m ClientFinal
	a, err := newAttributes(clientFinal, text)
	if err != nil {
		return m, err
	}
	if m.Binding, err = a.takeBase64('c'); err != nil {
		return m, err
	}
	if m.Nonce, err = a.takeNonce(); err != nil {
		return m, err
	}
	if err = a.skipExtensions('p'); err != nil {
		return m, err
	}
	m.WithoutProof = a.text[:min(a.next-1, len(a.text))]
	if m.Proof, err = a.takeKey('p'); err != nil {
		return m, err
	}
	if !a.done() {
		// "p=" is the last attribute: the proof covers all that precedes it.
		return m, a.refuse(a.peek(), Repeated)
	}
	return m, nil
}

// Text returns the message; WithoutProof need not be set.
func (m ClientFinal) Text() string { return m.withoutProof() + ",p=" + encodeBase64(m.Proof[:]) }

func (m ClientFinal) withoutProof() string { return "c=" + encodeBase64(m.Binding) + ",r=" + m.Nonce }

// ServerFinal is a server-final-message (RFC 5802 section 7): a signature or a
// refusal.
type ServerFinal struct {
	Signature Key
	Refused   string // the value of e=, cleaned for printing; "" when there is a signature
}

// ParseServerFinal reads a server-final-message. The error is an [*Error]; a
// refusal by the server is no error here.
func ParseServerFinal(text []byte) (ServerFinal, error) {
	var m ServerFinal
	a, err := newAttributes(serverFinal, text)
	if err != nil {
		return m, err
	}
	if a.peek() == 'e' {
		value, err := a.take('e')
		if err != nil {
			return m, err
		}
		if m.Refused = cleanValue(value); m.Refused == "" {
			return m, a.refuseAt(0, 'e', Empty)
		}
		return m, a.skipExtensions(0)
	}
	if m.Signature, err = a.takeKey('v'); err != nil {
		return m, err
	}
	return m, a.skipExtensions(0)
}

// Text returns the message.
func (m ServerFinal) Text() string {
	if m.Refused != "" {
		return "e=" + m.Refused
	}
	return "v=" + encodeBase64(m.Signature[:])
}

// cleanValue makes a server's error value fit for a terminal: the server has
// not proved who it is.
func cleanValue(value string) string {
	clean := []byte(value[:min(len(value), 64)])
	for i, c := range clean {
		if c < 0x20 || c > 0x7e {
			clean[i] = '?'
		}
	}
	return string(clean)
}

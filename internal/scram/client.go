package scram

import (
	"crypto/rand"
	"fmt"
	"io"
	"strings"
)

// DefaultMaxIterations is how many iterations a server may ask of a client
// unless the client's configuration says otherwise. PostgreSQL's own default is
// 4096; without a limit a server, or whoever answers in its place, could keep a
// processor busy for minutes with one message (CVE-2026-42198 in pgjdbc).
const DefaultMaxIterations = 100_000

// nonceSize is the size of our half of a nonce before base64, in bytes; the
// same as SCRAM_RAW_NONCE_LEN in PostgreSQL.
const nonceSize = 18

// ClientConfig is what a client brings to an exchange: a password, or both
// keys, or a password and one key.
type ClientConfig struct {
	// Password in UTF-8 or in any other encoding; see Prepare. "" means none.
	Password string
	// ClientKey and ServerKey are libpq's scram_client_key and
	// scram_server_key: when set they are used as they are, and with both of
	// them no password is needed and nothing is derived.
	ClientKey, ServerKey *Key
	// Salted is kept from an earlier exchange with the same user and password.
	// It saves the derivation when it fits what the server asks for, and is
	// ignored when it does not.
	Salted SaltedPassword

	// Flag is what Choose returned; the zero Flag is Unbound.
	Flag Flag
	// Binding is what EndPoint returned for the server's certificate. It is
	// used when Flag is Bound.
	Binding []byte

	// MaxIterations limits the derivation: 0 means DefaultMaxIterations,
	// a negative number means no limit.
	MaxIterations int
	// Nonce is the client's half of the nonce, for tests and recordings.
	// "" means 18 random bytes in base64.
	Nonce string
}

// Format keeps the password out of every fmt verb.
func (c ClientConfig) Format(f fmt.State, _ rune) { io.WriteString(f, "scram.ClientConfig{redacted}") }

// step is how far an exchange has come.
type step uint8

const (
	atStart  step = iota // nothing was said
	sentOne              // our first message is out
	sentBoth             // our final message is out
	verified             // both sides are proved
	failed               // an error ended the exchange
)

// A Client is the client's side of one exchange (RFC 5802 section 5): First,
// Final, Verify, each once and in that order. It is not safe for concurrent
// use.
type Client struct {
	config ClientConfig
	step   step

	first       ClientFirst    // set by First
	keys        Keys           // set by Final, like all that follows
	salted      SaltedPassword // zero when both keys were given
	salt        []byte
	iterations  int
	authMessage string
}

// NewClient checks a configuration and starts an exchange. The error is an
// [*Error].
func NewClient(config ClientConfig) (*Client, error) {
	refuse := func(reason Reason) (*Client, error) {
		return nil, &Error{Message: configuration, Reason: reason}
	}
	if config.Flag == 0 {
		config.Flag = Unbound
	}
	switch {
	case config.Password == "" && config.Salted.iterations == 0 && (config.ClientKey == nil || config.ServerKey == nil):
		return refuse(NoCredentials)
	case config.Flag != Unbound && config.Flag != NotOffered && config.Flag != Bound:
		return refuse(BadFlag)
	case config.Flag == Bound && len(config.Binding) == 0:
		return refuse(BindingUnavailable)
	case !printable(config.Nonce):
		return refuse(BadNonce)
	}
	return &Client{config: config}, nil
}

// Mechanism returns the name of the mechanism, for SASLInitialResponse.
func (c *Client) Mechanism() string { return c.config.Flag.Mechanism() }

// First returns the client-first-message. The error is an [*Error].
func (c *Client) First() ([]byte, error) {
	if err := c.enter(atStart, sentOne, clientFirst); err != nil {
		return nil, err
	}
	nonce := c.config.Nonce
	if nonce == "" {
		nonce = newNonce()
	}
	// PostgreSQL takes the user from the startup packet and ignores this one;
	// libpq leaves it empty.
	c.first = ClientFirst{Flag: c.config.Flag, Nonce: nonce}
	c.first.Bare = c.first.bare()
	return []byte(c.first.Text()), nil
}

// Final takes the server-first-message and returns the client-final-message.
// Unless keys or a fitting salted password were given it derives one, which
// takes milliseconds; check may stop it, as in [NewSaltedPassword], and may be
// nil. The error is an [*Error], or what check returned, wrapped.
func (c *Client) Final(message []byte, check func() error) ([]byte, error) {
	if err := c.enter(sentOne, failed, serverFirst); err != nil {
		return nil, err
	}
	server, err := ParseServerFirst(message)
	if err != nil {
		return nil, err
	}
	// RFC 5802 section 5.1: the client "MUST verify that the initial part of
	// the nonce used in subsequent messages is the same as the nonce it
	// initially specified"; a server that adds nothing allows a replay.
	if !strings.HasPrefix(server.Nonce, c.first.Nonce) || len(server.Nonce) == len(c.first.Nonce) {
		return nil, &Error{Message: serverFirst, Attr: 'r', Reason: NonceMismatch}
	}
	if err := c.findKeys(server, check); err != nil {
		return nil, err
	}
	final := ClientFinal{Binding: bindingInput(c.config.Flag, c.config.Binding), Nonce: server.Nonce}
	c.salt, c.iterations = server.Salt, server.Iterations
	c.authMessage = joinAuthMessage(c.first.Bare, string(message), final.withoutProof())
	final.Proof = xor(c.keys.Client, sign(c.keys.Stored(), c.authMessage))
	c.step = sentBoth
	return []byte(final.Text()), nil
}

// findKeys sets the keys: those given, else those of a fitting salted password,
// else newly derived ones.
func (c *Client) findKeys(server ServerFirst, check func() error) error {
	if c.config.ClientKey == nil || c.config.ServerKey == nil {
		if err := c.findSalted(server, check); err != nil {
			return err
		}
		c.keys = c.salted.Keys()
	}
	if c.config.ClientKey != nil {
		c.keys.Client = *c.config.ClientKey
	}
	if c.config.ServerKey != nil {
		c.keys.Server = *c.config.ServerKey
	}
	return nil
}

// findSalted sets the salted password, from the configuration or by deriving
// it within the limit.
func (c *Client) findSalted(server ServerFirst, check func() error) error {
	if c.config.Salted.Fits(server.Salt, server.Iterations) {
		c.salted = c.config.Salted
		return nil
	}
	if c.config.Password == "" {
		return &Error{Message: configuration, Reason: NoCredentials}
	}
	limit := c.config.MaxIterations
	if limit == 0 {
		limit = DefaultMaxIterations
	}
	if limit > 0 && server.Iterations > limit {
		return &Error{
			Message: serverFirst, Attr: 'i', Offset: server.iterationsAt, Reason: TooManyIterations,
			Detail: fmt.Sprintf("%d > %d", server.Iterations, limit),
		}
	}
	var err error
	c.salted, err = NewSaltedPassword(c.config.Password, server.Salt, server.Iterations, check)
	return err
}

// Verify takes the server-final-message and returns nil when it proves that the
// server knows the secret of this user. Only then may AuthenticationOk be
// believed. The error is a [*RefusedError] or an [*Error].
func (c *Client) Verify(message []byte) error {
	if err := c.enter(sentBoth, failed, serverFinal); err != nil {
		return err
	}
	server, err := ParseServerFinal(message)
	switch {
	case err != nil:
		return err
	case server.Refused != "":
		return &RefusedError{Value: server.Refused}
	case !equal(server.Signature, sign(c.keys.Server, c.authMessage)):
		return &Error{Message: serverFinal, Attr: 'v', Reason: SignatureMismatch}
	}
	c.step = verified
	return nil
}

// enter moves from one step to the next, or ends an exchange whose caller is at
// another step.
func (c *Client) enter(from, to step, message string) error {
	if c.step != from {
		c.step = failed
		return &Error{Message: message, Reason: OutOfOrder}
	}
	c.step = to
	return nil
}

// Verified reports whether Verify succeeded: the server has proved itself.
func (c *Client) Verified() bool { return c.step == verified }

// Bound reports whether Verify succeeded and the exchange was bound to the
// server's certificate, as channel_binding=require demands.
func (c *Client) Bound() bool { return c.step == verified && c.config.Flag == Bound }

// Salted returns the salted password of a verified exchange, to be kept for
// [ClientConfig.Salted]. It reports false when there is none: before Verify
// succeeds, since a wrong password must not be kept, and when both keys were
// given.
func (c *Client) Salted() (SaltedPassword, bool) {
	if c.step != verified || c.salted.iterations == 0 {
		return SaltedPassword{}, false
	}
	return c.salted, true
}

// Trace returns the arithmetic so far; it is empty before Final succeeds.
func (c *Client) Trace() Trace {
	if c.authMessage == "" {
		return Trace{}
	}
	t := Trace{Salt: c.salt, Iterations: c.iterations}
	if c.salted.iterations != 0 {
		key := c.salted.key
		t.SaltedPassword = key[:]
	}
	t.setStored(c.keys.Stored(), c.authMessage)
	t.setServer(c.keys.Server, c.authMessage)
	t.setClient(c.keys.Client)
	return t
}

// Format keeps the credentials out of every fmt verb.
func (c Client) Format(f fmt.State, _ rune) { io.WriteString(f, "scram.Client{redacted}") }

// newNonce returns one side's half of a nonce.
func newNonce() string {
	var raw [nonceSize]byte
	rand.Read(raw[:]) // never fails
	return encodeBase64(raw[:])
}

// bindingInput returns the cbind-input of RFC 5802 section 7: the header, and
// the binding after it when there is one.
func bindingInput(flag Flag, binding []byte) []byte {
	input := []byte(flag.Header())
	if flag == Bound {
		input = append(input, binding...)
	}
	return input
}

// joinAuthMessage returns the AuthMessage of RFC 5802 section 3.
func joinAuthMessage(bare, first, withoutProof string) string {
	return bare + "," + first + "," + withoutProof
}

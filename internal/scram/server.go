package scram

import (
	"crypto/subtle"
	"fmt"
	"io"
	"slices"
)

// ServerConfig is what a server brings to an exchange.
type ServerConfig struct {
	// Secret of the user, or a MockSecret together with Doomed.
	Secret Secret
	// Doomed makes the exchange fail at its end as a wrong password does.
	Doomed bool
	// Mechanism that the client named in SASLInitialResponse.
	Mechanism string
	// Binding is what EndPoint returned for our certificate. It is nil when
	// SCRAM-SHA-256-PLUS was not offered.
	Binding []byte
	// Nonce is the server's half of the nonce, for tests and recordings.
	// "" means 18 random bytes in base64.
	Nonce string
}

// A Server is the server's side of one exchange (RFC 5802 section 5): First,
// then Final, each once. It is not safe for concurrent use.
type Server struct {
	config ServerConfig
	step   step

	client      ClientFirst // set by First
	first       ServerFirst
	authMessage string // set by Final
	clientKey   Key    // set by Final, when the proof was right
}

// NewServer checks a configuration and starts an exchange. The error is an
// [*Error].
func NewServer(config ServerConfig) (*Server, error) {
	refuse := func(reason Reason) (*Server, error) {
		return nil, &Error{Message: configuration, Reason: reason}
	}
	switch {
	case config.Secret.Iterations < 1:
		return refuse(BadIterations)
	case len(config.Secret.Salt) == 0:
		return refuse(NoCredentials)
	case config.Mechanism != SHA256 && config.Mechanism != SHA256Plus:
		return refuse(UnsupportedMechanism)
	case config.Mechanism == SHA256Plus && len(config.Binding) == 0:
		return refuse(BindingUnavailable)
	case !printable(config.Nonce):
		return refuse(BadNonce)
	}
	return &Server{config: config}, nil
}

// First takes the client-first-message and returns the server-first-message.
// The error is an [*Error]. RFC 5802 lets a server fail here without a message
// of its own; PostgreSQL does.
func (s *Server) First(message []byte) ([]byte, error) {
	if err := s.enter(atStart, clientFirst); err != nil {
		return nil, err
	}
	client, err := ParseClientFirst(message)
	if err != nil {
		return nil, err
	}
	if reason := s.checkFlag(client.Flag); reason != "" {
		return nil, &Error{Message: clientFirst, Reason: reason}
	}
	nonce := s.config.Nonce
	if nonce == "" {
		nonce = newNonce()
	}
	s.client = client
	s.first = ServerFirst{
		Nonce: client.Nonce + nonce, Salt: s.config.Secret.Salt, Iterations: s.config.Secret.Iterations,
	}
	s.step = sentOne
	return []byte(s.first.Text()), nil
}

// checkFlag applies RFC 5802 section 6 to the client's flag.
func (s *Server) checkFlag(flag Flag) Reason {
	plus := s.config.Mechanism == SHA256Plus
	switch {
	case plus != (flag == Bound):
		return FlagMismatch
	case flag == NotOffered && len(s.config.Binding) != 0:
		// "If the flag is set to "y" and the server supports channel binding,
		// the server MUST fail authentication."
		return BindingRemoved
	}
	return ""
}

// Final takes the client-final-message and returns the server-final-message.
// When the exchange fails it returns a server-final-message with e= and an
// [*Error]; a server may send the message, or, as PostgreSQL does, an
// ErrorResponse in its place.
func (s *Server) Final(message []byte) ([]byte, error) {
	signature, err := s.final(message)
	if err != nil {
		return []byte(ServerFinal{Refused: err.ServerErrorValue()}.Text()), err
	}
	s.step = verified
	return []byte(ServerFinal{Signature: signature}.Text()), nil
}

func (s *Server) final(message []byte) (Key, *Error) {
	refuse := func(letter byte, reason Reason) (Key, *Error) {
		return Key{}, &Error{Message: clientFinal, Attr: letter, Reason: reason}
	}
	if err := s.enter(sentOne, clientFinal); err != nil {
		return refuse(0, OutOfOrder)
	}
	client, err := ParseClientFinal(message)
	if err != nil {
		return Key{}, err.(*Error)
	}
	if subtle.ConstantTimeCompare(client.Binding, bindingInput(s.client.Flag, s.config.Binding)) != 1 {
		return refuse('c', BindingMismatch)
	}
	if client.Nonce != s.first.Nonce {
		return refuse('r', NonceMismatch)
	}
	s.authMessage = joinAuthMessage(s.client.Bare, s.first.Text(), client.WithoutProof)
	secret := s.config.Secret
	clientKey := xor(client.Proof, sign(secret.StoredKey, s.authMessage))
	// The proof is checked even when its result does not matter, so that the
	// time it takes does not tell which users exist.
	if !equal(Keys{Client: clientKey}.Stored(), secret.StoredKey) || s.config.Doomed {
		return refuse('p', InvalidProof)
	}
	s.clientKey = clientKey
	return sign(secret.ServerKey, s.authMessage), nil
}

// enter fails unless the exchange is at the given step; until the caller says
// otherwise it is over.
func (s *Server) enter(from step, message string) error {
	at := s.step
	s.step = failed
	if at != from {
		return &Error{Message: message, Reason: OutOfOrder}
	}
	return nil
}

// Verified reports whether the client has proved itself.
func (s *Server) Verified() bool { return s.step == verified }

// User returns the user name that the client put into its first message, which
// PostgreSQL ignores and libpq leaves empty.
func (s *Server) User() string { return s.client.User }

// Keys returns the keys of a verified exchange: the client key comes out of the
// proof. A proxy can use them to log in elsewhere as this user, wherever the
// secret is the same (libpq's scram_client_key and scram_server_key). It
// reports false when the exchange is not verified.
func (s *Server) Keys() (Keys, bool) {
	if s.step != verified {
		return Keys{}, false
	}
	return Keys{Client: s.clientKey, Server: s.config.Secret.ServerKey}, true
}

// Trace returns the arithmetic so far; it is empty before Final has seen a well
// formed message.
func (s *Server) Trace() Trace {
	if s.authMessage == "" {
		return Trace{}
	}
	secret := s.config.Secret
	t := Trace{Salt: slices.Clone(secret.Salt), Iterations: secret.Iterations}
	t.setStored(secret.StoredKey, s.authMessage)
	t.setServer(secret.ServerKey, s.authMessage)
	if s.step == verified {
		t.setClient(s.clientKey)
	}
	return t
}

// Format keeps the credentials out of every fmt verb.
func (s Server) Format(f fmt.State, _ rune) { io.WriteString(f, "scram.Server{redacted}") }

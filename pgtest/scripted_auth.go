package pgtest

import (
	"crypto/rand"
	"errors"
	"slices"
	"strings"

	"parley/internal/scram"
	"parley/wire"
)

// Auth is how a scripted server asks a client to prove itself.
type Auth uint8

// The ways to authenticate.
const (
	AuthTrust     Auth = iota // not at all
	AuthCleartext             // by the password in clear
	AuthMD5                   // by an MD5 hash of the password
	AuthSCRAM                 // by SCRAM-SHA-256, inside TLS also SCRAM-SHA-256-PLUS
	AuthOAuth                 // by a bearer token, over OAUTHBEARER
)

const oauthBearer = "OAUTHBEARER"

// Authenticate asks the client to prove itself, up to AuthenticationOk, and
// reports whether it could. A client that could not gets PostgreSQL's error,
// and the script is over; so it is when the client hangs up. Neither is a
// failure.
func (p *Peer) Authenticate(w Welcome) bool {
	p.opening = true
	defer func() { p.opening = false }()
	proved := true
	switch w.Auth {
	case AuthCleartext:
		p.Send(&wire.AuthenticationCleartextPassword{})
		proved = Receive[wire.PasswordMessage](p).Password == w.Password
	case AuthMD5:
		proved = p.askMD5(w)
	case AuthSCRAM:
		proved = p.askSCRAM(w)
	case AuthOAuth:
		return p.askOAuth(w)
	}
	if p.over() {
		return false
	}
	if !proved {
		p.refuse("28P01", `password authentication failed for user "`+p.User()+`"`)
		return false
	}
	p.Send(&wire.AuthenticationOk{})
	return p.OK()
}

func (p *Peer) askMD5(w Welcome) bool {
	var salt [4]byte
	rand.Read(salt[:]) // never fails
	copy(salt[:], w.Salt)
	p.Send(&wire.AuthenticationMD5Password{Salt: salt})
	return Receive[wire.PasswordMessage](p).Password == scram.MD5Password(p.User(), w.Password, salt)
}

// askSCRAM holds the exchange of the manual's section "SCRAM-SHA-256
// Authentication", up to AuthenticationSASLFinal.
func (p *Peer) askSCRAM(w Welcome) bool {
	offered := w.Mechanisms
	if offered == nil {
		offered = []string{scram.SHA256}
		if p.binding != nil {
			offered = []string{scram.SHA256Plus, scram.SHA256}
		}
	}
	secret, err := scram.NewSecret(w.Password, w.Salt, w.Iterations, nil)
	if err != nil {
		p.fail("make a SCRAM secret", "", err)
		return false
	}
	p.Send(&wire.AuthenticationSASL{Mechanisms: offered})
	initial := Receive[wire.SASLInitialResponse](p)
	if p.over() {
		return false
	}
	c := scram.ServerConfig{Secret: secret, Mechanism: initial.Mechanism, Nonce: w.Nonce}
	if slices.Contains(offered, scram.SHA256Plus) {
		c.Binding = p.binding
	}
	server, err := scram.NewServer(c)
	if err != nil {
		p.fail("a SCRAM mechanism that was offered", "", err)
		return false
	}
	return p.exchangeSCRAM(server, initial.Data)
}

func (p *Peer) exchangeSCRAM(server *scram.Server, first []byte) bool {
	challenge, err := server.First(first)
	if err != nil {
		p.fail("the client's first SCRAM message", "", err)
		return false
	}
	p.Send(&wire.AuthenticationSASLContinue{Data: challenge})
	response := Receive[wire.SASLResponse](p)
	if p.over() {
		return false
	}
	signature, err := server.Final(response.Data)
	if e, refused := errors.AsType[*scram.Error](err); refused && e.Reason == scram.InvalidProof {
		return false
	}
	if err != nil {
		p.fail("the client's final SCRAM message", "", err)
		return false
	}
	p.Send(&wire.AuthenticationSASLFinal{Data: signature})
	return true
}

// askOAuth takes a bearer token (RFC 7628). Without a valid one the client
// learns what is wrong, and has to answer that with a single byte 1.
func (p *Peer) askOAuth(w Welcome) bool {
	offered := w.Mechanisms
	if offered == nil {
		offered = []string{oauthBearer}
	}
	p.Send(&wire.AuthenticationSASL{Mechanisms: offered})
	initial := Receive[wire.SASLInitialResponse](p)
	if p.over() {
		return false
	}
	bearer, ok := bearerOf(string(initial.Data))
	if initial.Mechanism != oauthBearer || !ok {
		p.fail("the client's OAUTHBEARER message", "it is none", nil)
		return false
	}
	if bearer != "" && bearer == w.Token {
		p.Send(&wire.AuthenticationOk{})
		return p.OK()
	}
	p.Send(&wire.AuthenticationSASLContinue{Data: []byte(`{"status":"invalid_token"}`)})
	p.Expect(&wire.SASLResponse{Data: []byte{1}})
	p.refuse("28000", "OAuth bearer authentication failed for user "+`"`+p.User()+`"`)
	return false
}

// bearerOf reads the client's first message of OAUTHBEARER (RFC 7628 section
// 3.1): a header of GS2, and pairs of key and value between bytes 1.
func bearerOf(message string) (bearer string, ok bool) {
	parts := strings.Split(message, "\x01")
	if n := len(parts); n < 4 || parts[n-1] != "" || parts[n-2] != "" || !strings.HasPrefix(parts[0], "n,") {
		return "", false
	}
	i := slices.IndexFunc(parts, func(s string) bool { return strings.HasPrefix(s, "auth=") })
	if i < 0 {
		return "", false
	}
	value := strings.TrimPrefix(parts[i], "auth=")
	if value == "" { // the client asks what is wanted
		return "", true
	}
	scheme, bearer, _ := strings.Cut(value, " ")
	return bearer, strings.EqualFold(scheme, "Bearer")
}

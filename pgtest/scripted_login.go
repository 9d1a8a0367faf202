package pgtest

import (
	"crypto/tls"
	"slices"

	"parley/internal/scram"
	"parley/wire"
)

// Login is how a scripted client opens a session. The zero value is a user
// postgres of protocol 3.0 without TLS and password.
type Login struct {
	User       string           // "": postgres
	Database   string           // "": as the server chooses
	Parameters []wire.Parameter // more of them
	Version    wire.Version     // 0: 3.0
	TLS        *tls.Config      // nil: no TLS is asked for
	Password   string
	Token      string // the bearer token of OAUTHBEARER
	Nonce      string // the client's half of SCRAM's; "": random
}

// Login opens a session and answers what the server asks for, up to
// ReadyForQuery. Whatever keeps it from there is a failure.
func (p *Peer) Login(l Login) {
	if l.TLS != nil {
		p.Send(&wire.SSLRequest{})
		p.Expect(&wire.SSLResponse{Answer: 'S'})
		p.StartTLS(l.TLS)
	}
	p.Send(l.Startup())
	p.answerAuthentication(l)
	for !p.over() {
		switch m, ok := p.next("ReadyForQuery"); {
		case !ok:
		case m.Kind() == wire.KindReadyForQuery:
			p.conversation.match()
			return
		case m.Kind() == wire.KindErrorResponse:
			p.fail("ReadyForQuery", "the server reports an error", nil)
		}
	}
}

// Startup returns the StartupMessage.
func (l Login) Startup() *wire.StartupMessage {
	m := &wire.StartupMessage{Version: l.Version}
	if m.Version == 0 {
		m.Version = wire.Version30
	}
	user := l.User
	if user == "" {
		user = "postgres"
	}
	m.Parameters = append(m.Parameters, wire.Parameter{Name: "user", Value: user})
	if l.Database != "" {
		m.Parameters = append(m.Parameters, wire.Parameter{Name: "database", Value: l.Database})
	}
	m.Parameters = append(m.Parameters, l.Parameters...)
	return m
}

// CancelRequest returns the message that cancels, on another connection, what
// this session is running. It cannot be sent when the server gave no key.
func (p *Peer) CancelRequest() *wire.CancelRequest {
	return &wire.CancelRequest{ProcessID: p.key.ProcessID, Key: p.key.Key}
}

// answerAuthentication goes on to AuthenticationOk.
func (p *Peer) answerAuthentication(l Login) {
	var client *scram.Client
	for !p.over() {
		m, ok := p.next("AuthenticationOk, or a request that a Login can answer")
		if !ok {
			return
		}
		var err error
		switch m := m.(type) {
		case *wire.AuthenticationOk:
			p.conversation.match()
			return
		case *wire.NegotiateProtocolVersion, *wire.NoticeResponse:
		case *wire.AuthenticationCleartextPassword:
			p.Send(&wire.PasswordMessage{Password: l.Password})
		case *wire.AuthenticationMD5Password:
			user, _ := l.Startup().Get("user")
			p.Send(&wire.PasswordMessage{Password: scram.MD5Password(user, l.Password, m.Salt)})
		case *wire.AuthenticationSASL:
			client, err = p.beginSASL(l, m.Mechanisms)
		case *wire.AuthenticationSASLContinue:
			err = p.continueSCRAM(client, m.Data)
		case *wire.AuthenticationSASLFinal:
			err = client.Verify(m.Data)
		default:
			p.fail("AuthenticationOk, or a request that a Login can answer", describeMessage(m, wire.Backend)+" came", nil)
		}
		if err != nil {
			p.fail("authentication", "", err)
		}
		p.conversation.match()
	}
}

// beginSASL sends the first message of the mechanism that fits best.
func (p *Peer) beginSASL(l Login, offered []string) (*scram.Client, error) {
	if slices.Contains(offered, oauthBearer) && l.Token != "" {
		data := "n,,\x01auth=Bearer " + l.Token + "\x01\x01"
		p.Send(&wire.SASLInitialResponse{Mechanism: oauthBearer, Data: []byte(data)})
		return nil, nil
	}
	encrypted, inside := p.Conn().(*tls.Conn)
	flag, err := scram.Choose(offered, inside, scram.Prefer)
	if err != nil {
		return nil, err
	}
	c := scram.ClientConfig{Password: l.Password, Flag: flag, Nonce: l.Nonce}
	if flag == scram.Bound {
		if c.Binding, err = scram.EndPoint(encrypted.ConnectionState().PeerCertificates[0]); err != nil {
			return nil, err
		}
	}
	client, err := scram.NewClient(c)
	if err != nil {
		return nil, err
	}
	first, err := client.First()
	if err != nil {
		return nil, err
	}
	p.Send(&wire.SASLInitialResponse{Mechanism: client.Mechanism(), Data: first})
	return client, nil
}

func (p *Peer) continueSCRAM(client *scram.Client, challenge []byte) error {
	if client == nil { // OAUTHBEARER was refused: "\x01" acknowledges it
		p.Send(&wire.SASLResponse{Data: []byte{1}})
		return nil
	}
	final, err := client.Final(challenge, nil)
	if err != nil {
		return err
	}
	p.Send(&wire.SASLResponse{Data: final})
	return nil
}

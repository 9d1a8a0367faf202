package dial

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"

	"parley/internal/conninfo"
	"parley/wire"
)

// alpn is the protocol's name inside TLS, from PostgreSQL 17 on.
const alpn = "postgresql"

var errNoTLS = errors.New("the server does not speak TLS")

// encrypt begins TLS on a connection. Its errors are failures.
func encrypt(ctx context.Context, s *stream, c *conninfo.Config, base *tls.Config, h *conninfo.Host) (*tlsState, error) {
	if c.SSLNegotiation == conninfo.NegotiatePostgres {
		if err := requestTLS(s); err != nil {
			return nil, asFailure(StageTLS, ended(ctx, err))
		}
	}
	t, err := handshake(s, c, base, h)
	if err != nil {
		return nil, &failure{StageTLS, outcomeTLSFailed, ended(ctx, err)}
	}
	return t, nil
}

// requestTLS asks for TLS and takes the answer, which must come alone: what
// came along with it might later pass for the server's first words inside TLS
// (CVE-2021-23222).
func requestTLS(s *stream) error {
	if err := s.send(&wire.SSLRequest{}); err != nil {
		return err
	}
	for len(s.in.Unread()) == 0 {
		if n, err := s.in.Fill(s.conn); n == 0 && err != nil {
			return fmt.Errorf("%w without an answer to the request for TLS", errClosed)
		}
	}
	answer := s.in.Unread()
	switch {
	case answer[0] == 'E':
		// Its text could be anybody's (CVE-2024-10977).
		return errors.New("the server sent an error in place of an answer to the request for TLS; its own log has the reason")
	case answer[0] != 'S' && answer[0] != 'N':
		return fmt.Errorf("the server answered the request for TLS with byte 0x%02x, perhaps this is no PostgreSQL server", answer[0])
	case len(answer) > 1:
		return fmt.Errorf("the server sent %d bytes along with its answer to the request for TLS, and nobody vouches for them", len(answer)-1)
	case answer[0] == 'N':
		s.in.Discard()
		return &failure{StageTLS, outcomeNoTLS, errNoTLS}
	}
	s.in.Discard()
	return nil
}

// handshake does the handshake of TLS, certificates included. Whoever guards
// the connection also ends the handshake.
func handshake(s *stream, c *conninfo.Config, base *tls.Config, h *conninfo.Host) (*tlsState, error) {
	t := new(tlsState)
	config, err := newTLSConfig(c, base, h, t)
	if err != nil {
		return nil, err
	}
	log, err := logKeys(config, c.SSLKeyLogFile)
	if err != nil {
		return nil, err
	}
	defer log()
	conn := tls.Client(s.conn, config)
	if err := conn.Handshake(); err != nil {
		return nil, err
	}
	t.state = conn.ConnectionState()
	if c.SSLNegotiation == conninfo.NegotiateDirect && t.state.NegotiatedProtocol != alpn {
		return nil, fmt.Errorf("the server did not agree on the protocol %q inside TLS, which sslnegotiation=direct needs", alpn)
	}
	s.conn = conn
	return t, nil
}

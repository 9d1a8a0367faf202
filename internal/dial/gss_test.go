package dial

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"parley/wire"
)

// steps is an exchange that answers with these tokens and then is done.
type steps struct {
	tokens [][]byte
	closed *int
	err    error
}

func (s *steps) Begin(_ context.Context, r GSSRequest) (GSSExchange, error) {
	if r.Service != "postgres" || r.Host != "127.0.0.1" || r.Encrypted {
		return nil, errors.New("not what was asked for")
	}
	return s, nil
}

func (s *steps) Step(context.Context, []byte) ([]byte, bool, error) {
	if s.err != nil || len(s.tokens) == 0 {
		return nil, s.err == nil, s.err
	}
	t := s.tokens[0]
	s.tokens = s.tokens[1:]
	return t, len(s.tokens) == 0, nil
}

func (s *steps) Close() error { *s.closed++; return nil }

// TestGSS has an exchange end in all ways.
func TestGSS(t *testing.T) {
	proceed := encode(&wire.AuthenticationGSSContinue{Data: []byte("server")})
	failing := errors.New("no ticket")
	for name, c := range map[string]struct {
		begin   wire.Message
		answers int // AuthenticationGSSContinue after that
		steps   steps
		more    string
		want    string
	}{
		"one token":     {&wire.AuthenticationGSS{}, 0, steps{tokens: [][]byte{[]byte("a")}}, "", ""},
		"two tokens":    {&wire.AuthenticationGSS{}, 1, steps{tokens: [][]byte{[]byte("a"), []byte("b")}}, "require_auth=gss", ""},
		"sspi":          {&wire.AuthenticationSSPI{}, 0, steps{tokens: [][]byte{[]byte("a")}}, "require_auth=sspi", ""},
		"not mutual":    {&wire.AuthenticationGSS{}, 0, steps{tokens: [][]byte{[]byte("a"), []byte("b")}}, "", "did not complete"},
		"one too many":  {&wire.AuthenticationGSS{}, 1, steps{tokens: [][]byte{[]byte("a")}}, "", "is complete"},
		"failing":       {&wire.AuthenticationGSS{}, 0, steps{err: failing}, "", "gss exchange with postgres/127.0.0.1: no ticket"},
		"not allowed":   {&wire.AuthenticationGSS{}, 0, steps{}, "require_auth=sspi", "does not allow"},
		"not its equal": {&wire.AuthenticationSSPI{}, 0, steps{}, "require_auth=gss", "does not allow"},
	} {
		t.Run(name, func(t *testing.T) {
			dsn := listen(t, func(conn net.Conn) {
				takeUntyped(conn)
				_, _ = conn.Write(encode(c.begin))
				for range c.answers {
					takeTyped(conn)
					_, _ = conn.Write(proceed)
				}
				_, _ = conn.Write(msgTrust)
				hold(conn)
			})
			closed := 0
			c.steps.closed = &closed
			s, err := Connect(t.Context(), resolve(t, dsn+"sslmode=disable "+c.more), Settings{GSS: &c.steps})
			if err == nil {
				_ = s.Conn.Close()
			}
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if name != "not allowed" && name != "not its equal" && closed != 1 {
				t.Errorf("closed %d times", closed)
			}
		})
	}
}

package dial

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/pgtest"
)

// cutLogins are logins that TestCutAtEveryByte cuts.
var cutLogins = map[string]pgtest.Welcome{
	"trust":    {},
	"password": {Auth: pgtest.AuthCleartext, Password: rightPassword},
	"md5":      {Auth: pgtest.AuthMD5, Password: rightPassword},
	"scram":    {Auth: pgtest.AuthSCRAM, Password: rightPassword, Iterations: 1},
	"oauth":    {Auth: pgtest.AuthOAuth, Token: testToken},
}

// TestCutAtEveryByte ends each login after every number of bytes: by an end of
// the stream, a reset, or silence.
func TestCutAtEveryByte(t *testing.T) {
	for name, w := range cutLogins {
		for _, ending := range []string{"cut", "reset", "silence"} {
			t.Run(name+" "+ending, func(t *testing.T) {
				for at := int64(0); ; at++ {
					connected := false
					synctest.Test(t, func(t *testing.T) { connected = cutLogin(t, w, ending, at) })
					if connected && at < 60 {
						t.Errorf("a session after %d bytes", at)
					}
					if connected || t.Failed() {
						return
					}
				}
			})
		}
	}
}

// muted is a connection on which nothing arrives after so many bytes.
type muted struct {
	net.Conn
	left    int64
	silence net.Conn // has the same deadlines
}

func (m *muted) Read(p []byte) (int, error) {
	if m.left == 0 {
		return m.silence.Read(p)
	}
	n, err := m.Conn.Read(p[:min(int64(len(p)), m.left)])
	m.left -= int64(n)
	return n, err
}

func (m *muted) SetReadDeadline(at time.Time) error {
	return errors.Join(m.Conn.SetReadDeadline(at), m.silence.SetReadDeadline(at))
}

func (m *muted) SetDeadline(at time.Time) error {
	return errors.Join(m.Conn.SetDeadline(at), m.silence.SetDeadline(at))
}

func (m *muted) Close() error { return errors.Join(m.Conn.Close(), m.silence.Close()) }

// cutPipe is a connection to a server that is cut off after so many bytes.
func cutPipe(ending string, at int64) (client net.Conn, server *pgtest.PipeConn) {
	config := pgtest.PipeConfig{ToClient: pgtest.Faults{ShortReads: true}, Seed: uint64(at)}
	switch ending {
	case "cut":
		config.ToClient.Break, config.ToClient.At = pgtest.Cut, at
	case "reset":
		config.ToClient.Break, config.ToClient.At = pgtest.Reset, at
	default:
		near, far := pgtest.Pipe(config)
		silence, _ := pgtest.Pipe(pgtest.PipeConfig{})
		return &muted{Conn: near, left: at, silence: silence}, far
	}
	near, far := pgtest.Pipe(config)
	return near, far
}

// cutLogin logs in to a server that is cut off after so many bytes, and reports
// whether it got through. A server that falls silent may cost what
// connect_timeout says.
func cutLogin(t *testing.T, w pgtest.Welcome, ending string, at int64) (connected bool) {
	client, server := cutPipe(ending, at)
	done := make(chan error, 1)
	go func() {
		done <- pgtest.Converse(server, pgtest.PeerConfig{Lenient: true}, func(p *pgtest.Peer) {
			p.Accept(w)
			p.ExpectEnd()
		})
	}()
	dial := func(context.Context, string, string) (net.Conn, error) { return client, nil }
	dsn := "host=/x user=u connect_timeout=5 oauth_client_id=me oauth_issuer=https://issuer.test/.well-known/openid-configuration password=" + rightPassword
	began := time.Now()
	s, err := Connect(t.Context(), resolve(t, dsn), Settings{Dial: dial, Tokens: &staticToken{token: testToken}})
	took := time.Since(began)
	_ = client.Close()
	<-done
	switch {
	case err == nil:
		_ = s.Conn.Close()
		return true
	case ending == "silence" && (took != 5*time.Second || !strings.Contains(err.Error(), "connect_timeout")):
		t.Errorf("silent after %d bytes: %v, after %v", at, err, took)
	case ending == "cut" && !errors.Is(err, io.ErrUnexpectedEOF), ending != "silence" && took > time.Second:
		t.Errorf("%s after %d bytes: %v, after %v", ending, at, err, took)
	}
	noSecrets(t, err)
	return false
}

package parley

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/scram"
	"parley/pgtest"
	"parley/wire"
)

const (
	goodPassword = "correct-h0rse-ﬁsh"
	badPassword  = "wr0ng-battery-Üst"
	bearerToken  = "eyJh.bearer-t0ken~"
	secretValue  = "s3cret-value"
)

// tapped is a connection that keeps what the client sends.
type tapped struct {
	net.Conn
	tap *tap
}

type tap struct {
	mu   sync.Mutex // guards the following field
	sent []byte
}

func (c tapped) Write(p []byte) (int, error) {
	c.tap.mu.Lock()
	c.tap.sent = append(c.tap.sent, p...)
	c.tap.mu.Unlock()
	return c.Conn.Write(p)
}

func (s *tap) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, network, address)
	return tapped{c, s}, err
}

// credentials returns what the client sent to prove who it is: passwords and
// their digests, proofs, tokens.
func (s *tap) credentials() (found []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for rest := s.sent; ; {
		i := bytes.IndexByte(rest, 'p') // a PasswordMessage or one of SASL; any other p does no harm
		if i < 0 || len(rest) < i+5 {
			return found
		}
		rest = rest[i+1:]
		n := int(rest[0])<<24 | int(rest[1])<<16 | int(rest[2])<<8 | int(rest[3])
		if n < 8 || n > len(rest) {
			continue
		}
		for _, part := range bytes.FieldsFunc(rest[4:n], func(r rune) bool { return r == 0 || r == ',' || r == 1 }) {
			for _, prefix := range []string{"p=", "auth=Bearer "} {
				part = bytes.TrimPrefix(part, []byte(prefix))
			}
			if len(part) >= 16 && !bytes.HasPrefix(part, []byte("SCRAM-")) && !bytes.HasPrefix(part, []byte("r=")) {
				found = append(found, string(part))
			}
		}
	}
}

// everything is all that an error can be made to print, and what it wraps.
func everything(err error) string {
	if err == nil {
		return ""
	}
	fields, _ := json.Marshal(err)
	text := fmt.Sprintf("%v\n%+v\n%#v\n%q\n%s\n", err, err, err, err, fields)
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return text + everything(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			text += everything(one)
		}
	}
	return text
}

// recorder is a Trace with both kinds of logs behind it.
type recorder struct {
	text  bytes.Buffer
	trace Trace
}

func newRecorder() *recorder {
	r := &recorder{}
	text := SlogTrace(slog.New(slog.NewTextHandler(&r.text, &slog.HandlerOptions{Level: slog.LevelDebug})), slog.LevelDebug)
	fields := SlogTrace(slog.New(slog.NewJSONHandler(&r.text, nil)), slog.LevelInfo)
	r.trace = Trace{
		Connect: func(ctx context.Context) func(TraceConnected) {
			a, b := text.Connect(ctx), fields.Connect(ctx)
			return func(c TraceConnected) {
				a(c)
				b(c)
				fmt.Fprintf(&r.text, "%+v %#v", c, c)
				r.text.WriteString(everything(c.Err))
			}
		},
		Request: func(ctx context.Context, q TraceRequest) func(TraceReply) {
			a, b := text.Request(ctx, q), fields.Request(ctx, q)
			fmt.Fprintf(&r.text, "%+v %#v", q, q)
			return func(c TraceReply) {
				a(c)
				b(c)
				fmt.Fprintf(&r.text, "%+v %#v", c, c)
				r.text.WriteString(everything(c.Err))
			}
		},
	}
	return r
}

// serverCertificate makes files for a server with TLS.
func serverCertificate(t *testing.T) map[string][]byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"server.crt": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}),
		"server.key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})}
}

// rejecting is a server that takes credentials of a kind and refuses them, with
// words that hold nothing of them.
func rejecting(t *testing.T, ask wire.Message, after ...wire.Message) string {
	t.Helper()
	server, err := pgtest.Listen(pgtest.ServeConfig{Network: "tcp", Peer: pgtest.PeerConfig{Lenient: true}}, func(p *pgtest.Peer) {
		p.AcceptStartup(pgtest.Welcome{})
		p.Send(ask)
		for _, m := range after {
			p.Next()
			p.Send(m)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return server.DSN()
}

// No error, trace or log of any login that fails holds a password, a digest of
// it, a proof, a token, or a run-time setting's value.
func TestSecretsOfLogins(t *testing.T) {
	hba := []string{"local all postgres trust"}
	for _, method := range []string{"password", "md5", "scram-sha-256"} {
		hba = append(hba, fmt.Sprintf("host all u_%s 127.0.0.1/32 %s", strings.TrimSuffix(method, "-sha-256"), method))
	}
	server := pgtest.Start(t, pgtest.Config{TCP: true, HBA: hba, Files: serverCertificate(t), Settings: map[string]string{"ssl": "on"},
		Setup: []string{"SET password_encryption = 'md5'", "CREATE ROLE u_md5 LOGIN PASSWORD '" + goodPassword + "'",
			"SET password_encryption = 'scram-sha-256'", "CREATE ROLE u_scram LOGIN PASSWORD '" + goodPassword + "'",
			"CREATE ROLE u_password LOGIN PASSWORD '" + goodPassword + "'"}})
	at := fmt.Sprintf("host=127.0.0.1 port=%d dbname=%s ", server.Port(), server.Database())
	plain := at + "sslmode=disable "
	issuer := " oauth_client_id=me oauth_issuer=https://issuer.test/.well-known/openid-configuration"
	fault := &wire.AuthenticationSASLContinue{Data: []byte(`{"status":"invalid_token"}`)}
	for name, w := range map[string]struct {
		dsn  string
		sent bool // credentials can be seen on their way
	}{
		"password":           {plain + "user=u_password password=" + badPassword, true},
		"password, database": {plain + "user=u_password dbname=nowhere password=" + goodPassword, true},
		"md5":                {plain + "user=u_md5 password=" + badPassword, true},
		"md5, database":      {plain + "user=u_md5 dbname=nowhere password=" + goodPassword, true},
		"scram":              {plain + "user=u_scram password=" + badPassword, true},
		"scram, database":    {plain + "user=u_scram dbname=nowhere password=" + goodPassword, true},
		"scram plus":         {at + "sslmode=require channel_binding=require user=u_scram password=" + badPassword, false},
		"not allowed":        {plain + "user=u_password require_auth=scram-sha-256 password=" + goodPassword, false},
		"no such user":       {plain + "user=nobody password=" + goodPassword, false},
		"certificate":        {at + "sslmode=verify-full user=u_scram sslrootcert=/nowhere password=" + goodPassword, false},
		"asked again":        {rejecting(t, &wire.AuthenticationCleartextPassword{}, &wire.AuthenticationMD5Password{}) + " password=" + goodPassword, true},
		"hung up":            {rejecting(t, &wire.AuthenticationMD5Password{}, pgtest.Fatal("28P01", "no")) + " password=" + goodPassword, true},
		"broken scram": {rejecting(t, &wire.AuthenticationSASL{Mechanisms: []string{scram.SHA256}},
			&wire.AuthenticationSASLContinue{Data: []byte("r=x,s=c2FsdA==,i=1")}) + " password=" + goodPassword, false},
		"token":          {rejecting(t, &wire.AuthenticationSASL{Mechanisms: []string{"OAUTHBEARER"}}, fault, pgtest.Fatal("28000", "no")) + issuer, true},
		"token, hung up": {rejecting(t, &wire.AuthenticationSASL{Mechanisms: []string{"OAUTHBEARER"}}, pgtest.Fatal("28000", "no")) + issuer, true},
		"keys":           {plain + "user=u_scram password='' scram_client_key=" + strings.Repeat("A", 43) + "= scram_server_key=" + strings.Repeat("A", 43) + "=", true},
		"misspelt":       {"host=127.0.0.1 password=" + goodPassword + " pasword=" + badPassword, false},
	} {
		t.Run(name, func(t *testing.T) {
			r, s := newRecorder(), &tap{}
			c, err := ConnectConfig(t.Context(), Config{ConnString: w.dsn, Trace: &r.trace, Dial: s.dial, Tokens: tokens{},
				Params: map[string]string{"parley.test": secretValue}})
			if err == nil {
				_ = c.Close()
				t.Fatal("connected")
			}
			secrets := append(s.credentials(), goodPassword, badPassword, bearerToken, secretValue, strings.Repeat("A", 43))
			if len(secrets) == 5 && w.sent {
				t.Errorf("no credentials were seen on their way; the error is %v", err)
			}
			text := everything(err) + r.text.String()
			for _, secret := range secrets {
				if strings.Contains(text, secret) {
					t.Errorf("%q is in\n%s", secret, text)
				}
			}
		})
	}
	for _, secret := range []string{goodPassword, badPassword} {
		if strings.Contains(server.Log(), secret) {
			t.Errorf("%q is in the log of the server", secret)
		}
	}
}

// tokens provides a token.
type tokens struct{}

func (tokens) Token(context.Context, TokenRequest) (string, error) { return bearerToken, nil }

// The values of parameters are in no error of ours, no trace and no log, and
// neither are those of rows.
func TestSecretsOfStatements(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	r := newRecorder()
	c := connect(t, Config{ConnString: server.DSN(), Trace: &r.trace})
	ctx := t.Context()
	short, stop := context.WithTimeout(ctx, 20*time.Millisecond)
	defer stop()
	var number int
	scan := func(dest any) error {
		rows := c.Query(ctx, "select $1::text", secretValue)
		rows.Next()
		return errors.Join(rows.Scan(dest), rows.Close())
	}
	var b Batch
	b.Exec("select $1::text", secretValue)
	b.Exec("select 1/0, $1::text", secretValue)
	for name, f := range map[string]func() error{
		"fails": func() error { _, err := c.Exec(ctx, "select 1/length(left($1::text, 0))", secretValue); return err },
		"unsendable": func() error {
			_, err := c.Exec(ctx, "select $1, $2", secretValue, struct{ s string }{secretValue})
			return err
		},
		"too many":  func() error { _, err := c.Exec(ctx, "select $1::text", secretValue, secretValue); return err },
		"no text":   func() error { _, err := c.Exec(ctx, "select $1::text", secretValue+"\x00"); return err },
		"cancelled": func() error { _, err := c.Exec(short, "select pg_sleep(60), $1::text", secretValue); return err },
		"batch":     func() error { _, err := c.Run(ctx, &b); return err },
		"scan":      func() error { return scan(&number) },
		"scan odd":  func() error { return scan(make(chan int)) },
	} {
		err := f()
		if err == nil || strings.Contains(everything(err), secretValue) {
			t.Errorf("%s: the value is in the error, or there is none: %s", name, everything(err))
		}
	}
	_ = c.Close()
	if _, err := c.Exec(ctx, "select $1::text", secretValue); err == nil || strings.Contains(everything(err), secretValue) {
		t.Errorf("closed: %v", err)
	}
	if text := r.text.String(); strings.Contains(text, secretValue) || !strings.Contains(text, "22012") {
		t.Errorf("the value is in the trace, or nothing is:\n%s", text)
	}
}

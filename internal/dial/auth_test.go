package dial

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"parley/internal/conninfo"
	"parley/internal/scram"
	"parley/pgtest"
)

const rightPassword, wrongPassword = "s3cret-Ünd-ﬁne", "another-Pässword"

// authHBA lets users named after a method in by it.
func authHBA() []string {
	lines := []string{"local all postgres trust"}
	for user, method := range map[string]string{"trust": "trust", "password": "password", "md5": "md5", "scram": "scram-sha-256"} {
		lines = append(lines, "local all "+user+" "+method, "host all "+user+" 127.0.0.1/32 "+method)
	}
	return lines
}

// authServer has a user for each method, over a socket and over TCP with TLS.
func authServer(t *testing.T) tlsServer {
	t.Helper()
	root := newAuthority(t, "root", "", nil)
	c := pgtest.Config{HBA: authHBA(), Setup: []string{
		"SET password_encryption = 'md5'", "CREATE ROLE md5 LOGIN PASSWORD '" + rightPassword + "'",
		"SET password_encryption = 'scram-sha-256'", "CREATE ROLE scram LOGIN PASSWORD '" + rightPassword + "'",
		"CREATE ROLE password LOGIN PASSWORD '" + rightPassword + "'", "CREATE ROLE trust LOGIN",
	}}
	return startTLS(t, c, root.issue(t, "", dns(hostName)))
}

// retries is how many exchanges the handshake of TLS 1.3 takes in addition: one
// before PostgreSQL 18, which by default knows no curve but P-256, and Go
// guesses another (HelloRetryRequest).
func (s tlsServer) retries() int32 {
	if s.VersionNum() < 180000 {
		return 1
	}
	return 0
}

// as is a connection string for one of the users.
func (s tlsServer) as(user, more string) string {
	return fmt.Sprintf("host=%s hostaddr=127.0.0.1 port=%d user=%s dbname=%s password='%s' %s", hostName, s.Port(), user, s.Database(), rightPassword, more)
}

var authMethods = map[string]conninfo.AuthMethod{
	"trust": conninfo.AuthNone, "password": conninfo.AuthPassword, "md5": conninfo.AuthMD5, "scram": conninfo.AuthSCRAM,
}

// TestExchanges counts how many times a connection waits for the server, by
// method, with TLS and without. It is also where each method succeeds.
func TestExchanges(t *testing.T) {
	server := authServer(t)
	plain := map[string]int32{"trust": 1, "password": 2, "md5": 2, "scram": 3}
	for user, want := range plain {
		for mode, more := range map[string]int32{
			"sslmode=disable": 0,
			"sslmode=require": 2, // the request for TLS, and the handshake
			"sslmode=require ssl_max_protocol_version=TLSv1.2": 3,
			"sslmode=require sslnegotiation=direct":            1,
			"sslmode=require channel_binding=disable":          2,
			"sslmode=require channel_binding=require":          2, // SCRAM-SHA-256-PLUS
			"sslmode=allow":  0,
			"sslmode=prefer": 2,
		} {
			if strings.Contains(mode, "direct") && server.VersionNum() < 170000 || strings.HasSuffix(mode, "binding=require") && user != "scram" {
				continue
			}
			if more == 2 || more == 1 {
				more += server.retries()
			}
			c := new(counter)
			s, err := Connect(t.Context(), resolve(t, server.as(user, mode)), Settings{Dial: c.dial})
			if err != nil {
				t.Fatalf("%s, %s: %v", user, mode, err)
			}
			got := c.exchanges.Load()
			_ = s.Conn.Close()
			if got != want+more || c.conns.Load() != 1 {
				t.Errorf("%s, %s: %d exchanges on %d connections, want %d", user, mode, got, c.conns.Load(), want+more)
			}
			if s.Auth != authMethods[user] || s.Parameters["session_authorization"] != user {
				t.Errorf("%s: authenticated by %v as %q", user, s.Auth, s.Parameters["session_authorization"])
			}
		}
	}
}

// TestAuthenticationRules compares require_auth and channel_binding with
// libpq, for each method that a server can ask for.
func TestAuthenticationRules(t *testing.T) {
	t.Parallel()
	o := findOracle(t)
	server := authServer(t)
	home := t.TempDir()
	var options []string
	for _, ssl := range []string{"disable", "require"} {
		for _, binding := range []string{"disable", "prefer", "require"} {
			options = append(options, "sslmode="+ssl+" channel_binding="+binding)
		}
	}
	if o.modern() {
		for _, require := range []string{"none", "password", "md5", "scram-sha-256", "gss", "sspi", "oauth", "none,md5", "password,scram-sha-256",
			"!none", "!password", "!md5", "!scram-sha-256", "!gss", "!none,!password", "!password,!md5,!scram-sha-256"} {
			options = append(options, "sslmode=disable require_auth="+require)
		}
		options = append(options, "sslmode=require channel_binding=require require_auth=scram-sha-256", "sslmode=require channel_binding=require require_auth=none")
	}
	for user := range authMethods {
		t.Run(user, func(t *testing.T) {
			seen := make(map[string]int)
			for _, option := range options {
				seen[o.same(t, server.as(user, option), home)]++
			}
			seen[o.same(t, server.as(user, "sslmode=prefer password="+wrongPassword), home)]++
			seen[o.same(t, server.as(user, "sslmode=allow password="+wrongPassword), home)]++
			seen[o.same(t, server.as(user, "password=''"), home)]++
			if seen["fails"] == 0 || seen["plain"] == 0 {
				t.Errorf("the cases are one-sided: %v", seen)
			}
		})
	}
}

// TestScramKeys logs in with keys in place of a password.
func TestScramKeys(t *testing.T) {
	server := authServer(t)
	salted, err := scram.NewSaltedPassword(rightPassword, []byte("0123456789abcdef"), 4096, nil)
	if err != nil {
		t.Fatal(err)
	}
	admin, err := connect(t, server.DSN(), isolated(t), Settings{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = admin.Conn.Close() }()
	run(t, admin, "ALTER ROLE scram PASSWORD '"+salted.Secret().Encode()+"'")
	keys := salted.Keys()
	both := " scram_client_key=" + keys.Client.Base64() + " scram_server_key=" + keys.Server.Base64()
	other := " scram_server_key=" + base64.StdEncoding.EncodeToString(make([]byte, 32))
	for _, c := range []struct {
		more string
		ok   bool
	}{
		{"password=''" + both, true},
		{"password=wrong" + both, true}, // the keys come first
		{"scram_client_key=" + keys.Client.Base64(), true},
		{"password='' scram_client_key=" + keys.Client.Base64(), false},
		{"password='' scram_client_key=" + keys.Client.Base64() + other, false},
	} {
		for _, ssl := range []string{"disable", "require channel_binding=require"} {
			s, err := connect(t, server.as("scram", "sslmode="+ssl+" "+c.more), isolated(t), Settings{})
			if (err == nil) != c.ok {
				t.Errorf("%d bytes of options: %v", len(c.more), err)
			}
			if err == nil {
				_ = s.Conn.Close()
			}
		}
	}
}

// run runs a statement that returns nothing of interest.
func run(t *testing.T, s *Session, sql string) {
	t.Helper()
	l := &login{stream: &stream{conn: s.Conn, raw: s.Conn, in: s.Buffer}, version: s.Version}
	_, err := l.ask(s, sql)
	if f := asFailure(StageSession, err); err != nil && !strings.Contains(f.err.Error(), "returned 0 rows") {
		t.Fatal(err)
	}
}

// TestLoginFailures: the errors say what is known, and no more.
func TestLoginFailures(t *testing.T) {
	server := authServer(t)
	passfile := write(t, map[string][]byte{"pass": []byte("*:*:*:*:" + wrongPassword + "\n")}) + "/pass"
	for name, c := range map[string]struct {
		dsn   string
		stage Stage
		state string
		want  []string
	}{
		"wrong":            {server.as("scram", "sslmode=disable password="+wrongPassword), StageAuth, "28P01", []string{"password authentication failed"}},
		"wrong md5":        {server.as("md5", "sslmode=disable password="+wrongPassword), StageAuth, "28P01", nil},
		"from a file":      {server.as("scram", "sslmode=disable password='' passfile="+passfile), StageAuth, "28P01", []string{passfile, "line 1"}},
		"none":             {server.as("scram", "sslmode=disable password=''"), StageAuth, "", []string{"PGPASSWORD"}},
		"no such user":     {server.as("somebody", "sslmode=disable"), StageStartup, "28000", []string{"pg_hba.conf", "no encryption"}},
		"no such database": {server.as("trust", "sslmode=disable dbname=nowhere"), StageSession, "3D000", []string{`"nowhere"`}},
		"bad setting":      {server.as("trust", "sslmode=disable options='-c nonsense=1'"), StageSession, "42704", nil},
	} {
		_, err := connect(t, c.dsn, isolated(t), Settings{})
		e, ok := errors.AsType[*Error](err)
		if !ok || len(e.Attempts) != 1 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if a := e.Attempts[0]; a.Stage != c.stage || state(a) != c.state {
			t.Errorf("%s: stage %v, state %q: %v", name, a.Stage, state(a), err)
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q is not in %v", name, want, err)
			}
		}
		noSecrets(t, err)
	}
	_, err := connect(t, server.as("scram", "password=''"), isolated(t), Settings{})
	if !errors.Is(err, ErrNoPassword) {
		t.Errorf("got %v", err)
	}
}

// TestPasswordFunction: it is asked when the server asks, and only then, and what
// it says counts.
func TestPasswordFunction(t *testing.T) {
	server := authServer(t)
	passfile := write(t, map[string][]byte{"pass": []byte("*:*:*:*:" + wrongPassword + "\n")}) + "/pass"
	why := errors.New("the vault is sealed")
	for _, c := range []struct {
		user, more, answer string
		err                error
		calls              int
		state              string
		want               string // in the error, "" for none
	}{
		{user: "trust", answer: rightPassword},
		{user: "password", answer: rightPassword, calls: 1},
		{user: "md5", answer: rightPassword, calls: 1},
		{user: "scram", answer: rightPassword, calls: 1},
		{user: "scram", more: "sslmode=require channel_binding=require", answer: rightPassword, calls: 1},
		{user: "scram", answer: wrongPassword, calls: 1, state: "28P01", want: "password authentication failed"},
		{user: "md5", answer: "", calls: 1, want: ErrNoPassword.Error()},
		{user: "scram", answer: "", calls: 1, want: ErrNoPassword.Error()},
		{user: "password", answer: rightPassword, err: why, calls: 1, want: why.Error()},
		{user: "scram", answer: "a\x00b", calls: 1, state: "28P01", want: "password authentication failed"},
	} {
		calls := 0
		set := Settings{Password: func(ctx context.Context, r PasswordRequest) (string, error) {
			calls++
			if want := (PasswordRequest{hostName, uint16(server.Port()), c.user, server.Database()}); r != want {
				t.Errorf("asked for %+v, want %+v", r, want)
			}
			return c.answer, c.err
		}}
		s, err := connect(t, server.as(c.user, "sslmode=disable password='' passfile="+passfile+" "+c.more), isolated(t), set)
		if calls != c.calls || (err == nil) != (c.want == "") {
			t.Errorf("%s: called %d times: %v", c.user, calls, err)
		}
		if err == nil {
			_ = s.Conn.Close()
			continue
		}
		if e, ok := errors.AsType[*Error](err); !ok || state(e.Attempts[0]) != c.state || !strings.Contains(err.Error(), c.want) ||
			strings.Contains(err.Error(), passfile) || c.err != nil && !errors.Is(err, c.err) {
			t.Errorf("%s: %v", c.user, err)
		}
		noSecrets(t, err)
	}
}

// TestPasswordFunctionEnds: it has as long as connect_timeout allows.
func TestPasswordFunctionEnds(t *testing.T) {
	server := authServer(t)
	_, err := connect(t, server.as("scram", "sslmode=disable connect_timeout=1"), isolated(t), Settings{
		Password: func(ctx context.Context, _ PasswordRequest) (string, error) {
			<-ctx.Done()
			return "", ctx.Err()
		}})
	if !errors.Is(err, os.ErrDeadlineExceeded) || !strings.Contains(err.Error(), "connect_timeout") {
		t.Errorf("got %v", err)
	}
}

// noSecrets looks for secrets of this package's tests in everything an error
// can print.
func noSecrets(t *testing.T, err error) {
	t.Helper()
	for _, text := range []string{fmt.Sprintf("%v", err), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err)} {
		for _, secret := range []string{rightPassword, wrongPassword, keyPhrase, testToken} {
			if strings.Contains(text, secret) {
				t.Errorf("%q is in %s", secret, text)
			}
		}
	}
	if e, ok := errors.AsType[*Error](err); ok {
		for _, a := range e.Attempts {
			if text := fmt.Sprintf("%+v %#v", a, a); strings.Contains(text, rightPassword) || strings.Contains(text, wrongPassword) {
				t.Errorf("a password is in %s", text)
			}
		}
	}
}

const testToken = "eyJh.bearer-t0ken_0f.tests~"

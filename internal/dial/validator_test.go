package dial

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"parley/internal/conninfo"
	"parley/pgtest"
)

// validator compiles testdata/validator.c for PostgreSQL 18, to a file that the
// server can read.
func validator(t *testing.T) string {
	t.Helper()
	headers, err := pgtest.Headers(t.Context(), 18, nil)
	cc := ""
	if err == nil {
		cc, err = exec.LookPath("cc")
	}
	if err != nil {
		if os.Getenv("PARLEY_CI") == "" {
			t.Skip(err)
		}
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("/tmp", "validator")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	library := filepath.Join(dir, "validator.so")
	cmd := exec.CommandContext(t.Context(), cc, "-shared", "-fPIC", "-O1", "-I"+headers, "-DTOKEN="+strconv.Quote(testToken),
		"-o", library, filepath.Join("testdata", "validator.c"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return library
}

// validating is a PostgreSQL 18 whose users log in with bearer tokens.
func validating(t *testing.T, i *issuer) *pgtest.Server {
	t.Helper()
	library := validator(t)
	oauth := fmt.Sprintf(`oauth issuer="%s" scope="openid postgres"`, i.URL)
	return pgtest.Start(t, pgtest.Config{Version: 18, TCP: true,
		Settings: map[string]string{"oauth_validator_libraries": library},
		Setup:    []string{"CREATE ROLE bearer LOGIN", "CREATE ROLE somebody LOGIN"},
		HBA:      []string{"local all postgres trust", "host all all 127.0.0.1/32 " + oauth}})
}

// TestValidator logs in to a real server with a token, from a provider and from
// the device flow. Where the tokens come from is asked of the server or known.
func TestValidator(t *testing.T) {
	i := newIssuer(t)
	server := validating(t, i)
	prompted := 0
	prompt := func(context.Context, DevicePrompt) error { prompted++; return nil }
	for name, c := range map[string]struct {
		more             string
		provider         TokenProvider
		conns, exchanges int32
	}{
		"issuer":      {"oauth_issuer=" + i.URL, &staticToken{token: testToken}, 2, 5},
		"discovery":   {"oauth_issuer=" + i.discovery(), &staticToken{token: testToken}, 1, 2},
		"device flow": {"oauth_issuer=" + i.URL + " oauth_ca_file=" + i.caFile(t), &DeviceFlow{Prompt: prompt}, 2, 5},
	} {
		count := new(counter)
		dsn := fmt.Sprintf("%s user=bearer sslmode=disable require_auth=oauth oauth_client_id=me %s", overTCP(server), c.more)
		s, err := Connect(t.Context(), resolve(t, dsn), Settings{Dial: count.dial, Tokens: c.provider})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if s.Auth != conninfo.AuthOAuth || s.Parameters["session_authorization"] != "bearer" {
			t.Errorf("%s: authenticated by %v as %q", name, s.Auth, s.Parameters["session_authorization"])
		}
		if got := count.conns.Load(); got != c.conns || count.exchanges.Load() != c.exchanges {
			t.Errorf("%s: %d connections, %d exchanges, want %d and %d", name, got, count.exchanges.Load(), c.conns, c.exchanges)
		}
		_ = s.Conn.Close()
		if p, ok := c.provider.(*staticToken); ok && (len(p.asked) != 1 || c.conns == 2 && p.asked[0].Scope != "openid postgres") {
			t.Errorf("%s: asked for %+v", name, p.asked)
		}
	}
	if prompted != 1 {
		t.Errorf("the device flow asked %d times", prompted)
	}
}

// TestValidatorRefuses tokens that are not good, and good ones of somebody else,
// without a word of them in error or log.
func TestValidatorRefuses(t *testing.T) {
	i := newIssuer(t)
	server := validating(t, i)
	const badToken = "eyJi.another_t0ken~"
	for name, c := range map[string]struct{ user, issuer, token, want string }{
		"refused":          {"bearer", i.discovery(), badToken, "does not accept"},
		"refused, asked":   {"bearer", i.URL, badToken, "does not accept"},
		"of somebody else": {"somebody", i.discovery(), testToken, "OAuth bearer authentication failed"},
	} {
		dsn := fmt.Sprintf("%s user=%s sslmode=disable oauth_client_id=me oauth_issuer=%s", overTCP(server), c.user, c.issuer)
		_, err := Connect(t.Context(), resolve(t, dsn), Settings{Tokens: &staticToken{token: c.token}})
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Attempts[len(e.Attempts)-1].Stage != StageAuth || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
			continue
		}
		if got := state(e.Attempts[len(e.Attempts)-1]); got != "28000" {
			t.Errorf("%s: state %q", name, got)
		}
		noSecrets(t, err)
		if strings.Contains(fmt.Sprintf("%+v %#v", err, e), badToken) || strings.Contains(server.Log(), badToken) {
			t.Errorf("%s: the token is in the error or in the log", name)
		}
	}
}

// overTCP is a connection string without a user.
func overTCP(s *pgtest.Server) string {
	return fmt.Sprintf("host=127.0.0.1 port=%d dbname=%s", s.Port(), s.Database())
}

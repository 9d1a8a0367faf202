package dial

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/pgtest"
	"parley/wire"
)

// issuer is an authorization server: HTTPS on this machine. Its answers can be
// replaced by path.
type issuer struct {
	*httptest.Server
	mu       sync.Mutex // guards the following fields
	replaced map[string]func(http.ResponseWriter)
	forms    []string
	pending  int // how many times "authorization_pending" comes first
	slow     int // and "slow_down" after that
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{replaced: make(map[string]func(http.ResponseWriter))}
	i.Server = httptest.NewTLSServer(i)
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) caFile(t *testing.T) string {
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.Certificate().Raw})
	return filepath.Join(write(t, map[string][]byte{"ca.crt": text}), "ca.crt")
}

func (i *issuer) discovery() string { return i.URL + "/.well-known/openid-configuration" }

func answer(w http.ResponseWriter, status int, fields map[string]any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(fields)
}

// ServeHTTP answers as an issuer does.
func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	_ = r.ParseForm()
	user, password, _ := r.BasicAuth()
	i.forms = append(i.forms, fmt.Sprintf("%s %s %s %s:%s", r.Method, r.URL.Path, r.PostForm.Encode(), user, password))
	if f := i.replaced[r.URL.Path]; f != nil {
		f(w)
		return
	}
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		answer(w, 200, map[string]any{"issuer": i.URL, "token_endpoint": i.URL + "/token", "device_authorization_endpoint": i.URL + "/device"})
	case "/device":
		answer(w, 200, map[string]any{"device_code": "device-code", "user_code": "ABCD", "verification_uri": i.URL + "/go", "expires_in": "600", "interval": 1})
	case "/token":
		switch {
		case i.pending > 0:
			i.pending--
			answer(w, 400, map[string]any{"error": "authorization_pending"})
		case i.slow > 0:
			i.slow--
			answer(w, 400, map[string]any{"error": "slow_down"})
		default:
			answer(w, 200, map[string]any{"access_token": testToken, "token_type": "Bearer", "extra": []any{1, map[string]any{}}})
		}
	default:
		http.NotFound(w, r)
	}
}

// bearerServer is a database server that wants a token.
func bearerServer(t *testing.T, i *issuer) *pgtest.Scripted {
	t.Helper()
	server, err := pgtest.Listen(pgtest.ServeConfig{Network: "tcp", Peer: pgtest.PeerConfig{Lenient: true}}, func(p *pgtest.Peer) {
		p.AcceptStartup(pgtest.Welcome{})
		p.Send(&wire.AuthenticationSASL{Mechanisms: []string{mechOAuth}})
		m := pgtest.Receive[wire.SASLInitialResponse](p)
		if strings.Contains(string(m.Data), "Bearer "+testToken+kvsep) {
			p.Send(&wire.AuthenticationOk{})
			p.Greet(pgtest.Welcome{})
			p.ExpectEnd()
			return
		}
		text, _ := json.Marshal(map[string]string{"status": "invalid_token", "scope": "openid postgres", "openid-configuration": i.discovery()})
		p.Send(&wire.AuthenticationSASLContinue{Data: text})
		if got := pgtest.Receive[wire.SASLResponse](p); p.OK() && string(got.Data) != kvsep {
			t.Errorf("the answer to an error is %q", got.Data)
		}
		p.Send(pgtest.Fatal("28000", "no bearer token"))
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() }) // that clients hang up is no failure here
	return server
}

// staticToken is a provider that has a token.
type staticToken struct {
	mu    sync.Mutex // guards the following fields
	token string
	err   error
	asked []TokenRequest
}

func (s *staticToken) Token(_ context.Context, r TokenRequest) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r)
	return s.token, s.err
}

// TestBearer counts connections and exchanges: two connections when the server
// has to say where its tokens come from, one when the user did.
func TestBearer(t *testing.T) {
	i := newIssuer(t)
	server := bearerServer(t, i)
	for name, c := range map[string]struct {
		more             string
		conns, exchanges int32
	}{
		"issuer":    {"oauth_issuer=" + i.URL, 2, 5},
		"discovery": {"oauth_issuer=" + i.discovery(), 1, 2},
	} {
		provider := &staticToken{token: testToken}
		count := new(counter)
		set := Settings{Dial: count.dial, Tokens: provider}
		s, err := Connect(t.Context(), resolve(t, server.DSN()+" sslmode=disable oauth_client_id=me "+c.more), set)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := count.conns.Load(); got != c.conns || count.exchanges.Load() != c.exchanges || len(s.Attempts) != 0 {
			t.Errorf("%s: %d connections, %d exchanges, attempts %v", name, got, count.exchanges.Load(), s.Attempts)
		}
		_ = s.Conn.Close()
		r := provider.asked[0]
		if len(provider.asked) != 1 || r.Issuer != i.URL || r.Discovery != i.discovery() || r.ClientID != "me" || (r.Scope == "") != (c.conns == 1) {
			t.Errorf("%s: asked for %+v", name, provider.asked)
		}
	}
}

// TestBearerFailures ends in clear errors without the token in them.
func TestBearerFailures(t *testing.T) {
	i, elsewhere := newIssuer(t), newIssuer(t)
	server := bearerServer(t, i)
	failing := errors.New("the vault is closed")
	for name, c := range map[string]struct {
		more     string
		provider TokenProvider
		want     string
	}{
		"no issuer":        {"oauth_client_id=me", &staticToken{token: testToken}, "oauth_issuer and oauth_client_id"},
		"no client":        {"oauth_issuer=" + i.URL, &staticToken{token: testToken}, "oauth_issuer and oauth_client_id"},
		"no provider":      {"oauth_client_id=me oauth_issuer=" + i.URL, nil, "no provider"},
		"failing":          {"oauth_client_id=me oauth_issuer=" + i.URL, &staticToken{err: failing}, failing.Error()},
		"wrong token":      {"oauth_client_id=me oauth_issuer=" + i.URL, &staticToken{token: "wrong"}, "does not accept"},
		"no token":         {"oauth_client_id=me oauth_issuer=" + i.URL, &staticToken{token: "a\x01host=x"}, "no bearer token"},
		"another issuer":   {"oauth_client_id=me oauth_issuer=" + elsewhere.URL, &staticToken{token: testToken}, "oauth_issuer is"},
		"another document": {"oauth_client_id=me oauth_issuer=" + i.URL + "/.well-known/oauth-authorization-server", &staticToken{token: "wrong"}, "names the discovery document"},
		"not well-known":   {"oauth_client_id=me oauth_issuer=" + i.URL + "/.well-known/other", &staticToken{token: testToken}, "unknown name"},
		"require_auth":     {"require_auth=scram-sha-256 oauth_client_id=me oauth_issuer=" + i.URL, &staticToken{token: testToken}, "does not allow"},
		"channel binding":  {"channel_binding=require oauth_client_id=me oauth_issuer=" + i.URL, &staticToken{token: testToken}, "channel_binding=require"},
	} {
		_, err := Connect(t.Context(), resolve(t, server.DSN()+" sslmode=disable "+c.more), Settings{Tokens: c.provider})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
			continue
		}
		noSecrets(t, err)
	}
}

// TestBearerRules has the server break the rules of RFC 7628.
func TestBearerRules(t *testing.T) {
	const issuerURL = "https://issuer.test"
	fault := func(fields string) []byte { return encode(&wire.AuthenticationSASLContinue{Data: []byte(fields)}) }
	document := `"openid-configuration":"` + issuerURL + `/.well-known/openid-configuration"`
	for name, c := range map[string]struct {
		send  []byte
		known bool // the discovery document is in the connection string
		want  string
	}{
		"ok without a token":   {msgTrust, false, "did not complete"},
		"final":                {encode(&wire.AuthenticationSASLFinal{Data: []byte("x")}), true, "OAUTHBEARER does not have"},
		"ok after an error":    {cat(fault(`{"status":"invalid_token"}`), msgTrust), true, "did not complete"},
		"two errors":           {cat(fault(`{"status":"invalid_token"}`), fault(`{"status":"invalid_token"}`)), true, "after its error"},
		"not json":             {fault(`nonsense`), false, "malformed JSON"},
		"not an object":        {fault(`[]`), false, "not a JSON object"},
		"not utf-8":            {fault("{\"status\":\"\xff\"}"), false, "not UTF-8"},
		"twice the same":       {fault(`{"status":"invalid_token","status":"x"}`), false, "twice"},
		"deep":                 {fault(`{"status":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `}`), false, "deeper"},
		"no string":            {fault(`{"status":1}`), false, "not a string"},
		"no status":            {fault(`{` + document + `}`), false, "no status"},
		"another status":       {fault(`{"status":"insufficient_scope"}`), false, "insufficient_scope"},
		"no document":          {fault(`{"status":"invalid_token"}`), false, "does not say where"},
		"insecure document":    {fault(`{"status":"invalid_token","openid-configuration":"http://issuer.test/.well-known/openid-configuration"}`), false, "https"},
		"document of somebody": {fault(`{"status":"invalid_token","openid-configuration":"https://evil.test/.well-known/openid-configuration"}`), false, "evil.test"},
		"asks again":           {cat(fault(`{"status":"invalid_token",`+document+`}`), encode(pgtest.Fatal("28000", "x"))), false, "does not accept"},
	} {
		t.Run(name, func(t *testing.T) {
			dsn := listen(t, func(conn net.Conn) {
				takeUntyped(conn)
				_, _ = conn.Write(cat(encode(&wire.AuthenticationSASL{Mechanisms: []string{mechOAuth}}), c.send))
				hold(conn)
			})
			address := issuerURL
			if c.known {
				address += "/.well-known/openid-configuration"
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			_, err := Connect(ctx, resolve(t, dsn+"sslmode=disable oauth_client_id=me oauth_issuer="+address), Settings{Tokens: &staticToken{token: testToken}})
			if err == nil || ctx.Err() != nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			noSecrets(t, err)
		})
	}
}

// TestDeviceFlow obtains a token from a local issuer and logs in with it.
func TestDeviceFlow(t *testing.T) {
	i := newIssuer(t)
	i.pending = 2
	server := bearerServer(t, i)
	var prompts []DevicePrompt
	flow := &DeviceFlow{Prompt: func(_ context.Context, p DevicePrompt) error { prompts = append(prompts, p); return nil }}
	dsn := fmt.Sprintf("%s sslmode=disable connect_timeout=2 oauth_client_id='my id' oauth_client_secret='%s' oauth_issuer=%s oauth_ca_file=%s",
		server.DSN(), rightPassword, i.URL, i.caFile(t))
	s, err := Connect(t.Context(), resolve(t, dsn), Settings{Tokens: flow})
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Conn.Close()
	if len(prompts) != 1 || prompts[0] != (DevicePrompt{i.URL + "/go", "ABCD", "", 10 * time.Minute}) {
		t.Errorf("prompts %+v", prompts)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if text := strings.Join(i.forms, "\n"); len(i.forms) != 5 || !strings.Contains(text, "scope=openid+postgres") || strings.Contains(text, "client_id") || !strings.Contains(text, "my+id:") {
		t.Errorf("requests:\n%s", text)
	}
}

// TestDeviceFlowFailures replaces one answer of the issuer at a time.
func TestDeviceFlowFailures(t *testing.T) {
	say := func(status int, fields map[string]any) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { answer(w, status, fields) }
	}
	for name, c := range map[string]struct {
		path  string
		reply func(http.ResponseWriter)
		want  string
	}{
		"another issuer":    {"/.well-known/openid-configuration", say(200, map[string]any{"issuer": "https://x", "token_endpoint": "https://x", "device_authorization_endpoint": "https://x"}), "oauth_issuer is"},
		"no device flow":    {"/.well-known/openid-configuration", say(200, map[string]any{"issuer": "ISSUER", "token_endpoint": "https://x"}), "no device authorization"},
		"insecure endpoint": {"/.well-known/openid-configuration", say(200, map[string]any{"issuer": "ISSUER", "token_endpoint": "http://x", "device_authorization_endpoint": "https://x"}), "https"},
		"not found":         {"/.well-known/openid-configuration", say(404, map[string]any{}), "404"},
		"html":              {"/.well-known/openid-configuration", func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>")) }, "not JSON"},
		"redirect":          {"/.well-known/openid-configuration", func(w http.ResponseWriter) { w.Header().Set("Location", "/x"); w.WriteHeader(302) }, "302"},
		"endless": {"/.well-known/openid-configuration", func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"x":"` + strings.Repeat("x", maxIssuerBytes) + `"}`))
		}, "longer than"},
		"deep": {"/device", func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(strings.Repeat("[", 100) + strings.Repeat("]", 100)))
		}, "deeper"},
		"refused":         {"/device", say(401, map[string]any{"error": "invalid_client", "error_description": "who\nare you"}), "invalid_client: who are you"},
		"refused, silent": {"/device", say(500, map[string]any{}), "500"},
		"field missing":   {"/device", say(200, map[string]any{"device_code": "x"}), "missing"},
		"bad interval":    {"/device", say(200, map[string]any{"device_code": "x", "user_code": "y", "verification_url": "z", "interval": "soon"}), "seconds"},
		"denied":          {"/token", say(400, map[string]any{"error": "access_denied"}), "access_denied"},
		"expired":         {"/device", say(200, map[string]any{"device_code": "x", "user_code": "y", "verification_uri": "z", "expires_in": 1, "interval": 5}), "expired"},
		"not bearer":      {"/token", say(200, map[string]any{"access_token": testToken, "token_type": "mac"}), "no bearer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newIssuer(t)
			i.replaced[c.path] = func(w http.ResponseWriter) {
				if strings.HasPrefix(name, "no device") || strings.HasPrefix(name, "insecure") {
					fields := map[string]any{"issuer": i.URL, "token_endpoint": "https://x"}
					if name == "insecure endpoint" {
						fields["token_endpoint"], fields["device_authorization_endpoint"] = "http://x", "https://x"
					}
					answer(w, 200, fields)
					return
				}
				c.reply(w)
			}
			flow := &DeviceFlow{Prompt: func(context.Context, DevicePrompt) error { return nil }, Transport: i.Client().Transport}
			_, err := flow.Token(t.Context(), TokenRequest{Issuer: i.URL, Discovery: i.discovery(), ClientID: "me", ClientSecret: rightPassword})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			noSecrets(t, err)
		})
	}
	if _, err := new(DeviceFlow).Token(t.Context(), TokenRequest{}); err == nil {
		t.Error("a flow without prompt")
	}
	i := newIssuer(t)
	for _, file := range []string{"/nowhere", filepath.Join(write(t, map[string][]byte{"x": nil}), "x")} {
		if _, err := (&DeviceFlow{Prompt: func(context.Context, DevicePrompt) error { return nil }}).Token(t.Context(), TokenRequest{CAFile: file, Issuer: i.URL, Discovery: i.discovery()}); err == nil {
			t.Errorf("%s was accepted", file)
		}
	}
}

// TestDeviceFlowEnds with its context while it waits.
func TestDeviceFlowEnds(t *testing.T) {
	i := newIssuer(t)
	cause := errors.New("never mind")
	ctx, cancel := context.WithCancelCause(t.Context())
	flow := &DeviceFlow{Prompt: func(context.Context, DevicePrompt) error { cancel(cause); return nil }, Transport: i.Client().Transport}
	if _, err := flow.Token(ctx, TokenRequest{Issuer: i.URL, Discovery: i.discovery(), ClientID: "me"}); !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
}

package scram

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/cryptotest"
)

// TestClientTranscript fixes every byte that a client sends, for each flag.
func TestClientTranscript(t *testing.T) {
	for _, tt := range []struct {
		flag       Flag
		transcript []string
	}{
		{Unbound, []string{
			"n,,n=,r=NONCE",
			"r=NONCEserver,s=c2l4dGVlbiBieXRlcyAhIQ==,i=2",
			"c=biws,r=NONCEserver,p=PROOF",
		}},
		{NotOffered, []string{
			"y,,n=,r=NONCE",
			"r=NONCEserver,s=c2l4dGVlbiBieXRlcyAhIQ==,i=2",
			"c=eSws,r=NONCEserver,p=PROOF",
		}},
		{Bound, []string{
			"p=tls-server-end-point,,n=,r=NONCE",
			"r=NONCEserver,s=c2l4dGVlbiBieXRlcyAhIQ==,i=2",
			"c=cD10bHMtc2VydmVyLWVuZC1wb2ludCwsaGFzaA==,r=NONCEserver,p=PROOF",
		}},
	} {
		client := mustClient(t, ClientConfig{Password: "pencil", Flag: tt.flag, Binding: []byte("hash"), Nonce: "NONCE"})
		config := ServerConfig{Secret: mustSecret(t, "pencil"), Mechanism: client.Mechanism(), Nonce: "server"}
		if tt.flag == Bound {
			config.Binding = []byte("hash")
		}
		got, err := converse(t, client, mustServer(t, config))
		if err != nil || len(got) != 4 {
			t.Fatalf("flag %c: after %q: %v", tt.flag, got, err)
		}
		got[2] = got[2][:strings.Index(got[2], ",p=")] + ",p=PROOF"
		for i, want := range tt.transcript {
			if got[i] != want {
				t.Errorf("flag %c: message %d:\ngot  %s\nwant %s", tt.flag, i+1, got[i], want)
			}
		}
		if client.Bound() != (tt.flag == Bound) {
			t.Errorf("flag %c: bound %v", tt.flag, client.Bound())
		}
	}
}

// TestRandomTranscript fixes a whole exchange by fixing the randomness of the
// process: nonces, salt and all that follows from them.
func TestRandomTranscript(t *testing.T) {
	run := func() string {
		cryptotest.SetGlobalRandom(t, 7677)
		secret, err := NewSecret("pencil", nil, 0, nil)
		if err != nil {
			t.Fatal(err)
		}
		transcript, err := converse(t, mustClient(t, ClientConfig{Password: "pencil"}), mustServer(t, ServerConfig{Secret: secret}))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(transcript, "\n")
	}
	got := run()
	if again := run(); got != again {
		t.Errorf("two runs differ:\n%s\n%s", got, again)
	}
	if want := randomTranscript; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

const randomTranscript = `n,,n=,r=4mvBjdYtriTsUp5SO3M+8h1/
r=4mvBjdYtriTsUp5SO3M+8h1/n+NYQNT3MRKezFF+ufOm1OX5,s=dmU437RQxhje2R+T0jEACQ==,i=4096
c=biws,r=4mvBjdYtriTsUp5SO3M+8h1/n+NYQNT3MRKezFF+ufOm1OX5,p=5ZTIA7ylNq5tEoCnniZtAjn8kaqI0wN9DcY5rFQhp+I=
v=le6RaiPYpP2Jpe77bvcV/qf4DE4KdG5uJPE6yIHzsH4=`

func TestNonceIsFresh(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		nonce := newNonce()
		if seen[nonce] || len(nonce) != 24 || !printable(nonce) {
			t.Fatalf("nonce %q", nonce)
		}
		seen[nonce] = true
	}
}

func TestNewClientRefuses(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config ClientConfig
		reason Reason
	}{
		{"nothing", ClientConfig{}, NoCredentials},
		{"client key only", ClientConfig{ClientKey: new(Key)}, NoCredentials},
		{"server key only", ClientConfig{ServerKey: new(Key)}, NoCredentials},
		{"bound to nothing", ClientConfig{Password: "x", Flag: Bound}, BindingUnavailable},
		{"unknown flag", ClientConfig{Password: "x", Flag: 'q'}, BadFlag},
		{"comma in nonce", ClientConfig{Password: "x", Nonce: "a,b"}, BadNonce},
	} {
		_, err := NewClient(tt.config)
		if err == nil || reasonOf(t, err) != tt.reason {
			t.Errorf("%s: error %v, want reason %q", tt.name, err, tt.reason)
		}
	}
}

// TestClientFinalRefuses has the refusals that need the client's state; those
// of the grammar are in TestParseServerFirst.
func TestClientFinalRefuses(t *testing.T) {
	for _, tt := range []struct {
		message string
		max     int
		attr    byte
		reason  Reason
	}{
		{"r=abc,s=AAAA,i=1", 0, 'r', NonceMismatch},
		{"r=ab,s=AAAA,i=1", 0, 'r', NonceMismatch},
		{"r=xabc1,s=AAAA,i=1", 0, 'r', NonceMismatch},
		{"r=ABC1,s=AAAA,i=1", 0, 'r', NonceMismatch},
		{"r=abc1,s=AAAA,i=100001", 0, 'i', TooManyIterations},
		{"r=abc1,s=AAAA,i=2147483647", 0, 'i', TooManyIterations},
		{"r=abc1,s=AAAA,i=11", 10, 'i', TooManyIterations},
		{"r=abc1,s=,i=1", 0, 's', Empty},
	} {
		client := mustClient(t, ClientConfig{Password: "x", Nonce: "abc", MaxIterations: tt.max})
		if _, err := client.First(); err != nil {
			t.Fatal(err)
		}
		_, err := client.Final([]byte(tt.message), nil)
		if e, ok := errors.AsType[*Error](err); !ok || e.Attr != tt.attr || e.Reason != tt.reason {
			t.Errorf("%q: error %v, want attribute %c, reason %q", tt.message, err, tt.attr, tt.reason)
		}
		if err := client.Verify([]byte("v=" + key32)); err == nil || reasonOf(t, err) != OutOfOrder {
			t.Errorf("%q: the exchange goes on: %v", tt.message, err)
		}
	}
}

func TestIterationLimit(t *testing.T) {
	for _, tt := range []struct {
		max, iterations int
		accepted        bool
	}{{0, 1, true}, {10, 10, true}, {10, 11, false}, {-1, 100_001, true}} {
		client := mustClient(t, ClientConfig{Password: "x", Nonce: "abc", MaxIterations: tt.max})
		client.First()
		_, err := client.Final([]byte(ServerFirst{Nonce: "abcd", Salt: []byte("s"), Iterations: tt.iterations}.Text()), nil)
		if (err == nil) != tt.accepted {
			t.Errorf("limit %d, %d iterations: %v", tt.max, tt.iterations, err)
		}
	}
	client := mustClient(t, ClientConfig{Password: "x", Nonce: "abc"})
	client.First()
	_, err := client.Final([]byte("r=abcd,s=AAAA,i=200000"), nil)
	want := "scram: server-first-message: attribute i at byte 14: iteration count is over the limit (200000 > 100000)"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestClientVerifyRefuses(t *testing.T) {
	for message, check := range map[string]func(error) bool{
		"v=" + key32:      func(err error) bool { return reasonOf(t, err) == SignatureMismatch },
		"v=AAAA":          func(err error) bool { return reasonOf(t, err) == BadKeyLength },
		"x=1":             func(err error) bool { return reasonOf(t, err) == Unexpected },
		"":                func(err error) bool { return reasonOf(t, err) == Empty },
		"e=invalid-proof": func(err error) bool { return err.Error() == `scram: server refused: "invalid-proof"` },
	} {
		client := mustClient(t, ClientConfig{Password: "x", Nonce: "abc"})
		client.First()
		if _, err := client.Final([]byte("r=abcd,s=AAAA,i=1"), nil); err != nil {
			t.Fatal(err)
		}
		if err := client.Verify([]byte(message)); err == nil || !check(err) {
			t.Errorf("%q: error %v", message, err)
		}
		if _, ok := client.Salted(); ok || client.Verified() || client.Bound() {
			t.Errorf("%q: the client takes the exchange for verified", message)
		}
	}
}

func TestClientOrder(t *testing.T) {
	first := func(c *Client) error { _, err := c.First(); return err }
	final := func(c *Client) error { _, err := c.Final([]byte("r=abcd,s=AAAA,i=1"), nil); return err }
	verify := func(c *Client) error { return c.Verify([]byte("v=" + key32)) }
	for _, tt := range []struct {
		name  string
		calls []func(*Client) error
	}{
		{"final first", []func(*Client) error{final}},
		{"verify first", []func(*Client) error{verify}},
		{"first twice", []func(*Client) error{first, first}},
		{"verify after first", []func(*Client) error{first, verify}},
		{"final twice", []func(*Client) error{first, final, final}},
		{"first after final", []func(*Client) error{first, final, first}},
	} {
		client := mustClient(t, ClientConfig{Password: "x", Nonce: "abc"})
		for i, call := range tt.calls {
			err := call(client)
			if last := i == len(tt.calls)-1; last != (err != nil) || last && reasonOf(t, err) != OutOfOrder {
				t.Errorf("%s: call %d: error %v", tt.name, i, err)
			}
		}
	}
}

func TestClientIsInterrupted(t *testing.T) {
	client := mustClient(t, ClientConfig{Password: "x", Nonce: "abc"})
	client.First()
	stop := errors.New("stop")
	_, err := client.Final([]byte("r=abcd,s=AAAA,i=100000"), func() error { return stop })
	if !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}

// TestKeptSaltedPassword counts derivations by the calls of check.
func TestKeptSaltedPassword(t *testing.T) {
	secret := mustSecret(t, "pencil")
	connect := func(config ClientConfig, secret Secret) (SaltedPassword, int) {
		t.Helper()
		client, server := mustClient(t, config), mustServer(t, ServerConfig{Secret: secret})
		calls := 0
		one, _ := client.First()
		two, _ := server.First(one)
		three, err := client.Final(two, func() error { calls++; return nil })
		if err != nil {
			t.Fatal(err)
		}
		four, err := server.Final(three)
		if err != nil {
			t.Fatal(err)
		}
		if err := client.Verify(four); err != nil {
			t.Fatal(err)
		}
		salted, ok := client.Salted()
		if !ok || !salted.Fits(secret.Salt, secret.Iterations) {
			t.Fatal("nothing to keep")
		}
		return salted, calls
	}
	salted, calls := connect(ClientConfig{Password: "pencil"}, secret)
	if calls == 0 {
		t.Error("the first connection derived nothing")
	}
	if _, calls = connect(ClientConfig{Password: "pencil", Salted: salted}, secret); calls != 0 {
		t.Error("the second connection derived again")
	}
	if _, calls = connect(ClientConfig{Salted: salted}, secret); calls != 0 {
		t.Error("the salted password does not do without the password")
	}
	changed, err := NewSecret("pencil", []byte("another salt"), 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, calls = connect(ClientConfig{Password: "pencil", Salted: salted}, changed); calls == 0 {
		t.Error("a salted password was used that does not fit")
	}

	client := mustClient(t, ClientConfig{Salted: salted})
	if _, err = converse(t, client, mustServer(t, ServerConfig{Secret: changed})); err == nil || reasonOf(t, err) != NoCredentials {
		t.Errorf("no password, and no fitting salted password: %v", err)
	}
}

// TestKeys logs in with scram_client_key and scram_server_key.
func TestKeys(t *testing.T) {
	salted, err := NewSaltedPassword("pencil", []byte("salt"), 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	keys := salted.Keys()
	wrong := Key{1}
	for _, tt := range []struct {
		name   string
		config ClientConfig
		reason Reason
	}{
		{"both", ClientConfig{ClientKey: &keys.Client, ServerKey: &keys.Server}, ""},
		{"client key and password", ClientConfig{ClientKey: &keys.Client, Password: "pencil"}, ""},
		{"server key and password", ClientConfig{ServerKey: &keys.Server, Password: "pencil"}, ""},
		{"keys before password", ClientConfig{ClientKey: &keys.Client, ServerKey: &keys.Server, Password: "wrong"}, ""},
		{"wrong client key", ClientConfig{ClientKey: &wrong, ServerKey: &keys.Server}, InvalidProof},
		{"wrong server key", ClientConfig{ClientKey: &keys.Client, ServerKey: &wrong}, SignatureMismatch},
		{"exchanged", ClientConfig{ClientKey: &keys.Server, ServerKey: &keys.Client}, InvalidProof},
	} {
		client := mustClient(t, tt.config)
		_, err := converse(t, client, mustServer(t, ServerConfig{Secret: salted.Secret()}))
		if tt.reason == "" && err != nil || tt.reason != "" && reasonOf(t, err) != tt.reason {
			t.Errorf("%s: error %v, want reason %q", tt.name, err, tt.reason)
		}
		if _, ok := client.Salted(); ok != (tt.reason == "" && tt.name != "both" && tt.name != "keys before password") {
			t.Errorf("%s: Salted reports %v", tt.name, ok)
		}
	}
}

// FuzzClient feeds both server messages to a client: whatever they are, it
// neither panics nor believes them.
func FuzzClient(f *testing.F) {
	f.Add([]byte("r=abcd,s=AAAA,i=1"), []byte("v="+key32))
	f.Add([]byte("r=abcd,s=AAAA,i=1,x=y"), []byte("e=other-error"))
	f.Fuzz(func(t *testing.T, first, last []byte) {
		client := mustClient(t, ClientConfig{Password: "pencil", Nonce: "abc", MaxIterations: 10})
		client.First()
		final, err := client.Final(bytes.Clone(first), nil)
		if (err == nil) != (final != nil) {
			t.Fatalf("message %q with error %v", final, err)
		}
		if err == nil {
			if _, err := ParseClientFinal(final); err != nil {
				t.Fatalf("%q is not well formed: %v", final, err)
			}
		}
		if client.Verify(last) == nil || client.Verified() {
			t.Fatal("believed a server that does not know the password")
		}
	})
}

package scram

import (
	"strings"
	"testing"
)

func TestWrongPassword(t *testing.T) {
	client, server := mustClient(t, ClientConfig{Password: "pencil"}), mustServer(t, ServerConfig{Secret: mustSecret(t, "pen")})
	one, _ := client.First()
	two, _ := server.First(one)
	three, _ := client.Final(two, nil)
	four, err := server.Final(three)
	if err == nil || reasonOf(t, err) != InvalidProof || string(four) != "e=invalid-proof" {
		t.Fatalf("got %q, %v", four, err)
	}
	if err := client.Verify(four); err == nil || err.Error() != `scram: server refused: "invalid-proof"` {
		t.Errorf("client says %v", err)
	}
	if _, ok := server.Keys(); ok || server.Verified() {
		t.Error("the server takes the exchange for verified")
	}
}

// TestDoomed: a user who does not exist looks like one with another password,
// and does not get in with the right one either.
func TestDoomed(t *testing.T) {
	for _, config := range []ServerConfig{
		{Secret: MockSecret("nobody", []byte("seed"))},
		{Secret: MockSecret("nobody", []byte("seed")), Doomed: true},
		{Secret: mustSecret(t, "pencil"), Doomed: true},
	} {
		transcript, err := converse(t, mustClient(t, ClientConfig{Password: "pencil"}), mustServer(t, config))
		if err == nil || reasonOf(t, err) != InvalidProof || len(transcript) != 3 {
			t.Errorf("after %q: %v", transcript, err)
		}
	}
}

func TestNewServerRefuses(t *testing.T) {
	good := mustSecret(t, "pencil")
	for _, tt := range []struct {
		name   string
		config ServerConfig
		reason Reason
	}{
		{"no secret", ServerConfig{Mechanism: SHA256}, BadIterations},
		{"no salt", ServerConfig{Mechanism: SHA256, Secret: Secret{Iterations: 1}}, NoCredentials},
		{"no mechanism", ServerConfig{Secret: good}, UnsupportedMechanism},
		{"SHA-1", ServerConfig{Secret: good, Mechanism: "SCRAM-SHA-1"}, UnsupportedMechanism},
		{"plus without TLS", ServerConfig{Secret: good, Mechanism: SHA256Plus}, BindingUnavailable},
		{"bad nonce", ServerConfig{Secret: good, Mechanism: SHA256, Nonce: "a b"}, BadNonce},
	} {
		if _, err := NewServer(tt.config); err == nil || reasonOf(t, err) != tt.reason {
			t.Errorf("%s: error %v, want reason %q", tt.name, err, tt.reason)
		}
	}
}

// TestServerFlag has what RFC 5802 section 6 says of each flag.
func TestServerFlag(t *testing.T) {
	secret := mustSecret(t, "pencil")
	for _, tt := range []struct {
		mechanism string
		binding   string
		message   string
		reason    Reason
	}{
		{SHA256, "", "n,,n=,r=abc", ""},
		{SHA256, "", "y,,n=,r=abc", ""},
		{SHA256, "hash", "n,,n=,r=abc", ""},
		{SHA256, "hash", "y,,n=,r=abc", BindingRemoved},
		{SHA256, "hash", "p=tls-server-end-point,,n=,r=abc", FlagMismatch},
		{SHA256Plus, "hash", "p=tls-server-end-point,,n=,r=abc", ""},
		{SHA256Plus, "hash", "n,,n=,r=abc", FlagMismatch},
		{SHA256Plus, "hash", "y,,n=,r=abc", FlagMismatch},
		{SHA256Plus, "hash", "p=tls-unique,,n=,r=abc", BindingType},
	} {
		server := mustServer(t, ServerConfig{Secret: secret, Mechanism: tt.mechanism, Binding: []byte(tt.binding)})
		_, err := server.First([]byte(tt.message))
		if tt.reason == "" && err != nil || tt.reason != "" && reasonOf(t, err) != tt.reason {
			t.Errorf("%s, binding %q, %s: error %v, want reason %q", tt.mechanism, tt.binding, tt.message, err, tt.reason)
		}
	}
}

func TestServerFinalRefuses(t *testing.T) {
	for message, want := range map[string]struct {
		reason Reason
		answer string
	}{
		"c=eSws,r=abcdef,p=" + key32:     {BindingMismatch, "e=channel-bindings-dont-match"},
		"c=biwsAAAA,r=abcdef,p=" + key32: {BindingMismatch, "e=channel-bindings-dont-match"},
		"c=biws,r=abcde,p=" + key32:      {NonceMismatch, "e=other-error"},
		"c=biws,r=abcdefg,p=" + key32:    {NonceMismatch, "e=other-error"},
		"c=biws,r=abcdef,p=" + key32:     {InvalidProof, "e=invalid-proof"},
		"c=biws,r=abcdef,p=AAA":          {BadBase64, "e=invalid-encoding"},
		"c=biws,r=abcdef,m=1,p=" + key32: {MandatoryExtension, "e=extensions-not-supported"},
		"":                               {Empty, "e=other-error"},
	} {
		server := mustServer(t, ServerConfig{Secret: mustSecret(t, "pencil"), Nonce: "def"})
		if _, err := server.First([]byte("n,,n=,r=abc")); err != nil {
			t.Fatal(err)
		}
		answer, err := server.Final([]byte(message))
		if err == nil || reasonOf(t, err) != want.reason || string(answer) != want.answer {
			t.Errorf("%q: got %q, %v, want %q, reason %q", message, answer, err, want.answer, want.reason)
		}
		if _, err := server.Final([]byte(message)); err == nil || reasonOf(t, err) != OutOfOrder {
			t.Errorf("%q: the exchange goes on: %v", message, err)
		}
	}
}

func TestServerOrder(t *testing.T) {
	server := mustServer(t, ServerConfig{Secret: mustSecret(t, "pencil")})
	if _, err := server.Final([]byte("c=biws,r=abc,p=" + key32)); err == nil || reasonOf(t, err) != OutOfOrder {
		t.Errorf("Final before First: %v", err)
	}
	server = mustServer(t, ServerConfig{Secret: mustSecret(t, "pencil")})
	server.First([]byte("n,,n=,r=abc"))
	if _, err := server.First([]byte("n,,n=,r=abc")); err == nil || reasonOf(t, err) != OutOfOrder {
		t.Errorf("First twice: %v", err)
	}
}

// TestBindingProtects is why channel binding exists: a client that talks to an
// impostor with another certificate is found out by the server.
func TestBindingProtects(t *testing.T) {
	client := mustClient(t, ClientConfig{Password: "pencil", Flag: Bound, Binding: []byte("impostor's")})
	server := mustServer(t, ServerConfig{Secret: mustSecret(t, "pencil"), Mechanism: SHA256Plus, Binding: []byte("server's")})
	if _, err := converse(t, client, server); err == nil || reasonOf(t, err) != BindingMismatch {
		t.Errorf("got %v", err)
	}
}

// TestServerKeys logs in elsewhere with what a server learned, as a proxy does.
func TestServerKeys(t *testing.T) {
	secret := mustSecret(t, "pencil")
	server := mustServer(t, ServerConfig{Secret: secret})
	if _, err := converse(t, mustClient(t, ClientConfig{Password: "pencil"}), server); err != nil {
		t.Fatal(err)
	}
	keys, ok := server.Keys()
	if !ok {
		t.Fatal("no keys")
	}
	client := mustClient(t, ClientConfig{ClientKey: &keys.Client, ServerKey: &keys.Server})
	if _, err := converse(t, client, mustServer(t, ServerConfig{Secret: secret})); err != nil {
		t.Error(err)
	}
}

// TestExtensionsAreSigned: optional extensions are ignored, and yet part of
// what both sides sign.
func TestExtensionsAreSigned(t *testing.T) {
	server := mustServer(t, ServerConfig{Secret: mustSecret(t, "pencil"), Nonce: "def"})
	if _, err := server.First([]byte("n,,n=,r=abc,x=1")); err != nil {
		t.Fatal(err)
	}
	server.Final([]byte("c=biws,r=abcdef,y=2,p=" + key32))
	if got := server.Trace().AuthMessage; !strings.HasPrefix(got, "n=,r=abc,x=1,r=abcdef,") || !strings.HasSuffix(got, ",c=biws,r=abcdef,y=2") {
		t.Errorf("auth message %q", got)
	}
}

// FuzzExchange lets both sides talk to each other with any password, salt and
// nonces: they agree exactly when the passwords are the same to PostgreSQL.
func FuzzExchange(f *testing.F) {
	f.Add("pencil", "pencil", []byte("salt"), uint8(1), "abc", "def", uint8('n'))
	f.Add("a\u00a0b", "a b", []byte("salt"), uint8(3), "", "", uint8('p'))
	f.Add("x", "y", []byte{0}, uint8(0), "a=b", "/", uint8('y'))
	f.Fuzz(func(t *testing.T, ours, theirs string, salt []byte, iterations uint8, nonce, reply string, flag uint8) {
		config := ClientConfig{Password: ours, Nonce: nonce, Flag: []Flag{Unbound, NotOffered, Bound}[flag%3], Binding: []byte("hash")}
		if len(salt) == 0 || len(salt) > 500 || len(nonce)+len(reply) > 500 {
			return
		}
		client, err := NewClient(config)
		if err != nil {
			return
		}
		secret, err := NewSecret(theirs, salt, int(iterations)+1, nil)
		if err != nil {
			t.Fatal(err)
		}
		serverConfig := ServerConfig{Secret: secret, Mechanism: client.Mechanism(), Nonce: reply}
		if config.Flag == Bound {
			serverConfig.Binding = config.Binding
		}
		server, err := NewServer(serverConfig)
		if err != nil {
			return
		}
		_, err = converse(t, client, server)
		if same := macKey(Prepare(ours)) == macKey(Prepare(theirs)); same != (err == nil) {
			t.Fatalf("passwords %+q and %+q: %v", ours, theirs, err)
		}
	})
}

// macKey undoes what HMAC does to keys: zeros at the end of a short key do not
// count.
func macKey(password string) string {
	if len(password) > 64 {
		return password
	}
	return strings.TrimRight(password, "\x00")
}

func FuzzServer(f *testing.F) {
	f.Add([]byte("n,,n=,r=abc"), []byte("c=biws,r=abcdef,p="+key32))
	secret, err := NewSecret("pencil", []byte("salt"), 2, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, first, final []byte) {
		server := mustServer(t, ServerConfig{Secret: secret, Nonce: "def"})
		if message, err := server.First(first); err == nil {
			if _, err := ParseServerFirst(message); err != nil && reasonOf(t, err) != TooLong {
				t.Fatalf("%q is not well formed: %v", message, err)
			}
		}
		if message, err := server.Final(final); err == nil || server.Verified() || !strings.HasPrefix(string(message), "e=") {
			t.Fatalf("believed a client that does not know the password, answered %q", message)
		}
	})
}

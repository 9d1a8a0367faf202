package scram

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"testing"
)

// TestRFC7677 replays the example of RFC 7677 section 3. Its user name is not empty, so
// the exchange is put together from the parts of a client.
func TestRFC7677(t *testing.T) {
	const (
		bare         = "n=user,r=rOprNGfwEbeRWgbNEkqO"
		first        = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
		withoutProof = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
		final        = withoutProof + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
		last         = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
	)
	client := mustClient(t, ClientConfig{Password: "pencil", Nonce: "rOprNGfwEbeRWgbNEkqO"})
	if _, err := client.First(); err != nil {
		t.Fatal(err)
	}
	client.first.Bare = bare
	if got, err := client.Final([]byte(first), nil); err != nil || string(got) != final {
		t.Fatalf("got  %s, %v\nwant %s", got, err, final)
	}
	if err := client.Verify([]byte(last)); err != nil {
		t.Fatal(err)
	}

	trace := client.Trace()
	for _, tt := range []struct {
		name string
		got  []byte
		want string
	}{
		{"salt", trace.Salt, "W22ZaJ0SNY7soEsUEjb6gQ=="},
		{"proof", trace.ClientProof, "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="},
		{"server signature", trace.ServerSignature, "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="},
		{"stored key", trace.StoredKey, "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY="},
		{"server key", trace.ServerKey, "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="},
	} {
		if got := base64.StdEncoding.EncodeToString(tt.got); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
	if want := "c4a49510323ab4f952cac1fa99441939e78ea74d6be81ddf7096e87513dc615d"; hex.EncodeToString(trace.SaltedPassword) != want {
		t.Errorf("salted password: got %x, want %s", trace.SaltedPassword, want)
	}
	if want := bare + "," + first + "," + withoutProof; trace.AuthMessage != want {
		t.Errorf("auth message: got %s, want %s", trace.AuthMessage, want)
	}

	server := mustServer(t, ServerConfig{
		Secret: client.salted.Secret(), Nonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
	})
	if got, err := server.First([]byte("n,," + bare)); err != nil || string(got) != first {
		t.Fatalf("got %s, %v, want %s", got, err, first)
	}
	if got, err := server.Final([]byte(final)); err != nil || string(got) != last {
		t.Fatalf("got %s, %v, want %s", got, err, last)
	}
	if server.User() != "user" {
		t.Errorf("user %q", server.User())
	}
}

func TestTraceOfBothSides(t *testing.T) {
	client := mustClient(t, ClientConfig{Password: "pencil"})
	server := mustServer(t, ServerConfig{Secret: mustSecret(t, "pencil")})
	if !isEmpty(client.Trace()) || !isEmpty(server.Trace()) {
		t.Error("a trace exists before the exchange")
	}
	if _, err := converse(t, client, server); err != nil {
		t.Fatal(err)
	}
	c, s := client.Trace(), server.Trace()
	if c.SaltedPassword == nil || s.SaltedPassword != nil {
		t.Error("the client knows the salted password, the server does not")
	}
	if c.AuthMessage != s.AuthMessage || c.Iterations != s.Iterations {
		t.Errorf("client %q, %d; server %q, %d", c.AuthMessage, c.Iterations, s.AuthMessage, s.Iterations)
	}
	for i, parts := range [][2][]byte{
		{c.Salt, s.Salt},
		{c.ClientKey, s.ClientKey},
		{c.StoredKey, s.StoredKey},
		{c.ServerKey, s.ServerKey},
		{c.ClientSignature, s.ClientSignature},
		{c.ClientProof, s.ClientProof},
		{c.ServerSignature, s.ServerSignature},
	} {
		if parts[0] == nil || !bytes.Equal(parts[0], parts[1]) {
			t.Errorf("value %d: client %x, server %x", i, parts[0], parts[1])
		}
	}
}

func isEmpty(t Trace) bool {
	return t.AuthMessage == "" && t.StoredKey == nil && t.ServerKey == nil && t.Salt == nil
}

package scram

import (
	"errors"
	"strings"
	"testing"
)

// Made by PostgreSQL 15 for the password "pencil".
const storedPencil = "SCRAM-SHA-256$4096:SJrY1vBnrBrhDPIAvxEmDQ==$Yjk0kOIl0is1YoZj/XASPi47hmontgeCbAM+ljlf1mQ=:4iQt1+UTaEeCUHzEbpWDECWfHSG+talAbXn3IqYjqv0="

func TestSecretOfPostgreSQL(t *testing.T) {
	secret, err := ParseSecret(storedPencil)
	if err != nil {
		t.Fatal(err)
	}
	if got := secret.Encode(); got != storedPencil {
		t.Errorf("got  %s\nwant %s", got, storedPencil)
	}
	again, err := NewSecret("pencil", secret.Salt, secret.Iterations, nil)
	if err != nil || again.Encode() != storedPencil {
		t.Errorf("got %s, %v\nwant %s", again.Encode(), err, storedPencil)
	}
	if _, err := converse(t, mustClient(t, ClientConfig{Password: "pencil"}), mustServer(t, ServerConfig{Secret: secret})); err != nil {
		t.Error(err)
	}
}

func TestNewSecretDefaults(t *testing.T) {
	one, err1 := NewSecret("pencil", nil, 0, nil)
	two, err2 := NewSecret("pencil", nil, 0, nil)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if one.Iterations != 4096 || len(one.Salt) != 16 || one.Encode() == two.Encode() {
		t.Errorf("got %d iterations and %d bytes of salt", one.Iterations, len(one.Salt))
	}
}

func TestSecretMatches(t *testing.T) {
	secret := mustSecret(t, "pencil")
	for password, want := range map[string]bool{"pencil": true, "Pencil": false, "": false} {
		if got, err := secret.Matches(password, nil); got != want || err != nil {
			t.Errorf("%q: got %v, %v", password, got, err)
		}
	}
	stop := errors.New("stop")
	if _, err := secret.Matches("pencil", func() error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	if _, err := NewSecret("pencil", nil, 0, func() error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}

func TestParseSecretRefuses(t *testing.T) {
	for text, want := range map[string]Reason{
		"":                                    UnsupportedMechanism,
		"md553f48b7c4b76a86ce72276c5755f217d": UnsupportedMechanism,
		"scram-sha-256$1:AAAA$" + key32 + ":" + key32: UnsupportedMechanism,
		"SCRAM-SHA-256":                                             Missing,
		"SCRAM-SHA-256$":                                            Missing,
		"SCRAM-SHA-256$1:AAAA":                                      Missing,
		"SCRAM-SHA-256$1$" + key32 + ":" + key32:                    Missing,
		"SCRAM-SHA-256$1:AAAA$" + key32:                             Missing,
		"SCRAM-SHA-256$0:AAAA$" + key32 + ":" + key32:               BadIterations,
		"SCRAM-SHA-256$:AAAA$" + key32 + ":" + key32:                BadIterations,
		"SCRAM-SHA-256$x:AAAA$" + key32 + ":" + key32:               BadIterations,
		"SCRAM-SHA-256$1:$" + key32 + ":" + key32:                   BadBase64,
		"SCRAM-SHA-256$1:A$" + key32 + ":" + key32:                  BadBase64,
		"SCRAM-SHA-256$1:AAAA$AAAA:" + key32:                        BadKeyLength,
		"SCRAM-SHA-256$1:AAAA$" + key32 + ":*":                      BadBase64,
		"SCRAM-SHA-256$1:AAAA$" + key32 + ":" + key32 + ":" + key32: BadBase64,
		strings.Repeat("SCRAM-SHA-256$", 500):                       TooLong,
	} {
		if _, err := ParseSecret(text); err == nil || reasonOf(t, err) != want {
			t.Errorf("%.60q: error %v, want reason %q", text, err, want)
		}
	}
}

func TestMockSecret(t *testing.T) {
	one, two := MockSecret("alice", []byte("seed")), MockSecret("alice", []byte("seed"))
	if one.Encode() != two.Encode() {
		t.Error("the salt of one user changes")
	}
	for _, other := range []Secret{MockSecret("bob", []byte("seed")), MockSecret("alice", []byte("Seed"))} {
		if string(other.Salt) == string(one.Salt) {
			t.Error("two salts are the same")
		}
	}
	if one.Iterations != DefaultIterations || len(one.Salt) != SaltSize {
		t.Errorf("%d iterations, %d bytes of salt: not what a new secret has", one.Iterations, len(one.Salt))
	}
	if ok, _ := one.Matches("", nil); ok {
		t.Error("a password matches")
	}
}

func FuzzParseSecret(f *testing.F) {
	f.Add(storedPencil)
	f.Add("SCRAM-SHA-256$1:AAAA$" + key32 + ":" + key32)
	f.Add("SCRAM-SHA-256$")
	f.Fuzz(func(t *testing.T, text string) {
		secret, err := ParseSecret(text)
		if err != nil {
			reasonOf(t, err)
			return
		}
		if got := secret.Encode(); got != text {
			t.Fatalf("%q was written as %q", text, got)
		}
	})
}

func FuzzParseKey(f *testing.F) {
	f.Add(key32)
	f.Fuzz(func(t *testing.T, text string) {
		if key, err := ParseKey(text); err == nil && key.Base64() != text {
			t.Fatalf("%q was written as %q", text, key.Base64())
		}
	})
}

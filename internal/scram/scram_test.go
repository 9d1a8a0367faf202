package scram

import (
	"errors"
	"testing"
)

// converse is the harness of this package: it carries the four messages from
// one side to the other and returns them, up to the first error.
func converse(t *testing.T, client *Client, server *Server) (transcript []string, err error) {
	t.Helper()
	say := func(message []byte, sayErr error) []byte {
		if err == nil && sayErr == nil {
			transcript = append(transcript, string(message))
		}
		err = errors.Join(err, sayErr)
		return message
	}
	one := say(client.First())
	if err != nil {
		return transcript, err
	}
	two := say(server.First(one))
	if err != nil {
		return transcript, err
	}
	three := say(client.Final(two, nil))
	if err != nil {
		return transcript, err
	}
	four := say(server.Final(three))
	if err != nil {
		return transcript, err
	}
	return transcript, client.Verify(four)
}

// reasonOf returns the reason of an Error, or fails.
func reasonOf(t *testing.T, err error) Reason {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("got error %v of type %T, want an *Error", err, err)
	}
	return e.Reason
}

func mustClient(t *testing.T, config ClientConfig) *Client {
	t.Helper()
	client, err := NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func mustServer(t *testing.T, config ServerConfig) *Server {
	t.Helper()
	if config.Mechanism == "" {
		config.Mechanism = SHA256
	}
	server, err := NewServer(config)
	if err != nil {
		t.Fatal(err)
	}
	return server
}

func mustSecret(t *testing.T, password string) Secret {
	t.Helper()
	secret, err := NewSecret(password, []byte("sixteen bytes !!"), 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func TestConverse(t *testing.T) {
	client := mustClient(t, ClientConfig{Password: "pencil"})
	server := mustServer(t, ServerConfig{Secret: mustSecret(t, "pencil")})
	transcript, err := converse(t, client, server)
	if err != nil {
		t.Fatalf("after %q: %v", transcript, err)
	}
	if len(transcript) != 4 || !client.Verified() || !server.Verified() || client.Bound() {
		t.Errorf("got %d messages, client verified %v, server verified %v, bound %v",
			len(transcript), client.Verified(), server.Verified(), client.Bound())
	}
}

func TestChoose(t *testing.T) {
	plain, both, plus := []string{SHA256}, []string{SHA256Plus, SHA256}, []string{SHA256Plus}
	other := []string{"OAUTHBEARER"}
	for _, tt := range []struct {
		offered []string
		tls     bool
		policy  Policy
		flag    Flag
		reason  Reason
	}{
		{plain, false, Prefer, Unbound, ""},
		{plain, false, Disable, Unbound, ""},
		{plain, false, Require, 0, PlusNotOffered},
		{plain, true, Prefer, NotOffered, ""},
		{plain, true, Disable, Unbound, ""},
		{plain, true, Require, 0, PlusNotOffered},
		{both, true, Prefer, Bound, ""},
		{both, true, Disable, Unbound, ""},
		{both, true, Require, Bound, ""},
		{both, false, Prefer, 0, PlusWithoutTLS},
		{both, false, Disable, 0, PlusWithoutTLS},
		{both, false, Require, 0, PlusWithoutTLS},
		{plus, true, Prefer, Bound, ""},
		{plus, true, Disable, 0, NoMechanism},
		{other, true, Prefer, 0, NoMechanism},
		{other, true, Require, 0, PlusNotOffered},
		{nil, false, Prefer, 0, NoMechanism},
	} {
		flag, err := Choose(tt.offered, tt.tls, tt.policy)
		if flag != tt.flag {
			t.Errorf("Choose(%v, %v, %d) = %q, want %q", tt.offered, tt.tls, tt.policy, flag, tt.flag)
		}
		if tt.reason == "" && err != nil || tt.reason != "" && reasonOf(t, err) != tt.reason {
			t.Errorf("Choose(%v, %v, %d): error %v, want reason %q", tt.offered, tt.tls, tt.policy, err, tt.reason)
		}
	}
}

func TestFlagMechanism(t *testing.T) {
	for flag, want := range map[Flag]string{0: SHA256, Unbound: SHA256, NotOffered: SHA256, Bound: SHA256Plus} {
		if got := flag.Mechanism(); got != want {
			t.Errorf("Flag(%q).Mechanism() = %s, want %s", flag, got, want)
		}
	}
}

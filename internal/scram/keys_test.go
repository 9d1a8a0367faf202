package scram

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestParseKey(t *testing.T) {
	key, err := ParseKey("WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=")
	if err != nil || key[0] != 0x58 || key.Base64() != "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=" {
		t.Errorf("got %s, %v", key.Base64(), err)
	}
	for text, want := range map[string]Reason{"": BadKeyLength, "AAAA": BadKeyLength, "*": BadBase64, "AAAA" + key32: BadKeyLength} {
		if _, err := ParseKey(text); err == nil || reasonOf(t, err) != want {
			t.Errorf("ParseKey(%q): error %v, want reason %q", text, err, want)
		}
	}
}

// TestNothingPrints looks for credentials in what every verb makes of every
// type that holds some.
func TestNothingPrints(t *testing.T) {
	const password = "pencil!"
	client := mustClient(t, ClientConfig{Password: password})
	secret := mustSecret(t, password)
	server := mustServer(t, ServerConfig{Secret: secret})
	if _, err := converse(t, client, server); err != nil {
		t.Fatal(err)
	}
	salted, _ := client.Salted()
	keys := salted.Keys()
	var forbidden []string
	for _, key := range []Key{salted.key, keys.Client, keys.Server, keys.Stored()} {
		raw := key[:]
		forbidden = append(forbidden, key.Base64(), fmt.Sprintf("%x", raw), fmt.Sprintf("%X", raw), fmt.Sprintf("%d", raw[:8])[1:20], fmt.Sprintf("%#v", raw[:4])[7:])
	}
	forbidden = append(forbidden, password)
	config := ClientConfig{Password: password, ClientKey: &keys.Client, Salted: salted}
	for _, value := range []any{client, *client, server, *server, secret, salted, keys, keys.Client, &keys.Client, config, &config, ServerConfig{Secret: secret}} {
		var text strings.Builder
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			fmt.Fprintf(&text, verb, value)
		}
		if encoded, err := json.Marshal(value); err == nil && !strings.Contains(fmt.Sprintf("%T", value), "ClientConfig") {
			text.Write(encoded)
		}
		for _, f := range forbidden {
			if strings.Contains(text.String(), f) {
				t.Errorf("%T prints %s", value, f)
			}
		}
	}
}

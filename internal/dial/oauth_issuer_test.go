package dial

import "testing"

func TestIssuerOf(t *testing.T) {
	for address, want := range map[string]string{
		"https://x/.well-known/openid-configuration":           "https://x",
		"https://x/a/b/.well-known/openid-configuration":       "https://x/a/b",
		"https://x/.well-known/openid-configuration/a":         "https://x/a",
		"https://x/.well-known/oauth-authorization-server/a/b": "https://x/a/b",
		"https://x/.well-known/oauth-authorization-server":     "https://x",
		"HTTPS://x:8443/.well-known/openid-configuration":      "HTTPS://x:8443",
		"http://x/.well-known/openid-configuration":            "",
		"ftp://x/.well-known/openid-configuration":             "",
		"x/.well-known/openid-configuration":                   "",
		"https://x/.well-known/openid-configuration-bad":       "",
		"https://x/.well-known/":                               "",
		"https://x/openid-configuration":                       "",
		"https://x/a/.well-known/openid-configuration/b":       "",
		"https://x/.well-known/openid-configuration?x":         "",
		"https://x/.well-known/openid-configuration#x":         "",
		"https://evil?/.well-known/openid-configuration":       "",
		"https://x#https://y/.well-known/openid-configuration": "",
	} {
		got, err := issuerOf(address)
		if err != nil {
			got = ""
		}
		if got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}

func TestInsecureIssuer(t *testing.T) {
	const address = "http://x/.well-known/openid-configuration"
	for value, want := range map[string]bool{"": false, "unsafe": false, "UNSAFE": true, "UNSAFE:trace": false, "UNSAFE:trace,http": true, "http": false} {
		t.Setenv("PGOAUTHDEBUG", value)
		if _, err := issuerOf(address); (err == nil) != want {
			t.Errorf("%q: %v", value, err)
		}
	}
}

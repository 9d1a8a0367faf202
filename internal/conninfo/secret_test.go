package conninfo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecret(t *testing.T) {
	s := struct{ S Secret }{"sesame"}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", s.S, "struct", s)
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	shown := []string{log.String(), string(data)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%c", "%10.2s", "%T"} {
		shown = append(shown, fmt.Sprintf(verb, s.S), fmt.Sprintf(verb, s), fmt.Sprintf(verb, &s))
	}
	hex := fmt.Sprintf("%x", "sesame")
	for _, text := range shown {
		if strings.Contains(text, "sesame") || strings.Contains(text, hex) || strings.Contains(text, strings.ToUpper(hex)) {
			t.Errorf("shown: %s", text)
		}
	}
	if string(s.S) != "sesame" || Secret("").String() != "" {
		t.Error("a secret does not convert, or an empty one shows")
	}
}

func TestRedact(t *testing.T) {
	for s, want := range map[string]string{
		"postgres://u:sesame@h/d": "user=u password=******** dbname=d host=h",
		"password='' host=h":      "password='' host=h",
		"host=h sslpassword=x":    "host=h sslpassword=********",
		"password=a b":            "(unreadable connection string)",
	} {
		if got := Redact(s); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

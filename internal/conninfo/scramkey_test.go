package conninfo

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
)

func TestScramKey(t *testing.T) {
	key := bytes.Repeat([]byte{0xA7}, 32)
	good := base64.StdEncoding.EncodeToString(key)
	for _, tt := range []struct{ in, problem string }{
		{good, ""},
		{"", "scram_client_key holds 0 bytes, want 32"},
		{"AAAA", "scram_client_key holds 3 bytes, want 32"},
		{strings.TrimRight(good, "="), "scram_client_key is not base64"},
		{good + "\n", "scram_client_key is not base64"},
		{good[:4] + " " + good[4:], "scram_client_key is not base64"},
		{"sesame!", "scram_client_key is not base64"},
	} {
		o := new(Options)
		if err := o.Set("scram_client_key", tt.in); err != nil {
			t.Fatal(err)
		}
		got, err := scramKey(o, "scram_client_key")
		if tt.problem == "" && (err != nil || string(got) != string(key)) {
			t.Errorf("got %x, %v", got, err)
		}
		if tt.problem != "" && (err == nil || err.(*Error).Problem != tt.problem) {
			t.Errorf("%q: got %v, want %s", tt.in, err, tt.problem)
		}
	}
	if got, err := scramKey(new(Options), "scram_server_key"); got != "" || err != nil {
		t.Errorf("not given: got %x, %v", got, err)
	}
}

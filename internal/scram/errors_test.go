package scram

import (
	"errors"
	"strings"
	"testing"
)

func TestErrorText(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{
			&Error{Message: serverFirst, Attr: 'i', Offset: 70, Reason: TooManyIterations, Detail: "200000 > 100000"},
			"scram: server-first-message: attribute i at byte 70: iteration count is over the limit (200000 > 100000)",
		},
		{&Error{Message: configuration, Reason: NoCredentials}, "scram: configuration: neither a password nor both keys were given"},
		{&RefusedError{Value: "invalid-proof"}, `scram: server refused: "invalid-proof"`},
	} {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}

func TestServerErrorValue(t *testing.T) {
	for reason, want := range map[Reason]string{
		BadBase64:          "invalid-encoding",
		MandatoryExtension: "extensions-not-supported",
		InvalidProof:       "invalid-proof",
		BindingMismatch:    "channel-bindings-dont-match",
		BindingRemoved:     "server-does-support-channel-binding",
		BindingUnavailable: "channel-binding-not-supported",
		BindingType:        "unsupported-channel-binding-type",
		BadUserName:        "invalid-username-encoding",
		OutOfOrder:         "other-error",
	} {
		if got := (&Error{Reason: reason}).ServerErrorValue(); got != want {
			t.Errorf("%q: got %s, want %s", reason, got, want)
		}
	}
}

// TestErrorsKeepSecrets feeds values that must not surface into every place
// where an error is made from input.
func TestErrorsKeepSecrets(t *testing.T) {
	const secret = "S3cretValue"
	var errs []error
	collect := func(err error) {
		if err == nil {
			t.Error("input was accepted")
			return
		}
		errs = append(errs, err)
	}
	_, err := ParseServerFirst([]byte("r=" + secret + ",s=!" + secret + ",i=1"))
	collect(err)
	_, err = ParseServerFirst([]byte("r=n,s=AAAA,i=" + secret))
	collect(err)
	_, err = ParseClientFirst([]byte("n,,n==" + secret + ",r=" + secret))
	collect(err)
	_, err = ParseClientFinal([]byte("c=biws,r=n,p=!" + secret))
	collect(err)
	_, err = ParseServerFinal([]byte("v=!" + secret))
	collect(err)
	_, err = ParseSecret("SCRAM-SHA-256$1:AAAA$" + secret + ":" + secret)
	collect(err)
	_, err = ParseKey(secret)
	collect(err)
	_, err = NewClient(ClientConfig{Password: secret, Nonce: ","})
	collect(err)
	_, err = converse(t, mustClient(t, ClientConfig{Password: secret}), mustServer(t, ServerConfig{Secret: mustSecret(t, "x")}))
	collect(err)
	if text := errors.Join(errs...).Error(); strings.Contains(text, secret) {
		t.Errorf("an error contains the secret:\n%s", text)
	}
}

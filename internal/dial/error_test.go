package dial

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"parley/internal/conninfo"
	"parley/internal/scram"
	"parley/pgtest"
	"parley/wire"
)

// TestErrorText has every attempt on one line, in order, with what to do.
func TestErrorText(t *testing.T) {
	server := &ServerError{Response: *pgtest.Fatal("28000", `no pg_hba.conf entry`, wire.ResponseField{Code: wire.FieldDetail, Value: "some"}, wire.ResponseField{Code: wire.FieldHint, Value: "more"})}
	err := &Error{Attempts: []Attempt{
		{Host: conninfo.Host{Name: "a", Port: 1}, Addr: "10.0.0.1:1", Stage: StageTLS, TLS: true, Err: errNoTLS},
		{Host: conninfo.Host{Name: "b", Port: 2, Password: rightPassword}, Stage: StageDNS, Err: io.EOF},
		{Host: conninfo.Host{Kind: conninfo.HostSocket, Name: "/s", Port: 3}, Addr: "/s/.s.PGSQL.3", Stage: StageStartup, Err: server},
	}}
	want := "cannot connect to a:1 (10.0.0.1:1): tls: the server does not speak TLS (with sslmode=prefer or disable the connection would not be encrypted); " +
		"b:2: dns: EOF; /s/.s.PGSQL.3: startup: fatal: no pg_hba.conf entry (SQLSTATE 28000), detail: some, hint: more " +
		"(a line in the server's pg_hba.conf must allow it; perhaps only with encryption: sslmode=require)"
	if err.Error() != want {
		t.Errorf("got\n%s\nwant\n%s", err, want)
	}
	if !errors.Is(err, io.EOF) || !errors.Is(err, errNoTLS) {
		t.Error("the causes are not found")
	}
	if e, ok := errors.AsType[*ServerError](err); !ok || e.SQLState() != "28000" || len(e.Response.Fields) < 5 {
		t.Error("the server's error is not found whole")
	}
	noSecrets(t, err)
	if text, _ := json.Marshal(CancelKey("1234")); !strings.Contains(string(text), "redacted") {
		t.Errorf("%s", text)
	}
}

// TestPrinting: nothing that holds a secret prints it.
func TestPrinting(t *testing.T) {
	salted, err := scram.NewSaltedPassword(rightPassword, []byte("0123456789abcdef"), 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	cache := new(SaltCache)
	h := conninfo.Host{Name: "h", Port: 1, Password: rightPassword}
	cache.put(cache.key("u", &h, rightPassword), salted)
	config := resolve(t, "host=h user=u sslpassword='"+keyPhrase+"' password="+rightPassword)
	session := &Session{Host: h, CancelKey: CancelKey(wrongPassword), cancel: canceler{config: *config, host: h, key: CancelKey(wrongPassword)}}
	for _, v := range []any{session, *session, cache, TokenRequest{ClientSecret: rightPassword}, Attempt{Host: h, Err: io.EOF}, Settings{SaltedPasswords: cache}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
			text := fmt.Sprintf(verb, v)
			for _, secret := range []string{rightPassword, wrongPassword, keyPhrase, fmt.Sprintf("%x", rightPassword), fmt.Sprintf("%x", wrongPassword)} {
				if strings.Contains(text, secret) {
					t.Errorf("%T with %s prints %q", v, verb, text)
				}
			}
		}
	}
}

func TestStages(t *testing.T) {
	if got := fmt.Sprint(StageDNS, StageDial, StageTLS, StageStartup, StageAuth, StageSession, Stage(9)); got != "dns dial tls startup auth session stage 9" {
		t.Error(got)
	}
}

func TestServerErrorWithoutFields(t *testing.T) {
	if got := new(ServerError).Error(); got != "the server gave no reason" {
		t.Error(got)
	}
}

// TestMovesAreComplete: every outcome has a move.
func TestMovesAreComplete(t *testing.T) {
	if len(moves) != int(outcomeToken)+1 || len(methodsByMode) != int(conninfo.SSLVerifyFull)+1 {
		t.Error("a table is too short")
	}
	for mode := conninfo.SSLDisable; mode <= conninfo.SSLVerifyFull; mode++ {
		if got := methodsFor(mode, &conninfo.Host{Kind: conninfo.HostSocket}); len(got) != 1 || got[0] != methodPlain {
			t.Errorf("%v on a socket: %v", mode, got)
		}
	}
}

package kerberos

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jcmturner/gofork/encoding/asn1"
	"github.com/jcmturner/gokrb5/v8/asn1tools"
	"github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/iana"
	"github.com/jcmturner/gokrb5/v8/iana/asnAppTag"
	"github.com/jcmturner/gokrb5/v8/iana/errorcode"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/iana/msgtype"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	"parley/pgtest"
	"parley/wire"
)

// accepted is what a service learns from a client's first token.
type accepted struct {
	token []byte
	key   types.EncryptionKey
	auth  types.Authenticator
}

// accept opens a client's first token with the service's key.
func accept(token []byte, keys *keytab.Keytab) (a accepted, err error) {
	kind, body, ok := unframe(token)
	if !ok || kind != tokenRequest {
		return a, fmt.Errorf("the token is of kind %04x, %v", kind, ok)
	}
	var req messages.APReq
	if err := req.Unmarshal(body); err != nil {
		return a, err
	}
	if err := req.Ticket.DecryptEncPart(keys, &req.Ticket.SName); err != nil {
		return a, err
	}
	a.token, a.key = token, req.Ticket.DecryptedEncPart.Key
	if err := req.DecryptAuthenticator(a.key); err != nil {
		return a, err
	}
	a.auth = req.Authenticator
	if !types.IsFlagSet(&req.APOptions, optionMutual) {
		return a, fmt.Errorf("mutual authentication is not asked for")
	}
	return a, nil
}

// answer makes an AP-REP token with this time under this key. It ends in a zero
// that is no padding.
func answer(key types.EncryptionKey, at time.Time, cusec int) []byte {
	text, err1 := asn1.Marshal(messages.EncAPRepPart{CTime: at, Cusec: cusec, SequenceNumber: 0x700})
	text = asn1tools.AddASNAppTag(text, asnAppTag.EncAPRepPart)
	enc, err2 := crypto.GetEncryptedData(text, key, keyusage.AP_REP_ENCPART, 0)
	return reply(enc, err1, err2)
}

func reply(enc types.EncryptedData, errs ...error) []byte {
	body, err := asn1.Marshal(messages.APRep{PVNO: iana.PVNO, MsgType: msgtype.KRB_AP_REP, EncPart: enc})
	token, err2 := frame(tokenReply, asn1tools.AddASNAppTag(body, asnAppTag.APREP))
	for _, err := range append(errs, err, err2) {
		if err != nil {
			return nil
		}
	}
	return token
}

func refusal() []byte {
	e := messages.NewKRBError(types.PrincipalName{NameString: []string{"postgres", dbHost}}, realmName, errorcode.KRB_AP_ERR_SKEW, "")
	body, err := e.Marshal()
	if err != nil {
		return nil
	}
	token, _ := frame(tokenError, body)
	return token
}

// anotherKey is one of the same kind, of 32 bytes at most.
func anotherKey(k types.EncryptionKey) types.EncryptionKey {
	return types.EncryptionKey{KeyType: k.KeyType, KeyValue: []byte(strings.Repeat("k", len(k.KeyValue)))}
}

// replies are servers' answers to a client's first token. Only the first proves
// that the server could read it; nil is none at all, which libpq lets pass without
// require_auth.
var replies = map[string]struct {
	make func(accepted) []byte
	want string // in our error; "" gets in
}{
	"honest":            {func(a accepted) []byte { return answer(a.key, a.auth.CTime, a.auth.Cusec) }, ""},
	"other second":      {func(a accepted) []byte { return answer(a.key, a.auth.CTime.Add(time.Second), a.auth.Cusec) }, "answers another request"},
	"other microsecond": {func(a accepted) []byte { return answer(a.key, a.auth.CTime, a.auth.Cusec^1) }, "answers another request"},
	"other key":         {func(a accepted) []byte { return answer(anotherKey(a.key), a.auth.CTime, a.auth.Cusec) }, "session key"},
	"short": {func(a accepted) []byte {
		return reply(types.EncryptedData{EType: a.key.KeyType, Cipher: []byte("short")})
	}, "session key"},
	"no cipher":     {func(a accepted) []byte { return reply(types.EncryptedData{EType: a.key.KeyType, Cipher: []byte{}}) }, "session key"},
	"other cipher":  {func(a accepted) []byte { return reply(types.EncryptedData{EType: 99, Cipher: make([]byte, 99)}) }, "session key"},
	"its own token": {func(a accepted) []byte { return a.token }, "not one of Kerberos"},
	"garbage":       {func(accepted) []byte { return []byte("garbage") }, "not one of Kerberos"},
	"empty":         {func(accepted) []byte { return []byte{} }, "not one of Kerberos"},
	"cut":           {func(a accepted) []byte { b := answer(a.key, a.auth.CTime, a.auth.Cusec); return b[:len(b)-1] }, "not one of Kerberos"},
	"refused":       {func(accepted) []byte { return refusal() }, "refuses the ticket"},
	"nothing":       {func(accepted) []byte { return nil }, "did not complete"},
}

// A server that has not the service's key does not get away with it: not with
// us, and not with libpq.
func TestMutualAuthentication(t *testing.T) {
	r := newRealm(t)
	keys := r.keytab(t, "server.keytab")
	cache := r.kinit(t, "ada", adaSecret)
	for name, c := range replies {
		t.Run(name, func(t *testing.T) {
			s := pgtest.Serve(t, pgtest.ServeConfig{Network: "tcp"}, func(p *pgtest.Peer) {
				if !p.AcceptStartup(pgtest.Welcome{}) {
					return
				}
				p.Send(&wire.AuthenticationGSS{})
				a, err := accept(pgtest.Receive[wire.GSSResponse](p).Data, keys)
				if err != nil {
					t.Error(err)
					return
				}
				sent := []wire.Message{&wire.AuthenticationOk{}}
				if token := c.make(a); token != nil {
					sent = []wire.Message{&wire.AuthenticationGSSContinue{Data: token}, sent[0]}
				}
				p.Send(sent...)
				if c.want != "" {
					p.ExpectEnd()
					return
				}
				p.Greet(pgtest.Welcome{})
				p.Respond(func(pgtest.Request) pgtest.Result { return pgtest.Table([]string{"x"}, []any{"in"}) })
			})
			_, port, err := net.SplitHostPort(s.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			dsn := fmt.Sprintf("host=%s hostaddr=127.0.0.1 port=%s user=ada dbname=postgres gssencmode=disable sslmode=disable require_auth=gss", dbHost, port)
			got, err := ours(t, dsn, client.NewWithPassword("ada", realmName, adaSecret, r.conf(t)))
			if (err == nil) != (c.want == "") || err == nil && got != "in" || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
			if psql, theirErr := r.theirs(t, dsn, cache); psql != got || (theirErr == nil) != (err == nil) {
				t.Errorf("psql gets %q, %v; we get %q, %v", psql, theirErr, got, err)
			}
		})
	}
}

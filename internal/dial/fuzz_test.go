package dial

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"parley/internal/conninfo"
	"parley/pgtest"
	"parley/wire"
)

// FuzzConnect plays any bytes to a client. It must come to an end, with a
// session or with an error that tells no secret.
func FuzzConnect(f *testing.F) {
	for _, seed := range [][]byte{
		msgTrust, []byte("N"), []byte("S"), []byte("E"), nil,
		append([]byte("N"), msgTrust...),
		encode(&wire.AuthenticationSASL{Mechanisms: []string{"SCRAM-SHA-256"}}, &wire.AuthenticationSASLContinue{Data: []byte("r=x,s=c2FsdA==,i=1")}),
		cat(encode(&wire.AuthenticationSASL{Mechanisms: []string{mechOAuth}}, &wire.AuthenticationSASLContinue{Data: []byte(`{"status":"invalid_token"}`)}), msgTrust),
		cat(encode(&wire.NegotiateProtocolVersion{Version: wire.Version30, Options: []string{"_pq_.x"}}), msgTrust),
		cat(encode(&wire.AuthenticationMD5Password{}), msgTrust),
		cat(msgOk, encode(&wire.ParameterStatus{Name: "in_hot_standby", Value: "on"}, pgtest.Notice("x")), msgReady, encode(pgtest.Row("on")), msgReady),
		encode(pgtest.Fatal("57P03", "x")),
	} {
		for mode := range byte(4) {
			f.Add(mode, seed)
		}
	}
	f.Fuzz(func(t *testing.T, mode byte, sent []byte) {
		options := "user=u host=127.0.0.1 hostaddr=127.0.0.1 max_protocol_version=3.2 oauth_issuer=https://x oauth_client_id=y password=" + rightPassword
		options += [...]string{" sslmode=disable", " sslmode=prefer", " sslmode=allow target_session_attrs=read-write", " sslmode=require sslnegotiation=direct"}[mode%4]
		config, err := conninfo.Resolve(options, isolated(t))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		dial := func(context.Context, string, string) (net.Conn, error) {
			client, server := pgtest.Pipe(pgtest.PipeConfig{Buffer: -1})
			_, _ = server.Write(sent)
			_ = server.CloseWrite()
			return client, nil
		}
		s, err := Connect(ctx, config, Settings{Dial: dial, MaxIterations: 4096})
		if ctx.Err() != nil {
			t.Errorf("it took longer than %v", patience)
		}
		if err != nil {
			noSecrets(t, err)
			return
		}
		_ = s.Conn.Close()
	})
}

// FuzzMatchName holds the comparison of names to the slow and obvious one.
func FuzzMatchName(f *testing.F) {
	for _, seed := range [][2]string{{"a.b", "A.B"}, {"*.b", "a.b"}, {"*.b", "a.a.b"}, {"*.b", ".b"}, {"*", "a"}, {"*.", "a."}, {"a*.b", "aa.b"}, {"*.*.b", "a.*.b"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, host string) {
		if len(pattern)+len(host) > 300 {
			return
		}
		fold := func(s string) string {
			return strings.Map(func(r rune) rune {
				if r >= 'A' && r <= 'Z' {
					return r + 32
				}
				return r
			}, s)
		}
		if !utf8.ValidString(pattern) || !utf8.ValidString(host) {
			return // fold below would change it
		}
		p, h := fold(pattern), fold(host)
		want := p == h
		if rest, ok := strings.CutPrefix(p, "*."); ok && rest != "" {
			label, tail, dotted := strings.Cut(h, ".")
			want = want || dotted && label != "" && tail == rest
		}
		if got := matchName(pattern, host); got != want {
			t.Errorf("%q for %q: %v", pattern, host, got)
		}
	})
}

// FuzzKey reads any bytes as a key.
func FuzzKey(f *testing.F) {
	f.Add([]byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n"))
	f.Add([]byte{0x30, 0})
	f.Fuzz(func(t *testing.T, text []byte) {
		key, err := parseKey(text, nil)
		if err == nil {
			if _, err := x509.MarshalPKIXPublicKey(key.Public()); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestPromptness: an end of the stream is an error at once, and one that can be
// told.
func TestPromptness(t *testing.T) {
	client, server := pgtest.Pipe(pgtest.PipeConfig{})
	_ = server.Close()
	begun := time.Now()
	_, err := Connect(t.Context(), resolve(t, "user=u host=/x"), Settings{Dial: func(context.Context, string, string) (net.Conn, error) { return client, nil }})
	if err == nil || time.Since(begun) > patience || errors.Is(err, io.EOF) {
		t.Errorf("got %v", err)
	}
}

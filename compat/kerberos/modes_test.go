package kerberos

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/config"

	"parley"
)

// What require_auth, gssencmode and the lack of a host name do. Encryption by
// GSSAPI is libpq's alone: required, it is an error here that says so; preferred,
// both get in.
func TestModes(t *testing.T) {
	r := newRealm(t)
	cache := map[string]string{"ada": r.kinit(t, "ada", adaSecret), "bob": r.kinit(t, "bob", bobSecret)}
	secret := map[string]string{"ada": adaSecret, "bob": bobSecret}
	root := filepath.Join(t.TempDir(), "root.crt")
	text, err := os.ReadFile(filepath.Join(r.server.DataDir(), "server.crt"))
	if err := errors.Join(err, os.WriteFile(root, text, 0o600)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		user, with, without string // what to put into the DSN, and what to take out of it
		text                string // in our error, "" gets in
		psql                bool   // whether psql gets in
	}{
		"gss required":            {"ada", "require_auth=gss", "", "", true},
		"gss among others":        {"ada", "require_auth=gss,none", "", "", true},
		"gss not allowed":         {"ada", "require_auth=scram-sha-256", "", "does not allow", false},
		"gss excluded":            {"ada", "require_auth=!gss", "", "does not allow", false},
		"sspi required":           {"ada", "require_auth=sspi", "", "does not allow", false},
		"bound":                   {"ada", "channel_binding=require", "", "channel_binding=require", false},
		"encryption preferred":    {"ada", "", "gssencmode=disable", "", true},
		"encrypted, refused, not": {"bob", "", "gssencmode=disable", "", true},
		"encryption required":     {"ada", "gssencmode=require", "", "GSSAPI encryption is not supported", true},
		"inside TLS":              {"ada", "sslmode=verify-full sslrootcert=" + root, "", "", true},
		"inside TLS, bound":       {"ada", "sslmode=require channel_binding=require", "", "channel_binding=require", false},
		"no name":                 {"ada", "", "host=" + dbHost, "needs a host name", false},
	} {
		t.Run(name, func(t *testing.T) {
			dsn := strings.Replace(r.dsn(c.user, c.with), c.without, "", 1)
			got, err := ours(t, dsn, client.NewWithPassword(c.user, realmName, secret[c.user], r.conf(t)))
			if (err == nil) != (c.text == "") || err != nil && !strings.Contains(err.Error(), c.text) {
				t.Errorf("got %q, %v, want %q", got, err, c.text)
			}
			psql, err := r.theirs(t, dsn, cache[c.user])
			if (err == nil) != c.psql || err == nil && got != "" && psql != got {
				t.Errorf("psql gets %q, %v; we get %q", psql, err, got)
			}
		})
	}
}

// A user's password that is wrong, a realm without a KDC, and a KDC that says
// nothing end the attempt, the last one with its context.
func TestNoTicket(t *testing.T) {
	r := newRealm(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, stop := context.WithCancelCause(t.Context())
	over := errors.New("over")
	heard := make(chan net.Conn, 1)
	go func() {
		if conn, err := silent.Accept(); err == nil {
			heard <- conn
		}
		stop(over)
	}()
	at := func(address string) *config.Config {
		c := r.conf(t)
		c.Realms[0].KDC = []string{address}
		return c
	}
	for name, c := range map[string]struct {
		ctx    context.Context
		conf   *config.Config
		secret string
		want   string
	}{
		"wrong password": {t.Context(), r.conf(t), bobSecret, "postgres/" + dbHost + ": could not get valid TGT"},
		"no KDC":         {t.Context(), at("127.0.0.1:1"), adaSecret, "connection refused"},
		"silent KDC":     {ctx, at(silent.Addr().String()), adaSecret, "auth: over"},
	} {
		own := client.NewWithPassword("ada", realmName, c.secret, c.conf)
		conn, err := parley.ConnectConfig(c.ctx, parley.Config{ConnString: r.dsn("ada", ""), GSS: &Provider{Client: own}})
		if err == nil {
			_ = conn.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), c.secret) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	_ = (<-heard).Close()
}

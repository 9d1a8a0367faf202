package pgtest

import (
	"bytes"
	"context"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/wire"
)

// psql runs a real client against a scripted server and returns what it prints.
func psql(t *testing.T, dsn, input string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	program, err := exec.LookPath("psql")
	if err != nil {
		if os.Getenv("PARLEY_CI") != "" {
			t.Fatal("psql is not installed")
		}
		t.Skip("psql is not installed; PARLEY_CI=1 makes this a failure")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, append([]string{"--no-psqlrc", "--no-password", "-d", dsn}, args...)...)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "PG") && !strings.HasPrefix(v, "LC_") && !strings.HasPrefix(v, "LANG") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "LC_ALL=C")
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}

func TestScriptedPsqlQuery(t *testing.T) {
	s := Serve(t, ServeConfig{}, func(p *Peer) {
		p.Accept(Welcome{})
		p.Expect(&wire.Query{SQL: "select id, name from lines"})
		p.Reply(Table([]string{"id", "name"}, []any{1, "Ooooh"}, []any{2, nil}))
		p.Expect(&wire.Terminate{})
		p.ExpectEnd()
	})
	stdout, stderr, err := psql(t, s.DSN(), "", "-At", "-c", "select id, name from lines")
	if err != nil || stdout != "1|Ooooh\n2|\n" || stderr != "" {
		t.Errorf("psql printed %q and %q: %v", stdout, stderr, err)
	}
}

// psql logs in with whatever it is asked for.
func TestScriptedPsqlAuth(t *testing.T) {
	for name, w := range map[string]Welcome{
		"trust":    {},
		"password": {Auth: AuthCleartext},
		"md5":      {Auth: AuthMD5},
		"scram":    {Auth: AuthSCRAM},
	} {
		t.Run(name, func(t *testing.T) {
			w.Password = "correct"
			s := Serve(t, ServeConfig{}, func(p *Peer) {
				if p.Accept(w) {
					p.Respond(func(Request) Result { return Table([]string{"x"}, []any{"in"}) })
				}
			})
			stdout, stderr, err := psql(t, s.DSN()+" password=correct", "", "-At", "-c", "select")
			if err != nil || stdout != "in\n" {
				t.Errorf("psql printed %q and %q: %v", stdout, stderr, err)
			}
			if w.Auth == AuthTrust {
				return
			}
			_, stderr, err = psql(t, s.DSN()+" password=wrong", "", "-c", "select")
			if err == nil || !strings.Contains(stderr, `FATAL:  password authentication failed for user "postgres"`) {
				t.Errorf("with the wrong password psql printed %q: %v", stderr, err)
			}
		})
	}
}

// Over TLS psql verifies the generated certificate and binds SCRAM to it.
func TestScriptedPsqlTLS(t *testing.T) {
	server, _ := tlsPair(t)
	root := filepath.Join(t.TempDir(), "root.crt")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificates[0].Certificate[0]})
	if err := os.WriteFile(root, text, 0o600); err != nil {
		t.Fatal(err)
	}
	s := Serve(t, ServeConfig{Network: "tcp"}, func(p *Peer) {
		if p.Accept(Welcome{TLS: server, Auth: AuthSCRAM, Password: "correct"}) {
			if !strings.Contains(p.Transcript(), "SCRAM-SHA-256-PLUS\" data") {
				t.Errorf("the channel is not bound:\n%s", p.Transcript())
			}
			p.Respond(func(Request) Result { return Table([]string{"x"}, []any{"in"}) })
		}
	})
	dsn := s.DSN() + " password=correct sslmode=verify-ca channel_binding=require sslrootcert=" + root
	stdout, stderr, err := psql(t, dsn, "", "-At", "-c", "select")
	if err != nil || stdout != "in\n" {
		t.Errorf("psql printed %q and %q: %v", stdout, stderr, err)
	}
}

func TestScriptedPsqlError(t *testing.T) {
	field := func(c wire.FieldCode, v string) wire.ResponseField { return wire.ResponseField{Code: c, Value: v} }
	s := Serve(t, ServeConfig{}, func(p *Peer) {
		p.Accept(Welcome{})
		p.ExpectKinds(wire.KindQuery)
		p.Send(Notice("look out"))
		p.Reply(Refusal("23505", "duplicate key", field(wire.FieldDetail, "it is there"), field(wire.FieldHint, "leave it"),
			field(wire.FieldWhere, "in a dream"), field(wire.FieldSchema, "public"), field(wire.FieldTable, "lines"),
			field(wire.FieldConstraint, "lines_pkey"), field(wire.FieldFile, "nbtinsert.c"), field(wire.FieldLine, "666"),
			field(wire.FieldRoutine, "_bt_check_unique"), field(wire.FieldPosition, "8")))
	})
	_, stderr, err := psql(t, s.DSN(), "", "-v", "VERBOSITY=verbose", "-c", "insert mine")
	want := `NOTICE:  00000: look out
ERROR:  23505: duplicate key
LINE 1: insert mine
               ^
DETAIL:  it is there
HINT:  leave it
CONTEXT:  in a dream
SCHEMA NAME:  public
TABLE NAME:  lines
CONSTRAINT NAME:  lines_pkey
LOCATION:  _bt_check_unique, nbtinsert.c:666
`
	if err == nil || stderr != want {
		t.Errorf("psql printed\n%s\nwant\n%s(%v)", stderr, want, err)
	}
}

func TestScriptedPsqlCopy(t *testing.T) {
	s := Serve(t, ServeConfig{}, func(p *Peer) {
		p.Accept(Welcome{})
		p.Expect(&wire.Query{SQL: "COPY  lines FROM STDIN "})
		data, ok := p.CopyIn(2)
		if !ok || string(data) != "1\tOoooh\n2\tooooh\n" {
			t.Errorf("the data is %q, %v", data, ok)
		}
		p.Reply(Tag("COPY 2"))
		p.Expect(&wire.Query{SQL: "copy lines to stdout"})
		p.CopyOut(1, "3", "4")
		p.Reply(Tag("COPY 2"))
		p.Expect(&wire.Terminate{})
	})
	stdout, stderr, err := psql(t, s.DSN(), "1\tOoooh\n2\tooooh\n", "-c", `\copy lines from stdin`, "-c", "copy lines to stdout")
	if err != nil || stdout != "COPY 2\n3\n4\n" {
		t.Errorf("psql printed %q and %q: %v", stdout, stderr, err)
	}
}

// Servers that misbehave, and what libpq makes of them.
func TestScriptedPsqlMisbehaviour(t *testing.T) {
	for name, c := range map[string]struct {
		config PeerConfig
		want   string
	}{
		"wrong length": {PeerConfig{Mangle: MangleKind(wire.KindDataRow, func(b []byte) []byte { return WithLength(b, 3) })},
			"lost synchronization with server"},
		"unknown type": {PeerConfig{Mangle: MangleKind(wire.KindDataRow, func(b []byte) []byte { return WithType(b, '?') })},
			"unexpected response from server"},
		"rows of another width": {PeerConfig{Mangle: MangleKind(wire.KindDataRow, func([]byte) []byte { b, _ := Row(1, 2).Append(nil); return b })},
			"unexpected field count"},
		"cut": {PeerConfig{Break: Cut, At: 700}, "server closed the connection unexpectedly"},
	} {
		t.Run(name, func(t *testing.T) {
			s := Serve(t, ServeConfig{Peer: c.config}, func(p *Peer) {
				p.Accept(Welcome{})
				p.ExpectKinds(wire.KindQuery)
				p.Reply(Table([]string{"x"}, []any{strings.Repeat("x", 1000)}))
			})
			stdout, stderr, err := psql(t, s.DSN(), "", "-At", "-c", "select")
			if err == nil && stderr == "" || !strings.Contains(stderr, c.want) {
				t.Errorf("psql printed %q and %q (%v), want %q", stdout, stderr, err, c.want)
			}
		})
	}
}

package parley

import (
	"context"
	"errors"
	"net"
	"slices"
	"testing"

	"parley/pgtest"
)

// latin1 is a server with a database whose encoding is not UTF-8.
func latin1(t *testing.T) (dsn string) {
	t.Helper()
	t.Setenv("PGCLIENTENCODING", "")
	s := pgtest.Start(t, pgtest.Config{Setup: []string{"create database old encoding 'LATIN1' template template0 lc_collate 'C' lc_ctype 'C'"}})
	return s.DSN() + " dbname=old"
}

// Strings mean the same in Go and in a database of another encoding; what the
// database cannot hold is an error, not something else.
func TestEncodingOfDatabase(t *testing.T) {
	dsn, ctx := latin1(t), t.Context()
	db, err := Open(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(ctx, "create table names (name text)"); err != nil {
		t.Fatal(err)
	}
	if n, err := CopyIn(ctx, db, "names", all2([]string{"Zoë"})); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := db.Exec(ctx, "insert into names values ($1)", "Åsa"); err != nil {
		t.Error(err)
	}
	for use := range 2 {
		got, err := All[string](ctx, db, "select name from names where length(name) = 3 and name <> 'ü' order by name desc")
		if err != nil || !slices.Equal(got, []string{"Åsa", "Zoë"}) {
			t.Errorf("use %d: %q, %v", use, got, err)
		}
		_, err = One[string](ctx, db, "select $1", "€")
		if e, ok := errors.AsType[*ServerError](err); !ok || e.Code != "22P05" {
			t.Errorf("use %d: %v", use, err)
		}
	}
	if got, err := collected(CopyOut[string](ctx, db, "select name from names order by name")); err != nil || !slices.Equal(got, []string{"Zoë", "Åsa"}) {
		t.Errorf("%q, %v", got, err)
	}
}

// Whoever asks for another encoding gets it.
func TestEncodingAskedFor(t *testing.T) {
	dsn := latin1(t)
	for name, w := range map[string]struct {
		dsn, env, want string
		params         map[string]string
	}{
		"nothing":     {"", "", "UTF8", nil},
		"auto":        {" client_encoding=auto", "", "UTF8", nil},
		"keyword":     {" client_encoding=latin1", "", "LATIN1", nil},
		"options":     {" options='-c Client_Encoding=latin1'", "", "LATIN1", nil},
		"long option": {" options=--client-encoding=latin1", "", "LATIN1", nil},
		"others":      {" options='-c work_mem=1MB'", "", "UTF8", nil},
		"environment": {"", "latin1", "LATIN1", nil},
		"Params":      {"", "", "LATIN1", map[string]string{"client_encoding": "latin1"}},
		"Params, too": {" client_encoding=sql_ascii", "", "LATIN1", map[string]string{"Client_Encoding": "latin1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("PGCLIENTENCODING", w.env)
			c, err := ConnectConfig(t.Context(), Config{ConnString: dsn + w.dsn, Params: w.params})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if got, _ := c.Setting("client_encoding"); got != w.want {
				t.Errorf("it is %s, want %s", got, w.want)
			}
		})
	}
}

// A pooler gives each client its encoding, also on server connections that
// clients with another one use.
func TestEncodingThroughPooler(t *testing.T) {
	t.Setenv("PGCLIENTENCODING", "")
	server := pgtest.Start(t, pgtest.Config{Setup: []string{"create database old encoding 'LATIN1' template template0 lc_collate 'C' lc_ctype 'C'"}})
	dial := pooled(t, server, naming(10))
	via := func(more string) *Conn {
		c, err := ConnectConfig(t.Context(), Config{ConnString: "host=/pooler dbname=old user=" + server.User() + more,
			Dial: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	usual, other := via(""), via(" client_encoding=latin1")
	for use := range 3 {
		for want, c := range map[string]*Conn{"ü": usual, "\xfc": other} {
			got, err := One[string](t.Context(), c, "select $1 || chr(252) || length($1)", want)
			if err != nil || got != want+want+"1" {
				t.Errorf("use %d: %q, %v, want %q twice", use, got, err, want)
			}
		}
	}
}

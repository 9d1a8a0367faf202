package parley

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"parley/pgtest"
)

func connect(t *testing.T, config Config) *Conn {
	t.Helper()
	c, err := ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestConnect(t *testing.T) {
	for _, auth := range []string{"trust", "password", "scram-sha-256"} {
		t.Run(auth, func(t *testing.T) {
			server := pgtest.Start(t, pgtest.Config{Auth: auth, Password: "s3cret", TCP: true})
			for _, dsn := range []string{server.DSN(), server.URI(), server.TCPDSN(), server.TCPURI()} {
				c, err := Connect(t.Context(), dsn)
				if err != nil {
					t.Fatal(err)
				}
				if err := selectOwn(t.Context(), c, 7, "select $1::int"); err != nil {
					t.Error(err)
				}
				if v, ok := c.Setting("server_version"); !ok || !strings.HasPrefix(v, server.Version()) {
					t.Errorf("server_version is %q, want %q", v, server.Version())
				}
				if c.ProcessID() == 0 || c.Encrypted() || c.Protocol() != "3.0" {
					t.Errorf("process %d, encrypted %v, protocol %s", c.ProcessID(), c.Encrypted(), c.Protocol())
				}
				if err := c.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestPasswordRotation: connections that are made later have the password of
// their time.
func TestPasswordRotation(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{Auth: "scram-sha-256", Password: "s3cret"})
	var password atomic.Value
	password.Store("s3cret")
	config := Config{ConnString: server.DSN() + " password=outdated", Password: func(_ context.Context, r PasswordRequest) (string, error) {
		if r.User != server.User() || r.Database != server.Database() {
			t.Errorf("asked for %+v", r)
		}
		return password.Load().(string), nil
	}}
	db, err := OpenConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(t.Context(), "alter role "+Identifier(server.User())+" password 'n3xt'"); err != nil {
		t.Fatal(err)
	}
	if _, err := ConnectConfig(t.Context(), config); err == nil {
		t.Error("the old password was accepted")
	}
	password.Store("n3xt")
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func TestConnectRefused(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{Auth: "scram-sha-256", Password: "s3cret"})
	for _, w := range []struct {
		dsn, stage, code string
	}{
		{server.DSN() + " password=wr0ng", "auth", "28P01"},
		{server.DSN() + " dbname=nowhere", "session", "3D000"},
		{server.DSN() + " host=/nowhere", "dial", ""},
	} {
		_, err := Connect(t.Context(), w.dsn)
		e, ok := errors.AsType[*ConnectError](err)
		if !ok || e.Attempts[0].Stage != w.stage {
			t.Errorf("%v, want a ConnectError at the stage %s", err, w.stage)
			continue
		}
		if s, ok := errors.AsType[*ServerError](err); ok != (w.code != "") || ok && s.Code != w.code {
			t.Errorf("%v, want the SQLSTATE %q", err, w.code)
		}
		if strings.Contains(err.Error(), "wr0ng") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("the password is in %v", err)
		}
	}
	for _, dsn := range []string{"nonsense=1", "parley.nonsense=1", "parley.statement_cache=many", "parley.cancel_timeout=5"} {
		if _, err := Connect(t.Context(), dsn); err == nil {
			t.Errorf("%s was accepted", dsn)
		}
	}
	ctx, stop := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	stop(why)
	if _, err := Connect(ctx, server.DSN()); !errors.Is(err, why) {
		t.Errorf("%v, want the cause of the context", err)
	}
}

func TestConnectConfig(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	var dials atomic.Int32
	c := connect(t, Config{
		ConnString: server.DSN() + " application_name=one parley.statement_cache=3 parley.cancel_timeout=0",
		Params:     map[string]string{"application_name": "two", "search_path": "pg_catalog"},
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			dials.Add(1)
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
	})
	var name, path string
	rows := c.Query(t.Context(), "select current_setting('application_name'), current_setting('search_path')")
	for rows.Next() {
		if err := rows.Scan(&name, &path); err != nil {
			t.Fatal(err)
		}
	}
	if rows.Err() != nil || name != "two" || path != "pg_catalog" {
		t.Errorf("application_name %q, search_path %q, %v", name, path, rows.Err())
	}
	if dials.Load() != 1 || c.cache.maxCount != 3 || c.config.cancelTimeout() >= 0 {
		t.Errorf("%d dials, a cache of %d, patience %v", dials.Load(), c.cache.maxCount, c.config.cancelTimeout())
	}
}

// A statement of another session is cancelled with the key of protocol 3.2.
func TestCancel(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	for _, version := range []string{"3.0", "latest"} {
		c := connect(t, Config{ConnString: server.DSN() + " max_protocol_version=" + version})
		if want := "3.2"; version == "latest" && server.VersionNum() >= 180000 && c.Protocol() != want {
			t.Errorf("protocol %s, want %s", c.Protocol(), want)
		}
		started := make(chan error)
		go func() {
			_, err := c.Exec(t.Context(), "select pg_sleep(60)")
			started <- err
		}()
		err := waitCancelled(t, c, started)
		if e, ok := errors.AsType[*ServerError](err); !ok || e.Code != "57014" {
			t.Errorf("%v, want query_canceled", err)
		}
		if err := selectOwn(t.Context(), c, 1, "select $1::int"); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	}
}

// waitCancelled cancels until the statement has begun and ended.
func waitCancelled(t *testing.T, c *Conn, ended <-chan error) error {
	t.Helper()
	for {
		if err := c.Cancel(t.Context()); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-ended:
			return err
		default:
		}
	}
}

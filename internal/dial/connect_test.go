package dial

import (
	"testing"

	"parley/internal/conninfo"
	"parley/pgtest"
	"parley/wire"
)

// resolve reads a connection string as a user's program would, with nothing of
// this machine's environment.
func resolve(tb testing.TB, text string) *conninfo.Config {
	tb.Helper()
	c, err := conninfo.Resolve(text, isolated(tb))
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// isolated is a machine without environment and without home directory.
func isolated(tb testing.TB) conninfo.System {
	home := tb.TempDir()
	return conninfo.System{
		LookupEnv: func(string) (string, bool) { return "", false },
		HomeDir:   func() (string, error) { return home, nil },
		UserName:  func() (string, error) { return "nobody", nil },
	}
}

// connect resolves and connects.
func connect(tb testing.TB, dsn string, system conninfo.System, set Settings) (*Session, error) {
	tb.Helper()
	c, err := conninfo.Resolve(dsn, system)
	if err != nil {
		return nil, err
	}
	return Connect(tb.Context(), c, set)
}

func TestConnect(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{TCP: true})
	for _, dsn := range []string{server.DSN(), server.TCPDSN()} {
		s, err := Connect(t.Context(), resolve(t, dsn), Settings{})
		if err != nil {
			t.Fatal(err)
		}
		if s.TxStatus != wire.TxIdle || s.ProcessID == 0 || len(s.CancelKey) != 4 || s.Parameters["server_version"] == "" || s.TLS != nil {
			t.Errorf("session over %s: %+v", s.Addr, s)
		}
		if err := s.Cancel(t.Context()); err != nil {
			t.Error(err)
		}
		_ = s.Conn.Close()
	}
}

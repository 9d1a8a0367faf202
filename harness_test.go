package parley

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"parley/internal/exchange"
	"parley/pgtest"
	"parley/wire"
)

// connectRaw starts a session by hand, over trust authentication, so that the
// tests of Conn stand on nothing but Conn.
func connectRaw(t *testing.T, server *pgtest.Server, config Config) *Conn {
	t.Helper()
	dial := func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", server.Socket())
	}
	nc, err := dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	startup := &wire.StartupMessage{Version: wire.Version30, Parameters: []wire.Parameter{
		{Name: "user", Value: server.User()}, {Name: "database", Value: server.Database()}}}
	msg, err := startup.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nc.Write(msg); err != nil {
		t.Fatal(err)
	}
	in, key, settings := awaitReady(t, nc)
	cancel := func(ctx context.Context) error { return cancelRaw(ctx, dial, key) }
	c := newConn(&config, session{processID: key.ProcessID, version: wire.Version30, cancel: cancel},
		exchange.NewLine(nc, in), settings, wire.TxIdle)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func awaitReady(t *testing.T, nc net.Conn) (*wire.Buffer, wire.CancelRequest, map[string]string) {
	t.Helper()
	if err := nc.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	in := &wire.Buffer{}
	settings := map[string]string{}
	var key wire.BackendKeyData
	for {
		f, err := in.ReadFrame(nc, wire.PhaseBackend)
		if err != nil {
			t.Fatal(err)
		}
		switch f.Type {
		case 'E':
			t.Fatalf("startup failed: %q", f.Body)
		case 'S':
			var m wire.ParameterStatus
			if err := m.Parse(f.Body); err != nil {
				t.Fatal(err)
			}
			settings[m.Name] = m.Value
		case 'K':
			if err := key.Parse(append([]byte{}, f.Body...)); err != nil {
				t.Fatal(err)
			}
		case 'Z':
			_ = nc.SetReadDeadline(time.Time{})
			return in, wire.CancelRequest{ProcessID: key.ProcessID, Key: key.Key}, settings
		}
	}
}

func cancelRaw(ctx context.Context, dial func(context.Context) (net.Conn, error), m wire.CancelRequest) error {
	nc, err := dial(ctx)
	if err != nil {
		return err
	}
	defer nc.Close()
	msg, err := m.Append(nil)
	if err != nil {
		return err
	}
	if _, err := nc.Write(msg); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, nc)
	return err
}

// exchanges runs f and returns how many exchanges it cost.
func exchanges(c *Conn, f func()) int {
	before := c.line.Exchanges
	f()
	return c.line.Exchanges - before
}

package dial

import (
	"net"
	"strings"
	"testing"

	"parley/pgtest"
	"parley/wire"
)

// TestVersions has every version of the protocol asked of a real server.
func TestVersions(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	newest := wire.Version30
	if server.VersionNum() >= 180000 {
		newest = wire.Version(3<<16 | 2)
	}
	for more, want := range map[string]wire.Version{
		"":                            wire.Version30,
		"max_protocol_version=3.0":    wire.Version30,
		"max_protocol_version=3.2":    newest,
		"max_protocol_version=latest": newest,
		"min_protocol_version=3.2":    newest,
	} {
		for _, grease := range []bool{false, true} {
			s, err := connect(t, server.DSN()+" "+more, isolated(t), Settings{Grease: grease})
			if strings.HasPrefix(more, "min") && newest == wire.Version30 {
				if err == nil || !strings.Contains(err.Error(), "min_protocol_version") {
					t.Errorf("%s: %v", more, err)
				}
				continue
			}
			expected := want
			if grease {
				expected = newest
			}
			if err != nil {
				t.Errorf("%s, grease %v: %v", more, grease, err)
				continue
			}
			if s.Version != expected {
				t.Errorf("%s, grease %v: %v, want %v", more, grease, s.Version, expected)
			}
			_ = s.Conn.Close()
		}
	}
}

// TestGrease insists on the answer.
func TestGrease(t *testing.T) {
	for name, send := range map[string][]byte{
		"nothing":      msgTrust,
		"no option":    cat(encode(&wire.NegotiateProtocolVersion{Version: wire.Version30}), msgTrust),
		"option twice": cat(encode(&wire.NegotiateProtocolVersion{Version: wire.Version30, Options: []string{greaseOption, greaseOption}}), msgTrust),
		"grease":       cat(encode(&wire.NegotiateProtocolVersion{Version: greaseVersion, Options: []string{greaseOption}}), msgTrust),
	} {
		dsn := listen(t, func(conn net.Conn) {
			var m wire.StartupMessage
			if m.Parse(takeUntyped(conn)) != nil || m.Version != greaseVersion {
				t.Errorf("version %v", m.Version)
			}
			_, _ = conn.Write(send)
			hold(conn)
		})
		if s, err := Connect(t.Context(), resolve(t, dsn+"sslmode=disable"), Settings{Grease: true}); err == nil {
			_ = s.Conn.Close()
			t.Errorf("%s was accepted", name)
		}
	}
}

// TestVersionRefused: an old pooler says no in place of negotiating.
func TestVersionRefused(t *testing.T) {
	dsn := listen(t, func(conn net.Conn) {
		takeUntyped(conn)
		_, _ = conn.Write(encode(pgtest.Fatal("08P01", "unsupported protocol version")))
	})
	_, err := Connect(t.Context(), resolve(t, dsn+"sslmode=disable max_protocol_version=3.2"), Settings{})
	if err == nil || !strings.Contains(err.Error(), "max_protocol_version=3.0") {
		t.Errorf("got %v", err)
	}
}

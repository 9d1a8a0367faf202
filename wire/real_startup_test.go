package wire_test

import (
	"encoding/binary"
	"net"
	"strings"
	"testing"

	"parley/internal/scram"
	"parley/pgtest"
	"parley/wire"
)

func startup(v wire.Version, pairs ...string) *wire.StartupMessage {
	m := &wire.StartupMessage{Version: v}
	for i := 0; i < len(pairs); i += 2 {
		m.Parameters = append(m.Parameters, wire.Parameter{Name: pairs[i], Value: pairs[i+1]})
	}
	return m
}

// The versions that a client may ask for, and what a server makes of them.
func TestRealVersions(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	newest, key := wire.Version30, wire.MinCancelKey
	if server.VersionNum() >= 180000 {
		newest, key = wire.Version32, 32
	}
	for _, v := range []wire.Version{wire.Version30, wire.Version32, wire.VersionGrease} {
		c := dial(t, server)
		n := c.send(startup(v, "user", server.User()))
		if v > newest {
			if m, ok := c.sees(n, "0 NegotiateProtocolVersion").(*wire.NegotiateProtocolVersion); !ok || m.Newest() != newest || len(m.Options) != 0 {
				t.Errorf("asked for %s: %+v", v, m)
			}
		}
		want := wire.MinCancelKey
		if v > wire.Version30 {
			want = key
		}
		k, ok := c.sees(n, "0 AuthenticationOk", "0 ParameterStatus*", "0 BackendKeyData").(*wire.BackendKeyData)
		if !ok || len(k.Key) != want || c.session.Version() != min(v, newest) {
			t.Errorf("asked for %s: a key of %d bytes, version %s", v, len(k.Key), c.session.Version())
		}
		c.sees(n, "0 ReadyForQuery I")
		c.idle()
	}
}

// A server names the protocol options that it does not know.
func TestRealGrease(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	for _, v := range []wire.Version{wire.Version30, wire.VersionGrease} {
		c := dial(t, server)
		n := c.send(startup(v, "user", server.User(), "_pq_.parley", "1", "_pq_.test_protocol_negotiation", ""))
		m, ok := c.sees(n, "0 NegotiateProtocolVersion").(*wire.NegotiateProtocolVersion)
		if !ok || strings.Join(m.Options, " ") != "_pq_.parley _pq_.test_protocol_negotiation" {
			t.Errorf("asked for %s: %+v", v, m)
		}
		c.sees(n, "0 AuthenticationOk", "0 ParameterStatus*", "0 BackendKeyData", "0 ReadyForQuery I")
		c.idle()
	}
}

// Over a Unix socket no server encrypts.
func TestRealEncryptionRefused(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	for _, asked := range [][]wire.Message{
		{&wire.SSLRequest{}}, {&wire.GSSENCRequest{}},
		{&wire.SSLRequest{}, &wire.GSSENCRequest{}}, {&wire.GSSENCRequest{}, &wire.SSLRequest{}},
	} {
		c := dial(t, server)
		for _, m := range asked {
			n := c.send(m)
			c.sees(n, "0 "+strings.Replace(m.Kind().String(), "Request", "Response", 1))
			if c.session.Encrypted() {
				t.Errorf("%s was agreed to", m.Kind())
			}
		}
		n := c.send(startup(wire.Version30, "user", server.User()))
		c.sees(n, "0 AuthenticationOk", "0 ParameterStatus*", "0 BackendKeyData", "0 ReadyForQuery I")
	}
}

// A startup that fails, before and after authentication.
func TestRealStartupFails(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{HBA: []string{"local all postgres trust", "local all all reject", "host all all 127.0.0.1/32 trust"}})
	for _, f := range []struct {
		m    *wire.StartupMessage
		want []string
	}{
		{startup(wire.Version30, "user", "postgres", "database", "nowhere"), []string{"0 AuthenticationOk*", "0 ErrorResponse 3D000"}},
		{startup(wire.Version30, "user", "postgres", "client_encoding", "klingon"), []string{"0 AuthenticationOk*", "0 ParameterStatus*", "0 ErrorResponse 22023"}},
		{startup(wire.Version30, "user", "nobody"), []string{"0 ErrorResponse 28000"}},
	} {
		c := dial(t, server)
		n := c.send(f.m)
		c.sees(n, f.want...)
		c.ends()
	}
}

// The limit of a startup message is the server's own, to the byte.
func TestRealStartupLimit(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	const header, user = 8, len("user\x00postgres\x00") + len("options\x00\x00") + 1
	fits := startup(wire.Version30, "user", "postgres", "options", strings.Repeat(" ", wire.MaxStartup-header-user))
	c := dial(t, server)
	n := c.send(fits)
	c.sees(n, "0 AuthenticationOk", "0 ParameterStatus*", "0 BackendKeyData", "0 ReadyForQuery I")

	fits.Parameters[1].Value += " "
	msg, err := fits.Append(nil)
	if err != nil || binary.BigEndian.Uint32(msg) != wire.MaxStartup+1 {
		t.Fatalf("%d bytes, %v", len(msg), err)
	}
	c = dial(t, server)
	if _, err := c.conn.Write(msg); err != nil {
		t.Fatal(err)
	}
	if n, err := c.conn.Read(make([]byte, 1)); err == nil {
		t.Errorf("the server answers a startup message that is too long, with %d bytes", n)
	} else if e, ok := err.(net.Error); ok && e.Timeout() {
		t.Error("the server waits")
	}
	c.sent.Write(msg)
	if _, _, err := c.sent.Next(wire.PhaseStartup); err == nil {
		t.Error("a Buffer takes it")
	}
}

// guarded is a server whose users prove who they are, each in another way.
func guarded(t *testing.T) *pgtest.Server {
	t.Helper()
	var hba []string
	for _, host := range []string{"local all %s", "host all %s 127.0.0.1/32"} {
		for user, method := range map[string]string{"postgres": "trust", "ada": "scram-sha-256", "mary": "md5", "paul": "password"} {
			hba = append(hba, strings.Replace(host, "%s", user, 1)+" "+method)
		}
	}
	server := pgtest.Start(t, pgtest.Config{HBA: hba})
	c := begin(t, server)
	c.does("set password_encryption = 'scram-sha-256'")
	c.does("create user ada password 'lovelace'; create user paul password 'dirac'")
	c.does("set password_encryption = 'md5'")
	c.does("create user mary password 'somerville'")
	return server
}

func TestRealSCRAM(t *testing.T) {
	server := guarded(t)
	for password, right := range map[string]bool{"lovelace": true, "byron": false} {
		c := dial(t, server)
		n := c.send(startup(wire.Version30, "user", "ada", "database", "postgres"))
		offer, ok := c.sees(n, "0 AuthenticationSASL").(*wire.AuthenticationSASL)
		if !ok || strings.Join(offer.Mechanisms, " ") != scram.SHA256 {
			t.Errorf("the offer is %+v", offer)
		}
		client, err := scram.NewClient(scram.ClientConfig{Password: password})
		if err != nil {
			t.Fatal(err)
		}
		first, err := client.First()
		if err != nil {
			t.Fatal(err)
		}
		c.send(&wire.SASLInitialResponse{Mechanism: client.Mechanism(), Data: first})
		challenge := c.sees(n, "0 AuthenticationSASLContinue").(*wire.AuthenticationSASLContinue)
		final, err := client.Final(challenge.Data, nil)
		if err != nil {
			t.Fatal(err)
		}
		c.send(&wire.SASLResponse{Data: final})
		if !right {
			c.sees(n, "0 ErrorResponse 28P01")
			c.ends()
			continue
		}
		proof := c.sees(n, "0 AuthenticationSASLFinal").(*wire.AuthenticationSASLFinal)
		if err := client.Verify(proof.Data); err != nil {
			t.Error(err)
		}
		c.sees(n, "0 AuthenticationOk", "0 ParameterStatus*", "0 BackendKeyData", "0 NoticeResponse*", "0 ReadyForQuery I")
		c.idle()
	}
}

func TestRealPasswords(t *testing.T) {
	server := guarded(t)
	for _, try := range []struct {
		user, password string
		right          bool
	}{{"mary", "somerville", true}, {"mary", "shelley", false}, {"paul", "dirac", true}, {"paul", "erdos", false}} {
		c := dial(t, server)
		n := c.send(startup(wire.Version30, "user", try.user, "database", "postgres"))
		password := try.password
		if try.user == "mary" {
			salt := c.sees(n, "0 AuthenticationMD5Password").(*wire.AuthenticationMD5Password)
			password = scram.MD5Password(try.user, password, salt.Salt)
		} else {
			c.sees(n, "0 AuthenticationCleartextPassword")
		}
		c.send(&wire.PasswordMessage{Password: password})
		if !try.right {
			c.sees(n, "0 ErrorResponse 28P01")
			c.ends()
			continue
		}
		c.sees(n, "0 AuthenticationOk", "0 ParameterStatus*", "0 BackendKeyData", "0 NoticeResponse*", "0 ReadyForQuery I")
		n = c.send(query("select current_user"))
		c.sees(n, "0 RowDescription", "0 DataRow", "0 CommandComplete SELECT 1", "0 ReadyForQuery I")
		c.idle()
	}
}

package dial

import (
	"fmt"
	"strings"
	"testing"

	"parley/internal/conninfo"
	"parley/internal/scram"
	"parley/pgtest"
)

// TestSaltCache: what is kept is found by the same login only.
func TestSaltCache(t *testing.T) {
	var c SaltCache
	salted, err := scram.NewSaltedPassword("p", []byte("salt"), 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	h := conninfo.Host{Name: "h", Port: 1}
	k := c.key("u", &h, "p")
	if c.get(k).Iterations() != 0 {
		t.Error("found before it was kept")
	}
	c.put(k, salted)
	if c.get(c.key("u", &h, "p")).Iterations() != 1 {
		t.Error("not found")
	}
	for _, other := range []saltKey{
		c.key("u", &h, "q"), c.key("v", &h, "p"), c.key("uh", &conninfo.Host{Port: 1}, "p"),
		c.key("u", &conninfo.Host{Name: "h", Port: 2}, "p"), c.key("u", &conninfo.Host{Name: "h", Addr: "x", Port: 1}, "p"),
		new(SaltCache).key("u", &h, "p"),
	} {
		if c.get(other).Iterations() != 0 {
			t.Error("found by another login")
		}
	}
	for i := range 3 * maxSalted {
		c.put(c.key(fmt.Sprint(i), &h, "p"), salted)
		c.get(k)
	}
	if c.get(k).Iterations() != 1 || len(c.kept) != maxSalted || len(c.order) != maxSalted {
		t.Errorf("%d kept in order of %d, or the one in use is gone", len(c.kept), len(c.order))
	}
	if text := fmt.Sprintf("%v %+v", c.kept[k], salted); strings.Contains(text, "salt") {
		t.Error(text)
	}
}

// TestReconnect: a verified password is derived once; a changed or a wrong one
// never meets what was kept.
func TestReconnect(t *testing.T) {
	server := authServer(t)
	cache := new(SaltCache)
	login := func(more string) error {
		s, err := connect(t, server.as("scram", "sslmode=disable "+more), isolated(t), Settings{SaltedPasswords: cache, MaxIterations: 5000})
		if err == nil {
			_ = s.Conn.Close()
		}
		return err
	}
	if err := login("password=" + wrongPassword); err == nil || len(cache.kept) != 0 {
		t.Errorf("wrong password: %v, %d kept", err, len(cache.kept))
	}
	for range 3 {
		if err := login(""); err != nil || len(cache.kept) != 1 {
			t.Errorf("right password: %v, %d kept", err, len(cache.kept))
		}
	}
	admin, err := connect(t, server.DSN(), isolated(t), Settings{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = admin.Conn.Close() }()
	run(t, admin, "ALTER ROLE scram PASSWORD '"+wrongPassword+"'")
	if err := login(""); err == nil {
		t.Error("the old password still works")
	}
	if err := login("password=" + wrongPassword); err != nil || len(cache.kept) != 2 {
		t.Errorf("new password: %v, %d kept", err, len(cache.kept))
	}
}

// BenchmarkConnectScram is the whole of a login, with and without what was kept.
func BenchmarkConnectScram(b *testing.B) {
	server := pgtest.Start(b, pgtest.Config{Password: "secret", Auth: "scram-sha-256"})
	config := resolve(b, server.DSN())
	for name, cache := range map[string]*SaltCache{"derived": nil, "kept": new(SaltCache)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s, err := Connect(b.Context(), config, Settings{SaltedPasswords: cache})
				if err != nil {
					b.Fatal(err)
				}
				_ = s.Conn.Close()
			}
		})
	}
}

// BenchmarkLoginScram is this side alone: the server is a script without
// arithmetic to speak of.
func BenchmarkLoginScram(b *testing.B) {
	salted, err := scram.NewSaltedPassword(rightPassword, []byte("0123456789abcdef"), 4096, nil)
	if err != nil {
		b.Fatal(err)
	}
	flags := map[string]scram.SaltedPassword{"derived": {}, "kept": salted}
	for name, kept := range flags {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				client, err := scram.NewClient(scram.ClientConfig{Password: rightPassword, Salted: kept, Nonce: "abc"})
				if err != nil {
					b.Fatal(err)
				}
				_, _ = client.First()
				if _, err := client.Final([]byte("r=abcdef,s=MDEyMzQ1Njc4OWFiY2RlZg==,i=4096"), nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

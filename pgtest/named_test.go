//go:build !windows

package pgtest

import (
	"errors"
	"os"
	"testing"
	"time"
)

// ownRegister gives a test a cache of its own, and a PostgreSQL for it.
func ownRegister(t *testing.T) {
	i, err := Fetch(t.Context(), 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(CacheVariable, openDir(t))
	t.Setenv(PostgresVariable, i.Bin)
}

// The command that started the server is gone; the server stays until stopped.
func TestNamed(t *testing.T) {
	ownRegister(t)
	ctx := t.Context()
	h := startHelper(t, "named")
	h.kill()
	list, err := ListNamed(ctx)
	if err != nil || len(list) != 1 {
		t.Fatalf("the servers are %v, %v", list, err)
	}
	n := list[0]
	if got := n.Until.Sub(n.Started); n.Name != "mine" || n.Dir != h.words[0] || got != DefaultLifetime || n.PID == 0 {
		t.Errorf("the server is %+v", n)
	}
	if got, err := askAt("unix", n.SocketDir+"/.s.PGSQL.5432", n.User, n.Database, "SELECT 1"); got != "1" {
		t.Errorf("it answers %q, %v", got, err)
	}
	if info, err := os.Stat((&register{dir: os.Getenv(CacheVariable) + "/servers"}).path("mine")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file with the password has mode %v, %v", info.Mode(), err)
	}
	again, err := StartNamed(ctx, "mine", Config{}, 0)
	if !errors.Is(err, ErrRunning) || again.Dir != n.Dir {
		t.Errorf("starting it again: %+v, %v", again, err)
	}
	if _, err := StopNamed(ctx, "mine"); err != nil {
		t.Fatal(err)
	}
	if exists(n.Dir) {
		t.Errorf("%s is still there", n.Dir)
	}
	if list, err := ListNamed(ctx); err != nil || len(list) != 0 {
		t.Errorf("after the stop the servers are %v, %v", list, err)
	}
	if _, err := StopNamed(ctx, "mine"); !errors.Is(err, ErrNotRunning) {
		t.Errorf("stopping it again: %v", err)
	}
}

func TestNamedLifetime(t *testing.T) {
	ownRegister(t)
	n, err := StartNamed(t.Context(), "short", Config{TCP: true}, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	await(t, "the server's time is over", func() bool { return !exists(n.Dir) })
	if list, err := ListNamed(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("the servers are %v, %v", list, err)
	}
}

// A server without a bound, and one that ends by itself.
func TestNamedWithoutBound(t *testing.T) {
	ownRegister(t)
	n, err := StartNamed(t.Context(), "long", Config{}, -1)
	if err != nil {
		t.Fatal(err)
	}
	if !n.Until.IsZero() {
		t.Errorf("a server without a bound ends at %v", n.Until)
	}
	if err := signalServer(n.PID, Fast); err != nil {
		t.Fatal(err)
	}
	await(t, "its directory is gone", func() bool { return !exists(n.Dir) })
	if list, err := ListNamed(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("the servers are %v, %v", list, err)
	}
}

func TestNamedNames(t *testing.T) {
	t.Setenv(CacheVariable, openDir(t))
	for _, name := range []string{"", "../x", "a b", "-x", "a/b", "x.y", "a234567890123456789012345678901234"} {
		_, err := StartNamed(t.Context(), name, Config{}, 0)
		wantText(t, err, "cannot be a server's name")
		_, err = StopNamed(t.Context(), name)
		wantText(t, err, "cannot be a server's name")
	}
	if list, err := ListNamed(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("the servers of an empty cache are %v, %v", list, err)
	}
}

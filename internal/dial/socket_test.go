package dial

import (
	"context"
	"fmt"
	"net"
	"os/user"
	"strings"
	"testing"

	"parley/pgtest"
)

// TestRequirePeer compares requirepeer with libpq.
func TestRequirePeer(t *testing.T) {
	t.Parallel()
	o := findOracle(t)
	server := pgtest.Start(t, pgtest.Config{TCP: true})
	home := t.TempDir()
	names := []string{"nobody-in-particular", "root", "postgres", "nobody"}
	if me, err := user.Current(); err == nil {
		names = append(names, me.Username)
	}
	seen := make(map[string]int)
	for _, name := range names {
		seen[o.same(t, server.DSN()+" requirepeer="+name, home)]++
	}
	if seen["plain"] == 0 || seen["fails"] == 0 {
		t.Errorf("the cases are one-sided: %v", seen)
	}
	o.same(t, server.TCPDSN()+" requirepeer="+names[0], home)
	client, other := pgtest.Pipe(pgtest.PipeConfig{})
	defer func() { _ = other.Close() }()
	set := Settings{Dial: func(context.Context, string, string) (net.Conn, error) { return client, nil }}
	_, err := Connect(t.Context(), resolve(t, "host=/x user=u requirepeer=x"), set)
	if err == nil || !strings.Contains(err.Error(), "socket of the system") {
		t.Errorf("got %v", err)
	}
}

// TestAbstractSocket connects to a name that is no file.
func TestAbstractSocket(t *testing.T) {
	name := fmt.Sprintf("@parley-dial-%d", len(t.Name()))
	l, err := net.Listen("unix", name+"/.s.PGSQL.1")
	if err != nil {
		t.Log("no abstract sockets here:", err)
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		takeUntyped(conn)
		_, _ = conn.Write(msgTrust)
		hold(conn)
	}()
	s, err := Connect(t.Context(), resolve(t, "user=u port=1 host="+name), Settings{})
	if err == nil {
		_ = s.Conn.Close()
	}
	_ = l.Close()
	<-done
	if err != nil || s.Addr != name+"/.s.PGSQL.1" {
		t.Errorf("%v, %v", s, err)
	}
}

// TestLongSocket is told what is wrong, and goes on to the next host.
func TestLongSocket(t *testing.T) {
	long := "/" + strings.Repeat("x", 120)
	_, err := Connect(t.Context(), resolve(t, "user=u port=1 host="+long), Settings{})
	if err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("got %v", err)
	}
	server := pgtest.Start(t, pgtest.Config{})
	s, err := Connect(t.Context(), resolve(t, fmt.Sprintf("user=postgres port=%d host=%s,%s", server.Port(), long, server.SocketDir())), Settings{})
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Conn.Close()
}

// TestNumeric reads addresses as inet_aton does.
func TestNumeric(t *testing.T) {
	for text, want := range map[string]string{
		"1.2.3.4": "1.2.3.4", "127.1": "127.0.0.1", "127.0.1": "127.0.0.1", "2130706433": "127.0.0.1", "0x7f.1": "127.0.0.1",
		"0177.0.0.01": "127.0.0.1", "192.000.002.001": "192.0.2.1", "::1": "::1", "fe80::1%lo": "fe80::1%lo", "1.2.65535": "1.2.255.255",
		"": "", ".": "", "1.2.3.4.5": "", "256.1": "", "1.2.3.256": "", "1.2.65536": "", "08": "", "1.2.3.4x": "", "-1": "", "+1": "", "0x": "", "x": "",
		"4294967296": "", "1_0.1": "", "1..2": "",
	} {
		got, ok := numericAddress(text)
		if !ok {
			got = ""
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestDialErrors say what to do.
func TestDialErrors(t *testing.T) {
	for dsn, want := range map[string]string{
		"host=/nowhere/at/all":                        "is the server running here",
		"host=127.0.0.1 port=1":                       "listen_addresses",
		"host=name.invalid":                           "dns",
		"host=name.invalid hostaddr=127.0.0.1 port=1": "name.invalid:1 (127.0.0.1)",
	} {
		_, err := Connect(t.Context(), resolve(t, "user=u "+dsn), Settings{})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", dsn, err)
		}
	}
}

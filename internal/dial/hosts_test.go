package dial

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"parley/internal/conninfo"
	"parley/pgtest"
	"parley/wire"
)

// standbyOf makes a hot standby out of a copy of the data of a stopped server.
func standbyOf(t *testing.T, primary *pgtest.Server) *pgtest.Server {
	t.Helper()
	standby := pgtest.Start(t, pgtest.Config{TCP: true})
	for _, s := range []*pgtest.Server{primary, standby} {
		if err := s.Stop(t.Context(), pgtest.Fast); err != nil {
			t.Fatal(err)
		}
	}
	copyData(t, primary.DataDir(), standby.DataDir())
	if err := standby.WriteFile("standby.signal", nil); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*pgtest.Server{primary, standby} {
		if err := s.Resume(t.Context()); err != nil {
			t.Fatalf("%v\n%s", err, s.Log())
		}
	}
	return standby
}

// copyData replaces the files of the cluster in to, but for its configuration,
// and gives them to whom they belonged.
func copyData(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil || strings.HasSuffix(name, ".conf") || name == "postmaster.opts" {
			return err
		}
		target := filepath.Join(to, name)
		if d.IsDir() {
			if err := os.MkdirAll(target, 0o700); err != nil {
				return err
			}
			return giveTo(to, target)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.WriteFile(target, text, 0o600); err != nil {
			return err
		}
		return giveTo(to, target)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTargets finds the right one of a primary, a standby and a primary that is
// read-only by default, and compares with libpq.
func TestTargets(t *testing.T) {
	t.Parallel()
	o := findOracle(t)
	primary := pgtest.Start(t, pgtest.Config{TCP: true})
	standby := standbyOf(t, primary)
	quiet := pgtest.Start(t, pgtest.Config{TCP: true, Settings: map[string]string{"default_transaction_read_only": "on"}})
	servers := map[string]*pgtest.Server{"p": primary, "s": standby, "q": quiet}
	home := t.TempDir()
	for order, want := range map[string]map[string]string{
		"ps":  {"any": "p", "read-write": "p", "read-only": "s", "primary": "p", "standby": "s", "prefer-standby": "s"},
		"sp":  {"any": "s", "read-write": "p", "read-only": "s", "primary": "p", "standby": "s", "prefer-standby": "s"},
		"qs":  {"any": "q", "read-write": "", "read-only": "q", "primary": "q", "standby": "s", "prefer-standby": "s"},
		"qp":  {"any": "q", "read-write": "p", "read-only": "q", "primary": "q", "standby": "", "prefer-standby": "q"},
		"xsp": {"any": "s", "read-write": "p", "read-only": "s", "primary": "p", "standby": "s", "prefer-standby": "s"},
		"p":   {"read-only": "", "standby": "", "prefer-standby": "p"},
	} {
		var hosts, ports []string
		for _, c := range order {
			port := 1 // nobody listens there
			if s := servers[string(c)]; s != nil {
				port = s.Port()
			}
			hosts, ports = append(hosts, "127.0.0.1"), append(ports, fmt.Sprint(port))
		}
		for attrs, name := range want {
			dsn := fmt.Sprintf("host=%s port=%s user=postgres dbname=postgres target_session_attrs=%s", strings.Join(hosts, ","), strings.Join(ports, ","), attrs)
			o.same(t, dsn, home)
			s, err := connect(t, dsn, isolated(t), Settings{})
			switch {
			case err != nil && name != "":
				t.Errorf("%s of %s: %v", attrs, order, err)
			case err == nil && (name == "" || int(s.Host.Port) != servers[name].Port()):
				t.Errorf("%s of %s: got port %d", attrs, order, s.Host.Port)
			}
			if err == nil {
				_ = s.Conn.Close()
			}
		}
	}
}

// TestTargetsByAsking has servers that do not tell by themselves.
func TestTargetsByAsking(t *testing.T) {
	for version, settings := range map[string][]wire.Parameter{"8.4.1": nil, "13.2": nil, "14.0": {{Name: "in_hot_standby", Value: "off"}}} {
		for attrs, c := range map[string]struct{ sql, yes string }{
			"read-write": {"SHOW transaction_read_only", "off"}, "read-only": {"SHOW transaction_read_only", "on"},
			"primary": {"SELECT pg_catalog.pg_is_in_recovery()", "f"}, "standby": {"SELECT pg_catalog.pg_is_in_recovery()", "t"},
		} {
			for _, answer := range []string{c.yes, "other", "error", "rows"} {
				t.Run(version+" "+attrs+" "+answer, func(t *testing.T) {
					asked := 0
					dsn := listen(t, func(conn net.Conn) {
						takeUntyped(conn)
						_, _ = conn.Write(msgOk)
						for _, s := range append(settings, wire.Parameter{Name: "server_version", Value: version}) {
							_, _ = conn.Write(encode(&wire.ParameterStatus{Name: s.Name, Value: s.Value}))
						}
						_, _ = conn.Write(msgReady)
						var q wire.Query
						if q.Parse(takeTyped(conn)) != nil || q.SQL != c.sql {
							return
						}
						asked++
						row, ready := pgtest.Row(answer), msgReady
						switch answer {
						case "error":
							_, _ = conn.Write(cat(encode(pgtest.Failure("42704", "no such thing")), ready))
						case "rows":
							_, _ = conn.Write(cat(encode(pgtest.Columns("x"), pgtest.Row(c.yes), pgtest.Row(c.yes), pgtest.Done("SELECT 2")), ready))
						default:
							_, _ = conn.Write(cat(encode(pgtest.Columns("x"), pgtest.Notice("by the way"), row, pgtest.Done("SELECT 1")), ready))
						}
						hold(conn)
					})
					s, err := Connect(t.Context(), resolve(t, dsn+"sslmode=disable target_session_attrs="+attrs), Settings{})
					want := answer == c.yes || answer == "other" && (attrs == "read-write" || attrs == "primary")
					standby := c.sql[1] == 'E'
					switch {
					case standby && len(settings) > 0:
						want = attrs == "primary"
					case standby && version == "8.4.1":
						want = attrs == "primary"
					}
					if (err == nil) != want {
						t.Errorf("asked %d times: %v", asked, err)
					}
					if err == nil {
						_ = s.Conn.Close()
					}
				})
			}
		}
	}
}

// fakeResolver knows some names.
type fakeResolver map[string][]string

func (r fakeResolver) LookupHost(ctx context.Context, host string) ([]string, error) {
	if addrs, ok := r[host]; ok {
		return slices.Clone(addrs), nil
	}
	if host == "slow" {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

// TestMoves holds the whole search to the table: which places are tried, in
// which order, before it ends.
func TestMoves(t *testing.T) {
	r := fakeResolver{"one": {"10.0.0.1"}, "two": {"10.0.0.1", "10.0.0.2"}, "none": {}, "ok": {"10.0.1.1"}}
	refused := errors.New("refused")
	for name, c := range map[string]struct {
		hosts, more string
		answers     map[string][]byte // by address; no entry: no connection
		want        string            // the addresses in order, with the method
		ok          bool
	}{
		"no name":           {"nowhere,none,ok", "", nil, "10.0.1.1/plain", true},
		"no connection":     {"two,ok", "", nil, "10.0.0.1 10.0.0.2 10.0.1.1/plain", true},
		"refused ends":      {"two,ok", "", map[string][]byte{"10.0.0.1": encode(pgtest.Fatal("28P01", "no"))}, "10.0.0.1/plain", false},
		"not now":           {"two,ok", "", map[string][]byte{"10.0.0.1": encode(pgtest.Fatal("57P03", "starting up"))}, "10.0.0.1/plain 10.0.1.1/plain", true},
		"garbage ends":      {"two,ok", "", map[string][]byte{"10.0.0.1": []byte("garbage")}, "10.0.0.1/plain", false},
		"hangs up, ends":    {"two,ok", "", map[string][]byte{"10.0.0.1": {}}, "10.0.0.1/plain", false},
		"late error ends":   {"two,ok", "", map[string][]byte{"10.0.0.1": cat(msgOk, encode(pgtest.Fatal("57P03", "no")))}, "10.0.0.1/plain", false},
		"N, then plain":     {"one", "sslmode=prefer", map[string][]byte{"10.0.0.1": []byte("N")}, "10.0.0.1/tls,plain", true},
		"N, require":        {"two,ok", "sslmode=require", map[string][]byte{"10.0.0.1": []byte("N")}, "10.0.0.1/tls", false},
		"N, refused":        {"one,ok", "sslmode=prefer", map[string][]byte{"10.0.0.1": cat([]byte("N"), encode(pgtest.Fatal("28000", "no")))}, "10.0.0.1/tls,plain", false},
		"E ends":            {"one,ok", "sslmode=prefer", map[string][]byte{"10.0.0.1": []byte("E")}, "10.0.0.1/tls", false},
		"allow":             {"one", "sslmode=allow", map[string][]byte{"10.0.0.1": encode(pgtest.Fatal("28000", "no"))}, "10.0.0.1/plain 10.0.0.1/tls", false},
		"allow, not now":    {"one,ok", "sslmode=allow", map[string][]byte{"10.0.0.1": encode(pgtest.Fatal("57P03", "no"))}, "10.0.0.1/plain 10.0.1.1/plain", true},
		"handshake, prefer": {"one", "sslmode=prefer", map[string][]byte{"10.0.0.1": []byte("S")}, "10.0.0.1/tls 10.0.0.1/plain", false},
		"local, no method":  {"two,ok", "require_auth=md5", map[string][]byte{"10.0.0.1": msgTrust}, "10.0.0.1/plain", false},
	} {
		t.Run(name, func(t *testing.T) {
			var tried []string
			set := Settings{Resolver: r, Dial: func(_ context.Context, _, address string) (net.Conn, error) {
				host, _, _ := net.SplitHostPort(address)
				answer, known := c.answers[host]
				if host == "10.0.1.1" {
					answer, known = msgTrust, true
				}
				tried = append(tried, host)
				if !known {
					return nil, refused
				}
				return answering(t, answer, &tried[len(tried)-1]), nil
			}}
			if !strings.Contains(c.more, "sslmode") {
				c.more += " sslmode=disable"
			}
			s, err := Connect(t.Context(), resolve(t, "user=u host="+c.hosts+" "+c.more), set)
			if got := strings.Join(tried, " "); got != c.want || (err == nil) != c.ok {
				t.Errorf("tried %s, want %s: %v", got, c.want, err)
			}
			if err == nil {
				_ = s.Conn.Close()
			}
		})
	}
}

// answering returns a connection whose other end takes one message, adds to log
// what it was, and sends the answer; after "N" it takes another one first.
func answering(t *testing.T, answer []byte, log *string) net.Conn {
	client, server := pgtest.Pipe(pgtest.PipeConfig{})
	done := make(chan struct{})
	t.Cleanup(func() { _ = client.Close(); <-done })
	kind := func(body []byte) string {
		if wire.IdentifyUntyped(append([]byte(nil), body...)) == wire.KindSSLRequest {
			return "tls"
		}
		return "plain"
	}
	first := make(chan string, 2)
	go func() {
		defer close(done)
		defer func() { _ = server.Close() }()
		first <- kind(takeUntyped(server))
		if len(answer) > 0 && answer[0] == 'N' {
			_, _ = server.Write(answer[:1])
			if body := takeUntyped(server); body != nil {
				first <- kind(body)
			}
			answer = append(append([]byte(nil), answer[1:]...), msgTrust...)
		}
		_, _ = server.Write(answer)
	}()
	return &loggedConn{Conn: client, log: log, kinds: first}
}

// loggedConn adds to a log what its other end took, in the goroutine that reads.
type loggedConn struct {
	net.Conn
	log   *string
	kinds chan string
}

func (c *loggedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	for {
		select {
		case k := <-c.kinds:
			sep := ","
			if !strings.Contains(*c.log, "/") {
				sep = "/"
			}
			*c.log += sep + k
		default:
			return n, err
		}
	}
}

// TestLoadBalance: all orders occur.
func TestLoadBalance(t *testing.T) {
	r := fakeResolver{"a": {"10.0.0.1", "10.0.0.2", "10.0.0.3"}, "b": {"10.0.1.1"}}
	orders := make(map[string]int)
	for range 500 {
		var tried []string
		set := Settings{Resolver: r, Dial: func(_ context.Context, _, address string) (net.Conn, error) {
			tried = append(tried, strings.TrimPrefix(strings.TrimSuffix(address, ":5432"), "10.0."))
			return nil, errors.New("refused")
		}}
		if _, err := Connect(t.Context(), resolve(t, "user=u host=a,b load_balance_hosts=random"), set); err == nil {
			t.Fatal("connected")
		}
		orders[strings.Join(tried, " ")]++
	}
	if len(orders) != 12 {
		t.Errorf("%d orders, want 12: %v", len(orders), slices.Sorted(maps.Keys(orders)))
	}
}

func TestPlaces(t *testing.T) {
	for dsn, want := range map[string]string{
		"host=/run/pg port=1":           "unix /run/pg/.s.PGSQL.1",
		"host=@abc port=1":              "unix @abc/.s.PGSQL.1",
		"host=name port=1":              "tcp 10.0.0.1:1",
		"host=name hostaddr=::1 port=1": "tcp [::1]:1",
		"hostaddr=127.1 port=1":         "tcp 127.0.0.1:1",
		"hostaddr=0x7f000001 port=1":    "tcp 127.0.0.1:1",
		"host=127.1 port=1":             "tcp 127.0.0.1:1",
		"host=::1 port=1":               "tcp [::1]:1",
		"hostaddr=name port=1":          "",
		"host=nowhere port=1":           "",
		"host=fe80::1%eth0 port=1":      "tcp [fe80::1%eth0]:1",
	} {
		c := resolve(t, dsn)
		list, err := places(t.Context(), c, &Settings{Resolver: fakeResolver{"name": {"10.0.0.1"}}}, &c.Hosts[0])
		got := ""
		if err == nil {
			got = list[0].network + " " + list[0].address
		}
		if got != want {
			t.Errorf("%s: %q, want %q (%v)", dsn, got, want, err)
		}
	}
}

func TestGSSEncryption(t *testing.T) {
	for mode, want := range map[string]bool{"require": false, "prefer": true, "disable": true} {
		set := Settings{Dial: func(context.Context, string, string) (net.Conn, error) {
			var log string
			return answering(t, msgTrust, &log), nil
		}}
		_, err := Connect(t.Context(), resolve(t, "host=127.0.0.1 user=u sslmode=disable gssencmode="+mode), set)
		if (err == nil) != want || !want && !errors.Is(err, errGSSEncryption) {
			t.Errorf("%s: %v", mode, err)
		}
	}
	if conninfo.Require.String() != "require" {
		t.Error("the words have changed")
	}
}

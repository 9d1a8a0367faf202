package pgtest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A server answers, and is gone after Close.
func TestStart(t *testing.T) {
	t.Parallel()
	s := Start(t, Config{Progress: ProgressLines(t.Output())})
	if got, want := mustAsk(t, s, "SHOW server_version_num"), strconv.Itoa(s.VersionNum()); got != want {
		t.Errorf("server_version_num is %s, want %s", got, want)
	}
	if got := mustAsk(t, s, "SELECT current_user, current_database(), 1 + 1"); got != "postgres|postgres|2" {
		t.Errorf("the server answers %s", got)
	}
	if got := mustAsk(t, s, "SHOW listen_addresses"); got != "" {
		t.Errorf("a server without TCP listens on %s", got)
	}
	if got := mustAsk(t, s, "SHOW fsync"); got != "off" {
		t.Errorf("fsync of a throwaway server is %s", got)
	}
	pid := s.PID()
	if got := mustAsk(t, s, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'"); got == strconv.Itoa(pid) {
		t.Errorf("the postmaster's process id is another's, %s", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if exists(s.Dir()) {
		t.Errorf("%s is still there after Close", s.Dir())
	}
	if _, running := serverIn(t.Context(), s.Dir()); running || s.PID() != 0 {
		t.Error("the server is still running after Close")
	}
	if err := s.Close(); err != nil {
		t.Errorf("the second Close failed: %v", err)
	}
	wantText(t, s.Resume(t.Context()), "already closed")
}

// Every version that the package is for. Where npm is, every one can be had; -short
// keeps to what is at hand.
func TestEveryVersion(t *testing.T) {
	_, noNPM := exec.LookPath("npm")
	for version := MinMajor; version <= MaxMajor; version++ {
		if _, err := Find(t.Context(), version); err != nil && (testing.Short() || noNPM != nil) {
			t.Logf("without version %d: %v", version, err)
			continue
		}
		t.Run(strconv.Itoa(version), func(t *testing.T) {
			t.Parallel()
			s := Start(t, Config{Version: version, Progress: ProgressLines(t.Output()), Password: "x", Auth: "trust", Database: "d", TCP: true})
			if got := mustAsk(t, s, "SHOW server_version_num"); got[:2] != strconv.Itoa(version) {
				t.Errorf("asked for %d, got %s", version, got)
			}
			if err := s.Reload(t.Context()); err != nil {
				t.Error(err)
			}
			if err := s.Restart(t.Context(), Crash); err != nil {
				t.Fatal(err)
			}
			if got := mustAsk(t, s, "SHOW dynamic_shared_memory_type"); got != "mmap" {
				t.Errorf("shared memory is %s", got)
			}
		})
	}
}

func TestRunWithEverything(t *testing.T) {
	t.Parallel()
	const name = `a "b" \ 'c'`
	s := Start(t, Config{
		TCP: true, User: "the boss", Database: name, Password: `p'w\`, Durable: true,
		Settings: map[string]string{"work_mem": "12MB", "application_name": `it's a \ test`, "parley.custom": "1"},
		InitDB:   []string{"--data-checksums"},
		Setup:    []string{"CREATE TABLE t (a int)", "INSERT INTO t VALUES (1), (2);", "CREATE ROLE other LOGIN"},
	})
	for sql, want := range map[string]string{
		"SELECT a FROM t ORDER BY a":              "1\n2",
		"SELECT current_user, current_database()": "the boss|" + name,
		"SHOW work_mem":                           "12MB",
		"SHOW application_name":                   `it's a \ test`,
		"SHOW parley.custom":                      "1",
		"SHOW fsync":                              "on",
		"SHOW data_checksums":                     "on",
		"SHOW listen_addresses":                   "127.0.0.1",
		"SHOW data_directory":                     s.DataDir(),
		"SELECT rolpassword IS NOT NULL FROM pg_authid WHERE rolname = 'the boss'": "t",
	} {
		if got, err := askAt("tcp", s.TCPAddr(), s.User(), s.Database(), sql); got != want || err != nil {
			t.Errorf("%s: %q, %v; want %q", sql, got, err, want)
		}
	}
	if got, err := askAt("unix", s.Socket(), "other", "postgres", "SELECT current_user"); got != "other" {
		t.Errorf("a role made by Setup: %q, %v", got, err)
	}
	text := s.Log()
	for _, secret := range []string{s.Password(), `p''w`} {
		if strings.Contains(text, secret) {
			t.Error("the log holds the password")
		}
	}
}

// With a method that asks for a password, the server asks.
func TestRunAuth(t *testing.T) {
	t.Parallel()
	for method, code := range map[string]int{"scram-sha-256": 10, "md5": 5, "password": 3} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			s := Start(t, Config{Auth: method, Password: "secret"})
			_, err := ask(s, "SELECT 1")
			if want := refused(fmt.Sprintf("the server asks for authentication %d", code)); err != want {
				t.Errorf("got %v, want %v", err, want)
			}
		})
	}
}

func TestRunTLS(t *testing.T) {
	t.Parallel()
	certificate, key := selfSigned(t)
	s := Start(t, Config{
		TCP:      true,
		Settings: map[string]string{"ssl": "on"},
		Files:    map[string][]byte{"server.crt": certificate, "server.key": key},
	})
	conn, err := net.Dial("tcp", s.TCPAddr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	answer := make([]byte, 1)
	conn.Write(sslRequest)
	if _, err := io.ReadFull(conn, answer); err != nil || answer[0] != 'S' {
		t.Fatalf("the server answers %q, %v to the request for TLS", answer, err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(certificate)
	if err := tls.Client(conn, &tls.Config{RootCAs: roots, ServerName: "localhost"}).HandshakeContext(t.Context()); err != nil {
		t.Error(err)
	}
}

func selfSigned(t *testing.T) (certificate, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}

func TestRunSeveralAtOnce(t *testing.T) {
	t.Parallel()
	var wait sync.WaitGroup
	var servers [4]*Server
	for i := range servers {
		wait.Go(func() {
			s, err := Run(t.Context(), Config{TCP: i%2 == 0})
			if err != nil {
				t.Error(err)
				return
			}
			servers[i] = s
		})
	}
	wait.Wait()
	seen := map[string]bool{}
	for _, s := range servers {
		if s == nil {
			continue
		}
		wait.Go(func() {
			if got, err := ask(s, "SELECT 1"); got != "1" {
				t.Errorf("%s: %q, %v", s.Dir(), got, err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		if seen[s.Dir()] || s.TCPAddr() != "" && seen[s.TCPAddr()] {
			t.Errorf("two servers share %s or %s", s.Dir(), s.TCPAddr())
		}
		seen[s.Dir()], seen[s.TCPAddr()] = true, true
	}
	wait.Wait()
}

// A server that cannot start says why, in its own words, and leaves nothing.
func TestRunRefused(t *testing.T) {
	t.Parallel()
	before := time.Now()
	_, err := Run(t.Context(), Config{Settings: map[string]string{"wal_level": "nonsense"}})
	wantText(t, err, "the server ended before it was ready", "exit status 1", `invalid value for parameter "wal_level"`)
	_, err = Run(t.Context(), Config{Setup: []string{"SELECT 1", "SELECT nothing"}})
	wantText(t, err, "run Config.Setup", `column "nothing" does not exist`)
	_, err = Run(t.Context(), Config{InitDB: []string{"--no-such-thing"}})
	wantText(t, err, "run initdb", "no-such-thing")
	_, err = Run(t.Context(), Config{StartTimeout: 1})
	wantText(t, err, "not ready after 1ns (Config.StartTimeout)")
	for _, dir := range privateDirs(t) {
		if info, err := os.Stat(dir); err == nil && info.ModTime().After(before) {
			// Other tests' servers are in use, or on their way out.
			await(t, dir+" is in use or gone", func() bool { return inUse(t, dir) || !exists(dir) })
		}
	}
}

func TestRunCancelled(t *testing.T) {
	t.Parallel()
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if _, err := Run(ctx, Config{}); !errors.Is(err, why) {
		t.Errorf("the error is %v, want %v", err, why)
	}
}

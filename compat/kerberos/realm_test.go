package kerberos

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jcmturner/gokrb5/v8/config"
	"github.com/jcmturner/gokrb5/v8/credentials"
	"github.com/jcmturner/gokrb5/v8/keytab"

	"parley/pgtest"
)

const (
	realmName = "PARLEY.TEST"
	dbHost    = "db.parley.test" // a name that no resolver knows
	adaSecret = "correct horse"
	bobSecret = "battery staple"
)

// realm is a KDC of MIT's with a database of its own, and a PostgreSQL that
// trusts it, on loopback.
type realm struct {
	dir     string
	account *syscall.SysProcAttr // who the KDC runs as
	address string
	server  *pgtest.Server
	psql    []string // of the server's version
}

// kdcLife is how long a KDC lives whose test does not end it.
const kdcLife = 5 * time.Minute

// needs finds programs, or skips; it fails instead in continuous integration.
func needs(t testing.TB, hint string, programs ...string) {
	t.Helper()
	for _, name := range programs {
		if _, err := exec.LookPath(name); err == nil {
			continue
		}
		if os.Getenv("PARLEY_CI") != "" {
			t.Fatalf("%s is missing, and PARLEY_CI is set; %s", name, hint)
		}
		t.Skipf("%s is missing; %s", name, hint)
	}
}

// newRealm starts a KDC that knows two users and three services, and a server
// with the keys of two of them.
func newRealm(t testing.TB) *realm {
	t.Helper()
	if path := os.Getenv("PATH"); !strings.Contains(path, "/usr/sbin") {
		t.Setenv("PATH", path+":/usr/sbin")
	}
	needs(t, "install Debian's packages krb5-kdc, krb5-admin-server and krb5-user", "krb5kdc", "kdb5_util", "kadmin.local", "kinit")
	r := &realm{}
	r.makeDir(t)
	r.configure(t)
	r.populate(t)
	r.start(t)
	r.serve(t)
	return r
}

// serve starts the server, and finds psql.
func (r *realm) serve(t testing.TB) {
	t.Helper()
	cert, key, err := certificate()
	if err != nil {
		t.Fatal(err)
	}
	r.server, err = pgtest.Run(t.Context(), pgtest.Config{Version: 18, GSSAPI: true, TCP: true,
		Settings: map[string]string{"krb_server_keyfile": r.path("server.keytab"), "gss_accept_delegation": "on", "ssl": "on"},
		Files:    map[string][]byte{"server.crt": cert, "server.key": key},
		Setup:    []string{"CREATE ROLE ada LOGIN", "CREATE ROLE bob LOGIN"},
		HBA: []string{"local all postgres trust", "hostgssenc all bob 127.0.0.1/32 reject",
			"host all all 127.0.0.1/32 gss include_realm=0 krb_realm=" + realmName}})
	if err == nil {
		t.Cleanup(func() {
			if err := r.server.Close(); err != nil {
				t.Error(err)
			}
		})
		r.psql, err = pgtest.Psql(t.Context(), 18, nil)
	}
	if errors.Is(err, pgtest.ErrNoGSSAPI) && os.Getenv("PARLEY_CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// certificate is one for the server, and its key.
func certificate() (cert, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{dbHost}, IsCA: true, BasicConstraintsValid: true}
	der, err1 := x509.CreateCertificate(rand.Reader, about, about, private.Public(), private)
	secret, err2 := x509.MarshalPKCS8PrivateKey(private)
	text := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	return text("CERTIFICATE", der), text("PRIVATE KEY", secret), errors.Join(err1, err2)
}

// makeDir makes the realm's directory, which belongs to who runs its programs:
// never root.
func (r *realm) makeDir(t testing.TB) {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "realm")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	r.dir = dir
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 {
		return
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		t.Fatal(err)
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	if err := errors.Join(err1, err2, os.Chown(dir, uid, gid)); err != nil {
		t.Fatal(err)
	}
	r.account = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid), Groups: []uint32{}}}
}

func (r *realm) path(name string) string { return filepath.Join(r.dir, name) }

// configure writes the files that MIT's programs and libraries read, on this
// side and on the server's, and has the environment name them.
func (r *realm) configure(t testing.TB) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.address = l.Addr().String()
	_ = l.Close()
	files := map[string]string{
		"krb5.conf": fmt.Sprintf("[libdefaults]\n default_realm = %s\n dns_lookup_kdc = false\n dns_lookup_realm = false\n"+
			" dns_canonicalize_hostname = false\n rdns = false\n forwardable = true\n udp_preference_limit = 1\n"+
			"[realms]\n %s = {\n  kdc = %s\n }\n", realmName, realmName, r.address),
		"kdc.conf": fmt.Sprintf("[kdcdefaults]\n kdc_listen = \"\"\n kdc_tcp_listen = %s\n[realms]\n %s = {\n  database_name = %s\n"+
			"  key_stash_file = %s\n  acl_file = %s\n  max_life = 1h\n  max_renewable_life = 2h\n  default_principal_flags = +preauth\n }\n[logging]\n kdc = FILE:%s\n",
			r.address, realmName, r.path("principals"), r.path("stash"), r.path("acl"), r.path("kdc.log")),
	}
	for name, text := range files {
		if err := os.WriteFile(r.path(name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("KRB5_CONFIG", r.path("krb5.conf"))
	t.Setenv("KRB5_KDC_PROFILE", r.path("kdc.conf"))
	t.Setenv("KRB5RCACHENAME", "dfl:")
	t.Setenv("KRB5RCACHEDIR", r.dir)
}

// run runs one of MIT's programs as the realm's account.
func (r *realm) run(t testing.TB, input, program string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.SysProcAttr, cmd.Stdin, cmd.Dir = r.account, strings.NewReader(input), r.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
}

func (r *realm) populate(t testing.TB) {
	t.Helper()
	r.run(t, "", "kdb5_util", "-r", realmName, "create", "-s", "-P", "master")
	lines := []string{
		`add_principal -pw "` + adaSecret + `" ada`, `add_principal -pw "` + bobSecret + `" bob`,
		"add_principal -randkey svc", "add_principal -allow_forwardable +requires_preauth -randkey rooted",
		"add_principal -randkey postgres/" + dbHost, "add_principal -randkey other/" + dbHost, "add_principal -randkey foreign/" + dbHost,
		"ktadd -k " + r.path("server.keytab") + " postgres/" + dbHost + " other/" + dbHost,
		"ktadd -k " + r.path("foreign.keytab") + " foreign/" + dbHost,
		"ktadd -norandkey -k " + r.path("ada.keytab") + " ada",
		"ktadd -norandkey -k " + r.path("rooted.keytab") + " rooted",
	}
	r.run(t, strings.Join(lines, "\n")+"\n", "kadmin.local", "-r", realmName)
}

// start runs the KDC until the test ends, and waits until it listens.
func (r *realm) start(t testing.TB) {
	t.Helper()
	ctx, stop := context.WithTimeout(context.WithoutCancel(t.Context()), kdcLife)
	args := []string{"krb5kdc", "-n", "-r", realmName, "-P", r.path("kdc.pid")}
	if timeout, err := exec.LookPath("timeout"); err == nil { // which outlives a test that is killed
		args = append([]string{timeout, strconv.Itoa(int(kdcLife.Seconds()))}, args...)
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.SysProcAttr, cmd.Dir = r.account, r.dir
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() { _ = cmd.Wait(); close(gone) }()
	t.Cleanup(func() { stop(); <-gone })
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := net.Dial("tcp", r.address)
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-tick.C:
		case <-gone:
			t.Fatalf("the KDC ended:\n%s", said.String())
		case <-t.Context().Done():
			t.Fatal(context.Cause(t.Context()))
		}
	}
}

// kinit gets a ticket of a user with MIT's client into a cache of its own, as
// the user that runs the tests.
func (r *realm) kinit(t testing.TB, principal, secret string, args ...string) (cache string) {
	t.Helper()
	cache = filepath.Join(t.TempDir(), "cache")
	cmd := exec.CommandContext(t.Context(), "kinit", append(append([]string{"-c", cache}, args...), principal)...)
	cmd.Stdin = strings.NewReader(secret + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("kinit %s: %v\n%s", principal, err, out)
	}
	return cache
}

func (r *realm) conf(t testing.TB) *config.Config {
	t.Helper()
	c, err := config.Load(r.path("krb5.conf"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (r *realm) keytab(t testing.TB, name string) *keytab.Keytab {
	t.Helper()
	k, err := keytab.Load(r.path(name))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func (r *realm) cache(t testing.TB, path string) *credentials.CCache {
	t.Helper()
	c, err := credentials.LoadCCache(path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

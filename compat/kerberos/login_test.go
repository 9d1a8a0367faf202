package kerberos

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jcmturner/gokrb5/v8/client"

	"parley"
)

// who asks a session how it was authenticated.
const who = "select concat_ws(' ', current_user, gss_authenticated, principal, credentials_delegated) from pg_stat_gssapi where pid = pg_backend_pid()"

// dsn names the server as a user of Kerberos does. gssencmode is libpq's alone.
func (r *realm) dsn(user, more string) string {
	return fmt.Sprintf("host=%s hostaddr=127.0.0.1 port=%d user=%s dbname=postgres gssencmode=disable %s", dbHost, r.server.Port(), user, more)
}

// ours logs in with Parley and says who it is, or how that failed.
func ours(t *testing.T, dsn string, c *client.Client) (string, error) {
	t.Helper()
	config := parley.Config{ConnString: dsn}
	if c != nil {
		defer c.Destroy()
		config.GSS = &Provider{Client: c}
	}
	conn, err := parley.ConnectConfig(t.Context(), config)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	return parley.One[string](t.Context(), conn, who)
}

// theirs logs in with psql.
func (r *realm) theirs(t *testing.T, dsn, cache string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, r.psql[0], append(r.psql[1:len(r.psql):len(r.psql)], "-X", "-w", "-A", "-t", "-c", who, dsn)...)
	cmd.Env = append(os.Environ(), "KRB5CCNAME=FILE:"+cache, "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	text := strings.TrimSpace(string(out))
	if _, exited := errors.AsType[*exec.ExitError](err); exited {
		return "", errors.New(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	return text, nil
}

// Parley with a client of gokrb5 gets in where libpq gets in, as the same
// principal, and is refused where libpq is.
func TestLogin(t *testing.T) {
	r := newRealm(t)
	conf := r.conf(t)
	adaCache, bobCache := r.kinit(t, "ada", adaSecret), r.kinit(t, "bob", bobSecret)
	keytabCache := r.kinit(t, "ada", "", "-k", "-t", r.path("ada.keytab"))
	ada := func() *client.Client { return client.NewWithPassword("ada", realmName, adaSecret, conf) }
	bob := func() *client.Client { return client.NewWithPassword("bob", realmName, bobSecret, conf) }
	fromCache := func() *client.Client {
		c, err := client.NewFromCCache(r.cache(t, adaCache), conf)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	fromKeytab := func() *client.Client { return client.NewWithKeytab("ada", realmName, r.keytab(t, "ada.keytab"), conf) }
	for name, c := range map[string]struct {
		user, more string
		client     func() *client.Client
		cache      string
		want       string   // "" fails
		texts      []string // in our error
	}{
		"password":        {"ada", "", ada, adaCache, "ada t ada@" + realmName + " f", nil},
		"keytab":          {"ada", "", fromKeytab, keytabCache, "ada t ada@" + realmName + " f", nil},
		"ticket cache":    {"ada", "", fromCache, adaCache, "ada t ada@" + realmName + " f", nil},
		"another user":    {"bob", "", bob, bobCache, "bob t bob@" + realmName + " f", nil},
		"wrong principal": {"ada", "", bob, bobCache, "", []string{`GSSAPI authentication failed for user "ada"`, "28000"}},
		"other service":   {"ada", "krbsrvname=other", ada, adaCache, "ada t ada@" + realmName + " f", nil},
		"unknown service": {"ada", "krbsrvname=nosuch", ada, adaCache, "", []string{"nosuch/" + dbHost, "KDC_ERR_S_PRINCIPAL_UNKNOWN"}},
		"key not at hand": {"ada", "krbsrvname=foreign", ada, adaCache, "", []string{"foreign/" + dbHost, "KRB_AP_ERR_NOT_US"}},
		"delegating":      {"ada", "gssdelegation=1", ada, adaCache, "ada t ada@" + realmName + " t", nil},
		"no ticket":       {"ada", "", nil, r.path("no.cache"), "", []string{"no provider"}},
	} {
		t.Run(name, func(t *testing.T) {
			var own *client.Client
			if c.client != nil {
				own = c.client()
			}
			got, err := ours(t, r.dsn(c.user, c.more), own)
			if (err == nil) != (c.want != "") || got != c.want {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
			for _, text := range c.texts {
				if err == nil || !strings.Contains(err.Error(), text) {
					t.Errorf("%v says nothing of %q", err, text)
				}
			}
			psql, theirErr := r.theirs(t, r.dsn(c.user, c.more), c.cache)
			if psql != got || (theirErr == nil) != (err == nil) {
				t.Errorf("psql gets %q, %v; we get %q, %v", psql, theirErr, got, err)
			}
		})
	}
}

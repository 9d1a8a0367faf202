package conninfo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestResolve(t *testing.T) {
	c, err := Resolve("postgres://u:p@a,b:6000/d?sslmode=verify-full&target_session_attrs=primary&load_balance_hosts=random&connect_timeout=3"+
		"&keepalives_idle=4&keepalives_interval=5&keepalives_count=6&tcp_user_timeout=7&min_protocol_version=3.2&gssencmode=prefer&channel_binding=require"+
		"&sslcert=c&sslkey=k&sslpassword=s&sslcrl=r&sslcrldir=e&sslkeylogfile=l&sslsni=0&requirepeer=q&krbsrvname=K&gsslib=g&gssdelegation=1"+
		"&oauth_issuer=I&oauth_client_id=C&oauth_client_secret=S&oauth_scope=O&oauth_ca_file=F&parley.lanes=9&require_auth=scram-sha-256", machine(nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	if c.User != "u" || c.Database != "d" || c.RequirePeer != "q" || c.KrbSrvName != "K" || c.GSSLib != "g" || !c.GSSDelegation || c.Own["lanes"] != "9" {
		t.Errorf("got %v", c)
	}
	if c.ConnectTimeout != 3*time.Second || !c.Keepalives || c.KeepalivesIdle != 4*time.Second || c.KeepalivesInterval != 5*time.Second ||
		c.KeepalivesCount != 6 || c.TCPUserTimeout != 7*time.Millisecond {
		t.Errorf("times: %+v", *c)
	}
	if c.TargetSession != TargetPrimary || c.LoadBalance != BalanceRandom || c.GSSEncMode != Prefer || c.ChannelBinding != Require || !c.RequireAuth.Allows(AuthSCRAM) {
		t.Errorf("choices: %v %v %v %v %v", c.TargetSession, c.LoadBalance, c.GSSEncMode, c.ChannelBinding, c.RequireAuth)
	}
	if c.MinProtocol != Protocol32 || c.MaxProtocol != ProtocolLatest {
		t.Errorf("protocol %v to %v", c.MinProtocol, c.MaxProtocol)
	}
	got := []string{c.SSLCert, c.SSLKey, string(c.SSLPassword), c.SSLRootCert, c.SSLCRL, c.SSLCRLDir, c.SSLKeyLogFile, c.SSLDir,
		c.OAuthIssuer, c.OAuthClientID, string(c.OAuthClientSecret), c.OAuthScope, c.OAuthCAFile}
	want := []string{"c", "k", "s", "", "r", "e", "l", "/ada/.postgresql", "I", "C", "S", "O", "F"}
	if !slices.Equal(got, want) || c.SSLSNI {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestResolveDefaults(t *testing.T) {
	c, err := Resolve("", machine(nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	if c.User != "ada" || c.Database != "ada" || c.SSLMode != SSLPrefer || c.SSLCertMode != Prefer || c.ChannelBinding != Prefer || !c.SSLSNI ||
		c.SSLMin != TLS12 || c.SSLMax != TLSUnset || c.MinProtocol != Protocol30 || c.MaxProtocol != Protocol30 || c.RequireAuth.IsSet() || c.GSSEncMode != Disable {
		t.Errorf("got %+v", *c)
	}
	if c.Keepalives || c.ConnectTimeout != 0 {
		t.Errorf("a socket has keepalives, or a time limit: %+v", *c)
	}
}

func TestResolveUser(t *testing.T) {
	nobody := machine(nil, nil)
	nobody.UserName = func() (string, error) { return "", errors.New("uid 7 is unknown") }
	for _, tt := range []struct {
		conn           string
		sys            System
		user, database string
		err            string
	}{
		{"user=u", nobody, "u", "u", ""},
		{"user='' dbname=d", machine(nil, nil), "ada", "d", ""},
		{"user=u dbname=''", nobody, "u", "u", ""},
		{"user=''", nobody, "", "", "conninfo: operating system: no user is given and the name of the current user is unknown: uid 7 is unknown"},
	} {
		c, err := Resolve(tt.conn, tt.sys)
		switch {
		case tt.err != "" && (err == nil || err.Error() != tt.err):
			t.Errorf("%q: got %v, want %s", tt.conn, err, tt.err)
		case tt.err == "" && (err != nil || c.User != tt.user || c.Database != tt.database):
			t.Errorf("%q: got %v, %v", tt.conn, c, err)
		}
	}
}

func TestResolveErrors(t *testing.T) {
	for conn, want := range map[string]string{
		"a":                        `connection string, byte 0: missing "=" after the word here (a value with spaces must be quoted)`,
		"service=none":             `connection string, byte 0: service "none" is not defined in any service file`,
		"port=0":                   "connection string, byte 0: port 0 is not between 1 and 65535",
		"require_auth=x":           `connection string, byte 0: invalid require_auth method "x", want one of password, md5, gss, sspi, scram-sha-256, oauth, none`,
		"channel_binding=x":        `connection string, byte 0: invalid channel_binding value "x", want one of disable, prefer, require`,
		"scram_client_key=x":       "connection string, byte 0: scram_client_key is not base64",
		"scram_server_key=x":       "connection string, byte 0: scram_server_key is not base64",
		"gssencmode=x":             `connection string, byte 0: invalid gssencmode value "x", want one of disable, prefer, require`,
		"target_session_attrs=x":   `connection string, byte 0: invalid target_session_attrs value "x", want one of any, read-write, read-only, primary, standby, prefer-standby`,
		"load_balance_hosts=x":     `connection string, byte 0: invalid load_balance_hosts value "x", want one of disable, random`,
		"min_protocol_version=3.1": `connection string, byte 0: invalid min_protocol_version value "3.1", want one of 3.0, 3.2, latest`,
		"max_protocol_version=3.1": `connection string, byte 0: invalid max_protocol_version value "3.1", want one of 3.0, 3.2, latest`,
		"min_protocol_version=3.2 max_protocol_version=3.0": "connection string, byte 0: min_protocol_version is greater than max_protocol_version",
		"connect_timeout=x":            `connection string, byte 0: invalid integer "x" for connect_timeout`,
		"host=h keepalives=x":          `connection string, byte 7: invalid integer "x" for keepalives`,
		"host=h tcp_user_timeout=x":    `connection string, byte 7: invalid integer "x" for tcp_user_timeout`,
		"host=h keepalives_idle=x":     `connection string, byte 7: invalid integer "x" for keepalives_idle`,
		"host=h keepalives_interval=x": `connection string, byte 7: invalid integer "x" for keepalives_interval`,
		"host=h keepalives_count=x":    `connection string, byte 7: invalid integer "x" for keepalives_count`,
	} {
		if _, err := Resolve(conn, machine(nil, nil)); err == nil || err.Error() != "conninfo: "+want {
			t.Errorf("%q: got %v, want conninfo: %s", conn, err, want)
		}
	}
	sys := machine(map[string]string{"PGSSLMODE": "on"}, nil)
	want := `conninfo: environment variable PGSSLMODE: invalid sslmode value "on", want one of disable, allow, prefer, require, verify-ca, verify-full`
	if _, err := Resolve("", sys); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestResolveKeeps holds that resolving does not change the options it is asked of.
func TestResolveKeeps(t *testing.T) {
	o, err := Parse("host=a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Resolve(machine(nil, nil)); err != nil {
		t.Fatal(err)
	}
	if got := o.KeyValue(); got != "host=a" {
		t.Errorf("got %s", got)
	}
}

func TestWarnings(t *testing.T) {
	c, err := Resolve("host=a,b", machine(nil, map[string]string{"0644 /ada/.pgpass": "*:*:*:*:p"}))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`password file "/ada/.pgpass" has group or world access; its mode should be 0600 or less`}
	if !slices.Equal(c.Warnings, want) || c.Hosts[0].Password != "" {
		t.Errorf("got %q and password %q", c.Warnings, string(c.Hosts[0].Password))
	}
}

func TestConfigShowsNoSecret(t *testing.T) {
	c, err := Resolve("host=a password=sesame sslpassword=sesame oauth_client_secret=sesame scram_client_key="+strings.Repeat("c2Vz", 10)+"c2U= parley.api_key=sesame", machine(nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "config", c, "host", c.Hosts[0])
	shown := []string{log.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		shown = append(shown, fmt.Sprintf(verb, c), fmt.Sprintf(verb, *c), fmt.Sprintf(verb, c.Hosts), fmt.Sprintf(verb, c.Hosts[0]), fmt.Sprintf(verb, &c.Hosts[0]))
	}
	if data, err := json.Marshal(c); err != nil {
		t.Error(err)
	} else {
		shown = append(shown, string(data))
	}
	for _, text := range shown {
		if strings.Contains(text, "sesame") {
			t.Errorf("shown: %s", text)
		}
	}
	if got := (Config{}).String(); got != "(empty)" {
		t.Errorf("zero config: %s", got)
	}
}

package conninfo

import "time"

// Config is a connection string resolved: every value checked and typed, with
// defaults filled in. It prints without secrets.
//
// invariant: len(Hosts) >= 1, User and Database are not empty, MinProtocol <= MaxProtocol.
type Config struct {
	// Options are all options with their sources, defaults included.
	Options *Options

	Hosts    []Host
	User     string
	Database string

	// ConnectTimeout is for each address; zero waits for ever.
	ConnectTimeout time.Duration
	// The TCP settings have been read only when a host is reached by TCP, and those
	// after Keepalives only when it is on. Zero leaves each of them to the system.
	Keepalives         bool
	KeepalivesIdle     time.Duration
	KeepalivesInterval time.Duration
	KeepalivesCount    int
	TCPUserTimeout     time.Duration

	SSLMode        SSLMode
	SSLNegotiation SSLNegotiation
	SSLCertMode    Choice
	SSLMin, SSLMax TLSVersion
	SSLSNI         bool
	// The files as given; empty means the default file in SSLDir.
	SSLCert, SSLKey, SSLRootCert, SSLCRL, SSLCRLDir string
	SSLPassword                                     Secret
	SSLKeyLogFile                                   string
	// SSLDir holds the user's postgresql.crt, postgresql.key, root.crt and
	// root.crl; it is empty when there is no home directory.
	SSLDir string

	RequireAuth    RequireAuth
	ChannelBinding Choice
	RequirePeer    string
	// The keys are decoded: 32 bytes, or none.
	ScramClientKey, ScramServerKey Secret

	GSSEncMode    Choice
	GSSDelegation bool
	GSSLib        string
	KrbSrvName    string

	OAuthIssuer, OAuthClientID, OAuthScope, OAuthCAFile string
	OAuthClientSecret                                   Secret

	MinProtocol, MaxProtocol ProtocolVersion
	TargetSession            TargetSession
	LoadBalance              LoadBalance

	// Startup are the settings for the startup packet in libpq's order, without user and database.
	Startup []Setting
	// Own are the options whose keyword begins with OwnPrefix, keyed by the rest.
	Own map[string]string
	// Warnings are sentences for the user about what was ignored.
	Warnings []string
}

// Setting is a run-time setting of the session.
type Setting struct {
	Name, Value string
}

// String returns the options without secrets.
func (c Config) String() string {
	if c.Options == nil {
		return "(empty)"
	}
	return c.Options.String()
}

// GoString is String, so that %#v shows no secret either.
func (c Config) GoString() string { return c.String() }

// MarshalText returns what String does, also for JSON and slog.
func (c Config) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Resolve adds defaults to a copy of the options and checks everything. Its errors are
// of type [*Error], except that a missing user name may be the system's.
func (o *Options) Resolve(sys System) (*Config, error) {
	o = o.Clone()
	if err := o.AddDefaults(sys); err != nil {
		return nil, err
	}
	sys = sys.withDefaults()
	c := &Config{Options: o, Own: o.Own()}
	for _, step := range []func(*Options, *System) error{
		c.resolveHosts, c.resolveUser, c.resolveAuth, c.resolveTLS, c.resolveServer, c.resolveTimes,
	} {
		if err := step(o, &sys); err != nil {
			return nil, err
		}
	}
	addPasswords(c, o, &sys)
	c.resolveTexts(o, &sys)
	c.Startup = startup(o, &sys)
	return c, nil
}

// Resolve reads a connection string and resolves it.
func Resolve(connString string, sys System) (*Config, error) {
	o, err := Parse(connString)
	if err != nil {
		return nil, err
	}
	return o.Resolve(sys)
}

func (c *Config) resolveHosts(o *Options, sys *System) (err error) {
	c.Hosts, err = hosts(o, sys)
	return err
}

func (c *Config) resolveUser(o *Options, sys *System) error {
	c.User, _ = o.Get("user")
	if c.User == "" {
		name, err := sys.userName()
		if err != nil {
			return &Error{Source: Source{Kind: FromSystem}, Keyword: "user", Problem: "no user is given and the name of the current user is unknown", Err: err}
		}
		c.User = name
	}
	if c.Database, _ = o.Get("dbname"); c.Database == "" {
		c.Database = c.User
	}
	return nil
}

func (c *Config) resolveAuth(o *Options, _ *System) (err error) {
	if c.RequireAuth, err = requireAuth(o); err != nil {
		return err
	}
	if c.ChannelBinding, err = enum(o, "channel_binding", Prefer); err != nil {
		return err
	}
	if c.ScramClientKey, err = scramKey(o, "scram_client_key"); err != nil {
		return err
	}
	c.ScramServerKey, err = scramKey(o, "scram_server_key")
	return err
}

func (c *Config) resolveServer(o *Options, _ *System) (err error) {
	if c.GSSEncMode, err = enum(o, "gssencmode", Disable); err != nil {
		return err
	}
	if c.TargetSession, err = enum(o, "target_session_attrs", TargetAny); err != nil {
		return err
	}
	if c.LoadBalance, err = enum(o, "load_balance_hosts", BalanceOff); err != nil {
		return err
	}
	if c.MinProtocol, err = protocolVersion(o, "min_protocol_version", Protocol30); err != nil {
		return err
	}
	highest := Protocol30
	if c.MinProtocol > highest {
		highest = ProtocolLatest
	}
	if c.MaxProtocol, err = protocolVersion(o, "max_protocol_version", highest); err != nil {
		return err
	}
	if c.MinProtocol > c.MaxProtocol {
		return fail(o.Source("min_protocol_version"), "min_protocol_version", "min_protocol_version is greater than max_protocol_version")
	}
	return nil
}

// resolveTimes reads the numbers. libpq looks at the TCP settings only when it opens a
// TCP connection, so a list of sockets accepts any nonsense there; and keepalives=0
// turns all of them off, tcp_user_timeout too.
func (c *Config) resolveTimes(o *Options, _ *System) (err error) {
	if c.ConnectTimeout, err = duration(o, "connect_timeout", time.Second); err != nil {
		return err
	}
	tcp := false
	for i := range c.Hosts {
		tcp = tcp || c.Hosts[i].Kind != HostSocket
	}
	if !tcp {
		return nil
	}
	on, err := integer(o, "keepalives", 1)
	if err != nil {
		return err
	}
	if c.Keepalives = on != 0; !c.Keepalives {
		return nil
	}
	if c.TCPUserTimeout, err = duration(o, "tcp_user_timeout", time.Millisecond); err != nil {
		return err
	}
	if c.KeepalivesIdle, err = duration(o, "keepalives_idle", time.Second); err != nil {
		return err
	}
	if c.KeepalivesInterval, err = duration(o, "keepalives_interval", time.Second); err != nil {
		return err
	}
	lost, err := integer(o, "keepalives_count", 0)
	c.KeepalivesCount = int(max(lost, 0))
	return err
}

// resolveTexts copies the options that need no check.
func (c *Config) resolveTexts(o *Options, sys *System) {
	c.SSLDir = sys.sslDir()
	for keyword, field := range map[string]*string{
		"sslcert": &c.SSLCert, "sslkey": &c.SSLKey, "sslrootcert": &c.SSLRootCert,
		"sslcrl": &c.SSLCRL, "sslcrldir": &c.SSLCRLDir, "sslkeylogfile": &c.SSLKeyLogFile,
		"requirepeer": &c.RequirePeer, "gsslib": &c.GSSLib, "krbsrvname": &c.KrbSrvName,
		"oauth_issuer": &c.OAuthIssuer, "oauth_client_id": &c.OAuthClientID,
		"oauth_scope": &c.OAuthScope, "oauth_ca_file": &c.OAuthCAFile,
	} {
		*field, _ = o.Get(keyword)
	}
	password, _ := o.Get("sslpassword")
	secret, _ := o.Get("oauth_client_secret")
	c.SSLPassword, c.OAuthClientSecret = Secret(password), Secret(secret)
	c.SSLSNI, c.GSSDelegation = flag(o, "sslsni"), flag(o, "gssdelegation")
}

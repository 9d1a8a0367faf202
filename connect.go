package parley

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/internal/conninfo"
	"parley/internal/dial"
	"parley/internal/exchange"
)

// What a program can supply to connect with.
type (
	// Resolver looks up the addresses of a name; net.Resolver is one.
	Resolver = dial.Resolver
	// TokenProvider obtains bearer tokens for OAUTHBEARER.
	TokenProvider = dial.TokenProvider
	// TokenRequest says which token is wanted.
	TokenRequest = dial.TokenRequest
	// PasswordRequest says which password is wanted: whose, and where.
	PasswordRequest = dial.PasswordRequest
	// DeviceFlow is a TokenProvider that shows a person where to log in
	// (RFC 8628).
	DeviceFlow = dial.DeviceFlow
	// DevicePrompt is what the person is shown.
	DevicePrompt = dial.DevicePrompt
	// GSSProvider begins GSSAPI and SSPI exchanges.
	GSSProvider = dial.GSSProvider
	// GSSRequest says who is to be authenticated to whom.
	GSSRequest = dial.GSSRequest
	// GSSExchange is one exchange of tokens.
	GSSExchange = dial.GSSExchange
)

// Connect connects to where the connection string says, as libpq does: what it
// leaves out comes from the environment and the defaults.
func Connect(ctx context.Context, connString string) (*Conn, error) {
	return ConnectConfig(ctx, Config{ConnString: connString})
}

// ConnectConfig connects as a configuration says. The error is a
// [*ConnectError] when no server could be reached or none accepted the login.
func ConnectConfig(ctx context.Context, config Config) (*Conn, error) {
	info, err := config.resolve()
	if err != nil {
		return nil, err
	}
	return config.traced(ctx, info, &saltedPasswords)
}

// traced makes a connection and tells the trace of it.
func (c Config) traced(ctx context.Context, info *conninfo.Config, salted *dial.SaltCache) (*Conn, error) {
	done := func(TraceConnected) {}
	if t := c.Trace; t != nil && t.Connect != nil {
		if f := t.Connect(ctx); f != nil {
			done = f
		}
	}
	began := time.Now()
	conn, err := c.connect(ctx, info, salted)
	told := TraceConnected{Duration: time.Since(began), Err: err}
	if err == nil {
		told.ProcessID = conn.ProcessID()
	}
	done(told)
	return conn, err
}

// saltedPasswords saves a reconnect the work of SCRAM. It holds no password.
var saltedPasswords dial.SaltCache

// resolve reads the connection string, and applies its own keywords.
func (c *Config) resolve() (*conninfo.Config, error) {
	info, err := conninfo.Resolve(c.ConnString, conninfo.System{})
	if err != nil {
		return nil, err
	}
	if err := c.own(info.Own); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(c.Params)) {
		if strings.ContainsRune(name+c.Params[name], 0) || name == "" {
			return nil, fmt.Errorf("Config.Params: the setting %q has no name or contains a NUL", name)
		}
		info.Startup = slices.DeleteFunc(info.Startup, func(s conninfo.Setting) bool { return s.Name == name })
		info.Startup = append(info.Startup, conninfo.Setting{Name: name, Value: c.Params[name]})
	}
	info.Startup = inUTF8(info.Startup)
	return info, nil
}

// inUTF8 has text come and go in UTF-8, as it is in Go, where no encoding is asked
// for. libpq's default is that of the database: strings would be misread.
func inUTF8(startup []conninfo.Setting) []conninfo.Setting {
	const encoding = "client_encoding"
	for _, s := range startup {
		inOptions := s.Name == "options" && strings.Contains(strings.ReplaceAll(strings.ToLower(s.Value), "-", "_"), encoding)
		if inOptions || strings.EqualFold(s.Name, encoding) {
			return startup
		}
	}
	return append(startup[:len(startup):len(startup)], conninfo.Setting{Name: encoding, Value: "UTF8"})
}

// own applies the keywords that begin with "parley.".
func (c *Config) own(values map[string]string) error {
	fields := map[string]func(string) error{
		"statement_cache":       intField(&c.StatementCache),
		"statement_cache_bytes": intField(&c.StatementCacheBytes),
		"max_held":              intField(&c.MaxHeld),
		"max_message":           intField(&c.MaxMessage),
		"max_notifications":     intField(&c.MaxNotifications),
		"scram_iterations":      intField(&c.SCRAMIterations),
		"cancel_timeout":        durationField(&c.CancelTimeout),
		"lanes":                 intField(&c.Lanes),
		"flights":               intField(&c.Flights),
		"max_group":             intField(&c.MaxGroup),
		"max_conns":             intField(&c.MaxConns),
		"max_wait":              durationField(&c.MaxWait),
		"min_idle":              intField(&c.MinIdle),
		"max_lifetime":          durationField(&c.MaxLifetime),
		"max_idle_time":         durationField(&c.MaxIdleTime),
		"reconnect_timeout":     durationField(&c.ReconnectTimeout),
		"grouping":              c.Grouping.set,
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		set := fields[name]
		if set == nil {
			return fmt.Errorf("connection string: unknown keyword %q; there are parley.%s",
				conninfo.OwnPrefix+name, strings.Join(slices.Sorted(maps.Keys(fields)), ", parley."))
		}
		if err := set(values[name]); err != nil {
			return fmt.Errorf("connection string: %s%s: %w", conninfo.OwnPrefix, name, err)
		}
	}
	return nil
}

// intField sets a field that the program left zero. In a connection string 0
// turns a thing off, as there is no other way to say it.
func intField(field *int) func(string) error {
	return func(s string) error {
		n, err := strconv.Atoi(s)
		if err != nil {
			return errors.New("is not a number")
		}
		if n == 0 {
			n = -1
		}
		if *field == 0 {
			*field = n
		}
		return nil
	}
}

// set sets the grouping that a program left at its default.
func (g *Grouping) set(s string) error {
	switch s {
	case "reads":
	case "writes":
		if *g == 0 {
			*g = GroupWrites
		}
	case "none":
		if *g == 0 {
			*g = GroupNone
		}
	default:
		return errors.New("is not reads, writes or none")
	}
	return nil
}

func durationField(field *time.Duration) func(string) error {
	return func(s string) error {
		d, err := time.ParseDuration(s)
		if err != nil {
			return errors.New(`is not a duration such as "5s"`)
		}
		if d == 0 {
			d = -1
		}
		if *field == 0 {
			*field = d
		}
		return nil
	}
}

// connect makes a connection from a connection string that was read.
func (c Config) connect(ctx context.Context, info *conninfo.Config, salted *dial.SaltCache) (*Conn, error) {
	s, err := dial.Connect(ctx, info, dial.Settings{Dial: c.Dial, Resolver: c.Resolver, TLS: c.TLS, Password: c.Password, Tokens: c.Tokens,
		GSS: c.GSS, SaltedPasswords: salted, MaxIterations: c.SCRAMIterations})
	if err != nil {
		return nil, connectError(err)
	}
	line := exchange.NewLine(s.Conn, s.Buffer)
	conn := newConn(&c, session{processID: s.ProcessID, version: s.Version, cancel: s.Cancel, encrypted: s.TLS != nil},
		line, s.Parameters, s.TxStatus)
	for i := range s.Notices {
		body, err := s.Notices[i].Append(nil)
		if err == nil {
			err = conn.notice(body[5:])
		}
		if err != nil {
			_ = conn.Close()
			return nil, err
		}
	}
	return conn, nil
}

// ConnectError says why no connection could be made.
type ConnectError struct {
	Attempts []ConnectAttempt // in their order; at least one
	err      error
}

// ConnectAttempt is one attempt that failed.
type ConnectAttempt struct {
	Host  string // as the connection string names it
	Addr  string // the address tried, or the file of a socket; "" when there was none
	Stage string // how far it came: dns, dial, tls, startup, auth, session
	Err   error  // a *ServerError when the server said why
}

// Error returns every attempt: where, at which stage, and why it failed.
func (e *ConnectError) Error() string { return e.err.Error() }

// Unwrap returns the errors of the attempts.
func (e *ConnectError) Unwrap() []error {
	errs := make([]error, len(e.Attempts))
	for i, a := range e.Attempts {
		errs[i] = a.Err
	}
	return errs
}

func connectError(err error) error {
	d, ok := errors.AsType[*dial.Error](err)
	if !ok {
		return err
	}
	e := &ConnectError{err: err}
	for _, a := range d.Attempts {
		e.Attempts = append(e.Attempts, ConnectAttempt{Host: a.Host.String(), Addr: a.Addr, Stage: a.Stage.String(), Err: attemptError(a.Err)})
	}
	return e
}

// attemptError makes the server's own words what they are elsewhere.
func attemptError(err error) error {
	s, ok := errors.AsType[*dial.ServerError](err)
	if !ok {
		return err
	}
	body, encodeErr := s.Response.Append(nil)
	if encodeErr != nil {
		return err
	}
	e, parseErr := parseServerError(body[5:])
	if parseErr != nil {
		return err
	}
	return e
}

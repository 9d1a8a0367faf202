package pgtest

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Config says what server to start. The zero value is a throwaway server of
// the preferred version, with a superuser postgres and a database postgres,
// reachable without a password over a Unix socket only.
//
// A Config is read when the server starts; changing it afterwards changes nothing.
type Config struct {
	// Version is the major version, MinMajor to MaxMajor. 0 leaves the choice
	// to PARLEY_POSTGRES, PARLEY_PGVERSION, and what can be had; see the
	// package documentation.
	Version int

	// Binaries is the directory of the server's programs, or the prefix above
	// it. Empty: find or fetch them.
	Binaries string

	// TCP makes the server also listen on 127.0.0.1, on a free port. Every
	// user of this machine can then connect: set Auth and Password if that
	// matters. On Windows the server always listens there.
	TCP bool

	// User is the superuser. Empty: postgres.
	User string

	// Database is created if it is not there yet. Empty: postgres.
	Database string

	// Password is the superuser's. Empty: none.
	Password string

	// Auth is the authentication method of pg_hba.conf for everybody: trust,
	// reject, scram-sha-256, md5, password ... Empty: trust.
	Auth string

	// HBA is pg_hba.conf, line by line, instead of the lines made from Auth.
	HBA []string

	// Settings are parameters of postgresql.conf. They win over this
	// package's own. Where the server listens and keeps its data is not theirs.
	Settings map[string]string

	// Files are written into the data directory before the server starts,
	// readable by the server alone: certificates and keys (server.crt,
	// server.key), pg_ident.conf, signal files. The key is the name there.
	Files map[string][]byte

	// InitDB are more arguments for initdb. They are part of a template that
	// is kept in the cache: put no secret there.
	InitDB []string

	// Setup is SQL run in Database before the server listens, one statement
	// in each string, in PostgreSQL's single-user mode.
	Setup []string

	// Extensions are to be there for CREATE EXTENSION, beside those that come with
	// PostgreSQL. Each is a package of Debian's, by the end of its name: "pgvector"
	// is postgresql-18-pgvector. They are unpacked into the cache, from a newer
	// release where this one has them not. It takes version 18, and Debian; the
	// error is ErrNoExtension elsewhere.
	Extensions []string

	// GSSAPI is for a server that was built with it, to log in with Kerberos.
	// Where the chosen one was not, it only makes the data directory, and
	// Debian's of the same version, unpacked into the cache, runs on it. The
	// error is ErrNoGSSAPI where there is none.
	GSSAPI bool

	// Durable keeps fsync, full_page_writes and synchronous_commit on. A
	// throwaway server does without: it loses data when the machine crashes,
	// and the commits of the last moment when the server does.
	Durable bool

	// StartTimeout bounds how long the server takes to be ready once its
	// programs are there. 0: 60 seconds. Negative: no bound.
	StartTimeout time.Duration

	// Progress is told what is being done, in the order in which it happens
	// but possibly from several goroutines. Nil: what takes long, such as a
	// download, on standard error.
	Progress func(Progress)
}

const defaultStartTimeout = 60 * time.Second

// filled is c with the defaults in place, and nothing shared with the caller.
func (c Config) filled() Config {
	orDefault := func(s *string, d string) {
		if *s == "" {
			*s = d
		}
	}
	orDefault(&c.User, "postgres")
	orDefault(&c.Database, "postgres")
	orDefault(&c.Auth, "trust")
	c.TCP = c.TCP || alwaysTCP
	c.HBA, c.InitDB, c.Setup = slices.Clone(c.HBA), slices.Clone(c.InitDB), slices.Clone(c.Setup)
	c.Extensions = slices.Clone(c.Extensions)
	c.Settings, c.Files = maps.Clone(c.Settings), maps.Clone(c.Files)
	if c.StartTimeout == 0 {
		c.StartTimeout = defaultStartTimeout
	}
	return c
}

// ours are parameters that would make the accessors of Server lie.
var ours = map[string]string{
	"port":                    "set Config.TCP, and ask Server.Port",
	"listen_addresses":        "set Config.TCP",
	"unix_socket_directories": "ask Server.SocketDir",
	"data_directory":          "ask Server.DataDir",
	"external_pid_file":       "ask Server.PID",
	"logging_collector":       "ask Server.Log",
}

// settingName is a parameter name, with the dot of an extension's parameters.
var settingName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?$`)

// check finds what no server could be started with.
func (c Config) check() error {
	for what, s := range map[string]string{"User": c.User, "Database": c.Database, "Password": c.Password, "Auth": c.Auth} {
		if strings.ContainsAny(s, "\x00\n\r") {
			return fmt.Errorf("check Config.%s: it holds a NUL or a line break", what)
		}
	}
	if strings.HasPrefix(c.User, "pg_") {
		return fmt.Errorf("check Config.User: it is %q, and names that begin with pg_ are reserved", c.User)
	}
	switch c.Auth {
	case "scram-sha-256", "md5", "password":
		if c.Password == "" && len(c.HBA) == 0 {
			return fmt.Errorf("check Config.Auth: nobody can pass %s without Config.Password", c.Auth)
		}
	}
	for name := range c.Files {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return fmt.Errorf("check Config.Files: %q is not a path inside the data directory", name)
		}
	}
	for _, name := range c.Extensions {
		if !extensionName.MatchString(name) {
			return fmt.Errorf("check Config.Extensions: %q is not the end of a package's name", name)
		}
	}
	return checkSettings(c.Settings)
}

func checkSettings(settings map[string]string) error {
	for name, value := range settings {
		if instead, taken := ours[strings.ToLower(name)]; taken {
			return fmt.Errorf("set %s: it is chosen by this package: %s", name, instead)
		}
		if !settingName.MatchString(name) {
			return fmt.Errorf("set %q: it is not the name of a parameter", name)
		}
		if strings.ContainsAny(value, "\x00\n\r") {
			return fmt.Errorf("set %s: its value holds a NUL or a line break", name)
		}
	}
	return nil
}

// settingLines writes parameters as lines of postgresql.conf, by name.
func settingLines(settings map[string]string) string {
	quote := strings.NewReplacer(`\`, `\\`, `'`, `''`)
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&b, "%s = '%s'\n", name, quote.Replace(settings[name]))
	}
	return b.String()
}

// hbaLines is pg_hba.conf: the caller's, or one method for all.
func (c Config) hbaLines() []string {
	if len(c.HBA) > 0 {
		return c.HBA
	}
	lines := []string{
		"local all all " + c.Auth,
		"local replication all " + c.Auth,
		"host all all 127.0.0.1/32 " + c.Auth,
		"host all all ::1/128 " + c.Auth,
		"host replication all 127.0.0.1/32 " + c.Auth,
		"host replication all ::1/128 " + c.Auth,
	}
	if c.Auth == "cert" { // an error on local lines
		lines = lines[2:]
	}
	return lines
}

// baseSettings are this package's own parameters, below the caller's.
func (c Config) baseSettings() map[string]string {
	s := map[string]string{
		"timezone":        "UTC",
		"log_timezone":    "UTC",
		"log_line_prefix": "%m [%p] ",
	}
	if !alwaysTCP {
		// Inside the data directory, so that nothing is left in /dev/shm
		// when the postmaster is killed.
		s["dynamic_shared_memory_type"] = "mmap"
	}
	if c.Auth == "md5" {
		s["password_encryption"] = "md5"
	}
	if !c.Durable {
		s["fsync"] = "off"
		s["full_page_writes"] = "off"
		s["synchronous_commit"] = "off"
	}
	return s
}

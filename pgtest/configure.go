package pgtest

import (
	"context"
	"fmt"
	"maps"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	loopback = "127.0.0.1"

	// socketPort names the socket of a server without TCP. Its directory is
	// its own, so that every server can have PostgreSQL's usual port.
	socketPort = 5432

	ownConf = "parley.conf" // included by postgresql.conf, at its end
	hbaConf = "pg_hba.conf"
)

// configure writes the configuration into a data directory that initdb made.
func (s *Server) configure() error {
	if err := s.choosePort(); err != nil {
		return err
	}
	if err := s.appendInclude(); err != nil {
		return err
	}
	for name, text := range s.config.Files {
		if err := s.private.write(filepath.Join(s.DataDir(), filepath.FromSlash(name)), text); err != nil {
			return fmt.Errorf("write Config.Files: %w", err)
		}
	}
	return s.SetHBA(s.config.hbaLines()...)
}

func (s *Server) appendInclude() error {
	path := filepath.Join(s.DataDir(), "postgresql.conf")
	text := readEnd(path, 0, 1<<20)
	return s.private.write(path, []byte(text+"\ninclude = '"+ownConf+"'\n"))
}

// choosePort finds a free port if one is needed, and writes it down.
func (s *Server) choosePort() error {
	port := socketPort
	if s.config.TCP {
		l, err := net.Listen("tcp", net.JoinHostPort(loopback, "0"))
		if err != nil {
			return fmt.Errorf("find a free port: %w", err)
		}
		port = l.Addr().(*net.TCPAddr).Port
		l.Close()
	}
	s.mu.Lock()
	s.port = port
	s.mu.Unlock()
	return s.SetSettings(nil)
}

// SetSettings changes parameters, on top of those of Config and of earlier
// calls. Reload or Restart makes the server read them.
func (s *Server) SetSettings(settings map[string]string) error {
	if err := checkSettings(settings); err != nil {
		return err
	}
	s.mu.Lock()
	s.settings = s.changed()
	maps.Copy(s.settings, settings)
	own := map[string]string{"port": strconv.Itoa(s.port)}
	text := settingLines(s.config.baseSettings()) + settingLines(s.extended.settings) + settingLines(s.settings)
	s.mu.Unlock()
	own["listen_addresses"], own["unix_socket_directories"] = "", s.SocketDir()
	if s.config.TCP {
		own["listen_addresses"] = loopback
	}
	if err := s.private.write(filepath.Join(s.DataDir(), ownConf), []byte(text+settingLines(own))); err != nil {
		return fmt.Errorf("write %s: %w", ownConf, err)
	}
	return nil
}

// changed is a copy of the parameters of Config and SetSettings. The caller has
// the lock.
func (s *Server) changed() map[string]string {
	all := maps.Clone(s.settings)
	if s.settings == nil {
		all = maps.Clone(s.config.Settings)
	}
	if all == nil {
		all = map[string]string{}
	}
	return all
}

// SetHBA replaces pg_hba.conf. Reload makes the server read it.
func (s *Server) SetHBA(lines ...string) error {
	if err := s.private.write(filepath.Join(s.DataDir(), hbaConf), []byte(strings.Join(lines, "\n")+"\n")); err != nil {
		return fmt.Errorf("write %s: %w", hbaConf, err)
	}
	return nil
}

// WriteFile writes a file in the data directory, readable by the server alone,
// all or nothing: a certificate, a key, pg_ident.conf.
func (s *Server) WriteFile(name string, text []byte) error {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return fmt.Errorf("write %q: not a path inside the data directory", name)
	}
	return s.private.write(filepath.Join(s.DataDir(), filepath.FromSlash(name)), text)
}

// setUp makes what Config asks for, before anybody can connect: password,
// database, and Setup.
func (s *Server) setUp(ctx context.Context) error {
	var first []string
	if s.config.Password != "" {
		first = append(first, "ALTER ROLE "+quoteName(s.config.User)+" PASSWORD "+quoteText(s.config.Password))
	}
	switch s.config.Database {
	case "postgres", "template1":
	default:
		first = append(first, "CREATE DATABASE "+quoteName(s.config.Database))
	}
	if err := s.singleUser(ctx, "postgres", first); err != nil {
		// The statements hold the password: PostgreSQL's complaint may quote them.
		return fmt.Errorf("set the password or create the database %s: %w", s.config.Database, err)
	}
	if err := s.singleUser(ctx, s.config.Database, s.config.Setup); err != nil {
		return fmt.Errorf("run Config.Setup: %w", err)
	}
	return nil
}

// singleUser runs statements in PostgreSQL's single-user mode. With -j a
// statement ends with a semicolon and an empty line.
func (s *Server) singleUser(ctx context.Context, database string, statements []string) error {
	if len(statements) == 0 {
		return nil
	}
	postgres := s.extended.postgres(s.install)
	args := append(postgres[1:], "--single", "-j", "-D", s.DataDir(),
		"-c", "exit_on_error=true", "-c", "log_statement=none", "-c", "log_min_error_statement=panic",
		"-c", "log_min_messages=error", "-c", "log_min_duration_statement=-1", database)
	cmd := s.site.account.command(ctx, s.Dir(), postgres[0], args...)
	cmd.Stdin = strings.NewReader(strings.Join(statements, ";\n\n") + ";\n\n")
	cmd.WaitDelay = 5 * time.Second
	var complaint strings.Builder
	cmd.Stderr = &complaint
	if err := cmd.Run(); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return fmt.Errorf("%w\n%s", err, tail(complaint.String(), logLines))
	}
	return nil
}

func quoteName(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
func quoteText(s string) string { return `'` + strings.ReplaceAll(s, `'`, `''`) + `'` }

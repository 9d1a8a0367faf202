package pgtest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// StandbyConfig says how a standby follows its primary. The zero value is an
// asynchronous standby with the primary's own settings.
type StandbyConfig struct {
	// Name is the standby's application_name, by which the primary knows it.
	// Empty: standby.
	Name string

	// Synchronous makes commits on the primary wait until the standby has them
	// on its disk, from the moment of the copy on: what the primary has
	// acknowledged, the standby has. It turns synchronous_commit on, in both.
	Synchronous bool

	// Settings are parameters of the standby, over those of the primary.
	Settings map[string]string
}

// promoteFile in the data directory asks a standby to become a primary.
const promoteFile = "promote"

// StartStandby starts a physical standby of a server for a test, and closes it
// when the test ends, as [Start] does. It returns when the standby takes
// connections and streams from the primary; see [Server.Follow].
func StartStandby(t testing.TB, primary *Server, c StandbyConfig) *Server {
	t.Helper()
	s, err := RunStandby(t.Context(), primary, c)
	if err != nil {
		t.Fatalf("start a standby: %v", err)
	}
	closeAfter(t, s)
	return s
}

// RunStandby starts a standby as [Run] starts a server. It is a server of its
// own, with its own directory, and with the primary's version, users and
// databases.
func RunStandby(ctx context.Context, primary *Server, c StandbyConfig) (*Server, error) {
	config := primary.config
	config.Binaries, config.Settings, config.Files, config.Setup = primary.install.Bin, nil, nil, nil
	s, err := newServer(ctx, config.filled())
	if err != nil {
		return nil, err
	}
	if err := s.Follow(ctx, primary, c); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Follow makes this server a standby of another one, whatever it was before: a
// new one, a primary that has failed, a standby of somebody else. It is stopped,
// and its data is replaced by a copy of the primary's. For the copy the primary
// is stopped as well, in order, and started again, on its old port; one that was
// stopped before stays so.
//
// Follow returns when the standby takes connections and, if the primary runs,
// streams from it. A primary that was not stopped in order can be followed, too.
func (s *Server) Follow(ctx context.Context, primary *Server, c StandbyConfig) (err error) {
	if c.Name == "" {
		c.Name = "standby"
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("make a standby: %w", err)
		}
	}()
	if err := errors.Join(checkSettings(c.Settings), checkSettings(map[string]string{"application_name": c.Name})); err != nil {
		return err
	}
	release, err := s.hold(ctx)
	if err != nil {
		return err
	}
	defer release()
	if err := s.stop(ctx, Immediate); err != nil {
		return err
	}
	running, err := s.copyFrom(ctx, primary, c)
	if err != nil {
		return err
	}
	if err := s.start(ctx); err != nil || !running {
		return err
	}
	return s.await(ctx, "stream", func(log string) bool { return strings.Contains(log, "started streaming WAL from primary") })
}

// copyFrom takes the data of a primary, and writes what makes it a standby's.
func (s *Server) copyFrom(ctx context.Context, primary *Server, c StandbyConfig) (running bool, err error) {
	if s == primary {
		return false, errors.New("a server cannot follow itself")
	}
	release, err := primary.hold(ctx)
	if err != nil {
		return false, fmt.Errorf("the primary: %w", err)
	}
	defer release()
	p := primary.current()
	running = p != nil && p.running()
	if err := primary.stop(ctx, Fast); err != nil {
		return running, err
	}
	err = s.becomeStandby(ctx, primary, c)
	if running {
		err = errors.Join(err, primary.start(ctx))
	}
	return running, err
}

func (s *Server) becomeStandby(ctx context.Context, primary *Server, c StandbyConfig) error {
	if err := removeAll(s.DataDir()); err != nil {
		return fmt.Errorf("remove the old data: %w", err)
	}
	if err := s.site.account.copyTree(ctx, primary.DataDir(), s.DataDir()); err != nil {
		return fmt.Errorf("copy the primary's data: %w", err)
	}
	for _, name := range []string{"postmaster.pid", "postmaster.opts", promoteFile} { // of a primary that crashed
		if err := os.Remove(filepath.Join(s.DataDir(), name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if s.Port() == 0 {
		if err := s.choosePort(); err != nil {
			return err
		}
	}
	if err := s.SetSettings(s.standbySettings(primary, c)); err != nil {
		return err
	}
	if err := s.WriteFile("standby.signal", nil); err != nil {
		return err
	}
	if !c.Synchronous {
		return nil
	}
	// The primary reads this before its next commit.
	return primary.SetSettings(map[string]string{"synchronous_standby_names": quoteName(c.Name), "synchronous_commit": "on"})
}

// standbySettings are the primary's, with what a standby needs. It waits for
// nobody when it is promoted.
func (s *Server) standbySettings(primary *Server, c StandbyConfig) map[string]string {
	primary.mu.Lock()
	settings := primary.changed()
	primary.mu.Unlock()
	host := loopback
	if !alwaysTCP {
		host = primary.SocketDir()
	}
	settings["primary_conninfo"] = primary.keywords(host) + " application_name=" + quoteKeyword(c.Name)
	settings["synchronous_standby_names"] = ""
	settings["wal_retrieve_retry_interval"] = "100ms" // after the primary was away
	if c.Synchronous {
		settings["synchronous_commit"] = "on"
	}
	maps.Copy(settings, c.Settings)
	return settings
}

// await looks until what the server should do is so, by the log of this run.
func (s *Server) await(ctx context.Context, what string, so func(log string) bool) error {
	if s.config.StartTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, s.config.StartTimeout,
			fmt.Errorf("it does not %s after %v (Config.StartTimeout)", what, s.config.StartTimeout))
		defer cancel()
	}
	for p := s.current(); ; pause(ctx, readyPoll) {
		log := readEnd(s.LogPath(), p.from, tailSize)
		switch {
		case so(log):
			return nil
		case !p.running():
			return &exitError{process: p, log: log}
		case ctx.Err() != nil:
			return fmt.Errorf("wait for the server: %w; the end of its log:\n%s", context.Cause(ctx), tail(log, logLines))
		}
	}
}

// Promote makes a standby a primary, and returns when it takes writes.
func (s *Server) Promote(ctx context.Context) error {
	release, err := s.hold(ctx)
	if err == nil {
		defer release()
		err = s.promote(ctx)
	}
	if err != nil {
		return fmt.Errorf("promote PostgreSQL: %w", err)
	}
	return nil
}

func (s *Server) promote(ctx context.Context) error {
	p := s.current()
	if p == nil || !p.running() {
		return errors.New("the server is not running")
	}
	if state := s.state(); state != inRecovery {
		return fmt.Errorf("the server is not a standby: the state in its pg_control is %d", state)
	}
	if err := s.WriteFile(promoteFile, nil); err != nil {
		return err
	}
	if err := p.wake(ctx, s.install); err != nil {
		return err
	}
	return s.await(ctx, "take writes", func(string) bool { return s.state() == inProduction })
}

// What pg_control says of a server, as in catalog/pg_control.h.
const (
	inRecovery   = 5 // DB_IN_ARCHIVE_RECOVERY: a standby, too
	inProduction = 6 // DB_IN_PRODUCTION: takes writes
)

// state reads the server's state from pg_control, where it is the third field,
// behind 8 + 4 + 4 bytes, in all versions; -1 if it cannot be read.
func (s *Server) state() int {
	const at = 16
	text := []byte(readEnd(filepath.Join(s.DataDir(), "global", "pg_control"), 0, 1<<16))
	if len(text) < at+4 {
		return -1
	}
	return int(binary.NativeEndian.Uint32(text[at:]))
}

package pgtest

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"testing"
)

// A primary and its standby change places, in every version at hand.
func TestStandby(t *testing.T) {
	for version := MinMajor; version <= MaxMajor; version++ {
		if _, err := Find(t.Context(), version); err != nil {
			if _, noNPM := exec.LookPath("npm"); testing.Short() || noNPM != nil {
				t.Logf("without version %d: %v", version, err)
				continue
			}
		}
		t.Run(strconv.Itoa(version), func(t *testing.T) {
			t.Parallel()
			testStandby(t, version)
		})
	}
}

func testStandby(t *testing.T, version int) {
	first := Start(t, Config{Version: version, Database: "some where", Settings: map[string]string{"work_mem": "3MB"},
		Setup: []string{"CREATE TABLE kept (a int)"}})
	port := first.Port()
	second := StartStandby(t, first, StandbyConfig{Name: "the 'second'", Synchronous: true, Settings: map[string]string{"temp_buffers": "2MB"}})
	if got := mustAsk(t, second, "SELECT pg_is_in_recovery(), current_setting('work_mem'), current_setting('temp_buffers')"); got != "t|3MB|2MB" {
		t.Errorf("the standby says %s", got)
	}
	if second.Dir() == first.Dir() || second.VersionNum() != first.VersionNum() || first.Port() != port {
		t.Errorf("the standby is in %s, of version %s, and the primary on port %d", second.Dir(), second.Version(), first.Port())
	}
	mustAsk(t, first, "INSERT INTO kept VALUES (1)")
	if got := mustAsk(t, first, "SELECT application_name, sync_state, state FROM pg_stat_replication"); got != "the 'second'|sync|streaming" {
		t.Errorf("the primary says of its standby: %s", got)
	}
	await(t, "the row is on the standby", func() bool { return mustAsk(t, second, "SELECT a FROM kept") == "1" })
	_, err := ask(second, "INSERT INTO kept VALUES (2)")
	wantText(t, err, "cannot execute INSERT in a read-only transaction")

	if err := first.Stop(t.Context(), Crash); err != nil {
		t.Fatal(err)
	}
	if err := second.Promote(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustAsk(t, second, "INSERT INTO kept VALUES (2)")
	wantText(t, second.Promote(t.Context()), "promote PostgreSQL: the server is not a standby")

	if err := first.Follow(t.Context(), second, StandbyConfig{}); err != nil {
		t.Fatal(err)
	}
	mustAsk(t, second, "INSERT INTO kept VALUES (3)")
	await(t, "the rows are on the old primary", func() bool { return mustAsk(t, first, "SELECT a FROM kept ORDER BY a") == "1\n2\n3" })
	if got := mustAsk(t, second, "SELECT application_name, sync_state FROM pg_stat_replication"); got != "standby|async" {
		t.Errorf("the new primary says of its standby: %s", got)
	}
}

// With a synchronous standby, a commit waits for it.
func TestSynchronousStandby(t *testing.T) {
	t.Parallel()
	primary := Start(t, Config{Setup: []string{"CREATE TABLE kept (a int)"}})
	standby := StartStandby(t, primary, StandbyConfig{Synchronous: true})
	mustAsk(t, primary, "INSERT INTO kept VALUES (1)")
	if err := standby.Stop(t.Context(), Immediate); err != nil {
		t.Fatal(err)
	}
	answered := make(chan error, 1)
	go func() {
		_, err := ask(primary, "INSERT INTO kept VALUES (2)")
		answered <- err
	}()
	await(t, "the commit waits", func() bool {
		return mustAsk(t, primary, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") == "1"
	})
	if err := standby.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-answered; err != nil {
		t.Error(err)
	}
	if err := primary.Stop(t.Context(), Crash); err != nil {
		t.Fatal(err)
	}
	if err := standby.Promote(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := mustAsk(t, standby, "SELECT a FROM kept ORDER BY a"); got != "1\n2" {
		t.Errorf("the new primary has %q", got)
	}
}

// The data of a stopped primary will do, also of one that crashed; the standby
// then waits for the primary to come back.
func TestStandbyOfStopped(t *testing.T) {
	t.Parallel()
	primary := Start(t, Config{TCP: true, Settings: map[string]string{"synchronous_commit": "on"}})
	mustAsk(t, primary, "CREATE TABLE kept (a int)")
	if err := primary.Stop(t.Context(), Crash); err != nil {
		t.Fatal(err)
	}
	standby := StartStandby(t, primary, StandbyConfig{})
	if primary.PID() != 0 {
		t.Error("the primary was started")
	}
	if standby.TCPAddr() == "" || standby.TCPAddr() == primary.TCPAddr() {
		t.Errorf("the standby is at %q, the primary at %q", standby.TCPAddr(), primary.TCPAddr())
	}
	if err := primary.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustAsk(t, primary, "INSERT INTO kept VALUES (1)")
	await(t, "the row is on the standby", func() bool { return mustAsk(t, standby, "SELECT a FROM kept") == "1" })
}

// The standby belongs to whom the primary does.
func TestStandbyAccount(t *testing.T) {
	t.Parallel()
	primary := Start(t, Config{})
	standby := StartStandby(t, primary, StandbyConfig{})
	a, _ := here(t)
	for _, path := range []string{standby.Dir(), standby.DataDir(), standby.Socket(), standby.LogPath()} {
		info, err := os.Lstat(path)
		if err != nil || !a.owns(info) {
			t.Errorf("%s is not the server's: %v", path, err)
		}
	}
	if err := standby.Close(); err != nil {
		t.Fatal(err)
	}
	if exists(standby.Dir()) {
		t.Errorf("%s is still there after Close", standby.Dir())
	}
	mustAsk(t, primary, "SELECT 1")
}

func TestStandbyRefusals(t *testing.T) {
	t.Parallel()
	s := Start(t, Config{})
	wantText(t, s.Follow(t.Context(), s, StandbyConfig{}), "cannot follow itself")
	if err := s.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantText(t, s.Promote(t.Context()), "not a standby")
	if _, err := RunStandby(t.Context(), s, StandbyConfig{Settings: map[string]string{"port": "1"}}); err == nil {
		t.Error("a port of one's own was taken")
	}
	if _, err := RunStandby(t.Context(), s, StandbyConfig{Name: "a\nb"}); err == nil {
		t.Error("a name with a line break was taken")
	}
	if err := s.Stop(t.Context(), Fast); err != nil {
		t.Fatal(err)
	}
	wantText(t, s.Promote(t.Context()), "the server is not running")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := RunStandby(t.Context(), s, StandbyConfig{}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("following a closed server: %v", err)
	}
}

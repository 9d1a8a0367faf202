package pgtest

import (
	"context"
	"errors"
	"testing"
)

func TestStopAndResume(t *testing.T) {
	t.Parallel()
	s := Start(t, Config{TCP: true})
	mustAsk(t, s, "CREATE TABLE kept (a int)")
	port := s.Port()
	for _, mode := range []StopMode{Fast, Smart, Immediate, Crash} {
		pid, gone := s.PID(), s.Gone()
		if err := s.Stop(t.Context(), mode); err != nil {
			t.Fatalf("%v: %v", mode, err)
		}
		<-gone
		if _, err := ask(s, "SELECT 1"); err == nil {
			t.Errorf("%v: the stopped server answers", mode)
		}
		if got := s.PID(); got != 0 {
			t.Errorf("%v: the stopped server has process id %d", mode, got)
		}
		if err := s.Stop(t.Context(), mode); err != nil {
			t.Errorf("%v: stopping a stopped server: %v", mode, err)
		}
		if err := s.Resume(t.Context()); err != nil {
			t.Fatalf("%v: %v", mode, err)
		}
		mustAsk(t, s, "SELECT count(*) FROM kept")
		if got := s.PID(); got == pid || got == 0 {
			t.Errorf("%v: the process id is %d after %d", mode, got, pid)
		}
	}
	if got := s.Port(); got != port {
		t.Errorf("the port changed from %d to %d", port, got)
	}
	if err := s.Resume(t.Context()); err != nil {
		t.Errorf("resuming a running server: %v", err)
	}
}

// Somebody else may end the server; the owner can tell, and start it again.
func TestGone(t *testing.T) {
	t.Parallel()
	s := Start(t, Config{})
	if err := signalServer(s.PID(), Crash); err != nil {
		t.Fatal(err)
	}
	<-s.Gone()
	wantText(t, s.Reload(t.Context()), "reload PostgreSQL: the server is not running")
	if err := s.Restart(t.Context(), Fast); err != nil {
		t.Fatal(err)
	}
	mustAsk(t, s, "SELECT 1")
}

func TestReload(t *testing.T) {
	t.Parallel()
	s := Start(t, Config{Settings: map[string]string{"work_mem": "1MB", "temp_buffers": "2MB"}})
	if err := s.SetSettings(map[string]string{"work_mem": "3MB"}); err != nil {
		t.Fatal(err)
	}
	if got := mustAsk(t, s, "SHOW work_mem"); got != "1MB" {
		t.Errorf("work_mem is %s before the reload", got)
	}
	if err := s.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := mustAsk(t, s, "SELECT current_setting('work_mem'), current_setting('temp_buffers')"); got != "3MB|2MB" {
		t.Errorf("after the reload the settings are %s", got)
	}

	if err := s.SetHBA("local all all reject"); err != nil {
		t.Fatal(err)
	}
	if err := s.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := ask(s, "SELECT 1")
	wantText(t, err, "pg_hba.conf rejects connection")

	if err := s.SetHBA("this is no line"); err != nil {
		t.Fatal(err)
	}
	wantText(t, s.Reload(t.Context()), "the server refused its new configuration", "invalid connection type")
	_, err = ask(s, "SELECT 1")
	wantText(t, err, "pg_hba.conf rejects connection") // as before
}

func TestReloadRefusesSettings(t *testing.T) {
	t.Parallel()
	s := Start(t, Config{})
	if err := s.SetSettings(map[string]string{"work_mem": "a lot"}); err != nil {
		t.Fatal(err)
	}
	wantText(t, s.Reload(t.Context()), `invalid value for parameter "work_mem"`)
}

// A smart stop waits for clients, as long as its context allows.
func TestStopIsBounded(t *testing.T) {
	t.Parallel()
	s := Start(t, Config{})
	asked := make(chan error, 1)
	go func() {
		_, err := ask(s, "SELECT pg_sleep(60)")
		asked <- err
	}()
	await(t, "the query runs", func() bool {
		return mustAsk(t, s, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == "1"
	})
	why := errors.New("no more time")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if err := s.Stop(ctx, Smart); !errors.Is(err, why) {
		t.Errorf("the error is %v, want %v", err, why)
	}
	if err := s.Stop(t.Context(), Fast); err != nil {
		t.Fatal(err)
	}
	wantText(t, <-asked, "terminating connection")
}

func TestStopModeString(t *testing.T) {
	for mode, want := range map[StopMode]string{Fast: "fast", Smart: "smart", Immediate: "immediate", Crash: "crash"} {
		if got := mode.String(); got != want {
			t.Errorf("%d is %s, want %s", mode, got, want)
		}
	}
}

package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// StopMode is how a server is stopped, with PostgreSQL's own words.
type StopMode uint8

const (
	Fast      StopMode = iota // ends all sessions in order, then stops
	Smart                     // waits until the clients have gone
	Immediate                 // ends at once; the next start recovers
	Crash                     // kills the postmaster, as a fault would
)

// String is the mode in lower case.
func (m StopMode) String() string {
	return [...]string{"fast", "smart", "immediate", "crash"}[min(m, Crash)]
}

// hold takes the turn, unless ctx ends first or the server was closed.
func (s *Server) hold(ctx context.Context) (release func(), err error) {
	select {
	case <-s.turn:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	release = func() { s.turn <- struct{}{} }
	if err := s.open(); err != nil {
		release()
		return nil, err
	}
	return release, nil
}

// Stop stops the server and waits until its process has ended. Its directory
// stays, and Resume starts it again. Stopping a stopped server does nothing.
func (s *Server) Stop(ctx context.Context, mode StopMode) error {
	release, err := s.hold(ctx)
	if err != nil {
		return fmt.Errorf("stop PostgreSQL: %w", err)
	}
	defer release()
	return s.stop(ctx, mode)
}

// Resume starts a stopped server again, on the same port. Starting a running
// server does nothing.
func (s *Server) Resume(ctx context.Context) error {
	release, err := s.hold(ctx)
	if err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	defer release()
	if s.current().running() {
		return nil
	}
	return s.start(ctx)
}

// Restart is Stop and Resume.
func (s *Server) Restart(ctx context.Context, mode StopMode) error {
	release, err := s.hold(ctx)
	if err != nil {
		return fmt.Errorf("restart PostgreSQL: %w", err)
	}
	defer release()
	if err := s.stop(ctx, mode); err != nil {
		return err
	}
	return s.start(ctx)
}

// stop needs the turn.
func (s *Server) stop(ctx context.Context, mode StopMode) error {
	p := s.current()
	if p == nil || !p.running() {
		return nil
	}
	if err := p.stop(ctx, s.install, mode); err != nil && p.running() {
		return fmt.Errorf("stop PostgreSQL (%v): %w", mode, err)
	}
	select {
	case <-p.gone:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for PostgreSQL to stop (%v): %w; the end of its log:\n%s",
			mode, context.Cause(ctx), tail(readEnd(s.LogPath(), p.from, tailSize), logLines))
	}
}

// start needs the turn. It tries again when a port was taken between choosing
// and using it, and while sessions of a crashed server are still on their way out.
func (s *Server) start(ctx context.Context) error {
	if s.config.StartTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, s.config.StartTimeout,
			fmt.Errorf("not ready after %v (Config.StartTimeout)", s.config.StartTimeout))
		defer cancel()
	}
	for ports := 0; ; {
		err := s.startOnce(ctx)
		exit, ended := errors.AsType[*exitError](err)
		switch {
		case !ended:
			return err
		case strings.Contains(exit.log, "is still in use"), strings.Contains(exit.log, "is in use by"):
			if ctx.Err() != nil {
				return err
			}
			pause(ctx, 50*time.Millisecond)
		case strings.Contains(exit.log, "could not bind") && s.config.TCP && !s.everReady() && ports < 5:
			ports++
			if err := s.choosePort(); err != nil {
				return err
			}
		default:
			return err
		}
	}
}

func (s *Server) startOnce(ctx context.Context) error {
	p, err := startProcess(s.private, s.watch, s.extended.postgres(s.install))
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.process = p
	s.mu.Unlock()
	if err := p.waitReady(ctx, s.private); err != nil {
		return err
	}
	s.mu.Lock()
	s.ready = true
	s.mu.Unlock()
	return nil
}

func (s *Server) everReady() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ready
}

// pause waits a moment, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// Reload makes the server read its configuration again, and returns when new
// connections see it. Sessions that are open follow when they next wait for a
// command. The error says so if the server refused a file; it then goes on with
// what it had.
func (s *Server) Reload(ctx context.Context) error {
	release, err := s.hold(ctx)
	if err == nil {
		defer release()
		err = s.reload(ctx)
	}
	if err != nil {
		return fmt.Errorf("reload PostgreSQL: %w", err)
	}
	return nil
}

func (s *Server) reload(ctx context.Context) error {
	p := s.current()
	if !p.running() {
		return errors.New("the server is not running")
	}
	from := sizeOfFile(s.LogPath())
	if err := p.reload(ctx, s.install); err != nil {
		return err
	}
	// The postmaster serves signals before connections, so an answer to a
	// connection made now comes from after the reload.
	if err := s.knock(ctx); err != nil {
		return err
	}
	log := readEnd(s.LogPath(), from, tailSize)
	for _, refusal := range []string{"was not reloaded", "contains errors"} {
		if strings.Contains(log, refusal) {
			return fmt.Errorf("the server refused its new configuration; its log:\n%s", tail(log, logLines))
		}
	}
	return nil
}

// sslRequest asks whether the server speaks TLS: length 8, code 80877103. Its
// answer of one byte needs no user, database or permission.
var sslRequest = []byte{0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f}

// knockTime bounds how long a server may take for that one byte.
const knockTime = 10 * time.Second

// knock connects, asks one thing, waits for the answer and leaves.
func (s *Server) knock(ctx context.Context) error {
	network, address := "unix", s.Socket()
	if alwaysTCP {
		network, address = "tcp", s.TCPAddr()
	}
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return err
	}
	defer conn.Close()
	until := time.Now().Add(knockTime)
	if d, ok := ctx.Deadline(); ok && d.Before(until) {
		until = d
	}
	if err := conn.SetDeadline(until); err != nil {
		return err
	}
	if _, err := conn.Write(sslRequest); err != nil {
		return err
	}
	_, err = conn.Read(make([]byte, 1))
	return err
}

package pgtest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"
)

// stuckTime is how long the end of a test waits for scripts that wait for
// something other than their peer.
const stuckTime = 10 * time.Second

func (s *Scripted) prepare() {
	s.ending = make(chan struct{})
	s.peers = map[*Peer]bool{}
}

// play runs the script on a connection, and reports whether it does.
func (s *Scripted) play(conn net.Conn) bool {
	p := newPeer(conn, s.config.Peer)
	p.host, p.done = s, make(chan struct{})
	p.report = func(e *PeerError) {
		s.failed(e)
		if s.tb != nil {
			writeReport(s.tb, e)
			s.tb.Fail()
		}
	}
	if s.tb != nil {
		// A goroutine that only spins leaves: the test has failed already.
		p.leave = s.tb.FailNow
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		conn.Close()
		return false
	}
	s.count++
	p.number = s.count
	s.peers[p] = true
	s.running.Go(func() { s.run(p) })
	return true
}

func (s *Scripted) run(p *Peer) {
	defer func() {
		p.close()
		s.mu.Lock()
		delete(s.peers, p)
		s.mu.Unlock()
		close(p.done)
	}()
	s.script(p)
}

func (s *Scripted) failed(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.errs) < maxFailures {
		s.errs = append(s.errs, err)
	}
}

// finish ends the server. Scripts get endGrace to read what has come.
func (s *Scripted) finish() error {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	var ps []*Peer
	for p := range s.peers {
		ps = append(ps, p)
	}
	s.mu.Unlock()
	if first {
		close(s.ending)
		if s.listener != nil {
			s.listener.Close()
		}
	}
	limit := time.Now().Add(endGrace)
	for _, p := range ps {
		p.end(limit)
	}
	err := s.await()
	if s.dir != "" {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	return err
}

// await waits for the scripts.
func (s *Scripted) await() error {
	done := make(chan struct{})
	go func() {
		s.running.Wait()
		close(done)
	}()
	timer := time.NewTimer(stuckTime)
	defer timer.Stop()
	select {
	case <-done:
		return nil
	case <-timer.C:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Errorf("%s still runs, though its connection is closed", plural(len(s.peers), "script"))
}

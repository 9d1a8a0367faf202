package canned

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"

	"parley/wire"
)

// Server plays a recording over any number of connections. It takes every
// statement for one that asks for the recording; the last word of its text is
// how often the rows are to be sent.
type Server struct {
	recording *Recording
	listener  net.Listener
	wg        sync.WaitGroup

	mu     sync.Mutex // guards the following
	closed bool
	conns  map[net.Conn]bool
	blocks map[string][]byte // by formats
	failed error
}

// Listen serves a listener, which it closes.
func Listen(l net.Listener, r *Recording) *Server {
	s := &Server{recording: r, listener: l, conns: map[net.Conn]bool{}, blocks: map[string][]byte{}}
	s.wg.Go(s.accept)
	return s
}

// SQL returns a statement that is answered with the recording, so many times.
func SQL(times int) string { return fmt.Sprintf("select six from recording -- %d", times) }

// Close ends the server and its connections, and returns what went wrong with
// any of them.
func (s *Server) Close() error {
	_ = s.listener.Close()
	s.mu.Lock()
	s.closed = true
	for c := range s.conns {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
	return s.failed
}

func (s *Server) accept() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns[c] = true
		s.mu.Unlock()
		s.wg.Go(func() { s.serve(c) })
	}
}

func (s *Server) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	err := (&session{server: s, conn: c, statements: map[string]int{}}).run()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	if err != nil && !s.closed && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		s.failed = errors.Join(s.failed, err)
	}
}

// block returns the rows in some formats, made once.
func (s *Server) block(formats []wire.Format) ([]byte, error) {
	key := fmt.Sprint(formats)
	s.mu.Lock()
	defer s.mu.Unlock()
	if b, ok := s.blocks[key]; ok {
		return b, nil
	}
	b, err := s.recording.block(formats)
	s.blocks[key] = b
	return b, err
}

// session is one connection.
type session struct {
	server     *Server
	conn       net.Conn
	in         wire.Buffer
	out        []byte
	statements map[string]int // how often their rows are sent
	times      int            // of the portal
	formats    []wire.Format  // of the portal
}

func (s *session) run() error {
	if _, err := s.in.ReadFrame(s.conn, wire.PhaseStartup); err != nil {
		return err
	}
	if err := s.add(&wire.AuthenticationOk{},
		&wire.ParameterStatus{Name: "server_version", Value: "18.0"}, &wire.ParameterStatus{Name: "client_encoding", Value: "UTF8"},
		&wire.ParameterStatus{Name: "standard_conforming_strings", Value: "on"}, &wire.ParameterStatus{Name: "TimeZone", Value: "UTC"},
		&wire.ParameterStatus{Name: "DateStyle", Value: "ISO, MDY"}, &wire.ParameterStatus{Name: "integer_datetimes", Value: "on"},
		&wire.BackendKeyData{ProcessID: 1, Key: []byte{1, 2, 3, 4}}, &wire.ReadyForQuery{Status: wire.TxIdle}); err != nil {
		return err
	}
	for {
		if err := s.flush(); err != nil {
			return err
		}
		for ready := false; !ready; {
			f, err := s.in.ReadFrame(s.conn, wire.PhaseFrontend)
			if err != nil {
				return err
			}
			if f.Type == 'X' {
				return nil
			}
			if ready, err = s.answer(f.Type, f.Body); err != nil {
				return err
			}
		}
	}
}

// answer answers a message; ready is true when the client awaits the answer.
func (s *session) answer(typ byte, body []byte) (ready bool, err error) {
	switch typ {
	case 'P':
		var m wire.Parse
		if err := m.Parse(body); err != nil {
			return false, err
		}
		times, err := strconv.Atoi(m.SQL[strings.LastIndexByte(m.SQL, ' ')+1:])
		if err != nil {
			return false, fmt.Errorf("canned: %q does not end with a number: %w", m.SQL, err)
		}
		s.statements[m.Statement] = times
		return false, s.add(&wire.ParseComplete{})
	case 'B':
		var m wire.Bind
		if err := m.Parse(body); err != nil {
			return false, err
		}
		s.times, s.formats = s.statements[m.Statement], m.ResultFormats
		return false, s.add(&wire.BindComplete{})
	case 'D':
		if body[0] == 'S' {
			return false, s.add(&wire.ParameterDescription{}, &wire.RowDescription{Columns: s.server.recording.columns})
		}
		return false, s.add(&wire.RowDescription{Columns: s.server.recording.in(s.formats)})
	case 'E':
		return false, s.play()
	case 'C':
		return false, s.add(&wire.CloseComplete{})
	case 'S':
		return true, s.add(&wire.ReadyForQuery{Status: wire.TxIdle})
	case 'H':
		return false, s.flush()
	}
	return false, fmt.Errorf("canned: a message %q came, which is not played to", typ)
}

// play sends the rows.
func (s *session) play() error {
	block, err := s.server.block(s.formats)
	if err != nil {
		return err
	}
	if err := s.flush(); err != nil {
		return err
	}
	for range s.times {
		if _, err := s.conn.Write(block); err != nil {
			return err
		}
	}
	return s.add(&wire.CommandComplete{Tag: fmt.Sprintf("SELECT %d", s.times*s.server.recording.Rows())})
}

func (s *session) add(messages ...wire.Message) error {
	for _, m := range messages {
		var err error
		if s.out, err = m.Append(s.out); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) flush() error {
	_, err := s.conn.Write(s.out)
	s.out = s.out[:0]
	return err
}

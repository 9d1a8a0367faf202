package dial

import (
	"errors"
	"fmt"

	"parley/wire"
)

// maxGreeting is how many bytes a server may send between AuthenticationOk and
// ReadyForQuery: settings and notices, some kilobytes in practice.
const maxGreeting = 1 << 20

// greet reads what follows AuthenticationOk, up to ReadyForQuery, into a new
// session. Its errors are failures.
func (l *login) greet() (*Session, error) {
	s := &Session{Conn: l.stream.conn, Buffer: l.stream.in, Version: l.version, Host: named(l.host), Auth: l.method,
		Parameters: make(map[string]string)}
	if l.tls != nil {
		s.TLS = &l.tls.state
	}
	in := l.stream.in
	in.Max = maxGreeting
	defer func() { in.Max = 0 }()
	for limit := in.Offset() + maxGreeting; in.Offset() <= limit; {
		f, err := l.stream.receive(wire.PhaseBackend)
		if err != nil {
			return nil, fatal(StageSession, err)
		}
		done, err := s.note(f, l.version)
		if err != nil {
			return nil, asFailure(StageSession, err)
		}
		if done {
			return s, nil
		}
	}
	return nil, fatal(StageSession, fmt.Errorf("the server sent more than %d bytes and is still not ready", maxGreeting))
}

// note takes in one message of the greeting, and reports whether it was the
// last.
func (s *Session) note(f wire.Frame, version wire.Version) (done bool, err error) {
	switch f.Type {
	case 'S':
		var m wire.ParameterStatus
		err = m.Parse(f.Body)
		s.Parameters[m.Name] = m.Value
	case 'K':
		err = s.noteKey(f.Body, version)
	case 'N':
		var m wire.NoticeResponse
		err = m.Parse(f.Body)
		s.Notices = append(s.Notices, m)
	case 'E':
		e := new(ServerError)
		if err = e.Response.Parse(f.Body); err == nil {
			err = e
		}
	case 'Z':
		var m wire.ReadyForQuery
		err = m.Parse(f.Body)
		s.TxStatus = m.Status
		done = true
	default:
		err = fmt.Errorf("message of type %q has no place before the session is ready", rune(f.Type))
	}
	return done, err
}

func (s *Session) noteKey(body []byte, version wire.Version) error {
	if s.CancelKey != nil {
		return errors.New("the server sent BackendKeyData twice")
	}
	var m wire.BackendKeyData
	if err := m.Parse(body); err != nil {
		return err
	}
	if version == wire.Version30 && len(m.Key) != wire.MinCancelKey {
		return fmt.Errorf("BackendKeyData has a key of %d bytes, and protocol 3.0 has keys of 4", len(m.Key))
	}
	s.ProcessID, s.CancelKey = m.ProcessID, append(CancelKey(nil), m.Key...)
	return nil
}

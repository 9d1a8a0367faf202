package dial

import (
	"errors"
	"fmt"
	"strings"

	"parley/internal/conninfo"
	"parley/wire"
)

// target is what one value of target_session_attrs asks for.
type target struct {
	standby bool   // whether being a standby decides, or else being read-only
	want    bool   // what it must be
	problem string // the text when it is not
}

// targets has no entry for any: every session fits.
var targets = map[conninfo.TargetSession]target{
	conninfo.TargetReadWrite:     {false, false, "the session is read-only"},
	conninfo.TargetReadOnly:      {false, true, "the session is not read-only"},
	conninfo.TargetPrimary:       {true, false, "the server is a standby"},
	conninfo.TargetStandby:       {true, true, "the server is not a standby"},
	conninfo.TargetPreferStandby: {true, true, "the server is not a standby"},
}

// firstStandby is the first version, as server_version has it, that has
// standbys which can be connected to.
const firstStandby = 9

// fit fails unless the session is what target_session_attrs asks for. The
// server tells by its settings from version 14 on; older ones are asked.
func (l *login) fit(s *Session, attrs conninfo.TargetSession) error {
	t, picky := targets[attrs]
	if !picky {
		return nil
	}
	state := l.readOnly
	if t.standby {
		state = l.standby
	}
	is, err := state(s)
	if err != nil {
		return err
	}
	if is != t.want {
		return &failure{StageSession, outcomeUnfit, fmt.Errorf("%s, and target_session_attrs is %v", t.problem, attrs)}
	}
	return nil
}

func (l *login) standby(s *Session) (bool, error) {
	if hot, known := s.Parameters["in_hot_standby"]; known {
		return hot == "on", nil
	}
	if major, _, _ := strings.Cut(s.Parameters["server_version"], "."); len(major) == 1 && major < fmt.Sprint(firstStandby) {
		return false, nil
	}
	value, err := l.ask(s, "SELECT pg_catalog.pg_is_in_recovery()")
	return strings.HasPrefix(value, "t"), err
}

func (l *login) readOnly(s *Session) (bool, error) {
	hot, known := s.Parameters["in_hot_standby"]
	byDefault, both := s.Parameters["default_transaction_read_only"]
	if known && both {
		return hot == "on" || byDefault == "on", nil
	}
	value, err := l.ask(s, "SHOW transaction_read_only")
	return strings.HasPrefix(value, "on"), err
}

// ask runs a query of one row and one column. That the server refuses makes
// the session unfit.
func (l *login) ask(s *Session, sql string) (value string, err error) {
	if err := l.stream.send(&wire.Query{SQL: sql}); err != nil {
		return "", fatal(StageSession, err)
	}
	in := l.stream.in
	in.Max = maxGreeting
	defer func() { in.Max = 0 }()
	var refusal error
	rows := 0
	for limit := in.Offset() + maxGreeting; in.Offset() <= limit; {
		f, err := l.stream.receive(wire.PhaseBackend)
		if err != nil {
			return "", fatal(StageSession, err)
		}
		switch f.Type {
		case 'T', 'C':
		case 'D':
			rows++
			value, err = firstColumn(f.Body)
		case 'Z':
			_, err = s.note(f, l.version)
			if err == nil && refusal == nil && rows != 1 {
				refusal = fmt.Errorf("%q returned %d rows", sql, rows)
			}
			if err == nil && refusal != nil {
				return "", &failure{StageSession, outcomeUnfit, refusal}
			}
			if err == nil {
				return value, nil
			}
		default:
			_, err = s.note(f, l.version)
			if e, refused := errors.AsType[*ServerError](err); refused {
				refusal, err = e, nil
			}
		}
		if err != nil {
			return "", fatal(StageSession, err)
		}
	}
	return "", fatal(StageSession, fmt.Errorf("the answer to %q is longer than %d bytes", sql, maxGreeting))
}

func firstColumn(body []byte) (string, error) {
	var row wire.DataRow
	if err := row.Parse(body); err != nil {
		return "", err
	}
	if len(row.Values) != 1 {
		return "", fmt.Errorf("DataRow has %d columns, not 1", len(row.Values))
	}
	return string(row.Values[0]), nil
}

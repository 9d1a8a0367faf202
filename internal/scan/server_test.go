package scan

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"

	"parley/pgtest"
	"parley/pgtype"
	"parley/wire"
)

// server is a connection to a real PostgreSQL that speaks bare messages, so that
// only this package stands between it and the values.
type server struct {
	t    *testing.T
	conn net.Conn
	cat  pgtype.Catalog
}

func connect(t *testing.T) *server {
	t.Helper()
	at := pgtest.Start(t, pgtest.Config{})
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "unix", at.Socket())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	s := &server{t: t, conn: conn}
	s.write(&wire.StartupMessage{Version: wire.Version30, Parameters: []wire.Parameter{{Name: "user", Value: "postgres"}, {Name: "database", Value: "postgres"}}})
	s.reply()
	return s
}

func (s *server) write(msgs ...wire.Message) {
	s.t.Helper()
	var out []byte
	for _, m := range msgs {
		var err error
		if out, err = m.Append(out); err != nil {
			s.t.Fatal(err)
		}
	}
	s.raw(out)
}

func (s *server) raw(out []byte) {
	s.t.Helper()
	if _, err := s.conn.Write(out); err != nil {
		s.t.Fatal(err)
	}
}

// answer is a reply up to ReadyForQuery.
type answer struct {
	params []uint32
	cols   []wire.Column
	rows   [][]byte // bodies
	data   []byte   // of COPY
	err    string
}

func (s *server) reply() (a answer) {
	s.t.Helper()
	for {
		head := make([]byte, 5)
		if _, err := io.ReadFull(s.conn, head); err != nil {
			s.t.Fatal(err)
		}
		b := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
		if _, err := io.ReadFull(s.conn, b); err != nil {
			s.t.Fatal(err)
		}
		switch head[0] {
		case 't':
			a.params = must(s.t, b, &wire.ParameterDescription{}).Types
		case 'T':
			a.cols = must(s.t, b, &wire.RowDescription{}).Columns
		case 'D':
			a.rows = append(a.rows, b)
		case 'd':
			a.data = append(a.data, b...)
		case 'E':
			e := must(s.t, b, &wire.ErrorResponse{})
			a.err = e.Get(wire.FieldSQLState) + " " + e.Get(wire.FieldMessage)
		case 'G', 'Z':
			return a
		}
	}
}

func must[M interface{ Parse([]byte) error }](t *testing.T, b []byte, m M) M {
	t.Helper()
	if err := m.Parse(b); err != nil {
		t.Fatal(err)
	}
	return m
}

// does runs statements.
func (s *server) does(sql string) {
	s.t.Helper()
	s.write(&wire.Query{SQL: sql})
	if a := s.reply(); a.err != "" {
		s.t.Fatalf("%s: %s", sql, a.err)
	}
}

// describe prepares a statement.
func (s *server) describe(sql string) answer {
	s.t.Helper()
	s.write(&wire.Parse{SQL: sql}, &wire.Describe{Object: wire.ObjectStatement}, &wire.Sync{})
	a := s.reply()
	if a.err != "" {
		s.t.Fatalf("%s: %s", sql, a.err)
	}
	return a
}

// query prepares a statement and runs it with arguments that p writes, or with
// none; the rows come in one format.
func (s *server) query(sql string, f pgtype.Format, p *Params, args ...any) ([]Column, answer, error) {
	s.t.Helper()
	var out []byte
	var err error
	for _, m := range []wire.Message{&wire.Parse{SQL: sql}, &wire.Describe{Object: wire.ObjectStatement}} {
		if out, err = m.Append(out); err != nil {
			s.t.Fatal(err)
		}
	}
	at := len(out)
	out = append(out, 'B', 0, 0, 0, 0, 0, 0)
	if out, err = p.Append(out, args); err != nil {
		return nil, answer{}, err
	}
	out = append(out, 0, 1, 0, byte(f))
	binary.BigEndian.PutUint32(out[at+1:], uint32(len(out)-at-1))
	for _, m := range []wire.Message{&wire.Execute{}, &wire.Sync{}} {
		if out, err = m.Append(out); err != nil {
			s.t.Fatal(err)
		}
	}
	s.raw(out)
	a := s.reply()
	if a.err != "" {
		return nil, a, errors.New(a.err)
	}
	cols := make([]Column, len(a.cols))
	for i, c := range a.cols {
		cols[i] = Column{Name: c.Name, Type: s.cat.Type(c.Type), Format: f}
	}
	return cols, a, nil
}

// learn adds types to the catalog, with the OIDs that the server has for their
// names, and their arrays.
func (s *server) learn(types ...*pgtype.Type) {
	s.t.Helper()
	for _, t := range types {
		cols, a, err := s.query("select oid, typarray from pg_type where typname = $1", pgtype.Binary, NewParams(nil, nil), t.Name)
		if err != nil || len(a.rows) != 1 {
			s.t.Fatalf("%s: %d rows, %v", t.Name, len(a.rows), err)
		}
		if err := NewDests(nil, cols).Read(&Memory{}, a.rows[0], []any{&t.OID, &t.Array}); err != nil {
			s.t.Fatal(err)
		}
		t.Schema, t.Size, t.Delim = "public", -1, ','
		s.cat.Add(t, &pgtype.Type{OID: t.Array, Name: "_" + t.Name, Kind: pgtype.KindArray, Size: -1, Delim: ',', Elem: t})
	}
}

package pgtype_test

import (
	"errors"
	"net"
	"slices"
	"strconv"
	"testing"
	"time"

	"parley/pgtest"
	"parley/pgtype"
	"parley/wire"
)

// session is a connection that runs one statement after another.
type session struct {
	t    *testing.T
	conn net.Conn
	b    wire.Buffer
}

// connect starts a server and a session in the settings that the package's
// documentation speaks of.
func connect(t *testing.T) *session {
	t.Helper()
	return connectTo(t, pgtest.Start(t, pgtest.Config{}))
}

func connectTo(t *testing.T, server *pgtest.Server) *session {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "unix", server.Socket())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(5 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	s := &session{t: t, conn: conn}
	s.send(&wire.StartupMessage{Version: wire.Version30, Parameters: []wire.Parameter{
		{Name: "user", Value: server.User()}, {Name: "database", Value: server.Database()},
		{Name: "TimeZone", Value: "UTC"}, {Name: "DateStyle", Value: "ISO"}, {Name: "IntervalStyle", Value: "postgres"},
		{Name: "client_encoding", Value: "UTF8"}, {Name: "lc_monetary", Value: "C"}, {Name: "extra_float_digits", Value: "1"}}})
	if _, err := s.replies(); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *session) send(messages ...wire.Message) {
	s.t.Helper()
	var out []byte
	for _, m := range messages {
		var err error
		if out, err = m.Append(out); err != nil {
			s.t.Fatal(err)
		}
	}
	if _, err := s.conn.Write(out); err != nil {
		s.t.Fatal(err)
	}
}

// replies reads up to ReadyForQuery: the rows, with nil for NULL, or the error.
func (s *session) replies() (rows [][][]byte, failure error) {
	s.t.Helper()
	for {
		f, err := s.b.ReadFrame(s.conn, wire.PhaseBackend)
		if err != nil {
			s.t.Fatal(err)
		}
		switch wire.Identify(wire.Backend, f.Type, f.Body, wire.Context{}) {
		case wire.KindErrorResponse:
			var e wire.ErrorResponse
			_ = e.Parse(f.Body)
			failure = errors.New(e.Get(wire.FieldMessage))
		case wire.KindDataRow:
			var row [][]byte
			r := wire.ReadRow(f.Body)
			for v, ok := r.Next(); ok; v, ok = r.Next() {
				row = append(row, slices.Clone(v))
			}
			rows = append(rows, row)
		case wire.KindReadyForQuery:
			return rows, failure
		}
	}
}

// exec runs SQL that must succeed, with the simple protocol.
func (s *session) exec(sql string) [][][]byte {
	s.t.Helper()
	s.send(&wire.Query{SQL: sql})
	rows, err := s.replies()
	if err != nil {
		s.t.Fatalf("%s: %v", sql, err)
	}
	return rows
}

// fetch runs a statement with one parameter and returns the first row with
// each column in the format given.
func (s *session) fetch(sql string, param []byte, f pgtype.Format, results ...pgtype.Format) ([][]byte, error) {
	s.t.Helper()
	formats := make([]wire.Format, len(results))
	for i, r := range results {
		formats[i] = wire.Format(r)
	}
	s.send(&wire.Parse{SQL: sql},
		&wire.Bind{ParamFormats: []wire.Format{wire.Format(f)}, Params: [][]byte{param}, ResultFormats: formats},
		&wire.Execute{}, &wire.Sync{})
	rows, err := s.replies()
	if err != nil {
		return nil, err
	}
	return rows[0], nil
}

// load reads types from the catalog, and those they are made of.
func (s *session) load(c *pgtype.Catalog, name string) *pgtype.Type {
	s.t.Helper()
	rows := s.exec("select '" + name + "'::regtype::oid")
	oid, err := strconv.ParseUint(string(rows[0][0]), 10, 32)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.loadOID(c, uint32(oid))
}

func (s *session) loadOID(c *pgtype.Catalog, oid uint32) *pgtype.Type {
	s.t.Helper()
	if t := c.Type(oid); t != nil {
		return t
	}
	id := strconv.FormatUint(uint64(oid), 10)
	row := s.exec(`select typname, typtype, typdelim, typarray, typelem, typbasetype, typrelid,
		coalesce((select rngsubtype from pg_range where rngtypid = t.oid), 0),
		coalesce((select rngtypid from pg_range where rngmultitypid = t.oid), 0), typcategory, typlen
		from pg_type t where oid = ` + id)[0]
	num := func(i int) uint32 {
		n, _ := strconv.ParseUint(string(row[i]), 10, 32)
		return uint32(n)
	}
	t := &pgtype.Type{OID: oid, Schema: "public", Name: string(row[0]), Kind: pgtype.Kind(row[1][0]), Delim: row[2][0], Array: num(3), Size: -1}
	switch {
	case t.Kind == pgtype.KindDomain:
		t.Elem = s.loadOID(c, num(5))
	case string(row[9]) == "A":
		t.Kind, t.Elem = pgtype.KindArray, s.loadOID(c, num(4))
	case t.Kind == pgtype.KindRange:
		t.Elem = s.loadOID(c, num(7))
	case t.Kind == pgtype.KindMultirange:
		t.Elem = s.loadOID(c, num(8))
	case t.Kind == pgtype.KindComposite:
		for _, f := range s.exec("select attname, atttypid from pg_attribute where attnum > 0 and not attisdropped and attrelid = " + string(row[6]) + " order by attnum") {
			n, _ := strconv.ParseUint(string(f[1]), 10, 32)
			t.Fields = append(t.Fields, pgtype.Field{Name: string(f[0]), Type: s.loadOID(c, uint32(n))})
		}
	default:
		t.Like = 25
		if t.Kind == pgtype.KindBase {
			t.Ext = t.Name
		}
	}
	c.Add(t)
	return t
}

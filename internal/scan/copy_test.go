package scan

import (
	"encoding/binary"
	"reflect"
	"testing"
	"time"

	"parley/pgtype"
	"parley/wire"
)

type stored struct {
	ID    int64
	Label *string
	At    time.Time
	Tags  []string
	Home  *address
	Price *coin
}

// Rows go through COPY in both of its formats and come back as they were.
func TestCopyBothFormats(t *testing.T) {
	s := withTypes(t)
	s.does("create table stored (id int8, label text, at timestamptz, tags text[], home address, price numeric)")
	rows := []stored{
		{1, new("tab\tnew\nline\\ \r é"), day(2024, 1, 2), []string{"a", `b "c"`, `d\e`}, &address{"x", nil}, nil},
		{2, nil, day(1999, 12, 31), nil, nil, nil}, {3, new(`\N`), day(1, 1, 1), []string{}, &address{"", new(int32(1))}, nil},
	}
	a := s.describe("select * from stored limit 0")
	cols := make([]Column, len(a.cols))
	for i, c := range a.cols {
		cols[i] = Column{Name: c.Name, Type: s.cat.Type(c.Type)}
	}
	typ := reflect.TypeFor[stored]()
	if _, err := CompileRowWrite(&s.cat, cols, typ, pgtype.Binary, Strict); !IsNoForm(err) {
		t.Errorf("a coin, which is text, has a binary form: %v", err)
	}
	for _, f := range []pgtype.Format{pgtype.Text, pgtype.Binary} {
		use, sql := cols, "copy stored from stdin"
		if f == pgtype.Binary {
			use, sql = cols[:5], "copy stored (id, label, at, tags, home) from stdin (format binary)"
		}
		w, err := CompileRowWrite(&s.cat, use, typ, f, Lenient)
		if err != nil {
			t.Fatal(err)
		}
		s.does("truncate stored")
		s.copyIn(sql, w, rows)
		s.holds(rows)
	}
}

func (s *server) copyIn(sql string, w *RowWriter, rows []stored) {
	s.t.Helper()
	s.write(&wire.Query{SQL: sql})
	if a := s.reply(); a.err != "" {
		s.t.Fatal(a.err)
	}
	var data []byte
	if w.format == pgtype.Binary {
		data = append(data, "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"...)
	}
	for i := range rows {
		var err error
		if data, err = w.Append(data, PointerTo(&rows[i])); err != nil {
			s.t.Fatal(err)
		}
	}
	if w.format == pgtype.Binary {
		data = binary.BigEndian.AppendUint16(data, 0xffff)
	}
	s.write(&wire.CopyData{Data: data}, &wire.CopyDone{})
	if a := s.reply(); a.err != "" {
		s.t.Fatalf("%s: %s", sql, a.err)
	}
}

func (s *server) holds(rows []stored) {
	s.t.Helper()
	cols, a, err := s.query("select * from stored order by id", pgtype.Binary, NewParams(nil, nil))
	if err != nil || len(a.rows) != len(rows) {
		s.t.Fatalf("%d rows, %v", len(a.rows), err)
	}
	r, err := CompileRow(&s.cat, cols, reflect.TypeFor[stored](), Strict)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := range rows {
		var got stored
		if err := r.Read(&Memory{}, a.rows[i], PointerTo(&got)); err != nil || !reflect.DeepEqual(got, rows[i]) {
			s.t.Errorf("%+v, want %+v, %v", got, rows[i], err)
		}
	}
}

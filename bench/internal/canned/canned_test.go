package canned

import (
	"bytes"
	"net"
	"path/filepath"
	"testing"

	"parley/bench/internal/floor"
	"parley/pgtest"
	"parley/wire"
)

// TestWhatIsPlayedIsWhatWasRecorded has a recording played as text and in binary.
func TestWhatIsPlayedIsWhatWasRecorded(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	real, err := floor.Connect(t.Context(), nil, "unix", server.Socket(), "postgres", "postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer real.Close()
	const sql = "select g::int4, case when g <> 2 then date '2020-01-01' - g * interval '1 day' end from generate_series(1, 3) g"
	recording, err := Record(t.Context(), real, sql)
	if err != nil {
		t.Fatal(err)
	}
	if recording.Rows() != 3 {
		t.Fatalf("%d rows were recorded", recording.Rows())
	}
	played := listen(t, recording)
	const times = 2
	for format, rows := range map[byte][][]byte{0: recording.text, 1: recording.binary} {
		request := floor.AppendBind(floor.AppendParse(nil, "", SQL(times)), "", format)
		n := 0
		err := played.Rows(floor.AppendSync(floor.AppendExecute(request)), func(row []byte) {
			if want := rows[n%len(rows)]; !bytes.Equal(row, want) {
				t.Errorf("format %d: row %d is % x, not % x", format, n, row, want)
			}
			n++
		})
		if err != nil || n != times*3 {
			t.Errorf("format %d: %d rows, %v", format, n, err)
		}
	}
}

func listen(t *testing.T, r *Recording) *floor.Conn {
	t.Helper()
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "socket"))
	if err != nil {
		t.Fatal(err)
	}
	s := Listen(l, r)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	c, err := floor.Connect(t.Context(), nil, "unix", l.Addr().String(), "postgres", "postgres")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// TestAMixtureOfFormats: each column is in the format that was asked for.
func TestAMixtureOfFormats(t *testing.T) {
	row := func(a, b string) []byte {
		m, err := (&wire.DataRow{Values: [][]byte{[]byte(a), []byte(b)}}).Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	r := &Recording{text: [][]byte{row("t1", "t2")[5:]}, binary: [][]byte{row("b1", "b2")[5:]}}
	for _, c := range []struct {
		formats []wire.Format
		want    []byte
	}{
		{nil, row("t1", "t2")},
		{[]wire.Format{wire.BinaryFormat}, row("b1", "b2")},
		{[]wire.Format{wire.BinaryFormat, wire.TextFormat}, row("b1", "t2")},
		{[]wire.Format{wire.TextFormat, wire.BinaryFormat}, row("t1", "b2")},
	} {
		if got, err := r.block(c.formats); err != nil || !bytes.Equal(got, c.want) {
			t.Errorf("%v: %q, %v", c.formats, got, err)
		}
	}
}

package floor

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"parley/pgtest"
)

func connect(t *testing.T) *Conn {
	t.Helper()
	server := pgtest.Start(t, pgtest.Config{})
	c, err := Connect(t.Context(), nil, "unix", server.Socket(), "postgres", "postgres")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// unnamed returns a request that runs a statement, with results in binary.
func unnamed(sql string) []byte {
	return AppendSync(AppendExecute(AppendBind(AppendParse(nil, "", sql), "", 1)))
}

func TestPoint(t *testing.T) {
	c := connect(t)
	if err := c.Prepare("seven", "select $1::int4 * 7::int8"); err != nil {
		t.Fatal(err)
	}
	p := c.Point("seven")
	for _, id := range []int32{1, 6, -3, 1 << 30} {
		if got, err := p.Get(id); err != nil || got != int64(id)*7 {
			t.Errorf("Get(%d) = %d, %v", id, got, err)
		}
	}
	if err := c.Run(Query("seven", Int4(1))); err != nil {
		t.Error(err)
	}
}

// rows are as sixRows makes them.
var rows = []Six{
	{1, "one", time.UnixMicro(1_600_000_000_123_456), 0.5, true, -1},
	{-2, "", time.UnixMicro(-1), -1e300, false, 1 << 30},
	{1 << 62, "Ünïcödé", time.UnixMicro(0), 0, true, 0},
}

const sixRows = `values (1::int8, 'one', timestamptz '2020-09-13 12:26:40.123456+00', 0.5::float8, true, -1),
 (-2, '', '1969-12-31 23:59:59.999999+00', -1e300, false, 1 << 30), ((1::int8 << 62), 'Ünïcödé', '1970-01-01 00:00:00+00', 0, true, 0)`

func TestSixIsWhatTheServerSays(t *testing.T) {
	c := connect(t)
	n := 0
	err := c.Rows(unnamed(sixRows), func(row []byte) {
		var got Six
		got.Decode(row)
		if got != rows[n] {
			t.Errorf("row %d is %v, not %v", n, got, rows[n])
		}
		if b := got.Append(nil); !bytes.Equal(b, row) {
			t.Errorf("row %d is encoded as\n% x, not\n% x", n, b, row)
		}
		n++
	})
	if err != nil || n != len(rows) {
		t.Errorf("%d rows, %v", n, err)
	}
}

func TestStringsAreParts(t *testing.T) {
	var shared Strings
	var got, want []string
	for i := range 5000 {
		text := bytes.Repeat([]byte{byte('a' + i%26)}, i%50)
		if i == 3000 {
			text = bytes.Repeat([]byte("long"), stringsChunk)
		}
		got, want = append(got, shared.add(text)), append(want, string(text))
	}
	if !slices.Equal(got, want) {
		t.Error("they are not what was added")
	}
	if n := testing.AllocsPerRun(100, func() { shared.add([]byte("0123456789")) }); n > 0.1 {
		t.Errorf("each of them is allocated: %v", n)
	}
}

func TestRowsAreAllKept(t *testing.T) {
	var gathered Rows
	const n = 3*lastBlock + 1
	for i := range n {
		row := Six{ID: int64(i), Name: "name"}
		gathered.Add(row.Append(nil))
	}
	all := gathered.All()
	if len(all) != n {
		t.Fatalf("%d rows of %d", len(all), n)
	}
	for i, row := range all {
		if row.ID != int64(i) || row.Name != "name" {
			t.Fatalf("row %d is %v", i, row)
		}
	}
}

func TestCopy(t *testing.T) {
	c := connect(t)
	if err := c.Run(AppendQuery(nil, "create table six (a int8, b text, c timestamptz, d float8, e bool, f int4)")); err != nil {
		t.Fatal(err)
	}
	var many []Six
	for range 5000 { // several chunks
		many = append(many, rows...)
	}
	if err := c.CopyIn("copy six from stdin binary", many); err != nil {
		t.Fatal(err)
	}
	n := 0
	err := c.CopyOut("copy six to stdout binary", func(row []byte) {
		var got Six
		if got.Decode(row); n < len(many) && got != many[n] {
			t.Fatalf("row %d is %v, not %v", n, got, many[n])
		}
		n++
	})
	if err != nil || n != len(many) {
		t.Errorf("%d rows of %d, %v", n, len(many), err)
	}
	if err := c.Run(unnamed("select 1")); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestARowLargerThanTheBuffer(t *testing.T) {
	c := connect(t)
	size := 0
	if err := c.Rows(unnamed("select repeat('x', 300000) from generate_series(1, 3)"), func(row []byte) { size += len(row) }); err != nil {
		t.Fatal(err)
	}
	if want := 3 * (300_000 + 6); size != want {
		t.Errorf("%d bytes came, not %d", size, want)
	}
}

func TestAnErrorOfTheServer(t *testing.T) {
	c := connect(t)
	if err := c.Run(unnamed("select 1/0")); err == nil || !bytes.Contains([]byte(err.Error()), []byte("22012")) {
		t.Errorf("the error is %v", err)
	}
}

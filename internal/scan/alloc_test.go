package scan

import (
	"reflect"
	"testing"
	"time"

	"parley/pgtype"
)

// A row into a struct costs nothing but its share of a chunk; and so does one
// into variables, and one out of a struct.
func TestAllocations(t *testing.T) {
	row := sixthBody(t)
	r, err := CompileRow(nil, sixthColumns(pgtype.Binary), reflect.TypeFor[sixth](), Strict)
	if err != nil {
		t.Fatal(err)
	}
	w, err := CompileRowWrite(nil, sixthColumns(pgtype.Binary), reflect.TypeFor[sixth](), pgtype.Binary, Strict)
	if err != nil {
		t.Fatal(err)
	}
	d := NewDests(nil, sixthColumns(pgtype.Binary))
	var c *pgtype.Catalog
	var types []*pgtype.Type
	for _, oid := range sixthTypes {
		types = append(types, c.Type(oid))
	}
	hot, cold := NewParams(nil, types), NewParams(nil, nil)
	var m Memory
	var v sixth
	dest := []any{&v.ID, &v.Name, &v.At, &v.Amount, &v.Active, &v.Version}
	args := []any{int64(1), "x", time.Now(), 1.5, true, int32(7)}
	named := []any{age(1), name("x"), v.At, &v.Amount, &v.Active, int16(7)}
	buf := make([]byte, 0, 1024)
	for _, test := range []struct {
		name string
		most float64 // in 100 rows
		run  func() error
	}{
		{"struct", 10, func() error { return r.Read(&m, row, PointerTo(&v)) }},
		{"variables", 10, func() error { return d.Read(&m, row, dest) }},
		{"arguments", 0, func() error { _, err := hot.Append(buf, args); return err }},
		{"arguments of types not known", 0, func() error { _, err := cold.Append(buf, args); return err }},
		{"arguments of named types, two of them pointers", 200, func() error { _, err := hot.Append(buf, named); return err }},
		{"rows for COPY", 0, func() error { _, err := w.Append(buf, PointerTo(&v)); return err }},
	} {
		got := testing.AllocsPerRun(10, func() {
			for range 100 {
				if err := test.run(); err != nil {
					t.Fatal(err)
				}
			}
		})
		if got > test.most {
			t.Errorf("%s: %.0f allocations in 100 rows, want %.0f at most", test.name, got, test.most)
		}
	}
}

func TestMemory(t *testing.T) {
	var m Memory
	if m.String([]byte("a first string of 24 ...")); m.chunk != nil {
		t.Error("the only string of a result takes a chunk")
	}
	for m.chunk == nil {
		m.String([]byte("x"))
	}
	first := m.Bytes([]byte("abc"))
	second := m.String([]byte("def"))
	first = append(first, "xyz"...)
	if string(first) != "abcxyz" || second != "def" {
		t.Errorf("%q and %q: what is appended to one ends up in the other", first, second)
	}
	if b := m.Bytes(nil); b == nil || len(b) != 0 {
		t.Errorf("no bytes are %v", b)
	}
	if m.String(nil) != "" {
		t.Error("no string")
	}
	large := make([]byte, lastChunk)
	if got := m.Bytes(large); cap(got) != len(large) || cap(m.chunk) == lastChunk {
		t.Errorf("%d bytes went into a chunk of %d", len(large), cap(m.chunk))
	}
	for range 10000 {
		m.String([]byte("0123456789"))
	}
	if cap(m.chunk) != lastChunk {
		t.Errorf("chunks of %d bytes after many values, want %d", cap(m.chunk), lastChunk)
	}
	alone := Memory{Alone: true}
	if alone.String([]byte("x")); alone.chunk != nil {
		t.Error("a value that is to be alone is in a chunk")
	}
	per := testing.AllocsPerRun(100, func() { alone.String([]byte("some text")) })
	if per != 1 {
		t.Errorf("%v allocations for a string alone", per)
	}
}

package scan

import (
	"encoding/binary"
	"math"
	"reflect"
	"testing"
	"time"

	"parley/pgtype"
	"parley/wire"
)

// sixth is the row that the bench is about: one column of each usual type.
type sixth struct {
	ID      int64
	Name    string
	At      time.Time
	Amount  float64
	Active  bool
	Version int32
}

var sixthTypes = []uint32{20, 25, 1184, 701, 16, 23}

func sixthColumns(f pgtype.Format) []Column {
	var c *pgtype.Catalog
	cols := make([]Column, 6)
	for i, name := range []string{"id", "name", "at", "amount", "active", "version"} {
		cols[i] = Column{Name: name, Type: c.Type(sixthTypes[i]), Format: f}
	}
	return cols
}

// body returns the body of a DataRow.
func body(t testing.TB, values ...[]byte) []byte {
	t.Helper()
	b, err := (&wire.DataRow{Values: values}).Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b[5:]
}

func sixthBody(t testing.TB) []byte {
	be := binary.BigEndian
	return body(t, be.AppendUint64(nil, 42), []byte("a name of some length"), be.AppendUint64(nil, 123456789012345),
		be.AppendUint64(nil, math.Float64bits(1.5)), []byte{1}, be.AppendUint32(nil, 7))
}

// The floor: the same row read by hand, as somebody who knows it would.
func BenchmarkByHand(b *testing.B) {
	row, rows, at := sixthBody(b), make([]sixth, 1000), 0
	b.ReportAllocs()
	for b.Loop() {
		v := &rows[at%1000]
		at++
		p := row[2:]
		v.ID = int64(binary.BigEndian.Uint64(p[4:]))
		p = p[12:]
		n := int(binary.BigEndian.Uint32(p))
		v.Name = string(p[4 : 4+n])
		p = p[4+n:]
		us := int64(binary.BigEndian.Uint64(p[4:]))
		v.At = time.Unix(epoch+us/1e6, us%1e6*1e3).UTC()
		p = p[12:]
		v.Amount = math.Float64frombits(binary.BigEndian.Uint64(p[4:]))
		p = p[12:]
		v.Active = p[4] != 0
		p = p[5:]
		v.Version = int32(binary.BigEndian.Uint32(p[4:]))
	}
}

func BenchmarkRowIntoStruct(b *testing.B) {
	row, rows, at := sixthBody(b), make([]sixth, 1000), 0
	r, err := CompileRow(nil, sixthColumns(pgtype.Binary), reflect.TypeFor[sixth](), Strict)
	if err != nil {
		b.Fatal(err)
	}
	var m Memory
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Read(&m, row, PointerTo(&rows[at%1000])); err != nil {
			b.Fatal(err)
		}
		at++
	}
}

func BenchmarkRowIntoVariables(b *testing.B) {
	row := sixthBody(b)
	d := NewDests(nil, sixthColumns(pgtype.Binary))
	var m Memory
	var v sixth
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Read(&m, row, []any{&v.ID, &v.Name, &v.At, &v.Amount, &v.Active, &v.Version}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParams(b *testing.B) {
	var c *pgtype.Catalog
	var types []*pgtype.Type
	for _, oid := range sixthTypes {
		types = append(types, c.Type(oid))
	}
	p := NewParams(nil, types)
	v := sixth{1, "a name", time.Now(), 1.5, true, 7}
	args := []any{v.ID, v.Name, v.At, v.Amount, v.Active, v.Version}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if buf, err = p.Append(buf[:0], args); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRowWriter(b *testing.B) {
	w, err := CompileRowWrite(nil, sixthColumns(pgtype.Binary), reflect.TypeFor[sixth](), pgtype.Binary, Strict)
	if err != nil {
		b.Fatal(err)
	}
	v := sixth{1, "a name", time.Now(), 1.5, true, 7}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		if buf, err = w.Append(buf[:0], PointerTo(&v)); err != nil {
			b.Fatal(err)
		}
	}
}

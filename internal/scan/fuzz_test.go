package scan

import (
	"reflect"
	"testing"

	"parley/pgtype"
)

// wide has a field for every reader that there is.
type wide struct {
	A sixth
	B []int32
	C [][]string
	D map[string]any
	E pgtype.Range[int64]
	F pgtype.Multirange[int64]
	G address
	H id
	I pgtype.Array[*int32]
	J any
	K string
	L [3]byte
	M *coin
	N word
	O person
	P struct{ A, B *string }
	Q float64
	R []byte
	S time64
	T []uint32
}

type time64 = int64

var wideOIDs = []uint32{oidJSONB, 1007, 1009, oidJSON, 3926, 4536, 70001, oidUUID, 1007, oidInterval, oidNumeric, oidBytea, oidNumeric, oidText, 70005, oidRecord, oidNumeric, oidInet, oidInt8, 30}

func wideColumns(f pgtype.Format) (*pgtype.Catalog, []Column) {
	c := new(pgtype.Catalog)
	home := &pgtype.Type{OID: 70001, Name: "address", Kind: pgtype.KindComposite, Fields: []pgtype.Field{{Name: "street", Type: c.Type(25)}, {Name: "house_no", Type: c.Type(23)}}}
	moods := &pgtype.Type{OID: 70003, Name: "_mood", Kind: pgtype.KindArray, Delim: ',', Elem: &pgtype.Type{OID: 70002, Name: "mood", Kind: pgtype.KindEnum, Like: oidText}}
	c.Add(home, moods, &pgtype.Type{OID: 70005, Name: "person", Kind: pgtype.KindComposite, Fields: []pgtype.Field{
		{Name: "name", Type: c.Type(25)}, {Name: "home", Type: home}, {Name: "moods", Type: moods}}})
	cols := make([]Column, len(wideOIDs))
	for i, oid := range wideOIDs {
		cols[i] = Column{Name: string(rune('a' + i)), Type: c.Type(oid), Format: f}
	}
	return c, cols
}

// FuzzRow gives rows of anything to plans for everything: no panic, and nothing
// allocated that the bytes do not account for.
func FuzzRow(f *testing.F) {
	var plans [2]*Row
	for i := range plans {
		c, cols := wideColumns(pgtype.Format(i))
		r, err := CompileRow(c, cols, reflect.TypeFor[wide](), Strict)
		if err != nil {
			f.Fatal(err)
		}
		plans[i] = r
	}
	empty := make([][]byte, len(wideOIDs))
	f.Add(body(f, empty...))
	for i, v := range []string{"\x01{}", "\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x17\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x04\x00\x00\x00\x07", "{{a},{b}}", "{}", "[1,5)", "{[1,3)}", "(x,1)"} {
		row := make([][]byte, len(wideOIDs))
		row[i] = []byte(v)
		f.Add(body(f, row...))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, r := range plans {
			var v wide
			var m Memory
			_ = r.Read(&m, b, PointerTo(&v))
		}
	})
}

// FuzzValue gives one value to every reader, so that a bad one does not hide the
// others.
func FuzzValue(f *testing.F) {
	type reader struct {
		Reader
		typ reflect.Type
	}
	var readers []reader
	for _, format := range []pgtype.Format{pgtype.Text, pgtype.Binary} {
		c, cols := wideColumns(format)
		for i, field := range reflect.VisibleFields(reflect.TypeFor[wide]()) {
			r, err := CompileRead(c, cols[i].Type, format, field.Type)
			if err != nil {
				f.Fatalf("%s into %s: %v", cols[i].Type, field.Type, err)
			}
			readers = append(readers, reader{r, field.Type})
		}
	}
	for _, v := range []string{"", "\x01{}", "{1,2}", "{{a},{b}}", "[1,5)", "{[1,3),[5,)}", "(x,1)", "(n,\"(x,)\",{a})", "1 2", "1.5e3", "10.0.0.1/8", "\\x00ff", "\x00\x00\x00\x02\x00\x00\x00\x19\x00\x00\x00\x01a\x00\x00\x00\x17\xff\xff\xff\xff"} {
		f.Add([]byte(v))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var m Memory
		for i := range readers {
			r := &readers[i]
			_ = r.Read(&m, b, newOf(r.typ))
		}
	})
}

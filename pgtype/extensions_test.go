package pgtype_test

import (
	"errors"
	"math"
	"reflect"
	"strconv"
	"testing"

	"parley/pgtype"
)

func extType(name string) *pgtype.Type {
	return &pgtype.Type{OID: 30000, Name: name, Kind: pgtype.KindBase, Like: 25, Ext: name}
}

// The forms of pgvector's types, byte by byte as its send functions write
// them.
func TestVectors(t *testing.T) {
	for _, w := range []struct {
		v          pgtype.Marshaler
		name       string
		text, form string
	}{
		{pgtype.Vector{1, -2.5}, "vector", "[1,-2.5]", "\x00\x02\x00\x00\x3f\x80\x00\x00\xc0\x20\x00\x00"},
		{pgtype.HalfVector{1, -2.5}, "halfvec", "[1,-2.5]", "\x00\x02\x00\x00\x3c\x00\xc1\x00"},
		{pgtype.SparseVector{Dim: 5, Indices: []int32{0, 2}, Values: []float32{1.5, 2}}, "sparsevec", "{1:1.5,3:2}/5",
			"\x00\x00\x00\x05\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x3f\xc0\x00\x00\x40\x00\x00\x00"},
		{pgtype.SparseVector{Dim: 3, Indices: []int32{}, Values: []float32{}}, "sparsevec", "{}/3", "\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00\x00"},
	} {
		ty := extType(w.name)
		for f, want := range []string{w.text, w.form} {
			form, err := w.v.AppendPG(nil, ty, pgtype.Format(f))
			if err != nil || string(form) != want {
				t.Errorf("%s as %d = %q, %v, want %q", w.name, f, form, err, want)
			}
			if got, err := pgtype.Value(nil, ty, pgtype.Format(f), []byte(want)); err != nil || !reflect.DeepEqual(got, w.v) {
				t.Errorf("%s %q = %#v, %v, want %#v", w.name, want, got, err, w.v)
			}
		}
		if got, err := pgtype.AppendText(nil, ty, pgtype.Binary, []byte(w.form)); err != nil || string(got) != w.text {
			t.Errorf("AppendText = %s, %v, want %s", got, err, w.text)
		}
	}
	if _, err := make(pgtype.Vector, 1<<15).AppendPG(nil, extType("vector"), pgtype.Binary); !errors.Is(err, pgtype.ErrRange) {
		t.Errorf("a vector of 32768 dimensions: %v", err)
	}
	if _, err := (pgtype.SparseVector{Dim: 2, Indices: []int32{2}, Values: []float32{1}}).AppendPG(nil, extType("sparsevec"), pgtype.Text); !errors.Is(err, pgtype.ErrRange) {
		t.Errorf("an index beyond the dimension: %v", err)
	}
}

func TestMalformedExtensions(t *testing.T) {
	for name, texts := range map[string][]string{
		"vector": {"", "[", "1,2", "[1,]", "[a]", "[1 2]"}, "halfvec": {"", "[1,]"}, "sparsevec": {"", "{}", "{}/x", "{1}/2", "{1:1,}/2", "{0:1}/2", "{3:1}/2", "{2:1,1:1}/2", "{1:x}/2"},
		"hstore": {"a", `"a"`, `"a"=>`, `"a"=>1`, `"a"=>"b`, `"a"=>"b",`, `"a"=>"b" "c"=>"d"`, `"a"=>NUL`, `=>"b"`},
	} {
		for _, text := range texts {
			if v, err := pgtype.Value(nil, extType(name), pgtype.Text, []byte(text)); err == nil {
				t.Errorf("%s %q = %v", name, text, v)
			}
		}
	}
	for name, forms := range map[string][]string{
		"vector":  {"", "\x00\x01\x00\x00", "\xff\xff\x00\x00", "\x00\x01\x00\x0012345"},
		"halfvec": {"", "\x00\x01\x00\x001"},
		"sparsevec": {"", "\x00\x00\x00\x05\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00", "\x00\x00\x00\x05\x7f\xff\xff\xff\x00\x00\x00\x00",
			"\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x00x"},
		"hstore": {"", "\x00\x00\x00\x01", "\xff\xff\xff\xff", "\x00\x00\x00\x01\x00\x00\x00\x05abcd", "\x00\x00\x00\x01\xff\xff\xff\xff\x00\x00\x00\x00", "\x00\x00\x00\x01\x00\x00\x00\x00\xff\xff\xff\xfe"},
		"ltree":  {"", "a", "\x02a"},
	} {
		for _, form := range forms {
			if v, err := pgtype.Value(nil, extType(name), pgtype.Binary, []byte(form)); err == nil {
				t.Errorf("%s %q = %v", name, form, v)
			}
		}
	}
	if _, err := pgtype.Value(nil, extType("unheard"), pgtype.Binary, []byte("x")); err == nil {
		t.Error("the binary form of an unknown extension is read")
	}
	if v, err := pgtype.Value(nil, extType("unheard"), pgtype.Text, []byte("x")); err != nil || v != "x" {
		t.Errorf("the text of an unknown extension = %v, %v", v, err)
	}
}

// Every half is the nearest to itself, and to what lies around it.
func TestHalves(t *testing.T) {
	read := func(h uint16) float32 {
		var v pgtype.HalfVector
		if err := v.ScanPG([]byte{0, 1, 0, 0, byte(h >> 8), byte(h)}, extType("halfvec"), pgtype.Binary); err != nil {
			t.Fatal(err)
		}
		return v[0]
	}
	write := func(f float32) uint16 {
		b, err := pgtype.HalfVector{f}.AppendPG(nil, extType("halfvec"), pgtype.Binary)
		if err != nil {
			t.Fatal(err)
		}
		return uint16(b[4])<<8 | uint16(b[5])
	}
	for h := range 0x7c00 {
		f, next := read(uint16(h)), read(uint16(h+1))
		if got := write(f); got != uint16(h) {
			t.Fatalf("%x = %s comes back as %x", h, strconv.FormatFloat(float64(f), 'g', -1, 32), got)
		}
		if h+1 == 0x7c00 {
			continue
		}
		mid := f + (next-f)/2
		if got := write(mid); got != uint16(h+h&1) {
			t.Fatalf("between %x and the next is %x", h, got)
		}
		if got := write(math.Nextafter32(mid, 1e9)); got != uint16(h+1) {
			t.Fatalf("above the middle of %x and the next is %x", h, got)
		}
		if got := write(-f); got != uint16(h)|0x8000 {
			t.Fatalf("-%x is %x", h, got)
		}
	}
	for f, want := range map[float32]uint16{65504: 0x7bff, 65519: 0x7bff, 65520: 0x7c00, 1e9: 0x7c00, float32(math.Inf(-1)): 0xfc00, 6e-8: 0x0001, 1e-10: 0} {
		if got := write(f); got != want {
			t.Errorf("%g = %x, want %x", f, got, want)
		}
	}
	if got := write(float32(math.NaN())); got&0x7c00 != 0x7c00 || got&0x3ff == 0 {
		t.Errorf("NaN = %x", got)
	}
}

func TestHstore(t *testing.T) {
	b := `q"\`
	h := pgtype.Hstore{"long": nil, "a": &b, "": new("")}
	want := `""=>"", "a"=>"q\"\\", "long"=>NULL`
	if got := h.String(); got != want {
		t.Errorf("String() = %s, want %s", got, want)
	}
	for _, f := range []pgtype.Format{pgtype.Text, pgtype.Binary} {
		form, err := h.AppendPG(nil, extType("hstore"), f)
		if err != nil {
			t.Fatal(err)
		}
		var got pgtype.Hstore
		if err := got.ScanPG(form, extType("hstore"), f); err != nil || !reflect.DeepEqual(got, h) {
			t.Errorf("as %d it comes back as %v, %v", f, got, err)
		}
	}
	if _, err := h.AppendPG(nil, builtinNamed("int4"), pgtype.Binary); !errors.Is(err, pgtype.ErrFormat) {
		t.Errorf("an hstore for an integer: %v", err)
	}
}

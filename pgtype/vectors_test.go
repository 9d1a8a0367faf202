package pgtype_test

import (
	"errors"
	"maps"
	"math"
	"os"
	"slices"
	"testing"

	"parley/internal/pgcodec"
	"parley/pgtest"
	"parley/pgtype"
)

// connectVectors starts a server that has pgvector.
func connectVectors(t *testing.T) *session {
	t.Helper()
	server, err := pgtest.Run(t.Context(), pgtest.Config{Version: 18, Extensions: []string{"pgvector"}, Setup: []string{"create extension vector"}})
	if errors.Is(err, pgtest.ErrNoExtension) && os.Getenv("PARLEY_CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return connectTo(t, server)
}

// randomElement is a finite float of any size, often one that is not round.
func randomElement() float32 {
	for {
		f := math.Float32frombits(random.Uint32())
		switch random.IntN(4) {
		case 0:
			f = float32(random.IntN(2000)-1000) / 8
		case 1:
			f = float32(randomFloat())
		}
		if f-f == 0 {
			return f
		}
	}
}

// randomHalf is an element that a half can keep near enough: not beyond the
// greatest.
func randomHalf() float32 {
	return float32(math.Ldexp(random.Float64()*2-1, random.IntN(42)-26))
}

func randomElements(n int, next func() float32) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = next()
	}
	return v
}

func randomSparse() pgtype.SparseVector {
	v := pgtype.SparseVector{Dim: int32(1 + random.IntN(1<<random.IntN(28))), Indices: []int32{}, Values: []float32{}}
	for i := int32(random.IntN(9)); i < v.Dim && len(v.Indices) < 40; i += int32(1 + random.IntN(1<<random.IntN(20))) {
		f := randomElement()
		if f == 0 { // the server keeps no zeros
			f = 1
		}
		v.Indices, v.Values = append(v.Indices, i), append(v.Values, f)
	}
	return v
}

// randomVectors make values of pgvector's types, of few and of many dimensions.
var randomVectors = map[string]func() pgtype.Marshaler{
	"vector":    func() pgtype.Marshaler { return pgtype.Vector(randomElements(1+random.IntN(40), randomElement)) },
	"halfvec":   func() pgtype.Marshaler { return pgtype.HalfVector(randomElements(1+random.IntN(40), randomHalf)) },
	"sparsevec": func() pgtype.Marshaler { return randomSparse() },
}

// pgvector reads both forms of random values as the same value, prints what
// AppendText prints, and sends what AppendPG sends.
func TestVectorsAgainstServer(t *testing.T) {
	seeded(t)
	s := connectVectors(t)
	for _, name := range slices.Sorted(maps.Keys(randomVectors)) { // in an order, for the seed
		next := randomVectors[name]
		var c pgtype.Catalog
		ty := s.load(&c, name)
		for range 1000 {
			v := next()
			form, err1 := v.AppendPG(nil, ty, pgtype.Binary)
			text, err2 := v.AppendPG(nil, ty, pgtype.Text)
			if err1 != nil || err2 != nil {
				t.Fatalf("%s: %v, %v", name, err1, err2)
			}
			checkOne(s, &c, ty, name, form, string(text))
			row, err := s.fetch("select $1::"+name, text, pgtype.Text, pgtype.Binary)
			if err != nil {
				t.Fatalf("%s %s: %v", name, text, err)
			}
			if string(row[0]) != string(form) {
				t.Errorf("%s: %s is sent as %x, and not as %x", name, text, row[0], form)
			}
		}
	}
}

// The same in arrays, with NULLs among the elements.
func TestVectorArraysAgainstServer(t *testing.T) {
	seeded(t)
	s := connectVectors(t)
	for _, name := range slices.Sorted(maps.Keys(randomVectors)) { // in an order, for the seed
		next := randomVectors[name]
		var c pgtype.Catalog
		ty := s.load(&c, name+"[]")
		for range 50 {
			n := 1 + random.IntN(5)
			form := pgcodec.AppendArrayHeader(nil, ty.Elem.OID, true, pgcodec.Dim{Len: int32(n + 1), Lower: 1})
			for range n {
				b, err := next().AppendPG(nil, ty.Elem, pgtype.Binary)
				if err != nil {
					t.Fatal(err)
				}
				form = sized(form, b)
			}
			form = sized(form, nil)
			text, err := c.AppendText(nil, ty, pgtype.Binary, form)
			if err != nil {
				t.Fatal(err)
			}
			checkOne(s, &c, ty, name+"[]", form, string(text))
		}
	}
}

// Every half that there is, rounded from a float as the server rounds it: what
// lies in the middle of two goes to the even one.
func TestHalvesAgainstServer(t *testing.T) {
	s := connectVectors(t)
	var c pgtype.Catalog
	ty := s.load(&c, "halfvec")
	for from := uint32(0); from < 0x7c00; from += 8000 {
		var floats pgtype.Vector
		for h := from; h < min(from+8000, 0x7bff); h++ {
			a, b := halfOf(t, ty, uint16(h)), halfOf(t, ty, uint16(h+1))
			mid := a + (b-a)/2
			floats = append(floats, a, math.Nextafter32(mid, 0), mid)
			if len(floats) < 15_999 {
				floats = append(floats, -math.Nextafter32(mid, 1e9))
			}
		}
		for len(floats) > 0 {
			n := min(len(floats), 16_000) // what pgvector allows
			checkHalves(s, ty, floats[:n])
			floats = floats[n:]
		}
	}
}

func halfOf(t *testing.T, ty *pgtype.Type, h uint16) float32 {
	t.Helper()
	var v pgtype.HalfVector
	if err := v.ScanPG([]byte{0, 1, 0, 0, byte(h >> 8), byte(h)}, ty, pgtype.Binary); err != nil {
		t.Fatal(err)
	}
	return v[0]
}

// checkHalves has the server round floats, and compares.
func checkHalves(s *session, ty *pgtype.Type, floats pgtype.Vector) {
	s.t.Helper()
	row, err := s.fetch("select $1::real[]::halfvec", []byte("{"+floats.String()[1:len(floats.String())-1]+"}"), pgtype.Text, pgtype.Binary)
	if err != nil {
		s.t.Fatal(err)
	}
	form, err := pgtype.HalfVector(floats).AppendPG(nil, ty, pgtype.Binary)
	if err != nil || len(form) != len(row[0]) {
		s.t.Fatalf("%d bytes instead of %d, %v", len(form), len(row[0]), err)
	}
	for i, f := range floats {
		if at := 4 + 2*i; string(form[at:at+2]) != string(row[0][at:at+2]) {
			s.t.Fatalf("%g is rounded to %x, and not to %x", f, form[at:at+2], row[0][at:at+2])
		}
	}
}

// Texts that pgvector reads although it does not print them are read here, too,
// and what is malformed there is malformed here.
func TestVectorTextsAgainstServer(t *testing.T) {
	s := connectVectors(t)
	var c pgtype.Catalog
	for name, texts := range map[string][]string{
		"vector":    {" [ 1 , 2 ] ", "[1e-3,.5,-0]", "[1,]", "[a]", "1,2", "[1 2]", "[1e39]", "[1]x", "", "[1_0]", "{1}", "[,1]", "[", "]", "[1"},
		"halfvec":   {" [ 1 , 2 ] ", "[65504]", "[65519]", "[6e-8]", "[1,]", "[1]x", "[1_0]"},
		"sparsevec": {" { 1 : 1.5 , 3 : 2 } / 5 ", "{}/3", "{ } / 3", "{3:1}/2", "{0:1}/2", "{1:1}/0", "{1:1,1:2}/3", "{1:1}/x", "{1:1,}/2", "{-1:1}/2", "{1:1}/5x", "{1:1}", "{1:1_0}/2", "{1_0:1}/20", "}/2", "{1:1} /", "{,1:1}/2"},
	} {
		ty := s.load(&c, name)
		for _, text := range texts {
			row, refused := s.fetch("select $1::"+name, []byte(text), pgtype.Text, pgtype.Binary)
			v, err := pgtype.Value(nil, ty, pgtype.Text, []byte(text))
			if refused != nil {
				if err == nil {
					t.Errorf("%s %q = %v; the server: %v", name, text, v, refused)
				}
				continue
			}
			want, err2 := pgtype.Value(nil, ty, pgtype.Binary, row[0])
			if err != nil || err2 != nil || !same(v, want) {
				t.Errorf("%s %q = %v, %v; the server makes %v of it, %v", name, text, v, err, want, err2)
			}
		}
	}
}

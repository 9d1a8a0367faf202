package pgtype_test

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"testing"

	"parley/internal/pgcodec"
	"parley/pgtype"
)

func randomText() string { return string(randoms["text"]()) }

// randomQuery makes a tree of random operators over awkward words.
func randomQuery(depth int) pgtype.TSQuery {
	if depth == 0 || random.IntN(4) == 0 {
		return pgtype.TSQuery{{Word: "w" + randomText(), Prefix: random.IntN(3) == 0, Weights: uint8(random.IntN(16) * random.IntN(2))}}
	}
	item := pgtype.TSItem{Op: pgtype.TSNot + pgtype.TSOp(random.IntN(4))}
	if item.Op == pgtype.TSPhrase {
		item.Distance = uint16(random.IntN(3))
	}
	q := append(pgtype.TSQuery{item}, randomQuery(depth-1)...)
	if item.Op != pgtype.TSNot {
		q = append(q, randomQuery(depth-1)...)
	}
	return q
}

// randomVector makes words in the server's order with ascending positions.
func randomVector() pgtype.TSVector {
	seen := map[string]bool{}
	v := pgtype.TSVector{}
	for range random.IntN(4) {
		word := "w" + randomText()
		if seen[word] {
			continue
		}
		seen[word] = true
		l := pgtype.Lexeme{Word: word}
		pos := uint16(0)
		for range random.IntN(3) {
			pos += uint16(1 + random.IntN(100))
			l.Positions = append(l.Positions, pgtype.Position{Pos: pos, Weight: pgtype.Weight(random.IntN(4))})
		}
		v = append(v, l)
	}
	slices.SortFunc(v, func(a, b pgtype.Lexeme) int { return slices.Compare([]byte(a.Word), []byte(b.Word)) })
	return v
}

func randomHstore() pgtype.Hstore {
	h := pgtype.Hstore{}
	for range random.IntN(4) {
		h[randomText()] = nil
		h[randomText()] = new(randomText())
	}
	return h
}

// sized appends a value after its length; nil is NULL.
func sized(dst, v []byte) []byte {
	if v == nil {
		return binary.BigEndian.AppendUint32(dst, 1<<32-1)
	}
	return append(binary.BigEndian.AppendUint32(dst, uint32(len(v))), v...)
}

// randomPair makes the binary form of a (a int, b text).
func randomPair() []byte {
	b := sized([]byte{0, 0, 0, 2, 0, 0, 0, 23}, binary.BigEndian.AppendUint32(nil, random.Uint32()))
	b = append(b, 0, 0, 0, 25)
	if random.IntN(5) == 0 {
		return sized(b, nil)
	}
	return sized(b, []byte(randomText()))
}

// randomSpan makes the binary form of a range of texts. The collation is C, so
// that bytes tell the order.
func randomSpan() []byte {
	lower, upper := randomText(), "~"+randomText()
	b := pgcodec.AppendRangeFlags(nil, false, true, true, random.IntN(2) == 0, random.IntN(2) == 0)
	return sized(sized(b, []byte(lower)), []byte(upper))
}

// Values with awkward texts inside are printed as the server prints them.
func TestRandomContainersAgainstServer(t *testing.T) {
	seeded(t)
	s := connect(t)
	for _, sql := range []string{"create extension hstore", "create type pair as (a int, b text)", "create type span as range (subtype = text, collation = \"C\")"} {
		s.exec(sql)
	}
	var c pgtype.Catalog
	plain := func(m pgtype.Marshaler, ty *pgtype.Type) []byte {
		b, err := m.AppendPG([]byte{}, ty, pgtype.Binary)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	makers := map[string]func(ty *pgtype.Type) []byte{
		"tsquery":  func(ty *pgtype.Type) []byte { return plain(randomQuery(4), ty) },
		"tsvector": func(ty *pgtype.Type) []byte { return plain(randomVector(), ty) },
		"hstore":   func(ty *pgtype.Type) []byte { return plain(randomHstore(), ty) },
		"pair":     func(*pgtype.Type) []byte { return randomPair() },
		"span":     func(*pgtype.Type) []byte { return randomSpan() },
		"_pair": func(ty *pgtype.Type) []byte {
			b := pgcodec.AppendArrayHeader(nil, ty.Elem.OID, false, pgcodec.Dim{Len: 2, Lower: int32(random.IntN(3))}, pgcodec.Dim{Len: 1, Lower: 1})
			return sized(sized(b, randomPair()), randomPair())
		},
	}
	for _, name := range slices.Sorted(maps.Keys(makers)) {
		elem := s.load(&c, name)
		for range 500 {
			v := makers[name](elem)
			text, err := c.AppendText(nil, elem, pgtype.Binary, v)
			if err != nil {
				t.Fatalf("%s %x: %v", name, v, err)
			}
			checkOne(s, &c, elem, name, v, string(text))
		}
	}
}

// checkOne sends a binary form and compares what the server prints, and what
// is made of both forms.
func checkOne(s *session, c *pgtype.Catalog, ty *pgtype.Type, name string, form []byte, text string) {
	s.t.Helper()
	row, err := s.fetch("select $1::"+name, form, pgtype.Binary, pgtype.Text)
	if err != nil {
		s.t.Errorf("%s %x: %v", name, form, err)
		return
	}
	if string(row[0]) != text {
		s.t.Errorf("%s: %s is written as %s", name, row[0], text)
	}
	a, err1 := pgtype.Value(c, ty, pgtype.Text, row[0])
	b, err2 := pgtype.Value(c, ty, pgtype.Binary, form)
	if err1 != nil || err2 != nil {
		s.t.Errorf("%s %s: %v, %v", name, text, err1, err2)
		return
	}
	if q, ok := a.(pgtype.TSQuery); ok { // a & (b & c) is printed as a & b & c
		if q.String() != text {
			s.t.Errorf("%s: %s is read as %s", name, text, q)
		}
		return
	}
	if !same(a, b) && fmt.Sprint(a) != fmt.Sprint(b) {
		s.t.Errorf("%s: %s = %#v from text, %#v from binary", name, text, a, b)
	}
}

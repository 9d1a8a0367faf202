package pgtype_test

import (
	"bytes"
	"runtime"
	"slices"
	"strings"
	"testing"

	"parley/pgtype"
)

// fuzzCatalog has the built-in types, those of extensions, and one of each kind
// that is made of others; fuzzTypes is all of them, to be chosen by a number.
var fuzzCatalog, fuzzTypes = makeFuzzTypes()

func makeFuzzTypes() (*pgtype.Catalog, []*pgtype.Type) {
	var c pgtype.Catalog
	var all []*pgtype.Type
	for _, b := range pgtype.Builtins() {
		all = append(all, c.Type(b.OID))
	}
	pair := &pgtype.Type{OID: 20000, Name: "pair", Kind: pgtype.KindComposite, Fields: []pgtype.Field{{Name: "a", Type: c.Type(1700)}, {Name: "b", Type: c.Type(1009)}}}
	domain := &pgtype.Type{OID: 20001, Name: "posint", Kind: pgtype.KindDomain, Elem: c.Type(23)}
	deep := &pgtype.Type{OID: 20002, Name: "deep", Kind: pgtype.KindComposite, Fields: []pgtype.Field{{Name: "p", Type: pair}, {Name: "d", Type: domain}, {Name: "r", Type: c.Type(4532)}, {Name: "e", Type: c.Type(25)}}}
	list := &pgtype.Type{OID: 20003, Name: "_deep", Kind: pgtype.KindArray, Elem: deep, Delim: ','}
	words := &pgtype.Type{OID: 20004, Name: "textrange", Kind: pgtype.KindRange, Elem: c.Type(25)}
	all = append(all, pair, domain, deep, list, words)
	for i, name := range []string{"hstore", "ltree", "lquery", "ltxtquery", "citext", "vector", "halfvec", "sparsevec"} {
		all = append(all, &pgtype.Type{OID: uint32(20010 + i), Name: name, Kind: pgtype.KindBase, Like: 25, Ext: name})
	}
	c.Add(all...)
	return &c, all
}

func fuzzSeeds(f *testing.F) {
	for i, t := range fuzzTypes {
		for _, s := range samples(180000) {
			if s.name != t.String() && s.name != strings.TrimSuffix(t.String(), "[]") {
				continue
			}
			for _, v := range s.values {
				if len(v) < 200 {
					f.Add(uint16(i), []byte(v))
				}
				if v, err := pgtype.Value(fuzzCatalog, t, pgtype.Text, []byte(v)); err == nil {
					if m, ok := v.(pgtype.Marshaler); ok {
						if b, err := m.AppendPG(nil, t, pgtype.Binary); err == nil && len(b) < 200 {
							f.Add(uint16(i), b)
						}
					}
				}
			}
		}
	}
	for _, next := range randoms {
		f.Add(uint16(len(next())), next())
	}
	f.Add(uint16(0), []byte("\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x17\x00\x00\x00\x01\x00\x00\x00\x01\xff\xff\xff\xff"))
}

// value is pgtype.Value, and fails when it allocates more than a small multiple
// of the form.
func value(t *testing.T, ty *pgtype.Type, f pgtype.Format, src []byte) (any, error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	v, err := pgtype.Value(fuzzCatalog, ty, f, src)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 256*uint64(len(src))+1<<16 {
		t.Errorf("%s of %d bytes: %d bytes are allocated", ty, len(src), n)
	}
	return v, err
}

// FuzzBinary takes any bytes for a value of any type. What is accepted has a
// text, and that is a value of the type which is equal.
func FuzzBinary(f *testing.F) {
	fuzzSeeds(f)
	f.Fuzz(func(t *testing.T, which uint16, src []byte) {
		ty := fuzzTypes[int(which)%len(fuzzTypes)]
		kept := bytes.Clone(src)
		v, err := value(t, ty, pgtype.Binary, src)
		if err == nil && v == nil && src != nil {
			t.Errorf("%s %x: no value and no error", ty, src)
		}
		text, textErr := fuzzCatalog.AppendText([]byte{}, ty, pgtype.Binary, src)
		if !bytes.Equal(src, kept) {
			t.Errorf("%s: the form has been changed", ty)
		}
		if src == nil {
			return
		}
		if (err == nil) != (textErr == nil) {
			t.Fatalf("%s %x: Value: %v, AppendText: %v", ty, src, err, textErr)
		}
		if err != nil || len(text) > 1<<16 {
			return
		}
		again, err := pgtype.Value(fuzzCatalog, ty, pgtype.Text, text)
		if err != nil {
			t.Fatalf("%s %x is written as %q, which is not read: %v", ty, src, text, err)
		}
		if !same(v, again) && !vague(ty) {
			t.Fatalf("%s %x = %#v, and %#v by way of its text", ty, src, v, again)
		}
		if m, ok := v.(pgtype.Marshaler); ok {
			roundTrip(t, ty, m)
		}
	})
}

// vague tells types whose text says less, or more, than their binary form.
func vague(ty *pgtype.Type) bool {
	for ty.Elem != nil {
		ty = ty.Elem
	}
	switch {
	case ty.Like == 3615: // a & (b & c) and (a & b) & c are written alike
		return true
	case ty.Like == 2249 || ty.Like == 2278: // fields of unknown type; void
		return true
	}
	return slices.ContainsFunc(ty.Fields, func(f pgtype.Field) bool { return vague(f.Type) })
}

// FuzzText takes any text for a value of any type.
func FuzzText(f *testing.F) {
	fuzzSeeds(f)
	f.Fuzz(func(t *testing.T, which uint16, src []byte) {
		ty := fuzzTypes[int(which)%len(fuzzTypes)]
		v, err := value(t, ty, pgtype.Text, src)
		if err != nil {
			return
		}
		if m, ok := v.(pgtype.Marshaler); ok {
			roundTrip(t, ty, m)
		}
	})
}

// roundTrip writes a value in both forms and reads it again.
func roundTrip(t *testing.T, ty *pgtype.Type, m pgtype.Marshaler) {
	t.Helper()
	for _, f := range []pgtype.Format{pgtype.Text, pgtype.Binary} {
		form, err := m.AppendPG([]byte{}, ty, f)
		if err == pgtype.ErrFormat || err == pgtype.ErrRange {
			continue // money as text; a word with a zero byte
		}
		if err != nil {
			t.Fatalf("%s %#v: AppendPG as %d: %v", ty, m, f, err)
		}
		again, err := pgtype.Value(fuzzCatalog, ty, f, form)
		if err != nil {
			t.Fatalf("%s %#v is written as %d %q, which is not read: %v", ty, m, f, form, err)
		}
		if !same(any(m), again) && !vague(ty) && !sameMap(m, again) {
			t.Fatalf("%s %#v is written as %d %q, which is %#v", ty, m, f, form, again)
		}
	}
}

// sameMap compares the one type with pointers inside.
func sameMap(a, b any) bool {
	x, ok1 := a.(pgtype.Hstore)
	y, ok2 := b.(pgtype.Hstore)
	return ok1 && ok2 && x.String() == y.String()
}

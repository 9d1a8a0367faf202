package pgtype_test

import (
	"testing"

	"parley/pgtype"
)

// The built-in types are joined: arrays know their elements, ranges their
// subtypes.
func TestBuiltinTypesAreJoined(t *testing.T) {
	var c pgtype.Catalog
	for _, w := range []struct {
		oid        uint32
		name, elem string
		kind       pgtype.Kind
		like       uint32
	}{
		{23, "int4", "unknown", pgtype.KindBase, 23},
		{1007, "int4[]", "int4", pgtype.KindArray, 0},
		{30, "oidvector", "oid", pgtype.KindArray, 0},
		{600, "point", "unknown", pgtype.KindBase, 600},
		{19, "name", "unknown", pgtype.KindBase, 19},
		{3904, "int4range", "int4", pgtype.KindRange, 0},
		{4451, "int4multirange", "int4range", pgtype.KindMultirange, 0},
		{6150, "int4multirange[]", "int4multirange", pgtype.KindArray, 0},
		{2249, "record", "unknown", pgtype.KindPseudo, 2249},
		{2287, "record[]", "record", pgtype.KindArray, 0},
	} {
		got := c.Type(w.oid)
		if got == nil || got.String() != w.name || got.Elem.String() != w.elem || got.Kind != w.kind || got.Like != w.like {
			t.Errorf("Type(%d) = %+v, want %s of %s", w.oid, got, w.name, w.elem)
		}
	}
	for _, b := range pgtype.Builtins() {
		if got := c.Type(b.OID); got == nil || (got.Kind == pgtype.KindArray || got.Kind == pgtype.KindRange) && got.Elem == nil {
			t.Errorf("Type(%d) = %+v: %s lacks what it is made of", b.OID, got, b.Name)
		}
	}
}

// What was added is found, replaced, and forgotten; what is built in stays.
func TestCatalogLearns(t *testing.T) {
	var c pgtype.Catalog
	mood := &pgtype.Type{OID: 16400, Schema: "app", Name: "mood", Kind: pgtype.KindEnum, Like: 25}
	c.Add(mood, &pgtype.Type{OID: 23, Name: "mine"})
	if got := c.Type(16400); got != mood || got.String() != "app.mood" {
		t.Errorf("Type(16400) = %v", got)
	}
	if got := c.Type(23); got.Name != "int4" {
		t.Errorf("Type(23) = %v, want int4", got)
	}
	d := &pgtype.Type{OID: 16401, Kind: pgtype.KindDomain, Elem: &pgtype.Type{Kind: pgtype.KindDomain, Elem: mood}}
	if d.Under() != mood || mood.Under() != mood {
		t.Errorf("Under() = %v", d.Under())
	}
	c.Forget()
	if got := c.Type(16400); got != nil || c.Type(23) == nil {
		t.Errorf("Type(16400) = %v after Forget", got)
	}
}

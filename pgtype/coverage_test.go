package pgtype_test

import (
	"fmt"
	"strings"
	"testing"

	"parley/pgtype"
)

// What is read in binary here, a server writes in binary; and of each such
// type the tests have samples.
func TestBinaryFormsAreTheServers(t *testing.T) {
	s := connect(t)
	rows := s.exec("select oid, typname, typsend <> 0 from pg_type where oid < 10000 and typtype <> 'c'")
	sampled := map[string]bool{}
	for _, w := range samples(180000) {
		name, _, _ := strings.Cut(w.name, "(")
		sampled[strings.Trim(name, `"`)] = true
	}
	var c pgtype.Catalog
	for _, row := range rows {
		var oid uint32
		if _, err := fmt.Sscan(string(row[0]), &oid); err != nil {
			t.Fatal(err)
		}
		ty, name, sends := c.Type(oid), string(row[1]), string(row[2]) == "t"
		if !pgtype.BinaryForm(ty) {
			continue
		}
		if !sends {
			t.Errorf("%s has no binary form on the server", name)
		}
		if ty.Kind == pgtype.KindBase && !sampled[name] && !noInput[name] {
			t.Errorf("%s is in no sample", name)
		}
	}
}

// noInput are types without values to be written in SQL, or other spellings
// of types that are in the samples.
var noInput = map[string]bool{"varbit": true}

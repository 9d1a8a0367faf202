package scan

import (
	"slices"
	"strings"
	"testing"

	"parley/pgtype"
)

// Variables of other types than those of the row before are read into as well,
// however often they change.
func TestVariablesOfChangingTypes(t *testing.T) {
	d := NewDests(nil, sixthColumns(pgtype.Binary))
	row := sixthBody(t)
	var m Memory
	var v sixth
	var id any
	var version int64
	var amount *float64
	usual := []any{&v.ID, &v.Name, &v.At, &v.Amount, &v.Active, &v.Version}
	odd := []any{&id, nil, &v.At, &amount, nil, &version}
	read := func(dest []any) {
		t.Helper()
		if err := d.Read(&m, row, dest); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 4 * maxMisses {
		v, id, version, amount = sixth{}, nil, 0, nil
		if i%5 == 0 || i > 2*maxMisses { // in the end they are what is expected
			read(odd)
			if id != int64(42) || v.Name != "" || v.At.IsZero() || amount == nil || *amount != 1.5 || version != 7 {
				t.Fatalf("%v, %+v, %v, %d", id, v, amount, version)
			}
			continue
		}
		read(usual)
		if v.ID != 42 || v.Name != "a name of some length" || v.At.IsZero() || v.Amount != 1.5 || !v.Active || v.Version != 7 {
			t.Fatalf("%+v", v)
		}
	}
	if word, _ := open(&odd[0]); d.last.Load().readers[0].word != word {
		t.Error("what comes all the time is not what is expected")
	}
	if n := testing.AllocsPerRun(100, func() { read(usual) }); n > 0.2 {
		t.Errorf("%v allocations a row for types that were bound before", n)
	}
}

// What is wrong with variables is told whether or not they were expected.
func TestVariablesThatCannotBe(t *testing.T) {
	row := sixthBody(t)
	var m Memory
	var v sixth
	usual := []any{&v.ID, &v.Name, &v.At, &v.Amount, &v.Active, &v.Version}
	for _, first := range []bool{true, false} {
		for _, c := range []struct {
			column int
			dest   any
			want   string
		}{
			{0, v.ID, "the variable for column 1 is a int64, not a pointer"},
			{1, (*string)(nil), "the variable for column 2 is a nil *string"},
			{3, new(chan int), `"amount"`},
			{5, new(bool), `"version"`},
		} {
			d := NewDests(nil, sixthColumns(pgtype.Binary))
			if !first {
				if err := d.Read(&m, row, usual); err != nil {
					t.Fatal(err)
				}
			}
			dest := slices.Clone(usual)
			dest[c.column] = c.dest
			for range 2 {
				if err := d.Read(&m, row, dest); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%T: %v", c.dest, err)
				}
			}
			if err := d.Read(&m, row, usual); err != nil {
				t.Error(err)
			}
		}
	}
}

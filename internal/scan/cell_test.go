package scan

import (
	"database/sql/driver"
	"encoding/binary"
	"reflect"
	"testing"

	"parley/pgtype"
)

// int8Row is the body of a row of one int8.
func int8Row(n int64) []byte {
	b := []byte{0, 1, 0, 0, 0, 8}
	return binary.BigEndian.AppendUint64(b, uint64(n))
}

func int8Columns() []Column {
	var c *pgtype.Catalog
	return []Column{{Name: "n", Type: c.Type(oidInt8), Format: pgtype.Binary}}
}

// takeCell reads a row as the verb One does.
func takeCell[T any](t *testing.T, r *Row, row []byte) (v T, c *Cell) {
	t.Helper()
	c = r.Cell()
	if err := r.ReadCell(c, row); err != nil {
		t.Fatal(err)
	}
	at := At[T](c.Value)
	v = *at
	var none T
	*at = none
	r.Free(c)
	return v, c
}

// A cell is used again, by one at a time.
func TestCells(t *testing.T) {
	r, err := CompileRow(nil, int8Columns(), reflect.TypeFor[int64](), Strict)
	if err != nil {
		t.Fatal(err)
	}
	for n := range int64(3) {
		if got, _ := takeCell[int64](t, r, int8Row(n)); got != n {
			t.Errorf("%d, not %d", got, n)
		}
	}
	a, b := r.Cell(), r.Cell()
	if a == b || a.Value == b.Value {
		t.Error("two have one cell")
	}
	r.Free(a)
	r.Free(b)
	if c := r.Cell(); c != b || *At[int64](c.Value) != 0 {
		t.Error("the cell that was free is not used again, or not zero")
	}
	row := int8Row(7)
	if n := testing.AllocsPerRun(100, func() { takeCell[int64](t, r, row) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// keeper is a type whose method keeps the address that it was given.
type keeper struct {
	n    int64
	self *keeper
}

func (k *keeper) Scan(v any) error {
	k.n, _ = v.(int64)
	k.self = k
	return nil
}

func (k *keeper) Value() (driver.Value, error) { return k.n, nil }

// What somebody's method may have kept is not used again.
func TestCellsThatMayBeKept(t *testing.T) {
	r, err := CompileRow(nil, int8Columns(), reflect.TypeFor[keeper](), Strict)
	if err != nil {
		t.Fatal(err)
	}
	one, cell := takeCell[keeper](t, r, int8Row(1))
	two, again := takeCell[keeper](t, r, int8Row(2))
	if one.self == two.self || one.n != 1 || two.n != 2 {
		t.Errorf("%+v and %+v", one, two)
	}
	if cell != again {
		t.Error("the cell itself can be used again")
	}
}

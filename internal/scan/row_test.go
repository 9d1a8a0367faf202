package scan

import (
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"parley/pgtype"
	"parley/wire"
)

// textColumns are columns of text with the names.
func textColumns(names ...string) []Column {
	var c *pgtype.Catalog
	cols := make([]Column, len(names))
	for i, n := range names {
		cols[i] = Column{Name: n, Type: c.Type(oidText), Format: pgtype.Binary}
	}
	return cols
}

func readRow[T any](t *testing.T, cols []Column, mode Mode, row []byte) (v T, err error) {
	t.Helper()
	r, err := CompileRow(nil, cols, reflect.TypeFor[T](), mode)
	if err != nil {
		return v, err
	}
	return v, r.Read(&Memory{}, row, PointerTo(&v))
}

func TestRowIntoStruct(t *testing.T) {
	got, err := readRow[sixth](t, sixthColumns(pgtype.Binary), Strict, sixthBody(t))
	if err != nil || got.ID != 42 || got.Name != "a name of some length" || !got.Active || got.Version != 7 || got.Amount != 1.5 ||
		got.At.UnixMicro() != 123456789012345+epoch*1e6 {
		t.Errorf("%+v, %v", got, err)
	}
	got.ID = 0
	row := body(t, nil, []byte("x"), nil, nil, nil, nil)
	_, err = readRow[sixth](t, sixthColumns(pgtype.Binary), Strict, row)
	if c, ok := errors.AsType[*ColumnError](err); !ok || c.Column != "id" || c.Number != 1 || c.Type != "int8" || c.Go != "int64" {
		t.Errorf("NULL into an int64: %v", err)
	}
}

type (
	Inner struct {
		City  string
		Zip   *string
		Shade string // hidden by the outer one
	}
	Deep   struct{ Street string }
	hidden struct{ Area string }
	Left   struct {
		*Deep
		Country string
	}
	outer struct { // what is not exported is no field
		UserName string
		Mail     string   `db:"e-mail"`
		Ignored  chan int `db:"-"`
		Inner
		Shade string
		*Left
		hidden
		_ int
	}
)

func TestNamesOfFields(t *testing.T) {
	var names []string
	for _, f := range fieldsOf(reflect.TypeFor[outer]()) {
		names = append(names, f.name)
	}
	want := []string{"username", "e-mail", "city", "zip", "shade", "street", "country", "area"}
	if !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
	cols := textColumns("user_name", "e-mail", "city", "ZIP", "shade", "street", "country", "area")
	row := body(t, []byte("u"), []byte("m"), []byte("c"), nil, []byte("s"), []byte("st"), nil, []byte("a"))
	_, err := readRow[outer](t, cols, Strict, row)
	if c, ok := errors.AsType[*ColumnError](err); !ok || c.Column != "country" {
		t.Errorf("NULL beside a value that is not: %v", err)
	}
	row = body(t, []byte("u"), []byte("m"), []byte("c"), nil, []byte("s"), []byte("st"), []byte("co"), []byte("a"))
	got, err := readRow[outer](t, cols, Strict, row)
	if err != nil || got.UserName != "u" || got.Mail != "m" || got.City != "c" || got.Zip != nil || got.Shade != "s" || got.Inner.Shade != "" ||
		got.Left == nil || got.Deep == nil || got.Street != "st" || got.Country != "co" || got.Area != "a" {
		t.Errorf("%+v, %v", got, err)
	}
	row = body(t, []byte("u"), []byte("m"), []byte("c"), nil, []byte("s"), nil, nil, []byte("a"))
	if got, err = readRow[outer](t, cols, Strict, row); err != nil || got.Left != nil {
		t.Errorf("an embedded pointer with nothing but NULL: %+v, %v", got, err)
	}
}

// What does not go together is listed, both ways, unless one is lenient.
func TestStrictAndLenient(t *testing.T) {
	type two struct{ A, B string }
	cols := textColumns("a", "x", "a", "y")
	row := body(t, []byte("1"), []byte("2"), []byte("3"), []byte("4"))
	_, err := readRow[two](t, cols, Strict, row)
	bad, ok := errors.AsType[*FieldsError](err)
	if !ok || !slices.Equal(bad.Columns, []string{"x", "y"}) || !slices.Equal(bad.Fields, []string{"B"}) || !slices.Equal(bad.Repeated, []string{"a"}) {
		t.Errorf("%v", err)
	}
	if want := "rows into scan.two: no field for column x, y; no column for field B; more than one column named a"; err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
	if got, err := readRow[two](t, cols, Lenient, row); err != nil || got != (two{A: "1"}) {
		t.Errorf("lenient: %+v, %v", got, err)
	}
	if got, err := readRow[two](t, cols[:2], ByPosition, body(t, []byte("1"), []byte("2"))); err != nil || got != (two{"1", "2"}) {
		t.Errorf("by position: %+v, %v", got, err)
	}
	if _, err := readRow[two](t, cols, ByPosition, row); err == nil {
		t.Error("four columns into two fields by position")
	}
	if got, err := readRow[two](t, cols, ByPosition|Lenient, row); err != nil || got != (two{"1", "2"}) {
		t.Errorf("by position, lenient: %+v, %v", got, err)
	}
}

func TestRowIntoOthers(t *testing.T) {
	cols := textColumns("a", "b")
	row := body(t, []byte("1"), nil)
	if got, err := readRow[map[string]*string](t, cols, Strict, row); err != nil || len(got) != 2 || *got["a"] != "1" || got["b"] != nil {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := readRow[map[name]any](t, cols, Strict, row); err != nil || !reflect.DeepEqual(got, map[name]any{"a": "1", "b": nil}) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := readRow[[]any](t, cols, Strict, row); err != nil || !reflect.DeepEqual(got, []any{"1", nil}) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := readRow[map[string]any](t, textColumns("a", "a"), Strict, row); err == nil {
		t.Error("two columns of one name into a map")
	}
	if _, err := readRow[string](t, cols, Strict, row); err == nil || !strings.Contains(err.Error(), "2 columns cannot be read into one string") {
		t.Errorf("%v", err)
	}
	if got, err := readRow[string](t, cols[:1], Strict, body(t, []byte("1"))); err != nil || got != "1" {
		t.Errorf("%v, %v", got, err)
	}
}

// One column that is a composite or JSON is the struct itself, unless its name
// is that of a field.
func TestOneColumnIntoStruct(t *testing.T) {
	var c *pgtype.Catalog
	cols := []Column{{Name: "row_to_json", Type: c.Type(oidJSON), Format: pgtype.Binary}}
	row := body(t, []byte(`{"a": 1, "b": "x"}`))
	if got, err := readRow[setting](t, cols, Strict, row); err != nil || got != (setting{1, "x"}) {
		t.Errorf("%+v, %v", got, err)
	}
	type holder struct{ RowToJSON setting }
	if got, err := readRow[holder](t, cols, Strict, row); err != nil || got.RowToJSON != (setting{1, "x"}) {
		t.Errorf("%+v, %v", got, err)
	}
}

// A struct that holds itself by a pointer is no endless walk.
func TestRecursiveStructs(t *testing.T) {
	type Node struct {
		*Node
		Name string
	}
	if got, err := readRow[Node](t, textColumns("name"), Strict, body(t, []byte("n"))); err != nil || got.Name != "n" {
		t.Errorf("%+v, %v", got, err)
	}
	loop := &pgtype.Type{OID: 99999, Name: "loop", Kind: pgtype.KindDomain}
	loop.Elem = &pgtype.Type{OID: 99998, Name: "_loop", Kind: pgtype.KindArray, Delim: ',', Elem: loop}
	type list []list
	if _, err := CompileRead(nil, loop, pgtype.Binary, reflect.TypeFor[list]()); err == nil {
		t.Error("a type within itself has a reader")
	}
}

// Every way in which a body can be wrong is an error, in each plan.
func TestMisshapenRows(t *testing.T) {
	good := body(t, []byte("ab"), nil)
	cols := textColumns("a", "b")
	r, err := CompileRow(nil, cols, reflect.TypeFor[map[string]*string](), Strict)
	if err != nil {
		t.Fatal(err)
	}
	d := NewDests(nil, cols)
	bad := [][]byte{nil, {0}, {0, 3}, append(slices.Clone(good), 0)}
	for n := range good {
		bad = append(bad, good[:n])
	}
	minus2 := slices.Clone(good)
	binary.BigEndian.PutUint32(minus2[len(good)-4:], 0xfffffffe)
	huge := slices.Clone(good)
	binary.BigEndian.PutUint32(huge[2:], 0x7fffffff)
	for _, b := range append(bad, minus2, huge) {
		var m map[string]*string
		var a, c *string
		if err := r.Read(&Memory{}, b, PointerTo(&m)); err == nil {
			t.Errorf("% x is a row", b)
		}
		if err := d.Read(&Memory{}, b, []any{&a, &c}); err == nil {
			t.Errorf("% x is a row", b)
		}
	}
	err = d.Read(&Memory{}, huge, []any{new(string), nil})
	if _, ok := errors.AsType[*wire.SyntaxError](err); !ok {
		t.Errorf("%T %v, want a SyntaxError", err, err)
	}
}

func TestDests(t *testing.T) {
	cols := textColumns("a", "b")
	d := NewDests(nil, cols)
	row := body(t, []byte("x"), nil)
	var a string
	var b *string
	for range 2 {
		if err := d.Read(&Memory{}, row, []any{&a, &b}); err != nil || a != "x" || b != nil {
			t.Errorf("%q %v %v", a, b, err)
		}
	}
	if err := d.Read(&Memory{}, row, []any{nil, nil}); err != nil {
		t.Errorf("passed over: %v", err)
	}
	for want, dest := range map[string][]any{
		"1 variables for 2 columns":                         {&a},
		"the variable for column 1 is a int, not a pointer": {1, nil},
		"the variable for column 1 is a nil *string":        {(*string)(nil), nil},
		`column "b" (number 2, of type text) into string: it is NULL, which string cannot hold; use *string or sql.Null[string]`: {&a, &a},
		`column "a" (number 1, of type text) into int: text and int have no conversion between them`:                             {new(int), nil},
	} {
		if err := d.Read(&Memory{}, row, dest); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// Plans serve many goroutines.
func TestPlansConcurrently(t *testing.T) {
	plans := NewPlans(nil, sixthColumns(pgtype.Binary))
	dests := NewDests(nil, sixthColumns(pgtype.Binary))
	params := NewParams(nil, nil)
	row := sixthBody(t)
	failed := make(chan error, 8)
	for range 8 {
		go func() {
			failed <- func() error {
				for i := range 200 {
					r, err := plans.Row(reflect.TypeFor[sixth](), Mode(i%2)*Lenient)
					if err != nil {
						return err
					}
					var m Memory
					var v, w sixth
					if err := r.Read(&m, row, PointerTo(&v)); err != nil {
						return err
					}
					if err := dests.Read(&m, row, []any{&w.ID, &w.Name, &w.At, &w.Amount, &w.Active, &w.Version}); err != nil || v != w {
						return fmt.Errorf("%v: %+v and %+v", err, v, w)
					}
					if _, err := params.Append(nil, []any{v.ID, age(1), name("x"), &v.Name}); err != nil {
						return err
					}
				}
				return nil
			}()
		}()
	}
	for range 8 {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
}

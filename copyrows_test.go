package parley

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"parley/internal/scan"
	"parley/pgtest"
	"parley/wire"
)

// usuals are n rows, and then an error if there is one.
func usuals(n int, end error) iter.Seq2[usual, error] {
	return func(yield func(usual, error) bool) {
		for i := 1; i <= n; i++ {
			if !yield(usual{}.row(i), nil) {
				return
			}
		}
		if end != nil {
			yield(usual{}, end)
		}
	}
}

const usualTable = "create table usual (version int4, id int8, extra text default 'e', name text, at timestamptz, amount float8, active bool)"

// Rows go in and come out as they are, on whatever takes statements.
func TestCopyRows(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	c := connectRaw(t, server, Config{})
	mustExec(t, c, usualTable)
	checkCopyRows(t, c)
	err := c.Tx(t.Context(), TxOptions{}, func(tx *Tx) error {
		checkCopyRows(t, tx)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	db := openDB(t, server, Config{})
	checkCopyRows(t, db)
	checkCopyRows(t, Lenient(db))
	checkAlive(t, c)
}

func checkCopyRows(t *testing.T, q Queryer) {
	t.Helper()
	ctx := t.Context()
	for _, n := range []int{0, 1, 5000} {
		if _, err := q.Exec(ctx, "truncate usual"); err != nil {
			t.Fatal(err)
		}
		if got, err := CopyIn(ctx, q, "usual", usuals(n, nil)); got != int64(n) || err != nil {
			t.Errorf("%d rows in: %d, %v", n, got, err)
		}
		i := 0
		for u, err := range CopyOut[usual](ctx, q, "select id, name, at, amount, active, version from usual where extra = 'e' order by id") {
			if i++; err != nil || u != u.row(i) {
				t.Errorf("row %d out: %+v, %v", i, u, err)
				break
			}
		}
		if i != n {
			t.Errorf("%d rows out, want %d", i, n)
		}
	}
	for u, err := range CopyOut[usual](ctx, Lenient(q), "table usual") {
		if err != nil || u.ID == 0 {
			t.Errorf("%+v, %v", u, err)
		}
		break
	}
	if n, err := One[int](ctx, q, "select count(*) from usual"); n != 5000 || err != nil {
		t.Errorf("after a loop that was left: %d, %v", n, err)
	}
}

// What goes wrong while rows go in leaves nothing stored, and the connection
// goes on.
func TestCopyInFails(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	mustExec(t, c, usualTable)
	mustExec(t, c, "create table small (n int2 check (n < 1000))")
	mine := errors.New("mine")
	ctx := t.Context()
	for name, w := range map[string]struct {
		run  func(ctx context.Context) error
		want func(error) bool
	}{
		"the sequence fails": {func(ctx context.Context) error { _, err := CopyIn(ctx, c, "usual", usuals(5000, mine)); return err }, is(mine)},
		"at once":            {func(ctx context.Context) error { _, err := CopyIn(ctx, c, "usual", usuals(0, mine)); return err }, is(mine)},
		"no table":           {func(ctx context.Context) error { _, err := CopyIn(ctx, c, "nowhere", usuals(1, nil)); return err }, hasCode("42P01")},
		"no column":          {func(ctx context.Context) error { _, err := CopyIn(ctx, c, "small", usuals(1, nil)); return err }, hasFields},
		"no such column":     {func(ctx context.Context) error { _, err := CopyIn(ctx, c, "small", ints(1), "m"); return err }, hasCode("42703")},
		"a value too large":  {func(ctx context.Context) error { _, err := CopyIn(ctx, c, "small", ints(1, 2, 1<<20)); return err }, hasArgument},
		"the server refuses": {func(ctx context.Context) error { _, err := CopyIn(ctx, c, "small", ints(1, 2000)); return err }, hasCode("23514")},
		"one of a million": {func(ctx context.Context) error {
			_, err := CopyIn(ctx, c, "small", ints(append([]int{1000}, make([]int, 1e6)...)...))
			return err
		}, hasCode("23514")},
	} {
		for range 2 {
			if err := w.run(ctx); !w.want(err) {
				t.Errorf("%s: %v", name, err)
			}
			checkAlive(t, c)
		}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	_, err := CopyIn(ctx, c, "small", func(yield func(int, error) bool) {
		for i := range 1 << 20 {
			if i == 100_000 {
				cancel(mine)
			}
			if !yield(1, nil) {
				return
			}
		}
	})
	if !errors.Is(err, mine) {
		t.Errorf("cancelled: %v", err)
	}
	checkAlive(t, c)
	if n := value(t, c, "select (select count(*) from usual) + (select count(*) from small)"); n != "0" {
		t.Errorf("%s rows are stored", n)
	}
}

func hasFields(err error) bool { _, ok := errors.AsType[*FieldsError](err); return ok }

func hasArgument(err error) bool {
	e, ok := errors.AsType[*ArgumentError](err)
	return ok && e.Index == 1 && e.Column == "n"
}

func ints(ns ...int) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for _, n := range ns {
			if !yield(n, nil) {
				return
			}
		}
	}
}

func TestCopyOutFails(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	last := func(q Queryer, sql string) (n int, last error) {
		for _, err := range CopyOut[int8](t.Context(), q, sql) {
			if n++; err != nil {
				last = err
			}
		}
		return n, last
	}
	for range 2 {
		for _, end := range []string{";", " ; ;\n", " -- with a comment", "\n/* and another */"} {
			if n, err := last(c, "select g from generate_series(1, 100) g"+end); n != 100 || err != nil {
				t.Errorf("%q at the end: %d rows, %v", end, n, err)
			}
		}
		if n, err := last(c, "select g from generate_series(1, 1000) g"); n != 128 {
			t.Errorf("%d rows, %v", n, err)
		} else if e, ok := errors.AsType[*ColumnError](err); !ok || e.Column != "g" {
			t.Errorf("%v", err)
		}
		checkAlive(t, c)
		n, err := last(c, "select 10 / (5 - g) from generate_series(1, 9) g")
		if n == 0 || !hasCode("22012")(err) {
			t.Errorf("%d rows, %v", n, err)
		}
		if _, err := last(c, "selekt"); !hasCode("42601")(err) {
			t.Error(err)
		}
		if _, err := last(c, "select 1, 2"); err == nil {
			t.Error("two columns in one number")
		}
		if _, err := last(c, "select 1 where $1"); err == nil {
			t.Error("a query with an argument")
		}
		checkAlive(t, c)
	}
}

// What has no binary form goes as text, both ways, and so does what is not built
// in.
func TestCopyRowsOfAnyType(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	if _, err := c.Script(t.Context(), zooTypes); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		mustExec(t, c, "create temporary table zoo (like dwellers)")
		if n, err := CopyIn(t.Context(), c, "pg_temp.zoo", all2(zoo)); n != 2 || err != nil {
			t.Errorf("%d rows, %v", n, err)
		}
		got, err := collected(CopyOut[dweller](t.Context(), c, "table zoo"))
		if err != nil || !reflect.DeepEqual(got, zoo) {
			t.Errorf("%+v, %v", got, err)
		}
		mustExec(t, c, "drop table zoo")
	}
	type guarded struct {
		Who  string // an aclitem, which has no binary form
		Note *string
	}
	rows := []guarded{{"=r/postgres", new("tab\t newline\n \\ \\N é \r\b\f\v")}, {"postgres=arwdDxt/postgres", nil}, {"=r/postgres", new("")}}
	mustExec(t, c, "create temporary table guarded (note text, who aclitem)")
	if n, err := CopyIn(t.Context(), c, "guarded", all2(rows)); n != 3 || err != nil {
		t.Errorf("%d rows, %v", n, err)
	}
	got, err := collected(CopyOut[guarded](t.Context(), c, "table guarded"))
	if err != nil || !reflect.DeepEqual(got, rows) {
		t.Errorf("%+v, %v", got, err)
	}
	type pair struct{ X, Y string }
	if n, err := CopyIn(t.Context(), ByPosition(c), "guarded", all2([]pair{{"=r/postgres", "by position"}}), "who", "note"); n != 1 || err != nil {
		t.Errorf("%d rows, %v", n, err)
	}
	if got := value(t, c, "select who from guarded where note = 'by position'"); got != "=r/postgres" {
		t.Errorf("%q", got)
	}
	checkAlive(t, c)
}

func all2[T any](list []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range list {
			if !yield(v, nil) {
				return
			}
		}
	}
}

func collected[T any](seq iter.Seq2[T, error]) (list []T, err error) {
	for v, err := range seq {
		if err != nil {
			return list, err
		}
		list = append(list, v)
	}
	return list, nil
}

// The data of a COPY may be cut anywhere.
func TestCopyOutPieces(t *testing.T) {
	d := describe(nil, []wire.Column{{Name: "a", Type: 25}, {Name: "b", Type: 23}})
	type row struct {
		A *string
		B int
	}
	want := []row{{new("x\ty\\"), 1}, {nil, 2}, {new(""), 3}}
	var cols []scan.Column
	for _, c := range d.columns {
		cols = append(cols, scan.Column{Name: c.Name, Type: d.types.Type(c.Type)})
	}
	for _, binary := range []bool{false, true} {
		w, _, err := copyPlan(d, "t", reflect.TypeFor[row](), scan.Strict, false)
		if !binary {
			w, err = scan.CompileRowWrite(nil, cols, reflect.TypeFor[row](), 0, scan.Strict)
		}
		if err != nil {
			t.Fatal(err)
		}
		data := w.Begin(nil)
		ends := []int{len(data)} // of the rows
		for i := range want {
			if data, err = w.Append(data, scan.PointerTo(&want[i])); err != nil {
				t.Fatal(err)
			}
			ends = append(ends, len(data))
		}
		data = w.End(data)
		for range 200 {
			var got []row
			formats := d.formats
			if !binary {
				formats = nil
			}
			plan, err := d.plans(formats).rows.Row(reflect.TypeFor[row](), scan.Strict)
			if err != nil {
				t.Fatal(err)
			}
			out := &rowsOut[row]{plan: plan, binary: binary, value: new(row), yield: func(r row, _ error) bool { got = append(got, r); return true }}
			for rest := data; len(rest) > 0; {
				n := 1 + rand.IntN(len(rest))
				for _, end := range ends { // as a server does it, more often than not
					if next := end - (len(data) - len(rest)); next > 0 && rand.IntN(4) > 0 {
						n = next
						break
					}
				}
				if err := out.data(rest[:n]); err != nil {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("binary %v: %+v", binary, got)
			}
		}
	}
}

// Rows cost nothing but their strings' share of a chunk.
func TestAllocationsOfCopy(t *testing.T) {
	if underRace {
		return
	}
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	mustExec(t, c, usualTable)
	const rows = 5000
	list, err := collected(usuals(rows, nil))
	if err != nil {
		t.Fatal(err)
	}
	got := testing.AllocsPerRun(3, func() {
		if _, err := CopyIn(t.Context(), c, "usual", all2(list)); err != nil {
			t.Fatal(err)
		}
	})
	if got > rows/20 {
		t.Errorf("%.0f allocations for %d rows in", got, rows)
	}
	got = testing.AllocsPerRun(3, func() {
		for _, err := range CopyOut[usual](t.Context(), c, "select id, name, at, amount, active, version from usual limit "+fmt.Sprint(rows)) {
			if err != nil {
				t.Fatal(err)
			}
		}
	})
	if got > rows/20 {
		t.Errorf("%.0f allocations for %d rows out", got, rows)
	}
	if s := copySelect("t", []string{"a", `b"`}); s != `select "a", "b""" from t limit 0` || !strings.HasPrefix(s, "select") {
		t.Error(s)
	}
}

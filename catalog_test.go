package parley

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"testing"

	"parley/pgtest"
	"parley/pgtype"
)

type (
	mood   string
	street struct {
		Name string
		No   *int
	}
	dweller struct {
		Name  string
		Moods []mood
		Homes []street
		Age   int
		Stay  pgtype.Range[float64]
	}
)

const zooTypes = `create type mood as enum ('sad', 'ok'); create domain age as int check (value >= 0);
	create type span as range (subtype = float8); create type street as (name text, no int);
	create table dwellers (name text, moods mood[], homes street[], age age, stay span);
	insert into dwellers values ('Ada', '{ok,sad}', array[row('Main', 1)::street, row('Side', null)::street], 36, '[1.5,2.5)'), ('Bob', '{}', null, 1, 'empty')`

var zoo = []dweller{
	{"Ada", []mood{"ok", "sad"}, []street{{"Main", new(1)}, {"Side", nil}}, 36, pgtype.NewRange(1.5, 2.5)},
	{"Bob", []mood{}, nil, 1, pgtype.Range[float64]{Empty: true}},
}

const zooSQL = "select * from dwellers order by name"

// Types that nobody has registered are read and written, the same the first time
// and later, at a cost known beforehand.
func TestForeignTypes(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	setup := connectRaw(t, server, Config{})
	if _, err := setup.Script(t.Context(), zooTypes); err != nil {
		t.Fatal(err)
	}
	for name, config := range map[string]Config{"cached": {}, "unnamed": {StatementCache: -1}} {
		c := connectRaw(t, server, config)
		// Once the statement and then enum[], composite[], domain, range; enum, composite; its attributes are built in.
		for i, want := range []int{1 + 1 + 2, 1, 1} {
			n := exchanges(c, func() {
				got, err := All[dweller](t.Context(), c, zooSQL)
				if err != nil || !reflect.DeepEqual(got, zoo) {
					t.Errorf("%s, use %d: %+v, %v", name, i, got, err)
				}
			})
			if n != want {
				t.Errorf("%s, use %d: %d exchanges, want %d", name, i, n, want)
			}
		}
		var anys [][]any
		for i := range 2 {
			got, err := All[[]any](t.Context(), c, zooSQL+" limit $1", 10)
			if anys = append(anys, got...); err != nil || len(got) != 2 || fmt.Sprint(got[0][1]) != "[ok sad]" {
				t.Errorf("%s, use %d: %v, %v", name, i, got, err)
			}
		}
		if !reflect.DeepEqual(anys[:2], anys[2:]) {
			t.Errorf("%s: the first use gives %v, the next %v", name, anys[:2], anys[2:])
		}
		for i := range 2 {
			same, err := One[bool](t.Context(), c, "select d = row($1, $2, $3, $4, $5)::dwellers from dwellers d where name = $1",
				zoo[0].Name, zoo[0].Moods, zoo[0].Homes, zoo[0].Age, zoo[0].Stay)
			if err != nil || !same {
				t.Errorf("%s, as arguments, use %d: %v, %v", name, i, same, err)
			}
			d, err := One[dweller](t.Context(), c, "select d from dwellers d where d = $1::dwellers", zoo[0])
			if err != nil || !reflect.DeepEqual(d, zoo[0]) {
				t.Errorf("%s, a row of a table as one value, use %d: %+v, %v", name, i, d, err)
			}
		}
		checkAlive(t, c)
	}
}

// dwellers reads rows one by one.
func dwellers(rows *Rows) (got []dweller, err error) {
	for rows.Next() {
		var d dweller
		if err := rows.Scan(&d.Name, &d.Moods, &d.Homes, &d.Age, &d.Stay); err != nil {
			return got, err
		}
		got = append(got, d)
	}
	return got, rows.Err()
}

func dwellersByEach(t *testing.T, c *Conn) (got []dweller, err error) {
	for d, err := range Each[dweller](t.Context(), c, zooSQL) {
		if err != nil {
			return got, err
		}
		got = append(got, d)
	}
	return got, nil
}

func dwellersByQuery(t *testing.T, c *Conn) ([]dweller, error) {
	return dwellers(c.Query(t.Context(), zooSQL))
}

func dwellersByCursor(t *testing.T, c *Conn) (got []dweller, err error) {
	err = c.Tx(t.Context(), TxOptions{}, func(tx *Tx) (err error) {
		got, err = dwellers(tx.Cursor(t.Context(), 1, zooSQL+", (select count(*) from generate_series(1, 1000))"))
		return err
	})
	return got, err
}

func dwellersByBatch(t *testing.T, c *Conn) (got []dweller, err error) {
	var b Batch
	order := ""
	b.Query(func(*Item) error { order += "a"; return nil }, "select 1")
	b.Query(func(i *Item) error {
		order += "b"
		var d dweller
		err := i.Scan(&d.Name, &d.Moods, &d.Homes, &d.Age, &d.Stay)
		got = append(got, d)
		return err
	}, zooSQL)
	b.Query(func(*Item) error { order += "c"; return nil }, "select 2")
	if _, err = c.Run(t.Context(), &b); order != "abbc" {
		t.Errorf("the rows came as %s", order)
	}
	return got, err
}

func dwellersByStmt(t *testing.T, c *Conn) ([]dweller, error) {
	st, err := c.Prepare(t.Context(), zooSQL)
	if err != nil {
		return nil, err
	}
	defer st.Close(t.Context())
	return dwellers(st.Query(t.Context()))
}

// Every way to read rows looks up what it must before it gives a row.
func TestForeignTypesEverywhere(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	setup := connectRaw(t, server, Config{})
	if _, err := setup.Script(t.Context(), zooTypes); err != nil {
		t.Fatal(err)
	}
	for name, way := range map[string]func(*testing.T, *Conn) ([]dweller, error){
		"Each": dwellersByEach, "Query": dwellersByQuery, "Cursor": dwellersByCursor, "Batch": dwellersByBatch, "Stmt": dwellersByStmt,
	} {
		c := connectRaw(t, server, Config{})
		for i := range 3 {
			got, err := way(t, c)
			if err != nil || !reflect.DeepEqual(got, zoo) {
				t.Errorf("%s, use %d: %+v, %v", name, i, got, err)
			}
			checkAlive(t, c)
		}
	}
}

// Who closes early, drops the rows, or has an error in the middle gets what he
// would get otherwise.
func TestForeignTypesCutShort(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	c := connectRaw(t, server, Config{MaxHeld: 1000})
	if _, err := c.Script(t.Context(), zooTypes); err != nil {
		t.Fatal(err)
	}
	rows := c.Query(t.Context(), zooSQL)
	if !rows.Next() || rows.Close() != nil || rows.Raw() != nil || rows.Next() {
		t.Errorf("closed early: %v", rows.Err())
	}
	if n := exchanges(c, func() { mustExec(t, c, "update dwellers set age = 37 where age = 36 returning *") }); n != 1 {
		t.Errorf("%d exchanges for rows that nobody wants", n)
	}
	_, err := All[mood](t.Context(), c, "select case when g < 5 then 'ok'::mood else (1 / (g - 5))::text::mood end from generate_series(1, 9) g")
	wantCode(t, err, "22012")
	checkAlive(t, c)
	c.shared.outdated(c.shared.era.Load())
	const long = "select 'ok'::mood from generate_series(1, $1::int) /* which may insert, and so is not run again */"
	_, err = All[mood](t.Context(), c, long, 10000)
	wantText(t, err, "more than 1000 bytes (Config.MaxHeld)")
	if got, err := All[mood](t.Context(), c, long, 10000); err != nil || len(got) != 10000 {
		t.Errorf("%d rows, %v", len(got), err)
	}
	checkAlive(t, c)
}

// A type that changes is looked up again.
func TestForeignTypesChange(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	other := connectRaw(t, server, Config{})
	if _, err := other.Script(t.Context(), zooTypes); err != nil {
		t.Fatal(err)
	}
	c := connectRaw(t, server, Config{})
	const sql = "select row('Main', 1)::street"
	type wider struct {
		Name string
		No   *int
		City string
	}
	for range 2 {
		if got, err := One[street](t.Context(), c, sql); err != nil || got.Name != "Main" {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if _, err := other.Script(t.Context(), "drop table dwellers; alter type street add attribute city text"); err != nil {
		t.Fatal(err)
	}
	const wide = "select row('Main', 1, 'Rome')::street"
	_, err := One[street](t.Context(), c, wide)
	if f, ok := errors.AsType[*FieldsError](err); !ok || !slices.Equal(f.Columns, []string{"city"}) {
		t.Errorf("a struct that no longer fits: %v", err)
	}
	if got, err := One[wider](t.Context(), c, wide); err != nil || got.City != "Rome" {
		t.Errorf("after a change: %+v, %v", got, err)
	}
	if _, err := other.Script(t.Context(), "drop type street; create type street as (no int, name text)"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if got, err := One[street](t.Context(), c, "select row(2, 'Side')::street"); err != nil || got.Name != "Side" || *got.No != 2 {
			t.Errorf("another type of the name: %+v, %v", got, err)
		}
	}
	checkAlive(t, c)
}

// What one connection has looked up, all of a DB know.
func TestForeignTypesAreShared(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	setup := connectRaw(t, server, Config{})
	if _, err := setup.Script(t.Context(), zooTypes); err != nil {
		t.Fatal(err)
	}
	db := openDB(t, server, Config{})
	for i := range 4 {
		own, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer own.Close()
		n := exchanges(own.Conn, func() {
			if got, err := All[dweller](t.Context(), own, zooSQL); err != nil || !reflect.DeepEqual(got, zoo) {
				t.Errorf("connection %d: %+v, %v", i, got, err)
			}
		})
		if i > 0 && n != 1 {
			t.Errorf("connection %d: %d exchanges", i, n)
		}
		if got, err := All[dweller](t.Context(), db, zooSQL); err != nil || !reflect.DeepEqual(got, zoo) {
			t.Errorf("on a lane: %+v, %v", got, err)
		}
	}
}

// Types of extensions are known by their names, those of others by their text.
func TestTypesOfExtensions(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	for _, w := range []struct{ ext, sql, want string }{
		{"hstore", `select 'a=>1'::hstore`, `pgtype.Hstore`}, {"citext", "select 'Ab'::citext", "string"}, {"ltree", "select 'a.b'::ltree", "string"},
		{"cube", "select '(1,2),(3,4)'::cube", "string"}, {"intarray", "select '1&(2|!3)'::query_int", "string"},
		{"seg", "select '1.5 .. 2'::seg", "string"}, {"isn", "select '978-0-393-04002-9'::isbn13", "string"}, {"ltree", "select array['a.b'::ltree]", "[]interface {}"},
		{"cube", "select array['(1)'::cube]", "[]interface {}"},
	} {
		if !hasContrib(t, c, w.ext) {
			continue
		}
		for range 2 {
			v, err := One[any](t.Context(), c, w.sql)
			if err != nil || reflect.TypeOf(v).String() != w.want {
				t.Errorf("%s: %T %v, %v", w.ext, v, v, err)
			}
		}
	}
}

// hasContrib creates an extension that comes with PostgreSQL's sources, if not
// with every package of it; in continuous integration it must.
func hasContrib(t *testing.T, c *Conn, name string) bool {
	t.Helper()
	_, err := c.Exec(t.Context(), "create extension if not exists "+name)
	switch {
	case err == nil:
	case os.Getenv("PARLEY_CI") == "":
		t.Logf("%s is not there: %v", name, err)
	default:
		t.Error(err)
	}
	return err == nil
}

// Values of an extension's type that nothing is known of go and come as text, by
// COPY too.
func TestUnknownExtensionsAsText(t *testing.T) {
	c, ctx := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{}), t.Context()
	if !hasContrib(t, c, "cube") {
		return
	}
	for use := range 2 {
		got, err := One[string](ctx, c, "select $1::cube", "(1,2),(3,4)")
		if err != nil || got != "(1, 2),(3, 4)" {
			t.Errorf("use %d: %q, %v", use, got, err)
		}
		list, err := One[[]*string](ctx, c, "select $1::cube[]", []*string{new("(1)"), nil, new("(2)")})
		if err != nil || len(list) != 3 || *list[0] != "(1)" || list[1] != nil || *list[2] != "(2)" {
			t.Errorf("use %d: %v, %v", use, list, err)
		}
		near, err := One[float64](ctx, c, "select $1::cube <-> $2::cube", "(0,0)", "(3,4)")
		if err != nil || near != 5 {
			t.Errorf("use %d: %v, %v", use, near, err)
		}
	}
	if _, err := c.Exec(ctx, "create temporary table cubes (c cube)"); err != nil {
		t.Fatal(err)
	}
	cubes := []string{"(1)", "(1, 2),(3, 4)"}
	if n, err := CopyIn(ctx, c, "cubes", all2(cubes)); err != nil || n != 2 {
		t.Errorf("CopyIn: %d, %v", n, err)
	}
	if got, err := All[string](ctx, c, "select c from cubes order by c"); err != nil || !slices.Equal(got, cubes) {
		t.Errorf("stored are %q, %v", got, err)
	}
	if got, err := collected(CopyOut[string](ctx, c, "table cubes")); err != nil || !slices.Equal(got, cubes) {
		t.Errorf("CopyOut: %q, %v", got, err)
	}
}

// hstore is a map, and comes and goes the same whenever it does.
func TestHstoreIsAMap(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	if !hasContrib(t, c, "hstore") {
		return
	}
	type row struct {
		H map[string]string
		P map[string]*string
	}
	want := row{map[string]string{"a": "1", "b c": `"`}, map[string]*string{"x": nil, "y": new("2")}}
	for range 3 {
		got, err := One[row](t.Context(), c, "select $1::hstore as h, $2::hstore as p", want.H, want.P)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, %v", got, err)
		}
		_, err = One[row](t.Context(), c, "select $1::hstore as h, null::hstore as p", want.P)
		if e, ok := errors.AsType[*ColumnError](err); !ok || e.Column != "h" {
			t.Errorf("%v", err)
		}
	}
}

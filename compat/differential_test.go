package compat

import (
	"database/sql"
	"fmt"
	"reflect"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"parley/pgtest"
	_ "parley/sqldriver"
)

// deviations are the values that are not what pgx makes of them, and why.
var deviations = map[string]string{
	"'<a/>'::xml": "text, as what has no form of its own is everywhere else",
}

// Values come as pgx's driver gives them, new or known, whatever they are scanned
// into.
func TestValuesAreThoseOfPgx(t *testing.T) {
	dsn := pgtest.Start(t, pgtest.Config{}).DSN()
	ours, err := sql.Open("parley", dsn)
	must(t, err)
	defer ours.Close()
	theirs, err := sql.Open("pgx", dsn)
	must(t, err)
	defer theirs.Close()
	_, err = ours.ExecContext(t.Context(), "create type mood as enum ('ok'); create domain age as int")
	must(t, err)
	for _, e := range []string{
		"1::int2", "1::int4", "(-1)::int8", "1::oid", "0.1::float4", "1e300::float8", "'NaN'::float8", "'Infinity'::float8", "1e20::float8", "true", "false",
		"'a'::text", "''::text", "'a'::varchar", "'c'::char(3)", `'c'::"char"`, "'n'::name", `'\x00ff'::bytea`, `''::bytea`, "1.50::numeric", "'NaN'::numeric", "1e30::numeric",
		"'Infinity'::numeric", "(-0.000001)::numeric", `'{"a": 1}'::json`, `'{"a":1}'::jsonb`, "'null'::jsonb", "date '2020-02-29'", "timestamp '2020-02-29 12:00:00.000001'",
		"timestamptz '2020-02-29 12:00+05'", "time '12:30'", "timetz '12:30+02'", "interval '1 mon 2 days 03:00'", "'{1,2}'::int[]", "'{a,NULL,\"b c\"}'::text[]", "'{{1,2},{3,4}}'::int[]",
		"array[timestamptz '2020-02-29 12:00Z']", "array[1.5, 2]::numeric[]", "'10.0.0.1'::inet", "'10.0.0.0/8'::cidr", "'08:00:2b:01:02:03'::macaddr",
		"'00000000-0000-0000-0000-000000000001'::uuid", "12.5::money", "int4range(1,5)", "'empty'::int4range", "'(1,2)'::point", "B'101'::bit(3)", "'<a/>'::xml", "'ok'::mood", "7::age",
		"row(1,'a')", "null::int", "null::text", "null::jsonb", "'a b'::tsvector", "'pg_class'::regclass", "date 'infinity'", "timestamp '-infinity'", "timestamptz '0044-03-15 BC'",
	} {
		if why := deviations[e]; why != "" {
			t.Log(e, "is not as with pgx:", why)
			continue
		}
		for use := range 3 {
			for _, into := range []reflect.Type{reflect.TypeFor[any](), reflect.TypeFor[string](), reflect.TypeFor[[]byte](), reflect.TypeFor[time.Time](), reflect.TypeFor[int64](),
				reflect.TypeFor[float64](), reflect.TypeFor[bool](), reflect.TypeFor[sql.Null[string]](), reflect.TypeFor[sql.NullInt32](), reflect.TypeFor[sql.NullTime]()} {
				got, want := scanned(t, ours, e, into), scanned(t, theirs, e, into)
				if got != want {
					t.Errorf("%s into %s, use %d: %s, with pgx %s", e, into, use+1, got, want)
				}
			}
		}
	}
}

// scanned returns what comes of a value that is scanned into a type.
func scanned(t *testing.T, db *sql.DB, expression string, into reflect.Type) string {
	t.Helper()
	v := reflect.New(into)
	if err := db.QueryRowContext(t.Context(), "select "+expression).Scan(v.Interface()); err != nil {
		return "an error"
	}
	switch v := v.Elem().Interface().(type) {
	case float64:
		return fmt.Sprintf("float64 %b", v) // NaN has many bit patterns
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case sql.NullTime:
		return fmt.Sprint(v.Valid, v.Time.UTC())
	default:
		return fmt.Sprintf("%T %v", v, v)
	}
}

package compat

import (
	"context"
	"database/sql"
	"reflect"
	"testing"
	"time"

	"github.com/cockroachdb/apd/v3"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"parley"
	"parley/pgtest"
)

func connect(t *testing.T) *parley.Conn {
	t.Helper()
	c, err := parley.Connect(t.Context(), pgtest.Start(t, pgtest.Config{}).DSN())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// both checks a value as a column and as a parameter, cold and hot, alone, as a
// field, behind a pointer and in an array.
func both[T any](t *testing.T, c *parley.Conn, typ string, v T, same func(a, b T) bool) {
	t.Helper()
	ctx := t.Context()
	for use := range 3 {
		got, err := parley.One[T](ctx, c, "select $1::"+typ, v)
		check(t, typ, use, same(got, v), err)
		p, err := parley.One[*T](ctx, c, "select $1::"+typ+" -- p", &v)
		check(t, typ+", pointer", use, p != nil && same(*p, v), err)
		p, err = parley.One[*T](ctx, c, "select $1::"+typ+" -- p", (*T)(nil))
		check(t, typ+", nil pointer", use, p == nil, err)
		list, err := parley.One[[]T](ctx, c, "select $1::"+typ+"[]", []T{v, v})
		check(t, typ+"[]", use, len(list) == 2 && same(list[1], v), err)
		n, err := parley.One[sql.Null[T]](ctx, c, "select $1::"+typ+" -- n", sql.Null[T]{V: v, Valid: true})
		check(t, typ+", sql.Null", use, n.Valid && same(n.V, v), err)
		n, err = parley.One[sql.Null[T]](ctx, c, "select $1::"+typ+" -- n", sql.Null[T]{})
		check(t, typ+", no sql.Null", use, !n.Valid, err)
		type row struct{ V T }
		r, err := parley.One[row](ctx, c, "select $1::"+typ+" as v", v)
		check(t, typ+", a field", use, same(r.V, v), err)
		copied(t, c, typ, v, same)
	}
}

func check(t *testing.T, what string, use int, ok bool, err error) {
	t.Helper()
	if !ok || err != nil {
		t.Errorf("%s, use %d: %v, %v", what, use, ok, err)
	}
}

// copied sends a value through COPY, in and out.
func copied[T any](t *testing.T, c *parley.Conn, typ string, v T, same func(a, b T) bool) {
	t.Helper()
	err := c.Tx(t.Context(), parley.TxOptions{}, func(tx *parley.Tx) error {
		if _, err := tx.Exec(t.Context(), "create temporary table copied (v "+typ+") on commit drop"); err != nil {
			return err
		}
		one := func(yield func(T, error) bool) { yield(v, nil) }
		if _, err := parley.CopyIn(t.Context(), tx, "copied", one); err != nil {
			return err
		}
		for got, err := range parley.CopyOut[T](t.Context(), tx, "table copied") {
			check(t, typ+", by COPY", 0, err == nil && same(got, v), err)
		}
		return nil
	})
	if err != nil {
		t.Errorf("%s, by COPY: %v", typ, err)
	}
}

func equal[T comparable](a, b T) bool { return a == b }

func TestGoogleUUID(t *testing.T) {
	c := connect(t)
	id := uuid.MustParse("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
	both(t, c, "uuid", id, equal)
	both(t, c, "text", id, equal)
	both(t, c, "uuid", uuid.NullUUID{UUID: id, Valid: true}, equal)
	for range 2 {
		n, err := parley.One[uuid.NullUUID](t.Context(), c, "select $1::uuid", uuid.NullUUID{})
		if n.Valid || err != nil {
			t.Errorf("%v, %v", n, err)
		}
	}
}

func TestShopspringDecimal(t *testing.T) {
	c := connect(t)
	for _, s := range []string{"0", "1.50", "-123456789012345678901234567890.123456789", "1e-20"} {
		both(t, c, "numeric", decimal.RequireFromString(s), decimal.Decimal.Equal)
	}
	both(t, c, "int8", decimal.NewFromInt(7), decimal.Decimal.Equal)
	both(t, c, "text", decimal.RequireFromString("1.5"), decimal.Decimal.Equal)
	null := func(a, b decimal.NullDecimal) bool { return a.Valid == b.Valid && a.Decimal.Equal(b.Decimal) }
	both(t, c, "numeric", decimal.NullDecimal{Decimal: decimal.NewFromInt(7), Valid: true}, null)
}

func TestCockroachAPD(t *testing.T) {
	c := connect(t)
	for _, s := range []string{"0", "1.50", "-123456789012345678901234567890.123456789", "NaN"} {
		d, _, err := apd.NewFromString(s)
		if err != nil {
			t.Fatal(err)
		}
		both(t, c, "numeric", *d, func(a, b apd.Decimal) bool { return a.String() == b.String() })
	}
}

func TestDatabaseSQLNulls(t *testing.T) {
	c := connect(t)
	at := time.Date(2024, 1, 2, 3, 4, 5, 6000, time.UTC)
	both(t, c, "text", sql.NullString{String: "x", Valid: true}, equal)
	both(t, c, "int8", sql.NullInt64{Int64: 7, Valid: true}, equal)
	both(t, c, "int4", sql.NullInt32{Int32: 7, Valid: true}, equal)
	both(t, c, "float8", sql.NullFloat64{Float64: 1.5, Valid: true}, equal)
	both(t, c, "bool", sql.NullBool{Bool: true, Valid: true}, equal)
	both(t, c, "timestamptz", sql.NullTime{Time: at, Valid: true}, equal)
	both(t, c, "uuid", sql.Null[uuid.UUID]{V: uuid.UUID{1}, Valid: true}, equal)
	both(t, c, "timestamptz", at, time.Time.Equal)
	both(t, c, "bytea", []byte{0, 1}, func(a, b []byte) bool { return reflect.DeepEqual(a, b) })
}

// What a package refuses is told without the value.
func TestRefusals(t *testing.T) {
	c := connect(t)
	for range 2 {
		if _, err := parley.One[uuid.UUID](context.WithoutCancel(t.Context()), c, "select 'secret'::text"); err == nil || reflect.DeepEqual(err, parley.ErrNoRows) {
			t.Errorf("no UUID is one: %v", err)
		}
	}
}

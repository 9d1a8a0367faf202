package parley

import (
	"context"
	"errors"
	"testing"

	"parley/pgtest"
)

func TestCursorReadsAll(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	for range 2 { // cold, then hot
		err := c.Tx(t.Context(), TxOptions{}, func(tx *Tx) error {
			rows := tx.Cursor(t.Context(), 10_000, "select g, repeat('x', 100) from generate_series(1, $1::int) g", 5000)
			n := 0
			cost := exchanges(c, func() {
				for rows.Next() {
					n++
					var i int
					var s string
					if err := rows.Scan(&i, &s); err != nil || i != n || len(s) != 100 {
						t.Fatalf("row %d: %d, %d characters, %v", n, i, len(s), err)
					}
				}
			})
			if rows.Err() != nil || n != 5000 {
				t.Errorf("%d rows, %v", n, rows.Err())
			}
			// Some 110 bytes a row: 91 rows fit 10,000 bytes.
			if cost < 45 || cost > 65 {
				t.Errorf("%d exchanges, want about 5000 / 91", cost)
			}
			return rows.Err()
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestCursorCloseEarly(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	err := c.Tx(t.Context(), TxOptions{}, func(tx *Tx) error {
		for _, read := range []int{0, 1, firstFetch, firstFetch + 1} {
			rows := tx.Cursor(t.Context(), 1000, "select g from generate_series(1, 1000000) g")
			for range read {
				if !rows.Next() {
					t.Fatal(rows.Err())
				}
			}
			if cost := exchanges(c, func() {
				if err := rows.Close(); err != nil {
					t.Errorf("close after %d rows: %v", read, err)
				}
			}); cost > 1 {
				t.Errorf("close after %d rows: %d exchanges", read, cost)
			}
			if err := selectOwn(t.Context(), c, read, "select $1::int"); err != nil {
				t.Errorf("the transaction after a close after %d rows: %v", read, err)
			}
		}
		var open int
		if err := tx.value(t.Context(), &open, "select count(*) from pg_cursors where name like 'parley%'"); err != nil || open != 0 {
			t.Errorf("%d portals are left open, %v", open, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestCursorSmallAndFailing(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	ctx := t.Context()
	err := c.Tx(ctx, TxOptions{}, func(tx *Tx) error {
		if _, err := tx.Exec(ctx, "create temporary table t (id int)"); err != nil {
			return err
		}
		for sql, want := range map[string]int{
			"select 1 where false":                       0,
			"select 1":                                   1,
			"select g from generate_series(1, 64) g":     64,
			"insert into t values (1), (2) returning id": 2,
		} {
			rows := tx.Cursor(ctx, 0, sql)
			n := 0
			for rows.Next() {
				n++
			}
			if rows.Err() != nil || n != want {
				t.Errorf("%s: %d rows, want %d, %v", sql, n, want, rows.Err())
			}
		}
		rows := tx.Cursor(ctx, 100, "select 1 / (1000 - g) from generate_series(1, 2000) g")
		n := 0
		for rows.Next() {
			n++
		}
		if e, ok := errors.AsType[*ServerError](rows.Err()); !ok || e.Code != "22012" || n < 900 || n > 999 {
			t.Errorf("%d rows, then %v", n, rows.Err())
		}
		return rows.Err()
	})
	if err == nil {
		t.Error("a transaction in which a cursor failed was committed")
	}
	if err := selectOwn(ctx, c, 1, "select $1::int"); err != nil {
		t.Error(err)
	}
}

func TestCursorContext(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	why := errors.New("enough")
	err := c.Tx(t.Context(), TxOptions{}, func(tx *Tx) error {
		ctx, stop := context.WithCancelCause(t.Context())
		rows := tx.Cursor(ctx, 100, "select g from generate_series(1, 1000000) g")
		for n := 0; rows.Next(); n++ {
			if n == 200 {
				stop(why)
			}
		}
		stop(nil)
		if !errors.Is(rows.Err(), why) {
			t.Errorf("%v, want the context's cause", rows.Err())
		}
		return rows.Err()
	})
	if !errors.Is(err, why) {
		t.Error(err)
	}
	if err := selectOwn(t.Context(), c, 1, "select $1::int"); err != nil {
		t.Error(err)
	}
}

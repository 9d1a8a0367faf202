package parley

import (
	"errors"
	"slices"
	"testing"

	"parley/pgtest"
)

func TestPrepare(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	for name, config := range map[string]Config{"named": {}, "unnamed": {StatementCache: -1}} {
		t.Run(name, func(t *testing.T) {
			c := connectRaw(t, server, config)
			ctx := t.Context()
			var stmt *Stmt
			prepare := func(sql string) func() {
				return func() {
					var err error
					if stmt, err = c.Prepare(ctx, sql); err != nil {
						t.Fatal(err)
					}
				}
			}
			if n := exchanges(c, prepare("select $1::int8 as a, $2::bytea as b")); n != 1 {
				t.Errorf("preparing took %d exchanges, want 1", n)
			}
			cs := stmt.Columns()
			if !slices.Equal(stmt.ParamTypes(), []uint32{oidInt8, oidBytea}) || len(cs) != 2 || cs[0].Name != "a" || cs[1].Type != oidBytea {
				t.Errorf("parameters %v, columns %v", stmt.ParamTypes(), cs)
			}
			for i := range 3 {
				n := exchanges(c, func() {
					rows := stmt.Query(ctx, i, []byte{0, 'x'})
					var a int
					var b []byte
					if !rows.Next() || rows.Scan(&a, &b) != nil || a != i || string(b) != "\x00x" {
						t.Errorf("got %d %q, %v", a, b, rows.Err())
					}
					if err := rows.Close(); err != nil {
						t.Error(err)
					}
				})
				if n != 1 {
					t.Errorf("running took %d exchanges, want 1", n)
				}
				mustExec(t, c, "select 'something else'")
			}
			if _, err := stmt.Exec(ctx, 1); err == nil {
				t.Error("one argument for two parameters was taken")
			}
			for range 2 {
				if err := stmt.Close(ctx); err != nil {
					t.Error(err)
				}
			}
			if _, err := stmt.Exec(ctx, 1, []byte{1}); err != errStmtClosed {
				t.Errorf("a closed statement: %v", err)
			}
			if got := preparedOn(t, c); slices.Contains(got, stmt.SQL()) {
				t.Errorf("the server still holds %q", got)
			}
			_, err := c.Prepare(ctx, "selec 1")
			wantCode(t, err, "42601")
			_, err = c.Prepare(ctx, "select \x00")
			wantText(t, err, "NUL")
			checkAlive(t, c)
			checkPrepareBusy(t, c, stmt)
		})
	}
}

func checkPrepareBusy(t *testing.T, c *Conn, stmt *Stmt) {
	ctx := t.Context()
	rows := c.Query(ctx, "select 1")
	_, err := c.Prepare(ctx, "select 2")
	if !errors.Is(err, ErrBusy) || !errors.Is(stmt.Close(ctx), ErrBusy) || !errors.Is(stmt.Query(ctx).Err(), ErrBusy) {
		t.Errorf("while rows are open: %v", err)
	}
	_ = rows.Close()
	checkAlive(t, c)
}

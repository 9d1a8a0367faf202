package parley

import (
	"fmt"
	"strings"
	"testing"

	"parley/pgtest"
)

func TestScript(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{MaxHeld: 1 << 20})
	for _, w := range []struct{ sql, want string }{
		{"select 1 as a, null as b; create temporary table s (x int); insert into s values (1), (2); table s",
			"[a b] [[1 ]] [[false true]] SELECT 1|[] [] [] CREATE TABLE|[] [] [] INSERT 0 2|[x] [[1] [2]] [[false] [false]] SELECT 2"},
		{"", "[] [] [] "},
		{";;", "[] [] [] "},
		{"select where false", "[] [] [] SELECT 0"},
		{"select 1 where false", "[?column?] [] [] SELECT 0"},
		{"select 1; select 1/0; select 2", "[?column?] [[1]] [[false]] SELECT 1|statement 1 of the script: ERROR: division by zero (SQLSTATE 22012)"},
		{"selec 1", "ERROR: syntax error at or near \"selec\" (SQLSTATE 42601)"},
		{"select 1; select nothing", "[?column?] [[1]] [[false]] SELECT 1|statement 1 of the script: ERROR: column \"nothing\" does not exist (SQLSTATE 42703)"},
		{"select 1; selec 1", "ERROR: syntax error at or near \"selec\" (SQLSTATE 42601)"}, // nothing was run
		{"select 1/0; select 1", "statement 0 of the script: ERROR: division by zero (SQLSTATE 22012)"},
		{"select 'a' \x00", "NUL"},
		{"copy (select 1) to stdout; select 2", "[] [] [] COPY 1|[?column?] [[2]] [[false]] SELECT 1"},
		{"begin; select 1; rollback", "[] [] [] BEGIN|[?column?] [[1]] [[false]] SELECT 1|[] [] [] ROLLBACK"},
		{"select repeat('x', 100000) from generate_series(1, 100)", "the results have more than 1048576 bytes (Config.MaxHeld)"},
	} {
		var results []Result
		var err error
		if n := exchanges(c, func() { results, err = c.Script(t.Context(), w.sql) }); n != 1 && !strings.Contains(w.want, "NUL") && !strings.Contains(w.want, "MaxHeld") {
			t.Errorf("%q took %d exchanges", w.sql, n)
		}
		var got []string
		for _, r := range results {
			var names []string
			for _, col := range r.Columns {
				names = append(names, col.Name)
			}
			got = append(got, fmt.Sprint(names, " ", r.Rows, " ", r.Null, " ", r.Tag))
		}
		if err != nil {
			got = append(got, err.Error())
		}
		if all := strings.Join(got, "|"); all != w.want && (err == nil || !strings.Contains(err.Error(), w.want)) {
			t.Errorf("%q:\n got %s\nwant %s", w.sql, all, w.want)
		}
		checkAlive(t, c)
	}
}

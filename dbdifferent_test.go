package parley

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"parley/pgtest"
)

// What a caller is told does not depend on whom it shared a Sync with: the same
// random workload, each statement on data of its own caller, gives each caller the
// same answers grouped as it does alone, and leaves the same data behind.
func TestGroupedIsLikeUngrouped(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	for seed := range uint64(4) {
		var want [][]string
		for _, grouping := range []Grouping{GroupNone, GroupReads, GroupWrites} {
			got := runWorkload(t, server, seed, grouping)
			if want == nil {
				want = got
				continue
			}
			for i := range want {
				if !slices.Equal(got[i], want[i]) {
					t.Errorf("seed %d, grouping %v: %s", seed, grouping, difference(got[i], want[i]))
				}
			}
		}
	}
}

// difference describes the first of the answers that differ.
func difference(got, want []string) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return fmt.Sprintf("answer %d is %q, alone it is %q", i, got[i], want[i])
		}
	}
	return fmt.Sprintf("%d answers, alone %d", len(got), len(want))
}

// runWorkload returns what each of many callers was told, and at last what is
// stored.
func runWorkload(t *testing.T, server *pgtest.Server, seed uint64, grouping Grouping) [][]string {
	t.Helper()
	db := openDB(t, server, Config{Lanes: 2, Grouping: grouping})
	defer db.Close() // before the next is opened: a server under load gives each many connections
	if _, err := db.Script(t.Context(), `drop table if exists child, parent, log; create table log (caller int, id int, unique (caller, id), check (id < 40));
		create table parent (caller int, id int, primary key (caller, id));
		create table child (caller int, id int, foreign key (caller, id) references parent deferrable initially deferred);
		create or replace function slowly() returns int language plpgsql set statement_timeout = 0 as 'begin return 1; end'`); err != nil {
		t.Fatal(err)
	}
	const callers = 24
	told := make([][]string, callers+1)
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			for range 120 {
				told[i] = append(told[i], workloadStep(t, db, r, i))
			}
		})
	}
	wg.Wait()
	stored, err := All[string](t.Context(), db, `select format('%s %s %s', 'log', caller, id) from log union all
		select format('%s %s %s', 'parent', caller, id) from parent union all select format('%s %s %s', 'child', caller, id) from child order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	told[callers] = stored
	if s := db.Stats(); grouping != GroupNone && s.Retries == 0 {
		t.Errorf("seed %d, grouping %v: no group has failed (groups of %.1f)", seed, grouping, s.Group.Mean())
	}
	return told
}

// workloadStep runs one statement, and returns what was told of it.
func workloadStep(t *testing.T, db *DB, r *rand.Rand, caller int) string {
	id := r.IntN(50)
	switch r.IntN(12) {
	case 0, 1, 2:
		return tag(db.Exec(t.Context(), "insert into log values ($1, $2)", caller, id)) // 23505, 23514
	case 3:
		return tag(db.Exec(t.Context(), "delete from log where caller = $1 and id = $2", caller, id))
	case 4:
		return tag(db.Exec(t.Context(), "update log set id = id + 1 where caller = $1 and id = $2", caller, id))
	case 5:
		return tag(db.Exec(t.Context(), "insert into parent values ($1, $2)", caller, id))
	case 6:
		return tag(db.Exec(t.Context(), "insert into child values ($1, $2)", caller, id)) // 23503, when it commits
	case 7:
		v, err := One[int](t.Context(), db, "select 100 / ($1::int - 25)", id) // 22012
		return answerOf(v, err)
	case 8:
		v, err := One[string](t.Context(), db, "select $1::text::int::text", fmt.Sprint(strings.Repeat("x", id%5/4), id)) // 22P02
		return answerOf(v, err)
	case 9:
		v, err := One[int](t.Context(), db, "select id from log where caller = $1 and id = $2", caller, id) // ErrNoRows
		return answerOf(v, err)
	case 10:
		v, err := All[int](t.Context(), db, "select id from log where caller = $1 order by id", caller)
		return answerOf(v, err)
	}
	return tag(db.Exec(t.Context(), "merge into log using (select $1::int c, $2::int i) s on caller = c and id = i when not matched then insert values (c, i) when matched then delete", caller, id))
}

func tag(tag Tag, err error) string { return answerOf(tag, err) }

func answerOf(v any, err error) string {
	if e, ok := errors.AsType[*ServerError](err); ok {
		return strings.Join([]string{e.Code, e.Message, e.Detail, e.Constraint, e.SQL}, "|")
	}
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(v)
}

// Statements that cannot run in a transaction with others get their own answer
// too: what shares a Sync with them makes no difference.
func TestGroupsAndTransactions(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	db := openDB(t, server, Config{Lanes: 1, Grouping: GroupWrites})
	if _, err := db.Script(t.Context(), `create table t (a int); create table u (id int primary key, n int); insert into u values (1, 0);
		create procedure p() language plpgsql as 'begin insert into t values (1); commit; end'`); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 25 {
				for _, sql := range []string{"insert into t values (2)", "vacuum t", "call p()", "update u set n = n + 1 where id = 1"} {
					if _, err := db.Exec(t.Context(), sql); err != nil {
						t.Errorf("caller %d: %s: %v", i, sql, err)
					}
				}
				if _, err := db.Exec(t.Context(), "select 1 / $1::int", 0); !failedWith(err, "22012") {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for sql, want := range map[string]int{"select count(*) from t where a = 2": 200, "select count(*) from t where a = 1": 200, "select n from u": 200} {
		if got, err := One[int](t.Context(), db, sql); err != nil || got != want {
			t.Errorf("%s: %d, %v, want %d", sql, got, err, want)
		}
	}
}

// A serialization failure and a statement that takes too long reach who they
// belong to.
func TestGroupsAndSettings(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	db := openDB(t, server, Config{Lanes: 2, Grouping: GroupWrites, Params: map[string]string{
		"default_transaction_isolation": "serializable", "statement_timeout": "3s"}}) // which no other takes, even on a machine that is busy
	if _, err := db.Script(t.Context(), "create table s (id int primary key, n int); insert into s select i, 0 from generate_series(1, 10) i"); err != nil {
		t.Fatal(err)
	}
	var done [11]int
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(i)))
			for j := range 60 {
				id := 1 + r.IntN(10)
				_, err := db.Exec(t.Context(), "update s set n = n + 1 where id = $1", id)
				e, refused := errors.AsType[*ServerError](err)
				switch {
				case err == nil:
					mu.Lock()
					done[id]++
					mu.Unlock()
				case !refused || e.Code != "40001":
					t.Errorf("update: %v", err)
				}
				if j == 20 && i < 2 {
					if _, err := db.Exec(t.Context(), "select pg_sleep($1::float8)", 600); !failedWith(err, "57014") {
						t.Error(err)
					}
				}
				if v, err := One[int](t.Context(), db, "select $1::int", j); err != nil || v != j {
					t.Errorf("%d, %v, want %d", v, err, j)
				}
			}
		})
	}
	wg.Wait()
	for id := 1; id <= 10; id++ {
		if n, err := One[int](t.Context(), db, "select n from s where id = $1", id); err != nil || n != done[id] {
			t.Errorf("row %d was updated %d times, %v; its callers were told of %d", id, n, err, done[id])
		}
	}
}

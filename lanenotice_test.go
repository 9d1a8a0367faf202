package parley

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"parley/pgtest"
)

// noticed keeps what a DB is told of.
type noticed struct {
	mu  sync.Mutex
	all []*Notice
}

func (x *noticed) take(_ *Conn, n *Notice) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.all = append(x.all, n)
}

// forgive forgets what statements took, so that they go by the lane again, however
// busy the machine is.
func (db *DB) forgive(sql func(int) string, n int) {
	for i := range n {
		db.shared.get(sql(i)).cost = cost{}
	}
}

// A notice on a lane is that of the statement which made it, among others that
// leave with it.
func TestLaneNotices(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{Setup: []string{`create function loud(word text) returns text language plpgsql as
		$$ begin raise notice '%', word; return word; end $$`}})
	for _, grouping := range []Grouping{GroupReads, GroupWrites, GroupNone} {
		t.Run(fmt.Sprint(grouping), func(t *testing.T) {
			var heard noticed
			db := openDB(t, server, Config{Lanes: 1, Grouping: grouping, Notice: heard.take})
			sql := func(i int) string { return fmt.Sprintf("select loud($1) -- %d", i) }
			const statements, rounds = 6, 20
			var wg sync.WaitGroup
			for i := range statements {
				if _, err := db.Exec(t.Context(), sql(i), fmt.Sprint(i)); err != nil {
					t.Fatal(err)
				}
			}
			for range rounds {
				db.forgive(sql, statements)
				db.only(t).hold(t, statements, func() {
					for i := range statements {
						wg.Go(func() {
							if got, err := One[string](t.Context(), db, sql(i), fmt.Sprint(i)); err != nil || got != fmt.Sprint(i) {
								t.Errorf("got %q, %v", got, err)
							}
						})
					}
				})
				wg.Wait()
			}
			if len(heard.all) != statements*(rounds+1) {
				t.Errorf("%d notices came, want %d", len(heard.all), statements*(rounds+1))
			}
			for _, n := range heard.all {
				if !strings.HasSuffix(n.SQL, "-- "+n.Message) || n.Index != -1 {
					t.Errorf("the notice %q is said to be of %q (index %d)", n.Message, n.SQL, n.Index)
				}
			}
			if grouped := db.Stats().Group.Mean() > 1.5; grouped != (grouping == GroupWrites) {
				t.Errorf("groups of %.1f", db.Stats().Group.Mean())
			}
		})
	}
}

// What comes with the end of a transaction may be of any statement in it, and is
// said to be of one only where there is no other. What the server would write to
// its log comes late.
func TestLaneNoticesInDoubt(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{Setup: []string{"create table log (marker text)",
		"create function heard() returns trigger language plpgsql as $$ begin raise notice 'stored'; return null; end $$",
		"create constraint trigger late after insert on log deferrable initially deferred for each row execute function heard()"}})
	var heard noticed
	db := openDB(t, server, Config{Lanes: 1, Grouping: GroupWrites, Notice: heard.take,
		Params: map[string]string{"client_min_messages": "log", "log_min_duration_statement": "0"}})
	sql := func(i int) string { return fmt.Sprintf("insert into log values ($1) -- %d", i) }
	for i := range 2 {
		for range 2 {
			if _, err := db.Exec(t.Context(), sql(i), "x"); err != nil {
				t.Fatal(err)
			}
		}
	}
	heard.judge(t, 4, func(text, of string) bool { return of == sql(0) || of == sql(1) })
	var wg sync.WaitGroup
	for range 2 {
		db.forgive(sql, 2)
		db.only(t).hold(t, 2, func() {
			for i := range 2 {
				wg.Go(func() {
					if _, err := db.Exec(t.Context(), sql(i), "x"); err != nil {
						t.Error(err)
					}
				})
			}
		})
		wg.Wait()
	}
	heard.judge(t, 4, func(text, of string) bool {
		if text == "stored" {
			return of == ""
		}
		return of == "" || strings.HasSuffix(text, of)
	})
}

// judge judges to which statements notices are said to belong, and forgets them;
// so many of them are of triggers.
func (x *noticed) judge(t *testing.T, stored int, right func(text, of string) bool) {
	t.Helper()
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, n := range x.all {
		if n.Message == "stored" {
			stored--
		}
		if !right(n.Message, n.SQL) {
			t.Errorf("the notice %q is said to be of %q", n.Message, n.SQL)
		}
	}
	if stored != 0 || len(x.all) < 10 {
		t.Errorf("%d notices came, %d of the triggers did not", len(x.all), stored)
	}
	x.all = nil
}

package parley

import (
	"strings"
	"testing"
)

func TestClassify(t *testing.T) {
	for _, w := range []struct {
		sql  string
		want traits
	}{
		{"select 1", traits{kind: kindRead, repeatable: true}},
		{" -- a comment\n SELECT count(*) from t where a = $1", traits{kind: kindRead, repeatable: true}},
		{"select a, updated_at, insert_time from updates", traits{kind: kindRead, repeatable: true}},
		{"with x as (select 1) select * from x where a in (1, 2)", traits{kind: kindRead, repeatable: true}},
		{"values (1), (2)", traits{kind: kindRead, repeatable: true}},
		{"table t", traits{kind: kindRead, repeatable: true}},
		{"select pay(1)", traits{kind: kindRead}},
		{"select pay (1)", traits{kind: kindRead}},
		{`select "pay"(1)`, traits{kind: kindRead}},
		{`select "Pay" (1)`, traits{kind: kindRead}},
		{"select größe(1)", traits{kind: kindRead}},
		{"select nextval('s')", traits{kind: kindWrite}},
		{"select * from t for update", traits{kind: kindWrite}},
		{"select * from t FOR KEY SHARE", traits{kind: kindWrite}},
		{"select 1 into t", traits{kind: kindWrite}},
		{"with x as (delete from t returning *) select * from x", traits{kind: kindWrite}},
		{"select 'insert'", traits{kind: kindWrite}}, // cautious
		{"insert into t values ($1)", traits{kind: kindWrite}},
		{"Update t set a = 1", traits{kind: kindWrite}},
		{"merge into t using s on true when matched then delete", traits{kind: kindWrite}},
		{"create table t (a int)", traits{}},
		{"create temp table t (a int)", traits{kind: kindSession, dirty: true}},
		{"vacuum t", traits{}},
		{"explain select 1", traits{}},
		{"call p()", traits{}},
		{"", traits{}},
		{"begin", traits{kind: kindSession}},
		{"SET search_path = x", traits{kind: kindSession}},
		{"listen x", traits{kind: kindSession}},
		{"select set_config('a.b', 'c', false)", traits{kind: kindSession, dirty: true}},
		{"select pg_advisory_lock(1)", traits{kind: kindSession, dirty: true}},
		{"select pg_advisory_xact_lock(1)", traits{kind: kindRead}},
		{"insert into t select pg_try_advisory_lock ( 1 )", traits{kind: kindSession, dirty: true}},
	} {
		if got := classify(w.sql); got != w.want {
			t.Errorf("classify(%q) = %+v, want %+v", w.sql, got, w.want)
		}
	}
}

// Whatever the text is, a statement that changes data by a word of SQL is no
// plain read, and one that is no plain read is never repeated.
func FuzzClassify(f *testing.F) {
	for _, s := range []string{"select 1", "select x() for update", "with a as (insert into b default values) table a", "SeLeCt\x00InTo"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		got := classify(sql)
		if got.repeatable && got.kind != kindRead {
			t.Errorf("%+v", got)
		}
		for _, w := range []string{" insert ", " update ", " delete ", " merge ", " into "} {
			if strings.Contains(strings.ToLower(sql), w) && got.kind == kindRead {
				t.Errorf("%q is said to be a read", sql)
			}
		}
	})
}

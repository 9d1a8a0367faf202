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
		{"select pay(1)", traits{kind: kindWrite}}, // nobody knows what it does
		{"select pay (1)", traits{kind: kindWrite}},
		{`select "pay"(1)`, traits{kind: kindWrite}},
		{`select "Pay" (1)`, traits{kind: kindWrite}},
		{"select größe(1)", traits{kind: kindWrite}},
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
		{"select pg_advisory_xact_lock(1)", traits{kind: kindWrite}},
		{"insert into t select pg_try_advisory_lock ( 1 )", traits{kind: kindSession, dirty: true}},
	} {
		if got := classify(w.sql); got != w.want {
			t.Errorf("classify(%q) = %+v, want %+v", w.sql, got, w.want)
		}
	}
}

// What hides a call, or a table of the session, does not hide it from here.
func TestClassifySeesThrough(t *testing.T) {
	for _, w := range []struct {
		sql  string
		want traits
	}{
		{"select * from pay(1)", traits{kind: kindWrite}},
		{"select lo_import('/x')", traits{kind: kindWrite}},
		{"select pay/**/(1)", traits{kind: kindWrite}},
		{"select pay /* a /* b */ c */ -- d\r\v(1)", traits{kind: kindWrite}},
		{"select pay--\n(1)", traits{kind: kindWrite}},
		{"select app.count(1)", traits{kind: kindWrite}}, // not the count that is known
		{"select app . /**/ count(1)", traits{kind: kindWrite}},
		{`select "count"(1)`, traits{kind: kindWrite}},
		{`select "to count"(1)`, traits{kind: kindWrite}},
		{`select "a--count"(1)`, traits{kind: kindWrite}},
		{`select U&"p\0061y"(1)`, traits{}},
		{`select u&"set\005fconfig"('a.b', 'c', false)`, traits{}},
		{`select "set_config"/**/('a.b', 'c', false)`, traits{kind: kindSession, dirty: true}},
		{"select pg_catalog.set_config/**/('a.b', 'c', false)", traits{kind: kindSession, dirty: true}},
		{"values (nextval('s'))", traits{kind: kindWrite}},
		{"select 1 into temp t", traits{kind: kindSession, dirty: true}},
		{"select 1 into local temporary t", traits{kind: kindSession, dirty: true}},
		{"select 1 into pg_temp.t", traits{kind: kindSession, dirty: true}},
		{`create table "pg_temp".t (a int)`, traits{kind: kindSession, dirty: true}},
		{"create view pg_temp.v as select 1", traits{kind: kindSession, dirty: true}},
		{"insert into temp values (1)", traits{kind: kindWrite}},
		{"update t set temp = 1", traits{kind: kindWrite}},
		{"select 1 from pg_namespace where nspname !~ '^pg_temp'", traits{kind: kindRead, repeatable: true}},
		{"-- a\rcall pay(\nselect", traits{}},
		{"with x as materialized (delete from t returning *) select * from x", traits{kind: kindWrite}},
		{"explain analyze delete from t", traits{}},
		{"copy t from stdin", traits{}},
		{"select count(*) /* traceparent=1 */ from t -- x", traits{kind: kindRead, repeatable: true}},
		{`select "a" from "t" where "b" in (1) and ("c" = 2) or "d" = any ($1)`, traits{kind: kindRead, repeatable: true}},
		{"select pg_catalog.count(*) from t", traits{kind: kindRead, repeatable: true}},
		{"alter table t add column temp int", traits{}},
		{"create or replace temp view v as select 1", traits{kind: kindSession, dirty: true}},
		{"do $$ begin create temp table t (a int); end $$", traits{kind: kindSession, dirty: true}},
		{"select dblink_connect_u('x')", traits{kind: kindSession, dirty: true}},
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
		if got.repeatable != (got.kind == kindRead) {
			t.Errorf("%+v", got)
		}
		for _, w := range []string{" insert ", " update ", " delete ", " merge ", " into "} {
			if strings.Contains(strings.ToLower(sql), w) && got.kind == kindRead {
				t.Errorf("%q is said to be a read", sql)
			}
		}
	})
}

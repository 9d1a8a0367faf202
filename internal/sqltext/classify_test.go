package sqltext

import (
	"strings"
	"testing"
)

func TestClassify(t *testing.T) {
	for _, w := range []struct {
		sql  string
		want Traits
	}{
		{"select 1", Traits{Kind: Read, Repeatable: true}},
		{" -- a comment\n SELECT count(*) from t where a = $1", Traits{Kind: Read, Repeatable: true}},
		{"select a, updated_at, insert_time from updates", Traits{Kind: Read, Repeatable: true}},
		{"with x as (select 1) select * from x where a in (1, 2)", Traits{Kind: Read, Repeatable: true}},
		{"values (1), (2)", Traits{Kind: Read, Repeatable: true}},
		{"table t", Traits{Kind: Read, Repeatable: true}},
		{"select pay(1)", Traits{Kind: Write}}, // nobody knows what it does
		{"select pay (1)", Traits{Kind: Write}},
		{`select "pay"(1)`, Traits{Kind: Write}},
		{`select "Pay" (1)`, Traits{Kind: Write}},
		{"select größe(1)", Traits{Kind: Write}},
		{"select nextval('s')", Traits{Kind: Write}},
		{"select * from t for update", Traits{Kind: Write}},
		{"select * from t FOR KEY SHARE", Traits{Kind: Write}},
		{"select 1 into t", Traits{Kind: Write}},
		{"with x as (delete from t returning *) select * from x", Traits{Kind: Write}},
		{"select 'insert'", Traits{Kind: Write}}, // cautious
		{"insert into t values ($1)", Traits{Kind: Write}},
		{"Update t set a = 1", Traits{Kind: Write}},
		{"merge into t using s on true when matched then delete", Traits{Kind: Write}},
		{"create table t (a int)", Traits{}},
		{"create temp table t (a int)", Traits{Kind: Session, Dirty: true}},
		{"vacuum t", Traits{}},
		{"explain select 1", Traits{}},
		{"call p()", Traits{}},
		{"", Traits{}},
		{"begin", Traits{Kind: Session}},
		{"SET search_path = x", Traits{Kind: Session, Path: true}},
		{"set local search_path to x", Traits{Kind: Session, Path: true}},
		{"select set_config('search_path', $1, true)", Traits{Kind: Session, Dirty: true, Path: true}},
		{"select current_setting('search_path'), s from t", Traits{Kind: Read, Repeatable: true}},
		{"insert into log values ('set search_path')", Traits{Kind: Write}},
		{"show search_path", Traits{}},
		{"do $$ begin set search_path = x; end $$", Traits{Path: true}},
		{"set schema 'x'", Traits{Kind: Session, Path: true}},
		{"set local schema 'x'", Traits{Kind: Session, Path: true}},
		{"SET SESSION schema 'x'", Traits{Kind: Session, Path: true}},
		{"reset all", Traits{Kind: Session, Path: true}},
		{"discard all", Traits{Kind: Session, Path: true}},
		{"reset work_mem", Traits{Kind: Session}},
		{"alter table t set schema x", Traits{Path: true}}, // cautious
		{"create schema x", Traits{}},
		{"listen x", Traits{Kind: Session}},
		{"select set_config('a.b', 'c', false)", Traits{Kind: Session, Dirty: true, Path: true}},
		{"select pg_advisory_lock(1)", Traits{Kind: Session, Dirty: true}},
		{"select pg_advisory_xact_lock(1)", Traits{Kind: Write}},
		{"insert into t select pg_try_advisory_lock ( 1 )", Traits{Kind: Session, Dirty: true}},
	} {
		if got := Classify(w.sql); got != w.want {
			t.Errorf("Classify(%q) = %+v, want %+v", w.sql, got, w.want)
		}
	}
}

// What hides a call, or a table of the session, does not hide it from here.
func TestClassifySeesThrough(t *testing.T) {
	for _, w := range []struct {
		sql  string
		want Traits
	}{
		{"select * from pay(1)", Traits{Kind: Write}},
		{"select lo_import('/x')", Traits{Kind: Write}},
		{"select pay/**/(1)", Traits{Kind: Write}},
		{"select pay /* a /* b */ c */ -- d\r\v(1)", Traits{Kind: Write}},
		{"select pay--\n(1)", Traits{Kind: Write}},
		{"select app.count(1)", Traits{Kind: Write}}, // not the count that is known
		{"select app . /**/ count(1)", Traits{Kind: Write}},
		{`select "count"(1)`, Traits{Kind: Write}},
		{`select "to count"(1)`, Traits{Kind: Write}},
		{`select "a--count"(1)`, Traits{Kind: Write}},
		{`select U&"p\0061y"(1)`, Traits{}},
		{`select u&"set\005fconfig"('a.b', 'c', false)`, Traits{}},
		{`select "set_config"/**/('a.b', 'c', false)`, Traits{Kind: Session, Dirty: true, Path: true}},
		{"select pg_catalog.set_config/**/('a.b', 'c', false)", Traits{Kind: Session, Dirty: true, Path: true}},
		{"values (nextval('s'))", Traits{Kind: Write}},
		{"select 1 into temp t", Traits{Kind: Session, Dirty: true}},
		{"select 1 into local temporary t", Traits{Kind: Session, Dirty: true}},
		{"select 1 into pg_temp.t", Traits{Kind: Session, Dirty: true}},
		{`create table "pg_temp".t (a int)`, Traits{Kind: Session, Dirty: true}},
		{"create view pg_temp.v as select 1", Traits{Kind: Session, Dirty: true}},
		{"insert into temp values (1)", Traits{Kind: Write}},
		{"update t set temp = 1", Traits{Kind: Write}},
		{"select 1 from pg_namespace where nspname !~ '^pg_temp'", Traits{Kind: Read, Repeatable: true}},
		{"-- a\rcall pay(\nselect", Traits{}},
		{"with x as materialized (delete from t returning *) select * from x", Traits{Kind: Write}},
		{"explain analyze delete from t", Traits{}},
		{"copy t from stdin", Traits{}},
		{"select count(*) /* traceparent=1 */ from t -- x", Traits{Kind: Read, Repeatable: true}},
		{`select "a" from "t" where "b" in (1) and ("c" = 2) or "d" = any ($1)`, Traits{Kind: Read, Repeatable: true}},
		{"select pg_catalog.count(*) from t", Traits{Kind: Read, Repeatable: true}},
		{"alter table t add column temp int", Traits{}},
		{"create or replace temp view v as select 1", Traits{Kind: Session, Dirty: true}},
		{"do $$ begin create temp table t (a int); end $$", Traits{Kind: Session, Dirty: true}},
		{"select dblink_connect_u('x')", Traits{Kind: Session, Dirty: true}},
	} {
		if got := Classify(w.sql); got != w.want {
			t.Errorf("Classify(%q) = %+v, want %+v", w.sql, got, w.want)
		}
	}
}

func TestSessionWord(t *testing.T) {
	for sql, want := range map[string]string{
		"SET search_path = x": "set", "select 1, pg_advisory_lock(1)": "pg_advisory_lock", "create TEMP table t (a int)": "temp",
		"insert into t values (set_config('a.b', 'c', false))": "set_config", "select 1": "select", "": "",
	} {
		if got := SessionWord(sql); got != want {
			t.Errorf("SessionWord(%q) = %q, want %q", sql, got, want)
		}
	}
}

func TestMovesPath(t *testing.T) {
	for sql, want := range map[string]bool{
		"select 1; set search_path = x": true, "begin; set schema 'x'": true, "do $$ begin perform set_config('search_path', 'x', false); end $$": true,
		"select 1; select 2": false, "create schema x; create table x.t (a int)": false, "": false,
	} {
		if got := MovesPath(sql); got != want {
			t.Errorf("MovesPath(%q) = %v", sql, got)
		}
	}
}

func TestFirstWord(t *testing.T) {
	for sql, want := range map[string]string{
		"select 1": "select", "  \n\tSELECT": "select", "-- a\n-- b\nValues (1)": "values", "/* x */ /*y*/table t": "table",
		"/* /* */ */ select 1": "", "": "", "(select 1)": "select", "1": "", "/*": "", "--": "", "select(1)": "select", "/*/ select 1": "",
	} {
		if got := FirstWord(sql); got != want {
			t.Errorf("%q begins with %q, want %q", sql, got, want)
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
		got := Classify(sql)
		if got.Repeatable != (got.Kind == Read) {
			t.Errorf("%+v", got)
		}
		for _, w := range []string{" insert ", " update ", " delete ", " merge ", " into "} {
			if strings.Contains(strings.ToLower(sql), w) && got.Kind == Read {
				t.Errorf("%q is said to be a read", sql)
			}
		}
	})
}

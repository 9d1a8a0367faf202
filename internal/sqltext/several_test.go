package sqltext

import (
	"strings"
	"testing"
)

func TestSeveral(t *testing.T) {
	for sql, want := range map[string]bool{
		"": false, ";": false, " ; ; ": false, "select 1": false, "select 1;": false, "select 1; ;\n": false,
		"select 1; -- done; indeed": false, "select 1; /* done; /* ; */ ; */ ": false, "select /* ; */ 1": false,
		"select ';'": false, "select 'a'';''b'": false, `select ";"`: false, `select "a"";""b"`: false,
		"select $$;$$": false, "select $a$;$b$;$a$": false, "select $1;": false, "do $$ begin null; end $$;": false,
		"create function f() returns int language sql as $f$ select 1; select 2; $f$": false,
		"select E'\\n'": false, "select 'C:\\'": false, "select ';' 'unended": false, "select $$;": false, "select /* ;": false, "select \";": false,
		"select 1; select 2": true, "select 1;select 2;": true, "select 1; /* */ x": true, ";select 1": true, "; -- c\n select 1": true,
		"select $1; select 2": true, "select $1;$2;x": true, "select a$b;c$b$": true, "select $1$;x$": true, "select ';'; x": true, "-- ;\r;x": true,
		"select E'\\';' ; x": true, "select E'\\';'": true, "select '\\'; select 2; --'": true, // with standard_conforming_strings
		"create function f() returns int begin atomic select 1; end": true, "select 1 /* ; */; (select 2)": true, "begin;insert into t values (';');commit": true,
	} {
		if got := Several(sql); got != want {
			t.Errorf("Several(%q) = %v", sql, got)
		}
	}
}

// What is one statement stays one with a semicolon and a comment behind it, and
// becomes two with another statement.
func FuzzSeveral(f *testing.F) {
	for _, s := range []string{"select 1", "$a$;$a$", "';'", "/*;", "a$b;$b$", "E'\\';'", "--\r"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		got := Several(sql)
		if got && !strings.Contains(sql, ";") {
			t.Errorf("%q has no semicolon", sql)
		}
		if Several(sql+"\n;select 2") && Several("select 1;\n"+sql+"\n;select 2") {
			return
		}
		if strings.Count(sql, "'")+strings.Count(sql, `"`)+strings.Count(sql, "$")+strings.Count(sql, "/*") == 0 && strings.Trim(sql, "; \t\r\n\f\v") != "" && !strings.Contains(sql, "--") {
			t.Errorf("%q and another are one statement", sql)
		}
	})
}

func TestAsksPast(t *testing.T) {
	for sql, want := range map[string]bool{
		"select lastval()": true, "select pg_catalog.currval ('s')": true, "insert into t (id) values (currval('s'))": true,
		"select nextval('s'), currval('s')": false, "select lastval from t": false, "select 1": false,
	} {
		if got := AsksPast(sql); got != want {
			t.Errorf("AsksPast(%q) = %v", sql, got)
		}
	}
}

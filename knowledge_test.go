package parley

import (
	"fmt"
	"strings"
	"testing"

	"parley/pgtest"
	"parley/wire"
)

// sharing returns connections that share what they know, as those of a DB do.
func sharing(t *testing.T, server *pgtest.Server, n int, config Config) []*Conn {
	t.Helper()
	var shared knowledge
	cs := make([]*Conn, n)
	for i := range cs {
		cs[i] = connectRaw(t, server, config)
		cs[i].shared = &shared
	}
	return cs
}

// What one connection has learnt, another uses: bytes need no exchange to find
// out what they are, and the first use is in binary.
func TestKnowledgeIsShared(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	for _, config := range []Config{{}, {StatementCache: -1}} {
		cs := sharing(t, server, 2, config)
		const sql = "select $1::bytea, $2::int8"
		for i, want := range []int{2, 1} {
			n := exchanges(cs[i], func() {
				rows := cs[i].Query(t.Context(), sql, []byte{0xff, 0}, 7)
				var b []byte
				var k int64
				if !rows.Next() || rows.Scan(&b, &k) != nil || string(b) != "\xff\x00" || k != 7 {
					t.Errorf("connection %d: %x %d, %v", i, b, k, rows.Err())
				}
				if i == 1 && rows.Format(0) != 1 {
					t.Error("the second connection did not ask for binary")
				}
				if err := rows.Close(); err != nil {
					t.Error(err)
				}
			})
			if n != want {
				t.Errorf("connection %d took %d exchanges, want %d", i, n, want)
			}
			checkAlive(t, cs[i])
		}
		if a, b := cs[0].shared.described(sql), cs[1].cache.get(sql); b != nil && a != b.desc {
			t.Error("the connections do not share the description")
		}
	}
}

// What was learnt before a table changed misleads nobody: where it does not fit
// any more the statement is tried again without it.
func TestKnowledgeThatIsOutOfDate(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	for _, w := range []struct{ name, change, want string }{
		{"another type of a parameter", "alter table t alter a type text", "7 x"},
		{"another type of a column", "alter table t alter b type int using 5", "7 5"},
		{"another column", "alter table t add c int", "7 x"},
		{"fewer columns", "alter table t drop b", "7"},
	} {
		t.Run(w.name, func(t *testing.T) {
			cs := sharing(t, server, 2, Config{})
			mustExec(t, cs[0], "drop table if exists t")
			mustExec(t, cs[0], "create table t (a int8, b text)")
			mustExec(t, cs[0], "insert into t values (7, 'x')")
			const sql = "select * from t where a = $1"
			for range 2 {
				mustExec(t, cs[0], sql, 7)
			}
			if _, err := cs[0].Script(t.Context(), w.change); err != nil {
				t.Fatal(err)
			}
			arg := any(7)
			if strings.Contains(w.change, "text") {
				arg = "7"
			}
			for _, c := range []*Conn{cs[1], cs[0], cs[1]} {
				rows := c.Query(t.Context(), sql, arg)
				n := 0
				for ; rows.Next(); n++ {
					got := make([]string, len(rows.Columns()))
					dest := make([]any, len(got))
					for i := range got {
						dest[i] = &got[i]
					}
					if len(dest) == 3 {
						dest[2] = new(*int64)
					}
					if err := rows.Scan(dest...); err != nil {
						t.Error(err)
					}
					if line := strings.TrimSpace(strings.Join(got, " ")); w.want != "" && line != w.want {
						t.Errorf("got %q, want %q", line, w.want)
					}
				}
				if rows.Err() != nil || n != 1 {
					t.Errorf("%d rows, %v", n, rows.Err())
				}
				checkAlive(t, c)
				checkCache(t, c)
			}
		})
	}
}

// The store is bounded, keeps what is used, and takes no text that is too long.
func TestKnowledgeIsBounded(t *testing.T) {
	var k knowledge
	d := describe([]uint32{oidInt8}, []wire.Column{{Name: "a", Type: oidInt8}})
	for i := range 3 * maxKnown {
		if got := k.learn(fmt.Sprint("select ", i), d); got != d {
			t.Fatal("another description was kept")
		}
		if i%100 == 0 && k.described("select 0") != d {
			t.Fatalf("what is used all the time was dropped after %d", i)
		}
	}
	n := 0
	k.byText.Range(func(any, any) bool { n++; return true })
	if n != k.count || n > maxKnown || k.described(fmt.Sprint("select ", 3*maxKnown-1)) != d {
		t.Errorf("%d entries, counted %d, at most %d", n, k.count, maxKnown)
	}
	long := strings.Repeat("x", maxKnownText+1)
	if k.learn(long, d) != d || k.get(long) != nil || k.put(long) != nil {
		t.Error("a text that is too long was kept")
	}
	same := describe([]uint32{oidInt8}, []wire.Column{{Name: "a", Type: oidInt8}})
	if k.learn("select 1", d) != d || k.learn("select 1", same) != d {
		t.Error("the same description was not shared")
	}
	other := describe(nil, nil)
	if k.learn("select 1", other) != other || k.described("select 1") != other {
		t.Error("another description was not taken")
	}
	k.forget("select 1", d)
	if k.described("select 1") != other {
		t.Error("a description was forgotten that was replaced before")
	}
	if k.forget("select 1", other); k.described("select 1") != nil {
		t.Error("a description was not forgotten")
	}
}

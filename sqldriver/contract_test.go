package sqldriver_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"parley"
	"parley/internal/sqltext"
	"parley/pgtest"
	"parley/sqldriver"
)

// kinds gives each kind of handle to a function: an *sql.DB, an *sql.Conn without a
// session and with one, an *sql.Tx.
func kinds(t *testing.T, db *sql.DB, f func(name string, r runner)) {
	t.Helper()
	f("DB", db)
	for _, pinned := range []bool{false, true} {
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if pinned {
			exec(t, conn, "set application_name = 'pinned'")
		}
		f(fmt.Sprintf("Conn, with a session: %v", pinned), conn)
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	f("Tx", tx)
	_ = tx.Rollback()
}

// A statement can fail behind its last row, where its transaction ends. Whoever
// wants one row is told.
func TestFailureBehindTheLastRow(t *testing.T) {
	db := open(t)
	exec(t, db, "create table once (id serial, a int unique deferrable initially deferred); insert into once (a) values (7)")
	kinds(t, db, func(name string, r runner) {
		if name == "Tx" {
			return // it is told by COMMIT
		}
		for i := range 4 {
			var id int
			err := r.QueryRowContext(t.Context(), "insert into once (a) values ($1) returning id", 7).Scan(&id)
			if wantCode(t, err, "23505"); t.Failed() {
				t.Fatalf("%s, use %d", name, i+1)
			}
			err = r.QueryRowContext(t.Context(), "select 10 / (n - 3) from generate_series(1, $1::int) n", 3).Scan(&id)
			if wantCode(t, err, "22012"); t.Failed() {
				t.Fatalf("%s, use %d", name, i+1)
			}
		}
	})
	if n := one[int](t, db, "select count(*) from once"); n != 1 {
		t.Errorf("%d rows", n)
	}
}

// What fails before its first row is told by Query, also when its columns are
// known, since not everybody asks Rows.Err; rows before an error are given.
func TestFailuresOfQuery(t *testing.T) {
	db := open(t)
	kinds(t, db, func(name string, r runner) {
		for i := range 4 {
			rows, err := r.QueryContext(t.Context(), "select 10 / (n - 3) from generate_series(1, $1::int) n", 4)
			if err != nil && name != "Tx" {
				if wantCode(t, err, "22012"); rows != nil { // a small result is read before it is given
					t.Error("there are rows")
				}
			}
			if err == nil {
				for rows.Next() {
				}
				wantCode(t, rows.Err(), "22012")
				_ = rows.Close()
			}
			if name == "Tx" {
				return
			}
			_, err = r.QueryContext(t.Context(), "select 1 / $1::int", 0)
			if wantCode(t, err, "22012"); t.Failed() {
				t.Fatalf("%s, use %d", name, i+1)
			}
		}
	})
}

// A text is one statement or several as the server sees it.
func TestSeveralAsTheServerSeesIt(t *testing.T) {
	conn, err := parley.Connect(t.Context(), pgtest.Start(t, pgtest.Config{}).DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	values := []string{"1::text", "';'", "'a'';'", "$$;$$", "$a$;$$;$a$", "e'\\';'", "'\\'", `"a"";b"`, "a$b", "$1::text", "U&';'", "(select ';')"}
	gaps := []string{"", " ", "\n", "--;\n", "--';\r", "/*;*/", "/*/*;*/;*/", "\f\v", "/*'*/", "--$$\n"}
	ends := []string{";", "", ";;", "; select 2", ";values (1);", ";/*", ";--", "'", "$a$"}
	random := rand.New(rand.NewPCG(1, 2))
	of := func(from []string) string { return from[random.IntN(len(from))] }
	seen := 0
	for range 3000 {
		var b strings.Builder
		b.WriteString("select" + " " + of(gaps) + of(values))
		for range random.IntN(4) {
			b.WriteString(of(gaps) + "||" + of(gaps) + of(values))
		}
		b.WriteString(" from (select 1 as a$b, 2 as " + `"a"";b"` + ") x" + of(gaps) + of(ends) + of(gaps))
		_, _, err := conn.Describe(t.Context(), b.String())
		e, _ := errors.AsType[*parley.ServerError](err)
		if several := e != nil && strings.Contains(e.Message, "multiple commands"); several {
			seen++
			if !sqltext.Several(b.String()) {
				t.Errorf("%q has several statements", b.String())
			}
		} else if err == nil && sqltext.Several(b.String()) && !strings.Contains(b.String(), "\\") {
			t.Errorf("%q is one statement", b.String())
		}
	}
	if seen < 100 {
		t.Errorf("%d texts had several statements", seen)
	}
}

// A semicolon in a literal does not make a statement need a session.
func TestSemicolonInLiteral(t *testing.T) {
	db, own := openBoth(t, parley.Config{})
	for _, query := range []string{"select 'a;b'", "select 'a' || $$;b$$ -- c;", "select /* ; */ 'a;b';\n-- done"} {
		one[string](t, db, query) // the first use is on a connection of its own
		waits := own.Stats().Waits
		if got := one[string](t, db, query); !strings.Contains(got, "a") || own.Stats().Waits != waits || own.Stats().Opened > 1 {
			t.Errorf("%s: %q, %+v", query, got, own.Stats())
		}
	}
}

// Of several statements those that return rows give results.
func TestResultsOfSeveral(t *testing.T) {
	db := open(t)
	kinds(t, db, func(name string, r runner) {
		var got []int
		rows, err := r.QueryContext(t.Context(), "set local work_mem = '1MB'; select 7; do $$ begin null; end $$; select 8 union all select 9 order by 1; select from pg_class limit 2; values (10)")
		if err != nil {
			t.Fatal(name, err)
		}
		for more := true; more; more = rows.NextResultSet() {
			columns, err := rows.Columns()
			if err != nil {
				t.Fatal(err)
			}
			for rows.Next() {
				n := -1
				if len(columns) > 0 {
					err = rows.Scan(&n)
				}
				if got = append(got, n); err != nil {
					t.Error(err)
				}
			}
		}
		if fmt.Sprint(got) != "[7 8 9 -1 -1 10]" || rows.Err() != nil {
			t.Error(name, got, rows.Err())
		}
		_ = rows.Close()
		if n := one[int](t, r, "create temp table if not exists few (a int); insert into few values (1); select count(*) from few; drop table few"); n != 1 {
			t.Errorf("%s: %d", name, n)
		}
		rows, err = r.QueryContext(t.Context(), "create temp table none (a int); drop table none")
		if err != nil {
			t.Fatal(err)
		}
		if rows.Next() || rows.NextResultSet() || rows.Err() != nil {
			t.Error("there are rows", rows.Err())
		}
		_ = rows.Close()
		if name == "Tx" {
			return // whose end this would be
		}
		_, err = r.QueryContext(t.Context(), "select 1; select 1/0; select 2")
		wantCode(t, err, "22012")
		_, err = r.ExecContext(t.Context(), "create table undone (a int); select 1/0")
		wantCode(t, err, "22012")
		_, err = r.ExecContext(t.Context(), "select 1 from undone")
		wantCode(t, err, "42P01")
	})
}

// The last value of a sequence is that of the same session, or an error.
func TestLastValueIsNobodyElses(t *testing.T) {
	db, _ := openBoth(t, parley.Config{MaxConns: 1, Lanes: 1})
	exec(t, db, "create table numbered (id serial, a int)")
	const add = "insert into numbered (a) values ($1)"
	for i := range 4 {
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		exec(t, tx, add, i)
		id := one[int](t, tx, "select lastval()")
		if got := one[int](t, tx, "select currval('numbered_id_seq')"); got != id {
			t.Errorf("%d, want %d", got, id)
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		if err := db.QueryRowContext(t.Context(), "select lastval()").Scan(&id); err == nil || !strings.Contains(err.Error(), "RETURNING") {
			t.Error(id, err)
		}
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		exec(t, conn, add, i)
		if err := conn.QueryRowContext(t.Context(), "select lastval()").Scan(&id); err == nil {
			t.Errorf("%d is of another session", id)
		}
		exec(t, conn, "set application_name = 'x'")
		if err := conn.QueryRowContext(t.Context(), "select lastval()").Scan(&id); err == nil {
			t.Errorf("%d is of another session", id)
		}
		exec(t, conn, add, i)
		id = one[int](t, conn, "select lastval()")
		if got := one[int](t, conn, "select max(id) from numbered"); got != id {
			t.Errorf("%d, want %d", id, got)
		}
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Values that ask for themselves are asked as database/sql's own converter does.
type (
	byValue   struct{ s string }
	byPointer struct{ s string }
	list      []string
	table     map[string]string
)

func (v byValue) Value() (driver.Value, error) { return v.s, nil }

func (v *byPointer) Value() (driver.Value, error) {
	if v == nil {
		return "nobody", nil
	}
	return v.s, nil
}

func (v list) Value() (driver.Value, error)  { return "[" + strings.Join(v, ",") + "]", nil }
func (v table) Value() (driver.Value, error) { return fmt.Sprint(len(v)), nil }

var errNoValue = errors.New("no value")

type failing struct{}

func (failing) Value() (driver.Value, error) { return nil, errNoValue }

type (
	myInt    int
	myString string
	myBytes  []byte
	myBool   bool
	myFloat  float32
)

// All that database/sql's own converter takes arrives alike, whether the statement
// is known or not.
func TestArgumentsOfDatabaseSQL(t *testing.T) {
	db := open(t)
	n := 5
	p := &n
	at := time.Date(2020, 1, 2, 3, 4, 5, 6000, time.FixedZone("x", 3600))
	for _, w := range []struct {
		typ  string
		arg  any
		want string
	}{
		{"text", byValue{"x"}, "x"}, {"text", &byValue{"x"}, "x"}, {"text", (*byValue)(nil), "NULL"}, {"text", &byPointer{"x"}, "x"}, {"text", (*byPointer)(nil), "nobody"},
		{"text", list{"a"}, "[a]"}, {"text", list(nil), "[]"}, {"text", table(nil), "0"}, {"int", table{"a": "b"}, "1"}, {"json", list(nil), "[]"}, {"jsonb", list{"1"}, "[1]"},
		{"bigint", 90 * time.Second, "90000000000"}, {"int", myInt(4), "4"}, {"text", myString("a"), "a"}, {"bytea", myBytes("ab"), `\x6162`}, {"bool", myBool(true), "true"},
		{"float8", myFloat(1.5), "1.5"}, {"numeric", float32(0.1), "0.10000000149011612"}, {"float8", float32(0.1), "0.10000000149011612"}, {"float4", float32(0.1), "0.1"},
		{"int", &p, "5"}, {"int", (*int)(nil), "NULL"}, {"int", (**int)(nil), "NULL"}, {"bytea", []byte(nil), "NULL"}, {"bytea", []byte{}, `\x`}, {"int", nil, "NULL"},
		{"text", []byte("abc"), "abc"}, {"jsonb", []byte(`{"a":1}`), `{"a": 1}`}, {"int", []byte("42"), "42"}, {"uuid", []byte("00000000-0000-0000-0000-000000000001"), "00000000-0000-0000-0000-000000000001"},
		{"text", 42, "42"}, {"int", "42", "42"}, {"int", 4.0, "4"}, {"numeric", 1.5, "1.5"}, {"text", true, "true"}, {"text", 1.5, "1.5"},
		{"timestamptz", at, "2020-01-02 02:04:05.000006+00"}, {"timestamp", at, "2020-01-02 03:04:05.000006"}, {"date", at, "2020-01-02"}, {"time", at, "03:04:05.000006"},
		{"numeric", uint64(1 << 63), "9223372036854775808"}, {"bigint", uint64(1 << 62), "4611686018427387904"}, {"int", uint8(3), "3"},
		{"text", sql.Null[string]{V: "z", Valid: true}, "z"}, {"text", sql.Null[string]{}, "NULL"}, {"timestamptz", sql.NullTime{Time: at, Valid: true}, "2020-01-02 02:04:05.000006+00"},
		{"int", sql.NullInt64{Int64: 5, Valid: true}, "5"}, {"float8", sql.NullFloat64{Float64: 1.5, Valid: true}, "1.5"}, {"bool", sql.NullBool{Bool: true, Valid: true}, "true"},
		{"int", sql.NullByte{Byte: 7, Valid: true}, "7"}, {"text", sql.RawBytes("raw"), "raw"}, {"money", "$12.00", "$12.00"}, {"interval", "1 day", "1 day"},
		{"text", &sql.NullString{String: "q", Valid: true}, "q"}, {"text", (*sql.NullString)(nil), "NULL"},
	} {
		query := fmt.Sprintf("select coalesce(($1::%s)::text, 'NULL') /* %T */", w.typ, w.arg)
		for i := range 3 {
			var got string
			if err := db.QueryRowContext(t.Context(), query, w.arg).Scan(&got); err != nil || got != w.want {
				t.Errorf("%T as %s, use %d: %q, %v, want %q", w.arg, w.typ, i+1, got, err, w.want)
			}
		}
	}
	for range 2 {
		if _, err := db.ExecContext(t.Context(), "select $1::text", failing{}); !errors.Is(err, errNoValue) {
			t.Error(err)
		}
	}
}

// driver.ErrBadConn never stands alone: it says what happened.
func TestLostSessionIsTold(t *testing.T) {
	db, own := openBoth(t, parley.Config{})
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	exec(t, conn, "set application_name = 'mine'")
	pid := one[int](t, conn, "select pg_backend_pid()")
	exec(t, db, "select pg_terminate_backend($1)", pid)
	var name string
	err = conn.QueryRowContext(t.Context(), "show application_name").Scan(&name)
	if e, ok := errors.AsType[*parley.OpError](err); !ok || e.Sent && errors.Is(err, driver.ErrBadConn) {
		t.Errorf("%v, %q", err, name)
	}
	for err == nil || !errors.Is(err, driver.ErrBadConn) { // it is said once that it was sent, then that it is gone
		err = conn.QueryRowContext(t.Context(), "show application_name").Scan(&name)
	}
	if e, ok := errors.AsType[*parley.OpError](err); !ok || e.Sent || err.Error() == driver.ErrBadConn.Error() {
		t.Errorf("%v, %q", err, name)
	}
	if err := conn.PingContext(t.Context()); !errors.Is(err, sql.ErrConnDone) {
		t.Error(err)
	}
	if s := own.Stats(); s.Conns > 1 {
		t.Errorf("%+v", s)
	}
}

// A second BEGIN does not make the first transaction something else.
func TestBeginTwice(t *testing.T) {
	db := open(t)
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	tx, err := conn.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	exec(t, tx, "create table twice (a int)")
	if _, err := conn.BeginTx(t.Context(), nil); err == nil {
		t.Error("a transaction was begun within another")
	}
	exec(t, tx, "commit")
	if _, err := tx.ExecContext(t.Context(), "insert into twice values (1)"); !errors.Is(err, parley.ErrTxLost) {
		t.Errorf("outside of the transaction: %v", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Error(err)
	}
	if n := one[int](t, conn, "select count(*) from twice"); n != 0 {
		t.Error(n)
	}
}

// A context that ends ends a COMMIT too, which would wait for ever otherwise.
func TestCommitThatHangs(t *testing.T) {
	db, own := openBoth(t, parley.Config{MaxConns: 2})
	exec(t, db, `create table slow (a int); create function wait() returns trigger language plpgsql as $$ begin perform pg_sleep(600); return null; end $$;
		create constraint trigger waits after insert on slow deferrable initially deferred for each row execute function wait()`)
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "insert into slow values (1)"); err != nil {
		t.Fatal(err)
	}
	err = tx.Commit()
	if e, ok := errors.AsType[*parley.OpError](err); !errors.Is(err, context.DeadlineExceeded) || ok && !e.Sent {
		t.Error(err)
	}
	if n := one[int](t, db, "select count(*) from slow"); n != 0 {
		t.Error(n)
	}
	if s := own.Stats(); s.Dropped > 0 {
		t.Errorf("a connection was lost: %+v", s)
	}
}

var _ driver.Validator = (*sqldriver.Conn)(nil)

package parley

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/pgtest"
)

// rowsOf is a sequence of rows without an error.
func rowsOf[T any](rows ...T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// records reads a CSV file row by row.
func records(file string) iter.Seq2[[]string, error] {
	r := csv.NewReader(strings.NewReader(file))
	return func(yield func([]string, error) bool) {
		for {
			record, err := r.Read()
			if err == io.EOF || !yield(record, err) || err != nil {
				return
			}
		}
	}
}

// TestCopyInOfSlices: rows whose columns are known only when the program runs.
func TestCopyInOfSlices(t *testing.T) {
	c := connect(t, Config{ConnString: pgtest.Start(t, pgtest.Config{}).DSN()})
	ctx := t.Context()
	mustExec(t, c, "create table s (id int, name text, at timestamptz, tags text[], doc jsonb, n numeric, raw bytea)")
	at := time.Date(2020, 2, 3, 4, 5, 6, 0, time.FixedZone("", 3600))
	stored := func() string {
		return value(t, c, "select coalesce(string_agg(s::text, ' ' order by id), '') from s")
	}
	for _, w := range []struct {
		run  func(ctx context.Context) (int64, error)
		want string
	}{
		{func(ctx context.Context) (int64, error) {
			return CopyIn(ctx, c, "s", rowsOf(
				[]any{1, "a\tb\\", at, []string{"x", "y,z"}, map[string]any{"k": 1}, 1.5, []byte{0, 255}},
				[]any{int8(2), nil, "2020-02-03 00:00+00", nil, `{"k": "v"}`, "12.50", nil},
				[]any{"3", new("p"), nil, "{q}", []int{1}, uint64(1 << 63), "text"}))
		}, `(1,"a	b\\","2020-02-03 03:05:06+00","{x,""y,z""}","{""k"": 1}",1.5,"\\x00ff") (2,,"2020-02-03 00:00:00+00",,"{""k"": ""v""}",12.50,) (3,p,,{q},[1],9223372036854775808,"\\x74657874")`},
		{func(ctx context.Context) (int64, error) {
			return CopyIn(ctx, c, "s", records("1,one\n2,\"t,wo\"\n3,\n"), "id", "name")
		}, `(1,one,,,,,) (2,"t,wo",,,,,) (3,"",,,,,)`},
		{func(ctx context.Context) (int64, error) {
			return CopyIn(ctx, c, "s", rowsOf([]any{1}, []any{2}, []any{3}), "id")
		}, `(1,,,,,,) (2,,,,,,) (3,,,,,,)`},
		{func(ctx context.Context) (int64, error) {
			return CopyIn(ctx, c, "s", rowsOf([]*int{new(1), nil}, []*int{new(2), new(20)}, []*int{new(3), new(30)}), "id", "n")
		}, `(1,,,,,,) (2,,,,,20,) (3,,,,,30,)`},
	} {
		for range 2 {
			mustExec(t, c, "set timezone = 'UTC'")
			mustExec(t, c, "truncate s")
			if n, err := w.run(ctx); n != 3 || err != nil {
				t.Errorf("%d rows, %v", n, err)
			}
			if got := stored(); got != w.want {
				t.Errorf("stored\n%s\nwant\n%s", got, w.want)
			}
		}
	}
	checkAlive(t, c)
}

// TestCopyInOfBadSlices: a row that does not fit is told of by its place, and
// nothing is stored.
func TestCopyInOfBadSlices(t *testing.T) {
	c := connect(t, Config{ConnString: pgtest.Start(t, pgtest.Config{}).DSN()})
	mustExec(t, c, "create table s (id int, name text)")
	mine := errors.New("mine")
	for _, w := range []struct {
		rows iter.Seq2[[]any, error]
		want func(error) bool
	}{
		{rowsOf([]any{1, "a"}, []any{2}), says("a row of 1 values for 2 columns")},
		{rowsOf([]any{1, "a"}, nil), says("a row of 0 values for 2 columns")},
		{rowsOf([]any{1, "a", nil}), says("a row of 3 values for 2 columns")},
		{rowsOf([]any{1, "a"}, []any{2, make(chan int)}), says(`column "name"`)},
		{rowsOf([]any{1, "a"}, []any{"x", "b"}), says("COPY s, line 2, column id")},
		{rowsOf([]any{1, "a\x00"}), says("zero byte")},
		{func(yield func([]any, error) bool) { _ = yield([]any{1, "a"}, nil) && yield(nil, mine) }, is(mine)},
	} {
		if _, err := CopyIn(t.Context(), c, "s", w.rows); !w.want(err) {
			t.Error(err)
		}
		checkAlive(t, c)
	}
	if n := value(t, c, "select count(*) from s"); n != "0" {
		t.Errorf("%s rows are stored", n)
	}
}

// TestAdvice: what is most likely meant is said.
func TestAdvice(t *testing.T) {
	c := connect(t, Config{ConnString: pgtest.Start(t, pgtest.Config{}).DSN()})
	for _, w := range []struct {
		sql  string
		arg  any
		want string
	}{
		{"select 1 where 1 in ($1)", []int{1, 2}, "= any ($1) in place of in ($1)"},
		{"select $1", []string{"a"}, "a cast, as in $1::text[]"},
		{"select now() - $1", time.Hour, "cast, as in $1::interval"},
		{"select current_date - $1", time.Hour, "cast, as in $1::interval"},
	} {
		for range 2 {
			_, err := c.Exec(t.Context(), w.sql, w.arg)
			if e, ok := errors.AsType[*ArgumentError](err); !ok || !strings.Contains(e.Problem, w.want) {
				t.Errorf("%s: %v", w.sql, err)
			}
		}
	}
	for _, arg := range []any{time.Hour, "1 hour"} {
		if _, err := c.Exec(t.Context(), "select now() - $1::interval", arg); err != nil {
			t.Error(err)
		}
	}
	if ids, err := All[int](t.Context(), c, "select g from generate_series(1, 9) g where g = any ($1)", []int{2, 4}); err != nil || !slices.Equal(ids, []int{2, 4}) {
		t.Error(ids, err)
	}
}

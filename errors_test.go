package parley

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"parley/internal/exchange"
	"parley/pgtest"
	"parley/wire"
)

func TestServerErrorText(t *testing.T) {
	for _, w := range []struct {
		e    ServerError
		want string
		draw string
	}{
		{ServerError{Severity: "ERROR", Message: "no", Code: "XX000", Index: -1}, "ERROR: no (SQLSTATE XX000)", ""},
		{ServerError{Severity: "ERROR", Message: "no", Code: "XX000", Detail: "d", Hint: "h"},
			"statement 0 of the batch: ERROR: no (SQLSTATE XX000): d (hint: h)", ""},
		{ServerError{Severity: "ERROR", Message: "no", Code: "22P02", Hint: "h", Where: "COPY t, line 2, column a: \"s3cret\"\nand more", Index: -1},
			"ERROR: no (SQLSTATE 22P02) at COPY t, line 2, column a (hint: h)", ""},
		{ServerError{Severity: "ERROR", Message: "no", Code: "22P02", Where: "SQL function \"f\"", Index: -1}, "ERROR: no (SQLSTATE 22P02)", ""},
		{ServerError{SQL: "selec 1", Position: 1, Index: -1}, ":  (SQLSTATE )", "line 1: selec 1\n        ^"},
		{ServerError{SQL: "a\n\tbé c", Position: 6, Index: -1}, ":  (SQLSTATE )", "line 2: \tbé c\n        \t  ^"},
		{ServerError{SQL: "a\r\nb", Position: 1, Index: -1}, ":  (SQLSTATE )", "line 1: a\n        ^"},
		{ServerError{SQL: "select", Position: 7, Index: -1}, ":  (SQLSTATE )", "line 1: select\n              ^"},
		{ServerError{SQL: "select", Position: 8, Index: -1}, ":  (SQLSTATE )", ""},
		{ServerError{SQL: "", Position: math.MaxInt, Index: -1}, ":  (SQLSTATE )", ""},
		{ServerError{SQL: "select f()", InternalQuery: "x y", InternalPosition: 3, Index: -1}, ":  (SQLSTATE )", "line 1: x y\n          ^"},
	} {
		if got := w.e.Error(); got != w.want {
			t.Errorf("%q, want %q", got, w.want)
		}
		if got := w.e.Draw(); got != w.draw {
			t.Errorf("drawn as\n%s\nwant\n%s", got, w.draw)
		}
	}
}

// TestDrawLongLines: what programs make may be lines of megabytes.
func TestDrawLongLines(t *testing.T) {
	long := strings.Repeat("é", 1<<20)
	e := ServerError{SQL: "select 1,\n\t'" + long + "' oops '" + long + "'", Position: 10 + 2 + 1<<20 + 3}
	line, caret, _ := strings.Cut(e.Draw(), "\n")
	if !strings.HasPrefix(line, "line 2: …éé") || !strings.HasSuffix(line, "éé…") || len(line) > 3*maxDrawn || !utf8.ValidString(line) {
		t.Errorf("drawn as %q", line)
	}
	before, _, found := strings.Cut(line, "oops")
	if !found || utf8.RuneCountInString(before)+1 != len(caret) {
		t.Errorf("drawn as\n%s\n%s", line, caret)
	}
}

// TestErrorsOfOthers: programs that were written for database/sql find what they
// look for.
func TestErrorsOfOthers(t *testing.T) {
	for _, w := range []struct {
		own, other error
	}{{ErrNoRows, sql.ErrNoRows}, {ErrTxDone, sql.ErrTxDone}} {
		err := fmt.Errorf("while at it: %w", w.own)
		if !errors.Is(err, w.own) || !errors.Is(err, w.other) || errors.Is(w.other, w.own) {
			t.Errorf("%v is not told from or taken for %v", w.own, w.other)
		}
	}
	if errors.Is(ErrNoRows, sql.ErrTxDone) || errors.Is(ErrTxDone, ErrNoRows) {
		t.Error("one is taken for another")
	}
}

func TestParseServerError(t *testing.T) {
	m := pgtest.Failure("23505", "message")
	for code, value := range map[wire.FieldCode]string{wire.FieldPosition: "12", wire.FieldLine: "-3", wire.FieldInternalPosition: "x",
		wire.FieldConstraint: "c", wire.FieldTable: "t", wire.FieldSchema: "s"} {
		m.Fields = append(m.Fields, wire.ResponseField{Code: code, Value: value})
	}
	e, err := parseServerError(bytesOf(t, m)[5:])
	if err != nil || e.Position != 12 || e.Line != 0 || e.InternalPosition != 0 || e.Constraint != "c" || e.Table != "t" || e.Schema != "s" ||
		e.Code != "23505" || e.Message != "message" || e.Severity != "ERROR" || e.Fatal() {
		t.Errorf("%+v, %v", e, err)
	}
	old, err := parseServerError([]byte("SPANIC\x00\x00"))
	if err != nil || !old.Fatal() {
		t.Errorf("%+v, %v", old, err)
	}
	if _, err := parseServerError([]byte("S")); err == nil {
		t.Error("half a field was taken")
	}
}

func TestEnded(t *testing.T) {
	fatal, failure := bytesOf(t, pgtest.Fatal("57P01", "m"))[5:], bytesOf(t, pgtest.Failure("XX000", "m"))[5:]
	for _, w := range []struct {
		err  error
		want func(error) bool
	}{
		{io.EOF, is(io.EOF)},
		{&exchange.EndedError{Body: fatal}, hasCode("57P01")},
		{&exchange.EndedError{Body: fatal, Err: io.EOF}, hasCode("57P01")},
		{&exchange.EndedError{Body: failure}, hasCode("XX000")},
		{&exchange.EndedError{Body: failure, Err: io.EOF}, is(io.EOF)}, // an earlier one, not why it ended
		{&exchange.EndedError{Body: []byte("x"), Err: io.EOF}, is(io.EOF)},
		{&exchange.EndedError{Body: []byte("x")}, says("the server ended the session")},
	} {
		if got := ended(w.err); !w.want(got) {
			t.Errorf("%v became %v", w.err, got)
		}
	}
	e := &OpError{Op: "query", Err: io.EOF}
	if !errors.Is(e, io.EOF) || e.Error() != "query: EOF" {
		t.Error(e)
	}
	a := &ArgumentError{Index: 2, Type: "int4", Go: "chan int", Problem: "it is odd", Err: io.EOF}
	if a.Error() != "argument $2 (chan int, for type int4): it is odd" || !errors.Is(a, io.EOF) {
		t.Error(a)
	}
	if s := (&LostError{Count: 2}).Error(); !strings.HasPrefix(s, "2 notifications") {
		t.Error(s)
	}
}

// Zero is the default, negative is off.
func TestConfigLimits(t *testing.T) {
	zero, off, set := Config{}, Config{StatementCache: -1, StatementCacheBytes: -1, CancelTimeout: -1, MaxHeld: -1, MaxNotifications: -1, MaxMessage: -1},
		Config{StatementCache: 1, StatementCacheBytes: 2, CancelTimeout: 3, MaxHeld: 4, MaxNotifications: 5, MaxMessage: 6}
	for _, w := range []struct {
		c    Config
		want [7]int64
	}{
		{zero, [7]int64{512, 4 << 20, int64(5 * time.Second), 1 << 30, 1 << 16, 0, int64(5 * time.Second)}},
		{off, [7]int64{-1, math.MaxInt, -1, math.MaxInt, math.MaxInt, 0, int64(5 * time.Second)}},
		{set, [7]int64{1, 2, 3, 4, 5, 6, 3}},
	} {
		count, bytes := w.c.statementCache()
		got := [7]int64{int64(count), int64(bytes), int64(w.c.cancelTimeout()), int64(w.c.maxHeld()), int64(w.c.maxNotifications()),
			int64(w.c.maxMessage()), int64(w.c.rollbackTimeout())}
		if got != w.want {
			t.Errorf("%v, want %v", got, w.want)
		}
	}
}

func TestIdentifier(t *testing.T) {
	for name, want := range map[string]string{"a": `"a"`, `a"b`: `"a""b"`, "": `""`, "A b": `"A b"`} {
		if got := Identifier(name); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}

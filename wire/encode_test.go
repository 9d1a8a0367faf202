package wire

import (
	"errors"
	"runtime"
	"slices"
	"testing"
)

// An encodeFlaw is a message that cannot be encoded, and what must be said of it.
type encodeFlaw struct {
	name    string
	msg     Message
	field   string
	problem string
}

var refusals = slices.Concat(startupRefusals, negotiateRefusals, authenticationRefusals, saslRefusals, queryRefusals,
	rowsRefusals, completeRefusals, responseRefusals, functionRefusals, copyRefusals, backupRefusals,
	pgoutputRefusals, pgoutputRowsRefusals, pgoutputStreamRefusals, largeRefusals())

const tooLong = "makes the message longer than 1 GiB - 1"

// large is a value of 16 MiB. Sixty-four of them are one message too many.
var large = make([]byte, 1<<24)

func repeat[T any](n int, v T) []T { return slices.Repeat([]T{v}, n) }

// largeRefusals are messages that would be longer than a message can be. The
// same bytes stand in them many times, so that they take no room.
func largeRefusals() []encodeFlaw {
	text, binary := TupleColumn{'t', large}, TupleColumn{'b', large}
	return []encodeFlaw{
		{"too long", &Bind{Params: repeat(64, large)}, "params[63]", tooLong},
		{"too long", &DataRow{repeat(65535, large)}, "values[63]", tooLong},
		{"too long", &FunctionCall{Args: repeat(64, large)}, "args[63]", tooLong},
		{"too long", &LogicalInsert{New: repeat(64, binary)}, "new.columns[63]", tooLong},
		{"too long", &LogicalUpdate{OldKind: 'K', Old: repeat(1, text), New: repeat(64, text)}, "new.columns[62]", tooLong},
		{"old too long", &LogicalUpdate{OldKind: 'O', Old: repeat(70, binary)}, "old.columns[63]", tooLong},
		{"too long", &LogicalDelete{OldKind: 'O', Old: repeat(64, text)}, "old.columns[63]", tooLong},
	}
}

// A message that is too long is refused before its values are copied.
func TestRefusalCopiesNothing(t *testing.T) {
	for _, r := range largeRefusals() {
		if m, ok := r.msg.(*LogicalUpdate); ok && m.OldKind == 'K' {
			continue // the old row fits, and is there before the new one is looked at
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := r.msg.Append(nil); err == nil {
			t.Errorf("%v: no error", r.msg.Kind())
		}
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%v: %d bytes were allocated", r.msg.Kind(), n)
		}
	}
}

// full returns an encoder of a message that has room for n more bytes, and
// pretends that the others are there.
func full(k Kind, n int) *encoder {
	e := encode(nil, k)
	e.start = len(e.buf) + n - MaxMessage
	return &e
}

// Every way to append checks the room that is left, to the byte.
func TestRoom(t *testing.T) {
	const k = KindQuery
	for _, c := range []struct {
		name   string
		size   int
		append func(*encoder)
		field  string
	}{
		{"cstring", 4, func(e *encoder) { e.cstring("f", "abc") }, "f"},
		{"cstringAt", 1, func(e *encoder) { e.cstringAt("f", 3, "") }, "f[3]"},
		{"member", 3, func(e *encoder) { e.cstringAt("f[].name", 3, "ab") }, "f[3].name"},
		{"nonEmpty", 2, func(e *encoder) { e.nonEmpty("f", 0, "a") }, "f[0]"},
		{"bytes", 3, func(e *encoder) { e.bytes("f", []byte("abc")) }, "f"},
		{"sized", 3, func(e *encoder) { e.sized("f", []byte("abc"), 3, 3) }, "f"},
		{"NULL", 4, func(e *encoder) { e.value("f", 7, nil) }, "f[7]"},
		{"value", 7, func(e *encoder) { e.value("f", -1, []byte("abc")) }, "f"},
		{"notNull", 4, func(e *encoder) { e.notNull("f", -1, nil) }, "f"},
		{"formats", 6, func(e *encoder) { e.formats("f", make([]Format, 2)) }, "f"},
		{"values", 11, func(e *encoder) { e.values("f", [][]byte{nil, {1}}) }, "f[1]"},
		{"tuple", 9, func(e *encoder) { e.tuple("f", 'N', []TupleColumn{{'n', nil}, {'t', nil}}) }, "f[1]"},
		{"column", 20, func(e *encoder) { (&Column{Name: "a"}).append(e, 2) }, "columns[2]"},
	} {
		e := full(k, c.size)
		c.append(e)
		if e.problem != "" || len(e.buf) != 5+c.size {
			t.Errorf("%s with room: %q, %d bytes, want %d", c.name, e.problem, len(e.buf)-5, c.size)
		}
		e = full(k, c.size-1)
		c.append(e)
		if want := (EncodeError{"Query", c.field, tooLong}); e.problem == "" || *e.err().(*EncodeError) != want {
			t.Errorf("%s without room: %v, want %v", c.name, e.err(), &want)
		}
		c.append(e)
		if len(e.buf) > 5+c.size {
			t.Errorf("%s: a failed encoder goes on appending", c.name)
		}
	}
}

// The numbers of elements are checked with what the elements need at least.
func TestRoomForLists(t *testing.T) {
	e := full(KindParse, 9)
	if e.count16("f", 2, 4); e.err().(*EncodeError).Problem != tooLong {
		t.Errorf("count16: %v", e.err())
	}
	e = full(KindNegotiateProtocolVersion, 8)
	if e.count32("f", 5, 1); e.err().(*EncodeError).Problem != tooLong {
		t.Errorf("count32: %v", e.err())
	}
	e = full(KindBind, 100)
	if e.count16("f", 65535, 0); e.problem != "" {
		t.Errorf("65535 elements: %v", e.err())
	}
	if e.count16("f", 65536, 0); e.err().(*EncodeError).Problem != "has 65536 elements, more than 65535" {
		t.Errorf("65536 elements: %v", e.err())
	}
}

// The most elements that a list can have are encoded and read back.
func TestLongestLists(t *testing.T) {
	const n = 65535
	for _, m := range []Message{
		&Parse{ParamTypes: repeat(n, uint32(23))},
		&Bind{"", "", repeat(n, BinaryFormat), repeat(n, []byte("x")), repeat(n, TextFormat)},
		&ParameterDescription{repeat(n, uint32(1))},
		&RowDescription{repeat(n, Column{Name: "c"})},
		&DataRow{make([][]byte, n)},
		&FunctionCall{1, repeat(n, TextFormat), repeat(n, []byte{}), 0},
		&CopyInResponse{0, repeat(n, TextFormat)},
		&CopyOutResponse{0, repeat(n, TextFormat)},
		&CopyBothResponse{1, repeat(n, BinaryFormat)},
		&LogicalRelation{Columns: repeat(n, RelationColumn{Name: "c"})},
		&LogicalInsert{New: repeat(n, TupleColumn{'n', nil})},
		&LogicalUpdate{OldKind: 'O', Old: repeat(n, TupleColumn{'u', nil}), New: repeat(n, TupleColumn{'t', []byte{}})},
		&LogicalDelete{OldKind: 'K', Old: repeat(n, TupleColumn{'b', []byte{1}})},
	} {
		b := mustAppend(t, m)
		got := New(m.Kind())
		if err := got.Parse(b[LayoutOf(m.Kind()).Envelope.Header():]); err != nil {
			t.Errorf("%v: %v", m.Kind(), err)
		} else if string(mustAppend(t, got)) != string(b) {
			t.Errorf("%v: encodes to something else again", m.Kind())
		}
	}
}

func TestRefusals(t *testing.T) {
	dst := append(make([]byte, 0, 64), "before"...)
	for _, r := range refusals {
		t.Run(r.msg.Kind().String()+"/"+r.name, func(t *testing.T) {
			got, err := r.msg.Append(dst)
			want := EncodeError{r.msg.Kind().String(), r.field, r.problem}
			if e, ok := errors.AsType[*EncodeError](err); !ok || *e != want {
				t.Errorf("got  %v\nwant %v", err, &want)
			}
			if string(got) != "before" || string(dst) != "before" {
				t.Errorf("what was there before is now %q", got)
			}
		})
	}
}

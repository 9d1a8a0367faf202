package wire

import (
	"errors"
	"maps"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
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

// A filler makes messages out of fuzz data: each field takes what it needs from
// the front, and zeroes when there is no more.
type filler struct{ data []byte }

func (f *filler) byte() byte {
	if len(f.data) == 0 {
		return 0
	}
	b := f.data[0]
	f.data = f.data[1:]
	return b
}

// take returns up to n bytes; nil when the data is used up.
func (f *filler) take(n int) []byte {
	if len(f.data) == 0 {
		return nil
	}
	n = min(n, len(f.data))
	b := f.data[:n:n]
	f.data = f.data[n:]
	return b
}

func (f *filler) number() (v uint64) {
	n := f.byte() % 9 // numbers are short more often than not
	for _, b := range f.take(int(n)) {
		v = v<<8 | uint64(b)
	}
	return v
}

func (f *filler) fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(f.byte()&1 == 1)
	case reflect.Int16, reflect.Int32, reflect.Int64:
		bits := 64 - v.Type().Bits()
		v.SetInt(int64(f.number()) << bits >> bits)
	case reflect.Uint8:
		v.SetUint(uint64(f.byte()))
	case reflect.Uint32, reflect.Uint64:
		v.SetUint(f.number() & (1<<(v.Type().Bits()-1)<<1 - 1))
	case reflect.String:
		v.SetString(string(f.take(int(f.byte() % 16))))
	case reflect.Array:
		for i := range v.Len() {
			f.fill(v.Index(i))
		}
	case reflect.Struct:
		for _, field := range v.Fields() {
			f.fill(field)
		}
	case reflect.Slice:
		f.slice(v)
	}
}

func (f *filler) slice(v reflect.Value) {
	n := f.byte()
	if v.Type().Elem().Kind() == reflect.Uint8 {
		if n != 0xff {
			v.SetBytes(append([]byte{}, f.take(int(n))...))
		}
		return
	}
	for range n % 8 {
		element := reflect.New(v.Type().Elem()).Elem()
		f.fill(element)
		v.Set(reflect.Append(v, element))
	}
}

// encodable says, by the rules of the manual and without the encoder, whether
// a message can be written.
func encodable(m Message) bool {
	if hasNUL(reflect.ValueOf(m)) {
		return false
	}
	switch m := m.(type) {
	case *StartupMessage:
		return !slices.ContainsFunc(m.Parameters, func(p Parameter) bool { return p.Name == "" })
	case *AuthenticationSASL:
		return !slices.Contains(m.Mechanisms, "")
	case *CancelRequest:
		return len(m.Key) >= 4 && len(m.Key) <= 256
	case *BackendKeyData:
		return len(m.Key) >= 4 && len(m.Key) <= 256
	case *ErrorResponse:
		return !slices.ContainsFunc(m.Fields, func(f ResponseField) bool { return f.Code == 0 })
	case *NoticeResponse:
		return !slices.ContainsFunc(m.Fields, func(f ResponseField) bool { return f.Code == 0 })
	case *LogicalInsert:
		return !slices.ContainsFunc(m.New, badColumn)
	case *LogicalUpdate:
		old := m.OldKind == 'K' || m.OldKind == 'O' || m.OldKind == 0 && len(m.Old) == 0
		return old && !slices.ContainsFunc(m.Old, badColumn) && !slices.ContainsFunc(m.New, badColumn)
	case *LogicalDelete:
		return (m.OldKind == 'K' || m.OldKind == 'O') && !slices.ContainsFunc(m.Old, badColumn)
	}
	return true
}

func badColumn(c TupleColumn) bool {
	switch c.Status {
	case 'n', 'u':
		return c.Value != nil
	case 't', 'b':
		return false
	}
	return true
}

func hasNUL(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer:
		return hasNUL(v.Elem())
	case reflect.String:
		return strings.Contains(v.String(), "\x00")
	case reflect.Struct:
		for _, field := range v.Fields() {
			if hasNUL(field) {
				return true
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			if v.Index(i).Kind() != reflect.Uint8 && hasNUL(v.Index(i)) {
				return true
			}
		}
	}
	return false
}

// settle changes what a message says in two ways into the one in which it is
// read back.
func settle(m Message) {
	switch m := m.(type) {
	case *LogicalMessage:
		m.Content = append([]byte{}, m.Content...)
	case *LogicalInsert:
		settleRow(m.New)
	case *LogicalUpdate:
		settleRow(m.Old)
		settleRow(m.New)
	case *LogicalDelete:
		settleRow(m.Old)
	case *StreamAbort:
		if !m.Parallel {
			m.Abort, m.AbortTime = 0, 0
		}
	}
	if s := streamed(m); s != nil && !s.InStream {
		s.XID = 0
	}
	if data := reflect.ValueOf(m).Elem().FieldByName("Data"); endless(m.Kind()) && data.IsValid() && data.IsNil() {
		data.SetBytes([]byte{})
	}
}

func settleRow(row []TupleColumn) {
	for i, c := range row {
		if c.Value == nil && (c.Status == 't' || c.Status == 'b') {
			row[i].Value = []byte{}
		}
	}
}

// checkEncode encodes a message and reads it back.
func checkEncode(t *testing.T, m Message) {
	t.Helper()
	const before = "before"
	msg, err := m.Append([]byte(before))
	if (err == nil) != encodable(m) {
		t.Fatalf("%#v:\nAppend says %v", m, err)
	}
	if !strings.HasPrefix(string(msg), before) {
		t.Fatalf("%#v: Append changes what was there", m)
	}
	msg = msg[len(before):]
	if err != nil {
		e, ok := errors.AsType[*EncodeError](err)
		if !ok || e.Message != m.Kind().String() || e.Field == "" || e.Problem == "" || len(msg) > 0 {
			t.Fatalf("%#v: %v, and %d bytes", m, err, len(msg))
		}
		return
	}
	settle(m)
	c := Context{}
	if s := streamed(m); s != nil {
		c.Streamed = s.InStream
	}
	if d := Dissect(m.Kind(), sender(m.Kind()), msg, c); d.Err != nil {
		t.Fatalf("%#v is encoded as %q: %v", m, msg, d.Err)
	}
	again := fresh(m.Kind(), c)
	if err := again.Parse(msg[LayoutOf(m.Kind()).Envelope.Header():]); err != nil {
		t.Fatalf("%#v is encoded as %q: %v", m, msg, err)
	}
	if !reflect.DeepEqual(normal(reflect.ValueOf(again)), normal(reflect.ValueOf(m))) {
		t.Fatalf("%#v\nis read back as\n%#v", m, again)
	}
}

// FuzzEncode encodes messages with any values in their fields, NULs and empty
// names among them. What the rules allow is encoded and read back as it was,
// all else is refused with the field's name and leaves the buffer as it was.
func FuzzEncode(f *testing.F) {
	for l := range Layouts() {
		f.Add(byte(l.Kind), []byte(nil))
		f.Add(byte(l.Kind), []byte("\x03abc\x02\x01\x02\x04\x05defgh\x01x\xff\xff\x02nu\x00"))
		f.Add(byte(l.Kind), []byte("\x01\x00\x07\x08\x09KK\x02n\xfft\x02ab\x01u\xff"))
	}
	f.Fuzz(func(t *testing.T, kind byte, data []byte) {
		m := New(Kind(kind%byte(kindCount-1)) + 1)
		from := filler{data}
		from.fill(reflect.ValueOf(m).Elem())
		checkEncode(t, m)
	})
}

// One NUL in any string of any message is found, and the right field is named.
func TestNULInEachString(t *testing.T) {
	for l := range Layouts() {
		m := Example(l.Kind)
		for path, s := range stringsOf(reflect.ValueOf(m).Elem(), "") {
			was := s.String()
			for _, bad := range []string{"\x00", was + "\x00", "\x00" + was} {
				s.SetString(bad)
				_, err := m.Append(nil)
				want := EncodeError{l.Name, path, "contains a NUL byte"}
				if e, ok := errors.AsType[*EncodeError](err); !ok || *e != want {
					t.Errorf("%q: got %v, want %v", bad, err, &want)
				}
			}
			s.SetString(was)
		}
		if _, err := m.Append(nil); err != nil {
			t.Errorf("%v: %v", l.Kind, err)
		}
	}
}

// stringsOf returns the strings of a struct by the path that the layout gives
// them.
func stringsOf(v reflect.Value, path string) map[string]reflect.Value {
	all := make(map[string]reflect.Value)
	switch v.Kind() {
	case reflect.String:
		all[path] = v
	case reflect.Struct:
		for i := range v.NumField() {
			name := fieldPath(v.Type().Field(i).Name)
			if path != "" {
				name = path + "." + name
			}
			maps.Copy(all, stringsOf(v.Field(i), name))
		}
	case reflect.Slice:
		for i := range v.Len() {
			maps.Copy(all, stringsOf(v.Index(i), path+"["+strconv.Itoa(i)+"]"))
		}
	}
	return all
}

package wire

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// Codec and layout describe the same messages. These tests read a message both
// ways and compare the values by path: what reflection finds in the struct that
// Parse filled, and what Dissect's spans show of the bytes.

// A flat is a message's values by path: "params[1]" is NULL.
type flat map[string]string

const null = "NULL"

func number(v int64) string                  { return strconv.FormatInt(v, 10) }
func quoted[T ~string | ~[]byte](v T) string { return strconv.Quote(string(v)) }

// flatten reads the values of a message from its struct.
func flatten(m Message) flat {
	to := make(flat)
	to.fields(reflect.ValueOf(m).Elem(), "")
	return to
}

func (to flat) fields(v reflect.Value, prefix string) {
	for i := range v.NumField() {
		to.field(v, v.Type().Field(i).Name, prefix, v.Field(i))
	}
}

// field adds one field of the struct v. Where struct and layout differ in
// shape, this says how.
func (to flat) field(v reflect.Value, name, prefix string, f reflect.Value) {
	path := prefix + fieldPath(name)
	switch {
	case name == "Streamed":
		if s := f.Interface().(Streamed); s.InStream {
			to["xid"] = number(int64(s.XID))
		}
	case v.Type() == reflect.TypeFor[StreamAbort]() && (name == "Parallel" || name == "Abort" || name == "AbortTime"):
		if v.FieldByName("Parallel").Bool() && name != "Parallel" {
			to.value(path, f)
		}
	case name == "OldKind":
		if f.Uint() != 0 {
			to["old"] = number(int64(f.Uint()))
			to.tuple("old", v.FieldByName("Old"))
		}
	case name == "New" && f.Type() == reflect.TypeFor[[]TupleColumn]():
		to["new"] = number('N')
		to.tuple("new", f)
	case name == "Old" && f.Type() == reflect.TypeFor[[]TupleColumn]():
	default:
		to.value(path, f)
	}
}

func (to flat) tuple(path string, row reflect.Value) {
	path += ".columns"
	columns := row.Interface().([]TupleColumn)
	to[path+".count"] = number(int64(len(columns)))
	for i, c := range columns {
		at := path + "[" + strconv.Itoa(i) + "]"
		to[at] = number(int64(c.Status))
		if c.Value != nil {
			to[at+".value"] = quoted(c.Value)
		}
	}
}

func (to flat) value(path string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		to[path] = number(0)
		if v.Bool() {
			to[path] = number(1)
		}
	case reflect.Int16, reflect.Int32, reflect.Int64:
		to[path] = number(v.Int())
	case reflect.Uint8, reflect.Uint32, reflect.Uint64:
		to[path] = number(int64(v.Uint()))
	case reflect.String:
		to[path] = quoted(v.String())
	case reflect.Array:
		to[path] = quoted(v.Bytes())
	case reflect.Struct:
		to.fields(v, path+".")
	case reflect.Slice:
		to.slice(path, v)
	}
}

func (to flat) slice(path string, v reflect.Value) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		to[path] = quoted(v.Bytes())
		if v.IsNil() {
			to[path] = null
		}
		return
	}
	to[path+".count"] = number(int64(v.Len()))
	for i := range v.Len() {
		to.value(path+"["+strconv.Itoa(i)+"]", v.Index(i))
	}
}

// fieldPath is the layout's name of a struct's field: MaxRows is maxRows, SQL
// is sql, SubXID is subXID.
func fieldPath(name string) string {
	if strings.ToUpper(name) == name {
		return strings.ToLower(name)
	}
	return string(unicode.ToLower(rune(name[0]))) + name[1:]
}

// flattenSpans reads the values of a message from the spans of its bytes.
func flattenSpans(msg []byte, d Dissection) flat {
	to := make(flat)
	elements := make(map[string]int64) // how many a list has, by its path
	for _, s := range d.Spans {
		if list, index, ok := cutIndex(s.Name); ok {
			elements[list] = index + 1
		}
		if list, ok := strings.CutSuffix(s.Name, ".end"); ok && s.Field == nil {
			to[list+".count"] = number(elements[list])
		}
		if s.Field != nil && s.Field.Kind != Code {
			to[s.Name] = spanValue(msg, s)
		}
	}
	// A field at the end that takes what is left has no span when nothing is.
	fs := d.Layout.Fields
	if n := len(fs); n > 0 && fs[n-1].Kind == Rest && to[fs[n-1].Name] == "" {
		to[fs[n-1].Name] = quoted("")
	}
	return to
}

func spanValue(msg []byte, s Span) string {
	switch s.Field.Kind {
	case CString:
		return quoted(bytes.TrimSuffix(msg[s.Start:s.End], []byte{0}))
	case Fixed, Rest:
		return quoted(msg[s.Start:s.End])
	case Value:
		if s.Int == -1 {
			return null
		}
		return quoted(msg[s.Data:s.End])
	}
	return number(s.Int)
}

// cutIndex splits "columns[3].name" into columns and 3. No list stands in
// another, so there is one index at most.
func cutIndex(path string) (list string, index int64, ok bool) {
	list, rest, ok := strings.Cut(path, "[")
	if !ok {
		return "", 0, false
	}
	digits, _, _ := strings.Cut(rest, "]")
	index, err := strconv.ParseInt(digits, 10, 64)
	return list, index, err == nil
}

// diff describes how two flats differ, "" when they do not.
func diff(codec, layout flat) string {
	var b strings.Builder
	for path, v := range codec {
		if w, ok := layout[path]; !ok || v != w {
			fmt.Fprintf(&b, "%s is %s in the struct, %q in the spans\n", path, v, w)
		}
	}
	for path, w := range layout {
		if _, ok := codec[path]; !ok {
			fmt.Fprintf(&b, "%s is %s in the spans and not in the struct\n", path, w)
		}
	}
	return b.String()
}

// checkAgree holds codec and layout to each other on one body.
func checkAgree(t *testing.T, k Kind, streamed bool, body []byte) {
	t.Helper()
	c := Context{Streamed: streamed}
	m := fresh(k, c)
	err := m.Parse(body)
	msg := frame(k, body)
	d := Dissect(k, sender(k), msg, c)
	checkTiles(t, msg, d)
	checkKept(t, m, len(body))
	if (err == nil) != (d.Err == nil) {
		t.Fatalf("%v, body %q:\nParse:   %v\nDissect: %v", k, body, err, d.Err)
	}
	if err != nil {
		checkMalformed(t, msg, err, d)
		return
	}
	if text := diff(flatten(m), flattenSpans(msg, d)); text != "" {
		t.Fatalf("%v, body %q:\n%s", k, body, text)
	}
	if got := mustAppend(t, m); !bytes.Equal(got, msg) {
		t.Fatalf("%v encodes to\n%q, was\n%q", k, got, msg)
	}
}

// checkMalformed holds the errors of codec and layout to each other.
func checkMalformed(t *testing.T, msg []byte, err error, d Dissection) {
	t.Helper()
	e, ok := errors.AsType[*SyntaxError](err)
	if !ok {
		t.Fatalf("%v: the error is %v, want a SyntaxError", d.Kind, err)
	}
	if *e != *d.Err {
		t.Errorf("%v:\nParse:   %v\nDissect: %v", d.Kind, e, d.Err)
	}
	header := d.Layout.Envelope.Header()
	if e.Field == "" || e.Problem == "" || e.Offset < header || e.Offset > len(msg) || e.Size != len(msg) {
		t.Errorf("%v of %d bytes: no good place: %+v", d.Kind, len(msg), *e)
	}
}

// keptMultiple is how many bytes Parse keeps at most for each byte of the body.
// The worst is a NULL in a row of pgoutput: one byte, and a TupleColumn of 32.
const keptMultiple = 40

// checkKept bounds the memory that a message holds, also one that failed to
// parse, by the size of its body.
func checkKept(t testing.TB, m Message, size int) {
	t.Helper()
	if n := kept(reflect.ValueOf(m)); n > keptMultiple*size+256 {
		t.Errorf("%v keeps %d bytes for a body of %d", m.Kind(), n, size)
	}
}

func kept(v reflect.Value) (n int) {
	switch v.Kind() {
	case reflect.Pointer:
		return kept(v.Elem())
	case reflect.String:
		return v.Len()
	case reflect.Struct:
		for _, field := range v.Fields() {
			n += kept(field)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return 0 // it aliases the body
		}
		n = v.Cap() * int(v.Type().Elem().Size())
		for i := range v.Len() {
			n += kept(v.Index(i))
		}
	}
	return n
}

func TestAgree(t *testing.T) {
	for _, s := range samples {
		checkAgree(t, s.msg.Kind(), s.context.Streamed, s.body())
	}
	for _, f := range flaws {
		checkAgree(t, f.kind, f.context.Streamed, []byte(f.body))
	}
	for l := range Layouts() {
		checkAgree(t, l.Kind, false, bodyOf(t, Example(l.Kind)))
	}
}

// Every sample's body read as every kind: what one message means is mostly
// nonsense to another, and a good start for finding differences.
func TestAgreeAcross(t *testing.T) {
	for _, s := range samples {
		for l := range Layouts() {
			checkAgree(t, l.Kind, false, s.body())
			checkAgree(t, l.Kind, true, []byte(s.bytes))
		}
	}
}

// FuzzCodec holds Parse, Append and Dissect to each other for every kind:
// same acceptance, same errors, same values, the same bytes again, spans that
// tile the message, and memory bounded by the size of the body.
func FuzzCodec(f *testing.F) {
	for _, s := range samples {
		f.Add(byte(s.msg.Kind()), s.context.Streamed, s.body())
	}
	for _, w := range flaws {
		f.Add(byte(w.kind), w.context.Streamed, []byte(w.body))
	}
	f.Fuzz(func(t *testing.T, kind byte, streamed bool, body []byte) {
		checkAgree(t, Kind(kind%byte(kindCount-1))+1, streamed, body)
	})
}

package pgtype_test

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"parley/internal/pgcodec"
	"parley/pgtype"
)

// The server is asked for many values in both forms, and everything this
// package makes of one must agree with what it makes of the other, and with
// what the server prints.
func TestAgainstServer(t *testing.T) {
	s := connect(t)
	for _, sql := range setup {
		s.exec(sql)
	}
	var c pgtype.Catalog
	var version int
	_, _ = fmt.Sscan(string(s.exec("select current_setting('server_version_num')")[0][0]), &version)
	for _, w := range samples(version) {
		ty := s.load(&c, w.name)
		d := &differ{session: s, c: &c, version: version}
		d.t = t
		for _, text := range w.values {
			d.check(ty, w.name, text)
		}
		if ty.Array == 0 {
			continue
		}
		for _, text := range arraysOf(ty, w.values) {
			d.check(s.loadOID(&c, ty.Array), w.name+"[]", text)
		}
	}
}

type differ struct {
	*session
	c       *pgtype.Catalog
	version int
}

// check sends a text and compares all there is to compare.
func (d *differ) check(ty *pgtype.Type, name, text string) {
	t := d.t
	t.Helper()
	short := fmt.Sprintf("%s %.100q", name, text)
	sql := "select $1::" + name + ", $1::" + name
	row, err := d.fetch(sql, []byte(text), pgtype.Text, pgtype.Text, pgtype.Binary)
	if err != nil {
		t.Errorf("%s: the server refuses it: %v", short, err)
		return
	}
	printed, form := row[0], row[1]
	if !pgtype.BinaryForm(ty) && !textFirst(ty) {
		t.Errorf("%s has no binary form here", short)
	}
	got, err := d.c.AppendText([]byte("before"), ty, pgtype.Binary, form)
	if want := "before" + string(printed); err != nil || string(got) != want && !d.differs(ty, want) {
		t.Errorf("%s: AppendText(%.60x) = %.200q, %v, want %.200q", short, form, got, err, want)
	}
	fromText, err1 := pgtype.Value(d.c, ty, pgtype.Text, printed)
	fromBinary, err2 := pgtype.Value(d.c, ty, pgtype.Binary, form)
	if err1 != nil || err2 != nil {
		t.Errorf("%s: Value: %v from text, %v from binary", short, err1, err2)
		return
	}
	if !same(fromText, fromBinary) && !textFirst(ty) {
		t.Errorf("%s: Value = %#v from text, %#v from binary", short, fromText, fromBinary)
	}
	if m, ok := fromBinary.(pgtype.Marshaler); ok {
		d.sendBack(ty, name, short, m, printed)
	}
	d.stringFits(ty, short, fromBinary, printed)
}

// sendBack writes a value in both forms: the server must print the same.
func (d *differ) sendBack(ty *pgtype.Type, name, short string, m pgtype.Marshaler, printed []byte) {
	d.t.Helper()
	for _, f := range []pgtype.Format{pgtype.Text, pgtype.Binary} {
		form, err := m.AppendPG([]byte{}, ty, f)
		if only, ok := onlyOne[ty.Name]; ok && err == pgtype.ErrFormat && f != only {
			continue
		}
		if err != nil {
			d.t.Errorf("%s: AppendPG as %d: %v", short, f, err)
			continue
		}
		row, err := d.fetch("select $1::"+name, form, f, pgtype.Text)
		if err != nil || string(row[0]) != string(printed) {
			d.t.Errorf("%s: sent as %d %.80x it prints as %.100q, %v, want %.100q", short, f, form, row, err, printed)
		}
	}
}

// onlyOne are the types of which some values are written in one format only:
// money's text is the server's affair, and no server receives an empty tsquery.
var onlyOne = map[string]pgtype.Format{"money": pgtype.Binary, "tsquery": pgtype.Text}

// stringFits compares String with what the server prints.
func (d *differ) stringFits(ty *pgtype.Type, short string, v any, printed []byte) {
	d.t.Helper()
	m, ok := v.(pgtype.Marshaler)
	if !ok {
		return
	}
	if got := fmt.Sprint(m); got != string(printed) {
		d.t.Errorf("%s: String() = %.100q, want %.100q", short, got, printed)
	}
}

// differs tells where an older server prints something else on purpose.
func (d *differ) differs(ty *pgtype.Type, want string) bool {
	if !pgtype.BinaryForm(ty) && ty.Name != "money" && ty.Name != "_money" {
		return true // the OID of a regclass
	}
	// Before 16 a "char" that is no ASCII is printed as it is.
	return d.version < 160000 && strings.Contains(ty.String(), "char") && strings.ContainsFunc(want, func(r rune) bool { return r >= 0x80 })
}

// textFirst tells types whose text says more.
func textFirst(ty *pgtype.Type) bool {
	for ty.Elem != nil {
		ty = ty.Elem
	}
	return strings.HasPrefix(ty.Name, "reg") || ty.Name == "money" || ty.Name == "record"
}

// same is reflect.DeepEqual, with NaN equal to itself.
func same(a, b any) bool {
	switch x := a.(type) {
	case float64:
		y, ok := b.(float64)
		return ok && math.Float64bits(x) == math.Float64bits(y) || x != x && y != y
	case float32:
		y, ok := b.(float32)
		return ok && math.Float32bits(x) == math.Float32bits(y) || x != x && y != y
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !same(x[i], y[i]) {
				return false
			}
		}
		return true
	case pgtype.Record:
		y, ok := b.(pgtype.Record)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if x[i].Name != y[i].Name || !same(x[i].Value, y[i].Value) {
				return false
			}
		}
		return true
	case pgtype.Range[any]:
		y, ok := b.(pgtype.Range[any])
		return ok && same(x.Lower, y.Lower) && same(x.Upper, y.Upper) && x.LowerBound == y.LowerBound && x.UpperBound == y.UpperBound && x.Empty == y.Empty
	}
	// What is left holds no interface, so it prints its NaN and -0.
	return reflect.TypeOf(a) == reflect.TypeOf(b) && (reflect.DeepEqual(a, b) || fmt.Sprintf("%#v", a) == fmt.Sprintf("%#v", b))
}

// arraysOf makes arrays of several shapes of the values, with NULLs.
func arraysOf(ty *pgtype.Type, values []string) (texts []string) {
	texts = append(texts, "{}")
	for _, dims := range [][]pgcodec.Dim{
		{{Len: int32(len(values)), Lower: 1}},
		{{Len: 3, Lower: 0}},
		{{Len: 2, Lower: 1}, {Len: 2, Lower: 1}},
		{{Len: 1, Lower: -5}, {Len: 3, Lower: 7}, {Len: 2, Lower: 1}},
		{{Len: 1, Lower: 1}, {Len: 1, Lower: 1}, {Len: 1, Lower: 1}, {Len: 1, Lower: 1}, {Len: 1, Lower: 1}, {Len: 2, Lower: 2}},
	} {
		count := 1
		for _, d := range dims {
			count *= int(d.Len)
		}
		b := pgcodec.AppendArrayDims(nil, dims)
		braces := pgcodec.NewBraces(dims, ty.Delim)
		for i := range count {
			b = braces.Open(b)
			if i%3 == 2 {
				b = append(b, "NULL"...)
				continue
			}
			start := len(b)
			b = pgcodec.QuoteElem(append(b, values[i%len(values)]...), start, ty.Delim)
		}
		texts = append(texts, string(braces.Close(b)))
	}
	return texts
}

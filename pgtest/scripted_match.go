package pgtest

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"parley/wire"
)

// Like makes a pattern for [Peer.Expect] out of a message: fields that are zero
// in it may be anything. Of a StartupMessage's parameters, and of the fields of
// an ErrorResponse or a NoticeResponse, those that it has must be there; there
// may be more. Everything else must be equal.
//
//	p.Expect(pgtest.Like(&wire.Parse{SQL: "select 1"}))
//
// A pattern can also be sent; it is then the message.
func Like(m wire.Message) wire.Message { return &alike{m} }

// alike is a pattern.
type alike struct{ wire.Message }

// compare says in which fields a message is not the one expected; "" for none.
func (p *Peer) compare(want, got wire.Message) string {
	if got.Kind() != want.Kind() {
		return got.Kind().String() + " came"
	}
	if l, ok := want.(*alike); ok {
		return unlike(l.Message, got)
	}
	w, err := want.Append(nil)
	if err != nil {
		return "the script expects what cannot be encoded: " + err.Error()
	}
	g, err := got.Append(nil)
	if err != nil || bytes.Equal(w, g) {
		return ""
	}
	from := p.config.Side.Other()
	return spanDifferences(want.Kind(), from, w, g)
}

const maxDifferences = 4

// spanDifferences names the fields in which two encodings of one kind of
// message differ.
func spanDifferences(k wire.Kind, from wire.Side, want, got []byte) string {
	w, g := wire.Dissect(k, from, want, wire.Context{}), wire.Dissect(k, from, got, wire.Context{})
	ws, gs := slices.DeleteFunc(w.Spans, isLength), slices.DeleteFunc(g.Spans, isLength)
	var found []string
	for i := 0; i < len(ws) && i < len(gs) && len(found) < maxDifferences; i++ {
		a, b := ws[i], gs[i]
		if a.Name != b.Name {
			found = append(found, fmt.Sprintf("%s where %s was expected", b.Name, a.Name))
			break
		}
		if bytes.Equal(want[a.Start:a.End], got[b.Start:b.End]) {
			continue
		}
		x, y := spanText(b, got), spanText(a, want)
		if x == y { // shown by its size
			x, y = "not the one expected", ""
		} else {
			y = ", not " + y
		}
		found = append(found, a.Name+" is "+x+y)
	}
	if len(found) == 0 {
		return fmt.Sprintf("it has %d bytes, not %d", len(got), len(want))
	}
	return strings.Join(found, "; ")
}

func isLength(s wire.Span) bool { return s.Field == nil && s.Name == "length" }

// unlike compares the fields that are set in want.
func unlike(want, got wire.Message) string {
	w, g := reflect.ValueOf(want).Elem(), reflect.ValueOf(got).Elem()
	if w.Type() != g.Type() {
		return fmt.Sprintf("%v came", g.Type())
	}
	var found []string
	for i := range w.NumField() {
		if w.Field(i).IsZero() {
			continue
		}
		name := w.Type().Field(i).Name
		if text := unlikeField(name, w.Field(i), g.Field(i)); text != "" {
			found = append(found, text)
		}
	}
	return strings.Join(found, "; ")
}

func unlikeField(name string, want, got reflect.Value) string {
	switch w := want.Interface().(type) {
	case []wire.Parameter:
		return missing(w, got.Interface().([]wire.Parameter),
			func(a, b wire.Parameter) bool { return a.Name == b.Name },
			func(a wire.Parameter) (string, string) { return a.Name, a.Value })
	case []wire.ResponseField:
		return missing(w, got.Interface().([]wire.ResponseField),
			func(a, b wire.ResponseField) bool { return a.Code == b.Code },
			func(a wire.ResponseField) (string, string) { return a.Code.String(), a.Value })
	}
	if reflect.DeepEqual(want.Interface(), got.Interface()) {
		return ""
	}
	if name == "Password" || name == "Key" || name == "Data" && want.Kind() == reflect.Slice {
		return name + " is not the one expected"
	}
	return fmt.Sprintf("%s is %s, not %s", name, fieldText(got), fieldText(want))
}

// missing says which elements of want are not in got.
func missing[E comparable](want, got []E, same func(a, b E) bool, text func(E) (name, value string)) string {
	var found []string
	for _, w := range want {
		name, value := text(w)
		i := slices.IndexFunc(got, func(g E) bool { return same(g, w) })
		if i < 0 {
			found = append(found, name+" is missing")
		} else if got[i] != w {
			_, other := text(got[i])
			found = append(found, fmt.Sprintf("%s is %q, not %q", name, other, value))
		}
	}
	return strings.Join(found, "; ")
}

func fieldText(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case string, []byte, [][]byte:
		return fmt.Sprintf("%q", x)
	}
	return fmt.Sprint(v.Interface())
}

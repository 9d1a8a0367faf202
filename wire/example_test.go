package wire

import (
	"bytes"
	"reflect"
	"testing"
)

// Every kind has an example that encodes, decodes to the same, and dissects.
func TestExample(t *testing.T) {
	for l := range Layouts() {
		m := Example(l.Kind)
		if m.Kind() != l.Kind {
			t.Errorf("the example of %v is a %v", l.Kind, m.Kind())
			continue
		}
		msg := mustAppend(t, m)
		again := New(l.Kind)
		if err := again.Parse(msg[l.Envelope.Header():]); err != nil {
			t.Errorf("%v: %v", l.Kind, err)
		} else if text := diff(flatten(again), flatten(m)); text != "" {
			t.Errorf("%v is read back with differences:\n%s", l.Kind, text)
		}
		if d := Dissect(l.Kind, sender(l.Kind), msg, Context{}); d.Err != nil {
			t.Error(d.Err)
		}
	}
	for _, k := range []Kind{0, kindCount, 255} {
		if m := Example(k); m != nil {
			t.Errorf("kind %d has the example %v", k, m)
		}
	}
}

// Each call makes an example anew, so that one may be changed.
func TestExampleIsNew(t *testing.T) {
	for l := range Layouts() {
		m := Example(l.Kind)
		want := mustAppend(t, m)
		reflect.ValueOf(m).Elem().SetZero()
		for _, b := range byteSlices(reflect.ValueOf(Example(l.Kind))) {
			clear(b)
		}
		if got := mustAppend(t, Example(l.Kind)); !bytes.Equal(got, want) {
			t.Errorf("%v: the example has become %q, was %q", l.Kind, got, want)
		}
	}
}

// An example shows every field of its message: no list is empty, no name is
// missing, and no number is 0 unless 0 is what is always there.
func TestExampleIsFull(t *testing.T) {
	empty := map[string]bool{
		"Bind portal": true, "Execute portal": true, // the unnamed portal is the usual one
		"CopyBothResponse columns.count": true, // replication has no columns
		"NewArchive tablespace":          true, // the main data directory
		"DataRow values[2]":              true, // a value of no bytes
	}
	for l := range Layouts() {
		eachField(l, func(path string, f *Field) {
			values := flatten(Example(l.Kind))
			for suffix, zero := range map[string]string{"": `""`, ".count": "0"} {
				if v, ok := values[path+suffix]; ok && v == zero && !empty[l.Name+" "+path+suffix] && (suffix != "" || f.Kind == CString) {
					t.Errorf("%s: %s is %s in the example", l.Name, path+suffix, v)
				}
			}
		})
	}
}

package wire

import (
	"bytes"
	"reflect"
	"slices"
	"testing"
)

// A sample is a message, what must be known to read it, and its bytes, put
// together by hand from the manual. The tests of each family list theirs; the
// tests of what all messages have in common run over all of them.
type sample struct {
	name    string
	msg     Message
	context Context
	bytes   string
}

// samples are those of all families.
var samples = slices.Concat(startupSamples, negotiateSamples, authenticationSamples, saslSamples,
	querySamples, emptySamples, rowsSamples, completeSamples, responseSamples, functionSamples,
	copySamples, replicationSamples, backupSamples, pgoutputSamples, pgoutputRowsSamples, pgoutputStreamSamples)

// The header of a sample's message, and the body after it.
func (s sample) header() string { return s.bytes[:LayoutOf(s.msg.Kind()).Envelope.Header()] }
func (s sample) body() []byte   { return []byte(s.bytes[len(s.header()):]) }

// fresh returns an empty message of the kind, told what the context says.
func fresh(k Kind, c Context) Message {
	m := New(k)
	if s := streamed(m); s != nil {
		s.InStream = c.Streamed
	}
	return m
}

// streamed returns the part of a pgoutput message that says whether it stands
// in a stream, or nil.
func streamed(m Message) *Streamed {
	if f := reflect.ValueOf(m).Elem().FieldByName("Streamed"); f.IsValid() {
		return f.Addr().Interface().(*Streamed)
	}
	return nil
}

// hasStreamed reports whether the kind has a field that only streams have.
func hasStreamed(k Kind) bool { return streamed(New(k)) != nil }

// sender returns a side that may send the message.
func sender(k Kind) Side {
	if from := LayoutOf(k).From; from != Both {
		return from
	}
	return Frontend
}

func mustAppend(t testing.TB, m Message) []byte {
	t.Helper()
	b, err := m.Append(nil)
	if err != nil {
		t.Fatalf("%v.Append: %v", m.Kind(), err)
	}
	return b
}

// bodyOf returns the encoded message without its header.
func bodyOf(t testing.TB, m Message) []byte {
	t.Helper()
	return mustAppend(t, m)[LayoutOf(m.Kind()).Envelope.Header():]
}

// Each sample encodes to its bytes, wherever the buffer stands.
func TestAppend(t *testing.T) {
	for _, s := range samples {
		t.Run(s.msg.Kind().String()+"/"+s.name, func(t *testing.T) {
			if got := mustAppend(t, s.msg); string(got) != s.bytes {
				t.Errorf("got  %q\nwant %q", got, s.bytes)
			}
			got, err := s.msg.Append([]byte("before"))
			if err != nil || string(got) != "before"+s.bytes {
				t.Errorf("after other bytes: got %q, %v", got, err)
			}
		})
	}
}

// Each sample's bytes decode to its message: into an empty struct, and into
// one that held something else.
func TestParse(t *testing.T) {
	for _, s := range samples {
		k := s.msg.Kind()
		t.Run(k.String()+"/"+s.name, func(t *testing.T) {
			m := fresh(k, s.context)
			if err := m.Parse(s.body()); err != nil {
				t.Fatal(err)
			}
			checkSame(t, s, m)
			for _, other := range samples {
				if other.msg.Kind() != k || other.context != s.context {
					continue
				}
				if err := m.Parse(other.body()); err != nil {
					t.Fatal(err)
				}
				if err := m.Parse(s.body()); err != nil {
					t.Fatal(err)
				}
				checkSame(t, s, m)
			}
		})
	}
}

// checkSame compares a message with the sample's; a list without elements may
// be nil or not, since Parse uses again what it finds.
func checkSame(t *testing.T, s sample, got Message) {
	t.Helper()
	if !reflect.DeepEqual(normal(reflect.ValueOf(got)), normal(reflect.ValueOf(s.msg))) {
		t.Errorf("got  %#v\nwant %#v", got, s.msg)
	}
	if b := mustAppend(t, got); string(b) != s.bytes {
		t.Errorf("encoded again: got %q, want %q", b, s.bytes)
	}
}

// normal copies a value with nil for each empty list; []byte is no list, since
// there nil is NULL.
func normal(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer:
		return normal(v.Elem())
	case reflect.Struct:
		fields := make(map[string]any)
		for i := range v.NumField() {
			fields[v.Type().Field(i).Name] = normal(v.Field(i))
		}
		return fields
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return v.Interface()
		}
		var list []any
		for i := range v.Len() {
			list = append(list, normal(v.Index(i)))
		}
		return list
	}
	return v.Interface()
}

// Parse does not write to the body, and its byte slices end where the value
// ends, so that appending to one cannot reach the next.
func TestParseAliases(t *testing.T) {
	for _, s := range samples {
		t.Run(s.msg.Kind().String()+"/"+s.name, func(t *testing.T) {
			body := s.body()
			m := fresh(s.msg.Kind(), s.context)
			if err := m.Parse(body); err != nil {
				t.Fatal(err)
			}
			for _, b := range byteSlices(reflect.ValueOf(m)) {
				_ = append(b, 0xee)
				if cap(b) != len(b) {
					t.Errorf("a value of %d bytes has room for %d", len(b), cap(b))
				}
			}
			if !bytes.Equal(body, s.body()) {
				t.Errorf("the body was changed to %q", body)
			}
		})
	}
}

func byteSlices(v reflect.Value) (all [][]byte) {
	switch v.Kind() {
	case reflect.Pointer:
		return byteSlices(v.Elem())
	case reflect.Struct:
		for _, field := range v.Fields() {
			all = append(all, byteSlices(field)...)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return [][]byte{v.Bytes()}
		}
		for i := range v.Len() {
			all = append(all, byteSlices(v.Index(i))...)
		}
	}
	return all
}

// Every kind has a sample, and every sample is read in its own envelope.
func TestSamplesAreComplete(t *testing.T) {
	seen := make(map[Kind]int)
	names := make(map[string]bool)
	for _, s := range samples {
		seen[s.msg.Kind()]++
		name := s.msg.Kind().String() + "/" + s.name
		if names[name] {
			t.Errorf("%s is there twice", name)
		}
		names[name] = true
	}
	for l := range Layouts() {
		if seen[l.Kind] == 0 {
			t.Errorf("no sample of %s", l.Name)
		}
		if hasStreamed(l.Kind) && seen[l.Kind] < 2 {
			t.Errorf("%s needs a sample inside a stream and one outside", l.Name)
		}
	}
}

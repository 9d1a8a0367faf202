package wire

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"
)

// A flaw is a body that does not fit its layout, and what must be said of it.
type flaw struct {
	name    string
	kind    Kind
	context Context
	body    string
	field   string
	offset  int // from the first byte of the header
	problem string
}

func (f flaw) want() *SyntaxError {
	l := LayoutOf(f.kind)
	return &SyntaxError{l.Name, f.field, f.offset, len(f.body) + l.Envelope.Header(), f.problem}
}

var flaws = slices.Concat(startupFlaws, negotiateFlaws, authenticationFlaws, saslFlaws, queryFlaws, rowsFlaws,
	completeFlaws, responseFlaws, functionFlaws, copyFlaws, replicationFlaws, backupFlaws,
	pgoutputFlaws, pgoutputRowsFlaws, pgoutputStreamFlaws)

func checkSyntax(t *testing.T, err error, want *SyntaxError) {
	t.Helper()
	if got, ok := errors.AsType[*SyntaxError](err); !ok || *got != *want {
		t.Errorf("got  %v\nwant %v", err, want)
	}
}

// checkFlaw expects the flaw from Parse and from Dissect.
func checkFlaw(t *testing.T, f flaw) {
	t.Helper()
	m := fresh(f.kind, f.context)
	checkSyntax(t, m.Parse([]byte(f.body)), f.want())
	msg := frame(f.kind, []byte(f.body))
	d := Dissect(f.kind, sender(f.kind), msg, f.context)
	if d.Err == nil || *d.Err != *f.want() {
		t.Errorf("Dissect: got  %v\nwant %v", d.Err, f.want())
	}
	checkTiles(t, msg, d)
}

// frame puts the kind's header before a body, with the length that fits.
func frame(k Kind, body []byte) []byte {
	l := LayoutOf(k)
	var head []byte
	switch l.Envelope {
	case Typed:
		head = binary.BigEndian.AppendUint32([]byte{l.Type}, uint32(len(body)+4))
	case Untyped:
		head = binary.BigEndian.AppendUint32(nil, uint32(len(body)+4))
	case Embedded:
		head = []byte{l.Type}
	}
	return append(head, body...)
}

func TestFlaws(t *testing.T) {
	for _, f := range flaws {
		t.Run(f.kind.String()+"/"+f.name, func(t *testing.T) { checkFlaw(t, f) })
	}
}

// A struct that failed to parse can be used again for a good message.
func TestParseAfterFailure(t *testing.T) {
	for _, f := range flaws {
		for _, s := range samples {
			if s.msg.Kind() != f.kind || s.context.Streamed != f.context.Streamed {
				continue
			}
			m := fresh(f.kind, f.context)
			if m.Parse([]byte(f.body)) == nil {
				t.Errorf("%v/%s: no error", f.kind, f.name)
			}
			if err := m.Parse(s.body()); err != nil {
				t.Errorf("%v/%s: then %s: %v", f.kind, f.name, s.name, err)
				continue
			}
			checkSame(t, s, m)
		}
	}
}

// endless tells whether the kind takes any number of bytes at its end, so that
// a shorter or longer body can be another message of the kind.
func endless(k Kind) bool {
	fs := LayoutOf(k).Fields
	return len(fs) > 0 && fs[len(fs)-1].Kind == Rest
}

// fits tells by the layout alone whether n bytes of a sample's body can be a
// message: what is cut off must be the tail of a field that may end anywhere,
// or the part of StreamAbort that only pgoutput 4 has.
func fits(s sample, n int) bool {
	switch m := s.msg.(type) {
	case *StreamAbort:
		return n == 8 || n == 24
	case *CancelRequest:
		return 12 <= n && n <= 264
	case *BackendKeyData:
		return 8 <= n && n <= 260
	case *AuthenticationGSSContinue, *AuthenticationSASLContinue, *AuthenticationSASLFinal:
		return n >= 4
	case *XLogData:
		return n >= 24
	default:
		return endless(m.Kind()) || n == len(s.body())
	}
}

// Each sample cut at every byte: the error lies within what is left, names a
// field that the whole message has, and never comes too late.
func TestTruncated(t *testing.T) {
	for _, s := range samples {
		t.Run(s.msg.Kind().String()+"/"+s.name, func(t *testing.T) {
			body := s.body()
			for n := range body {
				m := fresh(s.msg.Kind(), s.context)
				err := m.Parse(body[:n:n])
				if fits(s, n) {
					if err != nil {
						t.Errorf("%d of %d bytes: %v", n, len(body), err)
					}
					continue
				}
				checkPlace(t, s, n, err)
			}
		})
	}
}

// checkPlace expects an error about a sample's first n bytes.
func checkPlace(t *testing.T, s sample, n int, err error) {
	t.Helper()
	header := len(s.header())
	e, ok := errors.AsType[*SyntaxError](err)
	if !ok {
		t.Errorf("%d bytes: got %v, want a SyntaxError", n, err)
		return
	}
	if e.Size != header+n || e.Offset < header || e.Offset > header+n || e.Message != s.msg.Kind().String() {
		t.Errorf("%d bytes: %v has the wrong place", n, e)
	}
	// The field is the one that the whole message has at this offset, or the
	// list that stands there.
	d := Dissect(s.msg.Kind(), sender(s.msg.Kind()), []byte(s.bytes), s.context)
	for _, span := range d.Spans {
		if span.Start != e.Offset {
			continue
		}
		name := strings.TrimSuffix(strings.TrimSuffix(span.Name, ".count"), ".end")
		if span.Field != nil && span.Field.Optional && e.Field == "new" {
			return // the old row may be left out, and then the new one stands there
		}
		if name != e.Field && !strings.HasPrefix(name, e.Field+"[") {
			t.Errorf("%d bytes: %v, but at byte %d is %s", n, e, e.Offset, span.Name)
		}
		return
	}
	t.Errorf("%d bytes: %v, but no field starts there", n, e)
}

// Each sample with a byte after it: "end" at the byte, unless the last field
// takes all there is.
func TestAppendedByte(t *testing.T) {
	for _, s := range samples {
		for _, extra := range []byte{0, 1, 'N', 0xff} {
			m := fresh(s.msg.Kind(), s.context)
			err := m.Parse(append(s.body(), extra))
			size := len(s.bytes) + 1
			want := &SyntaxError{s.msg.Kind().String(), "end", size - 1, size, "1 byte after the last field"}
			switch abort, _ := s.msg.(*StreamAbort); {
			case fits(s, len(s.body())+1):
				if err != nil {
					t.Errorf("%v/%s: %v", s.msg.Kind(), s.name, err)
				}
				continue
			case abort != nil && !abort.Parallel:
				want.Field, want.Problem = "abort", "needs 8 bytes, 1 left"
			case endless(s.msg.Kind()):
				want.Field, want.Offset, want.Problem = "key", size-257, "has 257 bytes, more than 256"
			}
			checkSyntax(t, err, want)
		}
	}
}

// Each count and each length of each sample, one up and one down, and as the
// numbers that overflow: refused, or another message that encodes to the bytes
// it came from.
func TestCorruptedNumbers(t *testing.T) {
	for _, s := range samples {
		t.Run(s.msg.Kind().String()+"/"+s.name, func(t *testing.T) {
			for _, span := range Dissect(s.msg.Kind(), sender(s.msg.Kind()), []byte(s.bytes), s.context).Spans {
				for _, n := range corrupted(span) {
					msg := []byte(s.bytes)
					copy(msg[span.Start:], n)
					checkCorrupted(t, s, span, msg)
				}
			}
		})
	}
}

// corrupted returns what to write over the count or length at the span's start.
func corrupted(span Span) (all [][]byte) {
	if span.Field == nil {
		return nil
	}
	switch {
	case span.Field.Kind == List16:
		for _, n := range []int64{span.Int - 1, span.Int + 1, 0x7fff, 0x8000, 0xffff} {
			all = append(all, binary.BigEndian.AppendUint16(nil, uint16(n)))
		}
	case span.Field.Kind == List32 || span.Field.Kind == Value:
		for _, n := range []int64{span.Int - 1, span.Int + 1, -1, -2, 0x7fffffff, 0x7ffffffc, 0x80000000, 0x40000000} {
			all = append(all, binary.BigEndian.AppendUint32(nil, uint32(n)))
		}
	}
	return all
}

func checkCorrupted(t *testing.T, s sample, span Span, msg []byte) {
	t.Helper()
	m := fresh(s.msg.Kind(), s.context)
	err := m.Parse(msg[len(s.header()):])
	if err == nil {
		if again := mustAppend(t, m); string(again) != string(msg) {
			t.Errorf("%s: % x encodes to % x", span.Name, msg, again)
		}
		return
	}
	e, ok := errors.AsType[*SyntaxError](err)
	if !ok || e.Offset < span.Start || e.Offset > len(msg) {
		t.Errorf("%s at byte %d is wrong, and the error is %v", span.Name, span.Start, err)
	}
}

// Each byte of each sample with each of its bits turned over: no panic, and
// what is accepted is encoded as it was.
func TestFlippedBits(t *testing.T) {
	for _, s := range samples {
		body := s.body()
		for i := range body {
			for bit := range 8 {
				body[i] ^= 1 << bit
				m := fresh(s.msg.Kind(), s.context)
				if m.Parse(body) == nil {
					if got := bodyOf(t, m); string(got) != string(body) {
						t.Errorf("%v/%s: body % x encodes to % x", m.Kind(), s.name, body, got)
					}
				}
				body[i] ^= 1 << bit
			}
		}
	}
}

// The decoder stops at the first thing that does not fit: what comes after is
// zero, whatever the bytes are.
func TestDecoderIsBadForGood(t *testing.T) {
	d := decoder{body: []byte{0, 0, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0}}
	if v := d.value(); v == nil || d.bad {
		t.Fatalf("the value of 9 bytes: %v, bad %v", v, d.bad)
	}
	if d.uint64(); !d.bad {
		t.Fatal("8 bytes were read where 3 are left")
	}
	at := d.off
	for name, zero := range map[string]bool{
		"byte": d.byte() == 0, "uint16": d.uint16() == 0, "uint32": d.uint32() == 0, "uint64": d.uint64() == 0,
		"int16": d.int16() == 0, "int32": d.int32() == 0, "bool": !d.bool(), "cstring": d.cstring() == "",
		"rest": d.rest() == nil, "value": d.value() == nil, "notNull": d.notNull() == nil,
		"count16": d.count16(0) == 0, "count32": d.count32(0) == 0, "until": !d.until(),
		"formats": len(d.formats(nil)) == 0, "values": len(d.values(nil)) == 0, "peek": d.peek() == 0,
		"sized": d.sized(0, 100) == nil, "column": d.column() == Column{},
	} {
		if !zero {
			t.Errorf("%s gives something", name)
		}
	}
	if d.off != at || !d.bad {
		t.Errorf("the decoder moved from %d to %d, bad %v", at, d.off, d.bad)
	}
}

package wire

import (
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"strings"
)

// encoder appends one message to a buffer. The first thing that cannot be
// encoded is kept, everything after it is ignored, and finish takes back what
// was appended.
//
// Invariant: len(buf) - start <= MaxMessage unless there is a problem. The type
// byte is counted too, so that the length word of a message with one is at most
// 1 GiB - 2: the most that PostgreSQL's server takes (PQ_LARGE_MESSAGE_LIMIT).
type encoder struct {
	buf     []byte
	start   int
	kind    Kind
	field   string // "[]" in it is where the index goes; else it goes to the end
	index   int    // of a list's element, or -1
	problem string
}

// encode starts a message: its header with a length to be filled in by finish.
func encode(dst []byte, k Kind) encoder {
	e := encoder{buf: dst, start: len(dst), kind: k}
	l := &catalog[k]
	switch l.Envelope {
	case Typed:
		e.buf = append(e.buf, l.Type, 0, 0, 0, 0)
	case Untyped:
		e.buf = append(e.buf, 0, 0, 0, 0)
	case Embedded:
		e.buf = append(e.buf, l.Type)
	}
	return e
}

// finish fills in the length, or returns dst as it was and the error.
func (e *encoder) finish() ([]byte, error) {
	if e.problem != "" {
		return e.buf[:e.start], e.err()
	}
	size := len(e.buf) - e.start
	switch catalog[e.kind].Envelope {
	case Typed:
		binary.BigEndian.PutUint32(e.buf[e.start+1:], uint32(size-1))
	case Untyped:
		binary.BigEndian.PutUint32(e.buf[e.start:], uint32(size))
	}
	return e.buf, nil
}

func (e *encoder) err() error {
	field := e.field
	if e.index >= 0 {
		list, member, _ := strings.Cut(field, "[]")
		field = list + "[" + strconv.Itoa(e.index) + "]" + member
	}
	return &EncodeError{Message: catalog[e.kind].Name, Field: field, Problem: e.problem}
}

func (e *encoder) fail(field string, index int, problem string) {
	if e.problem == "" {
		e.field, e.index, e.problem = field, index, problem
	}
}

const tooLong = "makes the message longer than 1 GiB - 1"

// room reports whether n more bytes fit the message, in 64 bits so that no sum
// can wrap on a 32-bit machine.
func (e *encoder) room(field string, index int, n int64) bool {
	if e.problem != "" {
		return false
	}
	if int64(len(e.buf)-e.start)+n > MaxMessage {
		e.fail(field, index, tooLong)
		return false
	}
	return true
}

func (e *encoder) byte(b byte)     { e.buf = append(e.buf, b) }
func (e *encoder) int16(v int16)   { e.buf = binary.BigEndian.AppendUint16(e.buf, uint16(v)) }
func (e *encoder) int32(v int32)   { e.buf = binary.BigEndian.AppendUint32(e.buf, uint32(v)) }
func (e *encoder) uint32(v uint32) { e.buf = binary.BigEndian.AppendUint32(e.buf, v) }
func (e *encoder) uint64(v uint64) { e.buf = binary.BigEndian.AppendUint64(e.buf, v) }

func (e *encoder) bool(v bool) {
	if v {
		e.buf = append(e.buf, 1)
	} else {
		e.buf = append(e.buf, 0)
	}
}

func (e *encoder) cstring(field, s string) { e.cstringAt(field, -1, s) }

func (e *encoder) cstringAt(field string, index int, s string) {
	if !e.room(field, index, int64(len(s))+1) {
		return
	}
	if strings.IndexByte(s, 0) >= 0 {
		e.fail(field, index, "contains a NUL byte")
		return
	}
	e.buf = append(append(e.buf, s...), 0)
}

// nonEmpty is cstringAt for the members of lists that an empty string ends.
func (e *encoder) nonEmpty(field string, index int, s string) {
	if s == "" {
		e.fail(field, index, "is empty, which would end the list")
	}
	e.cstringAt(field, index, s)
}

func (e *encoder) bytes(field string, b []byte) {
	if e.room(field, -1, int64(len(b))) {
		e.buf = append(e.buf, b...)
	}
}

// sized is bytes with bounds on their number.
func (e *encoder) sized(field string, b []byte, least, most int) {
	if len(b) < least || len(b) > most {
		e.fail(field, -1, "has "+strconv.Itoa(len(b))+" bytes, not "+
			strconv.Itoa(least)+" to "+strconv.Itoa(most))
	}
	e.bytes(field, b)
}

// value appends an Int32 length and the bytes, or -1 for nil.
func (e *encoder) value(field string, index int, v []byte) {
	if v == nil {
		if e.room(field, index, 4) {
			e.int32(-1)
		}
		return
	}
	if e.room(field, index, int64(len(v))+4) {
		e.uint32(uint32(len(v)))
		e.buf = append(e.buf, v...)
	}
}

// count16 appends the number of a list's elements, each of which needs at
// least size bytes.
func (e *encoder) count16(field string, n int, size int64) {
	if n > math.MaxUint16 {
		e.fail(field, -1, "has "+strconv.Itoa(n)+" elements, more than 65535")
	}
	if e.room(field, -1, 2+int64(n)*size) {
		e.int16(int16(uint16(n)))
	}
}

func (e *encoder) count32(field string, n int, size int64) {
	if e.room(field, -1, 4+int64(n)*size) {
		e.uint32(uint32(n))
	}
}

func (e *encoder) formats(field string, fs []Format) {
	e.count16(field, len(fs), 2)
	if e.problem != "" {
		return
	}
	for _, f := range fs {
		e.int16(int16(f))
	}
}

// values appends a list of values. Their lengths are added up first, so that
// nothing is copied for a message that gets too long, and the buffer grows once.
func (e *encoder) values(field string, vs [][]byte) {
	e.count16(field, len(vs), 4)
	size := int64(4 * len(vs))
	for i, v := range vs {
		if size += int64(len(v)); size > MaxMessage {
			e.fail(field, i, tooLong)
		}
	}
	if !e.room(field, len(vs)-1, size) {
		return
	}
	buf := slices.Grow(e.buf, int(size))
	for _, v := range vs {
		n := uint32(len(v))
		if v == nil {
			n = 0xffffffff
		}
		buf = append(binary.BigEndian.AppendUint32(buf, n), v...)
	}
	e.buf = buf
}

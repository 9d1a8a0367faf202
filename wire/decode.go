package wire

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// decoder reads the fields of one body. After the first thing that does not
// fit it is bad and returns zero values; what and where is found afterwards,
// from the layout.
//
// Invariant: 0 <= off <= len(body).
type decoder struct {
	body []byte
	off  int
	bad  bool
}

// take returns the next n bytes, or nil when there are fewer.
func (d *decoder) take(n int) []byte {
	if d.bad || n < 0 || n > len(d.body)-d.off {
		d.bad = true
		return nil
	}
	b := d.body[d.off : d.off+n : d.off+n]
	d.off += n
	return b
}

func (d *decoder) byte() byte {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) uint16() uint16 {
	if b := d.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (d *decoder) uint32() uint32 {
	if b := d.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (d *decoder) uint64() uint64 {
	if b := d.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (d *decoder) int16() int16 { return int16(d.uint16()) }
func (d *decoder) int32() int32 { return int32(d.uint32()) }

// bool reads a byte that is 0 or 1; other values are refused so that encoding
// gives back the same bytes.
func (d *decoder) bool() bool {
	b := d.byte()
	d.bad = d.bad || b > 1
	return b == 1
}

// cstringBytes returns the bytes before the next NUL and passes over both.
func (d *decoder) cstringBytes() []byte {
	if d.bad {
		return nil
	}
	n := bytes.IndexByte(d.body[d.off:], 0)
	if n < 0 {
		d.bad = true
		return nil
	}
	b := d.take(n + 1)
	return b[:n:n]
}

func (d *decoder) cstring() string { return string(d.cstringBytes()) }

// rest returns what is left; nil only when the body is nil.
func (d *decoder) rest() []byte { return d.take(len(d.body) - d.off) }

// sized is rest with bounds on the number of bytes.
func (d *decoder) sized(least, most int) []byte {
	b := d.rest()
	d.bad = d.bad || len(b) < least || len(b) > most
	return b
}

// value reads an Int32 length and as many bytes; nil for the length -1.
func (d *decoder) value() []byte {
	n := d.int32()
	if n == -1 || d.bad {
		return nil
	}
	return d.take(int(n))
}

// notNull is value where -1 is refused.
func (d *decoder) notNull() []byte { return d.take(int(d.int32())) }

// count16 reads the number of a list's elements, each of which needs at least
// size bytes, and refuses a number that the bytes left cannot hold. So room for
// all elements can be made at once.
func (d *decoder) count16(size int) int { return d.check(int64(d.uint16()), size) }

func (d *decoder) count32(size int) int { return d.check(int64(d.int32()), size) }

func (d *decoder) check(n int64, size int) int {
	if d.bad || n < 0 || n*int64(size) > int64(len(d.body)-d.off) {
		d.bad = true
		return 0
	}
	return int(n)
}

// until reports whether another element follows in a list that a zero byte
// ends, and passes over that byte.
func (d *decoder) until() bool {
	if d.bad || d.off == len(d.body) {
		d.bad = true
		return false
	}
	if d.body[d.off] == 0 {
		d.off++
		return false
	}
	return true
}

func (d *decoder) formats(into []Format) []Format {
	n := d.count16(2)
	into = slices.Grow(into[:0], n)
	for range n {
		into = append(into, Format(d.int16()))
	}
	return into
}

func (d *decoder) uint32s(n int, into []uint32) []uint32 {
	into = slices.Grow(into[:0], n)
	for range n {
		into = append(into, d.uint32())
	}
	return into
}

func (d *decoder) values(into [][]byte) [][]byte {
	n := d.count16(4)
	into = slices.Grow(into[:0], n)
	for range n {
		into = append(into, d.value())
	}
	return into
}

// code reads the Int32 that tells messages with one type byte apart.
func (d *decoder) code(want uint32) {
	d.bad = d.uint32() != want || d.bad
}

// finish returns nil when the whole body was read and fitted, else the place
// where it does not.
func (d *decoder) finish(k Kind) error { return d.finishIn(k, Context{}) }

func (d *decoder) finishIn(k Kind, c Context) error {
	if !d.bad && d.off == len(d.body) {
		return nil
	}
	return locate(k, d.body, c)
}

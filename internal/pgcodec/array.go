package pgcodec

import (
	"encoding/binary"
	"math"
)

// MaxDims is how many dimensions an array of the server can have.
const MaxDims = 6

// Dim is the extent of an array in one direction.
type Dim struct{ Len, Lower int32 }

// Array reads an array's form from left to right. Its header is known, and
// compared with what follows, before the first element is read:
// Len is never more than the bytes can hold.
type Array struct {
	Elem uint32 // OID of the elements' type; 0 in text
	NDim int    // 0 for an empty array
	Dims [MaxDims]Dim
	Len  int // elements

	src     []byte // the elements, or all of the text
	at      int    // next byte of src
	left    int    // elements not yet read
	delim   byte   // of text; 0 for binary
	scratch []byte // an element without its escapes
	err     error
}

// ReadArray reads the header of a binary form.
func ReadArray(src []byte) (a Array, err error) {
	if len(src) < 12 {
		return a, malformed("array", "it is too short")
	}
	ndim, flags := binary.BigEndian.Uint32(src), binary.BigEndian.Uint32(src[4:])
	a.Elem = binary.BigEndian.Uint32(src[8:])
	a.src = src[12:]
	if ndim > MaxDims || flags > 1 || len(a.src) < 8*int(ndim) {
		return a, malformed("array", "its header makes no sense")
	}
	a.NDim = int(ndim)
	count := int64(1)
	for i := range a.NDim {
		d := Dim{int32(binary.BigEndian.Uint32(a.src)), int32(binary.BigEndian.Uint32(a.src[4:]))}
		a.src = a.src[8:]
		if d.Len < 0 || int64(d.Lower)+int64(d.Len) > math.MaxInt32 {
			return a, malformed("array", "its subscripts are out of range")
		}
		a.Dims[i] = d
		count *= int64(d.Len)
		if count > int64(len(src)/4) {
			return a, malformed("array", "it has fewer elements than it says")
		}
	}
	if a.NDim == 0 {
		count = 0
	}
	if count > int64(len(a.src)/4) {
		return a, malformed("array", "it has fewer elements than it says")
	}
	a.Len, a.left = int(count), int(count)
	return a, nil
}

// Next returns the form of the next element, nil for NULL, and whether there
// was one. The bytes are valid until the next call.
func (a *Array) Next() (elem []byte, ok bool) {
	if a.left == 0 || a.err != nil {
		a.finish()
		return nil, false
	}
	a.left--
	switch a.delim {
	case 0:
		elem, ok = a.nextBinary()
	case vectorDelim:
		elem, ok = a.nextInVector(), true
	default:
		elem, ok = a.nextText()
	}
	return elem, ok
}

// Err returns what was malformed, once Next has returned false.
func (a *Array) Err() error { return a.err }

func (a *Array) finish() {
	if a.err == nil && a.delim == 0 && a.at != len(a.src) {
		a.err = malformed("array", "bytes are left over")
	}
}

func (a *Array) nextBinary() ([]byte, bool) {
	elem, next, err := sized(a.src, a.at)
	if err != nil {
		a.err = malformed("array", "an element ends after the array")
		return nil, false
	}
	a.at = next
	return elem, true
}

// sized reads an Int32 length, -1 for NULL, and as many bytes.
func sized(src []byte, at int) (val []byte, next int, err error) {
	if len(src)-at < 4 {
		return nil, at, ErrRange
	}
	n := int32(binary.BigEndian.Uint32(src[at:]))
	at += 4
	if n == -1 {
		return nil, at, nil
	}
	if n < 0 || int(n) > len(src)-at {
		return nil, at, ErrRange
	}
	end := at + int(n)
	return src[at:end:end], end, nil
}

// AppendArrayHeader appends the header of a binary form; each element follows
// with an Int32 length, -1 for NULL. An empty array has no dims.
func AppendArrayHeader(dst []byte, elem uint32, hasNull bool, dims ...Dim) []byte {
	flags := uint32(0)
	if hasNull {
		flags = 1
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(dims)))
	dst = binary.BigEndian.AppendUint32(dst, flags)
	dst = binary.BigEndian.AppendUint32(dst, elem)
	for _, d := range dims {
		dst = binary.BigEndian.AppendUint32(dst, uint32(d.Len))
		dst = binary.BigEndian.AppendUint32(dst, uint32(d.Lower))
	}
	return dst
}

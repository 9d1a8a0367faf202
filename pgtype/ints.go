package pgtype

import (
	"encoding/binary"
	"fmt"
)

func appendInt64(dst []byte, n int64) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(n))
}

func appendInt32(dst []byte, n int32) []byte {
	return binary.BigEndian.AppendUint32(dst, uint32(n))
}

func appendInt16(dst []byte, n int16) []byte {
	return binary.BigEndian.AppendUint16(dst, uint16(n))
}

func int64From(src []byte, what string) (int64, error) {
	if len(src) != 8 {
		return 0, badSize(what, src, 8)
	}
	return int64(binary.BigEndian.Uint64(src)), nil
}

func int32From(src []byte, what string) (int32, error) {
	if len(src) != 4 {
		return 0, badSize(what, src, 4)
	}
	return int32(binary.BigEndian.Uint32(src)), nil
}

func int16From(src []byte, what string) (int16, error) {
	if len(src) != 2 {
		return 0, badSize(what, src, 2)
	}
	return int16(binary.BigEndian.Uint16(src)), nil
}

func badSize(what string, src []byte, want int) error {
	return fmt.Errorf("binary %s of %d bytes instead of %d", what, len(src), want)
}

// reader takes numbers from the front of a binary form. After the first one
// that is not there, bad is true and all others are 0.
type reader struct {
	src []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if r.bad || n < 0 || n > len(r.src) {
		r.bad = true
		return nil
	}
	b := r.src[:n:n]
	r.src = r.src[n:]
	return b
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) int16() int16 {
	if b := r.take(2); b != nil {
		return int16(binary.BigEndian.Uint16(b))
	}
	return 0
}

func (r *reader) int32() int32 {
	if b := r.take(4); b != nil {
		return int32(binary.BigEndian.Uint32(b))
	}
	return 0
}

func (r *reader) int64() int64 {
	if b := r.take(8); b != nil {
		return int64(binary.BigEndian.Uint64(b))
	}
	return 0
}

// count reads an Int32 that counts things of at least size bytes each.
func (r *reader) count(size int) int {
	n := int(r.int32())
	if n < 0 || n > len(r.src)/size {
		r.bad = true
		return 0
	}
	return n
}

// cstring reads up to a zero byte, which it drops.
func (r *reader) cstring() string {
	for i, c := range r.src {
		if c == 0 {
			s := string(r.src[:i])
			r.src = r.src[i+1:]
			return s
		}
	}
	r.bad = true
	return ""
}

// end returns an error unless all was there, and no more.
func (r *reader) end(what string) error {
	if r.bad || len(r.src) > 0 {
		return badForm(what)
	}
	return nil
}

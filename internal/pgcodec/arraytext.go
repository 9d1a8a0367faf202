package pgcodec

import (
	"math"
	"strconv"
)

// vectorDelim is between the elements of int2vector and oidvector, which have
// no braces.
const vectorDelim = ' '

// ReadArrayText reads a text form once to learn its dimensions; Next reads it
// again. delim is that of the elements' type: a comma, for box a semicolon.
func ReadArrayText(src []byte, delim byte) (a Array, err error) {
	if delim == 0 || delim == vectorDelim {
		return a, syntax("array")
	}
	a.src, a.delim = src, delim
	bounds, ok := a.readBounds()
	if !ok {
		return a, syntax("array")
	}
	start := a.at
	if !a.measure() {
		return a, syntax("array")
	}
	a.at = start
	return a, a.setBounds(bounds)
}

// ReadVectorText reads the text of an int2vector or oidvector: numbers with
// spaces between.
func ReadVectorText(src []byte) (a Array, err error) {
	a.src, a.delim, a.NDim = src, vectorDelim, 1
	for i := range src {
		switch {
		case src[i] == vectorDelim && (i == 0 || i == len(src)-1 || src[i-1] == vectorDelim):
			return a, syntax("vector")
		case src[i] == vectorDelim:
		case i == 0 || src[i-1] == vectorDelim:
			a.Len++
		}
	}
	a.left, a.Dims[0] = a.Len, Dim{Len: int32(a.Len)}
	return a, nil
}

func (a *Array) nextInVector() []byte {
	start := a.at
	for a.at < len(a.src) && a.src[a.at] != vectorDelim {
		a.at++
	}
	elem := a.src[start:a.at]
	a.at++
	return elem
}

// readBounds reads the subscripts that stand before an array that does not
// start at 1: [0:2][5:6]=
func (a *Array) readBounds() (bounds []Dim, ok bool) {
	a.space()
	for a.take('[') {
		low, ok1 := a.integer()
		ok2 := a.take(':')
		high, ok3 := a.integer()
		// A range of subscripts holds one more than their difference.
		size := high - low + 1
		if !ok1 || !ok2 || !ok3 || !a.take(']') || size < 1 || size > math.MaxInt32 || len(bounds) == MaxDims {
			return nil, false
		}
		bounds = append(bounds, Dim{Len: int32(size), Lower: int32(low)})
	}
	return bounds, len(bounds) == 0 || a.take('=')
}

func (a *Array) setBounds(bounds []Dim) error {
	for i := range a.NDim {
		a.Dims[i].Lower = 1
	}
	if bounds == nil {
		return nil
	}
	if len(bounds) != a.NDim {
		return syntax("array")
	}
	for i, b := range bounds {
		if b.Len != a.Dims[i].Len {
			return syntax("array")
		}
		a.Dims[i].Lower = b.Lower
	}
	return nil
}

func (a *Array) integer() (int64, bool) {
	start := a.at
	for a.at < len(a.src) && a.at-start < 11 && (a.src[a.at] == '-' || a.src[a.at] == '+' || a.src[a.at] >= '0' && a.src[a.at] <= '9') {
		a.at++
	}
	n, err := strconv.ParseInt(string(a.src[start:a.at]), 10, 32)
	return n, err == nil
}

func (a *Array) take(c byte) bool {
	if a.at < len(a.src) && a.src[a.at] == c {
		a.at++
		return true
	}
	return false
}

func (a *Array) space() {
	for a.at < len(a.src) && isSpace(a.src[a.at]) {
		a.at++
	}
}

// measure reads all braces and elements: every list at one depth must be of
// the same length, and elements are at the greatest depth only.
func (a *Array) measure() bool {
	var counts [MaxDims + 1]int32
	depth := 0
	for value := false; ; { // whether a value has just ended
		a.space()
		switch {
		case !value && a.take('{'):
			depth++
			if depth > MaxDims || a.NDim > 0 && depth > a.NDim {
				return false
			}
			counts[depth] = 0
		case value && a.take(a.delim):
			value = false
		case depth > 0 && a.take('}'):
			if !a.closes(depth, counts[depth], value) {
				return false
			}
			depth--
			counts[depth]++
			if depth == 0 {
				a.space()
				return a.at == len(a.src)
			}
			value = true
		case !value && depth > 0 && a.isElem():
			if a.NDim == 0 {
				a.NDim = depth
			}
			if depth != a.NDim || !a.skipElem() || a.Len == math.MaxInt32 {
				return false
			}
			counts[depth]++
			a.Len++
			a.left++
			value = true
		default:
			return false
		}
	}
}

// closes checks a list that ends. Only the empty array has an empty list.
func (a *Array) closes(depth int, count int32, value bool) bool {
	if a.NDim == 0 {
		return depth == 1 && count == 0
	}
	d := &a.Dims[depth-1]
	if !value || count == 0 || d.Len != 0 && d.Len != count {
		return false
	}
	d.Len = count
	return true
}

func (a *Array) isElem() bool {
	return a.at < len(a.src) && a.src[a.at] != a.delim && a.src[a.at] != '{' && a.src[a.at] != '}'
}

// skipElem passes over an element.
func (a *Array) skipElem() bool {
	if a.take('"') {
		for a.at < len(a.src) {
			switch a.src[a.at] {
			case '"':
				a.at++
				return true
			case '\\':
				a.at++
			}
			a.at++
		}
		return false
	}
	for a.isElem() {
		switch a.src[a.at] {
		case '"':
			return false
		case '\\':
			a.at++
		}
		a.at++
	}
	return a.at <= len(a.src)
}

// nextText returns the next element of a text that measure has approved.
func (a *Array) nextText() ([]byte, bool) {
	for a.at < len(a.src) && (a.src[a.at] == '{' || a.src[a.at] == '}' || a.src[a.at] == a.delim || isSpace(a.src[a.at])) {
		a.at++
	}
	start := a.at
	if !a.skipElem() {
		a.err = syntax("array")
		return nil, false
	}
	elem := a.src[start:a.at]
	if elem[0] == '"' {
		return a.unescape(elem[1 : len(elem)-1]), true
	}
	elem = trimEnd(elem)
	if isNull(elem) {
		return nil, true
	}
	return a.unescape(elem), true
}

// trimEnd drops spaces at the end, but not one that is escaped.
func trimEnd(s []byte) []byte {
	for len(s) > 0 && isSpace(s[len(s)-1]) && (len(s) < 2 || s[len(s)-2] != '\\') {
		s = s[:len(s)-1]
	}
	return s
}

func isNull(s []byte) bool {
	return len(s) == 4 && s[0]|0x20 == 'n' && s[1]|0x20 == 'u' && s[2]|0x20 == 'l' && s[3]|0x20 == 'l'
}

func (a *Array) unescape(s []byte) []byte {
	at := 0
	for at < len(s) && s[at] != '\\' {
		at++
	}
	if at == len(s) {
		return s
	}
	a.scratch = append(a.scratch[:0], s[:at]...)
	for ; at < len(s); at++ {
		if s[at] == '\\' && at+1 < len(s) {
			at++
		}
		a.scratch = append(a.scratch, s[at])
	}
	return a.scratch
}

// AppendArrayDims appends the subscripts that an array's text starts with when
// one of them does not start at 1; else nothing.
func AppendArrayDims(dst []byte, dims []Dim) []byte {
	plain := true
	for _, d := range dims {
		plain = plain && d.Lower == 1
	}
	if plain {
		return dst
	}
	for _, d := range dims {
		dst = strconv.AppendInt(append(dst, '['), int64(d.Lower), 10)
		dst = strconv.AppendInt(append(dst, ':'), int64(d.Lower)+int64(d.Len)-1, 10)
		dst = append(dst, ']')
	}
	return append(dst, '=')
}

// Braces writes the braces and delimiters of an array's text around its
// elements: call Open before each element and Close after the last.
type Braces struct {
	dims  []Dim
	delim byte
	at    int
}

// NewBraces returns the braces of an array with at least one element.
func NewBraces(dims []Dim, delim byte) Braces { return Braces{dims: dims, delim: delim} }

// Open appends what stands before the next element.
func (b *Braces) Open(dst []byte) []byte {
	n := b.boundaries(b.at)
	if b.at > 0 {
		for range n {
			dst = append(dst, '}')
		}
		dst = append(dst, b.delim)
	}
	b.at++
	for range n {
		dst = append(dst, '{')
	}
	return dst
}

// boundaries counts the lists that start at the element: all at the first
// one, in any case those whose size divides its place.
func (b *Braces) boundaries(at int) (n int) {
	if at == 0 {
		return len(b.dims)
	}
	size := 1
	for i := len(b.dims) - 1; i > 0; i-- {
		size *= max(int(b.dims[i].Len), 1)
		if at%size != 0 {
			break
		}
		n++
	}
	return n
}

// Close appends what stands after the last element.
func (b *Braces) Close(dst []byte) []byte {
	for range len(b.dims) {
		dst = append(dst, '}')
	}
	return dst
}

package pgcodec

import "encoding/binary"

// The flags of a range's binary form.
const (
	rangeEmpty    = 0x01
	rangeLowerInc = 0x02
	rangeUpperInc = 0x04
	rangeLowerInf = 0x08
	rangeUpperInf = 0x10
)

// Range is the form of a range taken apart.
type Range struct {
	Empty              bool
	Lower, Upper       []byte // forms of the bounds; nil where there is none
	LowerInc, UpperInc bool   // whether the bounds belong to the range
}

// ReadRange reads a binary form.
func ReadRange(src []byte) (r Range, err error) {
	if len(src) == 0 {
		return r, malformed("range", "it is too short")
	}
	flags, at := src[0], 1
	if flags > rangeEmpty|rangeLowerInc|rangeUpperInc|rangeLowerInf|rangeUpperInf {
		return r, malformed("range", "there is no such flag")
	}
	r.Empty = flags&rangeEmpty != 0
	if !r.Empty && flags&rangeLowerInf == 0 {
		r.LowerInc = flags&rangeLowerInc != 0
		if r.Lower, at, err = sized(src, at); err != nil || r.Lower == nil {
			return Range{}, malformed("range", "its lower bound is not there")
		}
	}
	if !r.Empty && flags&rangeUpperInf == 0 {
		r.UpperInc = flags&rangeUpperInc != 0
		if r.Upper, at, err = sized(src, at); err != nil || r.Upper == nil {
			return Range{}, malformed("range", "its upper bound is not there")
		}
	}
	if at != len(src) {
		return Range{}, malformed("range", "bytes are left over")
	}
	return r, nil
}

// AppendRangeFlags appends the first byte of a binary form. The bounds that
// there are follow, each after its Int32 length.
func AppendRangeFlags(dst []byte, empty, hasLower, hasUpper, lowerInc, upperInc bool) []byte {
	if empty {
		return append(dst, rangeEmpty)
	}
	var flags byte
	switch {
	case !hasLower:
		flags |= rangeLowerInf
	case lowerInc:
		flags |= rangeLowerInc
	}
	switch {
	case !hasUpper:
		flags |= rangeUpperInf
	case upperInc:
		flags |= rangeUpperInc
	}
	return append(dst, flags)
}

// ReadRangeText reads a text form. Bounds that were escaped are copied.
func ReadRangeText(src []byte) (r Range, err error) {
	s := trim(src)
	if len(s) == 5 && string(s) == "empty" {
		return Range{Empty: true}, nil
	}
	end, ok := rangeEnd(s)
	if !ok || end != len(s) {
		return r, syntax("range")
	}
	comma, ok := fieldEnd(s, 1, ',', ',')
	if !ok {
		return r, syntax("range")
	}
	r.LowerInc, r.UpperInc = s[0] == '[', s[end-1] == ']'
	r.Lower, _ = unquote(s[1:comma], nil)
	if second, _ := fieldEnd(s, comma+1, ',', s[end-1]); second != end-1 {
		return Range{}, syntax("range")
	}
	r.Upper, _ = unquote(s[comma+1:end-1], nil)
	r.LowerInc = r.LowerInc && r.Lower != nil
	r.UpperInc = r.UpperInc && r.Upper != nil
	return r, nil
}

// rangeEnd finds the byte after the range that a text starts with.
func rangeEnd(s []byte) (end int, ok bool) {
	if len(s) == 0 || s[0] != '[' && s[0] != '(' {
		return 0, false
	}
	end, ok = fieldEnd(s, 1, ']', ')')
	return end + 1, ok
}

// Multirange reads the form of a multirange from left to right.
type Multirange struct {
	Len int // ranges

	src  []byte
	at   int
	left int
	text bool
	err  error
}

// ReadMultirange reads the header of a binary form.
func ReadMultirange(src []byte) (m Multirange, err error) {
	if len(src) < 4 {
		return m, malformed("multirange", "it is too short")
	}
	n := binary.BigEndian.Uint32(src)
	m.src = src[4:]
	if uint64(n) > uint64(len(m.src)/5) {
		return m, malformed("multirange", "it has fewer ranges than it says")
	}
	m.Len, m.left = int(n), int(n)
	return m, nil
}

// ReadMultirangeText reads a text form once to count the ranges.
func ReadMultirangeText(src []byte) (m Multirange, err error) {
	s := trim(src)
	if len(s) < 2 || s[0] != '{' || s[len(s)-1] != '}' {
		return m, syntax("multirange")
	}
	m.src, m.text = s[1:len(s)-1], true
	for at := 0; at < len(m.src); {
		if at > 0 {
			if m.src[at] != ',' {
				return m, syntax("multirange")
			}
			at++
		}
		n, ok := rangeEnd(m.src[at:])
		if !ok {
			return m, syntax("multirange")
		}
		at += n
		m.Len++
	}
	m.left = m.Len
	return m, nil
}

// Next returns the next range's form, for [ReadRange] or [ReadRangeText].
func (m *Multirange) Next() (form []byte, ok bool) {
	if m.left == 0 || m.err != nil {
		if m.err == nil && !m.text && m.at != len(m.src) {
			m.err = malformed("multirange", "bytes are left over")
		}
		return nil, false
	}
	m.left--
	if m.text {
		if m.at > 0 {
			m.at++ // the comma
		}
		n, _ := rangeEnd(m.src[m.at:])
		m.at += n
		return m.src[m.at-n : m.at], true
	}
	form, next, err := sized(m.src, m.at)
	if err != nil || form == nil {
		m.err = malformed("multirange", "a range ends after the multirange")
		return nil, false
	}
	m.at = next
	return form, true
}

// Err returns what was malformed, once Next has returned false.
func (m *Multirange) Err() error { return m.err }

package pgcodec

import "encoding/binary"

// Record reads the form of a row value from left to right.
type Record struct {
	Len int // fields

	src     []byte
	at      int
	left    int
	text    bool
	scratch []byte
	err     error
}

// ReadRecord reads the header of a binary form.
func ReadRecord(src []byte) (r Record, err error) {
	if len(src) < 4 {
		return r, malformed("record", "it is too short")
	}
	n := int32(binary.BigEndian.Uint32(src))
	r.src = src[4:]
	if n < 0 || int(n) > len(r.src)/8 {
		return r, malformed("record", "it has fewer fields than it says")
	}
	r.Len, r.left = int(n), int(n)
	return r, nil
}

// ReadRecordText reads a text form once to count the fields. The text of a
// record without fields is that of one whose only field is NULL, and counts
// as such.
func ReadRecordText(src []byte) (r Record, err error) {
	if len(src) < 2 || src[0] != '(' || src[len(src)-1] != ')' {
		return r, syntax("record")
	}
	r.src, r.text = src[1:], true
	for at := 0; ; at++ {
		end, ok := fieldEnd(r.src, at, ',', ')')
		if !ok {
			return r, syntax("record")
		}
		r.Len++
		at = end
		if r.src[at] == ')' {
			r.left = r.Len
			if at != len(r.src)-1 {
				return r, syntax("record")
			}
			return r, nil
		}
	}
}

// Next returns the next field's form, nil for NULL, the OID of its type (0 in
// text), and whether there was one. The bytes are valid until the next call.
func (r *Record) Next() (oid uint32, val []byte, ok bool) {
	if r.left == 0 || r.err != nil {
		if r.err == nil && !r.text && r.at != len(r.src) {
			r.err = malformed("record", "bytes are left over")
		}
		return 0, nil, false
	}
	r.left--
	if !r.text {
		return r.nextBinary()
	}
	end, _ := fieldEnd(r.src, r.at, ',', ')')
	val, r.scratch = unquote(r.src[r.at:end], r.scratch)
	r.at = end + 1
	return 0, val, true
}

func (r *Record) nextBinary() (oid uint32, val []byte, ok bool) {
	if len(r.src)-r.at >= 8 {
		oid = binary.BigEndian.Uint32(r.src[r.at:])
		var err error
		if val, r.at, err = sized(r.src, r.at+4); err == nil {
			return oid, val, true
		}
	}
	r.err = malformed("record", "a field ends after the record")
	return 0, nil, false
}

// Err returns what was malformed, once Next has returned false.
func (r *Record) Err() error { return r.err }

// fieldEnd finds the delimiter or closer that ends the field at a place,
// outside of quotes and escapes.
func fieldEnd(src []byte, at int, stop, other byte) (end int, ok bool) {
	quoted := false
	for ; at < len(src); at++ {
		switch c := src[at]; {
		case c == '\\':
			at++
		case c == '"':
			quoted = !quoted // a doubled quote toggles twice
		case !quoted && (c == stop || c == other):
			return at, true
		}
	}
	return at, false
}

// unquote undoes the quoting of a field: nil when there is nothing, not even
// quotes. It uses scratch when the value is not there as it stands.
func unquote(s, scratch []byte) (val, buf []byte) {
	if len(s) == 0 {
		return nil, scratch
	}
	if plain(s) {
		return s, scratch
	}
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' && plain(s[1:len(s)-1]) {
		return s[1 : len(s)-1], scratch
	}
	scratch = append(scratch[:0], "\x00"...)[:0] // not nil, even if the value is empty
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			scratch = append(scratch, s[i])
		case s[i] == '"' && quoted && i+1 < len(s) && s[i+1] == '"':
			i++
			scratch = append(scratch, '"')
		case s[i] == '"':
			quoted = !quoted
		default:
			scratch = append(scratch, s[i])
		}
	}
	return scratch, scratch
}

func plain(s []byte) bool {
	for _, c := range s {
		if c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

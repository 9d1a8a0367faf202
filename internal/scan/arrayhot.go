package scan

import "encoding/binary"

// isHotElement reports whether readHot knows elements.
func isHotElement(op opcode) bool { return op == op64 || op == op32 || op == opString }

// hotHeader is how long the header of an array of one dimension is.
const hotHeader = 20

// readHot reads the commonest arrays: in binary, of one dimension, with elements
// that are plain numbers or texts, none of them NULL. It reports whether the array
// is one; what is odd about another is told by the other way.
func (r *arrayReader) readHot(m *Memory, b []byte, p Pointer) bool {
	if len(b) < hotHeader || binary.BigEndian.Uint32(b) != 1 || binary.BigEndian.Uint32(b[8:]) != r.oid {
		return false
	}
	n := int(binary.BigEndian.Uint32(b[12:]))
	flags, lower := binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[16:])
	b = b[hotHeader:]
	if n < 1 || n > len(b)/4 || flags > 1 || lower != 1 {
		return false
	}
	var data Pointer
	ok := false
	switch r.elem.op {
	case op64:
		if len(b) == 12*n {
			words := m.words(n)
			data, ok = first(words), fill64(words, b)
		}
	case op32:
		if len(b) == 8*n {
			data = first(m.words((n + 1) / 2))
			ok = fill32(data, n, b)
		}
	case opString:
		texts := make([]string, n)
		data, ok = first(texts), fillTexts(m, texts, b)
	}
	if ok {
		p.setSlice(data, n)
	}
	return ok
}

func fill64(words []uint64, b []byte) bool {
	for i := range words {
		if len(b) < 12 || binary.BigEndian.Uint32(b) != 8 {
			return false
		}
		words[i] = binary.BigEndian.Uint64(b[4:])
		b = b[12:]
	}
	return true
}

func fill32(data Pointer, n int, b []byte) bool {
	for i := range n {
		if len(b) < 8 {
			return false
		}
		v := binary.BigEndian.Uint64(b) // length and value
		if v>>32 != 4 {
			return false
		}
		*At[uint32](data.Add(uintptr(i) * 4)) = uint32(v)
		b = b[8:]
	}
	return true
}

func fillTexts(m *Memory, texts []string, b []byte) bool {
	for i := range texts {
		if len(b) < 4 {
			return false
		}
		size := binary.BigEndian.Uint32(b)
		b = b[4:]
		if uint64(size) > uint64(len(b)) { // also NULL
			return false
		}
		texts[i] = m.String(b[:size])
		b = b[size:]
	}
	return len(b) == 0
}

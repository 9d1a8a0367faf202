package render

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// maxDigits bounds how many digits of a numeric are written. A few bytes can
// claim many.
const maxDigits = 200

// The sign word of a numeric.
const (
	numericPositive = 0x0000
	numericNegative = 0x4000
	numericNaN      = 0xc000
	numericInf      = 0xd000
	numericNegInf   = 0xf000
)

// decodeNumeric reads a number written in base 10000: how many digits there
// are, the weight of the first, the sign, how many decimal digits are shown
// after the point, and the digits.
func decodeNumeric(b []byte) (decoded, bool) {
	if len(b) < 8 || len(b) != 8+2*int(be16(b)) {
		return decoded{}, false
	}
	weight, sign, scale := int(int16(be16(b[2:]))), be16(b[4:]), int(be16(b[6:]))
	switch sign {
	case numericNaN:
		return plain("NaN")
	case numericInf:
		return plain("Infinity")
	case numericNegInf:
		return plain("-Infinity")
	case numericPositive, numericNegative:
	default:
		return decoded{}, false
	}
	if 4*(max(weight, 0)+1)+scale > maxDigits {
		return decoded{}, false
	}
	digits := b[8:]
	for i := 0; i < len(digits); i += 2 {
		if be16(digits[i:]) > 9999 {
			return decoded{}, false
		}
	}
	s := numericText(digits, weight, scale)
	if sign == numericNegative {
		s = "-" + s
	}
	return plain(s)
}

// numericText writes the digits, of which the first stands for multiples of
// 10000 to the power of weight.
func numericText(digits []byte, weight, scale int) string {
	var whole, fraction strings.Builder
	for w := max(weight, 0); w >= 0; w-- {
		fmt.Fprintf(&whole, "%04d", numericDigit(digits, weight-w))
	}
	for w := -1; fraction.Len() < scale; w-- {
		fmt.Fprintf(&fraction, "%04d", numericDigit(digits, weight-w))
	}
	s := strings.TrimLeft(whole.String(), "0")
	if s == "" {
		s = "0"
	}
	if scale > 0 {
		s += "." + fraction.String()[:scale]
	}
	return s
}

// numericDigit returns the i-th digit; those before the first and after the
// last are 0.
func numericDigit(digits []byte, i int) uint16 {
	if i < 0 || 2*i+1 >= len(digits) {
		return 0
	}
	return be16(digits[2*i:])
}

// decodeArray reads an array of one dimension, or of none, whose elements can
// be read: the number of dimensions, whether there are NULLs, the type of the
// elements, for each dimension its length and lower bound, the elements.
func decodeArray(elem uint32, b []byte) (decoded, bool) {
	if len(b) < 12 || binary.BigEndian.Uint32(b[8:]) != elem {
		return decoded{}, false
	}
	switch dimensions := binary.BigEndian.Uint32(b); {
	case dimensions == 0 && len(b) == 12:
		return plain("{}")
	case dimensions != 1 || len(b) < 20:
		return decoded{}, false
	}
	n, b := binary.BigEndian.Uint32(b[12:]), b[20:]
	var words []string
	for ; n > 0; n-- {
		word, rest, ok := arrayElement(elem, b)
		if !ok {
			return decoded{}, false
		}
		words, b = append(words, word), rest
	}
	if len(b) > 0 {
		return decoded{}, false
	}
	return plain("{" + strings.Join(words, ",") + "}")
}

// arrayElement reads one element and returns the bytes after it.
func arrayElement(elem uint32, b []byte) (word string, rest []byte, ok bool) {
	if len(b) < 4 {
		return "", nil, false
	}
	n, b := int64(int32(binary.BigEndian.Uint32(b))), b[4:]
	switch {
	case n == -1:
		return "NULL", b, true
	case n < 0 || n > int64(len(b)):
		return "", nil, false
	}
	v, ok := decodeBinary(elem, b[:n])
	text := v.text
	if s, quoted := v.json.(string); quoted && s == text && strings.ContainsAny(s, " ,{}") {
		text = strconv.Quote(s)
	}
	return text, b[n:], ok
}

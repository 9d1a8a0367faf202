package pgcodec

import (
	"encoding/binary"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// ParseNumeric appends the binary form of a text: digits with a point and an
// exponent, NaN, or an infinity. The decimals shown are those written.
func ParseNumeric[S Text](dst []byte, src S) ([]byte, error) {
	d, rest, ok := scanDecimal(trim(src))
	if !ok {
		return appendSpecial(dst, string(trim(src)))
	}
	if d.exp, ok = scanExponent(rest); !ok {
		return dst, syntax("numeric")
	}
	return d.appendBinary(dst)
}

func appendSpecial(dst []byte, src string) ([]byte, error) {
	sign := NumericNaN
	switch strings.ToLower(src) {
	case "nan":
	case "infinity", "+infinity", "inf", "+inf":
		sign = NumericInf
	case "-infinity", "-inf":
		sign = NumericNegInf
	default:
		return dst, syntax("numeric")
	}
	return appendHead(dst, 0, 0, sign, 0), nil
}

func trim[S Text](s S) S {
	for len(s) > 0 && isSpace(s[0]) {
		s = s[1:]
	}
	for len(s) > 0 && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// isSpace is the server's isspace for ASCII.
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// decimal is a number as written: digits around a point, times 10^exp.
type decimal[S Text] struct {
	whole, part S
	neg         bool
	exp         int
}

func scanDecimal[S Text](s S) (d decimal[S], rest S, ok bool) {
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		d.neg = s[0] == '-'
		s = s[1:]
	}
	n := countDigits(s)
	d.whole, s = s[:n], s[n:]
	if len(s) > 0 && s[0] == '.' {
		n = countDigits(s[1:])
		d.part, s = s[1:n+1], s[n+1:]
	}
	return d, s, len(d.whole)+len(d.part) > 0
}

func countDigits[S Text](s S) (n int) {
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// scanExponent reads e and a number. One that is far out is as bad as one just
// out of range, so it needs not be exact.
func scanExponent[S Text](s S) (exp int, ok bool) {
	if len(s) == 0 {
		return 0, true
	}
	if s[0] != 'e' && s[0] != 'E' {
		return 0, false
	}
	s = s[1:]
	neg := len(s) > 0 && s[0] == '-'
	if neg || len(s) > 0 && s[0] == '+' {
		s = s[1:]
	}
	if len(s) == 0 || countDigits(s) != len(s) {
		return 0, false
	}
	for i := range len(s) {
		if exp < 100_000_000 { // else it is out of range already
			exp = exp*10 + int(s[i]-'0')
		}
	}
	if neg {
		exp = -exp
	}
	return exp, true
}

// at returns the digit with the index, counted across the point.
func (d *decimal[S]) at(i int) int {
	switch {
	case i < 0:
		return 0
	case i < len(d.whole):
		return int(d.whole[i] - '0')
	case i < len(d.whole)+len(d.part):
		return int(d.part[i-len(d.whole)] - '0')
	}
	return 0
}

func (d *decimal[S]) appendBinary(dst []byte) ([]byte, error) {
	first, end := 0, len(d.whole)+len(d.part)
	for first < end && d.at(first) == 0 {
		first++
	}
	for end > first && d.at(end-1) == 0 {
		end--
	}
	scale := max(len(d.part)-d.exp, 0)
	if scale > maxDecimals {
		return dst, rangeOf("numeric")
	}
	if first == end {
		return appendHead(dst, 0, 0, NumericPos, scale), nil
	}
	point := len(d.whole) + d.exp - first // digits from the first one to the point
	weight := int(floorDiv(int64(point)+3, 4)) - 1
	if weight > math.MaxInt16 {
		return dst, rangeOf("numeric")
	}
	sign := NumericPos
	if d.neg {
		sign = NumericNeg
	}
	at := first - ((weight+1)*4 - point) // where the first group of four starts
	groups := (end - at + 3) / 4
	if groups > math.MaxInt16 {
		return dst, rangeOf("numeric")
	}
	dst = appendHead(dst, groups, weight, sign, scale)
	for ; at < end; at += 4 {
		g := d.at(at)*1000 + d.at(at+1)*100 + d.at(at+2)*10 + d.at(at+3)
		dst = append(dst, byte(g>>8), byte(g))
	}
	return dst, nil
}

// AppendNumericInt64 appends the binary form of an integer.
func AppendNumericInt64(dst []byte, n int64) []byte {
	sign, u := NumericPos, uint64(n)
	if n < 0 {
		sign, u = NumericNeg, -u
	}
	return appendNumericUint(dst, sign, u)
}

// AppendNumericUint64 appends the binary form of an integer.
func AppendNumericUint64(dst []byte, n uint64) []byte {
	return appendNumericUint(dst, NumericPos, n)
}

func appendNumericUint(dst []byte, sign NumericSign, u uint64) []byte {
	if u == 0 {
		return appendHead(dst, 0, 0, NumericPos, 0)
	}
	var digits [5]uint16
	first := len(digits)
	for ; u > 0; u /= 10000 {
		first--
		digits[first] = uint16(u % 10000)
	}
	weight, end := len(digits)-1-first, len(digits)
	for digits[end-1] == 0 {
		end--
	}
	dst = appendHead(dst, end-first, weight, sign, 0)
	for _, d := range digits[first:end] {
		dst = binary.BigEndian.AppendUint16(dst, d)
	}
	return dst
}

// AppendNumericFloat64 appends the binary form of the shortest decimal that
// reads back as f.
func AppendNumericFloat64(dst []byte, f float64) []byte {
	var buf [32]byte
	// The text of a float is a numeric's, and within its range.
	dst, _ = ParseNumeric(dst, strconv.AppendFloat(buf[:0], f, 'e', -1, 64))
	return dst
}

// AppendNumericBig appends the binary form of n * 10^exp.
func AppendNumericBig(dst []byte, n *big.Int, exp int32) ([]byte, error) {
	if n == nil {
		n = new(big.Int)
	}
	if n.BitLen() > 4*MaxNumericText {
		return dst, rangeOf("numeric")
	}
	text := append(n.Append(nil, 10), 'e')
	return ParseNumeric(dst, strconv.AppendInt(text, int64(exp), 10))
}

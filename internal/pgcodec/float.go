package pgcodec

import (
	"math"
	"math/bits"
	"strconv"
)

// AppendFloat64 appends the text of a float8 as the server prints it with
// extra_float_digits at its default: the fewest digits that read back as the
// same number.
func AppendFloat64(dst []byte, v float64) []byte { return appendFloat(dst, v, 64, 15, 1<<52) }

// AppendFloat32 is AppendFloat64 for a float4.
//
// Of all float4, 2^-12 alone lies halfway between its two shortest decimals, both
// of which read back as it. The server takes the even one, Go the other.
func AppendFloat32(dst []byte, v float32) []byte {
	switch v {
	case 1.0 / (1 << 12):
		return append(dst, "0.00024414062"...)
	case -1.0 / (1 << 12):
		return append(dst, "-0.00024414062"...)
	}
	return appendFloat(dst, float64(v), 32, 6, 1<<21)
}

// appendFloat writes with an exponent from 10^fixed on, and below 10^-4.
func appendFloat(dst []byte, v float64, bits, fixed int, ties float64) []byte {
	switch {
	case math.IsNaN(v):
		return append(dst, "NaN"...)
	case math.IsInf(v, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(v, -1):
		return append(dst, "-Infinity"...)
	case v == 0 && math.Signbit(v):
		return append(dst, "-0"...)
	case v == 0:
		return append(dst, '0')
	}
	// Most numbers are small and need no exponent; an integer never does.
	if abs := math.Abs(v); abs >= 1e-4 && abs < ties && abs < math.Pow10(fixed)/10 {
		return strconv.AppendFloat(dst, v, 'f', -1, bits)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, v, 'e', -1, bits)
	if math.Abs(v) >= ties && isTie(dst[start:], v, bits) {
		dst = longer(dst[:start], v, bits)
	}
	exp := exponent(dst[start:])
	if exp < -4 || exp >= fixed {
		return dst
	}
	digits := len(dst) - start - 4 // without e+00
	if v < 0 {
		digits--
	}
	if digits > 1 {
		digits-- // the point
	}
	return strconv.AppendFloat(dst[:start], v, 'f', max(digits-1-exp, 0), bits)
}

// exponent reads the exponent of a text in scientific notation.
func exponent(s []byte) int {
	at := len(s) - 1
	for at > 0 && s[at] != 'e' {
		at--
	}
	n, neg := 0, false
	for _, c := range s[at+1:] {
		switch c {
		case '-':
			neg = true
		case '+':
		default:
			n = n*10 + int(c-'0')
		}
	}
	if neg {
		return -n
	}
	return n
}

// isTie tells whether the decimal, in scientific notation, lies exactly between
// two floats. Go prints such a decimal, because rounding to even reads it back
// as v; the server's algorithm does not rely on the reader's rounding and
// prints another digit.
//
// The decimal is d*10^q, and v is m*2^e; halfway to its neighbours are
// (2m±1)*2^(e-1), and below a power of two (4m-1)*2^(e-2). With the powers of
// ten split, d*5^q must be odd*2^(e-1-q).
func isTie(decimal []byte, v float64, bits int) bool {
	var d uint64
	digits := 0
	for _, c := range decimal {
		if c == 'e' {
			break
		}
		if c >= '0' && c <= '9' {
			d, digits = d*10+uint64(c-'0'), digits+1
		}
	}
	q := exponent(decimal) - (digits - 1)
	odd, twos, ok := times5(d, q)
	if !ok {
		return false
	}
	m, e := split(v, bits)
	s := e - 1 - q
	return twos == s && (odd == 2*m+1 || odd == 2*m-1) || twos == s-1 && odd == 4*m-1 && m&(m-1) == 0
}

// times5 returns d*5^q as an odd number and a power of two; not ok when there
// is none that fits, as for all decimals that cannot be ties.
func times5(d uint64, q int) (odd uint64, twos int, ok bool) {
	if q < -2 || q > 27 || d == 0 {
		return 0, 0, false
	}
	for ; q < 0; q++ {
		if d%5 != 0 {
			return 0, 0, false
		}
		d /= 5
	}
	twos = bits.TrailingZeros64(d)
	d >>= twos
	for ; q > 0; q-- {
		hi, lo := bits.Mul64(d, 5)
		if hi != 0 {
			return 0, 0, false
		}
		d = lo
	}
	return d, twos, true
}

// split returns the mantissa and the exponent of a normal float of 32 or 64
// bits.
func split(v float64, size int) (m uint64, e int) {
	if size == 32 {
		b := math.Float32bits(float32(v))
		return uint64(b&(1<<23-1) | 1<<23), int(b>>23&0xff) - 127 - 23
	}
	b := math.Float64bits(v)
	return b&(1<<52-1) | 1<<52, int(b>>52&0x7ff) - 1023 - 52
}

// longer appends the shortest decimal that reads back as v and is no tie.
func longer(dst []byte, v float64, bits int) []byte {
	start := len(dst)
	for prec := range 17 {
		dst = strconv.AppendFloat(dst[:start], v, 'e', prec, bits)
		back, err := strconv.ParseFloat(string(dst[start:]), bits)
		if err == nil && back == v && !isTie(dst[start:], v, bits) {
			break
		}
	}
	return dst
}

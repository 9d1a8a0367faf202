package pgcodec

import (
	"encoding/binary"
	"math"
	"math/big"
	"strconv"
)

// The binary form of a numeric is an Int16 count of digits to the base 10000,
// the Int16 weight of the first of them, the sign, the Int16 count of decimals
// to show, and the digits. The value is the sum of digit[i] * 10000^(weight-i).
const (
	numericHead = 8
	maxDecimals = 0x3fff // NUMERIC_DSCALE_MAX

	// MaxNumericText is the longest text a numeric can have: its sign, 131072
	// digits, the point, and 16383 decimals.
	MaxNumericText = 1 + 4*(math.MaxInt16+1) + 1 + maxDecimals
)

// NumericSign is the third field of a numeric.
type NumericSign uint16

// The signs.
const (
	NumericPos    NumericSign = 0x0000
	NumericNeg    NumericSign = 0x4000
	NumericNaN    NumericSign = 0xc000
	NumericInf    NumericSign = 0xd000
	NumericNegInf NumericSign = 0xf000
)

// Finite tells numbers from NaN and the infinities.
func (s NumericSign) Finite() bool { return s == NumericPos || s == NumericNeg }

// numeric is a binary form taken apart; the digits stay where they are.
type numeric[S Text] struct {
	digits S // two bytes each, big-endian, all below 10000
	n      int
	weight int
	sign   NumericSign
	scale  int
}

func be16[S Text](s S, at int) uint16 { return uint16(s[at])<<8 | uint16(s[at+1]) }

func (v *numeric[S]) digit(i int) int {
	if i < 0 || i >= v.n {
		return 0
	}
	return int(be16(v.digits, 2*i))
}

// openNumeric checks a form. The empty form is 0.
func openNumeric[S Text](src S) (v numeric[S], err error) {
	if len(src) == 0 {
		return v, nil
	}
	if len(src) < numericHead {
		return v, malformed("numeric", "it is too short")
	}
	v.n = int(int16(be16(src, 0)))
	v.weight = int(int16(be16(src, 2)))
	v.sign = NumericSign(be16(src, 4))
	v.scale = int(be16(src, 6))
	v.digits = src[numericHead:]
	switch v.sign {
	case NumericPos, NumericNeg:
	case NumericNaN, NumericInf, NumericNegInf:
		v.n, v.weight, v.scale = 0, 0, 0
		return v, nil
	default:
		return v, malformed("numeric", "there is no such sign")
	}
	if v.n < 0 || len(v.digits) != 2*v.n {
		return v, malformed("numeric", "the count of digits is not that of the bytes")
	}
	if v.scale > maxDecimals {
		return v, malformed("numeric", "it has too many decimals")
	}
	for i := range v.n {
		if be16(v.digits, 2*i) > 9999 {
			return v, malformed("numeric", "a digit is above 9999")
		}
	}
	return v, nil
}

// isCanonical tells a form that has no zeros at its ends and no digits after
// the last decimal, as all that the server sends.
func (v *numeric[S]) isCanonical() bool {
	if v.n == 0 {
		return v.weight == 0 && v.sign != NumericNeg
	}
	if v.digit(0) == 0 || v.digit(v.n-1) == 0 {
		return false
	}
	return 4*(v.n-1-v.weight) <= v.scale && v.hidden() == 0
}

// hidden returns what of the last digit lies after the last decimal.
func (v *numeric[S]) hidden() int {
	over := 4*(v.n-1-v.weight) - v.scale
	if over <= 0 {
		return 0
	}
	if over >= 4 {
		return v.digit(v.n - 1)
	}
	return v.digit(v.n-1) % pow10[over]
}

var pow10 = [...]int{1, 10, 100, 1000, 10000}

// AppendNumericBinary appends the canonical form of a form: equal numbers with
// as many decimals have equal forms.
func AppendNumericBinary[S Text](dst []byte, src S) ([]byte, error) {
	v, err := openNumeric(src)
	switch {
	case err != nil:
		return dst, err
	case !v.sign.Finite():
		return appendHead(dst, 0, 0, v.sign, 0), nil
	case v.isCanonical() && len(src) > 0:
		return append(dst, src...), nil
	}
	v.cut()
	return v.appendCanonical(dst), nil
}

// KeepNumeric returns the canonical form of a form, to be kept. That of a plain
// 0 is empty.
func KeepNumeric(src []byte) (string, error) {
	v, err := openNumeric(src)
	switch {
	case err != nil:
		return "", err
	case v.n == 0 && v.scale == 0 && v.sign.Finite():
		return "", nil
	case v.isCanonical() && v.sign.Finite():
		return string(src), nil
	}
	form, err := AppendNumericBinary(nil, src)
	if v.scale == 0 && v.sign.Finite() && len(form) == numericHead {
		return "", err // nothing was left of its digits
	}
	return string(form), err
}

// cut drops the digits after the last decimal.
func (v *numeric[S]) cut() {
	keep := (v.scale+3)/4 + v.weight + 1
	v.n = max(0, min(v.n, keep))
}

func (v *numeric[S]) appendCanonical(dst []byte) []byte {
	first, end := 0, v.n
	for first < end && v.digit(first) == 0 {
		first++
	}
	last := 0
	if end > first {
		last = v.digit(end-1) - v.hidden()
	}
	for end > first && last == 0 {
		end--
		if end > first {
			last = v.digit(end - 1)
		}
	}
	if end == first {
		return appendHead(dst, 0, 0, NumericPos, v.scale)
	}
	dst = appendHead(dst, end-first, v.weight-first, v.sign, v.scale)
	dst = append(dst, v.digits[2*first:2*(end-1)]...)
	return binary.BigEndian.AppendUint16(dst, uint16(last))
}

func appendHead(dst []byte, n, weight int, sign NumericSign, scale int) []byte {
	return append(dst, byte(n>>8), byte(n), byte(weight>>8), byte(weight), byte(sign>>8), byte(sign), byte(scale>>8), byte(scale))
}

// NumericSignOf returns the sign of a form; that of 0 is NumericPos.
func NumericSignOf[S Text](src S) NumericSign {
	if len(src) < numericHead {
		return NumericPos
	}
	return NumericSign(be16(src, 4))
}

// NumericScale returns how many decimals the form shows.
func NumericScale[S Text](src S) int {
	if len(src) < numericHead {
		return 0
	}
	return int(be16(src, 6))
}

// AppendNumeric appends a form's text, exactly as the server prints it.
func AppendNumeric[S Text](dst []byte, src S) ([]byte, error) {
	v, err := openNumeric(src)
	if err != nil {
		return dst, err
	}
	switch v.sign {
	case NumericNaN:
		return append(dst, "NaN"...), nil
	case NumericInf:
		return append(dst, "Infinity"...), nil
	case NumericNegInf:
		return append(dst, "-Infinity"...), nil
	case NumericNeg:
		dst = append(dst, '-')
	}
	dst = v.appendInteger(dst)
	if v.scale > 0 {
		dst = v.appendDecimals(append(dst, '.'))
	}
	return dst, nil
}

func (v *numeric[S]) appendInteger(dst []byte) []byte {
	if v.weight < 0 || v.n == 0 {
		return append(dst, '0')
	}
	dst = strconv.AppendUint(dst, uint64(v.digit(0)), 10)
	have := min(v.weight, v.n-1)
	for i := 1; i <= have; i++ {
		dst = append4(dst, int(be16(v.digits, 2*i)))
	}
	for range v.weight - have {
		dst = append(dst, "0000"...)
	}
	return dst
}

func (v *numeric[S]) appendDecimals(dst []byte) []byte {
	i, left := v.weight+1, v.scale
	for ; left >= 4; left -= 4 {
		dst = append4(dst, v.digit(i))
		i++
	}
	if left == 0 {
		return dst
	}
	return append4(dst, v.digit(i))[:len(dst)+left]
}

func append4(dst []byte, d int) []byte {
	hi, lo := 2*(d/100), 2*(d%100)
	return append(dst, pairs[hi], pairs[hi+1], pairs[lo], pairs[lo+1])
}

// NumericInt64 returns the value of a form: ErrLossy when it has a fraction,
// ErrRange when it does not fit.
func NumericInt64[S Text](src S) (int64, error) {
	v, err := openNumeric(src)
	if err != nil {
		return 0, err
	}
	if !v.sign.Finite() || v.weight > 4 && v.n > 0 && v.digit(0) != 0 {
		return 0, ErrRange
	}
	for i := max(v.weight+1, 0); i < v.n; i++ {
		if v.digit(i) != 0 {
			return 0, ErrLossy
		}
	}
	return v.integer()
}

// integer sums up to the weight, counting downwards: there is one more
// negative number.
func (v *numeric[S]) integer() (int64, error) {
	var n int64
	for i := 0; i <= v.weight; i++ {
		if i >= v.n && n == 0 {
			break
		}
		d := int64(v.digit(i))
		if n < (math.MinInt64+d)/10000 {
			return 0, ErrRange
		}
		n = n*10000 - d
	}
	if v.sign == NumericNeg {
		return n, nil
	}
	if n == math.MinInt64 {
		return 0, ErrRange
	}
	return -n, nil
}

// NumericFloat64 returns the nearest float64: an infinity when the number is
// too big for one.
func NumericFloat64[S Text](src S) (float64, error) {
	v, err := openNumeric(src)
	if err != nil {
		return 0, err
	}
	switch v.sign {
	case NumericNaN:
		return math.NaN(), nil
	case NumericInf:
		return math.Inf(1), nil
	case NumericNegInf:
		return math.Inf(-1), nil
	}
	if v.n == 0 {
		return 0, nil
	}
	if f, ok := v.smallFloat(); ok {
		return f, nil
	}
	return v.parseFloat()
}

// smallFloat divides two integers that a float64 holds exactly: the result is
// correctly rounded.
func (v *numeric[S]) smallFloat() (float64, bool) {
	after := max(v.n-1-v.weight, 0) // digits after the point
	if v.n > 4 || after > 5 || v.weight > 3 {
		return 0, false
	}
	var m uint64
	for i := 0; i < max(v.n, v.weight+1); i++ {
		m = m*10000 + uint64(v.digit(i))
	}
	if m > 1<<53 {
		return 0, false
	}
	f := float64(m) / exact10[4*after]
	if v.sign == NumericNeg {
		f = -f
	}
	return f, true
}

var exact10 = [...]float64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
}

// parseFloat goes by way of the digits in scientific notation. The point stands
// in front, because strconv counts no more than 800 digits before one.
func (v *numeric[S]) parseFloat() (float64, error) {
	buf := make([]byte, 0, 64)
	if v.sign == NumericNeg {
		buf = append(buf, '-')
	}
	buf = append(buf, "0."...)
	for i := range v.n {
		buf = append4(buf, v.digit(i))
	}
	buf = strconv.AppendInt(append(buf, 'e'), int64(4*(v.weight+1)), 10)
	f, _ := strconv.ParseFloat(string(buf), 64) // the only error is an infinity
	return f, nil
}

// NumericBig returns the value as n * 10^exp, where -exp is the count of
// decimals; ErrInfinite for NaN and the infinities, which no big.Int is.
func NumericBig[S Text](src S) (n *big.Int, exp int32, err error) {
	v, err := openNumeric(src)
	if err != nil {
		return nil, 0, err
	}
	if !v.sign.Finite() {
		return nil, 0, ErrInfinite
	}
	text := make([]byte, 0, 4*max(v.n, v.weight+1, 1)+v.scale+1)
	if v.sign == NumericNeg {
		text = append(text, '-')
	}
	text = v.appendDecimals(v.appendInteger(text))
	n, ok := new(big.Int).SetString(string(text), 10)
	if !ok {
		return nil, 0, malformed("numeric", "its digits are no number")
	}
	return n, int32(-v.scale), nil
}

// CompareNumeric orders forms as the server does: by value, whatever the
// decimals shown, with NaN equal to itself and above all others. Both must be
// canonical.
func CompareNumeric[S Text](a, b S) int {
	v, errV := openNumeric(a)
	w, errW := openNumeric(b)
	if errV != nil || errW != nil {
		return 0
	}
	if c := v.class() - w.class(); c != 0 || v.class() == 0 || !v.sign.Finite() {
		return max(-1, min(1, c))
	}
	c := v.weight - w.weight
	for i := 0; c == 0 && i < max(v.n, w.n); i++ {
		c = v.digit(i) - w.digit(i)
	}
	if v.sign == NumericNeg {
		c = -c
	}
	return max(-1, min(1, c))
}

// class is -Infinity, negative, 0, positive, Infinity, NaN in order.
func (v *numeric[S]) class() int {
	switch {
	case v.sign == NumericNegInf:
		return -2
	case v.sign == NumericInf:
		return 2
	case v.sign == NumericNaN:
		return 3
	case v.n == 0:
		return 0
	case v.sign == NumericNeg:
		return -1
	}
	return 1
}

package pgtype

import "math"

// A half is a float of 16 bits: a sign, 5 bits of exponent, 10 of mantissa.

// fromHalf widens; every half is a float32.
func fromHalf(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	exp, mant := uint32(h>>10&0x1f), uint32(h&0x3ff)
	switch {
	case exp == 0x1f:
		return math.Float32frombits(sign | 0xff<<23 | mant<<13)
	case exp == 0:
		f := float32(mant) / (1 << 24) // below 2^-14, in steps of 2^-24
		return math.Float32frombits(sign | math.Float32bits(f))
	}
	return math.Float32frombits(sign | (exp+127-15)<<23 | mant<<13)
}

// toHalf rounds to the nearest half, ties to even; beyond the greatest one it
// returns an infinity.
func toHalf(f float32) uint16 {
	b := math.Float32bits(f)
	sign := uint16(b >> 16 & 0x8000)
	abs := b & 0x7fffffff
	switch {
	case abs > 0xff<<23: // NaN
		return sign | 0x7e00
	case abs >= 0x477ff000: // 65520, halfway to what would be the next half
		return sign | 0x7c00
	case abs < 0x38800000: // 2^-14
		return sign | uint16(math.RoundToEven(float64(math.Float32frombits(abs))*(1<<24)))
	}
	abs -= (127 - 15) << 23
	return sign | uint16((abs+0xfff+abs>>13&1)>>13)
}

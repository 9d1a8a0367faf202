package pgtype

import "parley/internal/pgcodec"

// Bits is a string of bits (bit, varbit). The first bit is the highest of the
// first byte.
type Bits struct {
	Len   int    // bits
	Bytes []byte // (Len+7)/8; what is left of the last one is 0
}

// ParseBits reads a text of 0 and 1.
func ParseBits(s string) (Bits, error) { return parseBits(s) }

func parseBits[S pgcodec.Text](s S) (Bits, error) {
	b := Bits{Len: len(s)}
	if len(s) > 0 {
		b.Bytes = make([]byte, (len(s)+7)/8)
	}
	for i := range len(s) {
		switch s[i] {
		case '1':
			b.Bytes[i/8] |= 0x80 >> (i % 8)
		case '0':
		default:
			return Bits{}, badText("bit")
		}
	}
	return b, nil
}

// At returns the bit with the index, counted from 0. There are none, so false,
// from Len on.
func (b Bits) At(i int) bool {
	return i >= 0 && i < b.Len && i/8 < len(b.Bytes) && b.Bytes[i/8]&(0x80>>(i%8)) != 0
}

// String returns the bits as 0 and 1.
func (b Bits) String() string { return string(b.append(nil)) }

func (b Bits) append(dst []byte) []byte {
	for i := range min(b.Len, 8*len(b.Bytes)) {
		c := byte('0')
		if b.At(i) {
			c = '1'
		}
		dst = append(dst, c)
	}
	return dst
}

func (b Bits) valid() bool { return b.Len >= 0 && len(b.Bytes) == (b.Len+7)/8 }

// AppendText appends String; [ErrRange] when Len and Bytes contradict.
func (b Bits) AppendText(dst []byte) ([]byte, error) {
	if !b.valid() {
		return dst, ErrRange
	}
	return b.append(dst), nil
}

// MarshalText returns String.
func (b Bits) MarshalText() ([]byte, error) { return b.AppendText(nil) }

// UnmarshalText is [ParseBits].
func (b *Bits) UnmarshalText(text []byte) error {
	got, err := parseBits(text)
	if err == nil {
		*b = got
	}
	return err
}

// AppendPG implements [Marshaler].
func (b Bits) AppendPG(dst []byte, t *Type, f Format) ([]byte, error) {
	switch f, err := writes(t, f, pgcodec.OIDBit, pgcodec.OIDVarbit); {
	case err != nil:
		return dst, err
	case f == Text:
		return b.AppendText(dst)
	case !b.valid() || int64(b.Len) > 1<<31-1:
		return dst, ErrRange
	}
	dst = append(appendInt32(dst, int32(b.Len)), b.Bytes...)
	clearRest(dst, b.Len)
	return dst, nil
}

// clearRest zeroes what the last byte has beyond n bits.
func clearRest(b []byte, n int) {
	if n%8 != 0 {
		b[len(b)-1] &= 0xff << (8 - n%8)
	}
}

// ScanPG implements [Unmarshaler].
func (b *Bits) ScanPG(src []byte, t *Type, f Format) error {
	if f, err := reads(t, f, pgcodec.OIDBit, pgcodec.OIDVarbit); err != nil {
		return err
	} else if f == Text {
		return b.UnmarshalText(src)
	}
	r := reader{src: src}
	n := int(r.int32())
	if n < 0 || n > 8*len(r.src) {
		return badForm("bit")
	}
	bytes := r.take((n + 7) / 8)
	if err := r.end("bit"); err != nil {
		return err
	}
	*b = Bits{Len: n, Bytes: append([]byte(nil), bytes...)}
	clearRest(b.Bytes, n)
	return nil
}

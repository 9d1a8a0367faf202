package pgtype

import (
	"math/big"
	"strconv"

	"parley/internal/pgcodec"
)

// Numeric is an exact decimal number of up to 131072 digits before the point
// and 16383 after it, or NaN, or an infinity. It remembers how many decimals
// it shows: 1.5 and 1.50 are of the same value, as [Numeric.Cmp] says, but not
// equal with ==. The zero Numeric is 0.
//
// It is what the server sends, kept as it came, so that reading one costs a
// copy, and none of the arithmetic of package math/big. A Numeric is never
// changed and may be copied and used as a map's key.
type Numeric struct {
	form string // canonical binary form; empty for 0
}

func makeNumeric(form []byte, err error) (Numeric, error) {
	if err != nil {
		return Numeric{}, err
	}
	s, err := pgcodec.KeepNumeric(form)
	return Numeric{s}, err
}

// ParseNumeric reads digits with a point and an exponent, or NaN, Infinity or
// -Infinity. It shows the decimals that the text does.
func ParseNumeric(s string) (Numeric, error) {
	var buf [64]byte
	return makeNumeric(pgcodec.ParseNumeric(buf[:0], s))
}

// NumericFromInt64 returns the number.
func NumericFromInt64(n int64) Numeric {
	var buf [32]byte
	v, _ := makeNumeric(pgcodec.AppendNumericInt64(buf[:0], n), nil)
	return v
}

// NumericFromFloat64 returns the shortest decimal that reads back as f.
func NumericFromFloat64(f float64) Numeric {
	var buf [256]byte
	v, _ := makeNumeric(pgcodec.AppendNumericFloat64(buf[:0], f), nil)
	return v
}

// NumericFromBig returns n * 10^exp, which shows -exp decimals.
func NumericFromBig(n *big.Int, exp int32) (Numeric, error) {
	return makeNumeric(pgcodec.AppendNumericBig(nil, n, exp))
}

// String returns the number as the server prints it.
func (n Numeric) String() string {
	var buf [64]byte
	return string(n.append(buf[:0]))
}

func (n Numeric) append(dst []byte) []byte {
	dst, _ = pgcodec.AppendNumeric(dst, n.form) // the form has been checked
	return dst
}

// AppendText appends String.
func (n Numeric) AppendText(dst []byte) ([]byte, error) { return n.append(dst), nil }

// MarshalText returns String.
func (n Numeric) MarshalText() ([]byte, error) { return n.append(nil), nil }

// UnmarshalText is [ParseNumeric].
func (n *Numeric) UnmarshalText(text []byte) (err error) {
	*n, err = ParseNumeric(string(text))
	return err
}

// IsNaN tells whether n is not a number.
func (n Numeric) IsNaN() bool { return n.sign() == pgcodec.NumericNaN }

// Inf returns 1 for infinity, -1 for -infinity, and 0 for all others.
func (n Numeric) Inf() int {
	switch n.sign() {
	case pgcodec.NumericInf:
		return 1
	case pgcodec.NumericNegInf:
		return -1
	}
	return 0
}

// Sign returns -1, 0 or 1; that of NaN is 0.
func (n Numeric) Sign() int {
	switch s := n.sign(); {
	case s == pgcodec.NumericNaN:
		return 0
	case s == pgcodec.NumericNeg || s == pgcodec.NumericNegInf:
		return -1
	}
	return n.Cmp(Numeric{})
}

func (n Numeric) sign() pgcodec.NumericSign { return pgcodec.NumericSignOf(n.form) }

// Scale returns how many decimals n shows.
func (n Numeric) Scale() int { return pgcodec.NumericScale(n.form) }

// Cmp returns -1, 0 or 1 as n is less than, equal to or greater than m, in the
// server's order: NaN is equal to itself and above infinity.
func (n Numeric) Cmp(m Numeric) int { return pgcodec.CompareNumeric(n.form, m.form) }

// Int64 returns the number, [ErrLossy] when it has a fraction, [ErrRange] when
// it does not fit.
func (n Numeric) Int64() (int64, error) { return pgcodec.NumericInt64(n.form) }

// Float64 returns the nearest float64; of a number that is too big, an
// infinity.
func (n Numeric) Float64() float64 {
	f, _ := pgcodec.NumericFloat64(n.form)
	return f
}

// Big returns i and exp such that n is i * 10^exp, and [ErrInfinite] for NaN
// and the infinities.
func (n Numeric) Big() (i *big.Int, exp int32, err error) { return pgcodec.NumericBig(n.form) }

// BigInt returns the number, [ErrLossy] when it has a fraction, [ErrInfinite]
// for NaN and the infinities.
func (n Numeric) BigInt() (*big.Int, error) {
	i, exp, err := n.Big()
	if err != nil || exp >= 0 {
		return i, err
	}
	i, rest := i.QuoRem(i, power10(-exp), new(big.Int))
	if rest.Sign() != 0 {
		return nil, ErrLossy
	}
	return i, nil
}

// Rat returns the number, and [ErrInfinite] for NaN and the infinities.
func (n Numeric) Rat() (*big.Rat, error) {
	i, exp, err := n.Big()
	if err != nil {
		return nil, err
	}
	return new(big.Rat).SetFrac(i, power10(-exp)), nil
}

func power10(exp int32) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(exp)), nil)
}

// AppendPG implements [Marshaler].
func (n Numeric) AppendPG(dst []byte, t *Type, f Format) ([]byte, error) {
	switch f, err := writes(t, f, pgcodec.OIDNumeric); {
	case err != nil:
		return dst, err
	case f == Text:
		return n.append(dst), nil
	}
	return pgcodec.AppendNumericBinary(dst, n.form)
}

// ScanPG implements [Unmarshaler]. Integers and floats are read too.
func (n *Numeric) ScanPG(src []byte, t *Type, f Format) (err error) {
	if u := t.Under(); u != nil && u.Like != pgcodec.OIDNumeric && numbers[u.Like] {
		return n.scanNumber(src, u, f)
	}
	f, err = reads(t, f, pgcodec.OIDNumeric)
	switch {
	case err != nil:
		return err
	case f == Binary && len(src) == 0:
		return badForm("numeric")
	case f == Binary:
		n.form, err = pgcodec.KeepNumeric(src)
		return err
	}
	var buf [64]byte
	*n, err = makeNumeric(pgcodec.ParseNumeric(buf[:0], src))
	return err
}

// numbers are the types that a Numeric holds without loss.
var numbers = map[uint32]bool{
	pgcodec.OIDInt2: true, pgcodec.OIDInt4: true, pgcodec.OIDInt8: true, pgcodec.OIDFloat4: true, pgcodec.OIDFloat8: true,
}

func (n *Numeric) scanNumber(src []byte, t *Type, f Format) error {
	var buf [32]byte
	text, err := AppendText(buf[:0], t, f, src)
	if err != nil {
		return err
	}
	if s := string(text); s == "-0" {
		*n = Numeric{}
		return nil
	}
	*n, err = makeNumeric(pgcodec.ParseNumeric(nil, text))
	return err
}

// Money is an amount of currency in its smallest unit, such as cents: the
// binary form. Its text depends on the server's lc_monetary, which a client
// does not know.
type Money int64

// String returns the amount as a server prints it whose lc_monetary is C:
// -$1,234.56.
func (m Money) String() string { return string(m.append(nil)) }

func (m Money) append(dst []byte) []byte {
	u := uint64(m)
	if m < 0 {
		dst = append(dst, '-')
		u = -u
	}
	dst = append(dst, '$')
	whole := strconv.FormatUint(u/100, 10)
	for i := range len(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, whole[i])
	}
	return append(dst, '.', byte('0'+u/10%10), byte('0'+u%10))
}

// AppendPG implements [Marshaler]; there is a binary form only.
func (m Money) AppendPG(dst []byte, t *Type, f Format) ([]byte, error) {
	if f, err := writes(t, f, pgcodec.OIDMoney); err != nil || f == Text {
		return dst, ErrFormat
	}
	return appendInt64(dst, int64(m)), nil
}

// ScanPG implements [Unmarshaler]. A text is read when it leaves no doubt,
// which is when its last separator has two digits after it: $1,234.56 or
// 1.234,56 €. Others are errors; cast them to numeric in the query.
func (m *Money) ScanPG(src []byte, t *Type, f Format) error {
	f, err := reads(t, f, pgcodec.OIDMoney)
	if err != nil {
		return err
	}
	if f == Binary {
		n, err := int64From(src, "money")
		*m = Money(n)
		return err
	}
	n, ok := parseMoney(string(src))
	if !ok {
		return badText("money, whose decimals are not certain")
	}
	*m = Money(n)
	return nil
}

// parseMoney reads all digits as one number. A separator before the last one
// groups thousands; parentheses or a minus sign make it negative.
func parseMoney(s string) (n int64, ok bool) {
	neg, after := false, -1 // digits after the last separator
	digits := make([]byte, 0, 24)
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits = append(digits, byte(r))
			if after >= 0 {
				after++
			}
		case r == '-' || r == '(':
			neg = true
		case (r == '.' || r == ',') && len(digits) > 0:
			after = 0
		}
	}
	if neg {
		digits = append([]byte{'-'}, digits...)
	}
	n, err := strconv.ParseInt(string(digits), 10, 64)
	return n, err == nil && after == 2
}
